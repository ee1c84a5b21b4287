"""Where a read was sequenced, as its name tells: Illumina, SRA, Nanopore, PacBio, MGI."""

import re

_ILLUMINA = re.compile(
    r"(?P<instrument>[^:\s]+):(?P<run>\d+):(?P<flowcell>[^:\s]+):(?P<lane>\d+):\d+:\d+:\d+(?:[:_]\S*)?"
    r"(?:\s(?P<read>[1-4]):[YN]:\d+(?::(?P<index>[ACGTN+]+|\d+)?)?)?(?:\s.*)?"
)
# Before CASAVA 1.8 a name held no run and no flowcell.
_OLD_ILLUMINA = re.compile(
    r"(?P<instrument>[^:\s]+):(?P<lane>\d+):\d+:\d+:\d+(?:#(?:(?P<index>[ACGTN]+)|\d+))?"
    r"(?:/(?P<read>[12]))?(?:\s.*)?"
)
_ARCHIVE = re.compile(r"(?P<accession>[SED]RR\d+)\.\d+(?:\.\d+)?(?:\s(?P<original>\S.*))?")
_NANOPORE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:[\s_].*)?")
_NANOPORE_RUN = re.compile(r"\b(?:runid[=:](?P<run>\w+)|RG:Z:(?P<group>[0-9a-f-]{36,40})_)")
_SAME = {"group": "run"}
_NANOPORE_FLOWCELL = re.compile(r"\bflow_cell_id[=:](?P<flowcell>\w+)")
# The movie's name is instrument, then day and hour of the run.
_PACBIO = re.compile(
    r"(?P<run>(?P<instrument>[mr]\d{4,6}[A-Za-z]?)_\d{6}_\d{6}(?:_s\d)?)/\d+(?:/\S*)?(?:\s.*)?"
)
_MGI = re.compile(
    r"(?P<flowcell>[A-Z]{1,3}\d{7,10}(?:[A-Z]{1,2}(?=L\d))?)L(?P<lane>\d)C\d{3}R\d+"
    r"(?:[_/ ]?(?P<read>[12]))?(?:[\s:].*)?"
)


def read_origin(name: str) -> dict[str, object]:
    """Give platform, instrument, run, flowcell, lane, read and index as far as `name` has them.

    Args:
        name: the read's first line without its @.
    """
    archived = _ARCHIVE.fullmatch(name)
    if archived:
        original = read_origin((archived["original"] or "").partition(" length=")[0])
        return {"accession": archived["accession"], **original}
    illumina = _ILLUMINA.fullmatch(name) or _OLD_ILLUMINA.fullmatch(name)
    if illumina:
        return {"platform": "illumina", **_told(illumina)}
    if _NANOPORE.fullmatch(name):
        found = (_NANOPORE_RUN.search(name), _NANOPORE_FLOWCELL.search(name))
        return {
            "platform": "nanopore",
            **{_SAME.get(k, k): v for match in found if match for k, v in _told(match).items()},
        }
    others = (("pacbio", _PACBIO.fullmatch(name)), ("mgi", _MGI.fullmatch(name)))
    return next(({"platform": told, **_told(match)} for told, match in others if match), {})


def _told(match: re.Match[str]) -> dict[str, object]:
    return {
        part: int(text) if part in ("lane", "read") else text
        for part, text in match.groupdict().items()
        if text
    }

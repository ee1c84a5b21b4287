"""Lists of checksums beside files, in the dialects that tools write them in."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from omics_orchestrator.formats._checksum import BY_DIGITS, Checksum, checksum
from omics_orchestrator.formats._checksum_table import checksum_table
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._sample_sheet_dialects import dialect_of

_SFV_DIGITS = 8  # too few to be told from a word
_LENGTHS = (digits for digits in sorted(BY_DIGITS, reverse=True) if digits > _SFV_DIGITS)
_DIGEST = f"(?P<digest>{'|'.join(f'[0-9A-Fa-f]{{{digits}}}' for digits in _LENGTHS)})"
# GNU coreutils: two blanks, or one and a star for binary; a backslash before a name with escapes.
# BSD's `md5 -r` has one blank.
_GNU = re.compile(
    rf"(?P<escaped>\\?){_DIGEST}(?: (?P<mode>[ *^U?])|\t+| {{3,}}|,|;| )\s*(?P<path>\S.*)"
)
# Perl's shasum, of which these are not checksums of a file's bytes: other ends of lines, or bits.
_OF_TEXT = ("U", "?", "^")
# BSD and OpenSSL: `MD5 (name) = digest`, `SHA2-256(name)= digest`, `BLAKE2b-512 (name) = digest`.
_BSD = re.compile(
    rf"(?P<escaped>\\?)(?P<algorithm>[A-Za-z][\w-]*(?:/\d+)?) ?\((?P<path>.+)\) ?= ?{_DIGEST}",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_DIGEST}(?:\s+\*?-)?")
_NAME_FIRST = re.compile(rf"(?P<path>[^\t,;]*[^\s=])(?:\t+|,|;| {{1,}}){_DIGEST}")
_SFV = re.compile(r"(?P<path>\S.*?)\s+(?P<digest>[0-9A-Fa-f]{8})")
# Windows' certutil: a line that names algorithm and file, the digest, and a last line.
_CERTUTIL = re.compile(
    r"(?P<algorithm>MD5|SHA\d+) \S+ (?:\S+ )?(?:file )?(?P<path>[^:]*(?::\\[^:]*)?):"
)
# PowerShell's Get-FileHash: a table, or three lines a file.
_POWERSHELL = re.compile(rf"(?P<algorithm>MD5|SHA\d+|RIPEMD160)\s+{_DIGEST}\s+(?P<path>\S.*)")
_FIELD = re.compile(r"(?P<field>Algorithm|Hash|Path) *: (?P<value>.*)")
_FILE, _SUM = r"(?:file_?)?(?:name|path)?", r"(?:md5|sha\d*|checksum)\w*"
_HEADINGS = re.compile(
    rf"(?i){_FILE}[\t,; ]*{_SUM}(?:[\t,; ]+{_FILE})?|Algorithm +Hash +Path|-+ +-+ +-+"
)
# What rclone says of files whose store has no such checksum.
_NONE = re.compile(r"(?:UNSUPPORTED|ERROR)\s+\S.*")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_COMMENTS = ("#", ";", "CertUtil:")


def listed(text: bytes, name: str) -> list[Checksum]:
    """Read a list of checksums of any dialect.

    Args:
        text: the list's content.
        name: the list's own name, which tells algorithms apart whose digests are as long.

    Raises:
        DamagedFileError: a line is no checksum, or there is none.
    """
    found = []
    for number, entry in _entries(text, name):
        if entry is None:
            raise DamagedFileError(f"line {number} is no checksum")
        found.append(entry)
    if not found:
        raise DamagedFileError("it lists no checksum")
    return found


def listed_in_sheet(text: bytes, name: str) -> list[Checksum]:
    """Read the checksums that a sample sheet has beside its files; none is no fault of a sheet."""
    table = checksum_table(_decoded(text), name)
    return [entry for _, entry in table.entries if entry] if table else []


def looks_like_checksums(text: bytes, name: str) -> bool:
    """Tell whether the beginning of a text is a list of checksums; its last line may be cut."""
    if b"\0" in text[2:] and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    table = checksum_table(_decoded(text), name)
    if table and dialect_of(table.columns):
        return False
    entries = [entry for _, entry in _entries(text, name)]
    whole = entries[:-1] if len(entries) > 1 else entries
    return bool(whole) and None not in whole


def _entries(text: bytes, name: str) -> Sequence[tuple[int, Checksum | None]]:
    decoded = _decoded(text)
    table = checksum_table(decoded, name)
    if table and all(entry for _, entry in table.entries):
        return table.entries
    lines = list(_of_lines(decoded, name))
    # A list under two headings may have comments and blanks, which a table has not.
    return table.entries if table and not all(entry for _, entry in lines) else lines


def _of_lines(text: str, name: str) -> Iterator[tuple[int, Checksum | None]]:
    pending: re.Match[str] | None = None
    record, seen = dict[str, str](), False
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        # Blanks and CR around an entry mean nothing.
        if not line or line.startswith(_COMMENTS) or _NONE.fullmatch(line):
            continue
        heading, field = _CERTUTIL.fullmatch(line), _FIELD.fullmatch(line)
        if heading or (not seen and _HEADINGS.fullmatch(line)):
            pending = heading
        elif field:
            record[field["field"]] = field["value"].strip()
            if field["field"] == "Path":
                yield number, _of_record(record, name)
                record = {}
        else:
            seen = True
            yield number, _entry(line, name, pending)
            pending = None


def _of_record(record: dict[str, str], name: str) -> Checksum | None:
    match = _BARE.fullmatch(record.get("Hash", ""))
    return match and checksum(match["digest"], record["Path"], record.get("Algorithm"), name)


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):  # as PowerShell writes
        return text.decode("utf-16", "replace")
    return text.decode("utf-8-sig", "surrogateescape")


def _entry(line: str, name: str, heading: re.Match[str] | None) -> Checksum | None:
    if heading:
        digest = line.replace(" ", "")  # older Windows parts the bytes
        match = _BARE.fullmatch(digest)
        return match and checksum(match["digest"], heading["path"], heading["algorithm"], name)
    readers: tuple[Callable[[str], Checksum | None], ...] = (
        lambda text: _tagged(text, name),
        lambda text: _gnu(text, name),
        lambda text: _plain(text, name),
    )
    return next((entry for read in readers if (entry := read(line))), None)


def _tagged(line: str, name: str) -> Checksum | None:
    if match := _BSD.fullmatch(line):
        return checksum(match["digest"], _path(match), match["algorithm"], name)
    match = _POWERSHELL.fullmatch(line)
    return match and checksum(match["digest"], match["path"], match["algorithm"], name)


def _gnu(line: str, name: str) -> Checksum | None:
    match = _GNU.fullmatch(line)
    if not match or match["path"] == "-":
        return None
    found = checksum(match["digest"], _path(match), None, name)
    if found is None or match["mode"] not in _OF_TEXT:
        return found
    if found.algorithm.startswith("sha"):
        return replace(found, algorithm=f"{found.algorithm} of text or bits")
    return replace(found, path=f"{match['mode']}{found.path}")


def _path(match: re.Match[str]) -> str:
    if not match["escaped"]:
        return match["path"]
    return re.sub(r"\\[\\nr]", lambda escape: _ESCAPES[escape[0]], match["path"])


def _plain(line: str, name: str) -> Checksum | None:
    if match := _BARE.fullmatch(line):
        return checksum(match["digest"], None, None, name)
    if match := _NAME_FIRST.fullmatch(line):
        return checksum(match["digest"], match["path"], None, name)
    match = _SFV.fullmatch(line) if name.lower().endswith(".sfv") else None
    return match and checksum(match["digest"], match["path"], "crc32", name)

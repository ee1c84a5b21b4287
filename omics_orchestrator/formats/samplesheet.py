"""Sample sheets: Illumina's of both versions, nf-core's, QIIME 2's, and the archives' run tables.

A table is one by its columns, never by its name: what is called `samples.csv` may be anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

from omics_orchestrator.formats import HEAD_BYTES, Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person
from omics_orchestrator.formats._personal_words import names_a_person
from omics_orchestrator.formats._sample_sheet import SampleSheet, parse_sheet

_LARGEST = 256 << 20
_STAFF = ("Investigator Name", "Investigator", "Operator")


def sniff(head: Head) -> bool:
    """Columns that name samples and files, or Illumina's sections in brackets."""
    with suppress(DamagedFileError):
        return parse_sheet(head.raw, cut=len(head.raw) >= HEAD_BYTES) is not None
    return False


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """The dialect, its columns, and the samples, lanes and files it names."""
    return _read(stream).facts()


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for columns and settings that name a person, and for samples that are named by one."""
    return list(_personal(_read(stream)))


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check that each row has its cells, none is there twice and no sample is without a name."""
    sheet = _read(stream)
    for fault in sheet.faults():
        raise DamagedFileError(fault)
    if sheet.version and not sheet.columns:
        raise DamagedFileError("it has no section of data")
    return {"rows": len(sheet.rows)}


def _read(stream: BinaryIO) -> SampleSheet:
    stream.seek(0)
    sheet = parse_sheet(stream.read(_LARGEST))
    if sheet is None:
        raise DamagedFileError("it has not the columns of a sample sheet")
    return sheet


def _personal(sheet: SampleSheet) -> Iterator[str]:
    # Filled columns only; "Investigator Name" is in every sheet, and mostly a laboratory.
    for place, column in enumerate(sheet.columns):
        cells = {row[place].strip() for row in sheet.rows if place < len(row)} - {""}
        if cells and names_a_person(column):
            yield f"column {column}"
        elif any(map(tells_of_a_person, cells)):
            yield f"cells of column {column}"
    for name, value in sheet.settings.items():
        if name in _STAFF and names_somebody(value):
            yield name
    samples = sheet.facts()["samples"]
    if isinstance(samples, list) and any(map(names_somebody, samples)):
        yield "sample names"


FORMAT = Format(
    name="samplesheet",
    suffixes=("samplesheet.csv", "samplesheet.tsv", "sample_sheet.csv", "samplesheet_v2.csv"),
    modality="sequencing",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    personal_fields=personal_fields,
)

"""Tell a table's dialect by its columns, and its samples by what the columns begin or end with.

Compared without regard to case, which programs have changed between their versions.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from omics_orchestrator.formats._table_head import TableHead

Fits = Callable[[TableHead], bool]
Samples = Callable[[TableHead], Sequence[str]]


def has(*columns: str) -> Fits:
    """Every one of `columns` is in the header."""
    wanted = frozenset(map(str.lower, columns))
    return lambda head: wanted <= lower(head.columns)


def begins(*columns: str) -> Fits:
    """The header begins with `columns`."""
    wanted = list(map(str.lower, columns))
    return lambda head: [c.strip().lower() for c in head.columns[: len(wanted)]] == wanted


def lower(columns: Iterable[str]) -> frozenset[str]:
    """The columns' names in lower case."""
    return frozenset(column.strip().lower() for column in columns)


def behind(place: int) -> Samples:
    """Each column from `place` on is a sample, named by it or by the file it was made of."""
    return lambda head: sample_names(head.columns[place:])


def called(*patterns: str) -> Samples:
    """The samples are what the first of `patterns` that fits any column finds there, once each."""
    expressions = [re.compile(pattern) for pattern in patterns]

    def samples(head: TableHead) -> Sequence[str]:
        for expression in expressions:
            found = [match[1] for match in map(expression.fullmatch, head.columns) if match]
            if found:
                return list(dict.fromkeys(found))
        return ()

    return samples


def sample_names(columns: Sequence[str]) -> list[str]:
    r"""Give the samples of columns that may be paths: `C:\x\S1.raw` is S1, `S1/Aligned.bam` too.

    A column is named by its file, where all files have one name by their folders, otherwise as is.
    """
    paths = [PurePosixPath(column.strip().replace("\\", "/")) for column in columns]
    files = [_FILE_ENDING.sub("", path.name) for path in paths]
    for names in (files, [path.parent.name for path in paths]):
        if len(set(names)) == len(names) and all(names):
            return names
    return list(columns)


def names_runs(head: TableHead) -> bool:
    """Tell whether columns are named by the files of a mass spectrometer."""
    return any(map(_RUN.search, head.columns))


_RUN = re.compile(r"(?i)\.(?:raw|d|wiff2?|mzml|dia|htrms)(?:\.gz)?$")
_FILE_ENDING = re.compile(
    r"(?i)(?:(?:[._](?:sorted|dedup|markdup|aligned\.\w+\.out|sortedbycoord\.out))*\.(?:bam|cram|sam)"
    r"|\.(?:raw|d|wiff2?|mzml|dia|htrms)(?:\.gz)?)$"
)


def place_of(head: TableHead, column: str) -> int | None:
    """Where a column stands in the rows, or None."""
    names = [name.strip().lower() for name in head.columns]
    if column.lower() not in names:
        return None
    return names.index(column.lower()) + head.has_row_names

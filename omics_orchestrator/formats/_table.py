"""A format whose files are tables of text: told, described and read by its dialects.

A module of a table format names its dialects; the reading is the same for all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked
from omics_orchestrator.formats._person_text import tells_of_a_person
from omics_orchestrator.formats._personal_words import names_a_person
from omics_orchestrator.formats._table_head import TableHead, table_head
from omics_orchestrator.formats._table_inspect import Inspectors
from omics_orchestrator.formats._table_rows import Inspector, TableText, rows_of

MOST_NAMES = 2_000
_MOST_COLUMNS = 200
_LONGEST_HEAD = 16 << 20
_ENOUGH_LINES = 100  # of them some are comments
_WIDE, _ENOUGH_WIDE_LINES = 1 << 20, 12
_BLOCK = 1 << 20  # fits the processor's cache
# In these tables a row that only has a name is a gene's, a protein's or a taxon's.
_OF_ROWS = frozenset({"name", "names"})


def _nothing(_: TableHead) -> Sequence[str]:
    return ()


def _no_facts(_: TableHead) -> Mapping[str, object]:
    return {}


def _no_inspectors(_: TableHead) -> Sequence[Inspector]:
    return ()


@dataclass(frozen=True)
class Dialect:
    """One way in which a program of the field writes its table.

    Attributes:
        name: our name of it, which the facts give as `dialect`.
        fits: tells it by the columns, and by the first rows where there is no header.
        samples: gives the sample names that the header names.
        facts: gives what else the head tells.
        inspectors: gives what looks at every row.
        annotations: gives how many lines between header and rows are neither.
        has_header: whether a line names the columns.
        ends_lines: whether the program ends the last line too, so that one without end is cut;
            of tables that people save from other programs that is not known.
        personal: names rows of the head that say who a person is.
        is_annotated: whether lines that begin with `#!` follow the header, as in Perseus, which
            keeps the columns of what it has read.
    """

    name: str
    fits: Callable[[TableHead], bool]
    samples: Callable[[TableHead], Sequence[str]] = _nothing
    facts: Callable[[TableHead], Mapping[str, object]] = _no_facts
    inspectors: Callable[[TableHead], Sequence[Inspector]] = _no_inspectors
    annotations: Callable[[TableHead], int] = lambda _: 0
    personal: Callable[[TableHead], Sequence[str]] = _nothing
    has_header: bool = True
    ends_lines: bool = True
    is_annotated: bool = False


@dataclass(frozen=True)
class TableFormat:
    """What the formats of text tables do with a stream."""

    dialects: tuple[Dialect, ...]

    def sniff(self, head: Head) -> bool:
        """Tell whether the head is a table in one of the dialects."""
        found = table_head(head.inflated)
        return found is not None and self._dialect(found) is not None

    def describe(self, stream: BinaryIO) -> Mapping[str, object]:
        """The dialect, columns and samples, and how the text is spelt where that is unusual."""
        unpacked = Unpacked(stream, 1 << 18)
        head, dialect = self._head(unpacked)
        return {"container": unpacked.container, **_described(head, dialect)}

    def read_through(self, stream: BinaryIO) -> Mapping[str, object]:
        """Check that each row has the header's columns, and what the dialect looks at."""
        head, dialect = self._head(Unpacked(stream, 1 << 18))
        if dialect.samples(head):
            _refuse_twins(head.columns)
        unpacked = Unpacked(stream, _BLOCK)
        text = TableText(unpacked, head)
        look = Inspectors(dialect.inspectors(head))
        preamble = len(head.comments) + dialect.has_header + dialect.annotations(head)
        for rows in rows_of(text, head, preamble):
            look.take(rows)
        facts = unpacked.facts() | look.facts()
        if text.encoding != "utf-8":
            facts["encoding"] = text.encoding
        if text.last_line_ended:
            return facts
        if dialect.ends_lines:
            raise DamagedFileError("its last line has no end, so the file is cut")
        return facts | {"last_line_ended": False}

    def personal_fields(self, stream: BinaryIO) -> Sequence[str]:
        """Columns named like what says who a person is, and text that does."""
        head, dialect = self._head(Unpacked(stream, 1 << 18))
        columns = head.columns if dialect.has_header else ()
        return [
            *(f"column {name}" for name in columns if _is_personal(name)),
            *dialect.personal(head),
            *(["comment line"] if any(map(tells_of_a_person, head.comments)) else []),
            *(["column names"] if any(map(tells_of_a_person, columns)) else []),
        ]

    def _dialect(self, head: TableHead) -> Dialect | None:
        return next(
            (
                each
                for each in self.dialects
                if each.is_annotated == head.is_annotated and each.fits(head)
            ),
            None,
        )

    def _head(self, blocks: Unpacked) -> tuple[TableHead, Dialect]:
        head = next(_longer_heads(blocks), None)
        dialect = self._dialect(head) if head else None
        if head is None or dialect is None:
            raise DamagedFileError("it has no header that this kind of table has")
        return head, dialect


def _longer_heads(blocks: Unpacked) -> Iterator[TableHead]:
    """Yield the head once enough rows of it are read; nothing when there is none."""
    start = b""
    for block in blocks:
        start += block
        lines = start.count(b"\n")
        is_wide = lines > _ENOUGH_WIDE_LINES and len(start) > _WIDE
        if is_wide or lines > _ENOUGH_LINES or len(start) > _LONGEST_HEAD:
            head = table_head(start)
            if head:
                yield head
            return
    head = table_head(start, is_all=True)
    if head:
        yield head


def _described(head: TableHead, dialect: Dialect) -> dict[str, object]:
    facts: dict[str, object] = {"dialect": dialect.name, "n_columns": len(head.columns)}
    if dialect.has_header and len(head.columns) <= _MOST_COLUMNS:
        facts["columns"] = list(head.columns)
    facts |= named_samples(dialect.samples(head)) | head.facts()
    return facts | dict(dialect.facts(head))


def named_samples(samples: Sequence[str]) -> dict[str, object]:
    """Give sample names as facts: the names while they are few, otherwise their number."""
    if not samples:
        return {}
    if len(samples) > MOST_NAMES:
        return {"n_samples": len(samples)}
    return {"samples": list(samples)}


def _refuse_twins(columns: Sequence[str]) -> None:
    # R and polars rename such a column without a word.
    named = [column for column in columns if column.strip()]
    twice = len(named) - len(set(named))
    if twice:
        raise DamagedFileError(f"{twice} of its columns have the name of another")


def _is_personal(column: str) -> bool:
    return column.strip().lower() not in _OF_ROWS and names_a_person(column)


def table_format(
    name: str, suffixes: tuple[str, ...], modality: str, stage: str, *dialects: Dialect
) -> Format:
    """Make the format whose files are tables in one of `dialects`, the first that fits."""
    table = TableFormat(dialects)
    return Format(
        name=name,
        suffixes=suffixes,
        modality=modality,
        stage=stage,
        sniff=table.sniff,
        describe=table.describe,
        read_through=table.read_through,
        personal_fields=table.personal_fields,
    )

"""The typed tables of an instrument: their columns follow from the project, never from the cells.

Postgres keeps a row on one page of 8 kB, so a wide instrument is split by the bytes that a full row
may take there as well as by the number of columns. The split counts every field of the instrument,
those that did not arrive too: a right that is given or taken moves no column to another table.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.rules import CheckboxRule, checkbox_column
from omics_orchestrator.redcap_project import engine
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.names import table_name
from omics_orchestrator.redcap_project.reading import Reading, key, readings

MOST_COLUMNS = 1_500
REASONS = "missing_reasons"

_ROW_BYTES = 7_800
# A longer text is moved out of the row, and what stays in its place is shorter.
_TEXT_BYTES = 24
_BYTES: Mapping[pl.DataType, int] = {pl.Boolean(): 1, pl.Date(): 4}
_NUMBER_BYTES = 8


class Column(NamedTuple):
    """One column of a table: its type, and what people read beside the field."""

    dtype: pl.DataType
    comment: str


@dataclass(frozen=True)
class TidyTable:
    """One table of an instrument; most instruments have one only.

    Attributes:
        name: its name within the study.
        form: the instrument.
        key: record, event where there are any, instance where the form repeats; never null.
        columns: name → type and comment, the key first and `missing_reasons` (JSON: column → why
            its value is missing) last.
        sources: the export columns that it accounts for.
        readings: the export columns that become its columns, and how.
        dictionary: the same as variables and value sets of the engine.
        study: the same as a study file that holds this table alone, named as the form.
    """

    name: str
    form: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    sources: tuple[str, ...]
    readings: Mapping[str, Reading]
    dictionary: Dictionary
    study: Study

    @property
    def key_sources(self) -> tuple[str, ...]:
        """The export columns of the key."""
        return tuple(self.readings)[: len(self.key)]


def columns(description: Description, form: str, arrived: Collection[str]) -> dict[str, Column]:
    """The columns of an instrument, all its tables taken together.

    Args:
        description: what the project says of itself.
        form: the instrument.
        arrived: the export columns that the token's rights let through.
    """
    found = readings(description, form)
    return _columns({name: found[name] for name in found if name in arrived})


def tables(
    description: Description, form: str, arrived: Collection[str], *, limit: int = MOST_COLUMNS
) -> list[TidyTable]:
    """Shape the tables of an instrument; the first also accounts for columns nobody knows.

    Args:
        description: what the project says of itself.
        form: the instrument.
        arrived: the export columns that the token's rights let through, the key's among them.
        limit: how many columns a table may have.
    """
    found, there = readings(description, form), set(arrived)
    shared = {name: found.pop(name) for name in key(description, form)}
    split = [
        shared | {name: part[name] for name in part if name in there}
        for part in _split(found, len(shared), limit)
    ]
    parts = {n: part for n, part in enumerate(split, 1) if n == 1 or len(part) > len(shared)}
    return [
        _table(
            description.project_id,
            table_name(form, number),
            form,
            shared=shared,
            part=part,
            sources=sources,
        )
        for (number, part), sources in zip(
            parts.items(), _sources(list(parts.values()), arrived), strict=True
        )
    ]


def _table(
    project: str,
    name: str,
    form: str,
    *,
    shared: Iterable[str],
    part: Mapping[str, Reading],
    sources: tuple[str, ...],
) -> TidyTable:
    grain = tuple(part[column].variable.variable for column in shared)
    return TidyTable(
        name=name,
        form=form,
        key=grain,
        columns=_columns(part),
        sources=sources,
        readings=part,
        dictionary=engine.dictionary(part),
        study=engine.study(project, form, grain, part),
    )


def _sources(
    parts: Sequence[Mapping[str, Reading]], arrived: Iterable[str]
) -> list[tuple[str, ...]]:
    """The export columns that each part accounts for; what none reads falls to the first."""
    read = [{name for each in part.values() for name in _read(each)} for part in parts]
    later = {name for names in read[1:] for name in names} - read[0]
    first = tuple(name for name in arrived if name not in later)
    return [first, *(tuple(name for name in arrived if name in own) for own in read[1:])]


def _columns(part: Mapping[str, Reading]) -> dict[str, Column]:
    found = {
        each.variable.variable: Column(each.dtype, each.variable.label) for each in part.values()
    }
    found[REASONS] = Column(pl.String(), "JSON: column → why its value is missing")
    return found


def _read(reading: Reading) -> Iterator[str]:
    """The export columns that a reading looks at: its own, and its field's missing options."""
    yield from reading.rule.fields
    if isinstance(reading.rule, CheckboxRule):
        for code in reading.rule.missing or ():
            yield checkbox_column(reading.rule.checkbox, code)


def _split(found: Mapping[str, Reading], keys: int, limit: int) -> list[dict[str, Reading]]:
    """Cut an instrument's columns into parts that each fit a table beside the key and reasons."""
    beside = keys + 1
    parts: list[dict[str, Reading]] = [{}]
    end = beside * _TEXT_BYTES
    for name, reading in found.items():
        end = _end(end, reading)
        if parts[-1] and (len(parts[-1]) + beside >= limit or end > _ROW_BYTES):
            parts.append({})
            end = _end(beside * _TEXT_BYTES, reading)
        parts[-1][name] = reading
    return parts


def _end(start: int, reading: Reading) -> int:
    """Where a column ends at most in a row of Postgres, when the one before it ends at `start`."""
    if reading.dtype == pl.String():
        longest = max((len(code.encode()) for code in reading.codes or ()), default=_TEXT_BYTES)
        return start + min(longest + 1, _TEXT_BYTES)
    size = _BYTES.get(reading.dtype, _NUMBER_BYTES)
    # A number begins at a multiple of its size.
    return -(-start // size) * size + size

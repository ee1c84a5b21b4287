"""One instrument's raw text becomes typed rows, with every cell accounted for by our own engine.

Rows come in slices, so that memory does not grow with the project. A key that stands in two slices
must be refused as one that stands twice in one, so the keys are looked through first, and all rows
of such a key are conformed together at the end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.conform import together as conformed_together
from omics_orchestrator.dictionary.plan import Plan, plan
from omics_orchestrator.dictionary.rules import CheckboxRule
from omics_orchestrator.errors import SourceError
from omics_orchestrator.redcap_project.description import EVENT, INSTANCE
from omics_orchestrator.redcap_project.tables import TidyTable

TICKED = {
    "instrument": pl.String(),
    "record": pl.String(),
    "event": pl.String(),
    "instance": pl.Int64(),
    "field": pl.String(),
    "code": pl.String(),
}

_LISTED = 10


@dataclass(frozen=True)
class Tidied:
    """Some rows of an instrument.

    Attributes:
        parts: table name → its typed rows with their accounts.
        ticked: one row a ticked option of a checkbox, with `TICKED`; event is "" in a classic
            project, and a missing data code is no option.
    """

    parts: Mapping[str, Conformed]
    ticked: pl.DataFrame

    def without_rows(self) -> "Tidied":
        """The accounts, with frames that hold no row any more."""
        parts = {name: part.without_rows() for name, part in self.parts.items()}
        return Tidied(parts, self.ticked.clear())


def tidy(
    tables: Sequence[TidyTable],
    slices: Iterable[pl.DataFrame],
    *,
    hash_key: bytes,
    keys: pl.DataFrame | None = None,
) -> Iterator[Tidied]:
    """Type the rows of an instrument, slice by slice.

    Args:
        tables: the instrument's tables, as `tables.tables` shapes them.
        slices: the instrument's raw rows, every column text, a blank cell null. They are read
            twice; a generator cannot be.
        hash_key: the secret key of the hashes that stand for records and values in quarantine.
        keys: the key columns of all rows, where they can be had without reading the slices twice.

    Yields:
        What each slice gave, and last the rows whose key stands in several slices, if any.

    Raises:
        SourceError: a slice has other columns than were said to have arrived.
    """
    if isinstance(slices, Iterator):
        raise TypeError("slices are read twice, so they cannot be a generator")
    key = tables[0].key_sources
    several = _repeated(_all_keys(tables, slices) if keys is None else _keys(keys, key))
    plans = [(table, _plan(table)) for table in tables]
    held = []
    for frame in slices:
        _refuse_other_columns(tables, frame)
        rows = _with_instance(frame)
        if not several.is_empty():
            is_held = _stands_in(several, rows, key)
            held.append(rows.filter(is_held))
            rows = rows.filter(~is_held)
        yield _tidied(plans, rows, hash_key)
    if not several.is_empty():
        yield _tidied(plans, pl.concat(held), hash_key)


def together(slices: Iterable[Tidied]) -> Tidied:
    """Put all slices of an instrument together, and add up their accounts."""
    every = list(slices)
    return Tidied(
        {name: conformed_together([each.parts[name] for each in every]) for name in every[0].parts},
        pl.concat([each.ticked for each in every]),
    )


def _refuse_other_columns(tables: Sequence[TidyTable], frame: pl.DataFrame) -> None:
    expected = {name for table in tables for name in table.sources}
    if other := sorted(expected ^ set(frame.columns)):
        some = ", ".join(other[:_LISTED])
        raise SourceError(
            f"{len(other)} column(s) differ from those that arrived first, such as {some}",
            mend="read the instrument again in full, with one token.",
            table=tables[0].name,
        )


def _with_instance(frame: pl.DataFrame) -> pl.DataFrame:
    """Number a row that does not repeat 0, so that every row has a whole key."""
    there = [name for name in frame.columns if name == INSTANCE]
    return frame.with_columns(pl.col(there).fill_null("0"))


def _keys(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return _with_instance(frame).select(pl.col(key).str.strip_chars())


def _all_keys(tables: Sequence[TidyTable], slices: Iterable[pl.DataFrame]) -> pl.DataFrame:
    found = []
    for frame in slices:
        _refuse_other_columns(tables, frame)
        found.append(_keys(frame, tables[0].key_sources).unique())
    return pl.concat(found)


def _repeated(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.filter(keys.is_duplicated()).unique()


def _stands_in(several: pl.DataFrame, rows: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    mark = several.with_columns(pl.lit(value=True).alias("is held"))
    marked = _keys(rows, key).join(
        mark, on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    return marked["is held"].fill_null(value=False)


def _plan(table: TidyTable) -> Plan:
    return plan(table.dictionary, table.study, table.form, {table.form: table.sources})


def _tidied(plans: Sequence[tuple[TidyTable, Plan]], rows: pl.DataFrame, hash_key: bytes) -> Tidied:
    parts, ticked = {}, [pl.DataFrame(schema=TICKED)]
    for table, planned in plans:
        made = conform(
            table.dictionary,
            table.study,
            table.form,
            {table.form: rows.select(table.sources)},
            hash_key=hash_key,
            planned=planned,
        )
        parts[table.name] = made
        ticked += _ticked(table, made.frame)
    return Tidied(parts, pl.concat(ticked))


def _ticked(table: TidyTable, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    named = dict(zip(table.key_sources, table.key, strict=True))
    event, instance = named.get(EVENT), named.get(INSTANCE)
    keys = frame.select(
        pl.lit(table.form).alias("instrument"),
        pl.col(table.key[0]).alias("record"),
        (pl.col(event) if event else pl.lit("")).alias("event"),
        (pl.col(instance) if instance else pl.lit(0, pl.Int64)).alias("instance"),
    )
    for reading in table.readings.values():
        if isinstance(rule := reading.rule, CheckboxRule):
            # Column by column: few boxes of a wide instrument are ticked.
            found = keys.filter(frame[reading.variable.variable])
            yield found.with_columns(
                pl.lit(rule.checkbox).alias("field"), pl.lit(rule.option).alias("code")
            )

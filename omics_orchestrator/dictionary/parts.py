"""One part of a table, evaluated: its values, what became of its cells, which rows are refused."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary import doubts, outcome
from omics_orchestrator.dictionary.arrival import INSTANCE, Arrived, RowStep, empty_slots
from omics_orchestrator.dictionary.judging import Judged
from omics_orchestrator.dictionary.missing_reasons import missing_reasons
from omics_orchestrator.dictionary.plan import PartPlan, Reading

EMPTY_SLOT = "empty_slot"
_LOST = {reason: outcome.quarantined(reason) for reason in outcome.ROW_REASONS}


@dataclass
class PartRows:
    """The rows of a part.

    Attributes:
        plan: the part's compiled rules.
        arrived: its rows before them.
        values: the grain and the variables it feeds, a row each.
        fits: of each cell that rules read, whether it conforms to them, a column a field.
        blank: likewise, whether it is blank.
        doubts: all other cells: `field`, `row`, `outcome`, `text`.
        instead: the outcome of all cells of a row, null where each has its own.
        refused: why a row is refused, null where it is not.
        why: per row, why values are missing: the inside of a JSON object.
    """

    plan: PartPlan
    arrived: Arrived
    values: pl.DataFrame
    fits: pl.DataFrame
    blank: pl.DataFrame
    doubts: pl.DataFrame
    instead: pl.Series
    refused: pl.Series
    why: pl.Series

    @property
    def has_unread_repeats(self) -> bool:
        """Tell whether a form's repeats all count, and none of its rules reads their number."""
        is_repeating = INSTANCE in self.arrived.frame.columns and INSTANCE not in self.plan.rules
        return is_repeating and self.plan.part.instance == "all" and self.plan.part.slots is None

    def leave_out(self, rows: pl.Series) -> None:
        """Say of all cells of some rows that a rule of the table leaves them out."""
        if not rows.is_empty():
            self.instead = self.instead.scatter(rows, outcome.LEFT_OUT)

    def cells(self) -> pl.DataFrame:
        """Count what became of the cells of each field, those left out included."""
        own = self.doubts.filter(self.instead.is_null().gather(self.doubts["row"]))
        counted = []
        for start, rows, sources in self.arrived.slots():
            names = {name: field for name, field in sources.items() if name in self.plan.rules}
            of_slot = pl.col("row").is_between(start, start + rows - 1) & pl.col("field").is_in(
                list(names)
            )
            counted.append(
                outcome.count(
                    self.fits.slice(start, rows).select(list(names)).rename(names),
                    self.blank.slice(start, rows).select(list(names)).rename(names),
                    own.filter(of_slot).with_columns(pl.col("field").replace(names)),
                    self.instead.slice(start, rows),
                    self.arrived.left,
                )
            )
        return pl.concat([*counted, outcome.left_out(self.plan.left_out, self.arrived.height)])

    def account(self) -> list[RowStep]:
        """What became of the part's rows, step by step."""
        rows, table = self.values.height, self.plan.part.table
        found = list(self.arrived.account)
        empty = int((self.refused == EMPTY_SLOT).sum())
        if self.plan.part.slots:
            found.append(
                (f"{table}: slots", rows, rows - empty, empty, 0, EMPTY_SLOT if empty else "")
            )
        lost = self.refused.filter(self.refused.is_not_null() & (self.refused != EMPTY_SLOT))
        reasons = ", ".join(sorted(lost.unique()))
        there = rows - empty
        found.append(
            (f"{table}: one row a grain", there, there - lost.len(), 0, lost.len(), reasons)
        )
        return found


def evaluate(plan: PartPlan, arrived: Arrived, grain: Sequence[str]) -> PartRows:
    """Evaluate all rules that a part feeds."""
    names, fields = list(plan.judged), [each.field for each in plan.judged.values()]
    prepared = doubts.told_apart(plan.judged, _read(plan.reading, arrived.frame))
    found = doubts.collect(plan.judged, prepared)
    if spaced := doubts.spaced(found, fields, plan.reading.as_sent):
        again = {name: each for name, each in plan.judged.items() if each.field in spaced}
        prepared = doubts.told_apart(again, _read_again(plan.reading, spaced, prepared))
        found = doubts.collect(plan.judged, prepared)
    values = prepared.select(plan.values)
    refused = _refused(values.select(grain), empty_slots(arrived))
    return PartRows(
        plan,
        arrived,
        values,
        _of_fields(plan.judged, "fits", prepared),
        _of_fields(plan.judged, "blank", prepared),
        doubts.of_fields(found, fields),
        _instead(refused),
        refused,
        missing_reasons(plan.reasons, found, names, values),
    )


def _read(reading: Reading, frame: pl.DataFrame) -> pl.DataFrame:
    """Parse every field; white space around text is taken off first, where there is any.

    Stripped text is a copy of the text, and hardly any cell needs it.
    """
    lengths = frame.select(
        (
            pl.col(field).str.len_bytes().sum()
            != pl.col(field).str.strip_chars().str.len_bytes().sum()
        ).alias(field)
        for field in reading.stripped
    )
    spaced = [field for field in lengths.columns if lengths[field].item()]
    return (
        frame.with_columns(pl.col([*reading.stripped, *reading.as_sent]).name.prefix("text:"))
        .with_columns(pl.col(f"text:{field}").str.strip_chars() for field in spaced)
        .with_columns(
            *reading.parsed, *(expr for each in reading.as_sent.values() for expr in each)
        )
    )


def _read_again(reading: Reading, fields: Collection[str], prepared: pl.DataFrame) -> pl.DataFrame:
    """Parse fields once more, after white space was taken off."""
    return prepared.with_columns(
        pl.col(f"text:{field}").str.strip_chars() for field in fields
    ).with_columns(expr for field in fields for expr in reading.as_sent[field])


def _of_fields(judged: Mapping[str, Judged], what: str, prepared: pl.DataFrame) -> pl.DataFrame:
    """Say of each cell whether all rules that read it find the same, a column a field."""
    by_field: defaultdict[str, list[pl.Expr]] = defaultdict(list)
    for name, each in judged.items():
        by_field[each.field].append(pl.col(f"{what}:{name}"))
    return prepared.select(
        (every[0] if len(every) == 1 else pl.all_horizontal(every)).alias(field)
        for field, every in by_field.items()
    )


def _instead(refused: pl.Series) -> pl.Series:
    """The outcome of all cells of a refused row; null where each cell has its own."""
    if refused.null_count() == refused.len():
        return refused.cast(pl.UInt8)
    return refused.replace_strict(_LOST, default=None, return_dtype=pl.UInt8)


def _refused(keys: pl.DataFrame, empty: pl.Series) -> pl.Series:
    """Why a row is refused, null where it is not."""
    grain, told = keys.columns, keys.with_columns(empty.alias(EMPTY_SLOT))
    # Equal keys have equal hashes, and whether any of those repeats is known in half the time.
    may_repeat = told.hash_rows().n_unique() < told.height
    is_repeated = pl.struct(told.columns).is_duplicated() if may_repeat else pl.lit(value=False)
    return told.select(
        refused=pl.when(EMPTY_SLOT)
        .then(pl.lit(EMPTY_SLOT))
        .when(pl.any_horizontal(pl.col(grain).is_null()))
        .then(pl.lit("no_key"))
        .when(is_repeated)
        .then(pl.lit("duplicate_key"))
    ).to_series()

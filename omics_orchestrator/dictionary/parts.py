"""One part of a table, evaluated: its values, what became of its cells, which rows are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.arrival import INSTANCE, Arrived, RowStep, empty_slots
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
        outcomes: what became of each cell that a rule read, a column a field.
        refused: why a row is refused, null where it is not.
        why: per row, why values were declared missing: the inside of a JSON object.
    """

    plan: PartPlan
    arrived: Arrived
    values: pl.DataFrame
    outcomes: pl.DataFrame
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
            index = pl.int_range(self.outcomes.height, dtype=pl.UInt32, eager=True)
            left = pl.select(pl.when(index.is_in(rows)).then(pl.lit(outcome.LEFT_OUT, pl.UInt8)))
            self.outcomes = _overridden(self.outcomes, left.to_series())

    def cells(self) -> pl.DataFrame:
        """Count what became of the cells of each field, those left out included."""
        left = self.arrived.left
        counted = [
            outcome.count(
                self.outcomes.slice(start, rows).select(
                    pl.col(name).alias(field)
                    for name, field in sources.items()
                    if name in self.plan.rules
                ),
                self.arrived.height,
                left,
            )
            for start, rows, sources in self.arrived.slots()
        ]
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
    prepared = _read(plan.reading, arrived.frame).with_columns(plan.reading.judged)
    outcomes = prepared.select(plan.outcomes)
    values = prepared.select(plan.values)
    refused = _refused(values.select(grain), empty_slots(arrived))
    why = missing_reasons(plan.reasons, prepared, values)
    lost = refused.replace_strict(_LOST, default=None, return_dtype=pl.UInt8)
    return PartRows(plan, arrived, values, _overridden(outcomes, lost), refused, why)


def _read(reading: Reading, frame: pl.DataFrame) -> pl.DataFrame:
    """Parse every field; white space around text is taken off first, where it makes a difference.

    Taking it off costs as much as parsing does, and hardly any cell has it.
    """
    as_sent = reading.as_sent
    parsed = frame.with_columns(
        pl.col(reading.stripped).str.strip_chars().name.prefix("text:"),
        pl.col(list(as_sent)).name.prefix("text:"),
    ).with_columns(*reading.parsed, *(expr for each in as_sent.values() for expr in each))
    spaced = _spaced(as_sent, parsed)
    if not spaced:
        return parsed
    stripped = parsed.with_columns(pl.col(f"text:{field}").str.strip_chars() for field in spaced)
    return stripped.with_columns(expr for field in spaced for expr in as_sent[field])


def _spaced(as_sent: Mapping[str, Sequence[pl.Expr]], parsed: pl.DataFrame) -> list[str]:
    """The fields in which white space stands around the text of a cell that was not read."""
    unread = {
        field: pl.any_horizontal(pl.col(expr.meta.output_name()).is_null() for expr in expressions)
        for field, expressions in as_sent.items()
        if expressions
    }
    found = parsed.select(
        pl.col(f"text:{field}").filter(is_unread).str.contains(r"^\s|\s$").any().alias(field)
        for field, is_unread in unread.items()
    )
    return [field for field in found.columns if found[field].item()]


def _refused(keys: pl.DataFrame, empty: pl.Series) -> pl.Series:
    """Why a row is refused, null where it is not."""
    grain = keys.columns
    return (
        keys.with_columns(empty.alias(EMPTY_SLOT))
        .select(
            refused=pl.when(EMPTY_SLOT)
            .then(pl.lit(EMPTY_SLOT))
            .when(pl.any_horizontal(pl.col(grain).is_null()))
            .then(pl.lit("no_key"))
            .when(pl.struct(*grain, EMPTY_SLOT).is_duplicated())
            .then(pl.lit("duplicate_key"))
        )
        .to_series()
    )


def _overridden(outcomes: pl.DataFrame, instead: pl.Series) -> pl.DataFrame:
    if instead.null_count() == instead.len():
        return outcomes
    there = pl.lit(instead)
    return outcomes.select(
        pl.when(there.is_not_null()).then(there).otherwise(pl.col(name)).alias(name)
        for name in outcomes.columns
    )

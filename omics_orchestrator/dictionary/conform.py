"""Source tables become one of our tables, and each cell and row is accounted for.

All rules of a table are evaluated together, column by column; what became of every cell falls out
beside the values. The accounting is counted from that and compared with the cells that arrived, so
it can be wrong and be seen to be wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary import outcome, plan, quarantine
from omics_orchestrator.dictionary.model import Dictionary, Study

ROW_SCHEMA = {
    "step": pl.String,
    "rows_in": pl.Int64,
    "rows_out": pl.Int64,
    "excluded": pl.Int64,
    "quarantined": pl.Int64,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Conformed:
    """A conformed table with its accounts.

    Attributes:
        frame: one row a grain: the table's variables, and `missing_reasons` (JSON: variable →
            reason).
        cells: per source field, what became of its cells (`outcome.CELL_COLUMNS`).
        rows: per step, rows in = rows out + excluded + quarantined.
        quarantine: field, rule, reason, hashes of record and value, count.
        unclassified: fields that arrived and that no rule of the table mentions.
    """

    frame: pl.DataFrame
    cells: pl.DataFrame
    rows: pl.DataFrame
    quarantine: pl.DataFrame
    unclassified: tuple[str, ...]


def conform(
    dictionary: Dictionary,
    study: Study,
    table: str,
    frames: Mapping[str, pl.DataFrame],
    *,
    hash_key: bytes,
    planned: plan.Plan | None = None,
) -> Conformed:
    """Conform one table of a study.

    Args:
        dictionary: the data dictionary.
        study: the study.
        table: the name of one of the study's tables.
        frames: the source tables its `rows` name, every column text.
        hash_key: the secret key of the hashes that stand for records and values in quarantine.
        planned: the table's plan for the same columns, when many slices share one.

    Raises:
        SourceError: a field that a rule reads did not arrive.
    """
    arrived = plan.join(study, table, frames)
    made = planned or plan.plan(dictionary, study, table, arrived)
    prepared = arrived.frame
    for expressions in made.passes:
        prepared = prepared.with_columns(expressions)
    outcomes = prepared.select(made.outcomes)
    values = prepared.select(made.values)
    for derived in made.derived:
        values = values.with_columns(derived)

    grain = list(study.tables[table].grain)
    refused = values.select(
        pl.when(pl.any_horizontal(pl.col(grain).is_null()))
        .then(pl.lit("no_key"))
        .when(pl.struct(grain).is_duplicated())
        .then(pl.lit("duplicate_key"))
        .alias("refused")
    ).to_series()
    outcomes = quarantine.refuse_rows(outcomes, refused)
    held = quarantine.collect(made, arrived.frame, outcomes, refused, hash_key=hash_key)
    values = values.with_columns(quarantine.missing_reasons(made, prepared, outcomes))
    return Conformed(
        frame=values.filter(refused.is_null()).select(*made.columns, "missing_reasons"),
        cells=outcome.count(outcomes, arrived.cells),
        rows=_account_rows(arrived, refused),
        quarantine=held,
        unclassified=made.unclassified,
    )


def _account_rows(arrived: plan.Arrived, refused: pl.Series) -> pl.DataFrame:
    placed = [(f"join {name}", n, n, 0, 0, "") for name, n in arrived.rows.items()]
    height, lost = refused.len(), refused.drop_nulls()
    reasons = ", ".join(sorted(lost.unique()))
    grain = ("one row a grain", height, height - lost.len(), 0, lost.len(), reasons)
    return pl.DataFrame([*placed, grain], schema=ROW_SCHEMA, orient="row")


def together(slices: Sequence[Conformed]) -> Conformed:
    """Put the slices of one table together, and add up their accounts."""
    counted = pl.col(pl.Int64).sum()
    reasons = pl.col("reason").str.split(", ").explode().unique().sort()
    rows = pl.concat([each.rows for each in slices]).group_by("step", maintain_order=True)
    cells = pl.concat([each.cells for each in slices]).group_by("field", maintain_order=True)
    held = pl.concat([each.quarantine for each in slices])
    same = [name for name in held.columns if name != "count"]
    return Conformed(
        frame=pl.concat([each.frame for each in slices]),
        cells=cells.agg(counted),
        rows=rows.agg(counted, reasons.filter(reasons != "").str.join(", ")),
        quarantine=held.group_by(same, maintain_order=True).agg(counted),
        unclassified=tuple(dict.fromkeys(name for each in slices for name in each.unclassified)),
    )

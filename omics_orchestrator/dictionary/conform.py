"""Source tables become one of our tables, and each cell and row is accounted for.

All rules of a part are evaluated together, column by column; what became of every cell falls out
beside the values. The accounting is counted from that and compared with the cells that arrived, so
it can be wrong and be seen to be wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Self

import polars as pl

from omics_orchestrator.dictionary import exclusions, plan, quarantine
from omics_orchestrator.dictionary.arrival import RowStep, arrive
from omics_orchestrator.dictionary.missing_reasons import WHY
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.parts import PartRows, evaluate
from omics_orchestrator.dictionary.tables import Exclusion
from omics_orchestrator.errors import SourceError

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
        unclassified: fields that arrived and that no rule of the study mentions.
    """

    frame: pl.DataFrame
    cells: pl.DataFrame
    rows: pl.DataFrame
    quarantine: pl.DataFrame
    unclassified: tuple[str, ...]

    def without_rows(self) -> Self:
        """The accounts, with a frame that holds no row any more."""
        return replace(self, frame=self.frame.clear())


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
        SourceError: a field that a rule reads did not arrive, or rows would be multiplied.
    """
    made = planned or _plan(dictionary, study, table, frames)
    parts, joined = _evaluated(study, table, made, frames)
    elsewhere = {
        number: _left_out_by(dictionary, study, each, frames)
        for number, each in enumerate(made.exclude)
        if each.of
    }
    out, account = exclusions.apply(made.exclude, joined, elsewhere)
    if made.exclude:
        # Once more: nothing that is left may stem from a row that is not.
        joined, excluded = _derived(made, joined.filter(~out)), joined.filter(out)
    else:
        excluded = joined.clear()
    for number, part in enumerate(parts):
        part.leave_out(excluded[f"row:{number}"].drop_nulls())
    held = [quarantine.collect(part, hash_key=hash_key) for part in parts]
    cells = pl.concat([part.cells() for part in parts])
    return Conformed(
        frame=joined.select(*made.columns, _reasons(joined)),
        cells=cells.group_by("field", maintain_order=True).agg(pl.col(pl.Int64).sum()),
        rows=pl.DataFrame(
            [
                *(step for part in parts for step in part.account()),
                *_met(parts, out.len()),
                *account,
            ],
            schema=ROW_SCHEMA,
            orient="row",
        ),
        quarantine=pl.concat(held),
        unclassified=tuple(
            dict.fromkeys(name for each in made.parts for name in each.unclassified)
        ),
    )


def _plan(
    dictionary: Dictionary, study: Study, table: str, frames: Mapping[str, pl.DataFrame]
) -> plan.Plan:
    arrived = {name: frame.columns for name, frame in frames.items()}
    return plan.plan(dictionary, study, table, arrived)


def _evaluated(
    study: Study, table: str, made: plan.Plan, frames: Mapping[str, pl.DataFrame]
) -> tuple[list[PartRows], pl.DataFrame]:
    """Evaluate all rules of a table: its parts, and their rows brought together."""
    parts = [
        evaluate(each, arrive(each.part, frames[each.part.name], each.key), made.grain)
        for each in made.parts
    ]
    for part in parts:
        _refuse_repeats(study, table, part)
    return parts, _derived(made, _joined(parts, made))


def _refuse_repeats(study: Study, table: str, part: PartRows) -> None:
    """Stop where a form's repeats would be taken for one row: nobody said which of them counts."""
    if part.has_unread_repeats and "duplicate_key" in part.refused:
        raise SourceError(
            f"{part.plan.part.table} gives several rows to one {', '.join(part.plan.key)}",
            mend="say in `rows` which repeat counts, such as {table: "
            f"{part.plan.part.table}, instance: first}}, or put the instance into the grain.",
            study=study.study,
            table=table,
        )


def _joined(parts: Sequence[PartRows], made: plan.Plan) -> pl.DataFrame:
    """Bring the rows of all parts together, one to one; no row is dropped."""
    frames = [
        part.values.rename({column: f"{column}:{n}" for column in made.of_key})
        .with_columns(part.why.alias(f"{WHY}{n}"))
        .with_row_index(f"row:{n}")
        .filter(part.refused.is_null())
        for n, part in enumerate(parts)
    ]
    joined = reduce(
        lambda left, right: left.join(
            right,
            on=made.grain,
            how="full",
            coalesce=True,
            validate="1:1",
            maintain_order="left_right",
        ),
        frames,
    )
    return joined.with_columns(
        pl.coalesce(f"{column}:{n}" for n in range(len(parts))).alias(column)
        for column in made.of_key
    )


def _derived(made: plan.Plan, joined: pl.DataFrame) -> pl.DataFrame:
    for expression in made.derived:
        joined = joined.with_columns(expression)
    return joined


def _met(parts: Sequence[PartRows], rows: int) -> list[RowStep]:
    """The step in which rows of several parts became one, where there are several."""
    named = " with ".join(part.plan.part.table for part in parts)
    return [(f"join {named}", rows, rows, 0, 0, "")] if len(parts) > 1 else []


def _left_out_by(
    dictionary: Dictionary, study: Study, exclusion: Exclusion, frames: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Who is left out by what another table says."""
    cut, table = exclusions.needed(study, exclusion), exclusion.of or ""
    _, rows = _evaluated(cut, table, _plan(dictionary, cut, table, frames), frames)
    return exclusions.since(exclusion, rows)


def _reasons(joined: pl.DataFrame) -> pl.Expr:
    """The column `missing_reasons`: a JSON object variable → reason, null where none is."""
    whys = [name for name in joined.columns if name.startswith(WHY)]
    pairs = pl.concat_str(whys, separator=", ", ignore_nulls=True)
    objects = pl.concat_str(pl.lit("{"), pairs, pl.lit("}"))
    return pl.when(pairs != "").then(objects).alias("missing_reasons")


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

"""Who is left out, and from when on: said by a row, for itself, or for all rows of a participant.

A withdrawal is recorded at one visit, in one table; it holds for every table of the study.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from omics_orchestrator.dictionary import expression
from omics_orchestrator.dictionary.arrival import RowStep
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Exclusion

SINCE = "since"


def needed(study: Study, exclusion: Exclusion) -> Study:
    """The study with the other table of an exclusion cut down to what the exclusion asks of it."""
    table = exclusion.of or ""
    spec, rules = study.tables[table], rules_of(study, table)
    asked = [*spec.grain, *expression.names(exclusion.when), exclusion.per, exclusion.order]
    kept = {name: rule for name, rule in rules.items() if name in asked}
    cut = spec.model_copy(update={"variables": kept, "as_named": (), "exclude": ()})
    return study.model_copy(update={"tables": {**study.tables, table: cut}})


def since(exclusion: Exclusion, rows: pl.DataFrame) -> pl.DataFrame:
    """Who is left out, and from where in their order on; null: from the beginning."""
    flagged = expression.compile_expression(exclusion.when).fill_null(value=False)
    order = pl.col(exclusion.order) if exclusion.order else pl.lit(None)
    first = order.min() if exclusion.rows == "later" else pl.lit(None)
    return rows.filter(flagged).group_by(exclusion.per).agg(first.alias(SINCE))


def left_out(exclusion: Exclusion, rows: pl.DataFrame, elsewhere: pl.DataFrame | None) -> pl.Series:
    """Tell which rows an exclusion leaves out; what is unknown excludes nobody.

    Args:
        exclusion: who is left out.
        rows: rows of the table.
        elsewhere: who is left out by another table, as `since` tells it.
    """
    if exclusion.rows == "this":
        flagged = expression.compile_expression(exclusion.when).fill_null(value=False)
        return rows.select(flagged.alias("left out")).to_series()
    who = since(exclusion, rows) if elsewhere is None else elsewhere
    told = rows.join(
        who.with_columns(pl.lit(value=True).alias("is flagged")),
        on=exclusion.per,
        how="left",
        maintain_order="left",
    )
    is_later = pl.lit(value=True)
    if exclusion.rows == "later" and exclusion.order in rows.columns:
        order = pl.col(exclusion.order)
        # A row that nobody dated may be a later one.
        is_later = order.is_null() | pl.col(SINCE).is_null() | (order >= pl.col(SINCE))
    flagged = pl.col("is flagged").fill_null(value=False) & is_later
    return told.select(flagged.alias("left out")).to_series()


def apply(
    exclusions: Sequence[Exclusion], rows: pl.DataFrame, elsewhere: Mapping[int, pl.DataFrame]
) -> tuple[pl.Series, list[RowStep]]:
    """Leave rows out by each exclusion in turn.

    Returns:
        Which rows are left out, and the account of each step.
    """
    out, account = pl.repeat(value=False, n=rows.height, eager=True), []
    for number, exclusion in enumerate(exclusions):
        new = left_out(exclusion, rows, elsewhere.get(number)) & ~out
        before, gone = rows.height - int(out.sum()), int(new.sum())
        why = exclusion.reason if gone else ""
        account.append((f"exclude: {exclusion.reason}", before, before - gone, gone, 0, why))
        out = out | new
    return out, account

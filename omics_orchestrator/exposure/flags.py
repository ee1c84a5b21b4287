"""Wide flags such as "on infliximab at this visit": by the courses, and as they were recorded."""

from collections.abc import Iterator, Sequence

import polars as pl

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.exposure.asked import ROW, flagged_rows
from omics_orchestrator.exposure.courses import Tables
from omics_orchestrator.exposure.status import ON, UNKNOWN

FLAGS = {
    **ROW,
    "variable": pl.String(),
    "value": pl.Boolean(),
    "by_courses": pl.Boolean(),
    "recorded": pl.Boolean(),
    "is_contradicted": pl.Boolean(),
}
_KEY = ["table", "row_key"]
_BY_COURSES = pl.when(pl.col("by_courses") != UNKNOWN).then(pl.col("by_courses") == ON)


def flags(study: Study, tables: Tables, status: pl.DataFrame) -> pl.DataFrame:
    """What each flag says in each row, as in `FLAGS`.

    The value is what was recorded, and what follows from the courses where nothing was; where the
    two contradict one another it is null.

    Args:
        study: the study.
        tables: its conformed tables.
        status: what `asked.statuses` says of them.
    """
    found = list(_each(study, tables, status))
    return pl.concat([pl.DataFrame(schema=FLAGS), *found]).sort(*_KEY, "variable")


def contradictions(flags: pl.DataFrame) -> pl.DataFrame:
    """How often each flag was recorded, follows from the courses, and contradicts them."""
    compared = pl.col("recorded").is_not_null() & pl.col("by_courses").is_not_null()
    return (
        flags.group_by("table", "variable", maintain_order=True)
        .agg(
            pl.len().alias("rows"),
            pl.col("recorded").is_not_null().sum(),
            pl.col("by_courses").is_not_null().sum(),
            compared.sum().alias("both"),
            pl.col("is_contradicted").sum().alias("contradicted"),
        )
        .sort("table", "variable")
    )


def _each(study: Study, tables: Tables, status: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for spec, rows in flagged_rows(study, tables):
        own = status.filter(table=spec.table)
        for variable, names in spec.now.items():
            yield _flag(rows, variable, _any_of(own, names, _BY_COURSES))
        for variable, names in spec.ever.items():
            yield _flag(rows, variable, _any_of(own, names, pl.col("ever")))


def _any_of(status: pl.DataFrame, names: Sequence[str], said: pl.Expr) -> pl.DataFrame:
    """Whether one of the drugs or classes is on; one that is not told of at all is unknown."""
    is_no = (~said).fill_null(value=False).all() & (pl.len() == len(names))
    return (
        status.filter(pl.col("exposure").is_in(names))
        .group_by("row_key")
        .agg(pl.when(said.any() | is_no).then(said.any()).alias("by_courses"))
    )


def _flag(rows: pl.DataFrame, variable: str, by_courses: pl.DataFrame) -> pl.DataFrame:
    known = rows.join(by_courses, on="row_key", how="left", maintain_order="left")
    recorded = pl.col(variable) if variable in rows.columns else pl.lit(None, pl.Boolean())
    contradicted = (recorded != pl.col("by_courses")).fill_null(value=False)
    return known.with_columns(
        pl.lit(variable).alias("variable"),
        pl.when(~contradicted).then(pl.coalesce(recorded, "by_courses")).alias("value"),
        recorded.alias("recorded"),
        contradicted.alias("is_contradicted"),
    ).select(*FLAGS)

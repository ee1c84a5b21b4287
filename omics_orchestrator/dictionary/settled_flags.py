"""Flags of drugs in a dataset: what was recorded, settled with what the courses of drugs tell."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Dataset, Long

FLAGS = "exposure.flag"
"""The part of a dataset that holds the flags; no conformed table has a dot in its name."""


@dataclass(frozen=True)
class Settled:
    """A conformed table with its flags settled.

    Attributes:
        frame: its rows.
        filled: how many flags are known by the courses alone.
        emptied: how many are unknown by them, and were known.
        turned: how many are the opposite of what they were.
    """

    frame: pl.DataFrame
    filled: int
    emptied: int
    turned: int


def row_key(grain: Iterable[str]) -> pl.Expr:
    """The key of a row of a table, as one text."""
    return pl.concat_str((pl.col(column).cast(pl.String) for column in grain), separator="/")


def settled_flags(study: Study, table: str) -> tuple[str, ...]:
    """The flags of a conformed table that the courses of drugs tell of."""
    known = rules_of(study, table)
    told = study.drugs.flags_of(table) if study.drugs else ()
    return tuple(name for name in told if name in known)


def flags_from_exposure(study: Study, dataset: Dataset | Long) -> dict[str, str]:
    """The flags of a dataset that are settled, each with its conformed table."""
    tables = dataset.from_exposure
    return {name: table for table in tables for name in settled_flags(study, table)}


def settle(study: Study, table: str, rows: pl.DataFrame, flags: pl.DataFrame) -> Settled:
    """Put the settled flags in place of those that were recorded.

    A row of which the courses were not asked, such as one without a date, keeps what was recorded.

    Args:
        study: the study.
        table: one of its conformed tables.
        rows: the rows of it.
        flags: `table`, `row_key`, `variable` and `value` (see `exposure.flags`).
    """
    names = settled_flags(study, table)
    told = (
        flags.filter(pl.col("table") == table)
        .pivot("variable", on_columns=names, index="row_key", values="value")
        .select("row_key", pl.col(names).name.prefix("settled:"), is_told=pl.lit(value=True))
    )
    beside = rows.with_columns(row_key=row_key(study.tables[table].grain)).join(
        told, on="row_key", how="left", maintain_order="left"
    )
    values = [
        pl.when("is_told").then(f"settled:{name}").otherwise(name).alias(name) for name in names
    ]
    frame = beside.with_columns(values).select(rows.columns)
    before, after = (each.select(names).unpivot()["value"] for each in (rows, frame))
    return Settled(
        frame,
        filled=int((before.is_null() & after.is_not_null()).sum()),
        emptied=int((before.is_not_null() & after.is_null()).sum()),
        turned=int((before != after).sum()),
    )

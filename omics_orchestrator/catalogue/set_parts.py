"""What all sets of files have in common: their columns, and how faults are told."""

import polars as pl

PARTS = ("kind", "set", "members", "missing", "fault")


def fact(name: str) -> pl.Expr:
    """What a file's description says under a name, as text; null where it says nothing."""
    return pl.col("description").str.json_path_match(f"$.{name}")


def with_damage() -> pl.Expr:
    """Tell of a group of files that some are damaged."""
    damaged = (pl.col("status") == "damaged").sum()
    return pl.when(damaged > 0).then(pl.concat_str(damaged, pl.lit(" damaged")))


def listed_faults(*faults: pl.Expr) -> pl.Expr:
    """Join what is wrong into one text; null when nothing is."""
    joined = pl.concat_str(*faults, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)

"""What became of a cell: each ends in exactly one of these, and they are counted.

Outcomes are small integers so that one pass over a table yields them beside the values; those
from `QUARANTINED` on are the reasons for quarantine.
"""

from collections.abc import Sequence

import polars as pl

BLANK, CONFORMED, MISSING, LEFT_OUT, QUARANTINED = range(5)

REASONS = (
    "unknown_code",
    "not_a_number",
    "not_an_integer",
    "not_yes_or_no",
    "not_a_date",
    "not_text",
    "unknown_unit",
    "out_of_range",
    "several_ticked",
    "no_pattern_fits",
    "no_key",
    "duplicate_key",
)
ROW_REASONS = ("no_key", "duplicate_key")
CELL_COLUMNS = ("field", "cells", "conformed", "missing", "blank", "quarantined", "left_out")
_CELL_SCHEMA = {"field": pl.String, **dict.fromkeys(CELL_COLUMNS[1:], pl.Int64)}


def quarantined(reason: str) -> int:
    """The outcome of a cell that is quarantined for `reason`."""
    return QUARANTINED + REASONS.index(reason)


def reason_of(outcome: pl.Expr) -> pl.Expr:
    """The reason's name of each quarantined outcome."""
    names = dict(enumerate(REASONS, start=QUARANTINED))
    return outcome.replace_strict(names, return_dtype=pl.String)


def count(
    fits: pl.DataFrame, blank: pl.DataFrame, doubts: pl.DataFrame, instead: pl.Series, left: int
) -> pl.DataFrame:
    """Count what became of the cells of fields.

    Args:
        fits: a column a field: whether a cell conforms to all rules that read it.
        blank: likewise, whether it is blank.
        doubts: all other cells, with their `field` and `outcome`.
        instead: the outcome of all cells of a row, null where each has its own.
        left: how many rows were left out before the rules.

    Returns:
        A frame with `CELL_COLUMNS`, one row a field; it balances when nothing was lost.
    """
    own, names = instead.is_null(), fits.columns
    if not own.all():
        fits, blank = fits.filter(own), blank.filter(own)
    rows_left, rows_lost = int((instead == LEFT_OUT).sum()), int((instead >= QUARANTINED).sum())
    told = doubts.group_by("field").agg(
        (pl.col("outcome") == MISSING).sum().alias("missing"),
        (pl.col("outcome") >= QUARANTINED).sum().alias("quarantined"),
    )
    counted = pl.DataFrame(
        {
            "field": pl.Series(names, dtype=pl.String),
            "cells": [instead.len() + left] * len(names),
            "conformed": fits.sum().row(0) if names else [],
            "blank": blank.sum().row(0) if names else [],
        }
    ).join(told, on="field", how="left", maintain_order="left")
    return counted.with_columns(
        pl.col("missing").fill_null(0),
        pl.col("quarantined").fill_null(0) + rows_lost,
        pl.lit(rows_left + left).alias("left_out"),
    ).select(pl.col(name).cast(dtype) for name, dtype in _CELL_SCHEMA.items())


def left_out(fields: Sequence[str], cells: int) -> pl.DataFrame:
    """The account of fields of which every cell is left out."""
    nothing = dict.fromkeys(CELL_COLUMNS[2:], 0) | {"left_out": cells, "cells": cells}
    columns = {name: [value] * len(fields) for name, value in nothing.items()}
    return pl.DataFrame({"field": list(fields), **columns}, schema=_CELL_SCHEMA)


def is_balanced(counted: pl.DataFrame) -> bool:
    """Tell whether every field's cells equal the sum of what became of them."""
    return bool(
        counted.select((pl.col("cells") == pl.sum_horizontal(*CELL_COLUMNS[2:])).all()).item()
    )

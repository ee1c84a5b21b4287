"""What became of a cell: each ends in exactly one of these, and they are counted.

Outcomes are small integers so that one pass over a table yields them beside the values; those
from `QUARANTINED` on are the reasons for quarantine.
"""

from collections.abc import Callable

import polars as pl

BLANK, CONFORMED, MISSING, LEFT_OUT, QUARANTINED = range(5)

REASONS = (
    "unknown_code",
    "not_a_number",
    "not_an_integer",
    "not_yes_or_no",
    "not_a_date",
    "not_text",
    "out_of_range",
    "several_ticked",
    "no_pattern_fits",
    "no_key",
    "duplicate_key",
)
ROW_REASONS = ("no_key", "duplicate_key")
CELL_COLUMNS = ("field", "cells", "conformed", "missing", "blank", "quarantined", "left_out")


def quarantined(reason: str) -> int:
    """The outcome of a cell that is quarantined for `reason`."""
    return QUARANTINED + REASONS.index(reason)


def reason_of(outcome: pl.Expr) -> pl.Expr:
    """The reason's name of each quarantined outcome."""
    names = dict(enumerate(REASONS, start=QUARANTINED))
    return outcome.replace_strict(names, return_dtype=pl.String)


def worst(outcomes: list[pl.Expr]) -> pl.Expr:
    """What became of a cell that several rules read: a quarantine anywhere outweighs all else."""
    return outcomes[0] if len(outcomes) == 1 else pl.max_horizontal(outcomes)


def count(outcomes: pl.DataFrame, cells: dict[str, int]) -> pl.DataFrame:
    """Count outcomes per field.

    Args:
        outcomes: a column of outcomes (UInt8, null where the row has no such cell) per field.
        cells: how many cells each field brought, counted where they arrived.

    Returns:
        A frame with `CELL_COLUMNS`, one row a field; it balances when nothing was lost.
    """
    kinds: dict[str, Callable[[pl.Expr], pl.Expr]] = {
        "conformed": lambda column: column == CONFORMED,
        "missing": lambda column: column == MISSING,
        "blank": lambda column: column == BLANK,
        "quarantined": lambda column: column >= QUARANTINED,
        "left_out": lambda column: column == LEFT_OUT,
    }
    names = outcomes.columns
    sums = (
        outcomes.select(
            test(pl.col(name)).sum().cast(pl.Int64).alias(f"{kind}:{name}")
            for kind, test in kinds.items()
            for name in names
        ).row(0)
        if names
        else ()
    )
    width = len(names)
    counted = {kind: sums[i * width : (i + 1) * width] for i, kind in enumerate(kinds)}
    return pl.DataFrame(
        {"field": names, "cells": [cells[name] for name in names], **counted},
        schema={"field": pl.String, **dict.fromkeys(CELL_COLUMNS[1:], pl.Int64)},
    )


def is_balanced(counted: pl.DataFrame) -> bool:
    """Tell whether every field's cells equal the sum of what became of them."""
    return bool(
        counted.select((pl.col("cells") == pl.sum_horizontal(*CELL_COLUMNS[2:])).all()).item()
    )

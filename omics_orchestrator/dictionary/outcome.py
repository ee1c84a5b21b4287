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


def worst(outcomes: list[pl.Expr]) -> pl.Expr:
    """What became of a cell that several rules read: a quarantine anywhere outweighs all else."""
    return outcomes[0] if len(outcomes) == 1 else pl.max_horizontal(outcomes)


def count(outcomes: pl.DataFrame, cells: int, left: int) -> pl.DataFrame:
    """Count outcomes per field.

    Args:
        outcomes: a column of outcomes (UInt8) per field.
        cells: how many cells each field brought, counted where they arrived.
        left: how many of them were left out before the rules.

    Returns:
        A frame with `CELL_COLUMNS`, one row a field; it balances when nothing was lost.
    """
    every, names = pl.all(), outcomes.columns
    kinds = {
        "conformed": every == CONFORMED,
        "missing": every == MISSING,
        "blank": every == BLANK,
        "quarantined": every >= QUARANTINED,
        "left_out": every == LEFT_OUT,
    }
    counted = {
        kind: outcomes.select(test.sum().cast(pl.Int64)).row(0) if names else ()
        for kind, test in kinds.items()
    }
    found = pl.DataFrame(
        {"field": names, "cells": [cells] * len(names), **counted}, schema=_CELL_SCHEMA
    )
    return found.with_columns(pl.col("left_out") + left)


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


def unrolled(lists: pl.DataFrame, name: str, dtype: type[pl.DataType]) -> pl.DataFrame:
    """Give each element of a frame of lists, its columns called `0`, `1`, …, a row of its own.

    Returns:
        `number`, the column it was in, and the element as `name`; an empty list is one null.
    """
    if not lists.width:
        return pl.DataFrame(schema={"number": pl.UInt32, name: dtype})
    long = lists.unpivot(variable_name="number", value_name=name).explode(name)
    return long.with_columns(pl.col("number").cast(pl.UInt32), pl.col(name).cast(dtype))

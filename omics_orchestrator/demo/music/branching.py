"""Whether a field is asked, by the branching logic that MUSIC's own dictionary writes.

Only one comparison is read: the local server has the whole language, but row by row, and 10,000
participants are filled in column by column.
"""

import re
from collections.abc import Callable

import polars as pl

from omics_orchestrator.demo.redcap.columns import checkbox_column

_COMPARISON = re.compile(r"(?:\[\w+_arm_1\])?\[(\w+?)(?:\((\w+)\))?\] (=|<>|>=) '(\w*)'")

Answered = Callable[[str], pl.Series]
"""Gives a column as the rows of the asking form see it."""


def is_asked(logic: str, answered: Answered) -> pl.Series:
    """Tell in which rows a field is asked; a blank answer fulfils nothing.

    Raises:
        ValueError: the logic is more than one comparison.
    """
    comparison = _COMPARISON.fullmatch(logic)
    if comparison is None:
        raise ValueError("branching logic is one comparison here, such as `[smokeryn] = '2'`")
    name, option, sign, wanted = comparison.groups()
    answers = answered(checkbox_column(name, option) if option else name)
    if sign == "<>":
        return answers.is_not_null()
    if sign == ">=":
        return (answers.cast(pl.Float64) >= float(wanted)).fill_null(value=False)
    return (answers == wanted).fill_null(value=False)

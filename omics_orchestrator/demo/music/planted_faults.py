"""The mess of real data, planted on purpose and counted, so that an accounting can be checked.

Every fault spoils a share of a column's filled cells, and never a cell that is spoilt already.
Record ids, identifiers, calculated fields and withdrawals stay as they are.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from omics_orchestrator.demo.music.answers import MEASURED
from omics_orchestrator.demo.music.dictionary import LABORATORY, MISSING_CODE, RECORD_ID, Field

Planted = Counter[tuple[str, str]]

_KEPT = (RECORD_ID, "withdrawn")
_REPORTED = ("sescd_noncalc", "uceis_noncalc")
_BOXES_SHARE = 0.01


@dataclass(frozen=True)
class Fault:
    """One kind of fault: in which share of filled cells, of which fields, and what it makes."""

    kind: str
    share: float
    fits: Callable[[Field], bool]
    spoil: Callable[[str, Field], str]


def _is_measured(field: Field) -> bool:
    return field.name in MEASURED


def _is_number(field: Field) -> bool:
    return field.span is not None


def _is_result(field: Field) -> bool:
    return field.name in _REPORTED or (
        field.form == LABORATORY and (_is_number(field) or _is_measured(field))
    )


def _added_later(_value: str, field: Field) -> str:
    """A choice that was added to the project after everybody had written down its codes."""
    return str(max(map(int, field.codes)) + 1)


def _is_date(field: Field) -> bool:
    return field.validation == "date_ymd"


def _absurd(_value: str, field: Field) -> str:
    return str(int((field.span or (0, 9))[1] * 100 + 99))


FAULTS = (
    Fault("threshold", 0.04, _is_measured, lambda value, _: f"<{int(float(value)) + 1}"),
    Fault("threshold", 0.02, _is_measured, lambda value, _: f">{int(float(value)) + 1}"),
    Fault("decimal_comma", 0.01, _is_result, lambda value, _: value.partition(".")[0] + ",5"),
    Fault("not_a_number", 0.008, _is_result, lambda _value, _: "haemolysed"),
    Fault("out_of_range", 0.004, _is_number, _absurd),
    Fault("surrounding_space", 0.004, _is_number, lambda value, _: f" {value} "),
    Fault("impossible_date", 0.004, _is_date, lambda *_: "2023-02-30"),
    Fault("unknown_code", 0.008, lambda field: field.kind == "radio", _added_later),
    Fault("only_space", 0.004, lambda field: field.kind == "notes", lambda *_: "  "),
    Fault("missing_code", 0.006, lambda _: True, lambda *_: MISSING_CODE),
)  # fmt: skip


def plant(field: Field, column: pl.Series, draw: np.random.Generator) -> tuple[pl.Series, Planted]:
    """Spoil some cells of a column; count them by kind and field."""
    planted: Planted = Counter()
    if field.name in _KEPT or field.is_identifier:
        return column, planted
    good = draw.permutation(column.is_not_null().arg_true().to_numpy())
    filled, cells = len(good), column.to_list()
    for fault in FAULTS:
        if not fault.fits(field):
            continue
        spoilt, good = np.split(good, [round(fault.share * filled)])
        for row in spoilt:
            cells[row] = fault.spoil(cells[row], field)
        planted[fault.kind, field.name] += len(spoilt)
    return pl.Series(column.name, cells, dtype=pl.String), +planted


def plant_missing_box(
    field: Field, boxes: dict[str, pl.Series], asked: pl.Series, draw: np.random.Generator
) -> Planted:
    """Declare a checkbox field missing in some rows: its last box is ticked, and no other."""
    rows = pl.Series(draw.random(len(asked)) < _BOXES_SHARE) & asked
    *options, missing = boxes
    for name in options:
        boxes[name] = boxes[name].set(rows, "0")
    boxes[missing] = boxes[missing].set(rows, "1")
    return +Counter({("missing_code_box", field.name): int(rows.sum())})

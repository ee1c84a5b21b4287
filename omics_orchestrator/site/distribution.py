"""How the values of a variable are distributed in a table of a study, as far as may be shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.site import bins
from omics_orchestrator.site.bins import Bin
from omics_orchestrator.site.disclosure import Cell, Range, Shown, one, shown

Kind = Literal["categories", "numbers", "dates", "filled"]
_NO_LONGER = "a code that the dictionary does not have now"


@dataclass(frozen=True)
class Bar:
    """A part of the values.

    Attributes:
        label: what it is of, in words.
        rows: how many rows have it, as far as it is shown.
        width: how many of the narrowest bins it takes; 1 of a category.
    """

    label: str
    rows: Shown
    width: float = 1


@dataclass(frozen=True)
class Distribution:
    """The values of a variable in a table.

    Attributes:
        kind: what the bars are; of `filled` there are none, for texts are not shown.
        rows: rows of the table.
        filled: rows with a value.
        blank: rows without one.
        bars: parts of the values.
    """

    kind: Kind
    rows: Shown
    filled: Shown
    blank: Shown
    bars: tuple[Bar, ...] = ()

    @property
    def is_withheld(self) -> bool:
        """Tell whether nothing of it may be shown."""
        return all(each == "hidden" for each in (self.blank, *self._counts))

    @property
    def hides_any(self) -> bool:
        """Tell whether something of it is not shown."""
        return any(not isinstance(each, int) for each in (self.blank, *self._counts))

    @property
    def share(self) -> float | None:
        """About which share of the rows has a value, where it may be shown."""
        filled = self.filled.least if isinstance(self.filled, Range) else self.filled
        if not isinstance(filled, int) or not isinstance(self.rows, int) or not self.rows:
            return None
        return filled / self.rows

    @property
    def _counts(self) -> list[Shown]:
        return [bar.rows for bar in self.bars]


def distribution(
    variable: Variable,
    codes: Mapping[str, str],
    values: pl.DataFrame,
    smallest: int,
) -> Distribution:
    """Count the values of a variable.

    Args:
        variable: the variable.
        codes: the codes of its value set, each with its label.
        values: all rows of a table: `value`, and `person`, whose they are.
        smallest: the smallest number of people that is shown.
    """
    total = one(values.height, values["person"].n_unique(), smallest)
    if total == "few":
        return Distribution("filled", "few", "hidden", "hidden")
    known = values.drop_nulls("value")
    kind, parts = _parts(variable, codes, known, smallest) if known.height else ("filled", [])
    cells = [cell for _, _, cell in parts] or [_cell(known)]
    empty = _cell(values.filter(pl.col("value").is_null()))
    *counts, blank = shown([*cells, empty], smallest)
    bars = tuple(
        Bar(label, count, width) for (label, width, _), count in zip(parts, counts, strict=False)
    )
    if not parts:
        return Distribution("filled", total, counts[0], blank)
    filled = _others(values.height, empty, blank, smallest)
    return Distribution(kind, total, filled, blank, bars)


Part = tuple[str, float, Cell]
"""Its label, how wide it is, and what it holds."""


def _parts(
    variable: Variable, codes: Mapping[str, str], known: pl.DataFrame, smallest: int
) -> tuple[Kind, list[Part]]:
    match variable.type:
        case "boolean":
            return "categories", _by_code({"true": "Yes", "false": "No"}, known)
        case "category":
            return "categories", _by_code(codes, known)
        case "integer" | "number" | "measurement":
            whole = variable.type == "integer"
            found = bins.of_numbers(_finite(known), smallest, whole=whole)
            return "numbers", _labelled(found, lambda each: _number_label(each, variable))
        case "date" | "datetime" | "partial_date":
            found, step = bins.of_months(_in_months(known), smallest)
            return "dates", _labelled(found, lambda each: _date_label(each, step))
    return "filled", []


def _others(rows: int, empty: Cell, blank: Shown, smallest: int) -> Shown:
    """How many rows have a value, as far as it follows from what is shown of the others."""
    match blank:
        case int():
            return rows - blank
        case Range():
            return Range(rows - blank.most, rows - blank.least)
        case "few" if empty.rows < smallest:
            return Range(rows - smallest + 1, rows - 1)
    return "hidden"


def _cell(rows: pl.DataFrame) -> Cell:
    return Cell(rows.height, rows["person"].n_unique())


def _by_code(codes: Mapping[str, str], known: pl.DataFrame) -> list[Part]:
    text = known.select("person", value=pl.col("value").cast(pl.String))
    by_code = text.partition_by("value", as_dict=True)
    found = [
        (label or code, 1.0, _cell(by_code.get((code,), text.clear())))
        for code, label in codes.items()
    ]
    others = text.filter(~pl.col("value").is_in(list(codes)))
    return [*found, (_NO_LONGER, 1.0, _cell(others))] if others.height else found


def _finite(known: pl.DataFrame) -> pl.DataFrame:
    return known.with_columns(pl.col("value").cast(pl.Float64))


def _in_months(known: pl.DataFrame) -> pl.DataFrame:
    """Dates as months since the year 0; a year alone counts as its first month."""
    text = pl.col("value").cast(pl.String)
    months = text.str.slice(5, 2).cast(pl.Float64, strict=False).fill_null(1) - 1
    return known.select("person", value=text.str.slice(0, 4).cast(pl.Float64) * 12 + months)


def _labelled(found: Sequence[Bin], label: Callable[[Bin], str]) -> list[Part]:
    closed = [
        each.upper - each.lower
        for each in found
        if each.lower is not None and each.upper is not None
    ]
    narrowest = min(closed, default=1.0)
    return [
        (
            label(each),
            1.0
            if each.lower is None or each.upper is None
            else (each.upper - each.lower) / narrowest,
            each.cell,
        )
        for each in found
    ]


def _number_label(each: Bin, variable: Variable) -> str:
    if variable.type == "integer":
        return _whole_label(each, variable.minimum, variable.maximum)
    if each.lower is None and each.upper is None:
        return "all values"
    if each.lower is None:
        return f"under {each.upper:g}"
    return f"{each.lower:g} or more" if each.upper is None else f"{each.lower:g} to {each.upper:g}"


def _whole_label(each: Bin, minimum: float | None, maximum: float | None) -> str:
    """The numbers of a bin; where it is open, up to the declared range."""
    first = each.lower if each.lower is not None else minimum
    last = each.upper - 1 if each.upper is not None else maximum
    if first is None:
        return "all values" if last is None else f"{last:g} or less"
    if last is None:
        return f"{first:g} or more"
    return f"{first:g}" if first == last else f"{first:g} to {last:g}"


def _date_label(each: Bin, step: int) -> str:
    written = "{:%Y}" if step > 1 else "{:%b %Y}"
    first = None if each.lower is None else written.format(bins.month(each.lower))
    last = None if each.upper is None else written.format(bins.month(each.upper - step))
    if first is None:
        return "all dates" if last is None else f"{last} or before"
    if last is None:
        return f"{first} or later"
    return first if first == last else f"{first} to {last}"

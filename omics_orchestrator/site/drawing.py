"""Where the bars of a plot stand: drawn by ourselves, for a plotting library is far too heavy.

There are hundreds of them, each of some dozen rectangles, on pages that run no script.
"""

from dataclasses import dataclass

from omics_orchestrator.site.disclosure import Range, Shown
from omics_orchestrator.site.distribution import Bar, Distribution

WIDTH = 360.0
_COLUMNS_HEIGHT, _FOOT = 120.0, 22.0
_LINE, _THICKNESS, _TOP = 42.0, 12.0, 22.0
# What is left of the width beside the numbers.
TRACK = WIDTH - 104.0
_GAP = 1.5
_LONGEST_LABEL = 44


@dataclass(frozen=True)
class Mark:
    """One bar; where its count is not shown, it has no length.

    Attributes:
        label: what it is of, short enough for the plot.
    """

    bar: Bar
    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plot:
    """A drawing, `WIDTH` wide; `upright` bars stand side by side."""

    upright: bool
    height: float
    marks: tuple[Mark, ...]


def plot(distribution: Distribution) -> Plot | None:
    """Draw a distribution; None where there are no bars to be shown."""
    if not distribution.bars or distribution.is_withheld:
        return None
    upright = distribution.kind != "categories" and len(distribution.bars) > 1
    return _columns(distribution) if upright else _lines(distribution)


def _columns(distribution: Distribution) -> Plot:
    """Bars whose area is the count: one that is put together of several bins is wider and lower."""
    bars = distribution.bars
    unit = WIDTH / sum(bar.width for bar in bars)
    most = max(_amount(bar.rows) / bar.width for bar in bars) or 1.0
    marks, x = [], 0.0
    for bar in bars:
        width, height = bar.width * unit, _COLUMNS_HEIGHT * _amount(bar.rows) / bar.width / most
        marks.append(
            Mark(
                bar,
                bar.label,
                round(x + _GAP / 2, 1),
                round(_COLUMNS_HEIGHT - height, 1),
                round(max(width - _GAP, 1), 1),
                round(height, 1),
            )
        )
        x += width
    return Plot(upright=True, height=_COLUMNS_HEIGHT + _FOOT, marks=tuple(marks))


def _lines(distribution: Distribution) -> Plot:
    bars = distribution.bars
    most = max(_amount(bar.rows) for bar in bars) or 1.0
    marks = tuple(
        Mark(
            bar,
            _cut(bar.label),
            0,
            number * _LINE + _TOP,
            round(TRACK * _amount(bar.rows) / most, 1),
            _THICKNESS,
        )
        for number, bar in enumerate(bars)
    )
    return Plot(upright=False, height=len(bars) * _LINE, marks=marks)


def _amount(rows: Shown) -> float:
    match rows:
        case Range():
            return (rows.least + rows.most) / 2
        case int():
            return float(rows)
    return 0.0


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"

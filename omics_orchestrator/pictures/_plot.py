"""A row of small bar charts as SVG: drawn by ourselves, for a plotting library is far too heavy.

Colours and sizes are attributes and no style sheet, which the pages' policy would not let apply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_WIDTH, _GAP, _EDGE = 200.0, 24.0, 12.0
_TOP, _HEIGHT, _FOOT = 34.0, 90.0, 24.0
_INK, _PALE, _BAR = "#222", "#bbb", "#0072B2"


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        title: what is counted or measured.
        heights: of the bars, from left to right.
        first: what stands below the first bar.
        last: what stands below the last bar.
        top: what the highest bar stands for.
    """

    title: str
    heights: Sequence[float]
    first: str
    last: str
    top: str


def draw(title: str, charts: Sequence[Chart]) -> bytes:
    """Draw charts side by side below a title."""
    width = 2 * _EDGE + len(charts) * _WIDTH + (len(charts) - 1) * _GAP
    height = _TOP + _HEIGHT + _FOOT
    size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ET.SubElement(svg, "title").text = title
    _rectangle(svg, (0, 0, width, height), "#fff")
    for number, chart in enumerate(charts):
        _chart(svg, chart, _EDGE + number * (_WIDTH + _GAP))
    return ET.tostring(svg, encoding="unicode").encode()


def _chart(svg: ET.Element, chart: Chart, left: float) -> None:
    bottom, right = _TOP + _HEIGHT, left + _WIDTH
    _text(svg, left, 14, chart.title)
    _text(svg, right, 28, chart.top, anchor="end")
    most = max(chart.heights, default=0) or 1.0
    each = _WIDTH / max(len(chart.heights), 1)
    for number, value in enumerate(chart.heights):
        high = _HEIGHT * value / most
        _rectangle(svg, (left + number * each, bottom - high, max(each - 0.5, 0.5), high), _BAR)
    _rectangle(svg, (left, bottom, _WIDTH, 1), _PALE)
    _text(svg, left, bottom + 15, chart.first)
    _text(svg, right, bottom + 15, chart.last, anchor="end")


def _rectangle(svg: ET.Element, box: tuple[float, float, float, float], colour: str) -> None:
    sizes = dict(zip(("x", "y", "width", "height"), (f"{each:.5g}" for each in box), strict=True))
    ET.SubElement(svg, "rect", sizes | {"fill": colour})


def _text(svg: ET.Element, x: float, y: float, text: str, *, anchor: str = "start") -> None:
    look = {"font-family": "system-ui, sans-serif", "font-size": "11", "fill": _INK}
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}
    ET.SubElement(svg, "text", place | look).text = text

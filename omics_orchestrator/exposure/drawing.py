"""Lanes of bars over a common axis, as SVG that follows the reader's light or dark page."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_PALE = "0.3"
# Okabe and Ito's colours, which people who see colours differently can tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#999999")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #222 }
.axis { stroke: #bbb } .visit { stroke: #222 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .axis { stroke: #555 } .visit { stroke: #ddd }
}
"""
_WIDTH, _MARGIN, _NAMES, _TOP = 900, 20, 170, 46
_IN_A_LINE, _LEGEND_WIDTH, _LEGEND_HEIGHT = 4, 210, 18
_NAMED_HEIGHT, _NAMELESS_HEIGHT = (24, 16), (9, 7)


@dataclass(frozen=True)
class Span:
    """One bar: from the first day that is possible to the last, certain between the two inside."""

    first: float
    certain_from: float
    certain_until: float
    last: float
    kind: str
    told: str


@dataclass(frozen=True)
class Lane:
    """One line of a picture: its name, and its bars."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    height: float


def draw(
    title: str,
    lanes: Sequence[Lane],
    extent: tuple[float, float],
    *,
    ticks: Sequence[tuple[float, str]],
    strokes: Sequence[float] = (),
) -> str:
    """Draw lanes of bars.

    Args:
        title: what stands above.
        lanes: the lines, the first on top.
        extent: the values at the left and the right end.
        ticks: values of the axis with their names.
        strokes: values at which a line goes through all lanes.
    """
    is_named = any(lane.name for lane in lanes)
    high, thick = _NAMED_HEIGHT if is_named else _NAMELESS_HEIGHT
    left, bottom = (_NAMES if is_named else _MARGIN), _TOP + high * len(lanes)
    kinds = list(dict.fromkeys(span.kind for lane in lanes for span in lane.spans))
    colours = {kind: _COLOURS[n % len(_COLOURS)] for n, kind in enumerate(kinds)}
    svg = _canvas(title, left, bottom + 34 + _LEGEND_HEIGHT * -(-len(kinds) // _IN_A_LINE))
    first, last = extent
    scale = (_WIDTH - left - _MARGIN) / max(last - first, 1e-9)

    def x(value: float) -> float:
        return round(left + (min(max(value, first), last) - first) * scale, 1)

    for value, name in ticks:
        _line(svg, x(value), bottom, "axis")
        _text(svg, x(value), bottom + 16, name, anchor="middle")
    for number, lane in enumerate(lanes):
        middle = _TOP + (number + 0.5) * high
        _text(svg, left - 10, middle + 4, lane.name, anchor="end")
        for span in lane.spans:
            ends = [x(at) for at in (span.first, span.certain_from, span.certain_until, span.last)]
            _bar(svg, span.told, ends, (middle - thick / 2, thick), colours[span.kind])
    for value in strokes:
        _line(svg, x(value), bottom, "visit")
    _legend(svg, left, bottom + 34, colours)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _canvas(title: str, left: float, height: float) -> ET.Element:
    size = {"width": f"{_WIDTH}", "height": f"{height}", "viewBox": f"0 0 {_WIDTH} {height}"}
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ET.SubElement(svg, "title").text = title
    ET.SubElement(svg, "style").text = _STYLE
    _text(svg, left, 20, title)
    return svg


def _bar(
    svg: ET.Element, told: str, ends: Sequence[float], place: tuple[float, float], colour: str
) -> None:
    """A pale bar over all that is possible, and a full one over what is certain."""
    first, certain_from, certain_until, last = ends
    top, thick = place
    group = ET.SubElement(svg, "g")
    ET.SubElement(group, "title").text = told
    pale = _rectangle(group, _Box(first, top, last - first, thick), colour)
    pale.set("opacity", _PALE)
    if certain_until >= certain_from:
        box = _Box(certain_from, top, certain_until - certain_from, thick)
        _rectangle(group, box, colour)


def _legend(svg: ET.Element, left: float, top: float, colours: dict[str, str]) -> None:
    for number, (kind, colour) in enumerate(colours.items()):
        x = left + (number % _IN_A_LINE) * _LEGEND_WIDTH
        y = top + _LEGEND_HEIGHT * (number // _IN_A_LINE)
        _rectangle(svg, _Box(x, y - 9, 12, 10), colour)
        _text(svg, x + 17, y, kind.replace("_", " "))


def _rectangle(parent: ET.Element, box: _Box, colour: str) -> ET.Element:
    sizes = {"x": box.x, "y": box.y, "width": max(box.width, 1.5), "height": box.height}
    told = {name: f"{each:g}" for name, each in sizes.items()}
    return ET.SubElement(parent, "rect", told | {"fill": colour})


def _line(parent: ET.Element, x: float, bottom: float, kind: str) -> None:
    ends = {"x1": f"{x:g}", "x2": f"{x:g}", "y1": f"{_TOP - 6}", "y2": f"{bottom:g}"}
    ET.SubElement(parent, "line", {**ends, "class": kind})


def _text(parent: ET.Element, x: float, y: float, text: str, *, anchor: str = "start") -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}
    ET.SubElement(parent, "text", place).text = text

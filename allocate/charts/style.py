"""What all charts share: width, colours that colour-blind readers can tell apart, and the way to SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 440
"""Charts are drawn this wide and scaled: as wide as a phone, so that their text can be read there, and
on paper as wide as a page, where 14 units are 16 points."""

TEXT = 14
"""The size of all text in charts."""

FONT = "Arial, sans-serif"
INK, QUIET, RULE = "#1a1a1a", "#595959", "#d0d4d8"
BEFORE, AFTER = "#595959", "#0072B2"
"""Before is grey and after is blue, in every chart."""

COLOURS = (AFTER, "#D55E00", "#009E73", "#000000", "#AA4499")
"""One a run: blue, vermilion and bluish green of Okabe and Ito (2008), black, and a darker purple than
theirs, which would have too little contrast with white (WCAG 2.2, 1.4.11)."""

SVG = "http://www.w3.org/2000/svg"
VIEW_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
SHAPE = {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox", "transform"}
PAINT = {"fill", "fill-opacity", "opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"}
WRITING = {"text-anchor", "font-family", "font-size", "font-weight"}
KEPT = SHAPE | PAINT | WRITING
"""The attributes of shapes and text. Others say again to a screen reader what the chart's text alternative
says, or could run something."""

NOTE_HEIGHT = 24
"""The strip below a chart where a note is written."""

NOTE_COLOUR = "#9C5700"

VEGA_LITE = "5.20"
"""The version that draws: a newer one may draw otherwise, and the same run must give the same bytes."""

_AXIS = {
    "labelFontSize": TEXT,
    "titleFontSize": TEXT,
    "titleFontWeight": "normal",
    "labelColor": INK,
    "titleColor": INK,
    "gridColor": RULE,
    "domainColor": QUIET,
    "tickColor": QUIET,
}
CONFIG = {
    "font": FONT,
    "background": "white",
    "axis": _AXIS,
    "view": {"stroke": None},
    "text": {"fontSize": TEXT, "color": INK},
}


def draw(specification: Mapping[str, Any]) -> str:
    """Draw a chart in Vega-Lite as SVG in the style of the report, as wide as all others with its axes."""
    import vl_convert

    specification = _legible(specification)
    size = {"width": WIDTH, "padding": 2, "autosize": {"type": "fit-x", "contains": "padding"}}
    return tidy(vl_convert.vegalite_to_svg({**specification, **size, "config": CONFIG}, vl_version=VEGA_LITE))


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _legible(part: Any) -> Any:
    """A specification whose texts XML can hold: a control character in a name would end vl-convert."""
    if isinstance(part, str):
        return _NOT_XML.sub("\ufffd", part)
    if isinstance(part, dict):
        return {name: _legible(each) for name, each in part.items()}
    return [_legible(each) for each in part] if isinstance(part, list) else part


def tidy(svg: str) -> str:
    """Keep of an SVG what can be seen; the page scales it."""
    root = ElementTree.fromstring(svg)
    _tidy(root)
    root.attrib = {"viewBox": root.attrib["viewBox"]}
    return ElementTree.tostring(root, encoding="unicode")


def described(svg: str, name: str, title: str, says: str) -> str:
    """Give an SVG its text alternative.

    Args:
        svg: the chart.
        name: what makes the ids of its title and its description the only ones of the page.
        title: what is to be seen.
        says: the same in a sentence, with figures.
    """
    opened, closed, rest = svg.partition(">")
    told = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-says">{escape(says)}</desc>'
    return f'{opened} role="img" aria-labelledby="{name}-title {name}-says"{closed}{told}{rest}'


def with_note(svg: str, note: str) -> str:
    """Write a note below a chart, in its picture.

    Args:
        svg: the chart, as `tidy` leaves it.
        note: a few words.
    """
    box = VIEW_BOX.search(svg)
    assert box is not None
    width, height = box.groups()
    strip = f'<rect y="{height}" width="{width}" height="{NOTE_HEIGHT}" fill="white"/>'
    place = f'x="{float(width) / 2:g}" y="{float(height) + TEXT:g}" text-anchor="middle"'
    look = f'font-family="{FONT}" font-size="{TEXT}px" font-weight="bold" fill="{NOTE_COLOUR}"'
    higher = f'viewBox="0 0 {width} {float(height) + NOTE_HEIGHT:g}"'
    written = f"{strip}<text {place} {look}>{escape(note)}</text></svg>"
    return svg.replace(box.group(), higher, 1).removesuffix("</svg>") + written


def _tidy(element: ElementTree.Element) -> None:
    element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    element.attrib = {name: value for name, value in element.attrib.items() if name in KEPT}
    for child in list(element):
        _tidy(child)
        if _is_empty(child):
            element.remove(child)


def _is_empty(element: ElementTree.Element) -> bool:
    if element.get("opacity") == "0" or element.get("d") in ("", "M0,0h0v0h0Z"):
        return True
    return element.tag == "g" and not len(element)

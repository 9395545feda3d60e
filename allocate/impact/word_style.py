"""How a Word document looks: A4, one typeface, headed tables that go over pages, numbered pages."""

from __future__ import annotations

from typing import Any

PAGE = (21.0, 29.7)
"""A4, in cm."""

MARGIN = 2.0
TEXT_WIDTH = PAGE[0] - 2 * MARGIN

FIGURES_SHARE = 0.83
"""The share of a table's width that its figures have."""

FONT, BLUE, LIGHT = "Arial", "1F4E79", "A6A6A6"

SIZES = {"Title": 20, "Heading 1": 14, "Heading 2": 11.5}
"""Of headings, in points."""


def dress(document: Any) -> None:
    """Set one typeface everywhere, and British English, which spell checkers ask for."""
    from docx.shared import Pt, RGBColor

    document.styles["Normal"].font.name, document.styles["Normal"].font.size = FONT, Pt(10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), RGBColor.from_string(BLUE)
        fonts = style.element.rPr.rFonts
        for attribute in list(fonts.attrib):
            del fonts.attrib[attribute]  # themes go before names
        style.font.name = FONT
        style.paragraph_format.space_after = Pt(4)
    document.styles["Footer"].font.size = Pt(8.5)
    for language in document.styles.element.iter(_name("w:lang")):
        language.set(_name("w:val"), "en-GB")


def number_pages(paragraph: Any) -> None:
    """Write a footer that says that it is a draft, and the page."""
    for text, field in (("Draft, to be completed · page ", "PAGE"), (" of ", "NUMPAGES")):
        paragraph.add_run(text)
        run = _element("w:r")
        run.append(_element("w:t"))
        simple = _element("w:fldSimple", instr=field)
        simple.append(run)
        paragraph._p.append(simple)


def bordered(table: Any) -> None:
    """Give a table light lines and narrow margins in its cells."""
    borders = _element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color=LIGHT))
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w="57", type="dxa"))
    properties = table._tbl.tblPr  # whose parts have an order
    properties.find(_name("w:tblLayout")).addprevious(borders)
    properties.find(_name("w:tblLook")).addprevious(margins)


def shade(cell: Any) -> None:
    """Make a cell that of a header."""
    from docx.shared import RGBColor

    cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=BLUE))
    for run in cell.paragraphs[0].runs:
        run.font.color.rgb = RGBColor(255, 255, 255)


def repeated(row: Any) -> None:
    """Say a header again on each page."""
    row._tr.get_or_add_trPr().append(_element("w:tblHeader"))


def whole(row: Any) -> None:
    """Keep a row on one page."""
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(_name(f"w:{name}"), value)
    return made


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    found: str = qn(tag)
    return found

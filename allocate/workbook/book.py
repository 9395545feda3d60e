"""An open workbook: its sheets, how cells look, and the bytes it becomes."""

from __future__ import annotations

import datetime
import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

from allocate.text.show import INVENTED
from allocate.workbook.quick import worksheet_class
from allocate.workbook.text import harmless, starts_a_formula

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Written as the date of creation, so that the same run gives the same bytes."""

FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
BLUE, PALE, GREY = "#1F4E79", "#DDEBF7", "#595959"

LINE, WIDE = 13.0, 0.9
"""The height of a line in points, and how wide a character is in the unit of columns."""

A3 = 8
"""The number of the paper."""

MONEY = "#,##0.00;[Red]-#,##0.00"
LOOKS: dict[str, dict[str, Any]] = {
    "text": {"num_format": "@", "align": "left", "indent": 1},
    "words": {"num_format": "@", "text_wrap": True, "align": "left", "indent": 1},
    "count": {"num_format": "#,##0"},
    "people": {"num_format": "#,##0.0"},
    "money": {"num_format": MONEY},
    "exact": {"num_format": "#,##0.000000"},
    "index": {"num_format": "0.0000"},
    "percent": {"num_format": "0.00%;[Red]-0.00%"},
    "plain": {"num_format": "0"},
    "place": {"num_format": '[>=1000000000000000]"nobody";0'},  # more than any place in a queue
    "title": {"bold": True, "font_size": 15, "font_color": BLUE},
    "label": {"bold": True, "text_wrap": True},
    "section": {"bold": True, "font_color": BLUE, "font_size": 12, "bottom": 1, "bottom_color": BLUE},
    "header": {"bold": True, "font_color": "white", "bg_color": BLUE, "text_wrap": True, "valign": "vcenter"},
    "about": {"italic": True, "font_color": GREY, "font_size": 8, "text_wrap": True, "valign": "bottom"},
    "note": {"font_color": GREY, "text_wrap": True, "align": "left", "indent": 1},
    "invented": {"bold": True, "font_color": "#9C5700", "bg_color": "#FFEB9C"},
    "good": {"font_color": "#006100", "bg_color": "#C6EFCE"},
    "bad": {"font_color": "#9C0006", "bg_color": "#FFC7CE", "bold": True},
}
LOOKS["header right"] = LOOKS["header"] | {"align": "right"}
TOTAL = {"bold": True, "top": 1, "bg_color": PALE}
INPUT = {"bg_color": "#FFF2CC", "border": 1, "border_color": "#BF9000"}
"""How a cell looks that a reviewer may change."""


class Book:
    """A workbook being written; nothing is on disk until its bytes are."""

    def __init__(self, title: str, *, invented: bool) -> None:
        """Begin a workbook; if its figures are invented, every sheet says so."""
        import xlsxwriter

        self._invented = invented
        self._content = BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.file = xlsxwriter.Workbook(self._content, {**options, "strings_to_numbers": False})
        self.file.set_properties({"title": harmless(title)[:200], "author": "allocate", "created": CREATED})
        self.file.set_size(2400, 1400)
        self._formats: dict[tuple[str, bool, bool, bool], Format] = {}

    def look(
        self, name: str, *, total: bool = False, changeable: bool = False, quoted: bool = False
    ) -> Format:
        """The format of a name."""
        key = (name, total, changeable, quoted)
        if key not in self._formats:
            looks = FONT | LOOKS[name] | (TOTAL if total else {}) | (INPUT if changeable else {})
            self._formats[key] = self.file.add_format(looks | ({"quote_prefix": True} if quoted else {}))
        return self._formats[key]

    def name(self, name: str, sheet: str, cell: str) -> None:
        """Name a cell, so that formulas can be read."""
        self.file.define_name(name, f"={sheet}!{cell}")

    def add_sheet(self, name: str) -> Worksheet:
        """A sheet that prints on A3, one page wide."""
        sheet = self.file.add_worksheet(name, worksheet_class=worksheet_class())
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A3)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, text: str, look: str = "text") -> None:
        """Write text, which is never taken for a formula, a number or an address."""
        cleaned = harmless(text)
        sheet.write_string(row, column, cleaned, self.look(look, quoted=starts_a_formula(cleaned)))

    def heading(self, sheet: Worksheet, title: str, notes: list[str], width: int) -> int:
        """Write a sheet's title and notes, a row each, across so many columns; returns the first free row."""
        self.text(sheet, 0, 0, title, "title")
        sheet.set_row(0, 24)
        lines = [(INVENTED, "invented")] if self._invented else []
        lines += [(note, "note") for note in notes]
        for row, (text, look) in enumerate(lines, 1):
            self.across(sheet, row, width, text, look)
        return len(lines) + 2

    def across(self, sheet: Worksheet, row: int, width: int, text: str, look: str, height: float = 0) -> None:
        """Write text across several columns, as one cell."""
        cleaned = harmless(text)
        if width > 1:
            sheet.merge_range(row, 0, row, width - 1, "", self.look(look))
        self.text(sheet, row, 0, cleaned, look)
        if height:
            sheet.set_row(row, height)

    def height_of(self, text: str, width: float) -> float:
        """How tall a row must be for text in a column, in points; not all programs work that out."""
        return LINE * sum(max(1, math.ceil(len(line) * WIDE / width)) for line in text.split("\n"))

    def to_bytes(self) -> bytes:
        """Close the workbook; the same cells give the same bytes."""
        self.file.close()
        return self._content.getvalue()

"""Facts on a sheet, a line each: what it is, the figure, and what to know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from allocate.workbook.book import Book


LABEL_WIDTH, VALUE_WIDTH, ABOUT_WIDTH = 34, 24, 100
"""The columns, in Excel's unit: characters."""


@dataclass(frozen=True)
class Line:
    """One fact; a `Line` without a value is the title of a section."""

    label: str
    value: float | str | None = None
    kind: str = "text"
    about: str = ""
    formula: str = ""
    """If given, the value is what it gives."""
    name: str = ""
    """What formulas elsewhere call the cell."""
    changeable: bool = False
    """Whether a reviewer may change it and see what moves."""


def write_lines(book: Book, sheet: Worksheet, row: int, lines: list[Line]) -> int:
    """Write facts from a row on; returns the first free row."""
    for column, width in enumerate((LABEL_WIDTH, VALUE_WIDTH, ABOUT_WIDTH)):
        sheet.set_column(column, column, width)
    for line in lines:
        if line.value is None:
            row += 1
            for at in range(3):
                book.text(sheet, row, at, line.label if at == 0 else "", "section")
        else:
            _write_fact(book, sheet, row, line)
        row += 1
    return row


def _write_fact(book: Book, sheet: Worksheet, row: int, line: Line) -> None:
    assert line.value is not None
    book.text(sheet, row, 0, line.label, "label")
    look = book.look(line.kind, changeable=line.changeable)
    if line.formula:
        sheet.write_formula(row, 1, line.formula, look, line.value)
    elif isinstance(line.value, str):
        book.text(sheet, row, 1, line.value, line.kind)
    else:
        sheet.write_number(row, 1, line.value, look)
    book.text(sheet, row, 2, line.about, "note")
    sheet.set_row(row, book.height_of(line.about, ABOUT_WIDTH))
    if line.name:
        book.name(line.name, sheet.get_name(), f"$B${row + 1}")

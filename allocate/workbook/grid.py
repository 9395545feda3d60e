"""A table on a sheet: a column each for figures, text and live formulas, with what they mean above them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.workbook.quick import formula_cells, is_nothing, number_cells, text_cells
from allocate.workbook.text import harmless, headers, starts_a_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from xlsxwriter.worksheet import Worksheet

    from allocate.solver.arrays import Floats
    from allocate.workbook.book import Book

TEXTS = ("text", "words")

WIDTHS = {"text": 16, "words": 50, "count": 10, "people": 13, "money": 16, "exact": 21, "index": 10}
WIDTHS |= {"percent": 10, "plain": 17}
"""How wide columns of each kind are, in Excel's unit: characters."""

SAMPLE = 500
"""Rows whose height is worked out."""

MOST_TALL = 400
"""Points; Excel has 409."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    key: str
    """What formulas call it."""
    header: str
    kind: str
    """How it looks: a key of `WIDTHS`."""
    values: Sequence[Any] | npt.NDArray[Any]
    """What is in it or, of a formula, what the formula gives; None or NaN for nothing."""
    about: str = ""
    """What it is and where it comes from, shown above its header."""
    formula: str | Sequence[str] | None = None
    """Such as ``{allocation}-{baseline}``: keys are cells of the same row. One for all rows, or each."""
    sums: bool = False
    """Whether there is a total above it."""
    width: float = 0
    """In characters, if not that of its kind."""

    @cached_property
    def cells(self) -> Sequence[Any]:
        """The values, as plain numbers and texts."""
        return self.values.tolist() if isinstance(self.values, np.ndarray) else self.values

    @property
    def room(self) -> float:
        """How wide it is."""
        return self.width or WIDTHS[self.kind]

    @property
    def header_lines(self) -> int:
        """How many lines its header takes."""
        return math.ceil(len(self.header) * 1.1 / self.room)


class Grid:
    """Where a table's cells are, so that formulas anywhere can refer to them."""

    def __init__(self, sheet: str, top: int, columns: list[Column], rows: int) -> None:
        """Lay a table out.

        Args:
            sheet: the name of its sheet.
            top: the row of the totals; below it are what columns mean, headers and rows.
            columns: its columns, from the left edge of the sheet.
            rows: how many.
        """
        self.sheet, self.top, self.columns, self.rows = sheet, top, columns, rows
        self.first = top + 3
        self.last = self.first + max(rows, 1) - 1
        from xlsxwriter.utility import xl_col_to_name

        self.letters = {each.key: xl_col_to_name(at) for at, each in enumerate(columns)}

    def has(self, key: str) -> bool:
        """Whether there is such a column."""
        return key in self.letters

    def range(self, key: str) -> str:
        """All cells of a column, for formulas on any sheet."""
        letter = self.letters[key]
        return f"{self.sheet}!${letter}${self.first + 1}:${letter}${self.last + 1}"

    def total(self, key: str) -> str:
        """The cell with the total of a column."""
        return f"${self.letters[key]}${self.top + 1}"

    def write(self, book: Book, sheet: Worksheet, freeze: int = 1, *, alone: bool = True) -> None:
        """Write the table: totals, meanings, headers, rows; named, frozen and ready to filter.

        Args:
            book: the workbook.
            sheet: its sheet.
            freeze: how many columns stay in sight.
            alone: whether nothing is below it, so that its header can be said again on each printed page.
        """
        names = headers([each.header for each in self.columns])
        tallest = max((len(each.about) / each.room for each in self.columns), default=0)
        sheet.set_row(self.top + 1, min(160, 12 + 11 * math.ceil(tallest)))
        sheet.set_row(self.first - 1, 15 * max(1, *(each.header_lines for each in self.columns)))
        for at, column in enumerate(self.columns):
            sheet.set_column(at, at, column.room)
            book.text(sheet, self.top + 1, at, column.about, "about")
            self._write_column(book, sheet, at, column)
        self._set_heights(book, sheet)
        self._write_totals(book, sheet)
        heads = [
            {"header": name, "header_format": book.look("header" if each.kind in TEXTS else "header right")}
            for name, each in zip(names, self.columns, strict=True)
        ]
        options = {
            "name": f"{self.sheet}Table",
            "columns": heads,
            "style": "Table Style Light 1",
            "banded_rows": True,
        }
        sheet.add_table(self.first - 1, 0, self.last, len(self.columns) - 1, options)
        sheet.freeze_panes(self.first, freeze)
        if alone:
            sheet.repeat_rows(self.first - 1)

    def _set_heights(self, book: Book, sheet: Worksheet) -> None:
        """Make rows as tall as their longest words need; of many rows the first say it for all."""
        wordy = [each for each in self.columns if each.kind == "words"]
        heights = [self._height(book, wordy, at) for at in range(min(self.rows, SAMPLE))] if wordy else []
        if self.rows > SAMPLE:
            heights = [max(heights)] * self.rows if heights else []
        for row, height in enumerate(heights, self.first):
            sheet.set_row(row, height)

    def _height(self, book: Book, wordy: list[Column], at: int) -> float:
        needed = (book.height_of(each.cells[at], each.room - 1) for each in wordy)
        return min(MOST_TALL, max(needed))

    def _write_totals(self, book: Book, sheet: Worksheet) -> None:
        """Add up the columns that can be added up, in a row above them that stays while rows are filtered."""
        if not any(each.sums for each in self.columns):
            return
        for at, column in enumerate(self.columns):
            look = book.look(column.kind if column.sums else "label", total=True)
            if column.sums:
                cells = self.range(column.key).partition("!")[2]
                sheet.write_formula(self.top, at, f"=SUM({cells})", look, _sum(column.cells))
            else:
                sheet.write_string(self.top, at, "Total" if at == 0 else "", look)

    def _write_column(self, book: Book, sheet: Worksheet, at: int, column: Column) -> None:
        look = book.look(column.kind)
        cells: Iterable[str | None]
        if column.kind in TEXTS:
            quoted, texts = book.look(column.kind, quoted=True), map(harmless, column.cells)
            cells = text_cells(sheet, ((text, quoted if starts_a_formula(text) else look) for text in texts))
        elif column.formula is not None:
            cells = formula_cells(self.first, self._formulas(column.formula), column.cells, look)
        else:
            cells = number_cells(column.cells, look)
        sheet.write_cells(self.first, at, cells)

    def _formulas(self, formula: str | Sequence[str]) -> str | list[str]:
        """A formula with ``#`` for the number of its row."""
        cells = {key: f"{letter}#" for key, letter in self.letters.items()}
        if isinstance(formula, str):
            return formula.format(**cells)
        return [each.format(**cells) for each in formula]


def ratio(above: Floats, below: Floats) -> Floats:
    """Figures divided by others; NaN where those are nought."""
    return np.divide(above, below, out=np.full_like(below, np.nan), where=below > 0)


def _sum(values: Sequence[Any]) -> float:
    return math.fsum(value for value in values if not is_nothing(value))

"""Sheets whose columns are written quickly: else a workbook of all practices would take twice as long.

XlsxWriter keeps a tuple a cell and makes its XML when the workbook is closed, through half a dozen calls
each. Here the XML of a column's cells is made in one go and kept until the rows are written. All other cells
go the library's own way. The tests hold what comes out against the run, cell by cell, so a release of the
library that works otherwise cannot go unnoticed.
"""

from __future__ import annotations

from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


@cache
def worksheet_class() -> type[Worksheet]:
    """The class of our sheets; XlsxWriter is imported when it is asked for."""
    from xlsxwriter.utility import xl_col_to_name
    from xlsxwriter.worksheet import Worksheet

    class Quick(Worksheet):  # type: ignore[misc]
        def write_cells(self, row: int, column: int, cells: Iterable[str | None]) -> None:
            """Keep a column's cells from a row on: the XML of each after its place, None for no cell."""
            start, last, table = f'<c r="{xl_col_to_name(column)}', row, self.table
            for last, cell in enumerate(cells, row):
                if cell is not None:
                    table[last][column] = f"{start}{last + 1}{cell}"
            self._check_dimensions(row, column)
            self._check_dimensions(last, column)

        def _write_cell(self, row: int, col: int, cell: Any) -> None:
            if type(cell) is str:
                self.fh.write(cell)
            else:
                super()._write_cell(row, col, cell)

        def _calculate_spans(self) -> None:
            """Leave out which columns rows have cells in: it is a hint that no program needs."""
            self.row_spans: dict[int, str] = {}

    return Quick


def text_cells(sheet: Worksheet, texts: Iterable[tuple[str, Format]]) -> Iterator[str]:
    """The cells of a column of texts, each with how it looks."""
    known: dict[tuple[str, Format], str] = {}
    for each in texts:
        if each in known:
            sheet.str_table.count += 1
        else:
            text, look = each
            number = sheet.str_table._get_shared_string_index(text)
            known[each] = f'" s="{look._get_xf_index()}" t="s"><v>{number}</v></c>'
        yield known[each]


def number_cells(numbers: Iterable[float | None], look: Format) -> Iterator[str | None]:
    """The cells of a column of numbers; none where there is no number."""
    start = f'" s="{look._get_xf_index()}"><v>'
    for each in numbers:
        yield None if is_nothing(each) else f"{start}{each:.16G}</v></c>"


def formula_cells(
    row: int, formulas: str | Sequence[str], values: Sequence[float | None], look: Format
) -> Iterator[str]:
    """The cells of a column of formulas, one for all rows or each, where ``#`` is the number of the row."""
    start = f'" s="{look._get_xf_index()}"><f>'
    every: Iterable[str] = map(_escaped, formulas)
    if isinstance(formulas, str):
        every = repeat(_escaped(formulas), len(values))
    for number, (formula, value) in enumerate(zip(every, values, strict=True), row + 1):
        gives = "" if is_nothing(value) else value
        yield f"{start}{formula.replace('#', str(number))}</f><v>{gives}</v></c>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_nothing(value: Any) -> bool:
    """Whether there is no figure: None or NaN."""
    return value is None or value != value

"""The sheets of an Excel workbook with their cells by row and by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from allocate.errors import Problem, TableError
from allocate.files.excel import Workbook
from allocate.files.reading import read_whole, unreadable
from allocate.files.tables import MOST_BYTES
from allocate.files.values import to_numbers

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


class Sheet(NamedTuple):
    """One sheet: its cells as text, empty ones null."""

    name: str
    cells: pl.DataFrame

    def row(self, at: int) -> list[str]:
        """The cells of a row; empty ones are empty text."""
        return [(cell or "").strip() for cell in self.cells.row(at)]

    def rows(self, most: int) -> list[list[str]]:
        """The first rows."""
        return [self.row(at) for at in range(min(most, self.cells.height))]

    def columns(self, header: int) -> dict[str, int]:
        """Where each header stands."""
        return {cell: at for at, cell in enumerate(self.row(header)) if cell}

    def texts(self, column: int, header: int) -> pl.Series:
        """The cells of a column below a header."""
        return self.cells.to_series(column)[header + 1 :].str.strip_chars()

    def numbers(self, column: int, header: int) -> pl.Series:
        """The cells of a column below a header as numbers (Float64); null where there is none."""
        return to_numbers(self.texts(column, header))


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook.

    Raises:
        TableError: it is not there, no workbook, or the package that reads Excel is not installed.
    """
    try:
        workbook = Workbook(read_whole(path, MOST_BYTES), path.name)
        return [Sheet(name, workbook.sheet(name)) for name in workbook.sheet_names]
    except OSError as error:
        raise TableError([unreadable(path.name, error)]) from None
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        fix = fix or "give the .xlsx file"
        raise TableError([Problem(path.name, f"is no Excel workbook: {what}", fix)]) from None

"""The sheets of an Excel workbook as they stand: cells as text and, where they are numbers, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from allocate.errors import Problem, TableError
from allocate.files.reading import read_whole, unreadable
from allocate.files.tables import MOST_BYTES
from allocate.files.unpacking import check_unpacked
from allocate.files.values import to_numbers

if TYPE_CHECKING:
    from pathlib import Path

    from fastexcel import ExcelReader


class Sheet(NamedTuple):
    """One sheet: the same cells twice, since as text numbers are rounded to nine decimals."""

    name: str
    text: pl.DataFrame
    exact: pl.DataFrame

    def row(self, at: int) -> list[str]:
        """The cells of a row as text; empty ones are empty text."""
        return [(cell or "").strip() for cell in self.text.row(at)]

    def rows(self, most: int) -> list[list[str]]:
        """The first rows."""
        return [self.row(at) for at in range(min(most, self.text.height))]

    def columns(self, header: int) -> dict[str, int]:
        """Where each header stands."""
        return {cell: at for at, cell in enumerate(self.row(header)) if cell}

    def texts(self, column: int, header: int) -> pl.Series:
        """The cells of a column below a header as text."""
        return self.text.to_series(column)[header + 1 :].str.strip_chars()

    def numbers(self, column: int, header: int) -> pl.Series:
        """The cells of a column below a header as numbers (Float64); null where there is none."""
        written = to_numbers(self.texts(column, header))
        return self.exact.to_series(column)[header + 1 :].cast(pl.Float64).fill_null(written)


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook.

    Raises:
        TableError: it is not there, no workbook, or the package that reads Excel is not installed.
    """
    try:
        import fastexcel
    except ImportError:
        fix = "pip install 'allocate[excel]'"
        raise TableError([Problem(path.name, "cannot be read without another package", fix)]) from None
    try:
        raw = read_whole(path, MOST_BYTES)
        check_unpacked(raw)
        workbook = fastexcel.read_excel(raw)
        return [_sheet(workbook, name) for name in workbook.sheet_names]
    except OSError as error:
        raise TableError([unreadable(path.name, error)]) from None
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        raise TableError([Problem(path.name, f"is no Excel workbook: {what}", fix)]) from None
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise TableError(
            [Problem(path.name, f"is no Excel workbook: {reason}", "give the .xlsx file")]
        ) from None


def _sheet(workbook: ExcelReader, name: str) -> Sheet:
    text, exact = (
        workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes=kind).to_polars()
        for kind in ("string", "float")
    )
    return Sheet(name, text, exact)

"""The sheets of an Excel workbook as they stand: every cell as text, numbers with all their digits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from allocate.errors import Problem, TableError, first_line
from allocate.files.unpacking import check_unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator


class Workbook:
    """A workbook whose sheets can be read.

    Args:
        raw: the file.
        name: what to call it in messages.

    Raises:
        TableError: the package that reads Excel is not installed.
        ValueError: it is no workbook, or would take too much memory; what to do.
    """

    def __init__(self, raw: bytes, name: str) -> None:
        try:
            import fastexcel
        except ImportError:
            fix = "pip install 'allocate[excel]'"
            raise TableError([Problem(name, "cannot be read without another package", fix)]) from None
        check_unpacked(raw)
        with _explained():
            self._reader = fastexcel.read_excel(raw)

    @property
    def sheet_names(self) -> list[str]:
        """The names of its sheets, in order."""
        return self._reader.sheet_names

    def sheet(self, which: str | int) -> pl.DataFrame:
        """A sheet by its name or its number from 0; empty cells are null.

        Raises:
            ValueError: it cannot be read.
        """
        with _explained():
            text, exact = (
                self._reader.load_sheet(which, header_row=None, skip_rows=0, dtypes=kind).to_polars()
                for kind in ("string", "float")
            )
        return pl.DataFrame([_unrounded(*columns) for columns in zip(text, exact, strict=True)])


def _unrounded(text: pl.Series, exact: pl.Series) -> pl.Series:
    """Cells as text, with all the digits of numbers: fastexcel rounds them to nine decimals in text."""
    read = text.cast(pl.Float64, strict=False)
    rounded = ((read - exact).abs() < 1e-8) & (read != exact)
    return exact.cast(pl.String).zip_with(rounded.fill_null(value=False), text)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what fastexcel raises into the error of everything that is no table."""
    import fastexcel

    try:
        yield
    except fastexcel.FastExcelError as error:
        raise ValueError(first_line(error, "it cannot be read")) from None

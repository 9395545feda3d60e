"""A table with a row a person: scanned, never read whole, and only the columns that are used.

Columns mean what they mean in a table of areas (`sheet.typed`): numbers are floats, what is neither numbers
nor yes and no is text. Text is compared as it stands, for trimming millions of cells would take longer than
all the rest.
"""

from __future__ import annotations

import errno
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.bounds import check_file
from allocate.errors import Problem, TableError, first_line, nearest
from allocate.files.parquet_pages import check_pages
from allocate.files.reading import CHANGED, fingerprint, unreadable
from allocate.files.sheet import Table
from allocate.files.values import MARKS, typed
from allocate.text.quiet import libraries_silenced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SAMPLE = 10_000
"""Rows of a CSV file that show which of its columns hold numbers."""

FIRST_ROW = 2
"""The number of the first person's row: rows count as a spreadsheet counts them."""

CODE = "__allocate_code"
"""The column with the code of each person's area, as text."""

ROW = "__allocate_row"
"""The column with the number of each row, where one is asked for."""

SURE = "__allocate_sure"
"""The column that says who is weighed."""


@dataclass(frozen=True)
class Persons:
    """A scanned table; nothing is read before a result is collected."""

    frame: pl.LazyFrame
    schema: pl.Schema
    name: str
    """What to call the table in messages."""
    unchanged: Callable[[], bool] = lambda: True
    """Whether the file is still as it was when it was scanned; it is read in several passes."""

    @property
    def empty(self) -> Table:
        """A table of the same columns without rows, to check expressions on."""
        return Table(pl.DataFrame(schema={name: _kind(self.schema[name]) for name in self.schema}), self.name)

    def check_column(self, column: str, use: str) -> None:
        """Check that there is a column.

        Raises:
            TableError: there is none of that name, or it holds neither numbers nor text.
        """
        if column not in self.schema:
            fix = nearest(column, self.schema) or f"it has: {', '.join(list(self.schema)[:12])}"
            raise TableError([Problem(self.name, f"has no column '{column}' ({use})", fix)])
        _check_kind(column, self.schema[column])

    def columns(self, code: str, used: Mapping[str, bool], *, numbered: bool = False) -> pl.LazyFrame:
        """`CODE` from the column `code`, and the columns that are used as `sheet.typed` would have them.

        Args:
            code: the column with the code of the area.
            used: columns, each with whether what is not a number must be made missing.
            numbered: whether to add the number of each row, as `ROW`.
        """
        kept = [pl.col(code).cast(pl.String).alias(CODE)]
        kept += [_converted(name, self.schema[name], nan=nan) for name, nan in used.items()]
        frame = self.frame.with_row_index(ROW, FIRST_ROW) if numbered else self.frame
        return frame.select([*kept, pl.col(ROW)] if numbered else kept)

    def count(self) -> int:
        """How many rows there are; of a Parquet file only its end is read."""
        with self.reading():
            return int(self.frame.select(pl.len()).collect(engine="streaming").item())

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong while the file is read into an error that names it.

        Raises:
            TableError: the file is not there, or is no such table.
        """
        try:
            with libraries_silenced():
                yield
            self._check_unchanged()
        except (OSError, ValueError) as error:  # of a name with a NUL in it, Python says ValueError
            raise TableError([unreadable(self.name, error)]) from None
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            self._check_unchanged()
            what = f"is not a table: {first_line(error, 'it cannot be read')}"
            raise TableError([Problem(self.name, what, "save it again")]) from None

    def _check_unchanged(self) -> None:
        if not self.unchanged():
            raise TableError([unreadable(self.name, OSError(errno.EAGAIN, CHANGED))])


def scan_persons(given: Any, text: str) -> Persons:
    """Scan a table of persons.

    Args:
        given: the path of a .parquet or .csv file, a polars `LazyFrame`, or any frame that exports Arrow.
        text: a column that is text whatever stands in it: the code of the area.

    Raises:
        TableError: it is not there, or no such table.
    """
    if not isinstance(given, (str, Path)):
        return _of_frame(given)
    path = Path(given)
    unread = Persons(pl.LazyFrame(), pl.Schema(), path.name)
    with unread.reading():
        check_file(path)
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        scanned = fingerprint(found)
        frame = _scan(path, text)
        return Persons(frame, frame.collect_schema(), path.name, lambda: fingerprint(path.stat()) == scanned)


def no_code() -> pl.Expr:
    """Whether the code of a person's area is missing or blank."""
    return pl.col(CODE).is_null() | (pl.col(CODE).str.strip_chars() == "")


def _of_frame(given: Any) -> Persons:
    try:
        frame = given if isinstance(given, pl.LazyFrame) else pl.DataFrame(given).lazy()
    except (TypeError, ValueError) as error:
        fix = "give a data frame or the path of a .parquet or .csv file"
        raise TableError([Problem("persons", f"is not a table ({error})", fix)]) from None
    unread = Persons(frame, pl.Schema(), "persons")
    with unread.reading():
        return Persons(frame, frame.collect_schema(), "persons")


def _scan(path: Path, text: str) -> pl.LazyFrame:
    if path.suffix.lower() == ".parquet":
        _check_pages(path)
        return pl.scan_parquet(path, glob=False)
    if path.suffix.lower() == ".csv":
        return _scan_csv(path, text)
    raise TableError([Problem(path.name, "is no table of persons", "give a .parquet or .csv file")])


def _check_pages(path: Path) -> None:
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as raw:
            check_pages(raw)
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        raise TableError([Problem(path.name, f"is not a table: {what}", fix)]) from None


def _scan_csv(path: Path, text: str) -> pl.LazyFrame:
    """A CSV file whose columns are numbers if the first `SAMPLE` rows of them are."""
    sample = pl.read_csv(path, n_rows=SAMPLE, infer_schema=False, null_values=list(MARKS), glob=False)
    kinds = {column.name: typed(column).dtype for column in sample if column.name != text}
    kinds = dict.fromkeys(sample.columns, pl.String()) | kinds
    return pl.scan_csv(path, schema=pl.Schema(kinds), null_values=list(MARKS), glob=False)


def _kind(dtype: pl.DataType) -> pl.DataType:
    if dtype.is_numeric():
        return pl.Float64()
    return pl.Boolean() if dtype == pl.Boolean else pl.String()


def _converted(name: str, dtype: pl.DataType, *, nan: bool) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_float():
        number = column.cast(pl.Float64)
        return number.fill_nan(None) if nan else number
    if dtype in (pl.String, pl.Boolean):
        return column
    _check_kind(name, dtype)
    return column.cast(_kind(dtype))


def _check_kind(name: str, dtype: pl.DataType) -> None:
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        what = f"column '{name}' holds {dtype}, which is neither numbers nor text"
        raise TableError([Problem("", what, "turn it into text or leave it out")])

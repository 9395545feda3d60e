"""A table as it stands in its file: read as text, each column converted when it is first used.

A message can so name the row and the column and say what stood there. Rows count as a spreadsheet counts
them: the header is row 1, unless blank rows stand before it.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from contextlib import suppress
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.bounds import check_rows
from allocate.errors import Problem, TableError
from allocate.files.csv_files import unguarded
from allocate.files.parquet_pages import check_pages
from allocate.files.reading import read_whole, unreadable
from allocate.files.unpacking import check_unpacked
from allocate.text.quiet import libraries_silenced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from allocate.solver.arrays import Mask, Positions

MOST_BYTES = 2_000_000_000
"""A million areas with two hundred columns; a longer file would not fit the memory of most machines."""

MOST_ROWS = 10_000_000
"""Ten times the areas that allocate is measured with; there are 190,000 small areas in the United Kingdom."""

MOST_COLUMNS = 16_384
"""As many as an Excel sheet may have."""

PATTERN = ("would be taken for a pattern of several columns", "rename it")

MARKS = (
    "*",
    "-",
    "..",
    "#N/A",
    "N/A",
    "n/a",
    "NA",
    "NULL",
    "null",
    "NaN",
    "nan",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
)
"""How published tables write a missing or suppressed figure."""

_WHOLE = r"(\d+|\d{1,3}(,\d{3})+|\d{1,3}(\s\d{3})+)"
NUMBER = (
    rf"^([+-]?\s?£?\s?[+-]?({_WHOLE}(\.\d*)?|\.\d+)\s?%?|£?\s?\(\s?£?\s?{_WHOLE}(\.\d*)?\s?%?\s?\)\s?%?"
    r"|[+-]?\d+(\.\d*)?[eE][+-]?\d+)$"
)
"""A number as spreadsheets write it: 1,234.50  £1,234  £ 1 234  (1,234)  5.4%  1e-05."""


class Table:
    """A table with the names that rules use for its columns, each converted when first used.

    Args:
        frame: the rows.
        name: what to call the table in messages.
        rows: the number of each row in its file.
        aliases: names that rules use, each for a column called otherwise.
        id_column: the column that says which area a row is.
        sha256: of the file it was read from.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        name: str,
        rows: Positions | None = None,
        aliases: Mapping[str, str] | None = None,
        id_column: str | None = None,
        sha256: str | None = None,
    ) -> None:
        if found := _pattern(frame.columns):
            raise TableError([Problem(f"{name}, column '{found}'", *PATTERN)])
        self.frame = frame
        self.name = name
        self.rows = np.arange(2, frame.height + 2) if rows is None else rows
        self.aliases = dict(aliases or {})
        self.id_column = id_column
        self.sha256 = sha256
        self._converted: dict[str, pl.Series] = {}

    def __contains__(self, name: str) -> bool:
        return self.aliases.get(name, name) in self.frame.columns

    def names(self) -> list[str]:
        """Every name a column can be looked up by."""
        return [*self.aliases, *self.frame.columns]

    def values(self, name: str) -> pl.Series:
        """A column as numbers if that is all that stands there (but for missing values), else as text."""
        column = self.aliases.get(name, name)
        if column not in self._converted:
            self._converted[column] = typed(self.frame[column])
        return self._converted[column]

    def label(self, position: int) -> str:
        """An area for a message: its id and its row."""
        row = f"row {self.rows[position]}"
        if self.id_column is None or self.id_column not in self.frame.columns:
            return row
        return f"{self.frame[self.id_column][position]} ({row})"

    def where(self, position: int, column: str) -> str:
        """A cell for a message."""
        return f"{self.name} row {self.rows[position]}, column '{column}'"

    def known_as(self, aliases: Mapping[str, str], id_column: str | None) -> Table:
        """The same rows, with other names for the columns."""
        return Table(self.frame, self.name, self.rows, aliases, id_column, self.sha256)

    def holding(self, frame: pl.DataFrame, rows: Positions | None = None) -> Table:
        """Another frame under the same names; its rows have the numbers given, or those they had."""
        numbers = self.rows if rows is None else rows
        return Table(frame, self.name, numbers, self.aliases, self.id_column, self.sha256)

    def only(self, kept: Mask) -> Table:
        """The rows that are kept, with the numbers they had."""
        frame, rows = self.frame.filter(pl.Series(kept)), self.rows[kept]
        return Table(frame, self.name, rows, self.aliases, self.id_column, self.sha256)


def _pattern(columns: Iterable[str]) -> str | None:
    """A name that polars takes for a pattern, which other columns may match."""
    return next((each for each in columns if each.startswith("^") and each.endswith("$")), None)


def read_table(path: Path, name: str | None = None) -> Table:
    """Read a .csv, .parquet or .xlsx file without interpreting it.

    CSV may have a byte-order mark and may be UTF-8 or Windows-1252. Of a workbook the first sheet is read.
    Blank rows, and columns without a name, are passed over.

    Raises:
        TableError: it is not there, or not such a file.
    """
    name = name or path.name
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".xlsx": _read_excel}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        fix = "give a .csv, .parquet or .xlsx file"
        raise TableError([Problem(name, "is no table that can be read", fix)])
    try:
        raw = read_whole(path, MOST_BYTES)
    except (OSError, ValueError) as error:  # of a name with a NUL in it, Python says ValueError
        raise TableError([unreadable(name, error)]) from None
    try:
        frame, header_row = reader(raw, name)
        check_rows(name, frame.height, MOST_ROWS)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error, ValueError) as error:
        what, _, fix = str(error).strip().splitlines()[0].partition("; ")
        raise TableError(
            [Problem(name, f"is not a table: {what}", fix or "open it and save it again")]
        ) from None
    rows = np.arange(frame.height) + header_row + 1
    blank = np.logical_and.reduce([_blank(column).to_numpy() for column in frame])
    return Table(frame.filter(pl.Series(~blank)), name, rows[~blank], sha256=hashlib.sha256(raw).hexdigest())


def _blank(column: pl.Series) -> pl.Series:
    if column.dtype != pl.String:
        return column.is_null()
    return column.is_null() | (column.str.strip_chars() == "").fill_null(value=True)


def _read_csv(raw: bytes, _: str) -> tuple[pl.DataFrame, int]:
    if b"\x00" in raw:
        raise ValueError("it is not text, or it is UTF-16; save it as 'CSV UTF-8'")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", errors="replace")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    header, header_row = _header(text)
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise ValueError(_fault(text, len(header))) from None
    if frame.width != len(header):
        raise ValueError(_fault(text, len(header)))
    return pl.DataFrame([unguarded(each) for each in _named(frame, header)]), header_row


def _header(text: str) -> tuple[list[str], int]:
    """The names in the first row that is not blank, and which row that is."""
    for number, row in enumerate(csv.reader(StringIO(text, newline="")), start=1):
        if len(row) == 1 and any(mark in row[0] for mark in ";\t|"):
            raise ValueError(
                "its columns are not separated by commas; save it as 'CSV UTF-8 (comma delimited)'"
            )
        if row:
            _check_columns(len(row))
            return unguarded(pl.Series(row)).to_list(), number
    raise ValueError("it is empty; is it the right file?")


def _check_columns(count: int) -> None:
    if count > MOST_COLUMNS:
        raise ValueError(f"it has {count:,} columns, more than {MOST_COLUMNS:,}; keep those that are used")


def _fault(text: str, width: int) -> str:
    """Why a CSV file cannot be read."""
    with suppress(csv.Error):
        for number, row in enumerate(csv.reader(StringIO(text, newline="")), start=1):
            if len(row) > width:
                what = f"row {number} has {len(row)} cells and the header has {width}"
                return f"{what}; put figures and text that have commas in quotes"
    return 'its quotation marks do not match; look for a single " and remove it'


def _named(frame: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """A frame with the names of a header; columns without a name are left out."""
    names = {position: name.strip() for position, name in enumerate(header) if name.strip()}
    twice = [name for name, times in Counter(names.values()).items() if times > 1]
    if twice:
        raise ValueError(f"two of its columns are called '{twice[0]}'; rename one")
    if found := _pattern(names.values()):
        raise ValueError(f"its column '{found}' {'; '.join(PATTERN)}")
    if not names:
        raise ValueError("it has no column names; write them in its first row")
    return pl.DataFrame([frame.to_series(position).alias(name) for position, name in names.items()])


def _read_parquet(raw: bytes, name: str) -> tuple[pl.DataFrame, int]:
    with libraries_silenced():
        check_pages(raw, MOST_BYTES)
        scanned = pl.scan_parquet(BytesIO(raw))
        _check_columns(len(scanned.collect_schema()))
        check_rows(name, scanned.select(pl.len()).collect().item(), MOST_ROWS)
        frame = pl.read_parquet(BytesIO(raw))
    return _named(frame, frame.columns), 1


def _read_excel(raw: bytes, _: str) -> tuple[pl.DataFrame, int]:
    try:
        import fastexcel
    except ImportError:
        raise ValueError("reading Excel needs another package; pip install 'allocate[excel]'") from None
    check_unpacked(raw)
    try:
        workbook = fastexcel.read_excel(raw)
        text = workbook.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
        exact = workbook.load_sheet(0, header_row=None, skip_rows=0, dtypes="float").to_polars()
    except fastexcel.FastExcelError as error:
        raise ValueError(str(error).splitlines()[0]) from None
    text = pl.DataFrame([_unrounded(*columns) for columns in zip(text, exact, strict=True)])
    for number, row in enumerate(text.iter_rows(), start=1):
        if any(row):
            return _named(text[number:], [cell or "" for cell in row]), number
    raise ValueError("its first sheet is empty; put the table on the first sheet")


def _unrounded(text: pl.Series, exact: pl.Series) -> pl.Series:
    """Cells as text, with all the digits of numbers: fastexcel rounds them to nine decimals in text."""
    read = text.cast(pl.Float64, strict=False)
    rounded = ((read - exact).abs() < 1e-8) & (read != exact)
    return exact.cast(pl.String).zip_with(rounded.fill_null(value=False), text)


def typed(values: pl.Series) -> pl.Series:
    """Make a column numbers (Float64), yes and no, or text; marks and empty cells are missing."""
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64)
        return numbers.set(numbers.is_nan(), None)
    text = as_text(values)
    text = text.set(text.is_in(["", *MARKS]), None)
    codes = text.str.contains(r"^0\d").any() and not text.str.contains(r"\.").any()
    if codes or not text.is_not_null().any():
        return text
    numbers = to_numbers(text)
    return numbers if numbers.null_count() == text.null_count() else text


def as_text(values: pl.Series) -> pl.Series:
    """A column as text, without the white space around it.

    Raises:
        TableError: it holds lists or other things that are no text.
    """
    try:
        return values.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError:
        what = f"column '{values.name}' holds {values.dtype}, which is neither numbers nor text"
        raise TableError([Problem("", what, "turn it into text or leave it out")]) from None


def to_numbers(text: pl.Series) -> pl.Series:
    """Text as numbers (Float64); null where it is not one. ``5.4%`` is 0.054, ``(1,234)`` is -1234."""
    plain = text.cast(pl.Float64, strict=False)
    plain = plain.set(~plain.is_finite(), None)
    if plain.null_count() == text.null_count():
        return plain
    digits = text.str.replace_all(r"[£,()%\s]", "").cast(pl.Float64, strict=False)
    negative = text.str.contains("(", literal=True).cast(pl.Float64) * -2 + 1
    share = text.str.contains("%", literal=True).cast(pl.Float64) * -0.99 + 1
    numbers = digits * negative * share
    numbers = numbers.set(~(text.str.contains(NUMBER) & numbers.is_finite()), None)
    return plain.fill_null(numbers)

"""Tables read from files: CSV, Parquet and Excel, without interpreting what stands in them."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from contextlib import suppress
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import polars.selectors as cs

from allocate.bounds import check_rows
from allocate.errors import Problem, TableError, first_line, nearest
from allocate.files.csv_files import all_unguarded, unguarded
from allocate.files.excel import Workbook
from allocate.files.parquet_pages import check_pages
from allocate.files.reading import read_whole, unreadable
from allocate.files.sheet import PATTERN, Table, pattern
from allocate.text.quiet import libraries_silenced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MOST_BYTES = 2_000_000_000
"""A million areas with two hundred columns; a longer file would not fit the memory of most machines."""

MOST_ROWS = 10_000_000
"""Ten times the areas that allocate is measured with; there are 190,000 small areas in the United Kingdom."""

MOST_COLUMNS = 16_384
"""As many as an Excel sheet may have."""

BLANK = (cs.string().str.strip_chars().fill_null("") == "", (~cs.string()).is_null())
"""Of every column, whether nothing is written there."""


def read_table(path: Path, name: str | None = None, sheet: str | None = None) -> Table:
    """Read a .csv, .parquet or .xlsx file without interpreting it.

    CSV may have a byte-order mark and may be UTF-8 or Windows-1252. Blank rows, and columns without a name,
    are passed over.

    Args:
        path: the file.
        name: what to call it in messages; its own name by default.
        sheet: which sheet of a workbook; the first by default.

    Raises:
        TableError: it is not there, or not such a file, or has no such sheet.
    """
    name = name or path.name
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        fix = "give a .csv, .parquet or .xlsx file"
        raise TableError([Problem(name, "is no table that can be read", fix)])
    if sheet is not None and reader is not _read_excel:
        raise TableError([Problem(name, f"is no workbook and has no sheet '{sheet}'", "take 'sheet:' out")])
    try:
        raw = read_whole(path, MOST_BYTES)
    except (OSError, ValueError) as error:  # of a name with a NUL in it, Python says ValueError
        raise TableError([unreadable(name, error)]) from None
    try:
        frame, header_row = reader(raw, name, sheet)
        check_rows(name, frame.height, MOST_ROWS)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error, ValueError) as error:
        what, _, fix = first_line(error, "it cannot be read").partition("; ")
        fix = fix or "open it and save it again"
        raise TableError([Problem(name, f"is not a table: {what}", fix)]) from None
    rows = np.arange(frame.height) + header_row + 1
    written = ~frame.select(pl.all_horizontal(BLANK)).to_series()
    kept, sha256 = written.to_numpy(), hashlib.sha256(raw).hexdigest()
    return Table(frame.filter(written), name, rows[kept], sha256=sha256)


def _read_csv(raw: bytes, *_: Any) -> tuple[pl.DataFrame, int]:
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
    return all_unguarded(_named(frame, header)), header_row


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
    if found := pattern(names.values()):
        raise ValueError(f"its column '{found}' {'; '.join(PATTERN)}")
    if not names:
        raise ValueError("it has no column names; write them in its first row")
    return pl.DataFrame([frame.to_series(position).alias(name) for position, name in names.items()])


def _read_parquet(raw: bytes, name: str, *_: Any) -> tuple[pl.DataFrame, int]:
    with libraries_silenced():
        check_pages(raw, MOST_BYTES)
        scanned = pl.scan_parquet(BytesIO(raw))
        _check_columns(len(scanned.collect_schema()))
        check_rows(name, scanned.select(pl.len()).collect().item(), MOST_ROWS)
        frame = pl.read_parquet(BytesIO(raw))
    return _named(frame, frame.columns), 1


def _read_excel(raw: bytes, name: str, sheet: str | None) -> tuple[pl.DataFrame, int]:
    workbook = Workbook(raw, name)
    if sheet is not None and sheet not in workbook.sheet_names:
        raise ValueError(f"it has no sheet '{sheet}'; {nearest(sheet, workbook.sheet_names)}")
    cells = workbook.sheet(0 if sheet is None else sheet)
    for number, row in enumerate(cells.iter_rows(), start=1):
        if any(row):
            return _named(cells[number:], [cell or "" for cell in row]), number
    empty = "its first sheet" if sheet is None else f"its sheet '{sheet}'"
    raise ValueError(f"{empty} is empty; say with 'sheet:' which sheet has the table")


READERS: dict[str, Callable[[bytes, str, str | None], tuple[pl.DataFrame, int]]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}
"""What reads each kind of file: from its bytes, what to call it, and which sheet; the rows, and which row the
header is."""

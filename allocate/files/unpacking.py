"""What an Excel workbook would unpack to, looked at before it is: a few kilobytes can claim all memory.

A workbook is a zip of XML. A zip can hold a thousand times its size; a sheet can say that one cell stands in
the last row and column, and readers make room for all cells before it; many cells can share one long text.
The parts are unpacked piece by piece here, looked at and thrown away.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_UNPACKED = 1_000_000_000
"""Bytes of all parts; a million rows of twenty columns have about 800 million."""

MOST_CELLS = 20_000_000
"""Cells of a sheet up to its last row and column: a million rows of twenty. Each takes about 50 bytes."""

MOST_TEXT = 4_000_000_000
"""Bytes of text if every cell with text had the longest there is."""

MOST_PARTS = 10_000
"""Files in the zip; a workbook has about ten, and one a sheet."""

PIECE = 1 << 20
OVERLAP = 64
"""Bytes of a piece looked at again with the next, so that a reference cut in two is seen."""

_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
"""Where a row or a cell says it stands: ``r="12"``, ``r="AB12"``."""

_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")


def check_unpacked(raw: bytes, most: int = MOST_UNPACKED) -> None:
    """Refuse a workbook that would take too much memory, or that holds what no workbook needs.

    Args:
        raw: the file.
        most: bytes that its parts may have together.

    Raises:
        ValueError: what is wrong; what to do.
    """
    try:
        with zipfile.ZipFile(BytesIO(raw)) as book:
            _check_parts(book, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"it is no .xlsx workbook ({error}); save it as .xlsx without a password") from None


def _check_parts(book: zipfile.ZipFile, most: int) -> None:
    parts = book.infolist()
    if len(parts) > MOST_PARTS:
        raise ValueError(f"it has {len(parts):,} parts inside; save its first sheet alone")
    if (size := sum(part.file_size for part in parts)) > most:
        raise ValueError(f"it unpacks to {size:,} bytes, more than {most:,}; save it as CSV")
    longest, shared = 0, 0
    for part in parts:
        found = _Extent()
        for piece in _pieces(book, part):
            found = found.with_piece(piece)
        found.check()
        shared = max(shared, found.shared)
        if "sharedstrings" in part.filename.lower():
            longest = max((len(each) for each in book.read(part).split(b"</si>")), default=0)
    if longest * shared > MOST_TEXT:
        raise ValueError("its cells share a text so long that it could fill the memory; save it as CSV")


def _pieces(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part, piece by piece; each begins with the end of the last.

    Any part can be a sheet, whatever it is called: the workbook says which are.
    """
    end, is_xml = b"", part.filename.lower().endswith((".xml", ".rels"))
    with book.open(part) as opened:
        while piece := opened.read(PIECE):
            if is_xml and b"\x00" in piece:
                raise ValueError("its parts are not UTF-8 text; save it again with Excel")
            if is_xml and (b"<!DOCTYPE" in end + piece or b"<!ENTITY" in end + piece):
                raise ValueError("its parts define entities, which no workbook needs; do not trust it")
            yield end + piece
            end = piece[-OVERLAP:]


class _Extent(NamedTuple):
    """How far a sheet reaches."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    shared: int = 0
    """Cells with a text of those that cells share."""

    def with_piece(self, piece: bytes) -> _Extent:
        found = set(_REFERENCE.findall(piece))
        rows = max((int(row[-8:]) if len(row) <= 8 else 10**8 for _, row in found), default=0)
        columns = max((_number(letters) for letters in {letters for letters, _ in found}), default=0)
        return _Extent(
            max(self.rows, rows),
            max(self.columns, columns),
            self.cells + len(_CELL.findall(piece)),
            self.shared + len(_SHARED.findall(piece)),
        )

    def check(self) -> None:
        cells = max(self.rows * self.columns, self.cells)
        if cells > MOST_CELLS:
            what = f"one of its sheets reaches over {cells:,} cells, more than {MOST_CELLS:,}"
            raise ValueError(f"{what}; remove what stands far below or to the right of the table")


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, AA 27. Past the last that Excel has, it is large."""
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number

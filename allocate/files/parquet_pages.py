"""What the pages of a Parquet file claim, looked at before they are read.

A page says how many values it has and how long it is unpacked, and polars makes room for as much at once: a
single bit that is wrong there ends the whole process, which no exception tells. So the headers of all pages
are read here first, of which a column has a few. Format: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Bytes = bytes | mmap
Struct = dict[int, Any]
"""The fields of a structure by their number, as Thrift's compact protocol writes them."""

DAMAGED = "it is damaged; save it again"
MARK = b"PAR1"
ROW_GROUPS, COLUMNS, METADATA = 4, 1, 3
VALUES, PACKED, DATA, DICTIONARY = 5, 7, 9, 11
"""Fields of a column: its values, its bytes in the file, and where its pages of both kinds begin."""

UNPACKED_SIZE, SIZE, KINDS = 2, 3, (5, 7, 8)
"""Fields of a page: its bytes unpacked and in the file; what says its values, by the kind of page."""

DEEPEST = 20


def check_pages(raw: Bytes, most: int | None = None) -> None:
    """Refuse a file with pages that claim more values than their column has, or more bytes than may be.

    Args:
        raw: the file, read or mapped.
        most: bytes that its pages may have together, unpacked; None for any, if they are not read at once.

    Raises:
        ValueError: it is damaged, or larger; what to do.
    """
    try:
        unpacked = sum(_unpacked(raw, column) for column in _columns(raw))
    except (IndexError, KeyError, TypeError, AttributeError):
        raise ValueError(DAMAGED) from None
    if most is not None and unpacked > most:
        raise ValueError(f"it unpacks to {unpacked:,} bytes, more than {most:,}; leave rows out")


def _columns(raw: Bytes) -> Iterator[Struct]:
    """What the end of the file says of each column, once for each group of rows."""
    if len(raw) < 12 or raw[:4] != MARK or raw[-4:] != MARK:
        raise ValueError("it is no Parquet file; save it again")
    begin = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    if begin < 4:
        raise ValueError(DAMAGED)
    for group in _struct(raw, begin)[0].get(ROW_GROUPS, []):
        yield from (column[METADATA] for column in group[COLUMNS])


def _unpacked(raw: Bytes, column: Struct) -> int:
    """The bytes of all pages of a column, unpacked."""
    begins = [offset for offset in (column.get(DICTIONARY, 0), column[DATA]) if offset > 0]
    at = min(begins, default=len(raw))
    end, unpacked = at + column[PACKED], 0
    while at < end:
        page, at = _struct(raw, at)
        values = [page[kind][1] for kind in KINDS if kind in page]
        if (
            not all(0 <= each <= column[VALUES] for each in values)
            or min(page[SIZE], page[UNPACKED_SIZE]) < 0
        ):
            raise ValueError(DAMAGED)
        unpacked += page[UNPACKED_SIZE]
        at += page[SIZE]
    return unpacked


def _struct(raw: Bytes, at: int, depth: int = 0) -> tuple[Struct, int]:
    """A structure in Thrift's compact protocol, as far as Parquet uses it, and where what follows begins."""
    fields: Struct = {}
    number = 0
    while head := raw[at]:
        at += 1
        if head > 15:
            number += head >> 4
        else:
            number, at = _integer(raw, at)
        fields[number], at = _value(raw, at, head & 15, depth)
    return fields, at + 1


def _value(raw: Bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if 4 <= kind <= 6:
        return _integer(raw, at)
    if kind == 8:
        length, at = _natural(raw, at)
        return None, at + length  # no text is of use here
    if kind in (1, 2):
        return kind == 1, at
    if kind in (3, 7):
        return None, at + (1 if kind == 3 else 8)
    if depth > DEEPEST or kind not in (9, 10, 12):
        raise IndexError
    return _struct(raw, at, depth + 1) if kind == 12 else _list(raw, at, depth + 1)


def _list(raw: Bytes, at: int, depth: int) -> tuple[list[Any], int]:
    head, at = raw[at], at + 1
    size, kind = head >> 4, head & 15
    if size == 15:
        size, at = _natural(raw, at)
    found = []
    for _ in range(min(size, len(raw))):
        value, at = (None, at + 1) if kind in (1, 2) else _value(raw, at, kind, depth)
        found.append(value)
    return found, at


def _natural(raw: Bytes, at: int) -> tuple[int, int]:
    """A whole number in pieces of seven bits, the lowest first."""
    number = raw[at] & 127
    for shift in range(7, 70, 7):
        if raw[at] < 128:
            return number, at + 1
        at += 1
        number |= (raw[at] & 127) << shift
    raise IndexError


def _integer(raw: Bytes, at: int) -> tuple[int, int]:
    """A whole number whose last bit says that it is negative."""
    number, at = _natural(raw, at)
    return (number >> 1) ^ -(number & 1), at

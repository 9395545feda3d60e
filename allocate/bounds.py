"""Bounds that a program sets to what it lets others ask for: time, size, and where files may be read.

They hold inside a ``with`` block of one thread or task. Nothing is interrupted from outside (no signals, no
threads): wherever a computation begins anew it looks whether it may go on.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from allocate.errors import InputError, OutsideFolder, Problem, TookTooLong, TooLarge
from allocate.solver.clock import DEADLINE, Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Bounds:
    """What may be asked for; None means no bound of this kind."""

    areas: int | None = None
    file_bytes: int | None = None
    within: Path | None = None


NONE = Bounds()

_BOUNDS: ContextVar[Bounds] = ContextVar("bounds", default=NONE)


@contextmanager
def bounded(
    *,
    seconds: float | None = None,
    areas: int | None = None,
    file_bytes: int | None = None,
    within: str | Path | None = None,
) -> Iterator[None]:
    """Bound what is done in a ``with`` block. Blocks may be nested: the narrower bounds hold.

    Args:
        seconds: how long all of it may take. It is kept to about the time of one step: one expression over
            all areas, one filling of the pot, or reading one file.
        areas: how many rows a table may have.
        file_bytes: how long a file may be, unpacked if it is a workbook.
        within: the folder that scenarios, tables and rule books are read from; links are followed first.
            Bundled documents may always be read.

    Raises:
        InputError: a bound is not above nought.
        TookTooLong: the time was up.
        TooLarge: a table or a file is larger.
        OutsideFolder: a file is not in the folder.
    """
    _check_positive(seconds=seconds, areas=areas, file_bytes=file_bytes)
    outer = _BOUNDS.get()
    bounds = Bounds(
        _narrower(outer.areas, areas),
        _narrower(outer.file_bytes, file_bytes),
        outer.within if within is None else Path(within).resolve(),
    )
    if outer.within is not None and bounds.within is not None:
        _check_inside(bounds.within, outer.within)
    told, timed = _BOUNDS.set(bounds), DEADLINE.set(_sooner(seconds))
    try:
        yield
    finally:
        _BOUNDS.reset(told)
        DEADLINE.reset(timed)


def _sooner(seconds: float | None) -> Deadline | None:
    """The deadline so many seconds from now, or that of the block around this one if that comes first."""
    until = DEADLINE.get()
    if seconds is None:
        return until
    at = time.monotonic() + seconds
    return until if until is not None and until.at <= at else Deadline(at, lambda: _too_long(seconds))


def _too_long(seconds: float) -> TookTooLong:
    what = f"took longer than the {seconds:g} seconds it was given"
    return TookTooLong([Problem("", what, "give it more time, or less to do")])


def _check_positive(**given: float | None) -> None:
    wrong = [name for name, bound in given.items() if bound is not None and not bound > 0]
    if wrong:
        raise InputError([Problem(name, "is not above nought", "leave it out for none") for name in wrong])


def _narrower(one: Number | None, other: Number | None) -> Number | None:
    given = [each for each in (one, other) if each is not None]
    return min(given) if given else None


def check_rows(name: str, rows: int, most: int) -> None:
    """Check that a table has not too many rows.

    Raises:
        TooLarge: it has more than `most`, or than the bounds allow.
    """
    allowed = _narrower(most, _BOUNDS.get().areas) or most
    if rows > allowed:
        what = f"has {rows:,} rows, more than the {allowed:,} that are allowed"
        raise TooLarge([Problem(name, what, "leave rows out")])


def check_file(path: Path, size: int | None = None) -> None:
    """Check that a file may be read.

    Args:
        path: the file.
        size: its bytes, if they are known.

    Raises:
        OutsideFolder: it is not in the folder that the bounds allow.
        TooLarge: it is longer than the bounds allow.
    """
    bounds = _BOUNDS.get()
    if bounds.within is not None:
        _check_inside(path.resolve(), bounds.within)
    if size is not None and bounds.file_bytes is not None and size > bounds.file_bytes:
        what = f"has {size:,} bytes, more than the {bounds.file_bytes:,} that are allowed"
        raise TooLarge([Problem(str(path), what, "give a smaller file")])


def _check_inside(path: Path, folder: Path) -> None:
    from allocate.documents.bundled import RULES, SCENARIOS

    if not any(path.is_relative_to(each) for each in (folder, RULES.resolve(), SCENARIOS.resolve())):
        what = f"is outside {folder}, where alone files may be read"
        raise OutsideFolder([Problem(str(path), what, "put the file there")])

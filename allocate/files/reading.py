"""Files read whole: ordinary ones, of a bounded size, that nobody changed meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from allocate.bounds import check_file
from allocate.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

CHANGED = "it was changed while it was read"


def read_whole(path: Path, most: int) -> bytes:
    """The content of a file.

    Args:
        path: an ordinary file: a pipe or a device might never end.
        most: bytes it may have.

    Raises:
        OSError: it cannot be read, is no ordinary file, is longer, or was changed meanwhile; says why.
        OutsideFolder: it is not in the folder that `bounds.bounded` allows.
        TooLarge: it is longer than that allows.
    """
    check_file(path)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
        check_file(path, before.st_size)
        if before.st_size > most:
            raise OSError(errno.EFBIG, f"is longer than {most:,} bytes", str(path))
        content = file.read(most + 1)
        after = os.fstat(handle)
    if fingerprint(before) != fingerprint(after) or len(content) != after.st_size:
        raise OSError(errno.EAGAIN, CHANGED, str(path))
    return content


def unreadable(name: str, error: OSError | ValueError) -> Problem:
    """Why a file cannot be read, and what to do."""
    reason, number = getattr(error, "strerror", None) or str(error), getattr(error, "errno", None)
    if number == errno.EFBIG:
        return Problem(name, reason, "is it the right file?")
    fix = "try again when nobody writes to it" if number == errno.EAGAIN else ""
    return Problem(name, f"cannot be read ({reason})", fix)


def fingerprint(found: os.stat_result) -> tuple[int, ...]:
    """What changes when somebody writes to a file or puts another in its place."""
    return found.st_ino, found.st_size, found.st_mtime_ns

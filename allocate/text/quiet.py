"""What libraries say to standard error on their own account, kept from the users of the command line.

polars panics on some damaged files: an exception that we turn into a message, and lines of its own beside it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: list[bool] = []
"""Not empty if the process is the command line's: a program that calls us keeps its standard error."""


def process_is_ours() -> None:
    """Say that the process runs the command line and nothing else."""
    _OURS.append(True)


@contextmanager
def libraries_silenced() -> Iterator[None]:
    """Send what is written past Python to standard error nowhere, if the process is ours."""
    if not _OURS:
        yield
        return
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)

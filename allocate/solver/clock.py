"""The time by which a solution is wanted; looked at wherever a computation begins anew."""

from __future__ import annotations

import time
from contextvars import ContextVar

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the clock of `time.monotonic`; None: whenever it is found. Every thread and task has its own."""

SOONEST = 0.01
"""Seconds that a linear programme is given at least, for nought would mean no limit."""


class TimeUp(Exception):
    """The time is up. It is no error of the input, so nothing that handles those may take it for one."""


def check_time() -> None:
    """Stop if the time is up.

    Raises:
        TimeUp: it is.
    """
    deadline = DEADLINE.get()
    if deadline is not None and time.monotonic() >= deadline:
        raise TimeUp


def seconds_left() -> float | None:
    """How long there is, None if as long as it takes."""
    deadline = DEADLINE.get()
    return None if deadline is None else max(deadline - time.monotonic(), SOONEST)

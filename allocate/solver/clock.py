"""The time by which a solution is wanted; looked at wherever a computation begins anew."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline(NamedTuple):
    """When a solution is wanted, and what to raise after that."""

    at: float
    """On the clock of `time.monotonic`."""
    error: Callable[[], Exception]
    """Makes what is raised: whoever sets a deadline says so, since nothing here knows errors of the input."""


DEADLINE: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
"""None: whenever it is found. Every thread and task has its own."""

SOONEST = 0.01
"""Seconds that a linear programme is given at least, for nought would mean no limit."""


def check_time() -> None:
    """Stop if the time is up, with the error of the deadline."""
    deadline = DEADLINE.get()
    if deadline is not None and time.monotonic() >= deadline.at:
        raise deadline.error()


def stopped() -> None:
    """Stop, as something else has found that the time is up; does nothing if there is no deadline."""
    deadline = DEADLINE.get()
    if deadline is not None:
        raise deadline.error()


def seconds_left() -> float | None:
    """How long there is, None if as long as it takes."""
    deadline = DEADLINE.get()
    return None if deadline is None else max(deadline.at - time.monotonic(), SOONEST)

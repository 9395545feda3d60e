"""What pytest is told while mutants are tried (`bench.mutants`): which tests to run, and how long.

`WATCH_INTO` names a file that gets, for each test, how long it took and which functions of `WATCHED` it
called. `WATCH_BY` names one that says which tests to run and how long each may take, the first one first;
a test that takes longer ends everything, as a failure.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).parents[1]
TOO_SLOW = 77
"""What pytest ends with if a test took too long."""

INTO = os.environ.get("WATCH_INTO")
ALLOWED = json.loads(Path(os.environ["WATCH_BY"]).read_text()) if "WATCH_BY" in os.environ else {}
NOTES: dict[str, Any] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only the tests that are asked for, in the order asked for."""
    if ALLOWED:
        place = {name: at for at, name in enumerate(ALLOWED)}
        items[:] = sorted(
            (each for each in items if each.nodeid in place), key=lambda each: place[each.nodeid]
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note what a test does, or stop it when its time is up."""
    called: set[tuple[str, int]] = set()
    watched = tuple(str(ROOT / each) for each in os.environ.get("WATCHED", "").split(":"))

    def note(frame: FrameType, *_: object) -> None:
        if frame.f_code.co_filename.startswith(watched):
            called.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    begun = time.perf_counter()
    if INTO:
        sys.settrace(note)
        threading.settrace(note)
    else:
        signal.signal(signal.SIGALRM, lambda *_: os._exit(TOO_SLOW))
        signal.setitimer(signal.ITIMER_REAL, ALLOWED[item.nodeid])
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if INTO:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            NOTES[item.nodeid] = [time.perf_counter() - begun, sorted(called)]


def pytest_sessionfinish() -> None:
    """Write down what was noted."""
    if INTO:
        Path(INTO).write_text(json.dumps(NOTES))

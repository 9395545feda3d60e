"""What pytest is told while mutants are tried (`bench.mutants`): what to note, which tests to run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import FrameType

TOO_SLOW = 77
"""What pytest ends with if a test took too long."""


class Noting:
    """Notes how long each test takes, and which functions in some folders it calls: path and first line."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = tuple(map(str, folders))
        self.notes: dict[str, tuple[float, list[tuple[str, int]]]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Look on."""
        called: set[tuple[str, int]] = set()

        def note(frame: FrameType, *_: object) -> None:
            if frame.f_code.co_filename.startswith(self.folders):
                called.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

        begun = time.perf_counter()
        sys.settrace(note)
        threading.settrace(note)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            self.notes[item.nodeid] = (time.perf_counter() - begun, sorted(called))


class Choosing:
    """Runs some tests in some order, and ends everything when one takes too long."""

    def __init__(self, allowed: Mapping[str, float]) -> None:
        self.allowed = allowed
        self.place = {name: at for at, name in enumerate(allowed)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only the tests that are asked for, in the order asked for."""
        items[:] = sorted(
            (each for each in items if each.nodeid in self.place), key=lambda each: self.place[each.nodeid]
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Set the alarm."""
        signal.signal(signal.SIGALRM, lambda *_: os._exit(TOO_SLOW))
        signal.setitimer(signal.ITIMER_REAL, self.allowed[item.nodeid])
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

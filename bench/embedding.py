"""What embedding programs count on: how late a bounded solve ends, and what 10,000 solves leave behind.

``python -m bench.embedding late`` and ``python -m bench.embedding leaks 10000`` print a line a step. Neither
is a ratio, so neither is part of `RESULTS.md`.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

import allocate
from bench.invented import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOMENTS = 12
"""Moments of a run at which it is stopped."""

FOUR = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100] * 4,
        "baseline": [900, 1_000, 1_100, 1_200],
        "place": ["n", "n", "s", "s"],
        "fifth": [1, 2, 1, 2],
    }
)

STEPS = 8
WARM = 300
"""Solves before anything is measured: what is imported and kept once is there then."""


def late() -> Iterator[str]:
    """How long after its time a solve ends at most, by size and kind of rules."""
    for areas, rules in ((6_310, 3), (33_755, 3), (1_000_000, 0), (1_000_000, 3)):
        frame, book = table(areas), {"title": "Late", "rules": _rules()[:rules]}

        def solve(frame: pl.DataFrame = frame, book: dict[str, Any] = book) -> object:
            return allocate.solve(frame, book, budget={"growth": "5%"}).amounts

        solve()
        whole = _seconds(solve)
        moments = np.linspace(0.03, 0.97, MOMENTS) * whole
        worst = max(_seconds(_bounded(solve, moment)) - moment for moment in moments.tolist())
        what = f"{areas:,} areas, {rules} rules for groups: {whole:.2f} s"
        yield f"{what}, late by {max(worst, 0):.2f} s at most"


def _rules() -> list[dict[str, Any]]:
    return [
        {"name": "places", "by": "place", "of": "growth", "floor": "0.01 * sum(baseline)"},
        {"name": "fifths", "by": "fifth", "of": "growth", "cap": "0.15 * sum(baseline)"},
        {
            "name": "both",
            "across": "place < 20 or fifth = 1",
            "of": "growth",
            "floor": "0.02 * sum(baseline)",
        },
    ]


def _bounded(do: Callable[[], object], seconds: float) -> Callable[[], object]:
    def run() -> None:
        with suppress(allocate.TookTooLong), allocate.bounded(seconds=seconds):
            do()

    return run


def leaks(solves: int) -> Iterator[str]:
    """Memory, open files and threads as solves go by: all routes, clashes, faulty rules, stopped calls."""
    for number in range(WARM):
        _solve(number)
    yield f"after {WARM:,} solves: {_held()}"
    for number in range(1, solves + 1):
        _solve(number)
        if number % (solves // STEPS) == 0:
            yield f"after {number:,} more: {_held()}"


def _solve(number: int) -> None:
    floor = f"sum(baseline) * 1.01 + {number % 97}"
    place = {"name": "place", "by": "place", "floor": floor}
    fifth = {"name": "fifth", "by": "fifth", "cap": "sum(baseline) * 1.3"}
    book = {"title": "Any", "rules": [[], [place], [place, fifth]][number % 3]}
    found = allocate.solve(FOUR, book, budget=4_800 + number / 100)
    if number % 10 == 0:
        assert str(found.explain("A"))
        assert found.to_dict()
    if number % 25 == 0:
        with suppress(allocate.BudgetTooSmall):
            allocate.solve(FOUR, book, budget=1)
        with suppress(allocate.ExpressionError):
            allocate.solve(FOUR, {"title": "Faulty", "target": f"nothing{number}"}, budget=4_800)
        with suppress(allocate.TookTooLong), allocate.bounded(seconds=1e-9):
            allocate.solve(FOUR, book, budget=4_800)


def _held() -> str:
    gc.collect()
    process = Path("/proc/self")
    pages = int((process / "statm").read_text().split()[1])
    files, threads = (len(list((process / name).iterdir())) for name in ("fd", "task"))
    return f"{pages * os.sysconf('SC_PAGE_SIZE') / 1e6:.1f} MB, {files} open files, {threads} threads"


def _seconds(do: Callable[[], object]) -> float:
    begun = perf_counter()
    do()
    return perf_counter() - begun


if __name__ == "__main__":
    for line in leaks(int(sys.argv[2])) if sys.argv[1] == "leaks" else late():
        print(line, flush=True)

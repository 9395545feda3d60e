"""How much larger a process is after many solves: ``python -m bench.leaking 10_000``."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import polars as pl

import allocate

WARM_UP = 500
"""Solves before measuring: caches fill and allocators settle."""

FRAME = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100, 100, 100, 100],
        "baseline": [900, 1_000, 1_100, 1_200],
        "place": ["north", "north", "south", "south"],
        "fifth": [1, 2, 1, 2],
    }
)
OVERLAPPING = {
    "title": "Two kinds of groups",
    "rules": [
        {"name": "places", "by": "place", "floor": "sum(baseline) * 1.01"},
        {"name": "fifths", "by": "fifth", "floor": "sum(baseline) * 1.01"},
    ],
}


def resident() -> int:
    """Memory of this process in KB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4


def solve_many(times: int) -> None:
    """Solve by both routes, with other pots; now and then with prices, a story and an error."""
    for turn in range(times):
        rules = OVERLAPPING if turn % 2 else "level-up"
        result = allocate.solve(FRAME, rules, budget={"new_money": 300 + turn % 97})
        if turn % 50 == 0:
            _ = result.prices, result.explain("A")
            try:
                allocate.solve(FRAME, {"title": "x", "rules": [{"name": "x", "floor": f"{turn} + baseline"}]})
                allocate.solve(FRAME, rules, budget=turn)
            except allocate.AllocateError:
                pass


def grown(times: int, warm_up: int = WARM_UP) -> int:
    """By how many KB the process is larger after `times` solves."""
    solve_many(warm_up)
    gc.collect()
    before = resident()
    solve_many(times)
    gc.collect()
    return resident() - before


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{times:,} solves after {WARM_UP:,} others: {grown(times):,} KB larger")

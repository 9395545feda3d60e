"""Sweeps: many budgets against as many runs as they may take, and two workers against one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import allocate
from bench.practices import england
from bench.side_by_side import Comparison, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS, RUNS = 1_000, 100

RULES = """
rules:
  - {name: every ICB keeps pace, by: icb_code, of: growth, floor: 0.3% * sum(baseline)}
"""


def compare() -> Iterator[Comparison]:
    """The bundled scenario in this process; England's practices in worker processes."""
    yield side_by_side(
        (f"sweeping {POINTS:,} budgets of the bundled scenario", _sweep),
        (f"running it {RUNS} times", _run),
        target=1,
        times=5,
    )
    with england(RULES) as folder:
        if folder is None:
            return
        sweep = ("-m", "allocate", "sweep", str(folder), "--vary", "growth=1%:8%:3000", "--workers")
        yield side_by_side(
            ("sweeping 3,000 budgets of 6,310 real practices in two workers", process(*sweep, "2")),
            ("in one process", process(*sweep, "1")),
            target=1 / 1.6,
            times=3,
        )


def _sweep() -> None:
    allocate.sweep("llr", {"new_money": f"1.5m:10m:{POINTS}"})


def _run() -> None:
    for _ in range(RUNS):
        allocate.run("llr").summary  # noqa: B018

"""Ten years of 6,310 areas with growing people, against one year of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import allocate
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

AREAS = 6_310
NEED = {"title": "Need", "need": {"index": "need"}}
YEARS = {
    "from": "2022/23",
    "to": "2031/32",
    "budget": {"growth": "2%"},
    "population": {"growth": "yearly"},
}
EVENTS = [
    {"date": "2025/26", "merge": ["P0001", "P0002"], "into": "P0001"},
    {"date": "2027/28", "close": "P0003", "patients_to": ["P0004", "P0005"]},
]


def compare() -> Iterator[Comparison]:
    """Tables are made in both; the planned path is measured against one year too."""
    random = np.random.default_rng(2022)
    people = random.lognormal(9, 0.6, AREAS).round(1)
    need = random.normal(1, 0.15, AREAS).clip(0.5).round(4)
    frame = pl.DataFrame(
        {
            "id": [f"P{number:04}" for number in range(1, AREAS + 1)],
            "population": people,
            "need": need,
            "baseline": (people * need * random.normal(90, 9, AREAS).clip(50)).round(2),
            "yearly": random.normal(0.005, 0.01, AREAS).round(4),
        }
    )
    rules = [NEED, "level-up"]

    def ten() -> allocate.Years:
        years = allocate.solve_years(frame, rules, years=YEARS, events=EVENTS)
        assert years.areas.height > 9 * AREAS
        return years

    def one() -> pl.DataFrame:
        return allocate.solve(frame, rules, budget={"growth": "2%"}).areas

    single = "a single solve of the same areas", one
    yield side_by_side(("10 years of 6,310 areas with growth and events", ten), single, target=12)
    planned = "the same with the planned path", lambda: ten().plan()
    yield side_by_side(planned, single, target=75, times=5)

"""Nasty tables: ties, tiny and huge areas, no need, equal floors and caps, pots equal to the floors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

import allocate

RULES: dict[str, Any] = {
    "title": "Limits from the table",
    "need": {"index": "need"},
    "rules": [
        {"name": "least", "floor": "least"},
        {"name": "most", "cap": "most", "where": "most is not null"},
    ],
    "share_out": [{"name": "level up", "level_up": "weighted_population"}],
}

POPULATIONS = st.sampled_from([0.5, 1.0, 100.0, 100.0, 7_213.4, 10_000.0, 1_000_000.0, 60_000_000.0])
NEEDS = st.sampled_from([0.0, 1e-6, 0.25, 1.0, 1.0, 1.0, 1.1, 3.0, 1_000.0])
BASELINES = st.one_of(
    st.sampled_from([0, 1, 99, 100, 100_000, 100_000]), st.integers(0, 10**7), st.integers(10**9, 10**11)
)
EXTRAS = st.one_of(st.sampled_from([0, 0, 1, 1_000]), st.integers(0, 10**8))


@dataclass(frozen=True)
class Case:
    """Areas and a pot, in pence; `most` is None where nothing caps the area."""

    population: tuple[float, ...]
    need: tuple[float, ...]
    baseline: tuple[int, ...]
    least: tuple[int, ...]
    most: tuple[int | None, ...]
    pot: int
    ids: tuple[str, ...]

    @property
    def frame(self) -> pl.DataFrame:
        """The table as a user would give it, money in £."""
        return pl.DataFrame(
            {
                "id": self.ids,
                "population": self.population,
                "need": self.need,
                "baseline": [pence / 100 for pence in self.baseline],
                "least": [pence / 100 for pence in self.least],
                "most": pl.Series([None if p is None else p / 100 for p in self.most], dtype=pl.Float64),
            }
        )

    def solve(self, rules: Any = RULES, **options: Any) -> allocate.Allocation:
        return allocate.solve(self.frame, rules, budget=Decimal(self.pot) / 100, **options)

    def having(self, **changes: Any) -> Case:
        return replace(self, **changes)

    def taking(self, positions: list[int]) -> Case:
        """Only some areas, in the order given; the pot as it is."""
        rows = {
            name: tuple(getattr(self, name)[position] for position in positions)
            for name in ("population", "need", "baseline", "least", "most", "ids")
        }
        return replace(self, **rows)

    @property
    def room(self) -> int | None:
        """The most that can be placed above the floors, or None if there is no limit."""
        room = 0
        for need, least, most in zip(self.need, self.least, self.most, strict=True):
            if need and most is None:
                return None
            room += (most or least) - least if need else 0
        return room


@st.composite
def cases(draw: st.DrawFn, most_areas: int = 8) -> Case:
    """A feasible case: every cap at or above its floor, the pot between the floors and the room there is."""
    size = draw(st.integers(1, most_areas))

    def column(values: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(st.lists(values, min_size=size, max_size=size)))

    need = column(NEEDS)
    if not any(need):
        need = (1.0, *need[1:])
    baseline = column(BASELINES)
    least = tuple(low + extra for low, extra in zip(baseline, column(EXTRAS), strict=True))
    above = column(st.one_of(st.none(), EXTRAS))
    most = tuple(None if more is None else low + more for low, more in zip(least, above, strict=True))
    ids = tuple(f"A{number:02}" for number in range(size))
    case = Case(column(POPULATIONS), need, baseline, least, most, sum(least), ids)
    limit = case.room if case.room is not None else 10**11
    return case.having(pot=case.pot + draw(st.one_of(st.just(0), st.just(limit), st.integers(0, limit))))

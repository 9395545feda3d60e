"""Parts of a run of a million areas against the least that numpy needs for them, and explaining everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import allocate
from allocate.engine import of_frame
from allocate.prepared import prepare
from allocate.solver.pence import Rounding, to_units
from bench.invented import table
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from allocate.solver.arrays import Floats, Positions

AREAS, PRACTICES = 1_000_000, 6_310

NEED = {
    "title": "Need of three parts",
    "need": {
        "blend": [
            {"share": "85%", "of": {"product": [{"index": "age"}, {"index": "deprivation"}]}},
            {"share": "15%", "of": {"index": "avoidable"}},
        ]
    },
}
LIMITS = {
    "title": "Floors and caps",
    "rules": [{"name": "floor", "floor": "baseline * 1.005"}, {"name": "cap", "cap": "baseline * 1.1"}],
}


def compare() -> Iterator[Comparison]:
    """Need, pence, the whole of it, and sentences."""
    frame, sorting = table(AREAS), np.random.default_rng(2022).random(AREAS)
    columns = {name: frame[name].to_numpy() for name in ("population", "age", "deprivation", "avoidable")}
    yield side_by_side(
        ("a need tree of 1,000,000 areas, checked", lambda: _need(frame)),
        ("its arithmetic in numpy, unchecked", lambda: _plain_need(**columns)),
        times=7,
    )
    yield _pence()
    yield side_by_side(
        (
            "1,000,000 areas with need, floors and caps, from table to pence",
            lambda: allocate.solve(frame, [NEED, LIMITS], budget={"growth": "3%"}).amounts,
        ),
        ("`numpy.argsort` of 1,000,000 floats", lambda: np.argsort(sorting)),
        target=10,
        times=7,
    )
    yield _explained()


def small() -> Iterator[Comparison]:
    """What is fast enough for every change."""
    yield _pence()
    yield _explained()


def _need(frame: pl.DataFrame) -> Floats:
    return prepare(*of_frame(frame, NEED)).need.weighted_population


def _plain_need(population: Floats, age: Floats, deprivation: Floats, avoidable: Floats) -> Floats:
    both = population * age * deprivation
    third = population * avoidable
    total = population.sum()
    weighted: Floats = 0.85 * both * (total / both.sum()) + 0.15 * third * (total / third.sum())
    return weighted


def _pence() -> Comparison:
    random = np.random.default_rng(2022)
    amounts = random.lognormal(18, 0.6, AREAS)
    lower, upper = np.floor(amounts).astype(np.int64) - 1, np.ceil(amounts).astype(np.int64) + 1
    pot = int(np.rint(amounts.sum()))
    amounts *= pot / amounts.sum()

    def by_id(tied: Positions) -> Positions:
        return tied

    return side_by_side(
        (
            "1,000,000 amounts to whole pence",
            lambda: to_units(amounts, pot, Rounding(lower, upper, 1, by_id)),
        ),
        ("`numpy.argsort` of their fractions", lambda: np.argsort(amounts % 1)),
        target=2,
        times=7,
    )


def _explained() -> Comparison:
    frame = table(PRACTICES)
    rule = {"name": "places", "by": "place", "of": "growth", "floor": "0.01 * sum(baseline)"}
    books = [NEED, LIMITS, {"title": "Places", "rules": [rule]}]
    ids = frame["id"].to_list()

    def run() -> allocate.Allocation:
        return allocate.solve(frame, books, budget={"growth": "3%"})

    allocation = run()
    return side_by_side(
        ("explaining each of 6,310 areas", lambda: [str(allocation.explain(each)) for each in ids]),
        ("allocating to them", run),
        times=3,
    )

"""A million areas under group rules, nested and overlapping, against one fill without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.money import NO_CAP
from allocate.solver.cells import find_cells
from allocate.solver.fill import fill
from allocate.solver.forest import plant
from allocate.solver.groups import GroupFill
from allocate.solver.nested import NestedFill
from allocate.solver.partition import Partition
from bench.invented import weights_and_floors
from bench.side_by_side import Comparison, peak_memory, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.solver.arrays import Floats, Positions

AREAS = 1_000_000
NEIGHBOURHOODS, NETWORKS, PLACES = 30_000, 1_200, 40

TABLE = f"""
import numpy as np, polars as pl
random = np.random.default_rng(2022)
part = random.integers(0, {NEIGHBOURHOODS}, {AREAS})
frame = pl.DataFrame({{
    "id": [f"A{{number:07}}" for number in range({AREAS})],
    "population": np.rint(random.lognormal(9, 0.6, {AREAS})),
    "baseline": np.rint(random.lognormal(9, 0.6, {AREAS}) * 9_000) / 100,
    "neighbourhood": part, "network": part // 25, "place": part // 750,
}})
"""

WHOLE = f"""
{TABLE}
import allocate
names = ("neighbourhood", "network", "place")
rules = [{{"name": n, "by": n, "of": "growth", "floor": "0.01 * sum(baseline)"}} for n in names]
result = allocate.solve(frame, {{"title": "Nested", "rules": rules}}, budget={{"growth": "3%"}})
"""
"""A table of invented areas, and their allocation from need to pence."""

WRITTEN = f"""
{WHOLE}
from tempfile import TemporaryDirectory
with TemporaryDirectory() as folder:
    result.save(folder)
"""
"""The same with its tables and prices, written to files."""


def compare() -> Iterator[Comparison]:
    """Finding the groups, the room and the levels; limits in pence are known, rounding comes later."""
    random = np.random.default_rng(2022)
    weight, lower = weights_and_floors(random, AREAS)
    endless, pot = np.full(AREAS, np.inf), float(np.rint(lower.sum() * 1.03))
    neighbourhood = random.integers(0, NEIGHBOURHOODS, AREAS)
    network = neighbourhood * NETWORKS // NEIGHBOURHOODS
    place = network * PLACES // NETWORKS
    levels = [(neighbourhood, NEIGHBOURHOODS, 1.2), (network, NETWORKS, 1.1), (place, PLACES, 1.05)]
    nested = [_limits(random, lower, *level) for level in levels]
    across = [
        (place, PLACES, 1.08),
        (random.integers(0, 5, AREAS), 5, 1.05),
        (random.integers(0, 3, AREAS), 3, 1.04),
    ]
    overlapping = [_limits(random, lower, *each) for each in across]

    def fill_nested() -> None:
        forest = plant(AREAS, nested, NO_CAP)
        assert forest is not None
        route = NestedFill(forest)
        assert route.room(lower, endless) is not None
        route.level(None, weight, lower, endless, pot)

    def fill_overlapping() -> None:
        route = GroupFill(find_cells(AREAS, overlapping, NO_CAP, int(pot)))
        assert route.room(lower, endless) is not None
        route.level(None, weight, lower, endless, pot)

    plain = "filling them without rules for groups", lambda: fill(None, weight, lower, endless, pot)
    what = "1,000,000 areas in 3 nested levels with limits at each"
    yield side_by_side((what, fill_nested), plain, target=10, times=5)
    what = "1,000,000 areas under 48 overlapping group rules"
    yield side_by_side((what, fill_overlapping), plain, target=60, times=5)
    memory = (
        f"{peak_memory('-c', WHOLE):,.0f} MB at most, {peak_memory('-c', WRITTEN):,.0f} MB with its files"
    )
    what = f"`allocate.solve` of 1,000,000 areas in 3 nested levels, need to pence, {memory}"
    table = "making their table", process("-c", TABLE)
    yield side_by_side((what, process("-c", WHOLE)), table, target=5, times=3)


def _limits(
    random: np.random.Generator, lower: Floats, codes: Positions, count: int, most: float
) -> Partition:
    """A floor of 2% of growth for a fifth of the groups, a cap for another fifth."""
    totals, dice = np.bincount(codes, lower, count), random.random(count)
    floors = np.where(dice < 0.2, np.rint(totals * 1.02), 0).astype(np.int64)
    caps = np.where(dice > 0.8, np.rint(totals * most).astype(np.int64), NO_CAP)
    return Partition(codes, floors, caps)

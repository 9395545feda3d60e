"""Levelling up 6,310 areas under 11 overlapping group rules, against a programme with a variable an area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pulp

from allocate.money import NO_CAP
from allocate.solver.cells import find_cells
from allocate.solver.groups import GroupFill
from allocate.solver.partition import Partition
from bench.invented import weights_and_floors
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.solver.arrays import Floats, Positions

AREAS = 6_310


def compare() -> Iterator[Comparison]:
    """The whole leximin allocation, against only its first step: the highest level all can reach."""
    random = np.random.default_rng(2022)
    weight, lower = weights_and_floors(random, AREAS)
    pot = float(np.rint(lower.sum() * 1.02))
    rules = [
        _floors(lower, random.integers(0, 7, AREAS), random.uniform(1.010, 1.024, 7)),  # regions
        _floors(lower, random.integers(-1, 1, AREAS), np.array([1.023])),  # half of all, such as the deprived
        _floors(lower, random.integers(0, 3, AREAS), random.uniform(1.010, 1.022, 3)),  # kinds of contract
    ]
    groups, endless = GroupFill(find_cells(AREAS, rules, NO_CAP, int(pot))), np.full(AREAS, np.inf)
    yield side_by_side(
        (
            "levelling up 6,310 areas under 11 overlapping group rules",
            lambda: groups.level(None, weight, lower, endless, pot),
        ),
        (
            "one max-min programme in PuLP with HiGHS, a variable an area",
            lambda: _plain_programme(weight, lower, rules, pot),
        ),
        target=0.1,
        times=5,
    )


def _floors(lower: Floats, codes: Positions, growth: Floats) -> Partition:
    totals = np.bincount(codes[codes >= 0], lower[codes >= 0])
    return Partition(codes, np.rint(totals * growth).astype(np.int64), np.full(totals.size, NO_CAP))


def _plain_programme(weight: Floats, lower: Floats, rules: list[Partition], pot: float) -> None:
    problem = pulp.LpProblem("areas", pulp.LpMinimize)
    money = [problem.add_variable(f"area_{i}", low / pot, None) for i, low in enumerate(lower.tolist())]
    level = problem.add_variable("level", 0)
    problem.setObjective(-1 * level)
    for i, each in enumerate(money):
        problem.addConstraint(each - float(weight[i] / weight.max()) * level >= 0, f"reaches_{i}")
    for number, (codes, floors, _) in enumerate(rules):
        for group, floor in enumerate(floors.tolist()):
            total = pulp.lpSum([1 * money[i] for i in np.flatnonzero(codes == group)])
            problem.addConstraint(total >= floor / pot, f"floor_{number}_{group}")
    problem.addConstraint(pulp.lpSum([1 * each for each in money]) == 1, "pot")
    problem.solve(pulp.HiGHS(msg=False, threads=1))

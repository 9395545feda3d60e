"""Least shortfall: money goes where a pound closes most, ties level up."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR
from oracle import Problem, least_shortfall, leximin, rows_of

import allocate
from allocate.errors import ExpressionError
from allocate.money import NO_CAP
from allocate.solver.cells import find_cells
from allocate.solver.groups import GroupFill
from allocate.solver.partition import Partition
from allocate.solver.route import ClosedForm
from allocate.solver.shortfall import wish

AREAS = FOUR.with_columns(urgent=pl.Series([1, 3, 2, 0]))


def amounts(budget: Any, *rules: dict[str, Any], priority: str = "urgent") -> list[float]:
    book = {
        "title": "Shortfall",
        "rules": list(rules),
        "share_out": [{"name": "close", "least_shortfall": priority}],
    }
    return [float(each) for each in allocate.solve(AREAS, book, budget=budget).areas["allocation"]]


def test_the_highest_priority_is_closed_first() -> None:
    # Fair shares are £1,075. B, with priority 3, gets its £75, A what is left; C and D are above theirs.
    assert amounts(4_300) == [925, 1_075, 1_100, 1_200]


def test_equal_priorities_level_up() -> None:
    assert amounts(4_300, priority="1") == [1_000, 1_000, 1_100, 1_200]


def test_what_is_left_when_every_shortfall_is_closed_levels_up() -> None:
    # At £5,200 fair shares are £1,300, at £4,400 £1,100: only A has a priority, and £0 is left after it.
    assert amounts(5_200) == [1_300, 1_300, 1_300, 1_300]
    assert amounts(4_400, priority="case when id = 'A' then 1 else 0 end") == [1_100, 1_000, 1_100, 1_200]


def test_a_cap_on_a_group_sends_the_money_to_the_next_priority() -> None:
    cap = {"name": "slowly", "across": "id in ('B', 'D')", "of": "growth", "cap": "30"}
    assert amounts(4_300, cap) == [970, 1_030, 1_100, 1_200]


def test_a_floor_of_a_group_is_met_where_it_closes_most() -> None:
    floor = {"name": "south", "by": "place", "of": "growth", "floor": "20"}
    # Fair shares are £1,100. C has reached its own and still gets the £20 of the south; B closes before A.
    assert amounts(4_400, floor) == [980, 1_100, 1_120, 1_200]


def test_it_starts_where_the_last_tranche_ended() -> None:
    book = {
        "title": "Two",
        "share_out": [
            {"name": "all", "amount": "50%", "pro_rata": "population"},
            {"name": "close", "least_shortfall": "urgent"},
        ],
    }
    result = allocate.solve(AREAS, book, budget=4_300)
    # £12.50 each; fair shares are £1,075: B gets £62.50 for the £50 left, all of them.
    assert [float(each) for each in result.areas["gain"]] == [12.5, 62.5, 12.5, 12.5]
    assert "'close' shares £50 to close shortfalls, by urgent" in str(result.explain("B"))


def test_a_negative_priority_is_refused() -> None:
    with pytest.raises(ExpressionError, match="'urgent - 2' is negative for A"):
        amounts(4_300, priority="urgent - 2")


def random_case(seed: int) -> tuple[Problem, list[Partition], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 12))
    weight = rng.lognormal(0, 1, size) * 100
    lower = np.rint(weight * rng.uniform(30, 200, size))
    upper = np.where(rng.random(size) < 0.3, lower + np.rint(rng.exponential(8_000, size)), np.inf)
    pot = float(np.rint(lower.sum() * rng.uniform(1.02, 1.8)))
    priority = rng.choice([0.0, 1.0, 1.0, 2.0, 3.5], size)
    rules = []
    for _ in range(int(rng.integers(0, 3))):
        codes = rng.integers(-1, 3, size)
        base = np.bincount(codes + 1, lower, 4)[1:]
        low = np.where(rng.random(3) < 0.4, np.rint(base * rng.uniform(1, 1.2, 3)), 0).astype(np.int64)
        high = np.rint(np.maximum(base * rng.uniform(1, 2, 3), low)).astype(np.int64)
        rules.append(Partition(codes, low, np.where(rng.random(3) < 0.4, high, NO_CAP)))
    problem = Problem(weight, lower, upper, rows_of(rules), pot)
    return problem, rules, priority, pot * weight / weight.sum()


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_least_shortfall_and_among_those_the_leximin(seed: int) -> None:
    problem, rules, priority, goal = random_case(seed)
    weight, lower, upper, _, pot = problem
    route: Any = GroupFill(find_cells(weight.size, rules, NO_CAP, int(pot))) if rules else ClosedForm()
    room = route.room(lower, upper)
    if room is None or not room.least <= pot <= room.most:
        return
    narrower, face = route.least_shortfall(wish(priority, goal, lower, upper), lower, upper, pot)
    reached = narrower.level(None, weight, face.lower, face.upper, pot).amounts
    least = least_shortfall(problem, priority, goal)
    assert priority @ np.maximum(goal - reached, 0) == pytest.approx(least, abs=1)  # a penny
    assert np.abs(reached - leximin(problem, (priority, goal, least))).max() < 1

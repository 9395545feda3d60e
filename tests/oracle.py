"""An oracle: leximin by linear programmes with one variable an area, slow and plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pulp

from allocate.money import NO_CAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats
    from allocate.solver.partition import Partition, Ratio


class Row(NamedTuple):
    """Limits on a weighted sum of what areas get."""

    coefficients: Floats
    low: float
    high: float


class Problem(NamedTuple):
    """Areas, their limits and rules, and the pot."""

    weight: Floats
    lower: Floats
    upper: Floats
    rows: list[Row]
    pot: float


def rows_of(rules: Sequence[Partition], ratios: Sequence[Ratio] = ()) -> list[Row]:
    """The rows of some group rules."""
    found = [
        Row(
            (codes == group) * 1.0, float(low[group]), np.inf if high[group] == NO_CAP else float(high[group])
        )
        for codes, low, high in rules
        for group in range(low.size)
    ]
    return found + [Row(each.coefficients, each.lower, each.upper) for each in ratios]


def _limit(pence: int) -> float:
    return np.inf if pence == NO_CAP else float(pence)


def leximin(given: Problem, keep: tuple[Floats, Floats, float] | None = None) -> Floats:
    """The highest level all can reach, then again with those that stopped it fixed.

    Args:
        given: areas, rules and pot.
        keep: priorities, goals and the least weighted shortfall, which must stay what it is.
    """
    weight, lower, _, _, pot = given
    fixed = {int(area): lower[area] / pot for area in np.flatnonzero(weight == 0)}
    while len(fixed) < weight.size:
        problem, money = _problem(given)
        if keep is not None:
            priority, goal, least = keep
            _shortfall(problem, money, priority, goal, pot, at_most=least)
        level = problem.add_variable("level", 0)
        problem.setObjective(-1 * level)
        for area, each in enumerate(money):
            if area in fixed:
                problem.addConstraint(1 * each >= fixed[area] - 1e-12, f"fixed{area}")
                problem.addConstraint(1 * each <= fixed[area] + 1e-12, f"fixed_{area}")
            else:
                problem.addConstraint(each - weight[area] / weight.max() * level >= 0, f"reaches{area}")
        _solve(problem)
        free = [area for area in range(weight.size) if area not in fixed]
        stopped = [i for i in free if abs(problem.get_constraint_by_name(f"reaches{i}").pi) > 1e-9]
        fixed |= {i: weight[i] / weight.max() * level.value() for i in stopped}
    return np.array([fixed[area] for area in range(weight.size)]) * pot


def least_shortfall(given: Problem, priority: Floats, goal: Floats) -> float:
    """The least that the weighted shortfalls can add up to."""
    problem, money = _problem(given)
    problem.setObjective(_shortfall(problem, money, priority, goal, given.pot))
    _solve(problem)
    return float(pulp.value(problem.objective)) * given.pot


def _problem(given: Problem) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    problem = pulp.LpProblem("oracle", pulp.LpMinimize)
    money = [
        problem.add_variable(f"x{i}", low / given.pot, None if np.isinf(high) else high / given.pot)
        for i, (low, high) in enumerate(zip(given.lower, given.upper, strict=True))
    ]
    for number, (coefficients, low, high) in enumerate(given.rows):
        pairs = zip(coefficients.tolist(), money, strict=True)
        total = pulp.lpSum([coefficient * each for coefficient, each in pairs if coefficient])
        if np.isfinite(low):
            problem.addConstraint(total >= low / given.pot, f"low{number}")
        if np.isfinite(high):
            problem.addConstraint(total <= high / given.pot, f"high{number}")
    problem.addConstraint(pulp.lpSum([1 * each for each in money]) == 1, "pot")
    return problem, money


def _shortfall(
    problem: pulp.LpProblem,
    money: list[pulp.LpVariable],
    priority: Floats,
    goal: Floats,
    pot: float,
    at_most: float | None = None,
) -> pulp.LpAffineExpression:
    short = [problem.add_variable(f"short{i}", 0) for i in range(len(money))]
    for i, (each, missing) in enumerate(zip(money, short, strict=True)):
        problem.addConstraint(each + missing >= float(goal[i]) / pot, f"goal{i}")
    total = pulp.lpSum([float(p) * each for p, each in zip(priority, short, strict=True)])
    if at_most is not None:
        problem.addConstraint(total <= at_most / pot + 1e-11, "shortfall")
    return total


def _solve(problem: pulp.LpProblem) -> None:
    solver = pulp.HiGHS(
        msg=False, threads=1, primal_feasibility_tolerance=1e-10, dual_feasibility_tolerance=1e-10
    )
    outcome = problem.solve(solver)
    assert getattr(outcome, "status", outcome) == 1

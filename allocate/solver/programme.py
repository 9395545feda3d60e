"""The linear programmes of group rules: one variable a cell.

Amounts are scaled to parts of the largest figure of the programme, so that the solver's tolerances mean the
same for a parish and for England. Of England's billions such a tolerance is pounds: where a solution leans on
it, what is missing is solved for once more, on a scale of its own (iterative refinement; Gleixner, Steffy and
Wolter, 2016, doi:10.1287/ijoc.2016.0692).
"""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.solver.highs import FEASIBLE, price_of, solve_to_optimal, summed, weighted_sum
from allocate.solver.reasons import Prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.solver.arrays import Floats, Mask

REACHED = 1e-13
"""What is off by less than this part of the pot is float noise: a tenth of a penny of £10 billion."""

FINER = REACHED / FEASIBLE
"""The scale on which what is missing is solved for, as a part of the first: HiGHS is then off by noise."""

CLOSE = 1e-3
"""Sums of cells that miss whole pence by less than this have not been bent to fit."""

SOLVER_NOISE = 0.01
"""A sum found by linear programming is that of whole pence if it is this near to one."""


class NoRoom(Exception):
    """The limits of cells and rows do not allow the pot."""


class Solved(NamedTuple):
    """An optimal solution: its value, the total of each cell, and what limits are worth."""

    value: float
    totals: Floats
    prices: Floats
    """The dual price of each cell's need."""
    reason: Prices
    """The dual prices of rows and pot, as `reasons.Prices` has them."""


class Programme:
    """Totals of cells within their own limits and those of the groups.

    Args:
        lower: the least each cell may get.
        upper: the most, or infinity.
        members: one row a limit, one column a cell: what a penny of the cell adds to what is limited, which
            is 1 for the cells of a group.
        group_lower: the least of each row, or minus infinity.
        group_upper: the most, or infinity.
    """

    def __init__(
        self, lower: Floats, upper: Floats, members: Floats, group_lower: Floats, group_upper: Floats
    ) -> None:
        self.lower, self.upper, self.members = lower, upper, members
        self.group_lower, self.group_upper = group_lower, group_upper
        figures = np.concatenate([lower, upper, group_lower, group_upper])
        self.scale = float(np.abs(figures[np.isfinite(figures)]).max(initial=1.0))
        self.start = np.zeros_like(lower)
        """What the solver measures totals from."""

    def least(self) -> Solved | None:
        """The totals that add up to least; None if the limits cannot all hold."""
        solved = self.closely(Programme._least, lambda _: 0.0)
        return None if solved is None else solved._replace(value=float(solved.totals.sum()))

    def _least(self) -> Solved | None:
        problem, totals = self.problem()
        problem.setObjective(summed(totals))
        return self.solved(problem, totals)

    def most(self, pot: float) -> Solved | None:
        """The totals that add up to most, but to no more than a pot; None if the limits cannot all hold."""
        solved = self.closely(lambda each: each._most(pot), lambda found: float(found.totals.sum()) - pot)
        return None if solved is None else solved._replace(value=-float(solved.totals.sum()))

    def _most(self, pot: float) -> Solved | None:
        problem, totals = self.problem()
        everything = summed(totals)
        problem.addConstraint(everything <= self.from_start(pot), "pot")
        problem.setObjective(-1 * everything)
        return self.solved(problem, totals)

    def shortfall(self, needed: Floats, rising: Mask, pot: float) -> Solved:
        """The least s such that every rising cell gets what it needs but for s, and all get the pot.

        Raises:
            NoRoom: the rules do not allow this pot.
        """

        def missed(found: Solved) -> float:
            short = (needed - found.totals)[rising].max(initial=0.0) - found.value
            return max(float(short), abs(float(found.totals.sum()) - pot))

        solved = self.closely(lambda each: each._shortfall(needed, rising, pot), missed)
        if solved is None:
            raise NoRoom
        return solved

    def _shortfall(self, needed: Floats, rising: Mask, pot: float) -> Solved | None:
        problem, totals = self.problem()
        short = problem.add_variable("short", 0)
        problem.setObjective(summed([short]))
        needs = (needed - self.start) / self.scale
        for cell in np.flatnonzero(rising):
            problem.addConstraint(totals[cell] + short >= float(needs[cell]), f"need_{cell}")
        problem.addConstraint(summed(totals) == self.from_start(pot), "pot")
        return self.solved(problem, totals)

    def closely(
        self, solve: Callable[[Programme], Solved | None], missed: Callable[[Solved], float]
    ) -> Solved | None:
        """Solve, and if the solution leans on the tolerance of HiGHS, solve for what is missing.

        Args:
            solve: what to solve.
            missed: by how much a solution misses what is no limit of a cell or a row, in pence.
        """
        found = solve(self)
        if found is None or max(missed(found), self._missed(found.totals)) <= REACHED * self.scale:
            return found
        finer = copy(self)
        finer.start, finer.scale = found.totals, FINER * self.scale
        return solve(finer) or found  # if it does not fit to the penny, rounding to whole pence will tell

    def holds(self, totals: Floats) -> bool:
        """Whether some totals meet the limits of every cell and every row."""
        return self._missed(totals) <= 0

    def nearly_holds(self, totals: Floats) -> bool:
        """The same, where limits of rows are no whole pence."""
        return self._missed(totals) <= CLOSE

    def _missed(self, totals: Floats) -> float:
        """By how much some totals miss a limit of a cell or a row."""
        sums = self.members @ totals
        over = [totals - self.upper, self.lower - totals, sums - self.group_upper, self.group_lower - sums]
        return max(float(each.max(initial=0.0)) for each in over)

    def from_start(self, pot: float) -> float:
        """A pot as the solver has it."""
        return (pot - float(self.start.sum())) / self.scale

    def rows(self) -> list[tuple[int, str]]:
        """The limits of rows, each by its row and whether it is a floor or a cap."""
        floors = [(int(row), "floor") for row in np.flatnonzero(np.isfinite(self.group_lower))]
        return floors + [(int(row), "cap") for row in np.flatnonzero(np.isfinite(self.group_upper))]

    def only(self, rows: set[tuple[int, str]]) -> Programme:
        """The same programme with some limits of groups and not the others."""
        lower, upper = np.full_like(self.group_lower, -math.inf), np.full_like(self.group_upper, math.inf)
        for row, kind in rows:
            if kind == "floor":
                lower[row] = self.group_lower[row]
            else:
                upper[row] = self.group_upper[row]
        fewer = Programme(self.lower, self.upper, self.members, lower, upper)
        fewer.scale = self.scale
        return fewer

    def problem(self) -> tuple[Any, list[Any]]:
        """A problem with all limits and nothing to aim for yet, and the totals of its cells, scaled."""
        import pulp

        problem = pulp.LpProblem("cells", pulp.LpMinimize)
        lower, upper = ((limit - self.start) / self.scale for limit in (self.lower, self.upper))
        totals = [
            problem.add_variable(f"cell_{cell}", low, high if math.isfinite(high) else None)
            for cell, (low, high) in enumerate(zip(lower.tolist(), upper.tolist(), strict=True))
        ]
        self.limit_rows(problem, self.members, totals, self.members @ self.start)
        return problem, totals

    def limit_rows(self, problem: Any, members: Floats, variables: list[Any], base: Floats) -> None:
        """Add the limits of the rows, where each has `base` without the variables."""
        for row, (low, high) in enumerate(zip(self.group_lower, self.group_upper, strict=True)):
            total = weighted_sum(members[row], variables)
            if math.isfinite(low):
                problem.addConstraint(total >= float(low - base[row]) / self.scale, f"floor_{row}")
            if math.isfinite(high):
                problem.addConstraint(total <= float(high - base[row]) / self.scale, f"cap_{row}")

    def solved(self, problem: Any, totals: list[Any]) -> Solved | None:
        """Solve a problem; None if its limits cannot all hold."""
        import pulp

        if not solve_to_optimal(problem):
            return None
        prices = np.array([price_of(problem, f"need_{cell}") for cell in range(len(totals))])
        value = float(pulp.value(problem.objective)) * self.scale
        found = self.start + np.array([float(each.value()) for each in totals]) * self.scale
        return Solved(value, found, prices, self.reason(problem))

    def reason(self, problem: Any) -> Prices:
        """What a penny more of the limits of rows and of the pot is worth, above nought where it helps."""
        rows = {
            row: -(price_of(problem, f"floor_{row}") + price_of(problem, f"cap_{row}"))
            for row in np.flatnonzero(np.isfinite(self.group_lower) | np.isfinite(self.group_upper)).tolist()
        }
        return Prices({row: price for row, price in rows.items() if price}, -price_of(problem, "pot"))

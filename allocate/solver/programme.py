"""The linear programmes of group rules, in PuLP with HiGHS: one variable a cell.

Amounts are scaled to parts of the largest figure of the programme, so that the solver's tolerances mean the
same for a parish and for England. HiGHS runs on one thread, and values are read only from optimal solutions,
so the same programme always gives the same answer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.solver.clock import check_time, seconds_left, stopped
from allocate.solver.reasons import Prices

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask, Pence
    from allocate.solver.shortfall import Segments

FEASIBLE = 1e-9
"""How far HiGHS may be from a limit, as a part of the largest figure."""


WHOLE = 1e-6
"""How far a number found by linear programming may be from a whole one that it is."""

FURTHEST = 3
"""How many units a total may be from where it was rounded down to."""

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


class Gains(NamedTuple):
    """What a pound is worth above its cost in each segment, and the price of each row's floor and cap."""

    of_segments: Floats
    floors: Floats
    caps: Floats
    prices: Prices


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
        finite = [each[np.isfinite(each)] for each in (lower, upper, group_lower, group_upper)]
        self.scale = max((float(np.abs(each).max()) for each in finite if each.size), default=1.0) or 1.0

    def least(self) -> Solved | None:
        """The totals that add up to least; None if the limits cannot all hold."""
        problem, totals = self._problem()
        problem.setObjective(_sum(np.ones(len(totals)), totals))
        return self._solved(problem, totals)

    def most(self, pot: float) -> Solved | None:
        """The totals that add up to most, but to no more than a pot; None if the limits cannot all hold."""
        problem, totals = self._problem()
        everything = _sum(np.ones(len(totals)), totals)
        problem.addConstraint(everything <= pot / self.scale, "pot")
        problem.setObjective(-1 * everything)
        return self._solved(problem, totals)

    def shortfall(self, needed: Floats, rising: Mask, pot: float) -> Solved:
        """The least s such that every rising cell gets what it needs but for s, and all get the pot.

        Raises:
            NoRoom: the rules do not allow this pot.
        """
        problem, totals = self._problem()
        short = problem.add_variable("short", 0)
        problem.setObjective(1 * short)
        for cell in np.flatnonzero(rising):
            problem.addConstraint(totals[cell] + short >= float(needed[cell]) / self.scale, f"need_{cell}")
        problem.addConstraint(_sum(np.ones(len(totals)), totals) == pot / self.scale, "pot")
        solved = self._solved(problem, totals)
        if solved is None:
            raise NoRoom
        return solved

    def gains(self, split: Segments, pot: float) -> Gains:
        """Give segments of cells the most worth, and say what a pound in each is worth above what it costs.

        Args:
            split: parts of the cells above their least.
            pot: what all get.

        Raises:
            NoRoom: the rules do not allow this pot.
        """
        import pulp

        problem = pulp.LpProblem("segments", pulp.LpMinimize)
        room = np.where(np.isinf(split.room), pot, split.room) / self.scale
        parts = [problem.add_variable(f"part_{at}", 0, most) for at, most in enumerate(room.tolist())]
        members = self.members[:, split.cell]
        base = self.members @ self.lower
        self._limit_rows(problem, members, parts, base)
        problem.addConstraint(
            _sum(np.ones(len(parts)), parts) == (pot - self.lower.sum()) / self.scale, "pot"
        )
        problem.setObjective(_sum(-split.worth, parts))
        if not solve_to_optimal(problem):
            raise NoRoom
        floors, caps = (
            np.array([_price(problem, f"{kind}_{row}") for row in range(len(members))])
            for kind in ("floor", "cap")
        )
        worth = split.worth + (floors + caps) @ members + _price(problem, "pot")
        return Gains(worth, floors, caps, self._reason(problem))

    def contradiction(self, pot: float, *, leave: bool) -> Prices | None:
        """The prices that say why the limits do not allow a pot: those of breaking them by the least.

        Args:
            pot: what all are to get, or no more than if some of it may be left (`leave`).
            leave: whether it may.
        """
        import pulp

        problem = pulp.LpProblem("contradiction", pulp.LpMinimize)
        totals = [
            problem.add_variable(f"cell_{cell}", low / self.scale, min(high, pot) / self.scale)
            for cell, (low, high) in enumerate(zip(self.lower.tolist(), self.upper.tolist(), strict=True))
        ]
        broken = []
        for row, kind in self._rows():
            limit = float((self.group_lower if kind == "floor" else self.group_upper)[row]) / self.scale
            broken.append(problem.add_variable(f"broken_{kind}_{row}", 0))
            total = _sum(self.members[row], totals)
            bent = total + broken[-1] >= limit if kind == "floor" else total - broken[-1] <= limit
            problem.addConstraint(bent, f"{kind}_{row}")
        broken += [problem.add_variable(name, 0) for name in ("over", *([] if leave else ["short"]))]
        given = _sum(np.ones(len(totals)), totals) - broken[-1 if leave else -2]
        given = given if leave else given + broken[-1]
        problem.addConstraint(given <= pot / self.scale if leave else given == pot / self.scale, "pot")
        problem.setObjective(_sum(np.ones(len(broken)), broken))
        return self._reason(problem) if solve_to_optimal(problem) else None

    def least_change(self, row: int, kind: str, pot: float) -> float | None:
        """By how much one limit of one group has to give for all to hold; None if it alone cannot."""
        others = self.only({each for each in self._rows() if each != (row, kind)})
        problem, totals = others._problem()
        given = problem.add_variable("given", 0)
        total = _sum(self.members[row], totals)
        if kind == "floor":
            problem.addConstraint(total + given >= float(self.group_lower[row]) / self.scale, "given_floor")
        else:
            problem.addConstraint(total - given <= float(self.group_upper[row]) / self.scale, "given_cap")
        problem.addConstraint(_sum(np.ones(len(totals)), totals) <= pot / self.scale, "pot")
        problem.setObjective(1 * given)
        solved = self._solved(problem, totals)
        return None if solved is None else solved.value

    def _rows(self) -> list[tuple[int, str]]:
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

    def nearest_whole(self, totals: Floats, pot: int, unit: int) -> tuple[Pence, Prices] | None:
        """The whole units nearest to some totals within all limits, and why; None if there are none.

        What a move costs is measured at whole units and is straight between them, so that the cheapest moves
        are most often whole without asking for that, and found faster.
        """
        units = totals / unit
        whole = np.floor(units + FEASIBLE)
        fractions = np.maximum(units - whole, 0.0)
        largest = _largest_remainders(fractions, pot // unit - int(whole.sum()))
        if largest is not None and self._holds((whole + largest.up) * unit):
            return ((whole + largest.up) * unit).astype(np.int64), Prices({}, largest.price)
        moves = self._moves(whole, fractions, pot, unit, whole_numbers=False)
        if moves is None:
            return None
        moved, prices = moves
        if (np.abs(moved - np.rint(moved)) > WHOLE).any():
            moves = self._moves(whole, fractions, pot, unit, whole_numbers=True)
            if moves is None:
                return None
            moved = moves.moved
        rounded: Pence = (whole + np.rint(moved)).astype(np.int64) * unit
        return rounded, prices

    def _holds(self, totals: Floats) -> bool:
        """Whether some totals meet the limits of every cell and every row."""
        sums = self.members @ totals
        return bool(
            (totals >= self.lower).all()
            and (totals <= self.upper).all()
            and (sums >= self.group_lower).all()
            and (sums <= self.group_upper).all()
        )

    def _moves(
        self, whole: Floats, fractions: Floats, pot: int, unit: int, *, whole_numbers: bool
    ) -> _Moves | None:
        """How many units each total, rounded down, is best moved; None if the rules allow no such moves."""
        import pulp

        problem = pulp.LpProblem("whole_units", pulp.LpMinimize)
        kind = pulp.LpInteger if whole_numbers else pulp.LpContinuous
        room = np.clip(np.floor(self.upper / unit - whole + FEASIBLE), 0, FURTHEST)
        fall = np.clip(np.floor(whole - self.lower / unit + FEASIBLE), 0, FURTHEST)
        up = [
            problem.add_variable(f"up_{at}", 0, min(most, 1), kind) for at, most in enumerate(room.tolist())
        ]
        more = [
            problem.add_variable(f"more_{at}", 0, max(most - 1, 0), kind)
            for at, most in enumerate(room.tolist())
        ]
        down = [problem.add_variable(f"down_{at}", 0, most, kind) for at, most in enumerate(fall.tolist())]
        moves = [one + further - less for one, further, less in zip(up, more, down, strict=True)]
        self._whole_rows(problem, moves, whole, unit)
        problem.addConstraint(pulp.lpSum(moves) == float(pot // unit - whole.sum()), "pot")
        problem.setObjective(_sum(1 - 2 * fractions, up) + pulp.lpSum([1 * each for each in (*more, *down)]))
        if not solve_to_optimal(problem):
            return None
        moved = np.array([float(each.value()) for each in moves])
        if whole_numbers:
            return _Moves(moved, Prices({}, 0.0))
        rows, pot_price = self._reason(problem)
        return _Moves(moved, Prices({row: -price for row, price in rows.items()}, -pot_price))

    def _whole_rows(self, problem: Any, moves: list[Any], whole: Floats, unit: int) -> None:
        """Add the limits of the rows, in units, on totals that are moved."""
        for row, base in enumerate(self.members @ whole):
            total = _sum(self.members[row], moves)
            if math.isfinite(self.group_lower[row]):
                problem.addConstraint(total >= float(self.group_lower[row] / unit - base), f"floor_{row}")
            if math.isfinite(self.group_upper[row]):
                problem.addConstraint(total <= float(self.group_upper[row] / unit - base), f"cap_{row}")

    def _problem(self) -> tuple[Any, list[Any]]:
        import pulp

        problem = pulp.LpProblem("cells", pulp.LpMinimize)
        totals = [
            problem.add_variable(
                f"cell_{cell}", low / self.scale, high / self.scale if math.isfinite(high) else None
            )
            for cell, (low, high) in enumerate(zip(self.lower.tolist(), self.upper.tolist(), strict=True))
        ]
        self._limit_rows(problem, self.members, totals, np.zeros(len(self.members)))
        return problem, totals

    def _limit_rows(self, problem: Any, members: Floats, variables: list[Any], base: Floats) -> None:
        """Add the limits of the rows, where each has `base` without the variables."""
        for row, (low, high) in enumerate(zip(self.group_lower, self.group_upper, strict=True)):
            total = _sum(members[row], variables)
            if math.isfinite(low):
                problem.addConstraint(total >= float(low - base[row]) / self.scale, f"floor_{row}")
            if math.isfinite(high):
                problem.addConstraint(total <= float(high - base[row]) / self.scale, f"cap_{row}")

    def _solved(self, problem: Any, totals: list[Any]) -> Solved | None:
        import pulp

        if not solve_to_optimal(problem):
            return None
        prices = np.array([_price(problem, f"need_{cell}") for cell in range(len(totals))])
        value = float(pulp.value(problem.objective)) * self.scale
        found = np.array([float(each.value()) for each in totals]) * self.scale
        return Solved(value, found, prices, self._reason(problem))

    def _reason(self, problem: Any) -> Prices:
        """What a penny more of the limits of rows and of the pot is worth, above nought where it helps."""
        rows = {
            row: -(_price(problem, f"floor_{row}") + _price(problem, f"cap_{row}"))
            for row in np.flatnonzero(np.isfinite(self.group_lower) | np.isfinite(self.group_upper)).tolist()
        }
        return Prices({row: price for row, price in rows.items() if price}, -_price(problem, "pot"))


class _Moves(NamedTuple):
    """By how many units totals are moved, and what says that this is best."""

    moved: Floats
    prices: Prices


class _Largest(NamedTuple):
    """Which totals go up by one unit, and what one more going up would cost."""

    up: Floats
    price: float


def _largest_remainders(fractions: Floats, extra: int) -> _Largest | None:
    """Which totals go up by one unit, if nothing but the pot has to be met; None if that is a tie."""
    if not 0 <= extra <= fractions.size:
        return None
    falling = np.append(-np.sort(-fractions), 0.0)
    if extra and falling[extra - 1] - falling[extra] <= WHOLE:
        return None
    if not extra:
        return _Largest(np.zeros_like(fractions), 1 - 2 * float(falling[0]))
    up = (fractions > falling[extra] + WHOLE / 2).astype(np.float64)
    return _Largest(up, 1 - float(falling[extra - 1] + falling[extra]))


def _sum(coefficients: Floats, variables: list[Any]) -> Any:
    import pulp

    check_time()
    pairs = zip(variables, coefficients.tolist(), strict=True)
    return pulp.lpSum([variable if each == 1 else each * variable for variable, each in pairs if each])


def _price(problem: Any, name: str) -> float:
    """The dual price of a constraint; nought if there is none of that name."""
    constraint = problem.get_constraint_by_name(name)
    return 0.0 if constraint is None else float(constraint.pi)


def solve_to_optimal(problem: Any) -> bool:
    """Solve a programme with HiGHS on one thread; say whether an optimal solution was found.

    HiGHS itself is asked, for PuLP 3.3 calls what HiGHS had when its time was up optimal.
    """
    import highspy
    import pulp

    check_time()
    problem.solve(
        pulp.HiGHS(
            msg=False,
            timeLimit=seconds_left(),
            presolve="off",
            threads=1,
            primal_feasibility_tolerance=FEASIBLE,
            dual_feasibility_tolerance=FEASIBLE,
            mip_feasibility_tolerance=FEASIBLE,
        )
    )
    outcome = problem.solverModel.getModelStatus()
    if outcome == highspy.HighsModelStatus.kTimeLimit:
        stopped()  # a programme that was stopped is not one that cannot be solved
    return bool(outcome == highspy.HighsModelStatus.kOptimal)

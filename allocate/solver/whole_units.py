"""Totals of cells rounded to the nearest whole units that every rule allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.solver.highs import FEASIBLE, solve_to_optimal, summed, weighted_sum
from allocate.solver.reasons import Prices

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence
    from allocate.solver.programme import Programme

WHOLE = 1e-6
"""How far a number found by linear programming may be from a whole one that it is."""

FURTHEST = 3
"""How many units a total may be from where it was rounded down to."""


class _Moves(NamedTuple):
    """By how many units totals are moved, and what says that this is best."""

    moved: Floats
    prices: Prices


class _Largest(NamedTuple):
    """Which totals go up by one unit, and what one more going up would cost."""

    up: Floats
    price: float


def nearest_whole(limits: Programme, totals: Floats, pot: int, unit: int) -> tuple[Pence, Prices] | None:
    """The whole units nearest to some totals within all limits, and why; None if there are none.

    What a move costs is measured at whole units and is straight between them, so that the cheapest moves
    are most often whole without asking for that, and found faster.
    """
    units = totals / unit
    whole = np.floor(units + FEASIBLE)
    fractions = np.maximum(units - whole, 0.0)
    largest = _largest_remainders(fractions, pot // unit - int(whole.sum()))
    if largest is not None and limits.holds((whole + largest.up) * unit):
        return ((whole + largest.up) * unit).astype(np.int64), Prices({}, largest.price)
    straight = _moves(limits, whole, fractions, pot, unit)
    if straight is None:
        return None
    moved = np.rint(straight.moved)
    if (np.abs(straight.moved - moved) > WHOLE).any() or not limits.nearly_holds((whole + moved) * unit):
        found = _whole_moves(limits, whole, fractions, pot, unit)
        if found is None:
            return None
        moved = found
    rounded: Pence = (whole + moved).astype(np.int64) * unit
    return rounded, straight.prices


def _whole_moves(limits: Programme, whole: Floats, fractions: Floats, pot: int, unit: int) -> Floats | None:
    """The best whole moves; None if there are none.

    HiGHS 1.15.1 calls some moves best that are not if it must keep whole numbers to 1e-9; so only what is not
    whole enough otherwise is asked for so strictly.
    """
    for tolerance in (WHOLE, FEASIBLE):
        moves = _moves(limits, whole, fractions, pot, unit, tolerance)
        if moves is not None and limits.nearly_holds((whole + np.rint(moves.moved)) * unit):
            return np.rint(moves.moved)
    return None


def _moves(
    limits: Programme,
    whole: Floats,
    fractions: Floats,
    pot: int,
    unit: int,
    tolerance: float | None = None,
) -> _Moves | None:
    """How many units each total, rounded down, is best moved; None if the rules allow no such moves.

    Args:
        limits: those of cells and rows.
        whole: the totals, rounded down, in units.
        fractions: what that took away.
        pot: in pence.
        unit: in pence.
        tolerance: how far from whole the moves may be; None if they need not be whole.
    """
    import pulp

    problem = pulp.LpProblem("whole_units", pulp.LpMinimize)
    kind = pulp.LpContinuous if tolerance is None else pulp.LpInteger
    room = np.clip(np.floor(limits.upper / unit) - whole, 0, FURTHEST)
    fall = np.clip(whole - np.ceil(limits.lower / unit), 0, FURTHEST)
    up = [problem.add_variable(f"up_{at}", 0, min(most, 1), kind) for at, most in enumerate(room.tolist())]
    more = [
        problem.add_variable(f"more_{at}", 0, max(most - 1, 0), kind) for at, most in enumerate(room.tolist())
    ]
    down = [problem.add_variable(f"down_{at}", 0, most, kind) for at, most in enumerate(fall.tolist())]
    moves = [one + further - less for one, further, less in zip(up, more, down, strict=True)]
    _limit_rows(limits, problem, moves, whole, unit)
    problem.addConstraint(summed(moves) == float(pot // unit - whole.sum()), "pot")
    problem.setObjective(weighted_sum(1 - 2 * fractions, up) + summed([*more, *down]))
    if not solve_to_optimal(problem, tolerance or FEASIBLE):
        return None
    moved = np.array([float(each.value()) for each in moves])
    if tolerance is not None:
        return _Moves(moved, Prices({}, 0.0))
    rows, pot_price = limits.reason(problem)
    return _Moves(moved, Prices({row: -price for row, price in rows.items()}, -pot_price))


def _limit_rows(limits: Programme, problem: Any, moves: list[Any], whole: Floats, unit: int) -> None:
    """Add the limits of the rows, in units, on totals that are moved."""
    for row, base in enumerate(limits.members @ whole):
        total = weighted_sum(limits.members[row], moves)
        if math.isfinite(limits.group_lower[row]):
            problem.addConstraint(total >= float(limits.group_lower[row] / unit - base), f"floor_{row}")
        if math.isfinite(limits.group_upper[row]):
            problem.addConstraint(total <= float(limits.group_upper[row] / unit - base), f"cap_{row}")


def _largest_remainders(fractions: Floats, extra: int) -> _Largest | None:
    """Which totals go up by one unit, if nothing but the pot has to be met; None if that is a tie."""
    if not 0 <= extra < fractions.size:
        return None
    falling = -np.sort(-fractions)
    if extra and falling[extra - 1] - falling[extra] <= WHOLE:
        return None
    if not extra:
        return _Largest(np.zeros_like(fractions), 1 - 2 * float(falling[0]))
    up = (fractions > falling[extra] + WHOLE / 2).astype(np.float64)
    return _Largest(up, 1 - float(falling[extra - 1] + falling[extra]))

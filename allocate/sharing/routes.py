"""Which way of sharing out the rules need, and what room their limits leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from allocate.errors import InputError, Problem, TooLarge
from allocate.money import MOST_PENCE, NO_CAP
from allocate.solver.clock import check_time
from allocate.solver.programme import SOLVER_NOISE
from allocate.solver.route import ClosedForm, Route

if TYPE_CHECKING:
    from allocate.limits.giving import Gives
    from allocate.limits.measured import Limits, Measured
    from allocate.solver.arrays import Floats

AGREE = 0.5
"""Limits and pots are whole pence, so sums of floats that are nearer to each other than this agree."""


class DoesNotFit(Exception):
    """The limits leave no room for the pot; `clashes` says why."""

    def __init__(self, left: int = 0) -> None:
        """Take what of the pot no area may take, in pence; nought if the limits ask for too much."""
        super().__init__()
        self.left = left


def route_for(limits: Limits, pot: int, forced: str | None = None, *, by_priority: bool = False) -> Route:
    """The simplest way of sharing out that the rules allow, or the one that is asked for.

    Args:
        limits: of areas, groups and ratios.
        pot: in pence.
        forced: one of `scenario.ROUTES`, whether or not a simpler one would do.
        by_priority: whether some tranche closes shortfalls by priority, which the nested route does not.

    Raises:
        InputError: the rules do not allow the one asked for.
        TooLarge: their groups overlap in too many ways.
    """
    if not limits.tie_areas_together and forced in (None, "closed form"):
        return ClosedForm()
    from allocate.solver.cells import TooManyCells, find_cells
    from allocate.solver.forest import plant
    from allocate.solver.groups import GroupFill
    from allocate.solver.nested import NestedFill

    size, partitions = limits.lower.size, [each.partition for each in limits.groups]
    forest = None if limits.ratios else plant(size, partitions, NO_CAP)
    nested = None if forest is None else NestedFill(forest)
    if nested is not None and not by_priority and forced in (None, "nested"):
        return nested
    if forced in ("closed form", "nested"):
        raise _not_for(forced, limits, by_priority=by_priority)
    try:
        cells = find_cells(size, partitions, NO_CAP, pot, [each.ratio for each in limits.ratios])
    except TooManyCells as error:
        what = f"groups of the rules overlap in {error} ways, more than can be solved for"
        raise TooLarge([Problem("rules", what, "use fewer or larger groups, or groups in groups")]) from None
    return GroupFill(cells, nested)


def _not_for(forced: str, limits: Limits, *, by_priority: bool) -> InputError:
    if forced == "closed form":
        what = "the closed form is for limits of single areas, and some rules tie areas together"
    elif limits.ratios:
        what = "the nested route is for limits on totals of groups, and some rules compare two groups"
    elif by_priority:
        what = "the nested route is for levelling up and sharing pro rata, and a tranche has least_shortfall"
    else:
        what = "the nested route is for groups that lie in one another, and some of these overlap"
    return InputError([Problem("route", what, "leave the route out, or ask for the linear programme")])


def fits(measured: Measured, gives: Gives, pot: int, *, leave_unspent: bool) -> bool:
    """Whether a pot can be shared out within limits when some rules give way."""
    check_time()
    limits = measured.limits(gives)
    if limits.contradict.any():
        return False
    room = route_for(limits, pot).room(limits.lower.astype(np.float64), limits.most)
    return room is not None and room.least <= pot + AGREE and (leave_unspent or room.most >= pot - AGREE)


def cost_of_floors(limits: Limits) -> int:
    """What the floors of areas and groups add up to at the least, in pence.

    Raises:
        DoesNotFit: they cannot all be met, whatever the budget.
    """
    enough = int(limits.lower.sum()) + sum(int(each.partition.lower.sum()) for each in limits.groups)
    if limits.ratios:  # what one group gets may lift another, and that one the next
        enough = min(enough * 1_000, MOST_PENCE)
    return least_pot(limits, route_for(limits, enough), limits.most, enough)


def check_floors(limits: Limits, pot: int) -> None:
    """Check what single areas are to get, groups apart.

    Raises:
        DoesNotFit: it is more than the pot, or more than some area may get.
    """
    if limits.contradict.any() or int(limits.lower.sum()) > pot:
        raise DoesNotFit


def least_pot(limits: Limits, route: Route, upper: Floats, pot: int) -> int:
    """What meets every floor of areas and groups at the least, in pence; `pot` is all there is.

    Raises:
        DoesNotFit: it is more than that, or the limits contradict each other.
    """
    check_floors(limits, pot)
    floors = int(limits.lower.sum())
    if not limits.tie_areas_together:
        return floors
    least = route.least(limits.lower.astype(np.float64), upper)
    if least is None or least > pot + AGREE:
        raise DoesNotFit
    return math.ceil(least - SOLVER_NOISE)

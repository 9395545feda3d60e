"""The share-out: floors first, then the tranches in order, each starting from where the last one ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import ExpressionError, LimitsClash, Problem, Problems, listing
from allocate.language.places import Written
from allocate.money import pounds
from allocate.sharing.routes import DoesNotFit, check_floors, least_pot, route_for
from allocate.sharing.tranches import GROUP_FLOORS, Tranches
from allocate.solver.clock import check_time
from allocate.solver.fill import Filled
from allocate.solver.pence import Rounding
from allocate.solver.programme import NoRoom
from allocate.solver.reasons import Reasons
from allocate.solver.shortfall import wish
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Tranche
    from allocate.language.names import Names
    from allocate.limits.measured import Limits
    from allocate.solver.arrays import Floats, Pence
    from allocate.solver.reasons import Bound
    from allocate.solver.route import Route


class TranchePart(NamedTuple):
    """What one tranche did."""

    name: str
    method: str
    denominator: str
    asked: int
    """How much it was to share out, in pence."""
    placed: int
    """How much it did; the rest went on to the next tranche."""
    level: float | None
    """£ per unit of its denominator: the level reached, or the rate; None if it placed nothing."""
    gains: Floats
    """What each area got from it, in pence before rounding."""
    reasons: Reasons
    """Why that is the fairest."""
    why_full: Bound | None = None
    """Why no more could be placed, if it placed less than it was to, where that takes more than adding up."""


@dataclass(frozen=True)
class SharedOut:
    """A finished share-out."""

    amounts: Pence
    exact: Floats
    """The amounts before rounding, in pence."""
    parts: tuple[TranchePart, ...]
    left: int
    """Money that no area may take, in pence."""
    route: str
    """How it was solved: one of `scenario.ROUTES`."""
    order: tuple[int, ...] | None
    """The rules for groups, deepest first; None if these are not nested."""
    nearest: Bound | None
    """What says that no whole units are nearer, where that is no largest remainder."""
    due: int | None
    """What floors of groups ask for above those of areas, in pence; None if nothing depends on it."""
    why_due: Bound | None
    """What says that they ask for no more and no less, where that takes more than adding up."""


def share_out(
    policy: Policy,
    areas: Areas,
    limits: Limits,
    names: Names,
    pot: int,
    *,
    unit: int,
    leave_unspent: bool,
    route: str | None = None,
) -> SharedOut:
    """Share out a pot within limits.

    Args:
        policy: its tranches say how.
        areas: who is there; areas without people get their floor and nothing else.
        limits: the least and the most for each.
        names: what the expressions of the tranches may use.
        pot: in pence, a multiple of `unit`.
        unit: the rounding unit in pence.
        leave_unspent: whether money that no area may take is reported instead of refused.
        route: the way of sharing out, if another than the simplest is wanted; see `route_for`.

    Raises:
        InputError: the rules do not allow that route.
        DoesNotFit: the limits ask for more than the pot or, unless `leave_unspent` is set, leave some of it.
        LimitsClash: no whole units meet the limits of groups.
        ExpressionError: every tranche whose expressions cannot be computed.
    """
    by_priority = any(tranche.method == "least_shortfall" for tranche in policy.tranches)
    way = route_for(limits, pot, route, by_priority=by_priority)
    pouring = _Pouring(Tranches(policy, areas, names, unit), limits, pot, way)
    parts, problems = pouring.group_floors(), Problems()
    for tranche in policy.tranches:
        with problems.caught():
            parts.append(pouring.pour(tranche))
    problems.raise_any(ExpressionError)
    if pouring.left and not leave_unspent:
        raise DoesNotFit(pouring.left)
    spent = (pot - pouring.left) // unit * unit
    check_time()
    rounding = Rounding(limits.lower, limits.upper, unit, areas.in_id_order)
    whole = way.whole(pouring.reached, spent, rounding)
    if whole is None:
        raise _no_whole_units(policy, limits, unit)
    return SharedOut(
        whole.amounts,
        pouring.reached,
        tuple(parts),
        pot - spent,
        way.name,
        way.order,
        whole.nearest,
        pouring.asked_by_floors,
        pouring.why_due,
    )


def _no_whole_units(policy: Policy, limits: Limits, unit: int) -> LimitsClash:
    """Say why no whole units meet the rules, and which rules those are."""
    rules = sorted({each.rule for each in limits.groups} | {each.rule for each in limits.ratios})
    names = listing([f"'{policy.rules[rule].name}'" for rule in rules])
    what = f"no whole multiples of {pounds(unit)} meet {names} together, though fractions of them do"
    fix = "make 'round_to' smaller, or round the limits of the rules to it"
    return LimitsClash([Problem(Written(policy.rules[rules[0]].name).where(), what, fix)])


class _Pouring:
    """A pot being shared out: what each area has reached so far, and what is left."""

    def __init__(self, tranches: Tranches, limits: Limits, pot: int, route: Route) -> None:
        self.tranches, self.pot, self.route = tranches, pot, route
        self.reached = limits.lower.astype(np.float64)
        self.upper = limits.most
        self.left = pot - int(limits.lower.sum())
        check_floors(limits, pot)
        self.floors_first = tranches.meets_floors is GROUP_FLOORS
        self.due = 0
        self.asked_by_floors: int | None = None
        self.why_due: Bound | None = None
        if self.floors_first or not self.left or tranches.ask_what_is_left:
            self._find_due(limits)
        tranches.know_left(self.left - self.due)

    def _find_due(self, limits: Limits) -> None:
        """What the floors of groups ask for above those of areas."""
        rising = self.tranches.rising(self.tranches.meets_floors)
        upper = np.where(rising > 0, self.upper, self.reached)
        self.due = least_pot(limits, self.route, upper, self.pot) - int(limits.lower.sum())
        self.asked_by_floors = self.due
        if self.due and limits.tie_areas_together:
            self.why_due = self.route.why_least(self.reached, upper)

    def group_floors(self) -> list[TranchePart]:
        """Meet the floors of groups before the tranches, unless the first one meets them as it levels up."""
        if not (self.due and self.floors_first):
            return []
        due, self.due = self.due, 0
        return [self._share(GROUP_FLOORS, due)]

    def pour(self, tranche: Tranche) -> TranchePart:
        """Share out one tranche on top of what has been reached."""
        asked, due = self.tranches.asked(tranche), self.due
        self.due = 0
        return self._share(tranche, self.left if asked is None else min(asked + due, self.left))

    def _share(self, tranche: Tranche, asked: int) -> TranchePart:
        weight = self.tranches.rising(tranche)
        upper = np.where(weight > 0, self._most(tranche), self.reached)
        had, placed, why_full = float(np.sum(self.reached)), min(asked, self.left), None
        most = self.route.most(self.reached, upper)
        if most is None:
            raise DoesNotFit
        if had + placed > most:
            placed = int(most - had + 0.5)
            why_full = self.route.why_most(self.reached, upper)
        level, amounts, reasons = math.nan, self.reached, Reasons()
        if placed:
            try:
                amounts, level, reasons = self._fill(tranche, weight, upper, min(had + placed, most))
            except NoRoom:
                raise DoesNotFit from None
        gains = on_grid(amounts, self.pot) - self.reached
        self.reached, self.left = self.reached + gains, self.left - placed
        per_unit = None if math.isnan(level) else level / 100
        name, denominator = str(tranche.name), str(tranche.denominator)
        return TranchePart(
            name, tranche.method, denominator, asked, placed, per_unit, gains, reasons, why_full
        )

    def _fill(self, tranche: Tranche, weight: Floats, upper: Floats, pot: float) -> Filled:
        if tranche.method != "least_shortfall":
            offset = None if tranche.method == "level_up" else self.reached
            return self.route.level(offset, weight, self.reached, upper, pot)
        goal = on_grid(self.tranches.goal, self.pot)
        wished = wish(self.tranches.weights(tranche), goal, self.reached, upper)
        route, face = self.route.least_shortfall(wished, self.reached, upper, pot)
        filled = route.level(None, weight, face.lower, face.upper, pot)
        return Filled(filled.amounts, math.nan, filled.reasons._replace(face=face.prices))

    def _most(self, tranche: Tranche) -> Floats:
        """The most each area may reach in this tranche: its cap, and what `to` says."""
        to = self.tranches.to(tranche)
        return self.upper if to is None else np.maximum(np.minimum(self.upper, to), self.reached)

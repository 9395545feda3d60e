"""The share-out: floors first, then the tranches in order, each starting from where the last one ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.clashes import explain_clash
from allocate.documents import Written
from allocate.errors import (
    BudgetTooSmall,
    ExpressionError,
    LimitsClash,
    MoneyLeftOver,
    Problem,
    Problems,
    listing,
)
from allocate.limits import NO_RULE
from allocate.money import NO_CAP, parse_number, pounds, to_pence
from allocate.rulebook import Tranche
from allocate.solver.programme import SOLVER_NOISE
from allocate.solver.route import ClosedForm, Route
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.limits import Limits
    from allocate.names import Names
    from allocate.policy import Policy
    from allocate.solver.arrays import Floats, Pence


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
    """How it was solved: ``closed form`` or ``linear programme``."""


def share_out(
    policy: Policy, areas: Areas, limits: Limits, names: Names, pot: int, *, unit: int, leave_unspent: bool
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

    Raises:
        BudgetTooSmall: the floors add up to more than the pot.
        MoneyLeftOver: caps leave money unplaced, and `leave_unspent` is not set.
        ExpressionError: every tranche whose expressions cannot be computed.
    """
    floors = int(limits.lower.sum())
    if floors > pot:
        raise _too_small(policy, limits, areas, floors, pot)
    pouring = _Pouring(policy, areas, limits, names, pot, unit)
    parts, problems = pouring.group_floors(), Problems()
    for tranche in policy.tranches:
        with problems.caught():
            parts.append(pouring.pour(tranche))
    problems.raise_any(ExpressionError)
    if pouring.left and not leave_unspent:
        raise _left_over(policy, limits, pouring.left)
    spent = (pot - pouring.left) // unit * unit
    route = pouring.route
    amounts = route.whole(pouring.reached, limits.lower, limits.upper, spent, unit, areas.in_id_order)
    if amounts is None:
        what = f"no whole multiples of {pounds(unit)} meet every group rule"
        fix = "make 'round_to' smaller, or round the limits of the rules to it"
        raise LimitsClash([Problem("", what, fix)])
    return SharedOut(amounts, pouring.reached, tuple(parts), pot - spent, route.name)


def cost_of_floors(policy: Policy, limits: Limits) -> int:
    """What the floors of areas and groups add up to at the least, in pence.

    Raises:
        LimitsClash: the rules for groups cannot all hold, whatever the budget.
    """
    promised = sum(int(each.partition.lower.sum()) for each in limits.groups)
    enough = int(limits.lower.sum()) + promised
    return _least_pot(policy, limits, route_for(limits, limits.lower.size, enough), limits.most, enough)


def _least_pot(policy: Policy, limits: Limits, route: Route, upper: Floats, pot: int) -> int:
    """What meets every floor of areas and groups at the least, in pence; `pot` is all there is."""
    if not limits.groups:
        return int(limits.lower.sum())
    lower = limits.lower.astype(np.float64)
    room = route.room(lower, upper)
    if room is None or room.least > pot + 0.5:
        raise explain_clash(policy, limits, lower, upper, pot)
    return math.ceil(room.least - SOLVER_NOISE)


def route_for(limits: Limits, size: int, pot: int) -> Route:
    """The way of sharing out that the rules need."""
    if not limits.groups:
        return ClosedForm()
    from allocate.solver.groups import GroupFill, find_cells

    return GroupFill(find_cells(size, [each.partition for each in limits.groups], NO_CAP), pot)


class _Pouring:
    """A pot being shared out: what each area has reached so far, and what is left."""

    def __init__(
        self, policy: Policy, areas: Areas, limits: Limits, names: Names, pot: int, unit: int
    ) -> None:
        self.areas, self.names, self.pot, self.unit = areas, names, pot, unit
        self.route = route_for(limits, areas.size, pot)
        self.reached = limits.lower.astype(np.float64)
        self.upper = limits.most
        self.left = pot - int(limits.lower.sum())
        first = policy.tranches[0]
        self.floors_first = first.method != "level_up" or first.to is not None
        by = Written("weighted_population") if self.floors_first else first.denominator
        self.floors = Tranche(name="group floors", level_up=by)
        self.due = 0
        if limits.groups:
            upper = np.where(self._weights(self.floors) > 0, self.upper, self.reached)
            self.due = _least_pot(policy, limits, self.route, upper, pot) - int(limits.lower.sum())
        self.money_left = self.left - self.due
        names.know_constants({"money_left": self.money_left / 100})

    def group_floors(self) -> list[TranchePart]:
        """Meet the floors of groups before the tranches, unless the first one meets them as it levels up."""
        if not (self.due and self.floors_first):
            return []
        due, self.due = self.due, 0
        return [self._share(self.floors, due)]

    def pour(self, tranche: Tranche) -> TranchePart:
        """Share out one tranche on top of what has been reached."""
        asked, due = self._asked(tranche), self.due
        self.due = 0
        return self._share(tranche, min(asked + due, self.left) if tranche.amount != "rest" else asked)

    def _share(self, tranche: Tranche, asked: int) -> TranchePart:
        weight = self._weights(tranche)
        upper = np.where(weight > 0, self._most(tranche), self.reached)
        had, placed = float(np.sum(self.reached)), min(asked, self.left)
        room = self.route.room(self.reached, upper)
        most = had if room is None else room.most
        if had + placed > most:
            placed = int(most - had + 0.5)
        level, amounts = math.nan, self.reached
        if placed:
            offset = None if tranche.method == "level_up" else self.reached
            amounts, level = self.route.level(offset, weight, self.reached, upper, min(had + placed, most))
        gains = on_grid(amounts, self.pot) - self.reached
        self.reached, self.left = self.reached + gains, self.left - placed
        per_unit = None if math.isnan(level) else level / 100
        name, denominator = str(tranche.name), str(tranche.denominator)
        return TranchePart(name, tranche.method, denominator, asked, placed, per_unit, gains)

    def _most(self, tranche: Tranche) -> Floats:
        """The most each area may reach in this tranche: its cap, and what `to` says."""
        if tranche.to is None:
            return self.upper
        to = to_pence(self.names.numbers(tranche.to, among=~self.areas.held), "down", self.unit)
        return np.maximum(np.minimum(self.upper, to), self.reached)

    def _weights(self, tranche: Tranche) -> Floats:
        weight = self.names.numbers(tranche.denominator, among=~self.areas.held)
        negative = np.flatnonzero(weight < 0)
        if negative.size:
            what = f"'{tranche.denominator}' is negative for {self.names.label(int(negative[0]))}"
            where = Written(tranche.denominator).where()
            raise ExpressionError([Problem(where, what, "share by something that is nought or more")])
        return weight

    def _asked(self, tranche: Tranche) -> int:
        """What a tranche is to share out, in pence."""
        written = str(tranche.amount).strip()
        if written == "rest":
            return self.left
        try:
            value = parse_number(written)
            exact = value * self.money_left if written.endswith("%") else value * 100
        except ValueError:
            exact = Decimal(self.names.number(tranche.amount)) * 100
        if exact < 0:
            where = Written(tranche.amount).where()
            raise ExpressionError([Problem(where, f"'{tranche.amount}' is negative", "share out £0 or more")])
        return int(exact + Decimal("0.5"))


def _too_small(policy: Policy, limits: Limits, areas: Areas, floors: int, pot: int) -> BudgetTooSmall:
    problems = Problems()
    what = f"the floors add up to {pounds(floors)}, {pounds(floors - pot)} more than the pot of {pounds(pot)}"
    problems.add("", what, f"raise the budget to {pounds(floors)} or lower these floors")
    baselines = int(areas.baseline.sum())
    problems.add("", f"  baselines: {pounds(baselines)}")
    if limits.baseline_cost > baselines:
        rounding = pounds(limits.baseline_cost - baselines)
        problems.add("", f"  rounding each baseline up to the unit: {rounding} more")
    for rule, cost in zip(policy.rules, limits.floor_costs, strict=True):
        if cost:
            problems.add(Written(rule.name).where(), f"  '{rule.name}': {pounds(cost)} more")
    return BudgetTooSmall(problems.found)


def _left_over(policy: Policy, limits: Limits, left: int) -> MoneyLeftOver:
    of_groups = {each.rule for each in limits.groups if (each.partition.upper < NO_CAP).any()}
    capped = sorted(of_groups | set(limits.cap_rule[limits.cap_rule > NO_RULE].tolist()))
    caps = [f"'{policy.rules[rule].name}'" for rule in capped]
    why = f"the caps {listing(caps)} stop it" if caps else "no tranche may place it"
    places = [where for rule in capped if (where := Written(policy.rules[rule].name).where())]
    what = f"{pounds(left)} of the pot cannot be placed: {why}"
    fix = "raise the caps, lower the budget, add a last tranche without 'to', or set 'leave_unspent: true'"
    return MoneyLeftOver([Problem(places[0] if places else "", what, fix)])

"""The share-out: floors first, then the tranches in order, each starting from where the last one ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.documents import Written
from allocate.errors import ExpressionError, LimitsClash, Problem, Problems, listing
from allocate.money import parse_number, pounds, to_pence
from allocate.routes import DoesNotFit, check_floors, least_pot, route_for
from allocate.rulebook import Tranche
from allocate.solver.clock import check_time
from allocate.solver.fill import Filled
from allocate.solver.programme import NoRoom
from allocate.solver.shortfall import wish
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.limits import Limits
    from allocate.names import Names
    from allocate.policy import Policy
    from allocate.solver.arrays import Floats, Pence
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
    """How it was solved: one of `routes.ROUTES`."""


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
    pouring = _Pouring(policy, areas, limits, names, pot, unit, way)
    parts, problems = pouring.group_floors(), Problems()
    for tranche in policy.tranches:
        with problems.caught():
            parts.append(pouring.pour(tranche))
    problems.raise_any(ExpressionError)
    if pouring.left and not leave_unspent:
        raise DoesNotFit(pouring.left)
    spent = (pot - pouring.left) // unit * unit
    check_time()
    amounts = way.whole(pouring.reached, limits.lower, limits.upper, spent, unit, areas.in_id_order)
    if amounts is None:
        raise _no_whole_units(policy, limits, unit)
    return SharedOut(amounts, pouring.reached, tuple(parts), pot - spent, way.name)


def _no_whole_units(policy: Policy, limits: Limits, unit: int) -> LimitsClash:
    """Say why no whole units meet the rules, and which rules those are."""
    rules = sorted({each.rule for each in limits.groups} | {each.rule for each in limits.ratios})
    names = listing([f"'{policy.rules[rule].name}'" for rule in rules])
    what = f"no whole multiples of {pounds(unit)} meet {names} together, though fractions of them do"
    fix = "make 'round_to' smaller, or round the limits of the rules to it"
    return LimitsClash([Problem(Written(policy.rules[rules[0]].name).where(), what, fix)])


def _asks_what_is_left(policy: Policy, names: Names) -> bool:
    """Whether some tranche depends on what is left once the floors of groups are met."""
    tranches = policy.tranches
    expressions = [
        each for tranche in tranches for each in (tranche.denominator, tranche.to) if each is not None
    ]
    return any(each.amount != "rest" for each in tranches) or any(
        "money_left" in names.used_in(each) for each in expressions
    )


class _Pouring:
    """A pot being shared out: what each area has reached so far, and what is left."""

    def __init__(
        self,
        policy: Policy,
        areas: Areas,
        limits: Limits,
        names: Names,
        pot: int,
        unit: int,
        route: Route,
    ) -> None:
        self.areas, self.names, self.pot, self.unit, self.route = areas, names, pot, unit, route
        self.reached = limits.lower.astype(np.float64)
        self.upper = limits.most
        self.left = pot - int(limits.lower.sum())
        check_floors(limits, pot)
        first = policy.tranches[0]
        self.floors_first = first.method == "pro_rata" or first.to is not None
        self.floors = Tranche(name="group floors", level_up="weighted_population")
        self.due = 0
        if self.floors_first or not self.left or _asks_what_is_left(policy, names):
            meets_floors = self.floors if self.floors_first else first
            upper = np.where(self._rising(meets_floors) > 0, self.upper, self.reached)
            self.due = least_pot(limits, self.route, upper, pot) - int(limits.lower.sum())
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
        weight = self._rising(tranche)
        upper = np.where(weight > 0, self._most(tranche), self.reached)
        had, placed = float(np.sum(self.reached)), min(asked, self.left)
        most = self.route.most(self.reached, upper)
        if most is None:
            raise DoesNotFit
        if had + placed > most:
            placed = int(most - had + 0.5)
        level, amounts = math.nan, self.reached
        if placed:
            try:
                amounts, level = self._fill(tranche, weight, upper, min(had + placed, most))
            except NoRoom:
                raise DoesNotFit from None
        gains = on_grid(amounts, self.pot) - self.reached
        self.reached, self.left = self.reached + gains, self.left - placed
        per_unit = None if math.isnan(level) else level / 100
        name, denominator = str(tranche.name), str(tranche.denominator)
        return TranchePart(name, tranche.method, denominator, asked, placed, per_unit, gains)

    def _fill(self, tranche: Tranche, weight: Floats, upper: Floats, pot: float) -> Filled:
        if tranche.method != "least_shortfall":
            offset = None if tranche.method == "level_up" else self.reached
            return self.route.level(offset, weight, self.reached, upper, pot)
        goal = on_grid(self.names.measured("fair_share") * 100, self.pot)
        wished = wish(self._weights(tranche), goal, self.reached, upper)
        route, face = self.route.least_shortfall(wished, self.reached, upper, pot)
        return Filled(route.level(None, weight, *face, pot).amounts, math.nan)

    def _rising(self, tranche: Tranche) -> Floats:
        """How fast each area rises with the level; levelling up decides ties of the least shortfall."""
        if tranche.method == "least_shortfall":
            return self.names.numbers("weighted_population", among=~self.areas.held)
        return self._weights(tranche)

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

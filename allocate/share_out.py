"""The share-out: floors first, then the tranches in order, each starting from where the last one ended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.documents import Written
from allocate.errors import BudgetTooSmall, ExpressionError, MoneyLeftOver, Problem, Problems, listing
from allocate.limits import NO_RULE
from allocate.money import NO_CAP, parse_number, pounds, to_pence
from allocate.solve.fill import fill
from allocate.solve.pence import to_units
from allocate.solve.sums import on_grid

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.limits import Limits
    from allocate.names import Names
    from allocate.policy import Policy
    from allocate.rulebook import Tranche
    from allocate.solve.arrays import Floats, Pence


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
    names.know_constants({"money_left": (pot - floors) / 100})
    reached, left, parts, problems = limits.lower.astype(np.float64), pot - floors, [], Problems()
    for tranche in policy.tranches:
        with problems.caught():
            part = _share(tranche, reached, limits, names, areas, left, pot - floors, pot, unit)
            reached, left = reached + part.gains, left - part.placed
            parts.append(part)
    problems.raise_any(ExpressionError)
    if left and not leave_unspent:
        raise _left_over(policy, limits, areas, left)
    spent = (pot - left) // unit * unit
    amounts = to_units(reached, limits.lower, limits.upper, spent, unit, areas.in_id_order)
    return SharedOut(amounts, reached, tuple(parts), pot - spent)


def _share(
    tranche: Tranche,
    reached: Floats,
    limits: Limits,
    names: Names,
    areas: Areas,
    left: int,
    money_left: int,
    pot: int,
    unit: int,
) -> TranchePart:
    weight = _weights(tranche, names, areas)
    upper = np.where(limits.upper == NO_CAP, np.inf, limits.upper.astype(np.float64))
    if tranche.to is not None:
        to = to_pence(names.numbers(tranche.to, among=~areas.held), "down", unit)
        upper = np.minimum(upper, to)
    upper = np.where(weight > 0, np.maximum(upper, reached), reached)
    asked = _amount(tranche, names, left, money_left)
    room = float(np.sum(upper - reached))
    placed = int(min(asked, left, np.floor(room + 0.5))) if np.isfinite(room) else min(asked, left)
    level, amounts = None, reached
    if placed and placed >= room:
        amounts = upper
    elif placed:
        offset = None if tranche.method == "level_up" else reached
        amounts, level = fill(offset, weight, reached, upper, float(np.sum(reached)) + placed)
        level /= 100
    gains = on_grid(amounts, pot) - reached
    return TranchePart(
        str(tranche.name), tranche.method, str(tranche.denominator), asked, placed, level, gains
    )


def _weights(tranche: Tranche, names: Names, areas: Areas) -> Floats:
    weight = np.where(areas.held, 0.0, names.numbers(tranche.denominator, among=~areas.held))
    negative = np.flatnonzero(weight < 0)
    if negative.size:
        what = f"'{tranche.denominator}' is negative for {areas.table.label(int(negative[0]))}"
        where = Written(tranche.denominator).where()
        raise ExpressionError([Problem(where, what, "share by something that is nought or more")])
    return weight


def _amount(tranche: Tranche, names: Names, left: int, money_left: int) -> int:
    """What a tranche is to share out, in pence."""
    written = str(tranche.amount).strip()
    if written == "rest":
        return left
    try:
        value = parse_number(written)
        exact = value * money_left if written.endswith("%") else value * 100
    except ValueError:
        exact = Decimal(names.number(tranche.amount)) * 100
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


def _left_over(policy: Policy, limits: Limits, areas: Areas, left: int) -> MoneyLeftOver:
    capped = sorted(set(limits.cap_rule[limits.cap_rule > NO_RULE].tolist()))
    caps = [f"'{policy.rules[rule].name}'" for rule in capped]
    why = f"the caps {listing(caps)} stop it" if caps else "no tranche may place it"
    places = [where for rule in capped if (where := Written(policy.rules[rule].name).where())]
    what = f"{pounds(left)} of the pot cannot be placed: {why}"
    fix = "raise the caps, lower the budget, add a last tranche without 'to', or set 'leave_unspent: true'"
    return MoneyLeftOver([Problem(places[0] if places else "", what, fix)])

"""Clashes of rules for single areas, with each other and with the pot; and the least change of one rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import Problem, listing
from allocate.language.places import Written
from allocate.limits.giving import FIRM, Give
from allocate.limits.measured import NO_RULE
from allocate.money import MOST_PENCE, NO_CAP, pounds
from allocate.sharing.routes import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.funding import Funded
    from allocate.limits.measured import Limits


class Line(NamedTuple):
    """One part of a clash: the rule, what it says, and the least change of it that would do."""

    rule: int
    says: str
    change: int | None
    """In pence, for each of its areas or for the group named; None if it alone cannot mend the clash."""
    way: str
    """How it would change: ``lower it by {} for each area``."""
    is_enough: bool = True
    """Whether all rules can hold then; else there are more clashes."""


def contradictions(funded: Funded, limits: Limits) -> Iterator[Problem]:
    """Each pair of rules of which one asks for more than the other allows, the smallest gap first."""
    rules, ids = funded.measured.rules, funded.prepared.areas.ids
    clash, gaps = limits.contradict, limits.lower - np.minimum(limits.upper, limits.lower)
    pairs = {(int(limits.floor_rule[at]), int(limits.cap_rule[at])) for at in np.flatnonzero(clash)}
    told = []
    for floor, cap in sorted(pairs):
        where = np.flatnonzero(clash & (limits.floor_rule == floor) & (limits.cap_rule == cap))
        worst = int(where[np.argmax(gaps[where])])
        count = f"{where.size:,} areas" if where.size > 1 else "one area"
        example = f"{ids[worst]} must get at least {pounds(int(limits.lower[worst]))}"
        what = (
            f"'{rules[floor].name}' is above '{rules[cap].name}' for {count}: {example}"
            f" and at most {pounds(int(limits.upper[worst]))}"
        )
        other = Written(rules[cap].name).where() or f"'{rules[cap].name}'"
        change = pounds(int(gaps[worst]))
        fix = f"lower the floor or raise the cap ({other}) by {change}, or add 'where' to one of them"
        told.append((int(gaps[worst]), Problem(Written(rules[floor].name).where(), what, fix)))
    yield from (problem for _, problem in sorted(told, key=lambda each: each[0]))


def too_small(funded: Funded, limits: Limits) -> Iterator[Problem]:
    """By how much the floors of areas are above the pot, and what each rule adds to them."""
    pot, floors = funded.pot, int(limits.lower.sum())
    what = f"the floors add up to {pounds(floors)}, {pounds(floors - pot)} more than the pot of {pounds(pot)}"
    yield Problem("", what, f"raise the budget to {pounds(floors)} or lower these floors")
    baselines = int(funded.prepared.areas.baseline.sum())
    yield Problem("", f"  baselines: {pounds(baselines)}")
    if limits.baseline_cost > baselines:
        rounding = pounds(limits.baseline_cost - baselines)
        yield Problem("", f"  rounding each baseline up to the unit: {rounding} more")
    lines = [
        Line(rule, f"{pounds(cost)} more", *least_change(funded, rule))
        for rule, cost in enumerate(limits.floor_costs)
        if cost
    ]
    yield from tell(funded, lines)


def left_over(funded: Funded, limits: Limits, left: int) -> Iterator[Problem]:
    """How much of the pot cannot be placed, and which caps stop it."""
    rules = funded.measured.rules
    of_groups = {each.rule for each in limits.groups if (each.partition.upper < NO_CAP).any()}
    of_groups |= {each.rule for each in limits.ratios}
    capped = sorted(of_groups | set(limits.cap_rule[limits.cap_rule > NO_RULE].tolist()))
    caps = [f"'{rules[rule].name}'" for rule in capped]
    why = f"the caps {listing(caps)} stop it" if caps else "no tranche may place it"
    places = [where for rule in capped if (where := Written(rules[rule].name).where())]
    what = f"{pounds(left)} of the pot cannot be placed: {why}"
    fix = "raise the caps, lower the budget, add a last tranche without 'to', or set 'leave_unspent: true'"
    yield Problem(places[0] if places else "", what, fix)
    lines = (Line(rule, "", *least_change(funded, rule, leave_unspent=False)) for rule in capped)
    yield from tell(funded, [line for line in lines if line.change is not None])


def gone(funded: Funded) -> Iterator[Problem]:
    """The rules that have given way already."""
    for rule, give in sorted(funded.gives.items()):
        if give.is_gone:
            name = funded.measured.rules[rule].name
            yield Problem(Written(name).where(), f"  '{name}' has given way already, which is not enough")


def tell(funded: Funded, lines: list[Line]) -> Iterator[Problem]:
    """One line a part of a clash, the smallest change first."""
    for rule, says, change, way, is_enough in sorted(lines, key=_cost):
        name = funded.measured.rules[rule].name
        then = "and the rest can hold" if is_enough else "(there are more clashes)"
        fix = f"{way.format(pounds(change))} {then}" if change is not None else ""
        yield Problem(Written(name).where(), f"  '{name}'{': ' + says if says else ''}", fix)


def _cost(line: Line) -> tuple[bool, float]:
    return not line.is_enough, math.inf if line.change is None else line.change


def least_change(
    funded: Funded, rule: int, pot: int | None = None, *, leave_unspent: bool = True
) -> tuple[int | None, str]:
    """By how much the limits of a rule have to move for all to hold.

    Found by halving: the limits of a rule move out of the way together, and further is never worse.

    Args:
        funded: the rules.
        rule: which is to move.
        pot: in pence, if not that of `funded`.
        leave_unspent: whether some of the pot may be left.

    Returns:
        Pence for each limit, None if it alone cannot mend the clash; and how to say it.
    """
    unit, pot = funded.measured.unit, funded.pot if pot is None else pot

    def enough(steps: int) -> bool:
        gives = {**funded.gives, rule: funded.gives.get(rule, FIRM)._replace(by=steps * unit)}
        return fits(funded.measured, gives, pot, leave_unspent=leave_unspent)

    way = _way(funded, rule)
    low, high = 0, MOST_PENCE // unit
    if not enough(high):
        return None, way
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * unit, way


def _way(funded: Funded, position: int) -> str:
    rule = funded.measured.rules[position]
    verb = rule.limit.change
    if rule.across is not None:
        return verb
    return f"{verb} for each {'group' if rule.by is not None else 'area'}"


def without(funded: Funded, rules: set[int]) -> Limits:
    """The limits that are left when some rules are gone."""
    return funded.measured.limits({**funded.gives, **dict.fromkeys(rules, Give(0.0))})

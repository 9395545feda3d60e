"""Rules made into limits: the least and the most each area may get, in pence, and which rule says so.

The baseline is the floor of every area. Nothing overrides it: a cap or set amount that comes out below an
area's baseline holds that area at its baseline, and is reported. Any other floor above a cap is a clash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.documents import Written
from allocate.errors import ExpressionError, LimitsClash, Problem, Problems, listing
from allocate.group_limits import GroupLimits, find_group_limits
from allocate.money import MOST_PENCE, NO_CAP, pounds, to_pence

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.names import Names
    from allocate.rulebook import Rule
    from allocate.solver.arrays import Floats, Mask, Pence, Positions

BASELINE = -1
"""In `floor_rule`: the floor is the area's own baseline."""
NO_RULE = -1
"""In `cap_rule`: no rule caps the area."""
HELD = -2
"""In `floor_rule` and `cap_rule`: an area without people, held at its baseline."""


class HeldAtBaseline(NamedTuple):
    """Areas for which a cap or set amount came out below the baseline, which outranks it."""

    rule: int
    areas: Positions


@dataclass(frozen=True)
class Limits:
    """The limits of every area, in pence and in multiples of the rounding unit."""

    lower: Pence
    upper: Pence
    """`NO_CAP` where nothing caps the area."""
    floor_rule: Positions
    """Which rule makes the floor: its position in the policy, or `BASELINE`."""
    cap_rule: Positions
    """Which rule makes the cap: its position in the policy, or `NO_RULE`."""
    held: tuple[HeldAtBaseline, ...]
    floor_costs: tuple[int, ...]
    """By how much each rule, in order, raises the sum of the floors, in pence."""
    baseline_cost: int
    """The sum of the baselines, each rounded up to the unit, in pence."""
    groups: tuple[GroupLimits, ...] = ()
    """The limits on totals of several areas, one entry a group rule."""

    @property
    def most(self) -> Floats:
        """`upper` with infinity where nothing caps the area."""
        return np.where(self.upper == NO_CAP, np.inf, self.upper.astype(np.float64))


class _Limit(NamedTuple):
    floor: Pence | None
    cap: Pence | None
    covers: Mask


def find_limits(rules: tuple[Rule, ...], areas: Areas, names: Names, unit: int) -> Limits:
    """Turn rules into limits: floors rounded up, caps down, set amounts half up.

    Args:
        rules: the policy's rules, in order; those for groups of areas are passed over.
        areas: the areas; those without people are held at their baselines and no rule covers them.
        names: what the expressions of the rules may use.
        unit: the rounding unit in pence.

    Raises:
        ExpressionError: every expression that cannot be computed.
        LimitsClash: for some area a floor is above a cap.
    """
    measured = _measure(rules, areas, names, unit)
    base = -(-areas.baseline // unit) * unit
    lower, floor_rule = base.copy(), np.full(areas.size, BASELINE)
    upper, cap_rule = np.full(areas.size, NO_CAP), np.full(areas.size, NO_RULE)
    costs = []
    for position, limit in enumerate(measured):
        before = int(lower.sum())
        if limit.floor is not None:
            higher = limit.covers & (limit.floor > lower)
            lower[higher], floor_rule[higher] = limit.floor[higher], position
        if limit.cap is not None:
            tighter = limit.covers & (limit.cap < upper)
            upper[tighter], cap_rule[tighter] = limit.cap[tighter], position
        costs.append(int(lower.sum()) - before)
    held = tuple(
        HeldAtBaseline(position, np.flatnonzero(limit.covers & (limit.cap < base)))
        for position, limit in enumerate(measured)
        if limit.cap is not None and (limit.covers & (limit.cap < base)).any()
    )
    upper = np.maximum(upper, base)
    _refuse_clashes(rules, areas, lower, upper, floor_rule, cap_rule)
    upper[areas.held] = lower[areas.held]
    floor_rule[areas.held] = cap_rule[areas.held] = HELD
    groups = find_group_limits(rules, areas, names, unit)
    return Limits(lower, upper, floor_rule, cap_rule, held, tuple(costs), int(base.sum()), groups)


def _measure(rules: tuple[Rule, ...], areas: Areas, names: Names, unit: int) -> list[_Limit]:
    problems, measured = Problems(), []
    for rule in rules:
        if rule.is_for_groups:
            measured.append(_Limit(None, None, np.zeros(areas.size, dtype=bool)))
            continue
        with problems.caught():
            covers = names.matches(rule.where) & ~areas.held if rule.where else ~areas.held
            measured.append(_limit(rule, covers, names.numbers(rule.amount, among=covers), areas, unit))
    problems.raise_any(ExpressionError)
    return measured


def _limit(rule: Rule, covers: Mask, amount: Floats, areas: Areas, unit: int) -> _Limit:
    if (np.abs(amount) * 100 >= MOST_PENCE).any():
        where = Written(rule.amount).where()
        raise ExpressionError([Problem(where, f"'{rule.name}' gives an amount too large to be £")])
    if rule.of == "growth":
        amount = amount + areas.baseline / 100
    if rule.kind == "set":
        pence = to_pence(amount, "half up", unit)
        return _Limit(pence, pence, covers)
    pence = to_pence(amount, "up" if rule.kind == "floor" else "down", unit)
    return _Limit(pence, None, covers) if rule.kind == "floor" else _Limit(None, pence, covers)


def _refuse_clashes(
    rules: tuple[Rule, ...],
    areas: Areas,
    lower: Pence,
    upper: Pence,
    floor_rule: Positions,
    cap_rule: Positions,
) -> None:
    clash = lower > upper
    if not clash.any():
        return
    problems = Problems()
    pairs = sorted({(int(floor_rule[at]), int(cap_rule[at])) for at in np.flatnonzero(clash)})
    for floor, cap in pairs:
        where = np.flatnonzero(clash & (floor_rule == floor) & (cap_rule == cap))
        worst = where[np.argmax(lower[where] - upper[where])]
        count = f"{where.size:,} areas" if where.size > 1 else "one area"
        example = f"{areas.ids[int(worst)]} must get at least {pounds(int(lower[worst]))}"
        what = (
            f"'{rules[floor].name}' is above '{rules[cap].name}' for {count}: {example}"
            f" and at most {pounds(int(upper[worst]))}"
        )
        other = listing([Written(rules[cap].name).where() or f"'{rules[cap].name}'"])
        fix = f"lower the floor, raise the cap ({other}) or add 'where' to one of them"
        problems.add(Written(rules[floor].name).where(), what, fix)
    problems.raise_any(LimitsClash)

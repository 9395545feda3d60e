"""Rules made into limits: the least and the most each area may get, in pence, and which rule says so.

The baseline is the floor of every area. Nothing overrides it: a cap or set amount that comes out below an
area's baseline holds that area at its baseline, and is reported. Any other floor above a cap is a clash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.documents import Written
from allocate.errors import ExpressionError, Problem, Problems
from allocate.giving import FIRM, limits_left
from allocate.group_limits import GroupAmounts, GroupLimits, measure_groups
from allocate.money import MOST_PENCE, NO_CAP
from allocate.ratio_limits import RatioAmounts, RatioLimits, measure_ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.areas import Areas
    from allocate.giving import Gives
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
    ratios: tuple[RatioLimits, ...] = ()
    """The limits on the money per head of one group compared with another, one entry a group."""

    @property
    def most(self) -> Floats:
        """`upper` with infinity where nothing caps the area."""
        return np.where(self.upper == NO_CAP, np.inf, self.upper.astype(np.float64))

    @property
    def tie_areas_together(self) -> bool:
        """Whether some rule is about several areas at once."""
        return bool(self.groups or self.ratios)

    @property
    def contradict(self) -> Mask:
        """The areas that would have to get more than they may."""
        contradict: Mask = self.lower > self.upper
        return contradict


class AreaAmounts(NamedTuple):
    """What a rule for single areas says, before it is rounded or gives way."""

    rule: int
    """The position of the rule in the policy."""
    covers: Mask
    amounts: Floats
    """£ per area."""


@dataclass(frozen=True)
class Measured:
    """What the rules of a policy say in £: nothing is rounded and nothing gives way yet."""

    rules: tuple[Rule, ...]
    areas: Areas
    unit: int
    """The rounding unit in pence."""
    of_areas: tuple[AreaAmounts, ...]
    of_groups: tuple[GroupAmounts, ...]
    of_ratios: tuple[RatioAmounts, ...]

    @property
    def base(self) -> Pence:
        """The baselines, rounded up to the unit."""
        base: Pence = -(-self.areas.baseline // self.unit) * self.unit
        return base

    def areas_of(self, rule: int) -> Positions:
        """The areas that a rule is about."""
        about = np.zeros(self.areas.size, dtype=bool)
        for of_areas in self.of_areas:
            about |= of_areas.covers & (of_areas.rule == rule)
        for of_groups in self.of_groups:
            about |= (of_groups.codes >= 0) & (of_groups.rule == rule)
        for of_ratios in self.of_ratios:
            about |= of_ratios.inside & (of_ratios.rule == rule)
        return np.flatnonzero(about)

    def limits(self, gives: Gives | None = None) -> Limits:
        """The limits that the rules make: floors rounded up, caps down, set amounts half up.

        Args:
            gives: which rules give way, and how far.

        Returns:
            The limits. For some areas they may contradict each other: see `Limits.contradict`.
        """
        gives = gives or {}
        lower, upper, floor_rule, cap_rule, costs = self._of_areas(gives)
        held, base = tuple(self._held(gives)), self.base
        upper = np.maximum(upper, base)
        empty = self.areas.held
        upper[empty] = lower[empty]
        floor_rule[empty] = cap_rule[empty] = HELD
        groups = tuple(
            each.limits(self.rules[each.rule], gives.get(each.rule, FIRM), self.areas.baseline, self.unit)
            for each in self.of_groups
        )
        ratios = tuple(
            each.limits(self.rules[each.rule], gives.get(each.rule, FIRM), self.unit)
            for each in self.of_ratios
            if not gives.get(each.rule, FIRM).is_gone
        )
        return Limits(lower, upper, floor_rule, cap_rule, held, tuple(costs), int(base.sum()), groups, ratios)

    def _of_areas(self, gives: Gives) -> tuple[Pence, Pence, Positions, Positions, list[int]]:
        """The limits of single areas, which rule makes each, and what each rule adds to the floors."""
        size, costs = self.areas.size, [0] * len(self.rules)
        lower, floor_rule = self.base, np.full(size, BASELINE)
        upper, cap_rule = np.full(size, NO_CAP), np.full(size, NO_RULE)
        for each, floor, cap in self._pence(gives):
            if floor is not None:
                higher = each.covers & (floor > lower)
                costs[each.rule] = int((floor - lower)[higher].sum())
                lower[higher], floor_rule[higher] = floor[higher], each.rule
            if cap is not None:
                tighter = each.covers & (cap < upper)
                upper[tighter], cap_rule[tighter] = cap[tighter], each.rule
        return lower, upper, floor_rule, cap_rule, costs

    def _held(self, gives: Gives) -> Iterator[HeldAtBaseline]:
        for each, _, cap in self._pence(gives):
            if cap is not None and (outranked := each.covers & (cap < self.base)).any():
                yield HeldAtBaseline(each.rule, np.flatnonzero(outranked))

    def _pence(self, gives: Gives) -> Iterator[tuple[AreaAmounts, Pence | None, Pence | None]]:
        """Each rule for single areas with the floor and the cap it makes for each of them."""
        had = self.areas.baseline / 100
        for each in self.of_areas:
            rule, give = self.rules[each.rule], gives.get(each.rule, FIRM)
            yield each, *limits_left(rule, each.amounts, had, give, self.unit)


def measure_rules(rules: tuple[Rule, ...], areas: Areas, names: Names, unit: int) -> Measured:
    """Work out what rules say.

    Args:
        rules: the policy's rules, in order.
        areas: the areas; those without people are held at their baselines and no rule covers them.
        names: what the expressions of the rules may use.
        unit: the rounding unit in pence.

    Raises:
        ExpressionError: every expression that cannot be computed.
    """
    problems, of_areas = Problems(), []
    for position, rule in enumerate(rules):
        if not rule.is_for_groups:
            with problems.caught():
                of_areas.append(AreaAmounts(position, *_amounts(rule, areas, names)))
    problems.raise_any(ExpressionError)
    groups, ratios = measure_groups(rules, areas, names), measure_ratios(rules, areas, names)
    return Measured(rules, areas, unit, tuple(of_areas), groups, ratios)


def _amounts(rule: Rule, areas: Areas, names: Names) -> tuple[Mask, Floats]:
    covers: Mask = names.matches(rule.where) & ~areas.held
    amounts = names.numbers(rule.amount, among=covers)
    if (np.abs(amounts) * 100 >= MOST_PENCE).any():
        where = Written(rule.amount).where()
        raise ExpressionError([Problem(where, f"'{rule.name}' gives an amount too large to be £")])
    return covers, amounts + areas.baseline / 100 if rule.of == "growth" else amounts

"""Rules made into limits: the least and the most each area may get, in pence, and which rule says so.

The baseline is the floor of every area. Nothing overrides it: a cap or set amount that comes out below an
area's baseline holds that area at its baseline, and is reported. Any other floor above a cap is a clash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np

from allocate.errors import ExpressionError, Problems
from allocate.limits.giving import FIRM, check_pounds, limits_left
from allocate.limits.groups import GroupAmounts, GroupLimits, measure_groups
from allocate.limits.ratios import RatioAmounts, RatioLimits, measure_ratios
from allocate.money import NO_CAP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from allocate.areas import Areas
    from allocate.documents.rulebook import Rule
    from allocate.language.names import Names
    from allocate.limits.giving import Gives
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


class _InPence(NamedTuple):
    """A rule for single areas with the floor and the cap it makes for each of them."""

    amounts: AreaAmounts
    floor: Pence | None
    cap: Pence | None


class _Amounts(Protocol):
    @property
    def rule(self) -> int: ...


Amounts = TypeVar("Amounts", bound=_Amounts)


def _both(found: tuple[Amounts, ...], before: tuple[Amounts, ...], again: set[int]) -> tuple[Amounts, ...]:
    kept = [each for each in before if each.rule not in again]
    return tuple(sorted([*found, *kept], key=lambda each: each.rule))


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

    def is_about(self, rule: int, area: int) -> bool:
        """Whether a rule is about an area."""
        return (
            any(each.rule == rule and each.covers[area] for each in self.of_areas)
            or any(each.rule == rule and each.codes[area] >= 0 for each in self.of_groups)
            or any(each.rule == rule and each.inside[area] for each in self.of_ratios)
        )

    def with_others_of(self, known: Measured) -> Measured:
        """These amounts, and of all other rules those that were found before, in the order of the rules."""
        parts: tuple[_Amounts, ...] = (*self.of_areas, *self.of_groups, *self.of_ratios)
        mine = {each.rule for each in parts}
        return replace(
            self,
            of_areas=_both(self.of_areas, known.of_areas, mine),
            of_groups=_both(self.of_groups, known.of_groups, mine),
            of_ratios=_both(self.of_ratios, known.of_ratios, mine),
        )

    def limits(self, gives: Gives | None = None) -> Limits:
        """The limits that the rules make: floors rounded up, caps down, set amounts half up.

        Args:
            gives: which rules give way, and how far.

        Returns:
            The limits. For some areas they may contradict each other: see `Limits.contradict`.
        """
        gives, base = gives or {}, self.base
        of_areas = list(self._pence(gives))
        lower, upper, floor_rule, cap_rule, costs = self._of_areas(of_areas, base)
        held = tuple(_held(of_areas, base))
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

    def _of_areas(
        self, of_areas: Sequence[_InPence], base: Pence
    ) -> tuple[Pence, Pence, Positions, Positions, list[int]]:
        """The limits of single areas, which rule makes each, and what each rule adds to the floors."""
        size, costs = self.areas.size, [0] * len(self.rules)
        lower, floor_rule = base.copy(), np.full(size, BASELINE)
        upper, cap_rule = np.full(size, NO_CAP), np.full(size, NO_RULE)
        for each, floor, cap in of_areas:
            if floor is not None:
                higher = each.covers & (floor > lower)
                costs[each.rule] = int((floor - lower)[higher].sum())
                lower[higher], floor_rule[higher] = floor[higher], each.rule
            if cap is not None:
                tighter = each.covers & (cap < upper)
                upper[tighter], cap_rule[tighter] = cap[tighter], each.rule
        return lower, upper, floor_rule, cap_rule, costs

    def _pence(self, gives: Gives) -> Iterator[_InPence]:
        had = self.areas.baseline / 100
        for each in self.of_areas:
            rule, give = self.rules[each.rule], gives.get(each.rule, FIRM)
            yield _InPence(each, *limits_left(rule, each.amounts, had, give, self.unit))


def _held(of_areas: Sequence[_InPence], base: Pence) -> Iterator[HeldAtBaseline]:
    for each, _, cap in of_areas:
        if cap is not None and (outranked := each.covers & (cap < base)).any():
            yield HeldAtBaseline(each.rule, np.flatnonzero(outranked))


def measure_rules(
    rules: tuple[Rule, ...],
    areas: Areas,
    names: Names,
    unit: int,
    known: Measured | None = None,
    again: Collection[int] = (),
) -> Measured:
    """Work out what rules say.

    Args:
        rules: the policy's rules, in order.
        areas: the areas; those without people are held at their baselines and no rule covers them.
        names: what the expressions of the rules may use.
        unit: the rounding unit in pence.
        known: what the rules were found to say before, if that is so.
        again: the rules of which it may not be so any more, by their positions.

    Raises:
        ExpressionError: every expression that cannot be computed.
    """
    asked = dict(enumerate(rules))
    if known is not None:
        asked = {position: asked[position] for position in again}
    problems, of_areas = Problems(), []
    for position, rule in asked.items():
        if not rule.is_for_groups:
            with problems.caught():
                of_areas.append(AreaAmounts(position, *_amounts(rule, areas, names)))
    problems.raise_any(ExpressionError)
    groups, ratios = measure_groups(asked, areas, names), measure_ratios(asked, areas, names)
    found = Measured(rules, areas, unit, tuple(of_areas), groups, ratios)
    return found if known is None else found.with_others_of(known)


def _amounts(rule: Rule, areas: Areas, names: Names) -> tuple[Mask, Floats]:
    covers: Mask = names.matches(rule.where) & ~areas.held
    amounts = names.numbers(rule.amount, among=covers)
    check_pounds(rule, amounts)
    return covers, amounts + areas.baseline / 100 if rule.of == "growth" else amounts

"""Rules that compare the money per head of two groups, made into limits on the ratio of their totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.documents.fields import EVERYONE
from allocate.errors import ExpressionError, Problem, Problems
from allocate.language.places import Written
from allocate.limits.groups import groups_of, matching
from allocate.solver.partition import Ratio
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.areas import Areas
    from allocate.documents.rulebook import Rule
    from allocate.language.names import Names
    from allocate.limits.giving import Give
    from allocate.solver.arrays import Floats, Mask, Pence


@dataclass(frozen=True)
class RatioLimits:
    """The limit that a rule puts on the money per head of one group, compared with that of another."""

    rule: int
    group: str
    against: str
    share: float
    """What a head of the group gets is limited to this share of what a head of the others gets."""
    ratio: Ratio

    def floor(self, amounts: Pence) -> float | None:
        """The least that the group must get, given what the others get, in pence; None if there is none."""
        return None if np.isinf(self.ratio.lower) else self._even(amounts) + self.ratio.lower

    def cap(self, amounts: Pence) -> float | None:
        """The most that the group may get, given what the others get, in pence; None if there is none."""
        return None if np.isinf(self.ratio.upper) else self._even(amounts) + self.ratio.upper

    def _even(self, amounts: Pence) -> float:
        """What would be exactly the share, in pence."""
        return self.ratio.times * int(amounts[self.ratio.against].sum())

    def binds(self, amounts: Pence, unit: int) -> bool:
        """Whether the group stands at its limit, but for rounding."""
        difference = self.ratio.difference(amounts)
        return difference - self.ratio.lower < 2 * unit or self.ratio.upper - difference < 2 * unit


@dataclass(frozen=True)
class RatioAmounts:
    """What a rule says about the money per head of one group, before it gives way."""

    rule: int
    """The position of the rule in the policy."""
    group: str
    against: str
    share: float
    """What a head of the group gets compared with a head of the others."""
    heads: float
    """How many heads the group has for each head of the others."""
    inside: Mask
    others: Mask
    growth: tuple[int, int] | None
    """The baselines of both, in pence, if the rule is about growth."""

    def limits(self, rule: Rule, give: Give, unit: int) -> RatioLimits:
        """The limit it makes. A `set` ratio is met to within one rounding unit: whole units seldom hit it."""
        has_floor, has_cap = rule.limit.is_floor, rule.limit.is_cap
        share = self.share / give.strength if has_cap else self.share * give.strength
        times = share * self.heads
        had = 0.0 if self.growth is None else self.growth[0] - times * self.growth[1]
        slack = give.by + (unit if has_floor and has_cap else 0)
        lower = had - slack if has_floor else -np.inf
        upper = had + slack if has_cap else np.inf
        ratio = Ratio(self.inside, self.others, times, lower, upper)
        return RatioLimits(self.rule, self.group, self.against, share, ratio)


def measure_ratios(rules: Mapping[int, Rule], areas: Areas, names: Names) -> tuple[RatioAmounts, ...]:
    """Work out what rules with `compared_with` say; see `measure_groups`.

    Raises:
        ExpressionError: every rule that cannot be computed.
    """
    problems: Problems = Problems()
    found: list[RatioAmounts] = []
    for position, rule in rules.items():
        if rule.compared_with is not None:
            with problems.caught():
                found += _ratios_of(position, rule, areas, names)
    problems.raise_any(ExpressionError)
    return tuple(found)


def _ratios_of(position: int, rule: Rule, areas: Areas, names: Names) -> list[RatioAmounts]:
    """One ratio a group: its money per head against a share of that of the areas it is compared with."""
    codes, groups = groups_of(rule, areas, names)
    against, others = _compared(rule, areas, names)
    heads = names.numbers(rule.denominator, among=~areas.held)
    of_others = _heads(rule, heads, others, against)
    shares = names.number_of_each(rule.amount, codes, len(groups))
    found = []
    for number, group in enumerate(groups):
        inside = codes == number
        share, ratio = _share(rule, float(shares[number])), _heads(rule, heads, inside, group) / of_others
        growth = None
        if rule.of == "growth":
            growth = int(areas.baseline[inside].sum()), int(areas.baseline[others].sum())
        found.append(RatioAmounts(position, group, against, share, ratio, inside, others, growth))
    return found


def _compared(rule: Rule, areas: Areas, names: Names) -> tuple[str, Mask]:
    """The areas that groups are compared with, and what to call them."""
    if rule.compared_with == EVERYONE:
        return EVERYONE, ~areas.held
    predicate = Written(rule.compared_with or "")
    return str(predicate), matching(predicate, areas, names)


def _share(rule: Rule, share: float) -> float:
    if share < 0:
        where = Written(rule.amount).where()
        raise ExpressionError([Problem(where, f"'{rule.amount}' is negative", "write a share such as 100%")])
    return share


def _heads(rule: Rule, heads: Floats, among: Mask, label: str) -> float:
    """How many heads some areas have; there must be some to compare money per head."""
    where, fix = Written(rule.per or rule.name).where(), "compare money per something that is above nought"
    if (heads < 0).any():
        raise ExpressionError([Problem(where, f"'{rule.denominator}' is negative for some areas", fix)])
    if not (count := total(heads[among])):
        raise ExpressionError([Problem(where, f"'{rule.denominator}' counts no heads for {label}", fix)])
    return count

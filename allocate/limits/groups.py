"""Group rules made into limits: the least and the most that several areas together may get, in pence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.errors import ExpressionError, Problem, Problems
from allocate.language.expressions import as_name
from allocate.language.places import Written
from allocate.limits.giving import check_pounds, limits_left
from allocate.money import NO_CAP
from allocate.solver.partition import Partition, exact_totals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.areas import Areas
    from allocate.documents.rulebook import Rule
    from allocate.language.names import Names
    from allocate.limits.giving import Give
    from allocate.solver.arrays import Floats, Mask, Pence, Positions


@dataclass(frozen=True)
class GroupLimits:
    """The limits that one group rule puts on its groups."""

    rule: int
    """The position of the rule in the policy."""
    groups: tuple[str, ...]
    """What each group is called: a value of the column of `by`, or the condition of `across`."""
    partition: Partition
    held: tuple[str, ...] = ()
    """Groups for which the cap came out below their baselines, which outrank it."""

    @cached_property
    def sizes(self) -> Positions:
        """How many areas are in each group; there is none without areas."""
        return np.bincount(self.partition.codes[self.partition.codes >= 0])

    def binds(self, amounts: Pence) -> Mask:
        """Which groups stand at one of their limits, if areas get these amounts."""
        totals = self.partition.totals(amounts)
        at_floor = (totals == self.partition.lower) & (self.partition.lower > 0)
        binds: Mask = at_floor | (totals == self.partition.upper)
        return binds


@dataclass(frozen=True)
class GroupAmounts:
    """What a rule for totals of groups says, before it is rounded or gives way."""

    rule: int
    """The position of the rule in the policy."""
    groups: tuple[str, ...]
    """What each group is called."""
    codes: Positions
    """The group of each area, from 0; -1 for none."""
    amounts: Floats
    """£ per group."""

    def limits(self, rule: Rule, give: Give, baselines: Pence, unit: int) -> GroupLimits:
        """The limits it makes: floors rounded up, caps down, set amounts half up.

        Args:
            rule: the rule itself.
            give: how far it gives way.
            baselines: of the areas, in pence.
            unit: the rounding unit in pence.
        """
        count = len(self.groups)
        had = exact_totals(self.codes, baselines, count)
        base = exact_totals(self.codes, -(-baselines // unit) * unit, count)
        floor, cap = limits_left(rule, self.amounts, had / 100, give, unit)
        lower = np.zeros(count, dtype=np.int64) if floor is None else floor
        lower[lower <= base] = 0  # the baselines promise as much
        upper = np.full(count, NO_CAP) if cap is None else cap
        outranked = tuple(group for group, low in zip(self.groups, upper < base, strict=True) if low)
        partition = Partition(self.codes, lower, np.maximum(upper, base))
        return GroupLimits(self.rule, self.groups, partition, outranked)


def measure_groups(rules: Mapping[int, Rule], areas: Areas, names: Names) -> tuple[GroupAmounts, ...]:
    """Work out what rules for totals of groups say.

    Args:
        rules: of a policy, by their positions in it; those not for totals of groups are passed over.
        areas: the areas; those without people are in no group.
        names: what the expressions of the rules may use.

    Raises:
        ExpressionError: every rule that cannot be computed.
    """
    problems, found = Problems(), []
    for position, rule in rules.items():
        if rule.is_for_groups and rule.compared_with is None:
            with problems.caught():
                found.append(_amounts(position, rule, areas, names))
    problems.raise_any(ExpressionError)
    return tuple(found)


def _amounts(position: int, rule: Rule, areas: Areas, names: Names) -> GroupAmounts:
    codes, groups = groups_of(rule, areas, names)
    amounts = names.number_of_each(rule.amount, codes, len(groups))
    check_pounds(rule, amounts)
    if rule.of == "growth":
        amounts = amounts + exact_totals(codes, areas.baseline, len(groups)) / 100
    return GroupAmounts(position, groups, codes, amounts)


def groups_of(rule: Rule, areas: Areas, names: Names) -> tuple[Positions, tuple[str, ...]]:
    """The group of each area, -1 for none, and what the groups are called."""
    if rule.across is None:
        used = [as_name(rule.by or ""), *([] if rule.where is None else [rule.where])]
        return names.once(("groups", *used), used, lambda: _by(rule, areas, names))
    across = rule.across
    codes = names.once(("across", across), [across], lambda: np.where(matching(across, areas, names), 0, -1))
    return codes, (str(across),)


def matching(predicate: Written, areas: Areas, names: Names) -> Mask:
    """The areas that a condition is about; there must be some."""
    matching = names.matches(predicate) & ~areas.held
    if not matching.any():
        where = Written(predicate).where()
        raise ExpressionError([Problem(where, f"'{predicate}' matches no area", "widen it or drop the rule")])
    return matching


def _by(rule: Rule, areas: Areas, names: Names) -> tuple[Positions, tuple[str, ...]]:
    covered: Mask = names.matches(rule.where) & ~areas.held
    values = names.series(Written(rule.by or ""))
    missing = np.flatnonzero(values.is_null().to_numpy() & covered)
    if missing.size:
        label, where = names.label(int(missing[0])), Written(rule.by or "").where()
        fix = "give the missing values, or narrow the rule with 'where'"
        raise ExpressionError([Problem(where, f"'{rule.by}' is missing for {label}", fix)])
    texts = values.cast(pl.String) if not values.dtype.is_numeric() else values
    groups = texts.filter(pl.Series(covered)).unique().sort()
    codes = texts.replace_strict(groups, pl.arange(0, len(groups), eager=True), default=-1).to_numpy()
    shown = tuple(f"{each:g}" if isinstance(each, float) else str(each) for each in groups)
    return np.where(covered, codes, -1), shown

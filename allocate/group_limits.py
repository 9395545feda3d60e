"""Group rules made into limits: the least and the most that several areas together may get, in pence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.documents import Written
from allocate.errors import ExpressionError, Problem, Problems
from allocate.money import MOST_PENCE, NO_CAP, to_pence
from allocate.solver.partition import Partition

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.names import Names
    from allocate.rulebook import Rule
    from allocate.solver.arrays import Mask, Pence, Positions


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


def find_group_limits(
    rules: tuple[Rule, ...], areas: Areas, names: Names, unit: int
) -> tuple[GroupLimits, ...]:
    """Turn the rules with `by` or `across` into limits: floors rounded up, caps down, set amounts half up.

    Args:
        rules: all the policy's rules, in order; those for single areas are passed over.
        areas: the areas; those without people are in no group.
        names: what the expressions of the rules may use.
        unit: the rounding unit in pence.

    Raises:
        ExpressionError: every rule that cannot be computed.
    """
    problems, found = Problems(), []
    for position, rule in enumerate(rules):
        if rule.is_for_groups:
            with problems.caught():
                found.append(_limits_of(position, rule, areas, names, unit))
    problems.raise_any(ExpressionError)
    return tuple(found)


def binding_groups(partition: Partition, amounts: Pence) -> Mask:
    """Which groups of a group rule stand at one of its limits."""
    totals = group_totals(partition, amounts)
    at_floor = (totals == partition.lower) & (partition.lower > 0)
    binds: Mask = at_floor | (totals == partition.upper)
    return binds


def group_totals(partition: Partition, amounts: Pence) -> Pence:
    """What each group of a group rule gets, in pence."""
    return np.array([amounts[partition.codes == group].sum() for group in range(partition.lower.size)])


def _limits_of(position: int, rule: Rule, areas: Areas, names: Names, unit: int) -> GroupLimits:
    codes, groups = _across(rule, areas, names) if rule.across else _by(rule, areas, names)
    members = [codes == group for group in range(len(groups))]
    amounts = np.array([names.number(rule.amount, among=each) for each in members])
    if (np.abs(amounts) * 100 >= MOST_PENCE).any():
        where = Written(rule.amount).where()
        raise ExpressionError([Problem(where, f"'{rule.name}' gives an amount too large to be £")])
    base = -(-areas.baseline // unit) * unit
    baselines = np.array([int(base[each].sum()) for each in members])
    if rule.of == "growth":
        amounts = amounts + np.array([int(areas.baseline[each].sum()) for each in members]) / 100
    lower, upper = np.zeros(len(groups), dtype=np.int64), np.full(len(groups), NO_CAP)
    if rule.kind in ("floor", "set"):
        lower = to_pence(amounts, "half up" if rule.kind == "set" else "up", unit)
    if rule.kind in ("cap", "set"):
        upper = to_pence(amounts, "half up" if rule.kind == "set" else "down", unit)
    lower[lower <= baselines] = 0  # the baselines promise as much
    outranked = tuple(group for group, low in zip(groups, upper < baselines, strict=True) if low)
    partition = Partition(codes, lower, np.maximum(upper, baselines))
    return GroupLimits(position, groups, partition, outranked)


def _across(rule: Rule, areas: Areas, names: Names) -> tuple[Positions, tuple[str, ...]]:
    matching = names.matches(rule.across) & ~areas.held
    if not matching.any():
        where = Written(rule.across or "").where()
        raise ExpressionError(
            [Problem(where, f"'{rule.across}' matches no area", "widen it or drop the rule")]
        )
    return np.where(matching, 0, -1), (str(rule.across),)


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

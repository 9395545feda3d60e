"""Rules that give way when not all can hold: the softest first, each no further than it must."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.limits.giving import FIRM, Give, limits_left
from allocate.sharing.routes import fits
from allocate.solver.partition import exact_totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.documents.rulebook import Rule
    from allocate.limits.giving import Gives
    from allocate.limits.measured import Measured
    from allocate.solver.arrays import Floats, Pence

HALVINGS = 42
DECIMALS = 12
"""Strengths are found by halving the interval they lie in, and cut to this many decimals."""

NOTHING = 1e-9
"""A strength below this is none: rounding to whole units hides the difference."""


class GaveWay(NamedTuple):
    """A rule that gave way, and how far."""

    rule: int
    """The position of the rule in the policy."""
    strength: float
    """What is left of it: see `Give`."""
    short: int | None
    """By how much its guarantees fall short of what it says, in pence in all; None if it gives none in £."""


def find_gives(measured: Measured, pot: int, *, leave_unspent: bool) -> dict[int, Give]:
    """Which rules give way so that all can hold, and how far.

    Rules that may not give way are always met in full. Of the others those with the lowest priority number
    are kept as strong as can be, then those with the next, and so on; rules with the same number give way
    together.

    Returns:
        What gives way; if the rules that may not give way cannot hold by themselves, all the others as gone.
    """
    classes = _classes(measured.rules)
    if not classes or fits(measured, {}, pot, leave_unspent=leave_unspent):
        return {}
    gives = {rule: Give(0.0) for each in classes for rule in each}
    if not fits(measured, gives, pot, leave_unspent=leave_unspent):
        return gives
    for together in classes:
        give = _strongest(measured, gives, together, pot, leave_unspent=leave_unspent)
        gives |= {rule: for_whole_units(measured, rule, give) for rule in together}
    return {rule: give for rule, give in gives.items() if give != FIRM}


def for_whole_units(measured: Measured, rule: int, give: Give) -> Give:
    """Leave a rule that compares two groups the room that whole units need to meet it."""
    if give == FIRM or give.is_gone or measured.rules[rule].compared_with is None:
        return give
    return give._replace(by=2 * measured.unit)


def _classes(rules: Sequence[Rule]) -> list[list[int]]:
    """The rules that may give way: those that do so together, the last to give way first."""
    numbers = sorted({rule.gives_way for rule in rules if rule.gives_way is not None})
    return [[at for at, rule in enumerate(rules) if rule.gives_way == number] for number in numbers]


def _strongest(
    measured: Measured, gives: Gives, together: Sequence[int], pot: int, *, leave_unspent: bool
) -> Give:
    """The strongest that some rules can be with the others as they are."""
    low, high = 0.0, 1.0
    if fits(measured, {**gives, **dict.fromkeys(together, FIRM)}, pot, leave_unspent=leave_unspent):
        return FIRM
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        trial = {**gives, **dict.fromkeys(together, Give(middle))}
        if fits(measured, trial, pot, leave_unspent=leave_unspent):
            low = middle
        else:
            high = middle
    return Give(math.floor(low * 10**DECIMALS) / 10**DECIMALS if low > NOTHING else 0.0)


def what_gave_way(measured: Measured, gives: Gives) -> Iterator[GaveWay]:
    """Say of every rule that gave way how far it did."""
    for rule, give in sorted(gives.items()):
        yield GaveWay(rule, give.strength, _short_by(measured, rule, give))


def _short_by(measured: Measured, rule: int, give: Give) -> int | None:
    """By how much the guarantees of a rule fall short of what it says, in pence in all."""
    if not measured.rules[rule].limit.is_floor:
        return None
    baseline = measured.areas.baseline
    for of_areas in measured.of_areas:
        if of_areas.rule == rule:
            short = _short(measured, rule, of_areas.amounts, baseline, give)
            return int(short[of_areas.covers].sum())
    for of_groups in measured.of_groups:
        if of_groups.rule == rule:
            had = exact_totals(of_groups.codes, baseline, len(of_groups.groups))
            return int(_short(measured, rule, of_groups.amounts, had, give).sum())
    return None


def _short(measured: Measured, rule: int, amounts: Floats, baselines: Pence, give: Give) -> Pence:
    """What guarantees above the baselines are less than in full, in pence; one an area or a group."""

    def promised(give: Give) -> Pence:
        lower = limits_left(measured.rules[rule], amounts, baselines / 100, give, measured.unit).lower
        return baselines if lower is None else np.maximum(lower, baselines)

    return promised(FIRM) - promised(give)

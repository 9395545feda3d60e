"""That an allocation keeps its limits, in whole pence and exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.proof.parts import sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Pence
    from allocate.solver.partition import Partition, Ratio


def check(amounts: Pence, baseline: Pence, lower: Pence, upper: Pence, spent: int) -> list[str]:
    """Check the limits of every area and the pot.

    Args:
        amounts: what each area gets, in pence.
        baseline: what each had.
        lower: the least each may get.
        upper: the most.
        spent: the pot less what is reported as left in it.

    Returns:
        Every breach in words; nothing if there is none.
    """
    breaches = []
    for what, short in (
        ("below its baseline", baseline - amounts),
        ("below its floor", lower - amounts),
        ("above its cap", amounts - upper),
    ):
        if (short > 0).any():
            worst = int(np.argmax(short))
            breaches.append(f"area {worst} is {int(short[worst])} pence {what}")
    total = sum(amounts.tolist())
    if total != spent:
        breaches.append(f"the areas get {total} pence of a pot of {spent}")
    return breaches


def check_groups(amounts: Pence, partitions: Sequence[Partition]) -> list[str]:
    """Check the totals of groups, in whole pence.

    Returns:
        Every breach in words; nothing if there is none.
    """
    breaches = []
    for number, (codes, lower, upper) in enumerate(partitions):
        totals = sums(codes, amounts, lower.size)
        for group in np.flatnonzero((totals < lower) | (totals > upper)):
            limits = f"{lower[group]} to {upper[group]}"
            breaches.append(f"group {group} of group rule {number} gets {totals[group]} pence, not {limits}")
    return breaches


def check_ratios(amounts: Pence, ratios: Sequence[Ratio]) -> list[str]:
    """Check the rules that compare two totals, in exact fractions.

    Returns:
        Every breach in words; nothing if there is none.
    """
    breaches = []
    for number, ratio in enumerate(ratios):
        difference = exact_difference(amounts, ratio)
        if past_limits(difference, ratio):
            limits = f"{ratio.lower} to {ratio.upper}"
            breaches.append(f"ratio {number} is off by {float(difference)} pence, not {limits}")
    return breaches


SLACK = Fraction(1, 1000)
"""Limits of ratios are no whole pence: what a float may be off by, in pence."""


def exact_difference(amounts: Pence, ratio: Ratio) -> Fraction:
    """By how many pence the total of some areas is above a multiple of the total of others."""
    inside, against = (sum(amounts[side].tolist()) for side in (ratio.inside, ratio.against))
    difference: Fraction = inside - Fraction(ratio.times) * against
    return difference


def past_limits(difference: Fraction, ratio: Ratio) -> Fraction:
    """By how many pence a difference is outside the limits of its ratio, but for `SLACK`; nought if not."""
    past = Fraction(0)
    if math.isfinite(ratio.lower):
        past = max(past, Fraction(ratio.lower) - difference - SLACK)
    if math.isfinite(ratio.upper):
        past = max(past, difference - Fraction(ratio.upper) - SLACK)
    return past

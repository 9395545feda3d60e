"""How little and how much may be placed: what floors take at the least, and that nobody may take more.

What is placed is whole pence, so half a penny of room may be left.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.proof.duality import readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Pence
    from allocate.solver.proof.levels import Fill
    from allocate.solver.proof.ties import Tree
    from allocate.solver.reasons import Bound, Prices

HUNDREDTH = Fraction(1, 100)
"""What totals found by linear programming may miss a limit by, in pence, to show that there is room."""


def prove_full(fill: Fill, amounts: Pence, order: Sequence[int] | None, why: Bound | None) -> str | None:
    """Prove that no more could be placed than some amounts.

    Args:
        fill: its limits; its pot is all there is.
        amounts: what areas get, in parts.
        order: the rules for groups, deepest first, if they are nested.
        why: prices that say so, if they are not.

    Returns:
        What speaks against it, if anything.
    """
    tree = None if order is None else fill.ties.tree(order)
    if tree is not None:
        return None if _nobody_may_rise(fill, amounts, tree) else "more could have been placed"
    if why is None:
        return "nothing says that no more could have been placed"
    bound = _bound(fill, why.prices, 1)
    proven = bound is not None and bound <= int(amounts.sum()) + _half_a_penny(fill)
    return None if proven else "the prices do not prove that no more could have been placed"


def _nobody_may_rise(fill: Fill, amounts: Pence, tree: Tree) -> bool:
    """Whether every area is at its most, or in a group that is at its cap."""
    totals, (_, upper, capped) = tree.up(amounts), tree.limits()
    limits = np.where(capped, upper << fill.parts.shift, np.iinfo(np.int64).max)
    full = totals >= limits - _half_a_penny(fill)
    for layer in tree.layers():
        full[layer] |= full[tree.parent[layer]]
    free = ~full[tree.node_of]
    return bool(np.sum((fill.upper - amounts)[free], dtype=np.float64) <= _half_a_penny(fill))


def _half_a_penny(fill: Fill) -> int:
    return fill.parts.penny // 2 + 1 + fill.parts.slack


def prove_least(fill: Fill, order: Sequence[int] | None, why: Bound | None, claimed: int) -> str | None:
    """Prove what meeting every floor takes at the least.

    Args:
        fill: its limits; its pot is all there is.
        order: the rules for groups, deepest first, if they are nested.
        why: prices and totals that say so, if they are not.
        claimed: what it is said to take, in pence.

    Returns:
        What speaks against it, if anything.
    """
    tree = None if order is None else fill.ties.tree(order)
    if tree is not None:
        lower, _, _ = tree.limits()
        takes = int(tree.up(fill.lower, least=lower << fill.parts.shift)[-1])
        return None if takes == claimed * fill.parts.penny else "floors take another sum at the least"
    if why is None:
        met = claimed * fill.parts.penny == sum(fill.lower.tolist())
        met = met and _holds(fill, fill.ties.totals(fill.lower).tolist())
        return None if met else "nothing says what floors take at the least"
    bound = _bound(fill, why.prices, -1)
    if bound is None or -bound <= (claimed - 1) * fill.parts.penny:
        return "the prices do not prove what floors take at the least"
    return None if _witnessed(fill, why, claimed) else "floors take more than is claimed"


def _bound(fill: Fill, prices: Prices, sign: int) -> Fraction | None:
    """What all get at most, or minus that at least, at some prices of the rows."""
    problem, weights = fill.problem(*fill.cell_limits()), [Fraction(sign)] * fill.ties.cells
    found = [problem.bound(weights, each.rows, Fraction(0)) for each in readings(prices)]
    return min((each for each in found if each is not None), default=None)


def _witnessed(fill: Fill, why: Bound, claimed: int) -> bool:
    """Whether the totals of a bound meet every limit and add up to no more than is claimed."""
    slack, totals = HUNDREDTH * fill.parts.penny, [0] * fill.ties.cells
    for area, total in zip(why.cells, fill.parts.nearest(np.asarray(why.totals)).tolist(), strict=True):
        totals[int(fill.ties.cell_of[area])] = total
    return _holds(fill, totals) and sum(totals) <= claimed * fill.parts.penny + slack


def _holds(fill: Fill, totals: list[int]) -> bool:
    """Whether totals of cells meet every limit, but for a hundredth of a penny."""
    penny, slack = fill.parts.penny, HUNDREDTH * fill.parts.penny
    limits = zip(*fill.cell_limits(), totals, strict=True)
    holds = all(low - slack <= at <= high + slack for low, high, at in limits)
    for row in fill.rows:
        got = sum(times * totals[cell] for cell, times in row.times.items())
        holds &= row.lower is None or got >= row.lower * penny - slack
        holds &= row.upper is None or got <= row.upper * penny + slack
    return holds

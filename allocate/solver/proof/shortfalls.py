"""The face of least shortfall: that prices prove it, and the limits within which it is left.

Closing shortfalls is giving money its worth: a penny for an area below its goal is worth its priority, above
that nothing. At any price of a penny in each cell, no allocation is worth more than what each area gains
most by, plus what the limits of groups and the pot are worth; if some allocation is worth that much, nobody
closes more. It then has every area where its gain is greatest, and every priced row at its limit: the face.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.proof.parts import ENDLESS

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence
    from allocate.solver.proof.levels import Fill
    from allocate.solver.reasons import Prices

SAME = 1e-8
"""Priorities, as parts of the highest, that differ by no more than this count as the same."""


class Wished(NamedTuple):
    """What areas are to reach."""

    priority: Floats
    """As parts of the highest."""
    goal: Pence
    """In parts of a penny, between the limits."""


def wished(fill: Fill, priority: Floats, goal: Floats) -> Wished:
    """Priorities as parts of the highest, and goals (in pence) between the limits."""
    highest = float(priority.max())
    parts = np.minimum(np.maximum(fill.parts.nearest(goal), fill.lower), fill.upper)
    return Wished(priority / highest if highest > 0 else priority, parts)


def on_face(fill: Fill, wish: Wished, prices: Prices) -> Fill:
    """The same fill within the limits that the prices leave: where each area gains most, rows at theirs.

    An area whose worth and price differ by no more than `SAME` gains the same anywhere.
    """
    rows = list(fill.rows)
    for at, price in prices.rows.items():
        if price > SAME:
            rows[at] = rows[at]._replace(lower=rows[at].upper)
        elif price < -SAME:
            rows[at] = rows[at]._replace(upper=rows[at].lower)
    cost = _cost(fill, prices)
    some = wish.priority > 0
    below, above = np.where(some, wish.priority - cost, -cost), -cost
    middle = np.where(some, wish.goal, fill.lower)
    least = np.where(below > SAME, middle, fill.lower)
    most = np.where(below < -SAME, fill.lower, np.where(above < -SAME, middle, fill.upper))
    least = np.where(above > SAME, fill.upper, least)
    return replace(fill, rows=rows, lower=least, upper=most)


def missing(fill: Fill, wish: Wished, amounts: Pence, prices: Prices) -> Fraction | None:
    """By how much more some allocation could be worth than this one, at most; None if nothing bounds it.

    Args:
        fill: the limits before they were narrowed.
        wish: priorities and goals.
        amounts: what areas get, in parts.
        prices: what a penny is worth in the rows and in the pot.

    Returns:
        Parts of a penny, at the highest priority: exactly added up from products of floats, each off by no
        more than one part in 2⁵².
    """
    limits = 0.0
    totals = fill.ties.totals(amounts)
    for at, price in prices.rows.items():
        row = fill.rows[at]
        limit = row.upper if price > 0 else row.lower
        if limit is None:
            return None
        got = sum(times * int(totals[cell]) for cell, times in row.times.items())
        limits += price * float(limit * fill.parts.penny - got)
    cost = _cost(fill, prices)
    gains = [_gain(fill, wish, at, cost) for at in (fill.lower, wish.goal, fill.upper)]
    most = np.maximum(np.maximum(gains[0], gains[1]), gains[2])
    if np.isinf(most).any():  # money that is better than free, for somebody without a limit
        return None
    lost = float(np.sum(np.maximum(most - _gain(fill, wish, amounts, cost), 0.0)))
    spare = prices.pot * float(fill.pot - int(amounts.sum()))
    return Fraction(lost) + Fraction(max(limits, 0.0)) + Fraction(max(spare, 0.0))


def _cost(fill: Fill, prices: Prices) -> Floats:
    """What a penny for each area costs at some prices."""
    cost = np.full(fill.ties.cells, prices.pot)
    for at, price in prices.rows.items():
        for cell, times in fill.rows[at].times.items():
            cost[cell] += price * float(times)
    return cost[fill.ties.cell_of]


def _gain(fill: Fill, wish: Wished, amounts: Pence, cost: Floats) -> Floats:
    """What each area's amount is worth above what it costs, counted from the least it gets."""
    endless, short = amounts >= ENDLESS, wish.goal - fill.lower
    above = np.where(endless, 0, amounts - fill.lower)
    closed = np.where(endless, short, np.minimum(above, short))
    gain = wish.priority * closed.astype(np.float64) - cost * above.astype(np.float64)
    return np.where(endless & (np.abs(cost) > SAME), np.copysign(np.inf, -cost), gain)

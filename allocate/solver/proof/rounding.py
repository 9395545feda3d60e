"""That whole units are what exact amounts round to.

By largest remainder, no unit can go from one area to another so that both come nearer to their exact amounts:
what one was rounded up by and what another was rounded down by are less than a unit together. Nested groups
are rounded so from the outermost inwards. Where groups overlap it is the totals of cells whose distances add
up to least within all rules, which prices prove, and the areas of each cell that are rounded so.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.proof.duality import simple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from allocate.solver.arrays import Mask, Pence, Positions
    from allocate.solver.proof.parts import Parts
    from allocate.solver.proof.ties import Ties, Tree
    from allocate.solver.reasons import Prices

TIED = 2e-6
"""Remainders that differ by less than this part of a unit are a tie, which ids decide."""

NOISE = 48
"""What adding up may move an exact amount by: one part in 2⁴⁸ of the pot."""


class Rounded(NamedTuple):
    """Exact amounts, and the whole units they were rounded to; both in parts of a penny."""

    exact: Pence
    whole: Pence
    lower: Pence
    upper: Pence
    unit: int
    parts: Parts

    @property
    def errors(self) -> Pence:
        """By how much each was rounded up."""
        return self.whole - self.exact

    @property
    def most(self) -> int:
        """The most that two errors may differ by: a unit, and what makes a tie."""
        return int(self.unit * (1 + TIED)) + (self.parts.whole >> NOISE) + 2


def worst_pair(rounded: Rounded, of: Positions, count: int) -> tuple[int, int] | None:
    """Two areas of one group between which a unit could go so that both come nearer, or None.

    Args:
        rounded: the amounts.
        of: the group of each.
        count: how many groups there are.

    Returns:
        The positions (to, from).
    """
    errors = rounded.errors
    may_fall = rounded.whole - rounded.unit >= rounded.lower
    may_rise = rounded.whole + rounded.unit <= rounded.upper
    highest = _extreme(errors, may_fall, of, count, np.maximum)
    lowest = _extreme(errors, may_rise, of, count, np.minimum)
    both = (highest > -FAR) & (lowest < FAR)
    wide = np.where(both, highest, 0) - np.where(both, lowest, 0)
    if not count or int(wide.max(initial=0)) <= rounded.most:
        return None
    group = int(np.argmax(wide))
    givers = np.flatnonzero((of == group) & may_fall & (errors == highest[group]))
    takers = np.flatnonzero((of == group) & may_rise & (errors == lowest[group]))
    return int(takers[0]), int(givers[0])


FAR = 1 << 62
"""Beyond any error."""


def _extreme(errors: Pence, which: Mask, of: Positions, count: int, of_two: np.ufunc) -> Pence:
    found = np.full(count, -FAR if of_two is np.maximum else FAR, dtype=np.int64)
    of_two.at(found, of[which], errors[which])
    return found


def wrong_tie(
    rounded: Rounded, of: Positions, same: Positions, in_id_order: Callable[[Positions], Positions]
) -> tuple[int, int] | None:
    """Two areas alike of which the later id got a unit and the earlier did not, or None.

    Args:
        rounded: the amounts.
        of: the group of each.
        same: a number for each area, the same for areas with the same weight and limits.
        in_id_order: puts positions in the order of the ids.

    Returns:
        The positions (earlier id, later id).
    """
    order = in_id_order(np.arange(of.size))
    order = order[np.lexsort((same[order], of[order]))]
    first, second = order[:-1], order[1:]
    alike = (of[first] == of[second]) & (same[first] == same[second])
    alike &= rounded.exact[first] == rounded.exact[second]
    wrong = np.flatnonzero(alike & (rounded.whole[first] < rounded.whole[second]))
    return (int(first[wrong[0]]), int(second[wrong[0]])) if wrong.size else None


def wrong_node(rounded: Rounded, tree: Tree) -> bool:
    """Whether a unit could go between two groups inside one, or its other areas, so that both come nearer.

    A group may get what its own limits say; the areas outside the inner groups count as one more.
    """
    size, root = tree.root + 1, tree.root
    exact, whole = tree.up(rounded.exact), tree.up(rounded.whole)
    own_exact, own_whole = tree.own(rounded.exact), tree.own(rounded.whole)
    lower, upper, capped = tree.limits()
    shift = rounded.parts.shift
    low = np.concatenate([lower[:root] << shift, np.zeros(size, dtype=np.int64)])
    most = np.where(capped[:root], np.where(capped[:root], upper[:root], 0) << shift, FAR)
    high = np.concatenate([most, np.where(own_exact > 0, FAR, 0)])
    totals = Rounded(
        np.concatenate([exact[:root], own_exact]),
        np.concatenate([whole[:root], own_whole]),
        low,
        high,
        rounded.unit,
        rounded.parts,
    )
    of = np.concatenate([tree.parent[:root], np.arange(size)])
    return worst_pair(totals, of, size) is not None


def further_than(
    rounded: Rounded, ties: Ties, prices: Prices, limits: Sequence[Sequence[int]]
) -> Fraction | None:
    """By how many units the totals of cells are further from the exact ones than they need be, at most.

    Args:
        rounded: the amounts.
        ties: the rules.
        prices: what a unit more of the rows and of the pot costs.
        limits: the least and the most of each cell, in parts.

    Returns:
        Units; None if the prices bound nothing.
    """
    unit, penny = rounded.unit, rounded.parts.penny
    exact, whole = ties.totals(rounded.exact).tolist(), ties.totals(rounded.whole).tolist()
    pot_price = simple(prices.pot)
    worth, bound = [pot_price] * ties.cells, pot_price * Fraction(sum(whole), unit)
    for at, found in prices.rows.items():
        row, price = ties.rows[at], simple(found)
        limit = row.lower if price > 0 else row.upper
        if limit is None:
            return None
        bound += price * limit * penny / unit
        for cell, times in row.times.items():
            worth[cell] += price * times
    low, high = limits
    distance = Fraction(sum(abs(w - e) for e, w in zip(exact, whole, strict=True)), unit)
    return (
        distance
        - bound
        - sum((_least(*cell, unit) for cell in zip(exact, whole, worth, low, high, strict=True)), Fraction(0))
    )


def _least(exact: int, whole: int, worth: Fraction, low: int, high: int, unit: int) -> Fraction:
    """The least that a cell's distance from its exact total, less what its units are worth, can be."""
    beside = {exact // unit * unit, -(-exact // unit) * unit, whole}
    if worth > 1:
        beside.add(min(high, (exact // unit + REACH) * unit))
    elif worth < -1:
        beside.add(max(low, (exact // unit - REACH) * unit))
    inside = [at for at in beside if low <= at <= high] or [whole]
    return min(Fraction(abs(at - exact), unit) - worth * Fraction(at, unit) for at in inside)


REACH = 3
"""Totals are looked for no further than this many units from the exact ones."""

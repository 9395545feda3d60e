"""That whole units are what exact amounts round to.

By largest remainder, no unit can go from one area to another so that both come nearer to their exact amounts:
what one was rounded up by and what another was rounded down by are less than a unit together. Nested groups
are rounded so from the outermost inwards. Where groups overlap, `nearest` is about the totals of cells, and
the areas of each cell are rounded so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.solver.arrays import Mask, Pence, Positions
    from allocate.solver.proof.parts import Parts
    from allocate.solver.proof.ties import Tree

TIED = 2e-6
"""Remainders that differ by less than this part of a unit are a tie, which ids decide."""


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

    def most(self, size: int) -> int:
        """The most that errors of sums of so many areas may differ by: a unit, and what makes a tie."""
        return int(self.unit * (1 + TIED)) + 8 * self.parts.noise(size)


def worst_pair(rounded: Rounded, of: Positions, count: int, size: int = 1) -> tuple[int, int] | None:
    """Two areas of one group between which a unit could go so that both come nearer, or None.

    Args:
        rounded: the amounts.
        of: the group of each.
        count: how many groups there are.
        size: how many areas each amount is the sum of, at most.

    Returns:
        The positions (to, from).
    """
    errors = rounded.errors
    may_fall = rounded.whole - rounded.unit >= rounded.lower
    may_rise = rounded.whole + rounded.unit <= rounded.upper
    highest = _extreme(errors, may_fall, of, count, np.maximum)
    lowest = _extreme(errors, may_rise, of, count, np.minimum)
    wide = highest - lowest  # far below nought where nobody may fall, or nobody rise
    if int(wide.max()) <= rounded.most(size):
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
    most = np.where(capped[:root], upper[:root] << shift, FAR)
    high = np.concatenate([most, np.full(size, FAR)])
    totals = Rounded(
        np.concatenate([exact[:root], own_exact]),
        np.concatenate([whole[:root], own_whole]),
        low,
        high,
        rounded.unit,
        rounded.parts,
    )
    of = np.concatenate([tree.parent[:root], np.arange(size)])
    return worst_pair(totals, of, size, rounded.exact.size) is not None

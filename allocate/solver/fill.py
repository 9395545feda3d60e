"""One pot, per-area limits: the level at which everybody's amount adds up to the pot.

The one primitive of the mathematics: find t with Σ clip(oᵢ + wᵢ·t, lᵢ, uᵢ) = B. It is the continuous
quadratic knapsack problem. The sum rises with t along straight segments, so from any t the segment it lies
on gives the next one (Newton), and a bracket keeps that from ever going astray. Nothing is sorted, and
no Python loop runs over the areas: they are worked through in blocks that fit the processor's cache.

For o = 0 the result is the leximin allocation of money per unit of w: it raises the worst-funded first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.reasons import Reasons
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Positions

BLOCK = 16_384
"""Areas worked on at a time: half a dozen arrays of this many floats stay in a second-level cache."""

THIN = 32
"""A first guess for a large table comes from one area in this many."""


class Filled(NamedTuple):
    """A filled pot."""

    amounts: Floats
    """What each area gets, in the unit of the limits."""
    level: float
    """The t that was found: money per unit of weight."""
    reasons: Reasons
    """Why the amounts are the fairest."""


def fill(offset: Floats | None, weight: Floats, lower: Floats, upper: Floats, pot: float) -> Filled:
    """Share out a pot at one level, within limits.

    Amounts are on the grid of the pot (`sums.on_grid`), as whole pence are.

    Args:
        offset: o, where each area starts, or None for nought everywhere.
        weight: w ≥ 0, how fast each area rises with the level.
        lower: l, the least each area gets.
        upper: u ≥ l, the most, or infinity.
        pot: B, what the amounts add up to; from Σl to the most that areas with some weight can take.

    Returns:
        The amounts and the level. Neither depends on the order of the areas.

    Raises:
        ValueError: the pot is outside what the limits allow.
    """
    curve = _Curve(offset, weight, lower, upper, pot)
    level = curve.exact(curve.root())
    amounts = weight * level
    if offset is not None:
        amounts += offset
    np.maximum(amounts, lower, out=amounts)
    np.minimum(amounts, upper, out=amounts)
    return Filled(amounts, level, Reasons(level))


class _Segment(NamedTuple):
    """The straight piece `fixed` + `slope`·t of the curve on which some level lies."""

    fixed: float
    slope: float


@dataclass(frozen=True, slots=True)
class _Curve:
    """Σ clip(o + w·t, l, u) as a function of t, and the pot it has to reach."""

    offset: Floats | None
    weight: Floats
    lower: Floats
    upper: Floats
    pot: float

    def root(self) -> float:
        """The level at which the curve reaches the pot: Newton's method in a bracket."""
        low, high, level = -math.inf, math.inf, self.first_guess()
        while True:
            segment = self.segment_at(level)
            excess = segment.fixed + segment.slope * level - self.pot
            if segment.slope == 0 and excess == 0:
                return level
            step = self.next_level(level, segment, rising=excess < 0)
            if step == level:
                return level
            low, high = (level, high) if excess < 0 else (low, level)
            if not low < step < high:
                middle = low + (high - low) / 2
                if not low < middle < high:
                    return step if low <= step <= high else level
                step = middle
            level = step

    def exact(self, level: float) -> float:
        """The level once more, from sums that do not depend on the order of the areas."""
        moving = np.empty_like(self.weight)
        fixed = self.segment_at(level, moving).fixed
        slope = total(moving)
        return (self.pot - fixed) / slope if slope > 0 else self.flat_level(level)

    def next_level(self, level: float, segment: _Segment, *, rising: bool) -> float:
        """Where this segment reaches the pot or, if it is flat, where the next one does."""
        if segment.slope == 0:
            corner, starting = self.corner(level, rising=rising)
            if not math.isfinite(corner):
                raise ValueError(f"the limits do not allow a pot of {self.pot}")
            resting = float(np.sum((self.lower if rising else self.upper)[starting]))
            offset = 0.0 if self.offset is None else float(np.sum(self.offset[starting]))
            slope = float(np.sum(self.weight[starting]))
            segment = _Segment(segment.fixed - resting + offset, slope)
        return (self.pot - segment.fixed) / segment.slope

    def segment_at(self, level: float, moving: Floats | None = None) -> _Segment:
        """The segment on which `level` lies, block by block; `moving` receives the weights that slope it."""
        fixed = slope = 0.0
        amount, inside, is_inside, is_below = (np.empty(BLOCK, kind) for kind in "dd??")
        for begin in range(0, self.weight.size, BLOCK):
            block = slice(begin, begin + BLOCK)
            weight, lower, upper = self.weight[block], self.lower[block], self.upper[block]
            a, i, above, below = (part[: weight.size] for part in (amount, inside, is_inside, is_below))
            np.multiply(weight, level, out=a)
            if self.offset is not None:
                a += self.offset[block]
            np.greater(a, lower, out=above)
            np.less(a, upper, out=below)
            above &= below
            i[...] = above
            slope += float(weight @ i)
            if moving is not None:
                np.multiply(weight, i, out=moving[block])
            if self.offset is not None:
                fixed += float(self.offset[block] @ i)
            np.maximum(a, lower, out=a)
            np.minimum(a, upper, out=a)
            np.subtract(1.0, i, out=i)
            fixed += float(a @ i)
        return _Segment(fixed, slope)

    def first_guess(self) -> float:
        """The level without limits or, in a large table, that of one area in `THIN` with a like pot."""
        weight = float(np.sum(self.weight))
        if weight == 0:
            return 0.0
        if self.weight.size < THIN * BLOCK:
            return (self.pot - (0.0 if self.offset is None else float(np.sum(self.offset)))) / weight
        thin = slice(None, None, THIN)
        offset = None if self.offset is None else self.offset[thin]
        few = _Curve(offset, self.weight[thin], self.lower[thin], self.upper[thin], 0.0)
        share = float(np.sum(few.weight)) / weight
        pot = float(np.sum(few.lower)) + share * (self.pot - float(np.sum(self.lower)))
        try:
            return _Curve(few.offset, few.weight, few.lower, few.upper, pot).root()
        except ValueError:  # the few have too little room for their part: any level will do to start from
            return 0.0

    def flat_level(self, level: float) -> float:
        """Among levels that all give the same amounts, the one at which the last area stopped rising."""
        for rising in (False, True):
            corner, _ = self.corner(level, rising=rising)
            if math.isfinite(corner):
                return corner
        return level

    def corner(self, level: float, *, rising: bool) -> tuple[float, Positions]:
        """The nearest level at which areas start to move up (`rising`) or down, and which; or ±infinity."""
        offset = np.zeros_like(self.weight) if self.offset is None else self.offset
        amount = offset + self.weight * level
        at_rest = amount <= self.lower if rising else amount >= self.upper
        resting = np.flatnonzero(at_rest & (self.weight > 0))
        limit = self.lower if rising else self.upper
        corners = (limit[resting] - offset[resting]) / self.weight[resting]
        nearest = float(corners.min(initial=math.inf) if rising else corners.max(initial=-math.inf))
        return nearest, resting[corners == nearest]

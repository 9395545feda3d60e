"""Money in whole parts of a penny, as many as an int64 has room for, so that every sum of it is exact.

A level is a float, and so a fraction that is known exactly; what an area gets at a level is that fraction
times its weight, put on the nearest part. That is the only rounding here: each amount is off by no more than
half a part and one part in 2⁵² of itself, and `Parts.slack` is what all of that, in a whole pot, may come to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence, Positions

FINEST = 30
"""A penny has at most 2³⁰ parts: more would be below what a float of £1 can tell apart."""

ROOM = 60
"""A pot is below 2⁶⁰ parts: sums and differences of pots then fit an int64."""

ENDLESS = 1 << 61
"""The parts of a limit that there is none."""

SLACK_OF_A_PENNY = 1000
"""What sums may be off by at least: a thousandth of a penny."""

FLOAT = 52
"""A float is off by one part in 2⁵² at the most, here of the pot; a sum of n of them by √n times as much."""

STEPS = 1 << 10
"""Parts in 2⁵² of the pot that levels found one after the other may be off by, however few the areas: each
counts as reached within a part in 10¹³, and those after it take that up. Of £10 billion it is a quarter of a
penny."""


@dataclass(frozen=True)
class Parts:
    """The parts that a penny of some pot has: 2 to the power of `shift`."""

    pot: int
    """In pence."""
    shift: int
    slack: int
    """In parts: how far sums of amounts at levels may be from what they are to be."""

    @staticmethod
    def of_pot(pot: int, size: int) -> Parts:
        """The parts for a pot in pence that so many areas share."""
        shift = max(min(FINEST, ROOM - pot.bit_length()), 0)
        parts = Parts(pot, shift, (1 << shift) // SLACK_OF_A_PENNY)
        return replace(parts, slack=max(parts.slack, parts.noise(max(size, STEPS**2))))

    def noise(self, size: int) -> int:
        """What floating point may move a sum of so many amounts by, in parts."""
        return (self.whole * (isqrt(size) + 1) >> FLOAT) + 2

    @property
    def penny(self) -> int:
        """How many parts a penny has."""
        return 1 << self.shift

    @property
    def whole(self) -> int:
        """The whole pot, in parts."""
        return self.pot << self.shift

    def of_pence(self, pence: Pence) -> Pence:
        """Whole pence, none above the pot, in parts."""
        return pence << self.shift

    def of_limits(self, pence: Pence) -> Pence:
        """Upper limits in parts; one above the pot is none."""
        endless = pence > self.pot
        return np.where(endless, ENDLESS, np.where(endless, 0, pence) << self.shift)

    def nearest(self, pence: Floats) -> Pence:
        """The parts nearest to some pence, within what an amount can be."""
        parts = np.rint(np.ldexp(pence, self.shift))
        return np.clip(parts, -float(ENDLESS), float(ENDLESS)).astype(np.int64)


def sums(codes: Positions, values: Pence, count: int) -> Pence:
    """Add up whole numbers by group, in integers; those with a negative code are in none."""
    totals, inside = np.zeros(count, dtype=np.int64), codes >= 0
    np.add.at(totals, codes[inside], values[inside])
    return totals

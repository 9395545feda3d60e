"""That no unit can go from a better-funded area to a worse-funded one, in whole pence and exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.solver.arrays import Floats, Mask, Pence, Positions


def improving_transfer(
    amounts: Pence,
    weight: Floats,
    lower: Pence,
    upper: Pence,
    unit: int = 1,
    *,
    of: Positions | None = None,
    allowance: int | None = None,
) -> tuple[int, int] | None:
    """Find a transfer that would help a worse-off area at a better-off one's cost.

    An allocation is leximin if there is none: no area i that could rise, with less per unit of weight than
    an area j that could fall, even after each has moved by the allowance. One rounding unit is the least
    allowance there can be: each exact amount is less than a unit from what it was rounded to.

    Args:
        amounts: pence.
        weight: what the level is measured per; areas of no weight take no part.
        lower: the least each may get.
        upper: the most.
        unit: the rounding unit in pence.
        of: the group of each area, if money may only go from one to another within groups.
        allowance: in pence; by default one unit.

    Returns:
        The positions (to, from) of such a transfer, or None. Both are compared exactly.
    """
    allowance = unit if allowance is None else allowance
    of = np.zeros(amounts.size, dtype=np.intp) if of is None else of
    rising = (weight > 0) & (amounts + unit <= upper)
    falling = (weight > 0) & (amounts - unit >= lower)
    sides = _Sides(amounts, weight, of, allowance)
    lowest, highest = sides.lowest(rising), sides.highest(falling)
    for group in np.flatnonzero(lowest <= highest).tolist():
        pair = sides.pair(group, rising, falling, lowest[group], highest[group])
        if pair is not None:
            return pair
    return None


class _Sides(NamedTuple):
    """What areas get per unit of weight once the allowance has moved."""

    amounts: Pence
    weight: Floats
    of: Positions
    allowance: int

    def lowest(self, rising: Mask) -> Floats:
        """By group, the least that an area would get after it has risen; infinity if none can."""
        found = np.full(int(self.of.max()) + 1, np.inf)
        after = (self.amounts[rising] + float(self.allowance)) / self.weight[rising]
        np.minimum.at(found, self.of[rising], after)
        return found

    def highest(self, falling: Mask) -> Floats:
        """By group, the most that an area would get after it has fallen; minus infinity if none can."""
        found = np.full(int(self.of.max()) + 1, -np.inf)
        after = (self.amounts[falling] - float(self.allowance)) / self.weight[falling]
        np.maximum.at(found, self.of[falling], after)
        return found

    def pair(
        self, group: int, rising: Mask, falling: Mask, lowest: float, highest: float
    ) -> tuple[int, int] | None:
        """The areas of a group furthest apart, if the one that would rise is worse off even then.

        Whole pence below 2⁵³ are floats, and a float division never changes which of two is larger, though it
        may make them the same: those are compared as fractions.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            up = (self.amounts + float(self.allowance)) / self.weight
            down = (self.amounts - float(self.allowance)) / self.weight
        inside = self.of == group
        low = min(self._exact(np.flatnonzero(inside & rising & (up == lowest)), self.allowance))
        high = max(self._exact(np.flatnonzero(inside & falling & (down == highest)), -self.allowance))
        return (low[1], high[1]) if low[0] < high[0] else None

    def _exact(self, areas: Positions, moved: int) -> Iterator[tuple[Fraction, int]]:
        """What some areas would get per unit of weight, each value once, with an area that gets it."""
        seen: dict[tuple[int, float], int] = {}
        for area in areas.tolist():
            seen.setdefault((int(self.amounts[area]), float(self.weight[area])), area)
        for (amount, weight), area in seen.items():
            yield Fraction(amount + moved) / Fraction(weight), area

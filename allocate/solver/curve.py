"""What it costs to bring every area to a level: Σ max(lᵢ, wᵢ·t), a curve of straight pieces, all at once.

It bends where the level passes an area, at lᵢ / wᵢ. One sort of these corners and one running sum of what
stands above and what rises below give the whole curve; any cost or level is then read off one piece.

The level at which everybody has a share s of the fair share of what the pot then is, is read off too. On a
piece the cost is f + r·t, and everybody's fair share of it wᵢ·(f + r·t) / Σw, so that s = t·Σw / (f + r·t).
That rises with t as long as somebody stands above (f > 0), and is 1 once nobody does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.sums import steady

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence


@dataclass(frozen=True)
class Corners:
    """The curve; one entry a corner, the lowest level first. Nothing depends on the order of the areas."""

    levels: Floats
    """Where it bends: pence per unit of weight."""
    fixed: Floats
    """What the areas that stand at the level of a corner or above it have, in pence: f of the piece below."""
    slope: Floats
    """The weight of the areas below the level of a corner: r of the piece below it."""
    weight: float
    """The weight of all areas."""
    resting: float
    """What areas without weight have, in pence; no level moves them."""

    @cached_property
    def costs(self) -> Floats:
        """What every area has together once all are at each corner, in pence."""
        return self.fixed + self.slope * self.levels

    @cached_property
    def shares(self) -> Floats:
        """The share of the fair share of that cost that every area has at each corner."""
        return np.array([self.share_at(float(level)) for level in self.levels])

    def cost_at(self, level: float) -> float:
        """What all areas cost together once none with weight is below a level, in pence."""
        fixed, slope = self._piece(int(np.searchsorted(self.levels, level)))
        return fixed + slope * level

    def level_at(self, cost: float) -> float:
        """The highest level that a pot reaches, pence per unit of weight.

        Args:
            cost: the pot in pence; at least what all areas have.

        Raises:
            ValueError: they have more than that, or no area has any weight.
        """
        if cost < self.costs[0] or not self.weight:
            raise ValueError(f"all areas have more than {cost} pence before anybody is raised")
        fixed, slope = self._piece(int(np.searchsorted(self.costs, cost, side="right")))
        return (cost - fixed) / slope

    def share_at(self, level: float) -> float:
        """The share of the fair share of what it costs that every area has at a level."""
        if level >= self.levels[-1] and not self.resting:
            return 1.0
        return level * self.weight / self.cost_at(level)

    def level_of_share(self, share: float) -> float:
        """The lowest level at which every area has a share of the fair share of what that costs.

        Args:
            share: above 0, at most 1. At 1 nobody may stand above the level: it is that of the best-funded.

        Raises:
            ValueError: 1 is out of reach, since areas without weight keep money and fair shares count it.
        """
        if share >= 1:
            if self.resting:
                raise ValueError("areas without weight keep money that fair shares count")
            return float(self.levels[-1])
        fixed, slope = self._piece(int(np.searchsorted(self.shares, share)))
        return share * fixed / (self.weight - share * slope)

    def _piece(self, at: int) -> tuple[float, float]:
        """The straight piece that ends in a corner, or that goes on from the last."""
        if at < self.levels.size:
            return float(self.fixed[at]), float(self.slope[at])
        return self.resting, self.weight


def corners(lower: Pence, weight: Floats) -> Corners:
    """The corners of the cost of a level.

    Args:
        lower: what each area has anyway, in whole pence.
        weight: w ≥ 0, how fast each rises with the level; some must be above nought.
    """
    rises = weight > 0
    bends = lower[rises] / weight[rises]
    order = np.lexsort((weight[rises], bends))
    bends, had = bends[order], lower[rises][order]
    levels, first = np.unique(bends, return_index=True)
    below = np.concatenate([[0.0], _running_sum(weight[rises][order])])
    standing = int(lower.sum()) - np.concatenate([[0], np.cumsum(had)])
    resting = int(lower[~rises].sum())
    return Corners(levels, standing[first].astype(np.float64), below[first], float(below[-1]), float(resting))


def _running_sum(values: Floats) -> Floats:
    """Running sums as with twice the digits: of parts on a common grid, which are exact, and of the rests."""
    coarse = steady(values)
    return np.cumsum(coarse) + np.cumsum(values - coarse)

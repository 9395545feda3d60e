"""The levels of groups inside groups: what the parts of a group take at one, and where that is its total."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.clock import check_time
from allocate.solver.sums import BLOCK, on_grid

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask, Positions
    from allocate.solver.forest import Forest

MOST_STEPS = 200
"""Newton in a bracket needs a handful; halving the bracket of any two floats needs fewer than this."""


class Areas(NamedTuple):
    """Some areas: their innermost groups, and what they are filled by."""

    node_of: Positions
    offset: Floats | None
    weight: Floats
    lower: Floats
    upper: Floats

    def under(self, binding: Mask, codes: Positions) -> Areas:
        """The areas of some groups only."""
        return self.only(np.flatnonzero(np.append(binding, False)[codes]))

    def only(self, which: slice | Positions) -> Areas:
        """Some of the areas."""
        offset = None if self.offset is None else self.offset[which]
        return Areas(self.node_of[which], offset, self.weight[which], self.lower[which], self.upper[which])

    def unbounded(self, levels: Floats) -> Floats:
        """What each would get, but for its limits, when its innermost group is at its level."""
        amounts = self.weight * levels[self.node_of]
        if self.offset is not None:
            amounts += self.offset
        return amounts

    def at(self, levels: Floats) -> Floats:
        """What each gets when its innermost group is at its level."""
        amounts = self.unbounded(levels)
        np.maximum(amounts, self.lower, out=amounts)
        return np.minimum(amounts, self.upper, out=amounts)


def hand_down(forest: Forest, depth: int, levels: Floats) -> None:
    """Give the groups of deeper rules the level of the group around them."""
    for layer in reversed(forest.layers[:depth]):
        levels[layer] = levels[forest.parent[layer]]


def segments(
    forest: Forest, areas: Areas, depth: int, levels: Floats, largest: float | None = None
) -> tuple[Floats, Floats]:
    """The straight piece `fixed` + `slope`·t that each group of a rule is on, before its own limits.

    Worked out in blocks of areas that fit the processor's cache, then from the innermost groups outwards.
    With `largest`, the largest sum there can be, the sums are the same in any order of the areas.
    """
    fixed, slope = np.zeros(forest.size), np.zeros(forest.size)
    heaviest = 0.0 if largest is None else _heaviest_moving(areas, levels) * areas.weight.size
    for begin in range(0, areas.weight.size, BLOCK):
        block = areas.only(slice(begin, begin + BLOCK))
        node_of, offset, weight, lower, upper = block
        amount = block.unbounded(levels)
        inside = (amount > lower) & (amount < upper)
        amount = np.minimum(np.maximum(amount, lower), upper)
        amount = amount * ~inside if offset is None else np.where(inside, offset, amount)
        moving = weight * inside
        if largest is not None:
            amount, moving = on_grid(amount, largest), on_grid(moving, heaviest)
        fixed += np.bincount(node_of, amount, forest.size)
        slope += np.bincount(node_of, moving, forest.size)
    for layer in forest.layers[:depth]:
        taken = fixed[layer] + slope[layer] * levels[layer]
        held = np.minimum(np.maximum(taken, forest.lower[layer]), forest.upper[layer])
        free = held == taken
        fixed += np.bincount(forest.parent[layer], np.where(free, fixed[layer], held), forest.size)
        slope += np.bincount(forest.parent[layer], slope[layer] * free, forest.size)
    return fixed, slope


def _heaviest_moving(areas: Areas, levels: Floats) -> float:
    """The largest weight of the areas between their limits: a grid for heavier ones would be too coarse."""
    heaviest = 0.0
    for begin in range(0, areas.weight.size, BLOCK):
        block = areas.only(slice(begin, begin + BLOCK))
        amount = block.unbounded(levels)
        inside = (amount > block.lower) & (amount < block.upper)
        heaviest = max(heaviest, float(block.weight.max(where=inside, initial=0.0)))
    return heaviest


class LevelSearch:
    """The levels at which the parts of some groups of one rule add up to their totals: Newton in brackets."""

    def __init__(self, forest: Forest, areas: Areas, depth: int, chosen: Mask, totals: Floats) -> None:
        self.forest, self.areas, self.depth = forest, areas, depth
        self.layer = forest.layers[depth]
        self.chosen, self.totals = chosen[self.layer], totals[self.layer]
        self.pot = float(totals[-1])

    def run(self, levels: Floats) -> None:
        """Set the levels of the chosen groups."""
        low, high = self._bracket()
        found = np.full(self.totals.size, self._even(low, high))
        lows, highs = np.full_like(found, low), np.full_like(found, high)
        looking = self.chosen.copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(MOST_STEPS):
                check_time()
                fixed, slope = self._at(found, levels)
                excess = fixed + slope * found - self.totals
                lows, highs = np.where(excess <= 0, found, lows), np.where(excess >= 0, found, highs)
                newton = (self.totals - fixed) / slope
                middle = lows + (highs - lows) / 2
                step = np.where((newton > lows) & (newton < highs), newton, middle)
                looking &= (step > lows) & (step < highs)
                if not looking.any():
                    break
                found = np.where(looking, step, found)
            fixed, slope = self._at(found, levels, 2 * self.pot)
            found = np.where(slope > 0, (self.totals - fixed) / slope, found)
        levels[self.layer] = np.where(self.chosen, found, levels[self.layer])

    def _at(self, found: Floats, levels: Floats, largest: float | None = None) -> tuple[Floats, Floats]:
        levels = levels.copy()
        levels[self.layer] = np.where(self.chosen, found, levels[self.layer])
        hand_down(self.forest, self.depth, levels)
        fixed, slope = segments(self.forest, self.areas, self.depth, levels, largest)
        return fixed[self.layer], slope[self.layer]

    def _even(self, low: float, high: float) -> float:
        """The level of all if no limit held anybody: near enough to most levels to start from."""
        weight, offset = float(self.areas.weight.sum()), self.areas.offset
        had = 0.0 if offset is None else float(offset.sum())
        level = (float(self.totals[self.chosen].sum()) - had) / weight if weight > 0 else 0.0
        return min(max(level, low), high)

    def _bracket(self) -> tuple[float, float]:
        """Levels at which every area is at its floor, and at its cap or past all there is."""
        _, offset, weight, lower, upper = self.areas
        moving = weight > 0
        if not moving.any():
            return 0.0, 0.0
        start = np.zeros_like(weight) if offset is None else offset
        low = ((lower - start)[moving] / weight[moving]).min()
        high = ((np.minimum(upper, self.pot) - start)[moving] / weight[moving]).max()
        return float(low), float(high)

"""Nested group rules: floors and caps on totals of groups inside groups, met without a linear programme.

What a group takes at level t is what its parts take, held between its floor and its cap; so what everybody
takes is still one rising function of t, and its root is the level of all that no group holds. A group that
its floor holds has a higher level of its own, found in the same way among its own parts; one that its cap
holds, a lower.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.clock import check_time
from allocate.solver.fill import Filled
from allocate.solver.pence import to_units_in
from allocate.solver.programme import NoRoom
from allocate.solver.reasons import GroupLevel, Reasons
from allocate.solver.route import AddedUp, Room, Whole
from allocate.solver.sums import BLOCK, on_grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.solver.arrays import Floats, Mask, Pence, Positions
    from allocate.solver.forest import Forest
    from allocate.solver.shortfall import Face, Wish

HALF_A_PENNY = 0.5
"""Limits are whole pence, so sums of floats that miss each other by less than this agree."""

MOST_STEPS = 200
"""Newton in a bracket needs a handful; halving the bracket of any two floats needs fewer than this."""


class NestedFill(AddedUp):
    """Fills under nested group rules."""

    name = "nested"

    def __init__(self, forest: Forest) -> None:
        self.forest = forest
        self.order: tuple[int, ...] | None = forest.order

    def room(self, lower: Floats, upper: Floats) -> Room | None:
        """How little and how much of the pot all areas may get; None if the rules cannot all hold in it."""
        forest = self.forest
        least = np.bincount(forest.node_of, lower, forest.size)
        most = np.bincount(forest.node_of, upper, forest.size)
        for layer in forest.layers[:-1]:
            low = np.maximum(least[layer], forest.lower[layer])
            high = np.minimum(most[layer], forest.upper[layer])
            if (low > high + HALF_A_PENNY).any():
                return None
            least += np.bincount(forest.parent[layer], low, forest.size)
            most += np.bincount(forest.parent[layer], high, forest.size)
        return Room(float(least[-1]), float(most[-1]))

    def least(self, lower: Floats, upper: Floats) -> float | None:
        """How little all areas may get; None if the rules cannot all hold."""
        room = self.room(lower, upper)
        return None if room is None else room.least

    def most(self, lower: Floats, upper: Floats) -> float | None:
        """How much all areas may get; None if the rules cannot all hold."""
        room = self.room(lower, upper)
        return None if room is None else room.most

    def level(
        self, offset: Floats | None, weight: Floats, lower: Floats, upper: Floats, pot: float
    ) -> Filled:
        """Fill a pot under the group rules, raising the lowest first; see `GroupFill.level`.

        Raises:
            NoRoom: the limits and the rules do not allow that pot.
        """
        forest, upper = self.forest, np.where(weight > 0, upper, lower)
        least = self.least(lower, upper)
        if least is None or least > pot + HALF_A_PENNY:
            raise NoRoom
        areas = _Areas(forest.node_of, offset, weight, lower, upper)
        levels, totals = np.zeros(forest.size), np.clip(np.zeros(forest.size), forest.lower, forest.upper)
        totals[-1] = pot
        binding = np.zeros(forest.size, dtype=bool)
        binding[-1] = True
        for depth in reversed(range(len(forest.layers))):
            layer = forest.layers[depth]
            if binding[layer].any():
                chosen = (
                    areas if depth == len(forest.layers) - 1 else areas.under(binding, forest.codes[depth])
                )
                _Search(forest, chosen, depth, binding, totals).run(levels)
            _hand_down(forest, depth, levels)
            if depth:
                self._find_binding(areas, depth - 1, levels, binding, totals)
        level = math.nan if binding[:-1].any() else float(levels[-1])
        return Filled(areas.at(levels), level, self._reasons(levels))

    def _reasons(self, levels: Floats) -> Reasons:
        """The level of everybody, and of the groups that have another than the group around them."""
        forest = self.forest
        own = np.flatnonzero(levels != levels[forest.parent])
        groups = tuple(GroupLevel(*forest.rule_and_group(node), float(levels[node])) for node in own.tolist())
        return Reasons(float(levels[-1]), groups)

    def least_shortfall(
        self, wished: Wish, lower: Floats, upper: Floats, pot: float
    ) -> tuple[NestedFill, Face]:
        """There is no nested way to go through priorities.

        Raises:
            NotImplementedError: always; `routes.route_for` never takes this route for such a tranche.
        """
        raise NotImplementedError

    def _find_binding(self, areas: _Areas, depth: int, levels: Floats, binding: Mask, totals: Floats) -> None:
        """Which groups of a rule cannot have the level of the group around them, and the limit they get."""
        layer = self.forest.layers[depth]
        fixed, slope = _segments(self.forest, areas, depth, levels)
        taken = (fixed + slope * levels)[layer]
        totals[layer] = np.clip(taken, self.forest.lower[layer], self.forest.upper[layer])
        binding[layer] = abs(totals[layer] - taken) > NOISE * totals[-1]

    def whole(
        self,
        amounts: Floats,
        lower: Pence,
        upper: Pence,
        pot: int,
        unit: int,
        in_id_order: Callable[[Positions], Positions],
    ) -> Whole:
        """Round to whole units from the outermost groups inwards, each to a whole unit beside its amount.

        Within a group the totals of the groups inside it, and that of its areas outside those, are rounded
        by largest remainder, ties in the order of the groups. A total is between limits that are whole units,
        so both whole units beside it are as well, and every group can be met.
        """
        forest, root = self.forest, self.forest.size - 1
        own = np.bincount(forest.node_of, amounts, forest.size)
        sums = own.copy()
        for layer in forest.layers[:-1]:
            sums += np.bincount(forest.parent[layer], sums[layer], forest.size)
        totals = np.zeros(forest.size, dtype=np.int64)
        totals[root] = pot
        parents = np.array([root])
        for children in (*forest.generations(), np.empty(0, dtype=np.intp)):
            place = np.searchsorted(parents, np.concatenate([forest.parent[children], parents]))
            parts = np.concatenate([sums[children], own[parents]])
            low = np.concatenate([forest.lower[children], np.zeros(parents.size)]).astype(np.int64)
            high = np.concatenate([forest.upper[children], np.full(parents.size, np.inf)])
            high = np.where(np.isinf(high), np.where(parts > 0, parts + 2 * unit, 0), high).astype(np.int64)
            whole = to_units_in(place, totals[parents], parts, low, high, unit, np.sort)
            totals[children], totals[parents] = np.split(whole, [children.size])
            parents = children
        return Whole(to_units_in(forest.node_of, totals, amounts, lower, upper, unit, in_id_order))


NOISE = 1e-14
"""A group within this part of the pot of its limit is at it: what float sums of it may be off."""


class _Areas(NamedTuple):
    """Some areas: their innermost groups, and what they are filled by."""

    node_of: Positions
    offset: Floats | None
    weight: Floats
    lower: Floats
    upper: Floats

    def under(self, binding: Mask, codes: Positions) -> _Areas:
        """The areas of some groups only."""
        return self.only(np.flatnonzero(np.append(binding, False)[codes]))

    def only(self, which: slice | Positions) -> _Areas:
        """Some of the areas."""
        offset = None if self.offset is None else self.offset[which]
        return _Areas(self.node_of[which], offset, self.weight[which], self.lower[which], self.upper[which])

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


def _hand_down(forest: Forest, depth: int, levels: Floats) -> None:
    """Give the groups of deeper rules the level of the group around them."""
    for layer in reversed(forest.layers[:depth]):
        levels[layer] = levels[forest.parent[layer]]


def _segments(
    forest: Forest, areas: _Areas, depth: int, levels: Floats, largest: float | None = None
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


def _heaviest_moving(areas: _Areas, levels: Floats) -> float:
    """The largest weight of the areas between their limits: a grid for heavier ones would be too coarse."""
    heaviest = 0.0
    for begin in range(0, areas.weight.size, BLOCK):
        block = areas.only(slice(begin, begin + BLOCK))
        amount = block.unbounded(levels)
        inside = (amount > block.lower) & (amount < block.upper)
        heaviest = max(heaviest, float(block.weight.max(where=inside, initial=0.0)))
    return heaviest


class _Search:
    """The levels at which the parts of some groups of one rule add up to their totals: Newton in brackets."""

    def __init__(self, forest: Forest, areas: _Areas, depth: int, chosen: Mask, totals: Floats) -> None:
        self.forest, self.areas, self.depth = forest, areas, depth
        self.layer = forest.layers[depth]
        self.chosen, self.totals = chosen[self.layer], totals[self.layer]
        self.pot = float(totals[-1])

    def run(self, levels: Floats) -> None:
        """Set the levels of the chosen groups."""
        low, high = self._bracket()
        found = np.full(self.totals.size, min(max(self._even(), low), high))
        lows, highs = np.full_like(found, low), np.full_like(found, high)
        looking = self.chosen.copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(MOST_STEPS):
                check_time()
                fixed, slope = self._at(found, levels)
                excess = fixed + slope * found - self.totals
                lows, highs = np.where(excess <= 0, found, lows), np.where(excess >= 0, found, highs)
                newton, middle = (self.totals - fixed) / slope, lows + (highs - lows) / 2
                usable = (slope > 0) & (newton > lows) & (newton < highs)
                step = np.where(usable, newton, middle)
                looking &= (excess != 0) & (step != found)
                looking &= usable | ((middle > lows) & (middle < highs))
                if not looking.any():
                    break
                found = np.where(looking, step, found)
            fixed, slope = self._at(found, levels, 2 * self.pot)
            found = np.where(slope > 0, (self.totals - fixed) / slope, found)
        levels[self.layer] = np.where(self.chosen, found, levels[self.layer])

    def _at(self, found: Floats, levels: Floats, largest: float | None = None) -> tuple[Floats, Floats]:
        levels = levels.copy()
        levels[self.layer] = np.where(self.chosen, found, levels[self.layer])
        _hand_down(self.forest, self.depth, levels)
        fixed, slope = _segments(self.forest, self.areas, self.depth, levels, largest)
        return fixed[self.layer], slope[self.layer]

    def _even(self) -> float:
        """The level of all if no limit held anybody: near enough to most levels to start from."""
        weight, offset = float(self.areas.weight.sum()), self.areas.offset
        had = 0.0 if offset is None else float(offset.sum())
        return (float(self.totals[self.chosen].sum()) - had) / weight if weight > 0 else 0.0

    def _bracket(self) -> tuple[float, float]:
        """Levels at which every area is at its floor, and at its cap or past all there is."""
        _, offset, weight, lower, upper = self.areas
        moving = weight > 0
        start = 0.0 if offset is None else offset
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.min((lower - start) / weight, where=moving, initial=math.inf)
            high = np.max((np.minimum(upper, self.pot) - start) / weight, where=moving, initial=-math.inf)
        return (float(low), float(high)) if low <= high else (0.0, 0.0)

"""Nested group rules: floors and caps on totals of groups inside groups, met without a linear programme.

What a group takes at level t is what its parts take, held between its floor and its cap; so what everybody
takes is still one rising function of t, and its root is the level of all that no group holds. A group that
its floor holds has a higher level of its own, found in the same way among its own parts; one that its cap
holds, a lower.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.fill import Filled
from allocate.solver.group_levels import Areas, LevelSearch, hand_down, segments
from allocate.solver.pence import Rounding, to_units_in
from allocate.solver.programme import NoRoom
from allocate.solver.reasons import GroupLevel, Reasons
from allocate.solver.route import AddedUp, Room, Whole

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask
    from allocate.solver.forest import Forest
    from allocate.solver.shortfall import Face, Wish

HALF_A_PENNY = 0.5
"""Limits are whole pence, so sums of floats that miss each other by less than this agree."""

NOISE = 1e-14
"""A group within this part of the pot of its limit is at it: what float sums of it may be off."""


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
        areas = Areas(forest.node_of, offset, weight, lower, upper)
        levels, totals = np.zeros(forest.size), np.zeros(forest.size)
        totals[-1] = pot
        binding = np.zeros(forest.size, dtype=bool)
        binding[-1] = True
        for depth in reversed(range(len(forest.layers))):
            layer = forest.layers[depth]
            if binding[layer].any():
                chosen = (
                    areas if depth == len(forest.layers) - 1 else areas.under(binding, forest.codes[depth])
                )
                LevelSearch(forest, chosen, depth, binding, totals).run(levels)
            hand_down(forest, depth, levels)
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

    def _find_binding(self, areas: Areas, depth: int, levels: Floats, binding: Mask, totals: Floats) -> None:
        """Which groups of a rule cannot have the level of the group around them, and the limit they get."""
        layer = self.forest.layers[depth]
        fixed, slope = segments(self.forest, areas, depth, levels)
        taken = (fixed + slope * levels)[layer]
        totals[layer] = np.clip(taken, self.forest.lower[layer], self.forest.upper[layer])
        binding[layer] = abs(totals[layer] - taken) > NOISE * totals[-1]

    def whole(self, amounts: Floats, pot: int, rounding: Rounding) -> Whole:
        """Round to whole units from the outermost groups inwards, each to a whole unit beside its amount.

        Within a group the totals of the groups inside it, and that of its areas outside those, are rounded
        by largest remainder, ties in the order of the groups. A total is between limits that are whole units,
        so both whole units beside it are as well, and every group can be met.
        """
        forest, root, unit = self.forest, self.forest.size - 1, rounding.unit
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
            whole = to_units_in(place, totals[parents], parts, Rounding(low, high, unit, np.sort))
            totals[children], totals[parents] = np.split(whole, [children.size])
            parents = children
        return Whole(to_units_in(forest.node_of, totals, amounts, rounding))

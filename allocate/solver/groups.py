"""The route for any rules for groups: floors and caps on the totals of several areas, met exactly.

`cells` says what the rules come to, `ascent` levels up, `programme` asks HiGHS.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.ascent import A_PENNY, Ascent
from allocate.solver.breaking import contradiction
from allocate.solver.pence import Rounding, to_units_in
from allocate.solver.reasons import Bound
from allocate.solver.route import Room, Whole
from allocate.solver.shortfall import SAME, Face, Wish, face_of, gains_of, segments
from allocate.solver.whole_units import nearest_whole

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats
    from allocate.solver.cells import Cells
    from allocate.solver.fill import Filled
    from allocate.solver.nested import NestedFill
    from allocate.solver.programme import Solved
    from allocate.solver.reasons import Prices


class GroupFill:
    """Fills under group rules, by linear programmes over cells."""

    name = "linear programme"

    def __init__(self, cells: Cells, nested: NestedFill | None = None) -> None:
        """Take the rules.

        Args:
            cells: what the rules come to; see `find_cells`.
            nested: the nested route, if these rules allow it: it rounds to whole units.
        """
        self.cells = cells
        self.nested = nested
        self.order = None if nested is None else nested.order

    def room(self, lower: Floats, upper: Floats) -> Room | None:
        """How little and how much of the pot all areas may get; None if the rules cannot all hold in it."""
        least, most = self.least(lower, upper), self.most(lower, upper)
        if least is None or most is None or least > self.cells.pot + A_PENNY:
            return None
        return Room(least, most)

    def least(self, lower: Floats, upper: Floats) -> float | None:
        """How little all areas may get; None if the rules cannot all hold, whatever the pot."""
        solved = self.cells.between(lower, upper).least()
        return None if solved is None else solved.value

    def most(self, lower: Floats, upper: Floats) -> float | None:
        """How much of the pot all areas may get; None if the rules cannot all hold in it."""
        caps = self.cells.caps(upper)
        if (np.isinf(caps) & ~self.cells.limited).any():
            return self.cells.pot  # somebody may have all that the others do not need
        solved = self.cells.programme(self.cells.totals(lower), caps).most(self.cells.pot)
        return None if solved is None else -solved.value

    def why_least(self, lower: Floats, upper: Floats) -> Bound | None:
        """The prices and totals of `least`."""
        return self._bound(self.cells.between(lower, upper).least())

    def why_most(self, lower: Floats, upper: Floats) -> Bound | None:
        """The prices and totals of `most`."""
        return self._bound(self.cells.between(lower, upper).most(self.cells.pot))

    def why_not(self, lower: Floats, upper: Floats, *, leave: bool) -> Prices | None:
        """The prices that say why the rules do not allow the pot; see `contradiction`."""
        programme = self.cells.between(lower, upper)
        return contradiction(programme, self.cells.pot, leave=leave)

    def _bound(self, solved: Solved | None) -> Bound | None:
        cells = tuple(self.cells.first.tolist())
        return None if solved is None else Bound(solved.reason, cells, solved.totals)

    def level(
        self, offset: Floats | None, weight: Floats, lower: Floats, upper: Floats, pot: float
    ) -> Filled:
        """Fill a pot under the group rules, raising the lowest first.

        Args:
            offset: where each area starts, or None for nought.
            weight: how fast each rises with the level; areas without weight stay at `lower`.
            lower: the least each area gets.
            upper: the most, or infinity.
            pot: within the `room` there is.

        Returns:
            The amounts, and the level if all areas reached the same one, else NaN.

        Raises:
            NoRoom: the limits and the rules do not allow that pot.
        """
        upper = np.where(weight > 0, upper, lower)
        return Ascent(self.cells, offset, weight, lower, upper, pot).run()

    def least_shortfall(
        self, wished: Wish, lower: Floats, upper: Floats, pot: float
    ) -> tuple[GroupFill, Face]:
        """The rules and the limits of areas within which every allocation has the least shortfall."""
        split = segments(wished, lower, upper, self.cells.of_area, self.cells.count)
        gains = gains_of(self.cells.between(lower, upper), split, pot)
        face = face_of(wished, lower, upper, self.cells.of_area, split, gains)
        cells = self.cells
        least = np.where(gains.caps < -SAME, cells.upper, cells.lower)
        most = np.where(gains.floors > SAME, cells.lower, cells.upper)
        narrower = copy(self)
        narrower.cells = replace(cells, lower=least, upper=most)
        return narrower, face

    def whole(self, amounts: Floats, pot: int, rounding: Rounding) -> Whole | None:
        """Round the totals of the cells to the nearest whole units that meet every rule, then each cell.

        Groups that do not overlap are rounded as they are on the nested route: both give the same pence.
        """
        if self.nested is not None:
            return self.nested.whole(amounts, pot, rounding)
        lower, upper = rounding.lower.astype(np.float64), rounding.upper
        most = np.where(upper == self.cells.no_cap, np.inf, upper.astype(np.float64))
        programme = self.cells.between(lower, most)
        nearest = nearest_whole(programme, self.cells.totals(amounts), pot, rounding.unit)
        if nearest is None:
            return None
        totals, prices = nearest
        whole = to_units_in(self.cells.of_area, totals, amounts, rounding)
        return Whole(whole, Bound(prices, tuple(self.cells.first.tolist()), totals.astype(np.float64)))

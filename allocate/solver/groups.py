"""Group rules: floors and caps on the totals of several areas, met exactly.

Areas with the same memberships form a cell, and inside a cell one fill is optimal, so the linear programmes
here have one variable a cell, however many areas there are. Levelling up under group rules is leximin: find
the highest level t that every cell can reach, fix the cells that can go no higher, and go on with the rest.

Whether a level can be reached is tried first with totals that are often right: the cells of the last cut
get what they need and the others level up on the rest. Each row that those break gives a cut of its own.
What that leaves open is one programme: the least shortfall s with y_c + s ≥ F_c(t), where y_c are the cells'
totals and F_c(t) what a cell needs at level t. If s > 0 its dual prices λ give a cut that holds at every
level, Σ λ_c F_c(t) ≤ r; where it is tight is the next, lower t to try, found by one fill. Once s = 0 the
cells of the last cut are those that can rise no further.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.clock import check_time
from allocate.solver.fill import Filled, fill
from allocate.solver.pence import to_units_in
from allocate.solver.programme import NoRoom, Programme
from allocate.solver.reasons import Bound, Prices, Reasons, Step
from allocate.solver.route import Room, Whole
from allocate.solver.shortfall import SAME, Face, Wish, face_of, segments
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from allocate.solver.arrays import Floats, Mask, Pence, Positions
    from allocate.solver.nested import NestedFill
    from allocate.solver.partition import Partition, Ratio
    from allocate.solver.programme import Solved

REACHED = 1e-13
"""A shortfall below this part of the pot is float noise: a tenth of a penny in a pot of £10 billion."""

A_PENNY = 1.0
"""Limits are whole pence: sums of floats that miss each other by less than this may agree."""

CLOSE = 1e-3
"""Sums of cells that miss whole pence by less than this have not been bent to fit."""

PRICED = 1e-9
"""A dual price below this is nought."""

STOPS = 1e-3
"""Cells stop if their price is not below this part of the highest. What limits the others may be off by a
float's noise, and at so low a price that noise would be pence; they go on, to a level of their own."""


MOST_ENTRIES = 2_000_000
"""Cells times rows of a programme. At one million a share-out takes a second, at five more than twenty."""


@dataclass(frozen=True)
class Cells:
    """Areas with the same memberships, and the limits on sums of cells."""

    of_area: Positions
    """The cell of each area."""
    first: Positions
    """The first area of each cell."""
    count: int
    members: Floats
    """One row a limited group or ratio, one column a cell: 1 where the cell is in the group, and for a ratio
    what one penny of the cell adds to its difference."""
    lower: Floats
    upper: Floats
    """The limits of each row, in pence; infinities where there is none."""
    no_cap: int
    """The pence that mean no upper limit, for areas and groups."""

    @property
    def limited(self) -> Mask:
        """Cells that cannot have all there is: in a capped row, or counting against a row's floor."""
        capped = np.isfinite(self.upper)[:, None] & (self.members != 0)
        limited: Mask = (capped | (self.members < 0)).any(axis=0)
        return limited

    def at_most(self, pot: float) -> tuple[Floats, Floats, list[Prices]]:
        """All rows as upper limits, where the cells share out a pot: a floor for some caps all the others.

        Returns:
            What a penny of each cell adds to each row, the limits, and the prices that make each row.
        """
        floors, caps = np.isfinite(self.lower), np.isfinite(self.upper)
        rows: Floats = np.concatenate([1 - self.members[floors], self.members[caps]])
        prices = [Prices({row: -1.0}, 1.0) for row in np.flatnonzero(floors).tolist()]
        prices += [Prices({row: 1.0}, 0.0) for row in np.flatnonzero(caps).tolist()]
        return rows, np.concatenate([pot - self.lower[floors], self.upper[caps]]), prices


class TooManyCells(ValueError):
    """The groups overlap in so many ways that their programmes would take minutes each; says how many."""


def find_cells(
    size: int, partitions: Sequence[Partition], no_cap: int, ratios: Sequence[Ratio] = ()
) -> Cells:
    """Find the cells of some group rules.

    Args:
        size: how many areas there are.
        partitions: the rules for totals of groups.
        no_cap: the pence that mean no upper limit.
        ratios: the rules that compare two totals.

    Raises:
        TooManyCells: the programmes would be larger than `MOST_ENTRIES`.
    """
    of_area, count = np.zeros(size, dtype=np.intp), 1
    for codes, groups in _memberships(partitions, ratios):
        of_area, count = _refined(of_area, count, codes, groups)
    entries = count * (sum(each.lower.size for each in partitions) + len(ratios))
    if entries > MOST_ENTRIES:
        raise TooManyCells(count)
    first = np.zeros(count, dtype=np.intp)
    first[of_area[::-1]] = np.arange(size)[::-1]
    rows = [each.codes[first] == group for each in partitions for group in range(each.lower.size)]
    rows += [each.coefficients[first] for each in ratios]
    lower = [float(limit) if limit > 0 else -math.inf for each in partitions for limit in each.lower]
    upper = [math.inf if limit == no_cap else float(limit) for each in partitions for limit in each.upper]
    members = np.array(rows, dtype=np.float64).reshape(len(rows), count)
    lower += [each.lower for each in ratios]
    upper += [each.upper for each in ratios]
    return Cells(of_area, first, count, members, np.array(lower), np.array(upper), no_cap)


def _memberships(partitions: Sequence[Partition], ratios: Sequence[Ratio]) -> Iterator[tuple[Positions, int]]:
    """What tells areas apart: their groups, from -1, and how many groups there are."""
    for each in partitions:
        yield each.codes, each.lower.size
    for ratio in ratios:
        yield ratio.inside + 2 * ratio.against.astype(np.intp) - 1, 3


def _refined(of_area: Positions, count: int, codes: Positions, groups: int) -> tuple[Positions, int]:
    """Cells split by one more membership, numbered from 0 without gaps."""
    keys = of_area * (groups + 1) + codes + 1
    if count * (groups + 1) > 4 * keys.size + 1_000:
        found, of_area = np.unique(keys, return_inverse=True)
        return of_area, found.size
    used = np.bincount(keys, minlength=count * (groups + 1)) > 0
    numbers = np.cumsum(used) - 1
    return numbers[keys], int(numbers[-1]) + 1


class GroupFill:
    """Fills under group rules, by linear programmes over cells."""

    name = "linear programme"

    def __init__(
        self,
        size: int,
        partitions: Sequence[Partition],
        no_cap: int,
        pot: int,
        ratios: Sequence[Ratio] = (),
        nested: NestedFill | None = None,
    ) -> None:
        """Take the rules.

        Args:
            size: how many areas there are.
            partitions: the rules for totals of groups.
            no_cap: the pence that mean no upper limit.
            pot: all there is, in pence.
            ratios: the rules that compare two totals.
            nested: the nested route, if these rules allow it: it rounds to whole units.
        """
        self.cells = find_cells(size, partitions, no_cap, ratios)
        self.pot = float(pot)
        self.nested = nested
        self.order = None if nested is None else nested.order

    def totals(self, amounts: Floats) -> Floats:
        """The total of each cell; the same in any order of the areas."""
        on_the_grid = on_grid(amounts, self.pot)
        totals: Floats = np.bincount(self.cells.of_area, on_the_grid, self.cells.count).astype(np.float64)
        return totals

    def room(self, lower: Floats, upper: Floats) -> Room | None:
        """How little and how much of the pot all areas may get; None if the rules cannot all hold in it."""
        least, most = self.least(lower, upper), self.most(lower, upper)
        if least is None or most is None or least > self.pot + A_PENNY:
            return None
        return Room(least, most)

    def least(self, lower: Floats, upper: Floats) -> float | None:
        """How little all areas may get; None if the rules cannot all hold, whatever the pot."""
        solved = self.programme(self.totals(lower), self.caps(upper)).least()
        return None if solved is None else solved.value

    def most(self, lower: Floats, upper: Floats) -> float | None:
        """How much of the pot all areas may get; None if the rules cannot all hold in it."""
        caps = self.caps(upper)
        if (np.isinf(caps) & ~self.cells.limited).any():
            return self.pot  # somebody may have all that the others do not need
        solved = self.programme(self.totals(lower), caps).most(self.pot)
        return None if solved is None else -solved.value

    def why_least(self, lower: Floats, upper: Floats) -> Bound | None:
        """The prices and totals of `least`."""
        return self._bound(self.programme(self.totals(lower), self.caps(upper)).least())

    def why_most(self, lower: Floats, upper: Floats) -> Bound | None:
        """The prices and totals of `most`."""
        return self._bound(self.programme(self.totals(lower), self.caps(upper)).most(self.pot))

    def why_not(self, lower: Floats, upper: Floats, *, leave: bool) -> Prices | None:
        """The prices that say why the rules do not allow the pot; see `Programme.contradiction`."""
        programme = self.programme(self.totals(lower), self.caps(upper))
        return programme.contradiction(self.pot, leave=leave)

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
        return _Ascent(self, offset, weight, lower, upper, pot).run()

    def least_shortfall(
        self, wished: Wish, lower: Floats, upper: Floats, pot: float
    ) -> tuple[GroupFill, Face]:
        """The rules and the limits of areas within which every allocation has the least shortfall."""
        split = segments(wished, lower, upper, self.cells.of_area, self.cells.count)
        gains = self.programme(self.totals(lower), self.caps(upper)).gains(split, pot)
        face = face_of(wished, lower, upper, self.cells.of_area, split, gains)
        cells = self.cells
        least = np.where(gains.caps < -SAME, cells.upper, cells.lower)
        most = np.where(gains.floors > SAME, cells.lower, cells.upper)
        narrower = copy(self)
        narrower.cells = replace(cells, lower=least, upper=most)
        return narrower, face

    def whole(
        self,
        amounts: Floats,
        lower: Pence,
        upper: Pence,
        pot: int,
        unit: int,
        in_id_order: Callable[[Positions], Positions],
    ) -> Whole | None:
        """Round the totals of the cells to the nearest whole units that meet every rule, then each cell.

        Groups that do not overlap are rounded as they are on the nested route: both give the same pence.
        """
        if self.nested is not None:
            return self.nested.whole(amounts, lower, upper, pot, unit, in_id_order)
        most = np.where(upper == self.cells.no_cap, np.inf, upper.astype(np.float64))
        programme = self.programme(self.totals(lower.astype(np.float64)), self.caps(most))
        nearest = programme.nearest_whole(self.totals(amounts), pot, unit)
        if nearest is None:
            return None
        totals, prices = nearest
        whole = to_units_in(self.cells.of_area, totals, amounts, lower, upper, unit, in_id_order)
        return Whole(whole, Bound(prices, tuple(self.cells.first.tolist()), totals.astype(np.float64)))

    def caps(self, upper: Floats) -> Floats:
        """The most each cell may get; infinity if nothing caps one of its areas."""
        endless = np.isinf(upper)
        totals = self.totals(np.where(endless, 0.0, upper))
        totals[np.unique(self.cells.of_area[endless])] = math.inf
        return totals

    def programme(self, lower: Floats, upper: Floats) -> Programme:
        """The linear programme over cells with these limits."""
        return Programme(lower, upper, self.cells.members, self.cells.lower, self.cells.upper)


class _Cut(NamedTuple):
    """A level that cannot be passed, the prices of the needs that cannot, and those of what stops them."""

    level: float
    prices: Floats
    reason: Prices


class _Ascent:
    """One levelling-up: the cells still rising, and what the others have been fixed at."""

    def __init__(
        self,
        group_fill: GroupFill,
        offset: Floats | None,
        weight: Floats,
        lower: Floats,
        upper: Floats,
        pot: float,
    ) -> None:
        self.groups, self.cells = group_fill, group_fill.cells
        self.offset, self.weight, self.lower, self.upper = offset, weight, lower, upper
        self.pot = pot
        self.rows, self.most_of_rows, self.reasons = self.cells.at_most(pot)
        self.least, self.most = group_fill.totals(lower), group_fill.caps(upper)
        self.fixed = self.least.copy()
        self.rising: Mask = self.most > self.least
        self.amounts = lower.copy()

    def run(self) -> Filled:
        """Raise the level until every cell is fixed."""
        level, steps = math.nan, list[Step]()
        while self.rising.any():
            level, prices, reason = self._highest_level()
            stopped = self._stopped_by(prices)
            steps.append(Step(level, tuple(self.cells.first[stopped].tolist()), reason))
            here = stopped[self.cells.of_area]
            self.amounts[here] = self._amounts(level)[here]
            self.fixed = np.where(stopped, self._totals(level), self.fixed)
            self.rising &= ~stopped
        if self._is_doubtful():
            least = self.groups.least(self.lower, self.upper)
            if least is None or least > self.pot + A_PENNY / 2:
                raise NoRoom
        return Filled(self.amounts, level if len(steps) == 1 else math.nan, Reasons(steps=tuple(steps)))

    def _highest_level(self) -> _Cut:
        """The highest level that all rising cells can reach, and the prices of the cut that stops them."""
        level, prices, reason = self._cut(np.ones(self.cells.count), self.pot, Prices({}, 1.0))
        while True:
            check_time()
            needed = self._totals(level)
            likely = self._others_level_up(needed, prices)
            over = self.rows @ likely > self.most_of_rows + REACHED * self.pot
            if not over.any() and self._is_enough(likely, needed):
                return _Cut(level, prices, reason)
            cut = self._lowest_cut(over)
            if cut is None or cut.level >= level:
                short = self._shortfall(needed)
                if short.value <= REACHED * self.pot:
                    return _Cut(level, prices, reason)
                lower_level = self._root(short.prices, float(short.prices @ needed) - short.value)
                cut = _Cut(lower_level, np.maximum(short.prices, 0.0), short.reason)
            if cut.level >= level:
                return cut._replace(level=level)
            level, prices, reason = cut

    def _stopped_by(self, prices: Floats) -> Mask:
        """The cells that a cut stops."""
        highest = float(prices.max(where=self.rising, initial=0.0))
        stopped: Mask = self.rising & (prices > max(PRICED, STOPS * highest))
        return stopped

    def _is_doubtful(self) -> bool:
        """Whether what was found misses some rule or the pot, if only a little: then there may be no room.

        Limits that ask for a penny too much can miss several rows by a part of it each.
        """
        over = self.rows @ self.fixed > self.most_of_rows + CLOSE
        return bool(over.any() or abs(float(np.sum(self.fixed)) - self.pot) > CLOSE)

    def _lowest_cut(self, rows: Mask) -> _Cut | None:
        """The lowest of the levels to which single rows limit their cells; None if none does."""
        alone = rows & (self.rows >= 0).all(axis=1) & (self.rows[:, self.rising] > PRICED).any(axis=1)
        cuts = [
            self._cut(self.rows[row], float(self.most_of_rows[row]), self.reasons[row])
            for row in np.flatnonzero(alone).tolist()
        ]
        return min(cuts, key=attrgetter("level"), default=None)

    def _cut(self, row: Floats, most: float, reason: Prices) -> _Cut:
        """How far the rising cells can go if only one row limits them, and what it prices them at."""
        prices = np.where(self.rising, row, 0.0)
        level = self._root(prices, most - float(row[~self.rising] @ self.fixed[~self.rising]))
        return _Cut(level, prices, reason)

    def _others_level_up(self, needed: Floats, prices: Floats) -> Floats:
        """Totals that are often right: priced cells get what they need, the others level up on the rest."""
        others = self.rising & ~self._stopped_by(prices)
        totals = np.where(self.rising, needed, self.fixed)
        if not others.any():
            return totals
        level = self._root(others.astype(np.float64), self.pot - float(np.sum(totals[~others])))
        return np.where(others, self._totals(level), totals)

    def _is_enough(self, totals: Floats, needed: Floats) -> bool:
        """Whether some totals give each rising cell what it needs, and use up the pot."""
        noise = REACHED * self.pot
        short = (totals < needed - noise)[self.rising].any()
        return bool(not short and abs(float(np.sum(totals)) - self.pot) <= noise)

    def _shortfall(self, needed: Floats) -> Solved:
        """How far the cells fall short of what they need, at best, and the price of each need."""
        lower = np.where(self.rising, self.least, self.fixed)
        upper = np.where(self.rising, self.most, self.fixed)
        return self.groups.programme(lower, upper).shortfall(needed, self.rising, self.pot)

    def _root(self, prices: Floats, pot: float) -> float:
        """The level at which the priced needs of the cells add up to a pot."""
        check_time()
        prices = np.where(self.rising & (prices > PRICED), prices, 0.0)
        per_area = prices[self.cells.of_area]
        some = per_area > 0
        price = per_area[some]
        offset = None if self.offset is None else self.offset[some] * price
        lower, upper = self.lower[some] * price, self.upper[some] * price
        pot = min(max(pot, float(np.sum(lower))), float(np.sum(upper)))
        return fill(offset, self.weight[some] * price, lower, upper, pot).level

    def _amounts(self, level: float) -> Floats:
        amounts = self.weight * level
        if self.offset is not None:
            amounts += self.offset
        return np.minimum(np.maximum(amounts, self.lower), self.upper)

    def _totals(self, level: float) -> Floats:
        return self.groups.totals(self._amounts(level))

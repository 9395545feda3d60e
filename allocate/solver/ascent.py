"""Levelling up under group rules, level by level: leximin over cells.

Find the highest level t that every cell can reach, fix the cells that can go no higher, and go on with the
rest. Whether a level can be reached is tried first with totals that are often right: the cells of the last
cut get what they need and the others level up on the rest. Each row that those break gives a cut of its own.
What that leaves open is one programme: the least shortfall s with y_c + s ≥ F_c(t), where y_c are the cells'
totals and F_c(t) what a cell needs at level t. If s > 0 its dual prices λ give a cut that holds at every
level, Σ λ_c F_c(t) ≤ r; where it is tight is the next, lower t to try, found by one fill. Once s = 0 the
cells of the last cut are those that can rise no further.
"""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.clock import check_time
from allocate.solver.fill import Filled, fill
from allocate.solver.programme import CLOSE, REACHED, NoRoom
from allocate.solver.reasons import Prices, Reasons, Step
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask
    from allocate.solver.cells import Cells
    from allocate.solver.programme import Solved

A_PENNY = 1.0
"""Limits are whole pence: sums of floats that miss each other by less than this may agree."""

PRICED = 1e-9
"""A dual price below this is nought."""

STOPS = 1e-3
"""Cells stop if their price is not below this part of the highest. What limits the others may be off by a
float's noise, and at so low a price that noise would be pence; they go on, to a level of their own."""


class _Cut(NamedTuple):
    """A level that cannot be passed, the prices of the needs that cannot, and those of what stops them."""

    level: float
    prices: Floats
    reason: Prices


class Ascent:
    """One levelling-up: the cells still rising, and what the others have been fixed at."""

    def __init__(
        self,
        cells: Cells,
        offset: Floats | None,
        weight: Floats,
        lower: Floats,
        upper: Floats,
        pot: float,
    ) -> None:
        self.cells = cells
        self.offset, self.weight, self.lower, self.upper = offset, weight, lower, upper
        self.pot = pot
        self.rows, self.most_of_rows, self.reasons = self.cells.at_most(pot)
        self.least, self.most = cells.totals(lower), cells.caps(upper)
        self.fixed = self.least.copy()
        self.rising: Mask = self.most != self.least
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
            least = self.cells.between(self.lower, self.upper).least()
            if least is None or least.value > self.pot + A_PENNY / 2:
                raise NoRoom
        return Filled(self.amounts, level if len(steps) == 1 else math.nan, Reasons(steps=tuple(steps)))

    def _highest_level(self) -> _Cut:
        """The highest level that all rising cells can reach, and the prices of the cut that stops them."""
        level, prices, reason = self._cut(np.ones(self.cells.count), self.pot, Prices({}, 1.0))
        while True:
            needed = self._totals(level)
            likely = self._others_level_up(needed, prices)
            over = self.rows @ likely > self.most_of_rows + REACHED * self.pot
            if not over.any() and self._is_enough(likely, needed):
                return _Cut(level, prices, reason)
            cut = self._lowest_cut(over)
            if cut is None or cut.level >= level:
                short = self._shortfall(needed)  # of each priced cell: all of them together lack much more
                if short.value <= REACHED * self.pot * float(short.prices.max()):
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
        """The lowest of the levels to which single rows limit their cells; None if none does.

        As all get the pot, a row limits as much if each penny counts less in it, and the pot less in its
        limit. It limits most where some rising cell counts for nothing: that one goes on.
        """
        spare = self.rows[:, self.rising].min(axis=1)
        limiting = rows & (self.rows[:, self.rising].max(axis=1) > spare + PRICED)
        cuts = [
            self._cut(
                self.rows[row] - spare[row],
                float(self.most_of_rows[row] - spare[row] * self.pot),
                self.reasons[row]._replace(pot=float(self.reasons[row].pot - spare[row])),
            )
            for row in np.flatnonzero(limiting).tolist()
        ]
        return min(cuts, key=attrgetter("level"), default=None)

    def _cut(self, row: Floats, most: float, reason: Prices) -> _Cut:
        """How far the rising cells can go if only one row limits them, and what it prices them at."""
        level = self._root(row, most - float(row[~self.rising] @ self.fixed[~self.rising]))
        return _Cut(level, row, reason)

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
        return self.cells.programme(lower, upper).shortfall(needed, self.rising, self.pot)

    def _root(self, prices: Floats, pot: float) -> float:
        """The level at which the priced needs of the cells add up to a pot, or the nearest to it there is.

        Priced limits are no whole pence; on a grid their sums are exact, so that a pot which is all or
        nothing of them is so however `fill` adds them up.
        """
        check_time()
        prices = np.where(self.rising & (prices > PRICED), prices, 0.0)
        per_area = prices[self.cells.of_area]
        some = per_area > 0
        price = per_area[some]
        offset = None if self.offset is None else self.offset[some] * price
        most = self.pot * float(price.max(initial=0.0))
        lower, upper = (on_grid(limits[some] * price, most) for limits in (self.lower, self.upper))
        pot = min(max(pot, float(np.sum(lower))), float(np.sum(upper)))
        return fill(offset, self.weight[some] * price, lower, upper, pot).level

    def _amounts(self, level: float) -> Floats:
        amounts = self.weight * level
        if self.offset is not None:
            amounts += self.offset
        return np.minimum(np.maximum(amounts, self.lower), self.upper)

    def _totals(self, level: float) -> Floats:
        return self.cells.totals(self._amounts(level))

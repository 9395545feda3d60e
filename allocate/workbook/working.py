"""How far a spreadsheet can repeat a run: what may be live formulas, and why the rest is not.

The formulas of the sheet are worked through here with the same steps and the same rounding. They go live only
if they give every penny of the run; otherwise the sheet has the run's values, and says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence, Positions

MILLION = 10**6
"""Fractions of a unit are compared to six decimals, as `solver.pence` does."""

PLACES = 10**7
"""More than there are rows: room for the order of ids below each fraction in the order of the queue."""

HEADS = ("weighted_population", "population")
"""What a live level can be per unit of: columns of the sheet."""


@dataclass(frozen=True)
class Working:
    """The steps from a level to whole pence, as the sheet repeats them."""

    allocation: Allocation

    @property
    def spent(self) -> int:
        """What is shared out, in pence: the pot without what caps leave and what is less than a unit."""
        return self.allocation.budget - self.allocation.rounding - self.allocation.shared.left

    @property
    def unit(self) -> int:
        """The rounding unit, in pence."""
        return self.allocation.prepared.unit

    @cached_property
    def why_values(self) -> str:
        """Why the money cannot be a formula of the level; empty if it can."""
        shared, limits = self.allocation.shared, self.allocation.limits
        if limits.tie_areas_together:
            return "rules for groups tie areas together, and finding the level of each group takes a solver"
        if len(shared.parts) != 1:
            return f"the money is shared out in {len(shared.parts)} steps, each with limits of its own"
        part, tranche = shared.parts[0], self.allocation.prepared.policy.tranches[0]
        if part.method != "level_up" or part.denominator not in HEADS:
            return f"'{part.name}' does not level up by people or weighted people alone"
        if tranche.to is not None:
            return f"'{part.name}' lifts nobody above £ {tranche.to}, which is not a column of this sheet"
        if part.level is None or not math.isfinite(part.level):
            return "there was nothing to share out once the floors were met"
        if self._pence(self._levelled(part.level)) != self.allocation.amounts.tolist():
            return "the formulas would differ from the run by some pence"
        return ""

    @property
    def is_live(self) -> bool:
        """Whether the allocation is a formula of the level."""
        return not self.why_values

    @property
    def level(self) -> float:
        """£ per head that a live sheet levels up to."""
        return self.allocation.shared.parts[0].level or 0.0

    @property
    def per(self) -> str:
        """The column that the level is per unit of."""
        return self.allocation.shared.parts[0].denominator

    @cached_property
    def exact(self) -> Floats:
        """What each area gets before rounding, in £, as the sheet works it out."""
        if self.is_live:
            return self._levelled(self.level)
        gains = np.sum([part.gains for part in self.allocation.shared.parts], axis=0)
        exact: Floats = (self.allocation.limits.lower + gains) / 100
        return exact

    @cached_property
    def rounds_live(self) -> bool:
        """Whether the rounding is formulas; within groups it is the run's values."""
        if self.allocation.limits.tie_areas_together:
            return False
        repeated: list[int] = self.allocation.amounts.tolist()
        return self._pence(self.exact) == repeated

    @cached_property
    def id_order(self) -> Positions:
        """The place of each area's id among all, from 1: it decides between equal fractions."""
        size = self.allocation.prepared.areas.size
        order = np.empty(size, dtype=np.int64)
        order[self.allocation.prepared.areas.in_id_order(np.arange(size))] = np.arange(1, size + 1)
        return order

    def units(self, exact: Floats) -> Floats:
        """Amounts in £ as rounding units, to six decimals."""
        return np.round(exact / (self.unit / 100), 6)

    def down(self, exact: Floats) -> Pence:
        """Amounts in £ rounded down to whole units, in pence."""
        return np.floor(self.units(exact)).astype(np.int64) * self.unit

    def fraction(self, exact: Floats) -> Floats:
        """What is rounded off, in units."""
        units = self.units(exact)
        return np.round(units - np.floor(units), 6)

    def queue(self, exact: Floats) -> Pence:
        """The place in the queue for what is left, the highest first: fractions, then the order of ids."""
        fraction = np.rint(self.fraction(exact) * MILLION).astype(np.int64)
        return np.where(fraction > 0, fraction * PLACES - self.id_order, 0)

    def to_hand_out(self, exact: Floats) -> int:
        """How many units are left once all is rounded down, but no more than there are fractions."""
        left = round((self.spent - int(self.down(exact).sum())) / self.unit)
        return max(0, min(int((self.queue(exact) > 0).sum()), left))

    def last_served(self, exact: Floats) -> float:
        """The place in the queue of the last area that gets a unit."""
        count, queue = self.to_hand_out(exact), self.queue(exact)
        return float(np.partition(queue, -count)[-count]) if count else NOBODY

    def extra(self, exact: Floats) -> Pence:
        """The unit that some areas get, in pence."""
        queue = self.queue(exact)
        return np.where((queue > 0) & (queue >= self.last_served(exact)), self.unit, 0)

    def _levelled(self, level: float) -> Floats:
        prepared, limits = self.allocation.prepared, self.allocation.limits
        weighted = self.per == "weighted_population"
        heads = prepared.need.weighted_population if weighted else prepared.areas.population
        return np.maximum(limits.lower / 100, np.minimum(heads * level, limits.most / 100))

    def _pence(self, exact: Floats) -> list[int]:
        return list((self.down(exact) + self.extra(exact)).tolist())


NOBODY = 1e300
"""A place in the queue that no area has."""

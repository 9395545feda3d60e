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

from allocate.workbook.rounding import Rounding

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats

HEADS = {"weighted_population": "weighted", "population": "population"}
"""What a live level can be per unit of, and the columns of the sheet with it."""


@dataclass(frozen=True)
class Working:
    """The steps from a level to whole pence, as the sheet repeats them."""

    allocation: Allocation

    @property
    def spent(self) -> int:
        """What is shared out, in pence: the pot without what caps leave and what is less than a unit."""
        return self.allocation.budget - self.allocation.rounding - self.allocation.shared.left

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
        if not self._rounded(self._levelled).gives(self.allocation.amounts):
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
        """What the level of a live sheet is per unit of: a key of `HEADS`."""
        return self.allocation.shared.parts[0].denominator

    @cached_property
    def exact(self) -> Floats:
        """What each area gets before rounding, in £, as the sheet works it out."""
        if self.is_live:
            return self._levelled
        gains = [part.gains for part in self.allocation.shared.parts]
        return np.asarray(self.allocation.limits.lower + np.sum(gains, axis=0)) / 100

    @cached_property
    def rounded(self) -> Rounding:
        """How the sheet rounds that."""
        return self._rounded(self.exact)

    @cached_property
    def rounds_live(self) -> bool:
        """Whether the rounding is formulas; within groups it is the run's values."""
        if self.allocation.limits.tie_areas_together:
            return False
        return self.rounded.gives(self.allocation.amounts)

    @cached_property
    def _levelled(self) -> Floats:
        prepared, limits = self.allocation.prepared, self.allocation.limits
        weighted = self.per == "weighted_population"
        heads = prepared.need.weighted_population if weighted else prepared.areas.population
        return np.maximum(limits.lower / 100, np.minimum(heads * self.level, limits.most / 100))

    def _rounded(self, exact: Floats) -> Rounding:
        areas = self.allocation.prepared.areas
        order = np.empty(areas.size, dtype=np.int64)
        order[areas.in_id_order(np.arange(areas.size))] = np.arange(1, areas.size + 1)
        return Rounding(exact, self.spent, self.allocation.prepared.unit, order)

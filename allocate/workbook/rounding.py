"""Whole pence as a spreadsheet can find them: all rounded down, then a unit each to the largest fractions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence, Positions

MILLION = 10**6
"""Fractions of a unit are compared to six decimals, as `solver.pence` does."""

PLACES = 10**7
"""More than there are rows: room for the order of ids below each fraction in the order of the queue."""

NOBODY = 1e300
"""A place in the queue that no area has."""


@dataclass(frozen=True)
class Rounding:
    """Largest remainders, step by step with the same rounding as the formulas of sheet Allocations."""

    exact: Floats
    """What each area gets before rounding, in £."""
    spent: int
    """What all of them get, in pence."""
    unit: int
    """The rounding unit, in pence."""
    id_order: Positions
    """The place of each area's id among all, from 1: it decides between equal fractions."""

    @cached_property
    def _units(self) -> Floats:
        return np.round(self.exact / (self.unit / 100), 6)

    @cached_property
    def down(self) -> Pence:
        """Amounts rounded down to whole units, in pence."""
        return np.floor(self._units).astype(np.int64) * self.unit

    @cached_property
    def fraction(self) -> Floats:
        """What is rounded off, in units."""
        return np.round(self._units - np.floor(self._units), 6)

    @cached_property
    def queue(self) -> Positions:
        """The place in the queue for what is left, the highest first: fractions, then the order of ids."""
        fraction = np.rint(self.fraction * MILLION).astype(np.int64)
        return np.where(fraction > 0, fraction * PLACES - self.id_order, 0)

    @cached_property
    def to_hand_out(self) -> int:
        """How many units are left once all is rounded down, but no more than there are fractions."""
        left = round((self.spent - int(self.down.sum())) / self.unit)
        return max(0, min(int((self.queue > 0).sum()), left))

    @cached_property
    def last_served(self) -> float:
        """The place in the queue of the last area that gets a unit."""
        count = self.to_hand_out
        return float(np.partition(self.queue, -count)[-count]) if count else NOBODY

    @cached_property
    def extra(self) -> Pence:
        """The unit that some areas get, in pence."""
        return np.where((self.queue > 0) & (self.queue >= self.last_served), self.unit, 0)

    def gives(self, amounts: Pence) -> bool:
        """Whether it gives these very amounts, in pence."""
        return bool((self.down + self.extra == amounts).all())

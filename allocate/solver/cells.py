"""Areas that all rules for groups treat alike, and the linear programme over them.

Areas with the same memberships form a cell. Inside a cell one fill is optimal, so linear programmes have one
variable a cell, however many areas there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.partition import numbered
from allocate.solver.programme import Programme
from allocate.solver.reasons import Prices
from allocate.solver.sums import on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.solver.arrays import Floats, Mask, Positions
    from allocate.solver.partition import Partition, Ratio

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
    pot: float
    """All there is, in pence."""

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

    def totals(self, amounts: Floats) -> Floats:
        """The total of each cell; the same in any order of the areas."""
        on_the_grid = on_grid(amounts, self.pot)
        totals: Floats = np.bincount(self.of_area, on_the_grid, self.count).astype(np.float64)
        return totals

    def caps(self, upper: Floats) -> Floats:
        """The most each cell may get; infinity if nothing caps one of its areas."""
        endless = np.isinf(upper)
        totals = self.totals(np.where(endless, 0.0, upper))
        totals[np.unique(self.of_area[endless])] = math.inf
        return totals

    def between(self, lower: Floats, upper: Floats) -> Programme:
        """The linear programme over cells whose areas get at least and at most this."""
        return self.programme(self.totals(lower), self.caps(upper))

    def programme(self, lower: Floats, upper: Floats) -> Programme:
        """The linear programme over cells with these limits."""
        return Programme(lower, upper, self.members, self.lower, self.upper)


class TooManyCells(ValueError):
    """The groups overlap in so many ways that their programmes would take minutes each; says how many."""


def find_cells(
    size: int, partitions: Sequence[Partition], no_cap: int, pot: float, ratios: Sequence[Ratio] = ()
) -> Cells:
    """Find the cells of some group rules.

    Args:
        size: how many areas there are.
        partitions: the rules for totals of groups.
        no_cap: the pence that mean no upper limit.
        pot: all there is, in pence.
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
    return Cells(of_area, first, count, members, np.array(lower), np.array(upper), no_cap, float(pot))


def _memberships(partitions: Sequence[Partition], ratios: Sequence[Ratio]) -> Iterator[tuple[Positions, int]]:
    """What tells areas apart: their groups, from -1, and how many groups there are."""
    for each in partitions:
        yield each.codes, each.lower.size
    for ratio in ratios:
        yield ratio.inside + 2 * ratio.against.astype(np.intp) - 1, 3


def _refined(of_area: Positions, count: int, codes: Positions, groups: int) -> tuple[Positions, int]:
    """Cells split by one more membership, numbered from 0 without gaps."""
    found, of_area = numbered(of_area * (groups + 1) + codes + 1, count * (groups + 1))
    return of_area, found.size

"""A finished share-out held against every transfer between two areas; shares no code with the solvers.

Raising the lowest first is done when no unit of money could go from an area to a worse-funded one within the
rules. Areas with the same memberships stand for one another, so the worst-funded that could rise and the
best-funded that could fall of each such cell are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats, Mask, Pence, Positions
    from allocate.solver.partition import Partition, Ratio

MOST_CELLS = 1_500
"""Above this many cells, transfers between them are too many to look at all: those inside a cell are."""

NEAR = 1e-9
"""A ratio's limit is no whole pence: what a float may be off by, as a part of the largest amount."""


TIE = Fraction(2, 10**6)
"""Parts of a unit that float noise may hide, and that rounding takes for a tie."""

ROUNDS = 100
"""Times that the areas between their limits are found again at another level; a handful is usual."""


class Cells(NamedTuple):
    """Areas in the same groups, which stand for one another."""

    of_area: Positions
    how_many: int


@dataclass(frozen=True)
class GivenOut:
    """A finished share-out and its rules, in pence."""

    amounts: Pence
    weight: Floats
    """What the level is measured per; areas of no weight take no part."""
    lower: Pence
    upper: Pence
    partitions: Sequence[Partition]
    ratios: Sequence[Ratio]
    unit: int

    @cached_property
    def cells(self) -> Cells:
        """The areas with the same memberships."""
        found = [each.codes for each in self.partitions]
        found += [side.astype(np.intp) for each in self.ratios for side in (each.inside, each.against)]
        if not found:
            return Cells(np.zeros(self.amounts.size, dtype=np.intp), 1)
        different, of_area = np.unique(np.stack(found), axis=1, return_inverse=True)
        return Cells(of_area.reshape(-1), different.shape[1])


class Transfer(NamedTuple):
    """A unit that could go from one area to a worse-funded one, by their positions."""

    to: int
    giver: int


def improving_transfer(given: GivenOut, allowance: int = 1) -> Transfer | None:
    """Find a transfer of a unit after which the area that gets it is still the worse-funded of the two.

    Args:
        given: the share-out.
        allowance: how many units each of the two may be from where levelling up alone would put it: one if
            amounts were rounded by largest remainder, more if totals of groups were rounded before.
    """
    amounts, weight, unit = given.amounts, given.weight, given.unit
    cells, count = given.cells
    live = weight > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.where(live & (amounts + unit <= given.upper), (amounts + allowance * unit) / weight, np.inf)
        fall = np.where(
            live & (amounts - unit >= given.lower), (amounts - allowance * unit) / weight, -np.inf
        )
    risers, givers = _least_of(rise, cells, count), _least_of(-fall, cells, count)
    better = rise[risers][:, None] < fall[givers][None, :]
    better &= _allowed(given, risers, givers) if count <= MOST_CELLS else np.eye(count, dtype=bool)
    for to, giver in zip(*np.nonzero(better), strict=True):
        found = Transfer(int(risers[to]), int(givers[giver]))
        if _helps(given, found, allowance):
            return found
    return None


def _least_of(values: Floats, cells: Positions, count: int) -> Positions:
    """The position of the least value in each cell, the first of equals."""
    order = np.lexsort((values, cells))
    return order[np.searchsorted(cells[order], np.arange(count))]


def _helps(given: GivenOut, transfer: Transfer, allowance: int) -> bool:
    """Whether it does so in exact fractions."""
    (to, giver), moved = transfer, allowance * given.unit
    low = Fraction(int(given.amounts[to]) + moved) / Fraction(float(given.weight[to]))
    high = Fraction(int(given.amounts[giver]) - moved) / Fraction(float(given.weight[giver]))
    return low < high


def _allowed(given: GivenOut, risers: Positions, givers: Positions) -> Mask:
    """Which cells (rows) may have a unit from which others (columns) by the rules for groups."""
    allowed = np.ones((risers.size, givers.size), dtype=bool)
    for each in given.partitions:
        totals = each.totals(given.amounts)
        into, out_of = each.codes[risers], each.codes[givers]
        room = (into < 0) | (totals[into] + given.unit <= each.upper[into])
        spare = (out_of < 0) | (totals[out_of] - given.unit >= each.lower[out_of])
        allowed &= (into[:, None] == out_of[None, :]) | (room[:, None] & spare[None, :])
    slack = NEAR * float(np.abs(given.amounts).max(initial=0))
    for ratio in given.ratios:
        adds, now = ratio.coefficients, ratio.difference(given.amounts)
        after = now + given.unit * (adds[risers][:, None] - adds[givers][None, :])
        unchanged = adds[risers][:, None] == adds[givers][None, :]
        allowed &= unchanged | ((after >= ratio.lower + slack) & (after <= ratio.upper - slack))
    return allowed


def misplaced_unit(given: GivenOut) -> int | None:
    """Find an area that largest remainder would give another whole unit, where no rule ties areas together.

    The level is worked out again in exact fractions from what is given out in all. Remainders that agree to
    `TIE` are ties, which ids decide.

    Returns:
        The position of such an area, or None.
    """
    exact = _levelled(given)
    if exact is None:
        return None
    unit = given.unit
    whole = [int(each // unit) for each in exact]
    left = [each / unit - units for each, units in zip(exact, whole, strict=True)]
    up = [int(amount) // unit - units for amount, units in zip(given.amounts.tolist(), whole, strict=True)]
    for at, units in enumerate(up):
        if units not in (0, 1):
            return at
    least_up = min((left[at] for at, units in enumerate(up) if units), default=Fraction(1))
    most_down = max((left[at] for at, units in enumerate(up) if not units), default=Fraction(0))
    return left.index(most_down) if least_up < most_down - TIE else None


def _levelled(given: GivenOut) -> list[Fraction] | None:
    """What levelling up gives each area in exact fractions of a penny; None if nobody rises."""
    weight = [Fraction(each) for each in given.weight.tolist()]
    lower, upper = given.lower.tolist(), given.upper.tolist()
    total = sum(given.amounts.tolist())
    rises = (given.weight > 0) & (given.amounts > given.lower) & (given.amounts < given.upper)
    free = set(np.flatnonzero(rises).tolist())
    exact = [Fraction(each) for each in given.amounts.tolist()]
    for _ in range(ROUNDS):
        if not free:
            return None
        fixed = sum(exact[at] for at in range(len(exact)) if at not in free)
        level = (total - fixed) / sum(weight[at] for at in free)
        exact = [
            min(max(level * each, low), high) if each else Fraction(low)
            for each, low, high in zip(weight, lower, upper, strict=True)
        ]
        now = {at for at, each in enumerate(exact) if lower[at] < each < upper[at]}
        if now == free:
            return exact
        free = now
    return None

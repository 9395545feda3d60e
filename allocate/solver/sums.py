"""Sums that do not depend on the order of the areas.

Floating-point addition is not associative, so the same table in another order could move a penny. Putting
the numbers on a common grid first, coarse enough that every partial sum is exact, makes addition exact
and the order irrelevant. The grid is 2⁻⁵² of the total: on a pot of £100 million it is far finer than a
millionth of a penny.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Positions


BLOCK = 16_384
"""Numbers worked on at a time, so that they stay in the processor's cache."""


def steady(values: Floats) -> Floats:
    """Put numbers on the grid on which sums of them are exact in any order.

    Args:
        values: finite floats.

    Returns:
        The nearest multiples of a power of two, such that any sum of them is below 2⁵³ of it; what is below
        1e-300 is nought.
    """
    return on_grid(values, _bound(values))


def on_grid(values: Floats, largest_sum: float) -> Floats:
    """Put numbers on the grid on which sums of up to `largest_sum` are exact in any order."""
    grid = _grid(largest_sum)
    scaled = values / grid
    np.rint(scaled, out=scaled)
    scaled *= grid
    return scaled


def total(values: Floats) -> float:
    """Add up floats; the same in any order."""
    grid, whole, buffer = _grid(_bound(values)), 0.0, np.empty(BLOCK)
    for begin in range(0, values.size, BLOCK):
        block = values[begin : begin + BLOCK]
        scaled = buffer[: block.size]
        np.divide(block, grid, out=scaled)
        np.rint(scaled, out=scaled)
        whole += float(np.sum(scaled))
    return whole * grid


def added_up(values: Floats, codes: Positions, groups: int) -> Floats:
    """The total of each group; the same in any order.

    Args:
        values: one number a row.
        codes: the group of each row, counted from 0; -1 for none.
        groups: how many there are.
    """
    inside = codes >= 0
    return np.bincount(codes[inside], weights=steady(values[inside]), minlength=groups).astype(np.float64)


def _bound(values: Floats) -> float:
    """What no sum of some of the values can pass; not their sum, which would depend on the order."""
    return max(float(values.max()), -float(values.min())) * values.size if values.size else 0.0


def _grid(largest_sum: float) -> float:
    return math.ldexp(1.0, max(math.frexp(largest_sum)[1] - 53, -1000))

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
    from allocate.solver.arrays import Floats


def steady(values: Floats) -> Floats:
    """Put numbers on the grid on which sums of them are exact in any order.

    Args:
        values: finite floats.

    Returns:
        The nearest multiples of a power of two, such that any sum of them is below 2⁵³ of it; what is below
        1e-300 is nought.
    """
    values = np.asarray(values, dtype=np.float64)
    largest = max(float(values.max()), -float(values.min())) if values.size else 0.0
    # Bounded by the largest value, not by the sum: a sum before the grid depends on the order.
    return on_grid(values, largest * values.size)


def on_grid(values: Floats, largest_sum: float) -> Floats:
    """Put numbers on the grid on which sums of up to `largest_sum` are exact in any order."""
    grid = math.ldexp(1.0, max(math.frexp(largest_sum)[1] - 53, -1000))
    scaled = values / grid
    np.rint(scaled, out=scaled)
    scaled *= grid
    return scaled


def total(values: Floats) -> float:
    """Add up floats; the same in any order."""
    return float(np.sum(steady(values)))

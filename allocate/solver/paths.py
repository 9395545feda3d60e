"""The planned path: one linear programme over all years, whatever the number of areas.

Money given stays given, so a pound placed at a height of an area's gap helps in every later year in which the
gap is that high. Heights that help in the same years form a cell: the programme has one variable a cell and
year, how much of the cell is filled. Lower heights help in every year that higher ones do, so filling each
area from below is never worse, and filling all of a cell alike keeps every area's money from falling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.highs import solve_to_optimal, summed
from allocate.solver.sums import steady

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask, Positions


DECIMALS = 3
"""Of pence, in gaps: what differs by less from year to year is noise of floating point and makes no cell."""


class Heights(NamedTuple):
    """Slices of the gaps of units, each between two heights; arrays have one entry a slice."""

    unit: Positions
    size: Floats
    """In pence."""
    cell: Positions
    """Which cell each is part of."""
    helps: Mask
    """One row a cell, one column a year: whether money in it is below the gap in that year."""


def least_total_shortfall(gaps: Floats, gains: Floats, discount: Floats) -> Floats:
    """Give units the money of each year such that the discounted sum of shortfalls is least.

    Args:
        gaps: one row a unit, one column a year: how far its fair share is above its baseline, in pence; 0 or
            less where it is not.
        gains: of each year, what is given above the baselines in all up to then, in pence; not falling.
        discount: what a pound of shortfall counts in each year; above nought.

    Returns:
        What each unit has above its baseline by each year, the shape of `gaps`; no row ever falls. Columns
        add up to `gains`, or to what the largest gaps can hold if that is less.
    """
    slices = heights_of(np.maximum(gaps, 0.0).round(DECIMALS))
    sizes = np.bincount(slices.cell, steady(slices.size), len(slices.helps)).astype(np.float64)
    if not sizes.any():
        return np.zeros_like(gaps)
    filled = _fill_cells(slices.helps, sizes, gains, discount)
    rate = np.divide(filled, sizes[:, None], out=np.zeros_like(filled), where=sizes[:, None] > 0)
    given = np.zeros_like(gaps)
    for year in range(gaps.shape[1]):
        given[:, year] = np.bincount(slices.unit, slices.size * rate[slices.cell, year], len(gaps))
    return given


def heights_of(gaps: Floats) -> Heights:
    """Cut the gaps of each unit where they end in some year, and sort the slices into cells."""
    ends = np.sort(gaps, axis=1)
    size = np.diff(ends, axis=1, prepend=0.0)
    unit, step = np.nonzero(size > 0)
    helps = gaps[unit] >= ends[unit, step][:, None]
    cells, cell = np.unique(helps, axis=0, return_inverse=True)
    return Heights(unit, size[unit, step], cell.reshape(-1), cells)


def _fill_cells(helps: Mask, sizes: Floats, gains: Floats, discount: Floats) -> Floats:
    """How much of each cell is filled by each year, in pence."""
    import pulp

    scale = float(sizes.sum())
    gains = np.minimum(gains, scale)
    problem = pulp.LpProblem("years", pulp.LpMinimize)
    cells, years = helps.shape
    filled = [
        [problem.add_variable(f"cell_{cell}_{year}", 0, float(sizes[cell]) / scale) for year in range(years)]
        for cell in range(cells)
    ]
    for year in range(years):
        given = summed([row[year] for row in filled])
        problem.addConstraint(given == float(gains[year]) / scale, f"given_{year}")
        for cell in range(cells if year else 0):
            problem.addConstraint(filled[cell][year] - filled[cell][year - 1] >= 0, f"stays_{cell}_{year}")
    worth = [
        -float(discount[year]) * filled[cell][year] for cell, year in zip(*np.nonzero(helps), strict=True)
    ]
    problem.setObjective(summed(worth))
    if not solve_to_optimal(problem):
        raise ValueError("the years allow no path")
    values = np.array([[float(each.value()) for each in row] for row in filled]) * scale
    return np.clip(np.maximum.accumulate(values, axis=1), 0.0, sizes[:, None])

"""Whole pence: from fractional amounts to whole rounding units that add up to the pot exactly.

Largest remainder (Hamilton): everything is rounded down, and the units still missing go to the largest
fractions, ties to the lowest id. It is the method that a reviewer can repeat in a spreadsheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.solver.arrays import Floats, Mask, Pence, Positions

REMAINDER_DECIMALS = 6
"""Fractions of a unit that agree to this many decimals are a tie: ids decide it, not float noise."""


def to_units(
    amounts: Floats,
    lower: Pence,
    upper: Pence,
    pot: int,
    unit: int,
    in_id_order: Callable[[Positions], Positions],
) -> Pence:
    """Round amounts to whole units without leaving the limits or the pot.

    Args:
        amounts: fractional pence, within the limits, adding up to the pot but for float error.
        lower: the least each area gets, a multiple of the unit.
        upper: the most each area gets, a multiple of the unit.
        pot: what the result adds up to in pence, a multiple of the unit.
        unit: the rounding unit in pence.
        in_id_order: puts positions of areas in the order of their ids; asked only about ties.

    Returns:
        int64 pence, multiples of the unit, each less than one unit from its amount.

    Raises:
        ValueError: the amounts do not add up to the pot, or the limits do not allow it.
    """
    units = amounts / unit
    whole = np.floor(units)
    remainder = np.round(units - whole, REMAINDER_DECIMALS)
    rounded = np.clip(whole.astype(np.int64) * unit, lower, upper)
    missing = (pot - int(rounded.sum())) // unit
    if abs(missing) > 2 * rounded.size:
        raise ValueError(f"the amounts are {missing * unit} pence from the pot, which rounding cannot mend")
    while missing:
        step = unit if missing > 0 else -unit
        movable = rounded < upper if missing > 0 else rounded > lower
        chosen = _largest(remainder if missing > 0 else -remainder, movable, abs(missing), in_id_order)
        if not chosen.size:
            raise ValueError(f"the limits leave no room for {missing} units of {unit} pence")
        rounded[chosen] += step
        remainder[chosen] -= step / unit
        missing -= chosen.size * (step // unit)
    return rounded


def _largest(
    remainder: Floats, movable: Mask, count: int, in_id_order: Callable[[Positions], Positions]
) -> Positions:
    """Positions of the `count` largest remainders among the movable, ties in id order."""
    candidates = np.flatnonzero(movable)
    if candidates.size <= count:
        return candidates
    values = remainder[candidates]
    cut = np.partition(values, values.size - count)[values.size - count]
    above = candidates[values > cut]
    tied = in_id_order(candidates[values == cut])
    return np.concatenate([above, tied[: count - above.size]])

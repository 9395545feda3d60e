"""Whole pence: from fractional amounts to whole rounding units that add up exactly.

Largest remainder (Hamilton): everything is rounded down, and the units still missing go to the largest
fractions, ties to the lowest id. It is the method that a reviewer can repeat in a spreadsheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.partition import exact_totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.solver.arrays import Floats, Mask, Pence, Positions

REMAINDER_DECIMALS = 6
"""Fractions of a unit that agree to this many decimals are a tie: ids decide it, not float noise."""


class Rounding(NamedTuple):
    """How amounts may be rounded."""

    lower: Pence
    """The least each may become, a multiple of the unit."""
    upper: Pence
    """The most each may become, a multiple of the unit."""
    unit: int
    """In pence."""
    in_id_order: Callable[[Positions], Positions]
    """Puts positions in the order in which ties are decided, that of ids; asked only about ties."""


def to_units(amounts: Floats, pot: int, rounding: Rounding) -> Pence:
    """Round amounts to whole units without leaving the limits or the pot.

    Args:
        amounts: fractional pence, within the limits, adding up to the pot but for float error.
        pot: what the result adds up to in pence, a multiple of the unit.
        rounding: to which units, between which limits.

    Returns:
        int64 pence, multiples of the unit, each less than one unit from its amount.

    Raises:
        ValueError: the amounts do not add up to the pot, or the limits do not allow it.
    """
    everybody = np.zeros(amounts.size, dtype=np.intp)
    return to_units_in(everybody, np.array([pot]), amounts, rounding)


def to_units_in(parent: Positions, totals: Pence, amounts: Floats, rounding: Rounding) -> Pence:
    """Round amounts to whole units that add up to the total of each parent; see `to_units`.

    Args:
        parent: the parent of each amount, from 0.
        totals: what the amounts of each parent add up to, in pence.
        amounts: fractional pence.
        rounding: to which units, between which limits.

    Raises:
        ValueError: the amounts do not add up to the totals, or the limits do not allow it.
    """
    lower, upper, unit, in_id_order = rounding
    rounded = np.clip(np.floor(amounts / unit).astype(np.int64) * unit, lower, upper)
    remainder = np.round((amounts - rounded) / unit, REMAINDER_DECIMALS)
    missing = (totals - exact_totals(parent, rounded, totals.size)) // unit
    if (abs(missing) > 2 * np.bincount(parent, minlength=totals.size)).any():
        raise ValueError(f"the amounts are {missing.sum() * unit} pence off, which rounding cannot mend")
    while missing.any():
        step = np.sign(missing)[parent] * unit
        movable = np.where(step > 0, rounded < upper, rounded > lower)
        chosen = _largest(remainder * np.sign(step), movable, parent, abs(missing), in_id_order)
        if not chosen.size:
            raise ValueError(f"the limits leave no room for {abs(missing).sum()} units of {unit} pence")
        rounded[chosen] += step[chosen]
        remainder[chosen] -= np.sign(step[chosen])
        missing -= exact_totals(parent[chosen], step[chosen] // unit, totals.size)
    return rounded


def _largest(
    remainder: Floats,
    movable: Mask,
    parent: Positions,
    count: Positions,
    in_id_order: Callable[[Positions], Positions],
) -> Positions:
    """Positions of the `count` largest remainders of each parent among the movable, ties in id order."""
    candidates = _worth_ranking(remainder, np.flatnonzero(movable), count)
    if not candidates.size:
        return candidates
    ranked = candidates[np.argsort(_rank(remainder[candidates], parent[candidates]))]
    of, value = parent[ranked], remainder[ranked]
    start = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=count.size))])
    last = np.minimum(start[:-1] + count, start[1:]) - 1
    cut = np.where(count > 0, value[np.maximum(last, 0)], np.inf)
    above, tied = ranked[value > cut[of]], ranked[value == cut[of]]
    room = count - np.bincount(parent[above], minlength=count.size)
    if (np.bincount(parent[tied], minlength=count.size) > room).any():
        tied = in_id_order(tied)
        tied = tied[np.argsort(parent[tied], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(parent[tied], minlength=count.size))])
    fits = np.arange(tied.size) - starts[parent[tied]] < room[parent[tied]]
    return np.concatenate([above, tied[fits]])


def _worth_ranking(remainder: Floats, candidates: Positions, count: Positions) -> Positions:
    """The candidates without those that are surely too small, where that can be told without sorting."""
    if count.size > 1 or candidates.size <= count[0]:
        return candidates
    values = remainder[candidates]
    at = values.size - int(count[0])
    large: Positions = candidates[values >= np.partition(values, at)[at]]
    return large


def _rank(remainder: Floats, parent: Positions) -> Positions:
    """One whole number for each parent and then for each remainder, the largest first."""
    steps = np.rint((remainder.max() - remainder) * 10**REMAINDER_DECIMALS).astype(np.int64)
    rank: Positions = parent * (int(steps.max()) + 1) + steps
    return rank

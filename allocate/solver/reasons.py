"""Why an allocation is the fairest, as the solvers know it: what spares a proof the search.

Nothing here is to be trusted: `proof` checks all of it. A reason that is wrong proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.solver.arrays import Floats


class Prices(NamedTuple):
    """What a penny more is worth of the limits of some rows and of the pot."""

    rows: Mapping[int, float]
    """By row: above nought of its cap, below nought of its floor; the others are nought."""
    pot: float


class Step(NamedTuple):
    """A level at which some cells stop rising, and the prices that say that they must."""

    level: float
    stopped: tuple[int, ...]
    """One area of each cell that stops, by its position."""
    prices: Prices


class GroupLevel(NamedTuple):
    """A group that its limit keeps from the level of the group around it."""

    rule: int
    """Which rule for groups, in order."""
    group: int
    level: float


class Bound(NamedTuple):
    """Prices that prove how little or how much all may get, and the totals that get there."""

    prices: Prices
    cells: tuple[int, ...]
    """One area of each cell, by its position."""
    totals: Floats
    """Of each of these cells, in pence."""


class Reasons(NamedTuple):
    """Why a fill is the fairest: levels alone, with those of nested groups, or step by step."""

    level: float | None = None
    """Of all that no group holds; None if everybody is at their most, or there are steps."""
    groups: tuple[GroupLevel, ...] = ()
    steps: tuple[Step, ...] = ()
    face: Prices | None = None
    """What says that the shortfalls are least: see `shortfall`."""

"""Groups of areas that do not overlap, and the limits on their totals: one group rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from allocate.solver.arrays import Pence, Positions


class Partition(NamedTuple):
    """Limits on the totals of groups that do not overlap."""

    codes: Positions
    """The group of each area, from 0; -1 for areas in none."""
    lower: Pence
    """The least each group may get, in pence."""
    upper: Pence
    """The most each group may get, in pence; as many as an int64 holds if there is no limit."""

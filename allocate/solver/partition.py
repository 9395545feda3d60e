"""Rules that tie areas together, as numbers: limits on totals of groups, and on the ratio of two totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask, Pence, Positions


class Partition(NamedTuple):
    """Limits on the totals of groups that do not overlap."""

    codes: Positions
    """The group of each area, from 0; -1 for areas in none."""
    lower: Pence
    """The least each group may get, in pence."""
    upper: Pence
    """The most each group may get, in pence; as many as an int64 holds if there is no limit."""

    def totals(self, amounts: Pence) -> Pence:
        """What each group gets, in pence."""
        return exact_totals(self.codes, amounts, self.lower.size)


class Ratio(NamedTuple):
    """Limits on how far the total of some areas is above a multiple of the total of others, in pence."""

    inside: Mask
    against: Mask
    times: float
    lower: float
    """The least that (Σ inside - times · Σ against) may be; minus infinity if there is no limit."""
    upper: float

    @property
    def coefficients(self) -> Floats:
        """What one penny of each area adds to the ratio's difference."""
        return self.inside.astype(np.float64) - self.times * self.against

    def difference(self, amounts: Pence) -> float:
        """Σ inside - times · Σ against, in pence."""
        return int(amounts[self.inside].sum()) - self.times * int(amounts[self.against].sum())


def numbered(keys: Positions, most: int) -> tuple[Positions, Positions]:
    """The different keys in order, and which of them each is, from 0.

    Args:
        keys: whole numbers from 0.
        most: what all are below.
    """
    if _is_sparse(most, keys.size):
        return np.unique(keys, return_inverse=True)
    used = np.bincount(keys) > 0
    return np.flatnonzero(used), (np.cumsum(used) - 1)[keys]


def _is_sparse(most: int, size: int) -> bool:
    """Whether sorting so many numbers is faster than marking which of `most` there are."""
    return most > 4 * size + 1_000


def exact_totals(codes: Positions, amounts: Pence, count: int) -> Pence:
    """Add up whole pence by group, in integers; areas with a negative code are in none.

    Sums of whole pence below 2⁵³ are exact in floats too, which is what makes one pass enough.
    """
    sums = np.bincount(codes + 1, amounts, count + 1)[1:]
    totals: Pence = sums.astype(np.int64)
    return totals

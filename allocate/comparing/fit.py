"""How well money fits need: measures of one allocation, each with its direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats

A_PENNY = 1.0
"""A distance up to this, in pence, is rounding and counts as none."""


@dataclass(frozen=True)
class Fit:
    """How the money of some areas lies against their need; None where there is no money or no need.

    An area's share by need is M · W / ΣW of the same money M, so that pots of different size compare.
    """

    areas: int
    """Areas with need, which are those that are measured."""
    mean_distance: float | None
    """Σ N · |m − T| / T ÷ ΣN, a share: how far the average person's area is from its share by need T,
    whichever way. 0 is perfect; lower is better."""
    misplaced_share: float | None
    """½ Σ |m / M − W / ΣW|, a share: the part of the money that would have to move for money to follow need
    (Hoover's index, the dissimilarity of money and need). 0 is perfect; lower is better."""
    misplaced: int | None
    """The same in pence: `misplaced_share` of M."""
    least: float | None
    """£ per weighted head of the area with the least. Higher is better."""
    most: float | None
    """£ per weighted head of the area with the most. No direction of its own: nobody is levelled down."""
    ratio: float | None
    """`most` ÷ `least`. 1 is perfect; lower is better."""


def fit(money: Floats, weighted_population: Floats, population: Floats) -> Fit:
    """Measure how money fits need; the same in whatever order the areas are.

    Args:
        money: pence per area.
        weighted_population: people; areas without any have no need to fit, and are left out.
        population: people.
    """
    needs = weighted_population > 0
    money, weights, people = money[needs], weighted_population[needs], population[needs]
    pot, need = total(money), total(weights)
    if not (pot and need):
        return Fit(int(needs.sum()), *[None] * 6)
    share = pot * weights / need
    gap = np.abs(money - share)
    gap[gap <= A_PENNY] = 0
    misplaced = total(gap) / 2
    per_head = money / weights / 100
    least, most = float(per_head.min()), float(per_head.max())
    return Fit(
        areas=int(needs.sum()),
        mean_distance=_mean(gap / share, people),
        misplaced_share=round(misplaced / pot, 6),
        misplaced=round(misplaced),
        least=round(least, 4),
        most=round(most, 4),
        ratio=round(most / least, 4) if least else None,
    )


def _mean(values: Floats, weights: Floats) -> float | None:
    everybody = total(weights)
    return round(total(values * weights) / everybody, 6) if everybody else None

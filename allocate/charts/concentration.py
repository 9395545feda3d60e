"""The concentration curve: money against people, the most deprived first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.equity.arrays import curve, shares
from allocate.groupings.making import BANDS, DEPRIVATION, most_deprived_first
from allocate.solver.sums import added_up

if TYPE_CHECKING:
    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats

POINTS = 101
"""A curve is read off at every hundredth of the people, however many areas there are."""

CURVES = ("baseline", "weighted_population", "gain")

FIFTH = 20
"""The position of a fifth of the people among those."""


@dataclass(frozen=True)
class Curves:
    """Shares of people, and of money, that those at least as deprived have; each from 0 to 1."""

    column: str
    """What orders the areas."""
    people: Floats
    money: dict[str, Floats]
    left_out: int
    """Areas whose deprivation is not known."""

    def of_fifth(self, name: str) -> float:
        """The share of money that goes with the most deprived fifth of people."""
        return float(self.money[name][FIFTH])


def by_deprivation(run: Run) -> tuple[str, Floats] | None:
    """What says how deprived areas are, a score if there is one, or else a band; the most deprived lowest."""
    names = [name for name in run.table.columns if DEPRIVATION.search(name)]
    for name in sorted(names, key=lambda each: "score" not in each.lower()):
        order = most_deprived_first(name, run.table[name])
        if order is not None and ("score" in name.lower() or BANDS.search(name)):
            return name, order
    return None


def concentration(run: Run) -> Curves | None:
    """The curves of baselines, need and gains; None where deprivation is not known, or there is no money.

    Areas with the same deprivation share one straight piece of the curve, whatever their order.
    """
    found = by_deprivation(run)
    if found is None:
        return None
    column, order = found
    known = np.isfinite(order)
    _, tied = np.unique(order[known], return_inverse=True)
    amounts = {name: run.floats(name)[known] for name in ("population", *CURVES)}
    sums = {name: added_up(each, tied, int(tied.max()) + 1) for name, each in amounts.items()}
    if not sums["weighted_population"].any() or not (sums["baseline"].any() or sums["gain"].any()):
        return None
    at, people = np.linspace(0, 1, POINTS), shares(sums["population"])
    drawn = {name: curve(people, shares(sums[name])) for name in CURVES if sums[name].any()}
    money = {name: np.interp(at, each["people_share"], each["amount_share"]) for name, each in drawn.items()}
    return Curves(column, at, money, int((~known).sum()))

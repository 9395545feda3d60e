"""The concentration curve: money against people, the most deprived first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.report.grouping import as_numbers, is_band

if TYPE_CHECKING:
    from allocate.report.subject import Subject
    from allocate.solver.arrays import Floats

POINTS = 101
"""A curve is read off at every hundredth of the people, however many areas there are."""

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


def deprivation_column(subject: Subject) -> str | None:
    """The column that says how deprived areas are: a score if there is one, or else a fifth."""
    table = subject.run.table
    scores = (name for name in table.columns if "imd_score" in name.lower())
    some = (name for name in scores if as_numbers(table[name]).count())
    bands = (name for name in table.columns if is_band(subject.run, name))
    return next(chain(some, bands), None)


def concentration(subject: Subject) -> Curves | None:
    """The curves of baselines, need and gains; None without a column of deprivation.

    Areas with the same deprivation share one straight piece of the curve, whatever their order.
    """
    column = deprivation_column(subject)
    if column is None:
        return None
    deprivation = as_numbers(subject.run.table[column])
    amounts = ("population", "baseline", "weighted_population", "gain")
    frame = subject.run.areas.select(pl.col(*amounts).cast(pl.Float64)).with_columns(deprivation.alias("_by"))
    known = frame.drop_nulls("_by")
    totals = {name: float(known[name].sum()) for name in amounts}
    if not (known.height and totals["population"] and totals["baseline"]):
        return None
    steps = known.sort("_by", descending=not is_band(subject.run, column), maintain_order=True)
    tied = steps["_by"].rle_id().to_numpy()
    at = np.linspace(0, 1, POINTS)
    people = _added_up(steps["population"].to_numpy(), tied)
    names = {name: total for name, total in totals.items() if name != "population" and total}
    money = {name: np.interp(at, people, _added_up(steps[name].to_numpy(), tied)) for name in names}
    return Curves(column, at, money, frame.height - known.height)


def _added_up(amounts: Floats, tied: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> Floats:
    """The running share of a total, from nought to one, at the end of each set of ties."""
    running = np.cumsum(np.bincount(tied, weights=amounts))
    return np.concatenate([[0.0], running / running[-1]])

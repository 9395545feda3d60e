"""The tables of several years: area by year, money by year, paths of distance from target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.results.tables import ALLOCATION_TYPES, MONEY, in_pounds, money
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Pence
    from allocate.years.ahead import YearAhead

YEARS_TYPES: dict[str, Any] = {"year": pl.String} | ALLOCATION_TYPES | {"allocation_real": MONEY}
"""The types of the columns of ``years.csv``."""

MONEY_TYPES: dict[str, Any] = (
    {"year": pl.String, "areas": pl.Int64, "population": pl.Float64}
    | dict.fromkeys(("before", "brought", "baseline", "budget", "new_money", "allocation"), MONEY)
    | {"allocation_real": MONEY, "prices": pl.Float64, "unspent": MONEY, "gaining": pl.Int64}
    | {"below": pl.Int64, "shortfall": MONEY, "level": pl.Float64}
    | {"worst": pl.Float64, "best": pl.Float64, "route": pl.String}
)
"""The columns of `Years.money`, in order.

``before`` is what areas had the year before, ``brought`` what events bring; ``below`` how many areas end
below their fair share and ``shortfall`` by how much in all; ``level`` £ per weighted head of the lowest.
"""

EVENT_TYPES: dict[str, Any] = {"year": pl.String, "area": pl.String, "told": pl.String}


def areas_table(
    labels: Sequence[str], allocations: Sequence[Allocation], prices: Sequence[float]
) -> pl.DataFrame:
    """One row an area and year; see `Years.areas`."""
    frames = []
    for label, allocation, price in zip(labels, allocations, prices, strict=True):
        frame = allocation.areas.select(pl.lit(label).alias("year"), pl.all())
        if any(level != 1 for level in prices):
            frame = frame.with_columns(money(_real(allocation.amounts, price)).alias("allocation_real"))
        frames.append(frame)
    return pl.concat(frames)


def money_table(
    ahead: Sequence[YearAhead], allocations: Sequence[Allocation], prices: Sequence[float]
) -> pl.DataFrame:
    """One row a year; see `Years.money`."""
    rows = [
        _money_row(year, allocation, price)
        for year, allocation, price in zip(ahead, allocations, prices, strict=True)
    ]
    in_pence = [name for name, kind in MONEY_TYPES.items() if kind == MONEY]
    frame = pl.DataFrame(rows, schema=MONEY_TYPES | dict.fromkeys(in_pence, pl.Int64), orient="row")
    return in_pounds(frame, in_pence)


def _money_row(year: YearAhead, allocation: Allocation, price: float) -> dict[str, Any]:
    summary = allocation.summary
    brought = sum(int(each.moves.brought.sum()) for each in year.happened)
    short = allocation.fair_share * 100 - allocation.amounts
    short = short[short > 0.5]
    spent = int(allocation.amounts.sum())
    return {
        "year": year.label,
        "areas": summary.areas,
        "population": summary.population,
        "before": summary.baseline - brought,
        "brought": brought,
        "baseline": summary.baseline,
        "budget": summary.budget,
        "new_money": summary.new_money,
        "allocation": spent,
        "allocation_real": int(_real(np.array([spent]), price)[0]),
        "prices": price,
        "unspent": summary.unspent + summary.rounding,
        "gaining": summary.gaining,
        "below": int(short.size),
        "shortfall": round(total(short)),
        "level": summary.level,
        "worst": summary.closing_worst,
        "best": summary.closing_best,
        "route": summary.route,
    }


def _real(pence: Pence, price: float) -> Pence:
    """Pence at prices of the first year, to the nearest."""
    return np.floor(pence / price + 0.5).astype(np.int64)


def events_table(ahead: Sequence[YearAhead]) -> pl.DataFrame:
    """One row a year, area and event; see `Years.events`."""
    rows = [
        {"year": year.label, "area": area, "told": told}
        for year in ahead
        for happened in year.happened
        for area, told in happened.told.items()
    ]
    return pl.DataFrame(rows, schema=EVENT_TYPES, orient="row")


def paths_table(areas: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """One row an area, a column a year; see `Years.paths`."""
    begins = areas.group_by("id", maintain_order=True).agg(pl.col("opening_distance").first().alias("before"))
    closing = areas.pivot(on="year", index="id", values="closing_distance", maintain_order=True)
    return begins.join(closing, on="id", how="left", maintain_order="left").select("id", "before", *labels)


def within_table(areas: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    """One row an area; see `Years.within`."""
    there = pl.col("closing_distance").abs() <= tolerance + 1e-9
    return areas.group_by("id", maintain_order=True).agg(
        pl.col("year").filter(there).first().alias("year"), pl.col("closing_distance").last()
    )

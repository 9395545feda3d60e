"""The table of a result: one row an area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.money import to_pence, to_pounds

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence

MONEY = pl.Decimal(18, 2)


def money(pence: Pence) -> pl.Series:
    """Pence as £ with two decimals, exactly."""
    return (pl.Series(pence).cast(MONEY) / 100).cast(MONEY)


def areas_table(allocation: Allocation) -> pl.DataFrame:
    """The columns of ``allocations.csv``; see `Allocation.areas`."""
    prepared, areas = allocation.prepared, allocation.prepared.areas
    columns = {
        "id": areas.ids,
        "population": areas.population,
        "weighted_population": prepared.need.weighted_population,
        "need_index": prepared.need.index,
        "baseline": money(areas.baseline),
        "target": money(to_pence(prepared.target, "half up")),
        "opening_distance": _shares(allocation.opening_distance),
        "fair_share": money(to_pence(allocation.fair_share, "half up")),
        "allocation": money(allocation.amounts),
        "gain": money(allocation.gains),
        "gain_percent": gain_percent(allocation),
        "closing_distance": _shares(allocation.closing_distance),
        "bound_by": pl.Series([rule or None for rule in allocation.bound_by], dtype=pl.String),
    }
    frame = pl.DataFrame(columns)
    return frame if areas.names is None else frame.with_columns(areas.names.alias("name"))


def gain_percent(allocation: Allocation) -> pl.Series:
    """The gain as a percentage of the baseline; null where the baseline is nought."""
    baseline = to_pounds(allocation.prepared.areas.baseline)
    gains = to_pounds(allocation.gains) * 100
    return _shares(np.divide(gains, baseline, out=np.full_like(gains, np.nan), where=baseline > 0))


def _shares(values: Floats) -> pl.Series:
    return pl.Series(values, nan_to_null=True)

"""The table of a result: one row an area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.group_limits import binding_groups
from allocate.money import NO_CAP, to_pence, to_pounds

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


def groups_table(allocation: Allocation) -> pl.DataFrame:
    """One row a group of each group rule; see `Allocation.groups`."""
    rules, rows = allocation.prepared.policy.rules, []
    for each in allocation.limits.groups:
        partition = each.partition
        baselines = partition.totals(allocation.prepared.areas.baseline)
        totals = partition.totals(allocation.amounts)
        binds = binding_groups(partition, allocation.amounts)
        for group, name in enumerate(each.groups):
            low, high = int(partition.lower[group]), int(partition.upper[group])
            rows.append(
                {
                    "rule": str(rules[each.rule].name),
                    "group": name,
                    "areas": int((partition.codes == group).sum()),
                    "baseline": int(baselines[group]),
                    "floor": low or None,
                    "cap": None if high == NO_CAP else high,
                    "allocation": int(totals[group]),
                    "gain": int(totals[group] - baselines[group]),
                    "binds": bool(binds[group]),
                }
            )
    schema = {"rule": pl.String, "group": pl.String, "areas": pl.Int64}
    schema |= dict.fromkeys(("baseline", "floor", "cap", "allocation", "gain"), pl.Int64)
    frame = pl.DataFrame(rows, schema=schema | {"binds": pl.Boolean}, orient="row")
    in_pence = [pl.col(name) for name in ("baseline", "floor", "cap", "allocation", "gain")]
    return frame.with_columns((each.cast(MONEY) / 100).cast(MONEY) for each in in_pence)

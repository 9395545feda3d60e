"""The table of a result: one row an area."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.money import NO_CAP, to_pence, to_pounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence

MONEY = pl.Decimal(18, 2)


ALLOCATION_TYPES: dict[str, Any] = (
    {"id": pl.String}
    | dict.fromkeys(("population", "weighted_population", "need_index"), pl.Float64)
    | dict.fromkeys(("baseline", "target", "fair_share", "allocation", "gain"), MONEY)
    | dict.fromkeys(("opening_distance", "closing_distance", "gain_percent"), pl.Float64)
    | {"bound_by": pl.String, "name": pl.String}
)
"""The types of the columns of ``allocations.csv``."""


def money(pence: Pence) -> pl.Series:
    """Pence as £ with two decimals, exactly."""
    return (pl.Series(pence).cast(MONEY) / 100).cast(MONEY)


def in_pounds(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """A table with some columns of whole pence as £ with two decimals, exactly."""
    return frame.with_columns((pl.col(name).cast(MONEY) / 100).cast(MONEY) for name in columns)


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


def prices_table(allocation: Allocation) -> pl.DataFrame:
    """One row a rule that binds; see `Allocation.prices`."""
    rules = allocation.prepared.policy.rules
    rows = [
        {
            "rule": str(rules[price.rule].name),
            "kind": rules[price.rule].kind,
            "limits": price.limits,
            "worth": price.worth,
            "moves": round(price.moved / 100, 4),
            "from": [move.who for move in price.losers],
            "to": [move.who for move in price.winners],
        }
        for price in allocation.priced
    ]
    schema: dict[str, Any] = {"rule": pl.String, "kind": pl.String, "limits": pl.Int64, "worth": pl.Float64}
    schema |= {"moves": pl.Float64, "from": pl.List(pl.String), "to": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _group_rows(allocation: Allocation) -> Iterator[dict[str, Any]]:
    for each in allocation.limits.groups:
        partition = each.partition
        baselines = partition.totals(allocation.prepared.areas.baseline)
        totals = partition.totals(allocation.amounts)
        binds = each.binds(allocation.amounts)
        for group, name in enumerate(each.groups):
            low, high = int(partition.lower[group]), int(partition.upper[group])
            yield {
                "at": each.rule,
                "group": name,
                "areas": int(each.sizes[group]),
                "baseline": int(baselines[group]),
                "floor": low or None,
                "cap": None if high == NO_CAP else high,
                "allocation": int(totals[group]),
                "binds": bool(binds[group]),
            }


def _ratio_rows(allocation: Allocation) -> Iterator[dict[str, Any]]:
    """Rules that compare money per head, as limits on the group given what the others get."""
    amounts, unit = allocation.amounts, allocation.prepared.unit
    for each in allocation.limits.ratios:
        inside, floor, cap = each.ratio.inside, each.floor(amounts), each.cap(amounts)
        yield {
            "at": each.rule,
            "group": f"{each.group} (compared with {each.against})",
            "areas": int(inside.sum()),
            "baseline": int(allocation.prepared.areas.baseline[inside].sum()),
            "floor": None if floor is None else math.ceil(floor - RATIO_NOISE),
            "cap": None if cap is None else math.floor(cap + RATIO_NOISE),
            "allocation": int(amounts[inside].sum()),
            "binds": each.binds(amounts, unit),
        }


RATIO_NOISE = 1e-3
"""What floating point may add to a limit that compares two totals, in pence."""


def groups_table(allocation: Allocation) -> pl.DataFrame:
    """One row a group of each group rule; see `Allocation.groups`."""
    rows = sorted([*_group_rows(allocation), *_ratio_rows(allocation)], key=lambda row: row["at"])
    for row in rows:
        row["rule"] = str(allocation.prepared.policy.rules[row.pop("at")].name)
        row["gain"] = row["allocation"] - row["baseline"]
    schema = {"rule": pl.String, "group": pl.String, "areas": pl.Int64}
    in_pence = dict.fromkeys(("baseline", "floor", "cap", "allocation", "gain"), pl.Int64)
    frame = pl.DataFrame(rows, schema=schema | in_pence | {"binds": pl.Boolean}, orient="row")
    return in_pounds(frame, in_pence)

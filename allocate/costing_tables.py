"""What it would take as a table, one row a corner of the cost, and as a record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.goals import TARGET
from allocate.levels import NOISE
from allocate.money import MOST_PENCE
from allocate.solver.sums import steady
from allocate.tables import money

if TYPE_CHECKING:
    from allocate.costing import Cost
    from allocate.levels import Levels, Reached


def curve_table(levels: Levels) -> pl.DataFrame:
    """One row a corner; see `Cost.curve`."""
    corners, prepared = levels.corners, levels.prepared
    rises = levels.weight > 0
    bends = levels.base[rises] / levels.weight[rises]
    order = np.argsort(bends, kind="stable")
    below = np.searchsorted(bends[order], corners.levels)
    people = np.concatenate([[0.0], np.cumsum(steady(prepared.areas.population)[rises][order])])
    units = np.ceil((np.minimum(corners.costs, MOST_PENCE) - NOISE) / prepared.unit).astype(np.int64)
    average = levels.average * levels.scale
    unknown = [None] * corners.levels.size
    table = pl.DataFrame(
        {
            "level": unknown if levels.of_own_targets else corners.levels / levels.scale,
            "fair_share": unknown if levels.of_own_targets else corners.shares,
            "target": corners.levels / average if average else unknown,
            "new_money": money(units * prepared.unit - levels.baseline),
            "areas_below": below,
            "people_below": np.round(people[below], 6),
        },
        schema_overrides=dict.fromkeys(("level", "fair_share", "target"), pl.Float64)
        | {"areas_below": pl.Int64},
    )
    return table.filter(pl.Series(corners.costs < MOST_PENCE))


def cost_record(cost: Cost) -> dict[str, Any]:
    """The object that ``allocate cost --json`` prints; money in £."""
    import polars.selectors as cs

    scenario = cost.prepared.scenario
    record: dict[str, Any] = {"title": str(scenario.title), "invented": scenario.invented}
    record |= {"goal": str(cost.goal), "baseline": cost.baseline / 100}
    record |= {"new_money": cost.new_money / 100, "pot": (cost.baseline + cost.new_money) / 100}
    record |= _reached(cost.reached, own=cost.levels.of_own_targets)
    if cost.has_rules:
        record |= {"new_money_with_rules": None if cost.clash else cost.new_money_with_rules / 100}
    record |= {"rule": str(cost.goal.rule(cost.prepared).floor)}
    if cost.growth is not None:
        record |= {"growth": float(cost.growth), "years": cost.years}
        if cost.goal.by == TARGET:
            record |= {"years_if_targets_grow": cost.years_if_targets_grow}
        record |= {"years_with_rules": cost.years_with_rules} if cost.has_rules else {}
    curve = cost.curve.with_columns(cs.decimal().cast(pl.Float64))
    return record | {"curve": curve.to_dicts()}


def _reached(reached: Reached, *, own: bool) -> dict[str, Any]:
    fields = reached._asdict()
    if own:
        fields["level"] = None
    return {
        name: None if isinstance(each, float) and not math.isfinite(each) else each
        for name, each in fields.items()
    }

"""What it would take as a table, one row a corner of the cost, and as a record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.costing import NOISE, weights_of
from allocate.goals import TARGET
from allocate.solver.sums import on_grid, total
from allocate.tables import money

if TYPE_CHECKING:
    from allocate.costing import Cost, Reached


def curve_table(cost: Cost) -> pl.DataFrame:
    """One row a corner; see `Cost.curve`."""
    corners, prepared = cost.corners, cost.prepared
    weight, people = weights_of(prepared, cost.goal), prepared.areas.population
    base = -(-prepared.areas.baseline // prepared.unit) * prepared.unit
    rises = weight > 0
    bends = base[rises] / weight[rises]
    order = np.argsort(bends, kind="stable")
    below = np.searchsorted(bends[order], corners.levels)
    heads = on_grid(people[rises][order], float(people.max()) * people.size)
    units = np.ceil((corners.costs - NOISE) / prepared.unit).astype(np.int64)
    average = cost.baseline / total(weight) if not cost.by_own_targets else 1.0
    own = cost.by_own_targets
    return pl.DataFrame(
        {
            "level": [None] * corners.levels.size if own else corners.levels / 100,
            "fair_share": [None] * corners.levels.size if own else corners.shares,
            "target": corners.levels / average if average else np.full_like(corners.levels, np.nan),
            "new_money": money(units * prepared.unit - cost.baseline),
            "areas_below": below,
            "people_below": np.round(np.concatenate([[0.0], np.cumsum(heads)])[below], 6),
        },
        schema_overrides={"level": pl.Float64, "fair_share": pl.Float64, "areas_below": pl.Int64},
        nan_to_null=True,
    )


def cost_record(cost: Cost) -> dict[str, Any]:
    """The object that ``allocate cost --json`` prints; money in £."""
    import polars.selectors as cs

    scenario = cost.prepared.scenario
    record: dict[str, Any] = {"title": str(scenario.title), "invented": scenario.invented}
    record |= {"goal": str(cost.goal), "baseline": cost.baseline / 100}
    record |= {"new_money": cost.new_money / 100, "pot": (cost.baseline + cost.new_money) / 100}
    record |= _reached(cost.reached, own=cost.by_own_targets)
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

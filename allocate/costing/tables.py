"""What it would take as a table, one row a corner of the cost, and as a record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.costing.goals import TARGET
from allocate.costing.levels import NOISE
from allocate.money import MOST_PENCE
from allocate.results.tables import money
from allocate.solver.sums import steady

if TYPE_CHECKING:
    from allocate.costing.cost import Cost
    from allocate.costing.levels import Levels, Reached
    from allocate.solver.arrays import Floats, Positions
    from allocate.solver.curve import Corners


def curve_table(levels: Levels) -> pl.DataFrame:
    """One row a corner of either curve; see `Cost.curve`."""
    at, guaranteed = levels.corners.levels, levels.with_rules
    if guaranteed is not None:
        at = np.union1d(at, guaranteed.corners.levels)
        at = np.union1d(at, guaranteed.most) if np.isfinite(guaranteed.most) else at
    costs = _costs(levels.corners, at)
    at, costs = at[costs < MOST_PENCE], costs[costs < MOST_PENCE]
    below, people = _below(levels, at)
    average, own = levels.average * levels.scale, levels.of_own_targets
    columns: dict[str, Any] = {
        "level": [None] * at.size if own else at / levels.scale,
        "fair_share": [None if own else levels.corners.share_at(each) for each in at.tolist()],
        "target": at / average if average else [None] * at.size,
        "new_money": _new_money(levels, costs),
    }
    if guaranteed is not None:
        with_rules = _new_money(levels, _costs(guaranteed.corners, at))
        columns["new_money_with_rules"] = with_rules.set(pl.Series(at > guaranteed.most), None)
    columns |= {"areas_below": below, "people_below": people}
    shares = dict.fromkeys(("level", "fair_share", "target"), pl.Float64)
    return pl.DataFrame(columns, schema_overrides=shares | {"areas_below": pl.Int64})


def _costs(corners: Corners, at: Floats) -> Floats:
    return np.array([corners.cost_at(level) for level in at.tolist()])


def _new_money(levels: Levels, costs: Floats) -> pl.Series:
    """What pots are above the baselines, each rounded up to the unit, in £."""
    unit = levels.prepared.unit
    units = np.ceil((np.minimum(costs, float(MOST_PENCE)) - NOISE) / unit).astype(np.int64)
    return money(units * unit - levels.baseline)


def _below(levels: Levels, at: Floats) -> tuple[Positions, Floats]:
    """How many areas have less than each level today, and how many people they have."""
    rises = levels.weight > 0
    bends = levels.base[rises] / levels.weight[rises]
    order = np.argsort(bends, kind="stable")
    heads = np.cumsum(steady(levels.prepared.areas.population)[rises][order])
    below = np.searchsorted(bends[order], at)
    return below, np.round(np.concatenate([[0.0], heads])[below], 6)


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

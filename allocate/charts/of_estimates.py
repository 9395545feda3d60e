"""The figures of what it would take, of sweeps, and of how sure results are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.charts import marks
from allocate.charts.figure import Figure
from allocate.charts.wording import signed
from allocate.errors import counted
from allocate.money import pounds, short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.costing.cost import Cost
    from allocate.sureness.uncertainty import Uncertainty
    from allocate.sweeps.result import Sweep

MOST_PLACES = 400
"""Places across a chart; of more areas, evenly many are shown."""

MOST_SHARE = 0.99
"""The last areas far above the others take most of the money: up to here the curve can be read."""

MOST_LINES = 5
POINTS = "points"

SHARES = ("closing_worst", "closing_best", "kept of")
"""Measures of a sweep that are shares."""


def curve(cost: Cost) -> Iterator[Figure]:
    """What it costs to bring everybody up to each level, with nobody losing."""
    share = "fair_share" if cost.curve["fair_share"].null_count() == 0 else "target"
    what = share.replace("_", " ")
    goal = getattr(cost.reached, share)
    table = cost.curve.filter(pl.col(share) <= max(MOST_SHARE, goal) + 1e-9)
    if table.height < 2:
        return
    money, reached = (table[name].cast(pl.Float64).to_list() for name in ("new_money", share))
    points = zip(money, reached, strict=True)
    names = ["least new money", "the goal"]
    rows = [{"x": round(new / 1e6, 6), "y": round(level, 6), "series": names[0]} for new, level in points]
    rows.append({"x": round(cost.new_money / 1e8, 6), "y": round(goal, 6), "series": names[1]})
    x = {"type": "quantitative", "title": "new money, £ million", "axis": {"format": ",.4~g"}}
    y = {"title": f"share of {what} that all reach", "axis": {"format": ".0%"}, "scale": {"zero": False}}
    finding = f"To bring every area to {cost.goal} takes {pounds(cost.new_money)}"
    most = pounds(round(money[-1] * 100))
    says = f"From {reached[0]:.1%} of {what} for nothing to {reached[-1]:.1%} for {most}."
    units = "The least new money that brings every area to a level, nobody losing; the other rules apart."
    yield Figure(finding, marks.lines(rows, x, y, names), says, units)


def swept(sweep: Sweep, measure: str) -> Iterator[Figure]:
    """A measure against what varies first, a line for each value of what varies second."""
    first, *others = sweep.varied
    points = sweep.points.filter(pl.col("error").is_null() & pl.col(measure).is_not_null())
    if points.height < 2 or not points[first].dtype.is_numeric():
        return
    table = _in_series(points, first, others, measure)
    found = table["series"].unique(maintain_order=True).to_list()
    names = found[:MOST_LINES]
    rows = table.filter(pl.col("series").is_in(names)).to_dicts()
    x = {"type": "quantitative", "title": _words(first), "scale": {"zero": False}}
    x["axis"] = {"format": "~s", "tickCount": 5}
    percent = measure.startswith(SHARES)
    y = {"title": _words(measure), "scale": {"zero": False}, "axis": {"format": "+.1%" if percent else "~s"}}
    told = [(_told(row["x"], points[first]), _told(row["y"], points[measure])) for row in (rows[0], rows[-1])]
    finding = f"{_words(measure).capitalize()} goes from {told[0][1]} to {told[1][1]}"
    if len(names) > 1:
        finding = f"{_words(measure).capitalize()} by {_words(first)}, by {' and '.join(map(_words, others))}"
    says = f"{_words(measure).capitalize()}: {told[0][1]} at {told[0][0]}, {told[1][1]} at {told[1][0]}."
    left_out, hidden = sweep.points.height - points.height, len(found) - len(names)
    units = f"{counted(points.height, 'point')}"
    units += f"; {left_out:,} more have no value" if left_out else ""
    units += f"; {counted(hidden, 'line')} not shown" if hidden else ""
    joined = names != [POINTS]
    yield Figure(finding, marks.lines(rows, x, y, names, joined=joined), says, f"{units}.")


def _in_series(points: pl.DataFrame, first: str, others: list[str], measure: str) -> pl.DataFrame:
    """The points as ``x``, ``y`` and the ``series`` each is of: one for all where nothing joins them."""
    series = [pl.col(name).cast(pl.String).map_elements(f"{name} {{}}".format, pl.String) for name in others]
    labels = pl.concat_str(series, separator=", ") if series else pl.lit(measure)
    x, y = pl.col(first).cast(pl.Float64), pl.col(measure).cast(pl.Float64)
    table = points.select(x=x, y=y, series=labels).sort("x", maintain_order=True)
    is_sample = table["series"].n_unique() == table.height
    return table.with_columns(series=pl.lit(POINTS)) if is_sample else table


def _told(value: float, column: pl.Series) -> str:
    if column.name.startswith(SHARES):
        return signed(value)
    return short_pounds(value * 100) if column.dtype.is_decimal() else f"{value:,.4g}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def sure(uncertainty: Uncertainty) -> Iterator[Figure]:
    """How far each area may be from target if need is measured with error."""
    columns = [f"opening_distance_p{at}" for at in (5, 50, 95)]
    table = uncertainty.areas.filter(pl.all_horizontal(pl.col(columns).is_not_null())).sort(columns[1], "id")
    if not table.height:
        return
    places = np.unique(np.linspace(0, table.height - 1, min(MOST_PLACES, table.height)).round().astype(int))
    low, middle, high = (table[name].to_numpy()[places] for name in columns)
    summary = uncertainty.summary
    finding = f"{summary.too_uncertain:,} of {counted(summary.areas, 'area')} may be under target or not"
    says = (
        f"{summary.under_target:,} are surely under target, {summary.not_under_target:,} surely are not, "
        f"at {summary.sure:.0%}; distances in the middle go from {signed(float(middle[0]))} "
        f"to {signed(float(middle[-1]))}."
    )
    units = f"Distance from target today, in {summary.draws:,} draws: the middle (line), 90% (band)."
    across = "areas, the furthest under target first"
    yield Figure(finding, marks.band(low, middle, high, across, "distance from target"), says, units)

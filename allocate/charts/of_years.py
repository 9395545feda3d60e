"""The figures of several years: money, paths of distance from target, and who has come near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.charts import marks
from allocate.charts.figure import Figure
from allocate.charts.wording import signed
from allocate.errors import counted
from allocate.money import in_pence, short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.years.result import Years

BEFORE = "before"
PATHS = {"the furthest over": 1.0, "the middle area": 0.5, "the furthest under": 0.0}
"""The paths that stand for all: each a share of the areas that are no further up."""


def figures(years: Years) -> list[Figure]:
    """All figures about the years."""
    return [*money(years), *distance(years), *within(years)]


def money(years: Years) -> Iterator[Figure]:
    """What is new in each year."""
    table = years.money
    rows = []
    for label, new, base in table.select("year", "new_money", "baseline").iter_rows():
        growth = f" ({signed(float(new) / float(base))})" if base else ""
        text = f"{short_pounds(float(new) * 100)}{growth}"
        rows.append({"group": label, "run": "", "value": float(new), "text": text})
    total = short_pounds(sum(map(in_pence, table["new_money"])))
    kept = "no area loses cash in any" if years.promise_kept else "SOME AREA LOSES CASH"
    says = "; ".join(f"{row['group']}: {row['text']}" for row in rows) + "."
    units = "New money of each year in £, and as growth on what areas had before."
    finding = f"{total} of new money over {counted(table.height, 'year')}; {kept}"
    yield Figure(finding, marks.bars(rows, [""]), says, units)


def distance(years: Years) -> Iterator[Figure]:
    """How far areas are from their fair shares, year after year."""
    columns = [BEFORE, *years.labels]
    values = [years.paths[name].drop_nulls().to_numpy() for name in columns]
    if any(each.size == 0 for each in values):
        return
    found = {name: [float(np.quantile(each, at)) for each in values] for name, at in PATHS.items()}
    rows = [
        {"x": label, "y": round(each, 5), "series": name}
        for name, path in found.items()
        for label, each in zip(columns, path, strict=True)
    ]
    x = {"type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": 0, "labelOverlap": True}}
    y = {"title": "distance from fair share", "axis": {"format": "+.0%"}}
    lowest = found["the furthest under"]
    finding = f"The area furthest under its fair share goes from {signed(lowest[0])} to {signed(lowest[-1])}"
    says = "; ".join(f"{name}: {', '.join(map(signed, path))}" for name, path in found.items()) + "."
    units = f"Distance from fair share today and after each year to {columns[-1]}, by the need of that year."
    yield Figure(finding, marks.lines(rows, x, y, list(found)), says, units)


def within(years: Years) -> Iterator[Figure]:
    """How many areas have come within the tolerance of their fair shares, by the year they did."""
    table, labels = years.within, years.labels
    came = [table.filter(pl.col("year") == label).height for label in labels]
    never = table["year"].null_count()
    running = np.cumsum(came).tolist()
    rows = [
        {"group": label, "run": "", "value": float(number), "text": counted(number, "area")}
        for label, number in zip(labels, running, strict=True)
    ]
    near = f"within {years.tolerance:.0%} of its fair share"
    left = f"{counted(never, 'area')} never {'does' if never == 1 else 'do'}" if never else "all have"
    finding = (
        f"{running[-1]:,} of {counted(table.height, 'area')} come {near.replace('its', 'their')}; {left}"
    )
    says = "; ".join(f"by {row['group']}: {row['text']}" for row in rows) + "."
    units = f"Areas that have been {near.replace('its', 'their')}, under or over it, by the end of each year."
    yield Figure(finding, marks.bars(rows, [""]), says, units)

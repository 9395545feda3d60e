"""The figures of runs side by side: what each gives each group, and how well their money fits need."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.charts import marks
from allocate.charts.figure import Figure
from allocate.charts.of_run import MOST_BARS
from allocate.money import short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from allocate.comparing.comparison import Comparison

LONGEST = 24
"""Characters of a run's name beside a bar."""

MONEYS = {"baseline": "historical", "allocation": "levelled up"}


def figures(comparison: Comparison) -> list[Figure]:
    """What each run gives the groups of each column, and how well its money fits need."""
    return [*(figure for by in comparison.by for figure in gain(comparison, by)), *fit(comparison)]


def gain(comparison: Comparison, by: str) -> Iterator[Figure]:
    """What each group gains in each run."""
    runs = comparison.runs
    groups = comparison.groups.filter((pl.col("by") == by) & pl.col("value").is_not_null())
    if not 0 < groups.height <= MOST_BARS:
        return
    rows = [
        {"group": group["value"], "run": run, "value": float(group[f"gain:{run}"] or 0)}
        | {"figure": _told(group[f"gain:{run}"])}
        for group in groups.to_dicts()
        for run in runs
    ]
    most = [max((row for row in rows if row["run"] == run), key=lambda row: row["value"]) for run in runs]
    each = "; ".join(f"{row['group']} in {row['run']} ({row['figure']})" for row in most)
    says = "; ".join(f"{row['group']}, {row['run']}: {row['figure']}" for row in rows) + "."
    yield Figure(f"Who gains most: {each}", _bars(rows, runs), says, f"Gain in £ by '{by}', a bar a run.")


def _bars(rows: Sequence[dict[str, Any]], runs: Sequence[str]) -> str:
    """Bars with their figures beside them and, of several runs, which it is."""
    short = {run: shorten(run, LONGEST, placeholder="…") for run in runs}
    if len(set(short.values())) < len(runs):
        short = {run: f"run {number}" for number, run in enumerate(runs, 1)}
    beside = {run: f"  {short[run]}" if len(runs) > 1 else "" for run in runs}
    drawn = [{**row, "text": row["figure"] + beside[row["run"]]} for row in rows]
    return marks.bars(drawn, runs)


def _told(gain: Decimal | None) -> str:
    return "not in it" if gain is None else short_pounds(float(gain) * 100)


def fit(comparison: Comparison) -> Iterator[Figure]:
    """How much money each run leaves with areas that have more than need alone would give them."""
    own = comparison.fit.filter((pl.col("weights") == "own") & pl.col("misplaced").is_not_null())
    found = {(row["money"], row["run"]): row for row in own.to_dicts()}
    kept = [(money, run) for money in MONEYS for run in comparison.runs if (money, run) in found]
    if not kept:
        return
    rows: list[dict[str, Any]] = [
        {"group": MONEYS[money], "run": run, "value": float(found[money, run]["misplaced"])}
        | {"figure": _misplaced(found[money, run])}
        for money, run in kept
    ]
    levelled = [row for row in rows if row["group"] == MONEYS["allocation"]]
    best = min(levelled, key=lambda row: row["value"])
    says = "; ".join(f"{row['group']}, {row['run']}: {row['figure']}" for row in rows) + "."
    units = "Money above what need alone would give its area, in £ and as a share of all, a bar a run."
    finding = f"'{best['run']}' is nearest to need: {best['figure']} is above it"
    yield Figure(finding, _bars(rows, comparison.runs), says, units)


def _misplaced(row: dict[str, Any]) -> str:
    return f"{short_pounds(float(row['misplaced']) * 100)} ({row['misplaced_share']:.1%})"

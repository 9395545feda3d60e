"""How years, comparisons, sweeps, costs, uncertainty and audits show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.charts.wording import money, signed
from allocate.errors import counted
from allocate.money import pounds, short_pounds
from allocate.notebook.html import facts, folded, frame, notes, shown, warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.comparing.comparison import Comparison
    from allocate.costing.cost import Cost
    from allocate.equity.audited import Audit
    from allocate.sureness.uncertainty import Uncertainty
    from allocate.sweeps.result import Sweep
    from allocate.years.result import Years

MONEY = {
    "year": "Year",
    "new_money": "New money £",
    "allocation": "Allocation £",
    "gaining": "Areas that rise",
}
MONEY |= {"below": "Under fair share", "shortfall": "By £ in all"}

SUMMARY = {"run": "Run", "budget": "Pot £", "new_money": "New money £", "areas": "Areas", "gaining": "Rising"}
SUMMARY |= {"winners": "More than the first", "won": "By £", "losers": "Less than the first", "lost": "By £ "}

SWEPT = {
    "gaining": "Areas that rise",
    "closing_shortfall": "Shortfall after £",
    "closing_worst": "Furthest under",
}
CURVE = {"level": "£ per weighted head", "fair_share": "Share of fair share", "new_money": "New money £"}
CURVE |= {"areas_below": "Areas below it today"}
SURE = {"id": "Area", "position": "Position", "fair_share_p5": "Fair share £ from", "fair_share_p95": "to"}
SURE |= {"p_under_target": "Under target", "p_gains": "Gains"}
MEANS = {"grouping": "By", "group": "Group", "historical": "Historical £ per weighted head"}
MEANS |= {"fair share": "Fair share", "levelled up": "Levelled up"}

WRITTEN: dict[str, Callable[[Any], str]] = {
    "closing_worst": signed,
    "fair_share": "{:.1%}".format,
    "level": money,
}
WRITTEN |= dict.fromkeys(("p_under_target", "p_gains"), "{:.0%}".format)
WRITTEN |= dict.fromkeys(("historical", "fair share", "levelled up"), money)
"""Floats that are shares, or money, by their columns."""


def years_to_html(years: Years) -> str:
    """The years' money and whether the promise is kept."""
    promise = "No area loses cash in any year." if years.promise_kept else "; ".join(years.promise_breaches)
    return shown(
        years.title,
        warning(invented=years.invented),
        frame(years.money, MONEY, ".money", most=years.money.height),
        notes([promise]),
    )


def comparison_to_html(comparison: Comparison) -> str:
    """Every run against the first, and what differs besides the rules."""
    invented = bool(comparison.summary["invented"].any())
    table = frame(comparison.summary, SUMMARY, ".summary")
    return shown("Side by side", warning(invented=invented), table, notes(comparison.notes))


def sweep_to_html(sweep: Sweep) -> str:
    """The first points, and those that failed."""
    columns = {name: name for name in sweep.varied} | SWEPT
    failed = sweep.failed["error"].unique(maintain_order=True).to_list()
    told = [f"{counted(sweep.failed.height, 'point')} failed: {'; '.join(failed[:3])}"] if failed else []
    invented = bool(sweep.record["scenario"].get("invented"))
    points = frame(sweep.points, columns, ".points", written=WRITTEN)
    return shown(sweep.title, warning(invented=invented), points, notes(told))


def cost_to_html(cost: Cost) -> str:
    """What it takes, and the corners of the cost."""
    found = {f"To bring every area to {cost.goal}": f"{pounds(cost.new_money)} of new money"}
    if cost.has_rules:
        clash = "they and the goal cannot all hold"
        found["With the other rules"] = clash if cost.clash else pounds(cost.new_money_with_rules)
    curve = cost.curve
    columns = {name: CURVE[name] for name in CURVE if curve[name].null_count() < curve.height}
    invented = cost.prepared.scenario.invented
    corners = frame(curve, columns, ".curve", written=WRITTEN)
    return shown("What it would take", warning(invented=invented), facts(found), corners)


def uncertainty_to_html(uncertainty: Uncertainty) -> str:
    """Which positions are sure, and the areas of which it is not."""
    summary = uncertainty.summary
    unsure = uncertainty.areas.filter(pl.col("position") == "too uncertain")
    found = {
        "Draws": f"{summary.draws:,}, seed {summary.seed}",
        "Surely under target": f"{summary.under_target:,} of {counted(summary.areas, 'area')}",
        "Surely not under target": f"{counted(summary.not_under_target, 'area')}",
        "Too uncertain to act on": f"{counted(summary.too_uncertain, 'area')}",
        "Gain that rests on those": short_pounds(summary.gain_too_uncertain),
    }
    table = frame(unsure, SURE, ".areas", written=WRITTEN)
    return shown(summary.title, warning(invented=summary.invented), facts(found), table)


def audit_to_html(audit: Audit) -> str:
    """The measures in words, and the means of the groups."""
    of_groups = pl.col("group").is_not_null() & (pl.col("per") == "weighted head")
    means = audit.table.filter(of_groups).pivot("money", index=["grouping", "group"], values="value")
    found = frame(means, MEANS, ".table", most=40, written=WRITTEN)
    return shown(audit.title, warning(invented=audit.invented), folded("In words", audit.sentences), found)

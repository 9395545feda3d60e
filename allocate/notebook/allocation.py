"""How an allocation shows: its facts, its groups and its largest gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.errors import counted
from allocate.money import pounds, short_pounds
from allocate.notebook import html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation


def to_html(allocation: Allocation) -> str:
    """The facts, the rules for groups and the largest gains."""
    summary = allocation.summary
    return html.shown(
        summary.title,
        html.warning(invented=summary.invented),
        html.facts(dict(_facts(allocation))),
        html.notes([f"Note: {note}" for note in summary.notes]),
        _groups(allocation),
        _areas(allocation),
    )


def _facts(allocation: Allocation) -> Iterator[tuple[str, str]]:
    summary = allocation.summary
    whom = f"{counted(summary.areas, 'area')} with {summary.population:,.0f} people"
    yield "Pot", f"{pounds(summary.budget)} for {whom}"
    growth = f" ({summary.new_money / summary.baseline:+.2%})" if summary.baseline else ""
    yield "New money", f"{pounds(summary.new_money)}{growth} on baselines of {pounds(summary.baseline)}"
    yield "Gaining", f"{counted(summary.gaining, 'area')}, the most {pounds(summary.largest_gain)}"
    yield "Losing", "none: no area is below its baseline"
    under = f"{counted(summary.under_target, 'area')}, by {short_pounds(summary.shortfall)} in all"
    yield "Under target before", under
    yield "Least", f"£{summary.level:,.2f} per weighted head, in the lowest-funded area"
    held = [f"{name} {counted(count, 'area')}" for name, count in summary.bound.items() if count]
    yield "Held by", ", ".join(held) or "nothing: the share-out alone decides"
    yield "Next £1,000", allocation.next_told


def _groups(allocation: Allocation) -> Iterator[str]:
    """The rules for groups of areas; nothing if there are none."""
    frame = allocation.groups
    if frame.is_empty():
        return

    def money(name: str) -> list[str]:
        return ["" if each is None else f"{each:,.2f}" for each in frame[name]]

    binds = ["yes" if each else "" for each in frame["binds"]]
    cells = [frame["rule"].to_list(), frame["group"].to_list(), binds]
    cells += [money(name) for name in ("floor", "cap", "allocation", "gain")]
    header = ("Rule for groups", "Group", "Binds", "At least £", "At most £", "Gets £", "Gain £")
    yield from html.table(header, list(zip(*cells, strict=True)), figures=4)


def _areas(allocation: Allocation) -> Iterator[str]:
    order = np.argsort(-allocation.gains, kind="stable")[: html.SHOWN]
    frame = allocation.areas[order]
    names = frame["name"].fill_null("").to_list() if "name" in frame.columns else [""] * frame.height
    cells = [frame["id"].to_list(), names, [f"{each:,.0f}" for each in frame["population"]]]
    cells += [[f"{each:,.2f}" for each in frame[name]] for name in ("baseline", "allocation", "gain")]
    header = ("Area", "Name", "People", "Baseline £", "Allocation £", "Gain £")
    yield from html.table(header, list(zip(*cells, strict=True)), figures=4)
    if (more := allocation.amounts.size - frame.height) > 0:
        yield f"<p>The largest gains; {more:,} more areas are in <code>.areas</code>.</p>"

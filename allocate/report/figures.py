"""The figures of a report: each a finding, a chart, what it shows in a sentence, and its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.money import short_pounds
from allocate.report import charts
from allocate.report.concentration import concentration
from allocate.report.every_area import MANY, distances
from allocate.report.facts import least_per_weighted_head
from allocate.report.style import AFTER, BEFORE, COLOURS
from allocate.report.wording import count, per_head, signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.groupings.groups import Group, Grouped
    from allocate.report.subject import Subject
    from allocate.solver.arrays import Floats

MOST_BARS = 15
"""Groups in a chart; the table beside it has all."""


@dataclass(frozen=True)
class Figure:
    """A chart with what it says."""

    finding: str
    """Its heading: what is to be seen."""
    svg: str
    says: str
    """Its text alternative, which everybody can read below it: what it shows, with figures."""
    units: str


def figures(subject: Subject, grouped: Sequence[Grouped]) -> list[Figure]:
    """The figures about one run."""
    found = [*_every_area(subject), *_heads(subject)]
    for each in grouped:
        found += [*_gains(subject, each), *_group_heads(each)]
    return [*found, *_concentration(subject)]


def _every_area(subject: Subject) -> Iterator[Figure]:
    before, after = subject.floats("opening_distance"), subject.floats("closing_distance")
    known = ~(np.isnan(before) | np.isnan(after))
    if not known.any():
        return
    summary = subject.summary
    rising = f"{summary['gaining']:,} of {count(summary['areas'], 'area')}"
    under = int((before[known] < -0.00005).sum()), int((after[known] < -0.00005).sum())
    says = (
        f"Before, areas were {_span(before)} from target, {under[0]:,} of them under it. "
        f"Afterwards they are {_span(after)} from {summary['closing_target']}, {under[1]:,} of them under it."
    )
    units = "Distance from target today (grey line) and after the new money (blue dots), an area each."
    units += " The few that are off the scale are at its edge." if before.size > MANY else ""
    yield Figure(f"{rising} rise; nobody falls", distances(before, after), says, units)


def _span(values: Floats) -> str:
    return f"{signed(float(np.nanmin(values)))} to {signed(float(np.nanmax(values)))}"


def _heads(subject: Subject) -> Iterator[Figure]:
    least = least_per_weighted_head(subject)
    if least is None:
        return
    before, after = (subject.per_weighted_head(name) for name in ("baseline", "allocation"))
    live = ~np.isnan(before)
    rises = (
        f"rises from £{least[0]:,.2f} to £{least[1]:,.2f}" if least[1] > least[0] else f"has £{least[0]:,.2f}"
    )
    was, now = _from_to(before[live]), _from_to(after[live])
    says = f"From {was} per weighted head before; from {now} after."
    svg = charts.distribution(before[live], after[live], "£ per weighted head")
    units = "Number of areas by £ per weighted head, before (black line) and after (blue bars)."
    units += " The few beyond either end are in the first and last bar." if before.size > MANY else ""
    yield Figure(f"The lowest-funded area {rises} per weighted head", svg, says, units)


def _from_to(values: Floats) -> str:
    return f"£{values.min():,.2f} to £{values.max():,.2f} (median £{np.median(values):,.2f})"


def _gains(subject: Subject, grouped: Grouped) -> Iterator[Figure]:
    new, shown = subject.summary["new_money"], _shown(grouped)
    if not shown:
        return
    rows = [{"group": each.name, "run": "", "value": float(each.gain), "text": _gain(each)} for each in shown]
    most = max(grouped.known, key=lambda each: each.gain)
    of_new = f", {float(most.gain) / new:.0%} of the new money" if new else ""
    gained = f"{_who(grouped, most)} gains most: {short_pounds(float(most.gain) * 100)}{of_new}"
    finding = gained if most.gain else "No group gains"
    says = "; ".join(f"{row['group']}: {row['text']}" for row in rows) + "."
    units = f"Gain in £ and as a share of the baseline, by {grouped.grouping.title.lower()}{_cut(grouped)}."
    yield Figure(finding, charts.bars(rows, [""]), says, units)


def _gain(group: Group) -> str:
    return f"{short_pounds(float(group.gain) * 100)} ({signed(group.growth)})"


def _group_heads(grouped: Grouped) -> Iterator[Figure]:
    shown = [each for each in _shown(grouped) if each.before is not None]
    if len(shown) < 2:
        return
    before, after = [each.before or 0.0 for each in shown], [each.after or 0.0 for each in shown]
    was, now = max(before) - min(before), max(after) - min(after)
    finding = f"The gap between highest and lowest {_change(was, now)} per weighted head"
    names = [each.name for each in shown]
    says = "; ".join(
        f"{name}: {per_head(one)} before, {per_head(other)} after"
        for name, one, other in zip(names, before, after, strict=True)
    )
    svg = charts.pairs(names, before, after, "£ per weighted head")
    by = f"{grouped.grouping.title.lower()}{_cut(grouped)}"
    units = f"£ per weighted head before (grey) and after (blue), by {by}."
    yield Figure(finding, svg, f"{says}.", units)


def _change(was: float, now: float) -> str:
    if f"{was:.2f}" == f"{now:.2f}":
        return f"stays at £{was:,.2f}"
    return f"{'narrows' if now < was else 'widens'} from £{was:,.2f} to £{now:,.2f}"


def _concentration(subject: Subject) -> Iterator[Figure]:
    found = concentration(subject)
    if found is None:
        return
    known = {
        "gain": ("the new money", AFTER, []),
        "baseline": ("the money today", BEFORE, [7, 4]),
        "weighted_population": ("the need", COLOURS[1], [2, 3]),
    }
    drawn = [(key, *known[key]) for key in known if key in found.money]
    parts = [f"{found.of_fifth(key):.1%} of {label}" for key, label, _, _ in drawn]
    whole = [f"{found.of_fifth(key):.0%} of {known[key][0]}" for key in (drawn[0][0], "weighted_population")]
    finding = f"The most deprived fifth of people get {whole[0]} and have {whole[1]}"
    says = f"With the fifth of people in the most deprived areas go {', '.join(parts)}."
    left_out = f" {count(found.left_out, 'area')} without it left out." if found.left_out else ""
    order = f"areas ordered by '{found.column}', the most deprived first"
    units = f"Shares of money against people, {order}.{left_out}"
    yield Figure(finding, charts.curves(found, drawn), says, units)


def binding(subject: Subject) -> Figure | None:
    """How many areas each rule holds; None if nothing holds any."""
    summary = subject.summary
    held = {name: number for name, number in summary["bound"].items() if number}
    if not held:
        return None
    rows = [
        {"group": name, "run": "", "value": float(number), "text": count(number, "area")}
        for name, number in sorted(held.items(), key=lambda each: -each[1])[:MOST_BARS]
    ]
    free = summary["areas"] - sum(held.values())
    finding = f"{count(held.get('baseline', 0), 'area')} held by the baseline, {free:,} by nothing"
    says = "; ".join(f"{row['group']}: {row['text']}" for row in rows) + "."
    return Figure(
        finding, charts.bars(rows, [""]), says, "Number of areas that each rule holds where they are."
    )


def _shown(grouped: Grouped) -> list[Group]:
    """The groups of a chart: all, or those with the largest gains."""
    if len(grouped.known) <= MOST_BARS:
        return list(grouped.known)
    return sorted(grouped.known, key=lambda each: -each.gain)[:MOST_BARS]


def _cut(grouped: Grouped) -> str:
    more = len(grouped.known) - MOST_BARS
    return f" (the {MOST_BARS} largest gains; {more:,} more in the table)" if more > 0 else ""


def _who(grouped: Grouped, group: Group) -> str:
    grouping, at = grouped.grouping, grouped.known.index(group)
    if not grouping.by_deprivation:
        return group.name
    ends = {0: grouping.ends[0], len(grouped.known) - 1: grouping.ends[1]}
    called = ends.get(at, f"{grouping.part} {grouping.labels[at]}")
    return called[0].upper() + called[1:]

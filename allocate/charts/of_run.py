"""The figures of one run: each a finding, a chart, what it shows in a sentence, and its units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.charts import marks
from allocate.charts.concentration import concentration
from allocate.charts.every_area import MANY, distances
from allocate.charts.figure import Figure
from allocate.charts.style import AFTER, BEFORE, COLOURS
from allocate.charts.wording import per_head, signed
from allocate.errors import counted
from allocate.money import short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.groupings.groups import Group, Grouped
    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats

MOST_BARS = 15
"""Groups in a chart; the table beside it has all."""


def figures(run: Run, grouped: Sequence[Grouped]) -> list[Figure]:
    """The figures about one run."""
    found = [*every_area(run), heads(run)]
    for each in grouped:
        found += [gains(run, each), *group_heads(each)]
    return [*found, *concentrated(run)]


def every_area(run: Run) -> Iterator[Figure]:
    """How far every area is from target, before and after."""
    before, after = run.floats("opening_distance"), run.floats("closing_distance")
    known = ~(np.isnan(before) | np.isnan(after))
    if not known.any():
        return
    summary = run.record["summary"]
    rising = f"{summary['gaining']:,} of {counted(summary['areas'], 'area')}"
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


def heads(run: Run) -> Figure:
    """How many areas have how much per weighted head, before and after."""
    least = least_per_weighted_head(run)
    before, after = (run.per_weighted_head(name) for name in ("baseline", "allocation"))
    live = ~np.isnan(before)
    rises = (
        f"rises from £{least[0]:,.2f} to £{least[1]:,.2f}" if least[1] > least[0] else f"has £{least[0]:,.2f}"
    )
    was, now = _from_to(before[live]), _from_to(after[live])
    says = f"From {was} per weighted head before; from {now} after."
    svg = marks.distribution(before[live], after[live], "£ per weighted head")
    units = "Number of areas by £ per weighted head, before (black line) and after (blue bars)."
    units += " The few beyond either end are in the first and last bar." if before.size > MANY else ""
    return Figure(f"The lowest-funded area {rises} per weighted head", svg, says, units)


def least_per_weighted_head(run: Run) -> tuple[float, float]:
    """£ per weighted head of the lowest-funded area, before and after."""
    before, after = (run.per_weighted_head(name) for name in ("baseline", "allocation"))
    return float(np.nanmin(before)), float(np.nanmin(after))


def _from_to(values: Floats) -> str:
    return f"£{values.min():,.2f} to £{values.max():,.2f} (median £{np.median(values):,.2f})"


def gains(run: Run, grouped: Grouped) -> Figure:
    """What each group gains."""
    new, shown = run.record["summary"]["new_money"], _shown(grouped)
    rows = [{"group": each.name, "run": "", "value": float(each.gain), "text": _gain(each)} for each in shown]
    most = max(grouped.known, key=lambda each: each.gain)
    of_new = f", {float(most.gain) / new:.0%} of the new money" if new else ""
    gained = f"{_who(grouped, most)} gains most: {short_pounds(float(most.gain) * 100)}{of_new}"
    finding = gained if most.gain else "No group gains"
    says = "; ".join(f"{row['group']}: {row['text']}" for row in rows) + "."
    units = f"Gain in £ and as a share of the baseline, by {grouped.grouping.title.lower()}{_cut(grouped)}."
    return Figure(finding, marks.bars(rows, [""]), says, units)


def _gain(group: Group) -> str:
    return f"{short_pounds(float(group.gain) * 100)} ({signed(group.growth)})"


def group_heads(grouped: Grouped) -> Iterator[Figure]:
    """£ per weighted head of each group, before and after."""
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
    svg = marks.pairs(names, before, after, "£ per weighted head")
    by = f"{grouped.grouping.title.lower()}{_cut(grouped)}"
    units = f"£ per weighted head before (grey) and after (blue), by {by}."
    yield Figure(finding, svg, f"{says}.", units)


def _change(was: float, now: float) -> str:
    if f"{was:.2f}" == f"{now:.2f}":
        return f"stays at £{was:,.2f}"
    return f"{'narrows' if now < was else 'widens'} from £{was:,.2f} to £{now:,.2f}"


def concentrated(run: Run) -> Iterator[Figure]:
    """The concentration curves of money and need."""
    found = concentration(run)
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
    left_out = f" {counted(found.left_out, 'area')} without it left out." if found.left_out else ""
    order = f"areas ordered by '{found.column}', the most deprived first"
    units = f"Shares of money against people, {order}.{left_out}"
    yield Figure(finding, marks.curves(found, drawn), says, units)


def binding(run: Run) -> Figure | None:
    """How many areas each rule holds; None if nothing holds any."""
    summary = run.record["summary"]
    held = {name: number for name, number in summary["bound"].items() if number}
    if not held:
        return None
    rows = [
        {"group": name, "run": "", "value": float(number), "text": counted(number, "area")}
        for name, number in sorted(held.items(), key=lambda each: -each[1])[:MOST_BARS]
    ]
    free = summary["areas"] - sum(held.values())
    finding = f"{counted(held.get('baseline', 0), 'area')} held by the baseline, {free:,} by nothing"
    says = "; ".join(f"{row['group']}: {row['text']}" for row in rows) + "."
    return Figure(
        finding, marks.bars(rows, [""]), says, "Number of areas that each rule holds where they are."
    )


def _shown(grouped: Grouped) -> list[Group]:
    """The groups of a chart: all, or those with the largest gains."""
    if len(grouped.known) <= MOST_BARS:
        return list(grouped.known)
    return sorted(grouped.known, key=lambda each: each.gain, reverse=True)[:MOST_BARS]


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

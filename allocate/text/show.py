"""An allocation and the story of an area as text for a terminal: coloured there, plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import numpy as np

from allocate.errors import counted
from allocate.money import pounds, short_pounds
from allocate.text.layout import Column, paragraph, table
from allocate.text.say import gave_way_sentence, price_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.results.explain import Explanation
    from allocate.results.summary import Summary

LARGEST = 15
"""Areas shown unless all are asked for."""

INVENTED = (
    "INVENTED FIGURES: this table is made up to show how allocate works. It describes no real practice."
)


def allocation_text(allocation: Allocation, *, every: bool = False, width: int | None = None) -> str:
    """A summary that a finance director can read, then the areas with the largest gains.

    Args:
        allocation: what to show.
        every: show every area, not only the largest gains.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    summary = _summary_lines(allocation, width)
    groups = _group_lines(allocation.groups, width)
    prices = _price_lines(allocation, width)
    return "\n".join([*summary, "", *groups, *prices, *_area_lines(allocation, every=every, width=width)])


def explanation_text(explanation: Explanation, *, invented: bool, width: int | None = None) -> str:
    """An area's story, with its headings in bold."""
    lines = [*label_invented(width), ""] if invented else []
    heading, *rest = explanation.lines(width)
    margin = explanation.margin
    story = (_in_bold(line[:margin]) + line[margin:] for line in rest)
    return "\n".join([*lines, click.style(heading, bold=True), *story])


def _in_bold(text: str) -> str:
    return click.style(text, bold=True) if text.strip() else text


def label_invented(width: int | None) -> list[str]:
    """The line that says that figures are made up."""
    return [click.style(line, fg="yellow") for line in paragraph(INVENTED, width)]


def labelled(label: str, text: str, margin: int, width: int | None, **style: Any) -> Iterator[str]:
    """Text beside a label, its later lines under the first."""
    first, *rest = paragraph(text, width, first=f"  {label}".ljust(margin))
    yield click.style(first[:margin], **style) + first[margin:]
    yield from rest


def _summary_lines(allocation: Allocation, width: int | None) -> Iterator[str]:
    summary = allocation.summary
    yield click.style(summary.title, bold=True)
    if summary.invented:
        yield from label_invented(width)
    yield ""
    facts = [*_facts(summary), ("Next £1,000", allocation.next_told)]
    facts += [("Gave way", gave_way_sentence(allocation, each)) for each in allocation.gave_way]
    margin = max(len(label) for label, _ in facts) + 4
    for label, fact in facts:
        yield from labelled(label, fact, margin, width, bold=True)
    for note in summary.notes:
        yield from labelled("Note", note, margin, width, fg="yellow")


def _facts(summary: Summary) -> list[tuple[str, str]]:
    growth = f" ({summary.new_money / summary.baseline:+.2%})" if summary.baseline else ""
    facts = [
        ("Pot", _pot(summary)),
        ("New money", f"{pounds(summary.new_money)}{growth} on baselines of {pounds(summary.baseline)}"),
        ("Gaining", _gaining(summary)),
        ("Losing", "none: no area is below its baseline"),
        ("Before", f"{_span(summary.opening_worst, summary.opening_best)} target; {_under(summary)}"),
        ("After", f"{_span(summary.closing_worst, summary.closing_best)} {summary.closing_target}"),
        ("Least", f"£{summary.level:,.2f} per weighted head, in the lowest-funded area"),
        ("Held by", _bound(summary)),
        ("Solved by", summary.route),
    ]
    if summary.unspent:
        facts.append(("Unspent", f"{pounds(summary.unspent)}: the caps let no area take it"))
    if summary.rounding:
        facts.append(("Rounding", f"{pounds(summary.rounding)} of the pot is less than a rounding unit"))
    for rule, count in summary.held.items():
        text = f"'{rule}' comes out below the baseline of {counted(count, 'area')}; the baseline outranks it"
        facts.append(("Outranked", text))
    return facts


def _pot(summary: Summary) -> str:
    return (
        f"{pounds(summary.budget)} for {counted(summary.areas, 'area')} with {summary.population:,.0f} people"
    )


def _gaining(summary: Summary) -> str:
    if not summary.gaining:
        return "no area"
    gains = f"{pounds(summary.smallest_gain)} to {pounds(summary.largest_gain)}"
    who = f"{summary.gaining:,} of {counted(summary.areas, 'area')}"
    return f"{who}: {gains}, median {pounds(summary.median_gain)}"


def _under(summary: Summary) -> str:
    return f"{counted(summary.under_target, 'area')} under it, by {short_pounds(summary.shortfall)} in all"


def _bound(summary: Summary) -> str:
    quoted = {name: name if name == "baseline" else f"'{name}'" for name in summary.bound}
    held = [f"{quoted[name]} {counted(count, 'area')}" for name, count in summary.bound.items() if count]
    return ", ".join(held) or "nothing: the share-out alone decides"


def _span(worst: float | None, best: float | None) -> str:
    return "no" if worst is None or best is None else f"{worst:+.1%} to {best:+.1%} from"


def _group_lines(frame: pl.DataFrame, width: int | None) -> Iterator[str]:
    """The rules for groups of areas, and what each group gets; nothing if there are none."""
    if frame.is_empty():
        return

    def money(name: str) -> list[str]:
        return ["" if amount is None else f"{amount:,.2f}" for amount in frame[name]]

    columns = [
        Column("rule for groups", frame["rule"].to_list(), True, 12),
        Column("group", frame["group"].to_list(), True, 10),
        Column("areas", [f"{count:,}" for count in frame["areas"]], leave_out=2),
        Column("baseline £", money("baseline"), leave_out=1),
        Column("at least £", money("floor")),
        Column("at most £", money("cap"), leave_out=3),
        Column("gets £", money("allocation"), leave_out=5),
        Column("gain £", money("gain"), leave_out=4),
        Column("binds", ["yes" if binds else "" for binds in frame["binds"]], True),
    ]
    kept = [each for each in columns if any(each.cells) or each.header == "binds"]
    yield from table(kept, width)
    yield ""


def _price_lines(allocation: Allocation, width: int | None) -> Iterator[str]:
    """What relaxing each rule that binds would do; nothing if none binds."""
    if not allocation.priced:
        return
    yield click.style("What relaxing the rules that bind would do", bold=True, underline=True)
    for price in allocation.priced:
        name = f"{allocation.prepared.policy.rules[price.rule].name}: "
        first, *rest = paragraph(f"{name}{price_sentence(allocation, price)}", width, rest="  ")
        yield click.style(name, bold=True) + first.removeprefix(name)
        yield from rest
    yield ""


def _area_lines(allocation: Allocation, *, every: bool, width: int | None) -> Iterator[str]:
    order = np.argsort(-allocation.gains, kind="stable")
    shown = order if every else order[:LARGEST]
    yield from table(_area_columns(allocation.areas[shown]), width)
    if len(shown) < len(order):
        yield f"... and {len(order) - len(shown):,} more: --all shows them, --out DIR writes them."


def _area_columns(frame: pl.DataFrame) -> list[Column]:
    """The columns to show; where there is no room, area, allocation and gain stay to the last."""

    def money(name: str) -> list[str]:
        return [f"{amount:,.2f}" for amount in frame[name]]

    def percent(name: str, times: int) -> list[str]:
        return ["-" if share is None else f"{share * times:+.1f}%" for share in frame[name]]

    def text(name: str) -> list[str]:
        return [each or "" for each in frame[name]]

    names = [Column("name", text("name"), True, 16, 7)] if "name" in frame.columns else []
    return [
        Column("area", text("id"), True),
        *names,
        Column("people", [f"{people:,.0f}" for people in frame["population"]], leave_out=2),
        Column("baseline £", money("baseline"), leave_out=3),
        Column("fair share £", money("fair_share"), leave_out=1),
        Column("allocation £", money("allocation")),
        Column("gain £", money("gain")),
        Column("gain", percent("gain_percent", 1), leave_out=8),
        Column("before", percent("opening_distance", 100), leave_out=4),
        Column("after", percent("closing_distance", 100), leave_out=5),
        Column("held by", text("bound_by"), True, 16, 6),
    ]

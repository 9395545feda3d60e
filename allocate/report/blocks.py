"""The small tables of a report: groups, binding rules and their prices, runs side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from allocate.charts.wording import money, per_head, signed
from allocate.errors import listing
from allocate.money import short_pounds
from allocate.say import NO_WORTH, small_pounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.groupings.groups import Grouped
    from allocate.report.subject import Subject


@dataclass(frozen=True)
class Block:
    """A table: the first cell of a row is its heading; columns of text are on the left."""

    caption: str
    headings: tuple[str, ...]
    rows: list[list[str]]
    texts: frozenset[int] = field(default=frozenset({0}))
    """Positions of the columns that hold text."""


def groups_block(grouped: Grouped) -> Block:
    """What each group has before and after."""
    headings = (
        *(
            grouped.grouping.title,
            "Areas",
            "Rising",
            "People",
            "Baseline £",
            "Fair share £",
            "Allocation £",
            "Gain £",
        ),
        *("Gain", "£ per weighted head before", "After", "From fair share"),
    )
    rows = [
        [each.name, f"{each.areas:,}", f"{each.rising:,}", f"{each.people:,.0f}"]
        + [money(amount) for amount in (each.baseline, each.fair_share, each.allocation, each.gain)]
        + [signed(each.growth), per_head(each.before), per_head(each.after), signed(each.from_fair)]
        for each in grouped.groups
    ]
    return Block(f"By {grouped.grouping.title.lower()}", headings, rows)


def rule_groups_block(subject: Subject) -> Block | None:
    """The rules for groups of areas, and what each group gets; None if there are none."""
    found = subject.run.record["groups"]
    headings = ("Rule", "Group", "Areas", "At least £", "At most £", "Gets £", "Gain £", "Binds")
    rows = [
        [
            *(each["rule"], each["group"], f"{each['areas']:,}"),
            *(money(each[name]) for name in ("floor", "cap", "allocation", "gain")),
            "yes" if each["binds"] else "no",
        ]
        for each in found
    ]
    return Block("Rules for groups of areas", headings, rows, frozenset({0, 1, 7})) if rows else None


def prices_block(subject: Subject) -> Block | None:
    """What £1 of relaxing each binding rule would do; None if no rule binds."""
    headings = ("Rule", "Kind", "Limits that bind", "Would move £", "From", "To", "Lifts the worst-funded by")
    rows = [
        [
            *(each["rule"], each["kind"], f"{each['limits']:,}", f"{each['moves']:,.2f}"),
            *(_who(each["from"]), _who(each["to"]), _worth(each["worth"])),
        ]
        for each in subject.run.record["prices"]
    ]
    caption = "What relaxing each limit that binds by £1 would do"
    return Block(caption, headings, rows, frozenset({0, 1, 4, 5, 6})) if rows else None


def _who(names: Sequence[str]) -> str:
    return listing(list(names), 3) if names else "the same areas"


def _worth(pounds: float) -> str:
    return f"{small_pounds(pounds)} per weighted head" if abs(pounds) > NO_WORTH else "nothing"


def compared_block(subjects: Sequence[Subject]) -> Block:
    """The totals of several runs side by side."""

    def row(name: str, tell: Any) -> list[str]:
        return [name, *(tell(each.summary) for each in subjects)]

    def pounds(key: str) -> Any:
        return lambda summary: money(summary[key])

    rows = [
        row("Pot £", pounds("budget")),
        row("New money £", pounds("new_money")),
        row("Areas", lambda summary: f"{summary['areas']:,}"),
        row("Areas that rise", lambda summary: f"{summary['gaining']:,}"),
        row("Median gain £", pounds("median_gain")),
        row("Largest gain £", pounds("largest_gain")),
        row("Least £ per weighted head after", lambda summary: per_head(summary["level"])),
        row("Furthest under target before", lambda summary: signed(summary["opening_worst"])),
        row("Furthest under afterwards", lambda summary: signed(summary["closing_worst"])),
        row("Furthest over afterwards", lambda summary: signed(summary["closing_best"])),
        row("Left over £", pounds("unspent")),
    ]
    return Block("Totals", ("", *(each.label for each in subjects)), rows)


def compared_groups(
    subjects: Sequence[Subject], grouped: Sequence[Grouped]
) -> tuple[Block, list[dict[str, Any]]]:
    """The gains of groups in several runs, as a table and as the bars of a chart.

    Args:
        subjects: the runs.
        grouped: each run added up by the same grouping.
    """
    names = dict.fromkeys(group.name for each in grouped for group in each.groups)
    gains = [{group.name: group for group in each.groups} for each in grouped]
    rows, bars = [], []
    for name in names:
        found = [each.get(name) for each in gains]
        rows.append([name, *(money(each.gain if each else None) for each in found)])
        for subject, each in zip(subjects, found, strict=True):
            gain = float(each.gain) if each else 0.0
            text = f"{short_pounds(gain * 100)}  {subject.label}"
            bars.append({"group": name, "run": subject.label, "value": gain, "text": text})
    title = grouped[0].grouping.title
    return Block(f"Gain £ by {title.lower()}", (title, *(each.label for each in subjects)), rows), bars

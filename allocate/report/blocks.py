"""The small tables of a report: groups, binding rules and their prices, runs side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.charts.wording import money, per_head, signed
from allocate.errors import listing
from allocate.groupings.groups import NOT_KNOWN
from allocate.text.say import NO_WORTH, small_pounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.comparing.comparison import Comparison
    from allocate.groupings.groups import Grouped
    from allocate.report.subject import Subject
    from allocate.years.result import Years


@dataclass(frozen=True)
class Block:
    """A table: the first cell of a row is its heading; columns of text are on the left."""

    caption: str
    headings: Sequence[str]
    rows: list[list[str]]
    texts: frozenset[int] = field(default=frozenset({0}))
    """Positions of the columns that hold text."""


def groups_block(grouped: Grouped) -> Block:
    """What each group has before and after."""
    title = grouped.grouping.title
    headings = [title, "Areas", "Rising", "People", "Baseline £", "Fair share £", "Allocation £", "Gain £"]
    headings += ["Gain", "£ per weighted head before", "After", "From fair share"]
    rows = [
        [each.name, f"{each.areas:,}", f"{each.rising:,}", f"{each.people:,.0f}"]
        + [money(amount) for amount in (each.baseline, each.fair_share, each.allocation, each.gain)]
        + [signed(each.growth), per_head(each.before), per_head(each.after), signed(each.from_fair)]
        for each in grouped.groups
    ]
    return Block(f"By {title.lower()}", headings, rows)


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


def compared_block(subjects: Sequence[Subject], comparison: Comparison) -> Block:
    """The totals of several runs side by side, and what each gives differently from the first."""
    laid = comparison.summary.to_dicts()
    fits = comparison.fit.filter((pl.col("weights") == "own") & (pl.col("money") == "allocation"))
    misplaced = dict(fits.select("run", "misplaced").iter_rows())

    def row(name: str, tell: Any) -> list[str]:
        return [name, *(tell(each.summary) for each in subjects)]

    def laid_row(name: str, tell: Any) -> list[str]:
        return [name, *(tell(each) for each in laid)]

    rows = [
        laid_row("Pot £", lambda run: money(run["budget"])),
        laid_row("New money £", lambda run: money(run["new_money"])),
        laid_row("Areas", lambda run: f"{run['areas']:,}"),
        laid_row("Areas that rise", lambda run: f"{run['gaining']:,}"),
        row("Median gain £", lambda summary: money(summary["median_gain"])),
        row("Largest gain £", lambda summary: money(summary["largest_gain"])),
        row("Least £ per weighted head after", lambda summary: per_head(summary["level"])),
        row("Furthest under target before", lambda summary: signed(summary["opening_worst"])),
        row("Furthest under afterwards", lambda summary: signed(summary["closing_worst"])),
        row("Furthest over afterwards", lambda summary: signed(summary["closing_best"])),
        laid_row("Left over £", lambda run: money(run["unspent"])),
        laid_row("£ above what need alone gives", lambda run: money(misplaced.get(run["run"]))),
        laid_row("Areas that get more than in the first", lambda run: f"{run['winners']:,}"),
        laid_row("They get more, £", lambda run: money(run["won"])),
        laid_row("Areas that get less than in the first", lambda run: f"{run['losers']:,}"),
        laid_row("They get less, £", lambda run: money(run["lost"])),
    ]
    return Block("Totals", ("", *comparison.runs), rows)


def compared_groups(comparison: Comparison, by: str) -> Block:
    """The gains of the groups of one column in several runs."""
    found = comparison.groups.filter(pl.col("by") == by)
    rows = [
        [group["value"] or NOT_KNOWN, *(money(group[f"gain:{run}"]) for run in comparison.runs)]
        for group in found.to_dicts()
    ]
    return Block(f"Gain £ by '{by}'", (by, *comparison.runs), rows)


def years_block(years: Years) -> Block:
    """What each year gives, and how far behind their fair shares areas are after it."""
    headings = ["Year", "Areas", "New money £", "Allocation £", "Areas that rise"]
    headings += ["Under their fair share", "By £ in all"]
    rows = [
        [
            *(each["year"], f"{each['areas']:,}", money(each["new_money"]), money(each["allocation"])),
            *(f"{each['gaining']:,}", f"{each['below']:,}", money(each["shortfall"])),
        ]
        for each in years.money.to_dicts()
    ]
    return Block("Year by year", headings, rows)

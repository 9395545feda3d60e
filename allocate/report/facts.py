"""What a report says first: the decision in one sentence and five numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.charts.of_run import least_per_weighted_head
from allocate.charts.wording import signed
from allocate.errors import counted
from allocate.money import pounds, short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.groupings.groups import Grouped
    from allocate.report.subject import Subject


@dataclass(frozen=True)
class Number:
    """A number of the first screen."""

    value: str
    what: str


def decision(subject: Subject) -> str:
    """What was decided, in one sentence."""
    if subject.years is not None:
        labels = subject.years.labels
        return f"In {labels[-1]}, the last of {counted(len(labels), 'year')}: {_decision(subject)}"
    return _decision(subject)


def _decision(subject: Subject) -> str:
    summary = subject.summary
    new = pounds(round(summary["new_money"] * 100))
    rising, areas = summary["gaining"], summary["areas"]
    if not rising:
        return f"All {counted(areas, 'area')} keep what they get today: there is no new money to raise any."
    who = f"all {areas:,} areas" if rising == areas else f"{rising:,} of {counted(areas, 'area')}"
    return f"{new} of new money raises {who}, and no area falls below what it gets today."


def five_numbers(subject: Subject, grouped: Sequence[Grouped]) -> list[Number]:
    """The numbers that a board asks for first."""
    return list(_numbers(subject, grouped))[:5]


def _numbers(subject: Subject, grouped: Sequence[Grouped]) -> Iterator[Number]:
    summary = subject.summary
    new, baseline = summary["new_money"], summary["baseline"]
    growth = f", {new / baseline:+.2%} on {short_pounds(baseline * 100)}" if baseline else ""
    yield Number(short_pounds(new * 100), f"new money{growth}")
    staying = summary["areas"] - summary["gaining"]
    held = (
        "all do" if not staying else f"the other {staying:,} keep{'s' if staying == 1 else ''} what they get"
    )
    yield Number(f"{summary['gaining']:,} of {summary['areas']:,}", f"areas rise; {held}; nobody falls")
    if summary["opening_worst"] is not None and summary["closing_worst"] is not None:
        both = f"{signed(summary['opening_worst'])} → {signed(summary['closing_worst'])}"
        yield Number(both, f"the furthest under: from target before, from {summary['closing_target']} after")
    least, now = least_per_weighted_head(subject.run)
    yield Number(f"£{least:,.2f} → £{now:,.2f}", "per weighted head in the lowest-funded area")
    yield from _fifth(summary["new_money"], grouped)
    yield Number(short_pounds(summary["median_gain"] * 100), "is the median gain of the areas that rise")


def _fifth(new_money: float, grouped: Sequence[Grouped]) -> Iterator[Number]:
    for each in grouped:
        if each.grouping.by_deprivation and new_money:
            share = float(each.known[0].gain) / new_money
            yield Number(f"{share:.0%}", f"of the new money goes to {each.grouping.ends[0]} of areas")

"""What happens to each group of areas: money per head before and after, and shares of the new money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import counted
from allocate.groupings.groups import add_up, coverage
from allocate.impact.blocks import Grid, Heading, Words, prompt
from allocate.money import exact_decimals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from allocate.groupings.groups import Coverage, Group, Grouping
    from allocate.impact.blocks import Block
    from allocate.results.runs import Run

HEADER = (
    "Group",
    "Areas",
    "People",
    "£ per head before",
    "£ per head after",
    "Growth",
    "£ per weighted head before",
    "£ per weighted head after",
    "Of people",
    "Of new money",
)

A_PENNY = 0.01


def effect_blocks(run: Run, grouping: Grouping, title: str) -> Iterator[Block]:
    """The effect by one column: how complete it is, a table, what stands out, and what a person must say."""
    found = add_up(run, grouping)
    yield Heading(title, 2)
    yield Words(_completeness(coverage(grouping, run.areas["population"].to_numpy())))
    if grouping.note:
        yield Words(grouping.note)
    yield Grid(HEADER, tuple(_row(each, found.groups) for each in found.groups), figures=len(HEADER) - 1)
    known = [each for each in found.known if each.baseline and each.weighted]
    if len(known) > 1:
        yield Words(_stands_out(grouping.name, known))
        yield Words(_gap(known))
    yield prompt(f"what these differences by {grouping.name} mean, and whether they are justified")


def _completeness(found: Coverage) -> str:
    if not found.missing_rows:
        return f"The column '{found.grouping}' has a value for all {found.rows:,} areas."
    areas = f"{found.rows - found.missing_rows:,} of {counted(found.rows, 'area')}"
    share = f"{1 - found.share_left_out:.1%}"
    return f"The column '{found.grouping}' has a value for {areas}, with {share} of the people."


@exact_decimals()
def _row(each: Group, among: Sequence[Group]) -> tuple[str, ...]:
    people, new = sum(other.people for other in among), sum(other.gain for other in among)
    return (
        each.name,
        f"{each.areas:,}",
        f"{each.people:,.0f}",
        _per(each.baseline, each.people),
        _per(each.allocation, each.people),
        "-" if each.growth is None else f"{each.growth:+.2%}",
        _per(each.baseline, each.weighted),
        _per(each.allocation, each.weighted),
        f"{each.people / people:.1%}" if people else "-",
        f"{float(each.gain / new):.1%}" if new else "-",
    )


def _per(money: Decimal, heads: float) -> str:
    return f"{float(money) / heads:,.2f}" if heads else "-"


def _stands_out(column: str, known: list[Group]) -> str:
    by_growth = sorted(known, key=lambda each: each.growth or 0.0)
    most, least = by_growth[-1], by_growth[0]
    if f"{most.growth:.2%}" == f"{least.growth:.2%}":
        return f"By {column}, the funding of all groups grows alike ({most.growth:+.2%})."
    growth = f"'{most.name}' grows most ({most.growth:+.2%}), '{least.name}' least ({least.growth:+.2%})"
    return f"By {column}, the funding of {growth}."


def _gap(known: list[Group]) -> str:
    """How far apart groups are for their need, before and after."""
    before, after = [each.before or 0.0 for each in known], [each.after or 0.0 for each in known]
    gaps = max(before) - min(before), max(after) - min(after)
    change = gaps[1] - gaps[0]
    way = "stays as it is" if abs(change) <= A_PENNY / 2 else "narrows" if change < 0 else "widens"
    return (
        f"Between the best and the worst funded group for their need the gap {way}:"
        f" £{gaps[0]:,.2f} per weighted head before, £{gaps[1]:,.2f} after."
    )

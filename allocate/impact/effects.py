"""What happens to each group of areas: money per head before and after, and shares of the new money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.groupings import MISSING
from allocate.impact.blocks import Grid, Heading, Words, prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.groupings import Grouping
    from allocate.impact.blocks import Block
    from allocate.solver.arrays import Floats

HEADER = (
    "Group",
    "Areas",
    "People",
    "£ per head before",
    "after",
    "Growth",
    "£ per weighted head before",
    "after",
    "Of people",
    "Of new money",
)


@dataclass(frozen=True)
class Effect:
    """What happens to one group of areas."""

    label: str
    areas: int
    people: float
    weighted: float
    before: float
    """£, the baselines."""
    after: float
    """£, the allocations."""

    @property
    def growth(self) -> float:
        """The gain as a share of the baselines; NaN if those are nought."""
        return self.after / self.before - 1 if self.before else np.nan


def effects(allocation: Allocation, grouping: Grouping) -> list[Effect]:
    """The effect on each group of a column that has areas."""
    prepared = allocation.prepared

    def sums(values: Floats) -> list[float]:
        added: list[float] = np.bincount(grouping.codes, values, len(grouping.labels)).tolist()
        return added

    columns = [
        grouping.labels,
        np.bincount(grouping.codes, minlength=len(grouping.labels)).tolist(),
        sums(prepared.areas.population),
        sums(prepared.need.weighted_population),
        [pence / 100 for pence in sums(prepared.areas.baseline.astype(np.float64))],
        [pence / 100 for pence in sums(allocation.amounts.astype(np.float64))],
    ]
    made = [Effect(*row) for row in zip(*columns, strict=True)]
    return [each for each in made if each.areas]


def effect_blocks(allocation: Allocation, grouping: Grouping, title: str) -> Iterator[Block]:
    """The effect by one column: how complete it is, a table, what stands out, and what a person must say."""
    found = effects(allocation, grouping)
    yield Heading(title, 2)
    yield Words(_completeness(allocation, grouping))
    yield Grid(HEADER, tuple(_row(each, found) for each in found), figures=len(HEADER) - 1)
    known = [each for each in found if each.label != MISSING and each.before and each.weighted]
    if len(known) > 1:
        yield Words(_stands_out(grouping.column, known))
        yield Words(_gap(known))
    yield prompt(f"what these differences by {grouping.column} mean, and whether they are justified")


def _completeness(allocation: Allocation, grouping: Grouping) -> str:
    population, size = allocation.prepared.areas.population, grouping.codes.size
    if not grouping.missing:
        return f"The column '{grouping.column}' has a value for all {size:,} areas."
    known = grouping.codes != grouping.labels.index(MISSING)
    share = population[known].sum() / population.sum()
    areas = f"{int(known.sum()):,} of {size:,} areas"
    return f"The column '{grouping.column}' has a value for {areas}, with {share:.1%} of the people."


def _row(each: Effect, among: list[Effect]) -> tuple[str, ...]:
    people = sum(other.people for other in among)
    new = sum(other.after - other.before for other in among)
    return (
        each.label,
        f"{each.areas:,}",
        f"{each.people:,.0f}",
        _per(each.before, each.people),
        _per(each.after, each.people),
        "-" if np.isnan(each.growth) else f"{each.growth:+.2%}",
        _per(each.before, each.weighted),
        _per(each.after, each.weighted),
        f"{each.people / people:.1%}",
        f"{(each.after - each.before) / new:.1%}" if new else "-",
    )


def _per(money: float, heads: float) -> str:
    return f"{money / heads:,.2f}" if heads else "-"


def _stands_out(column: str, known: list[Effect]) -> str:
    most, least = max(known, key=lambda each: each.growth), min(known, key=lambda each: each.growth)
    growth = f"'{most.label}' grows most ({most.growth:+.2%}), '{least.label}' least ({least.growth:+.2%})"
    return f"By {column}, the funding of {growth}."


def _gap(known: list[Effect]) -> str:
    """How far apart groups are for their need, before and after."""
    before = [each.before / each.weighted for each in known]
    after = [each.after / each.weighted for each in known]
    gaps = max(before) - min(before), max(after) - min(after)
    way = (
        "narrows"
        if gaps[1] < gaps[0] - 0.005
        else "widens"
        if gaps[1] > gaps[0] + 0.005
        else "stays as it is"
    )
    return (
        f"Between the best and the worst funded group for their need the gap {way}:"
        f" £{gaps[0]:,.2f} per weighted head before, £{gaps[1]:,.2f} after."
    )

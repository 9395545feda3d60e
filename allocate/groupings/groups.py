"""Rows in groups, in an order or apart: their names, how complete they are, what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.money import exact_decimals, in_pounds
from allocate.solver.sums import added_up, total

if TYPE_CHECKING:
    from decimal import Decimal

    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats, Positions

NOT_KNOWN = "not known"
"""What rows are called, taken together, whose group is not known."""


@dataclass(frozen=True)
class Grouping:
    """Areas (or any rows) in groups."""

    name: str
    """As it was asked for: the column, with its options."""
    labels: tuple[str, ...]
    codes: Positions
    """The group of each row, counted from 0; -1 where it is not known."""
    ordered: bool = False
    by_deprivation: bool = False
    """Whether the first group is the most deprived and the last the least."""
    ends: tuple[str, str] = ("", "")
    """What to call the first and the last group of an order, such as 'the most deprived fifth'."""
    note: str = ""
    """How the groups were made; empty if they are the values of the column."""

    @property
    def title(self) -> str:
        """What to call the grouping where the column's own name would not do."""
        bare = self.name.replace("_", " ")
        return f"Deprivation {self.part}" if self.by_deprivation else bare[:1].upper() + bare[1:]

    @property
    def part(self) -> str:
        """What one group is: a fifth, a tenth, or just a group."""
        return part_name(len(self.labels))

    @property
    def full_labels(self) -> tuple[str, ...]:
        """The labels; where it is deprivation, the ends say which way it runs."""
        labels = list(self.labels)
        if self.by_deprivation and len(labels) > 1:
            labels[0] += ", most deprived"
            labels[-1] += ", least deprived"
        return tuple(labels)

    def label_of_rows(self) -> list[str]:
        """The label of each row; `NOT_KNOWN` for none."""
        names = [*self.labels, NOT_KNOWN]
        return [names[code] for code in self.codes.tolist()]

    def totals(self, values: Floats) -> Floats:
        """The total of each group; the same whatever the order of the rows."""
        return added_up(values, self.codes, len(self.labels))


def part_name(groups: int) -> str:
    """What one of so many equal parts is called."""
    return {5: "fifth", 10: "tenth"}.get(groups, "group")


@dataclass(frozen=True)
class Coverage:
    """How complete a grouping is."""

    grouping: str
    rows: int
    missing_rows: int
    """Rows whose group is not known."""
    people: float
    missing_people: float

    @property
    def share_left_out(self) -> float:
        """The share of the people who are in no group."""
        return self.missing_people / self.people if self.people else 0.0


def coverage(grouping: Grouping, heads: Floats) -> Coverage:
    """How many rows and people are in no group."""
    missing = grouping.codes < 0
    return Coverage(grouping.name, heads.size, int(missing.sum()), total(heads), total(heads[missing]))


@dataclass(frozen=True)
class Group:
    """The areas of one group, added up; money in £, exactly."""

    name: str
    areas: int
    rising: int
    people: float
    weighted: float
    baseline: Decimal
    fair_share: Decimal
    allocation: Decimal

    @property
    @exact_decimals()
    def gain(self) -> Decimal:
        """What it gets more than its baseline."""
        return self.allocation - self.baseline

    @property
    @exact_decimals()
    def growth(self) -> float | None:
        """The gain as a share of the baseline."""
        return float(self.gain / self.baseline) if self.baseline else None

    @property
    def before(self) -> float | None:
        """£ per weighted head of the baseline."""
        return float(self.baseline) / self.weighted if self.weighted else None

    @property
    def after(self) -> float | None:
        """£ per weighted head of the allocation."""
        return float(self.allocation) / self.weighted if self.weighted else None

    @property
    @exact_decimals()
    def from_fair(self) -> float | None:
        """How far the allocation is from the fair share."""
        return float(self.allocation / self.fair_share) - 1 if self.fair_share else None


@dataclass(frozen=True)
class Grouped:
    """A run added up by a grouping."""

    grouping: Grouping
    groups: tuple[Group, ...]
    """A group for each label; after them, if there are such areas, those whose group is not known."""

    @property
    def known(self) -> tuple[Group, ...]:
        """The groups that have a label."""
        return self.groups[: len(self.grouping.labels)]


def add_up(run: Run, grouping: Grouping) -> Grouped:
    """Add up the areas of each group; those of none are a last group, `NOT_KNOWN`."""
    labels = grouping.full_labels
    codes = np.where(grouping.codes < 0, len(labels), grouping.codes)
    names = [*labels, NOT_KNOWN] if (grouping.codes < 0).any() else labels

    def sums(values: Floats) -> list[float]:
        found: list[float] = added_up(values, codes, len(names)).tolist()
        return found

    def money(column: str) -> list[Decimal]:
        return [in_pounds(round(pence)) for pence in sums(run.pence(column).astype(np.float64))]

    columns = [
        names,
        np.bincount(codes, minlength=len(names)).tolist(),
        [round(each) for each in sums((run.pence("gain") > 0).astype(np.float64))],
        *(sums(run.areas[each].to_numpy()) for each in ("population", "weighted_population")),
        *(money(each) for each in ("baseline", "fair_share", "allocation")),
    ]
    return Grouped(grouping, tuple(Group(*row) for row in zip(*columns, strict=True)))

"""Groupings: a column as groups in order or apart, and how complete it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.equity.arrays import added_up
from allocate.errors import InputError, Problem, nearest
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats, Positions

PARTS = {"fifths": 5, "tenths": 10}
OPTIONS = (*PARTS, "reversed", "unordered")
"""What may follow a column after a colon."""


@dataclass(frozen=True)
class Asked:
    """A column to group by, and how: ``imd_score:tenths``, ``deprivation_fifth:reversed``."""

    column: str
    options: tuple[str, ...] = ()

    @property
    def parts(self) -> int | None:
        """How many parts to cut it into; None if nothing is asked."""
        return next((PARTS[each] for each in self.options if each in PARTS), None)

    @property
    def name(self) -> str:
        """What the grouping is called: as it was asked for."""
        return ":".join((self.column, *self.options))


@dataclass(frozen=True)
class Grouping:
    """Areas (or any rows) in groups."""

    name: str
    """As it was asked for: the column, with its options."""
    labels: tuple[str, ...]
    codes: Positions
    """The group of each row, counted from 0; -1 where it is not known."""
    ordered: bool
    ends: tuple[str, str]
    """What to call the first and the last group of an order, such as 'the most deprived fifth'."""
    note: str
    """How the groups were made; empty if they are the values of the column."""

    def totals(self, values: Floats) -> Floats:
        """The total of each group."""
        return added_up(values, self.codes, len(self.labels))


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


def asked(text: str, columns: Sequence[str]) -> Asked:
    """Understand what to group by: a column, perhaps with options after colons.

    Raises:
        InputError: there is no such column or option.
    """
    name, *options = [text] if text in columns else text.split(":")
    if name not in columns:
        fix = nearest(name, columns) or "use a column of the table"
        raise InputError([Problem("by", f"there is no column '{name}'", fix)])
    if wrong := [each for each in options if each not in OPTIONS]:
        fix = nearest(wrong[0], OPTIONS)
        raise InputError([Problem("by", f"'{name}' cannot be grouped '{wrong[0]}'", fix)])
    if set(PARTS) <= set(options):
        raise InputError([Problem("by", f"'{text}' asks for fifths and for tenths", "choose one")])
    return Asked(name, tuple(each for each in OPTIONS if each in options))


def coverage(grouping: Grouping, heads: Floats) -> Coverage:
    """How many rows and people are in no group."""
    missing = grouping.codes < 0
    return Coverage(grouping.name, heads.size, int(missing.sum()), total(heads), total(heads[missing]))

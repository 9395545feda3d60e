"""Areas put together by what a column of the table says: a deprivation fifth, a place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.equity.making import BANDS, deprivation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from allocate.runs import Run

NOT_KNOWN = "not known"
MOST_GROUPS = 400
"""A column with more values than this is no grouping for a report."""


@dataclass(frozen=True)
class Group:
    """The areas of one value of a column, added up; money in £, exactly."""

    name: str
    areas: int
    rising: int
    people: float
    weighted: float
    baseline: Decimal
    fair_share: Decimal
    allocation: Decimal
    gain: Decimal

    @property
    def growth(self) -> float | None:
        """The gain as a share of the baseline."""
        return float(self.gain) / float(self.baseline) if self.baseline else None

    @property
    def before(self) -> float | None:
        """£ per weighted head of the baseline."""
        return float(self.baseline) / self.weighted if self.weighted else None

    @property
    def after(self) -> float | None:
        """£ per weighted head of the allocation."""
        return float(self.allocation) / self.weighted if self.weighted else None

    @property
    def from_fair(self) -> float | None:
        """How far the allocation is from the fair share."""
        return float(self.allocation) / float(self.fair_share) - 1 if self.fair_share else None


@dataclass(frozen=True)
class Grouping:
    """All groups of a column."""

    column: str
    title: str
    groups: tuple[Group, ...]
    by_deprivation: bool
    """Whether the first group is the most deprived."""

    @property
    def known(self) -> tuple[Group, ...]:
        """The groups that have a name."""
        return tuple(group for group in self.groups if group.name != NOT_KNOWN)


def group_columns(run: Run, by: Sequence[str]) -> tuple[str, ...]:
    """The columns to group by: those asked for, or a deprivation fifth and a place if the table has them."""
    if by:
        return tuple(dict.fromkeys(by))
    columns = run.table.columns
    bands = (name for name in columns if is_band(run, name))
    return (*islice(bands, 1), *(["place"] if "place" in columns else []))


def is_band(run: Run, column: str) -> bool:
    """Whether a column numbers fifths or tenths of deprivation, the most deprived first.

    As an audit understands it: a column that counts the people of a tenth speaks of one and numbers none.
    """
    if BANDS.search(column) is None:
        return False
    levels = np.unique(as_numbers(run.column(column)).drop_nulls().to_numpy())
    return deprivation(column, levels)[0]


def as_numbers(column: pl.Series) -> pl.Series:
    """A column as it was read, text or not, as numbers; null where it is none."""
    return column.cast(pl.Float64, strict=False).fill_nan(None)


def labels(run: Run, column: str) -> pl.Series:
    """What a column says of each area, as text; whole numbers without decimals.

    Raises:
        InputError: there is no such column.
    """
    values = run.column(column).cast(pl.String).str.strip_chars()
    whole = values.str.replace(r"^(-?\d+)\.0+$", "$1")
    return whole.fill_null(NOT_KNOWN).replace("", NOT_KNOWN)


def group_by(run: Run, column: str) -> Grouping:
    """Add up the areas of each value of a column.

    Raises:
        InputError: there is no such column, or it has too many values to be a grouping.
    """
    from allocate.errors import InputError, Problem

    named = labels(run, column)
    if named.n_unique() > MOST_GROUPS:
        what = f"column '{column}' has {named.n_unique():,} values, too many to group by"
        raise InputError([Problem(run.title, what, f"choose one with at most {MOST_GROUPS}")])
    parts = run.areas.with_columns(named.alias("_group")).partition_by("_group", maintain_order=True)
    groups = sorted((_added(part) for part in parts), key=_place_in_order)
    title = "Deprivation fifth" if "quintile" in column else column.replace("_", " ").capitalize()
    return Grouping(column, title, tuple(groups), is_band(run, column))


def _added(part: pl.DataFrame) -> Group:
    money: dict[str, Any] = {
        name: part[name].sum() for name in ("baseline", "fair_share", "allocation", "gain")
    }
    return Group(
        name=part["_group"][0],
        areas=part.height,
        rising=int((part["gain"] > 0).sum()),
        people=float(part["population"].sum()),
        weighted=float(part["weighted_population"].sum()),
        **money,
    )


def _place_in_order(group: Group) -> tuple[bool, bool, float, str]:
    number = group.name.replace(".", "", 1).lstrip("-").isdecimal()
    return group.name == NOT_KNOWN, not number, float(group.name) if number else 0.0, group.name

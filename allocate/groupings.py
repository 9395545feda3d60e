"""Columns that sort areas into a few groups, such as place or deprivation fifth: which, and who is where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.areas import ROLES
from allocate.errors import InputError, Problem, nearest
from allocate.sheet import MARKS, as_text, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Positions

MOST_GROUPS = 20
"""A column with more values than this does not sort areas into a few groups."""

MOST_COLUMNS = 8
"""More columns than this are not looked at unless they are asked for."""

PLAIN = re.compile(r"\d{1,15}|[A-Za-z]\d+|(?!(?i:true|false)$)[A-Za-z(][A-Za-z (),.'&-]{0,99}")
"""Labels that a spreadsheet looks for as they stand: it would read others as dates, figures or patterns."""

MISSING = "(missing)"
"""What areas are called that have nothing in a column."""


@dataclass(frozen=True)
class Grouping:
    """Areas sorted by the values of one column."""

    column: str
    labels: tuple[str, ...]
    """The values in order, numbers as numbers; `MISSING` last if some area has none."""
    codes: Positions
    """For each area the position of its value among the labels."""

    @property
    def is_plain(self) -> bool:
        """Whether a spreadsheet can tell the labels apart: nothing like 'a' and 'A', 1 and 01."""
        alike = {
            label.lower() if (number := _order(label)[1]) == float("inf") else number for label in self.labels
        }
        return len(alike) == len(self.labels) and all(PLAIN.fullmatch(label) for label in self.labels)

    @property
    def missing(self) -> int:
        """How many areas have nothing in the column."""
        return int((self.codes == self.labels.index(MISSING)).sum()) if MISSING in self.labels else 0


def groupings(allocation: Allocation) -> tuple[list[Grouping], list[str]]:
    """The columns of text or whole numbers that sort the areas into a few groups.

    Returns:
        The groupings, and the names of the columns that were left out because there are too many.
    """
    found = list(_few_values(allocation))
    frame = allocation.prepared.areas.table.frame
    return [group_by(frame[name]) for name in found[:MOST_COLUMNS]], found[MOST_COLUMNS:]


def grouping_of(allocation: Allocation, column: str) -> Grouping:
    """The areas sorted by one column of the table; figures with many values are cut into fifths of the areas.

    Raises:
        InputError: the table has no such column, or it has too many texts to be groups.
    """
    frame = allocation.prepared.areas.table.frame
    if column not in frame.columns:
        raise InputError([Problem("", f"the table has no column '{column}'", nearest(column, frame.columns))])
    grouping = group_by(frame[column])
    if len(grouping.labels) <= MOST_GROUPS:
        return grouping
    figures = typed(frame[column])
    if not figures.dtype.is_numeric():
        what = f"column '{column}' has {len(grouping.labels):,} texts, too many to be groups"
        raise InputError([Problem("", what, f"give a column of figures, or one with at most {MOST_GROUPS}")])
    return _fifths(column, figures)


def _fifths(column: str, figures: pl.Series) -> Grouping:
    """Areas in fifths by a figure, as many areas in each as can be; equal figures stay together."""
    known = figures.is_not_null().to_numpy()
    values = figures.fill_null(0.0).to_numpy()
    rank = np.searchsorted(np.sort(values[known]), values, side="left")
    codes = np.where(known, rank * 5 // max(int(known.sum()), 1), 5)
    labels = FIFTHS if known.all() else (*FIFTHS, MISSING)
    return Grouping(column, labels, codes)


FIFTHS = ("lowest fifth of areas", "second fifth", "third fifth", "fourth fifth", "highest fifth of areas")


def group_by(values: pl.Series) -> Grouping:
    """Sort areas by the values of a column; blank text and marks such as ``*`` count as missing."""
    text = as_text(values).fill_null("")
    text = text.set(text.is_in(["", *MARKS]), MISSING)
    labels = sorted(text.unique().to_list(), key=_order)
    codes = text.replace_strict(labels, range(len(labels)), return_dtype=pl.Int64).to_numpy()
    return Grouping(values.name, tuple(labels), codes)


def _few_values(allocation: Allocation) -> Iterator[str]:
    areas, columns = allocation.prepared.areas, allocation.prepared.scenario.columns
    roles = {str(columns.get(role, role)) for role in ROLES}
    for name in areas.table.frame.columns:
        values = areas.table.frame[name]
        if (
            name not in roles
            and _sorts(values)
            and 2 <= values.n_unique() <= min(MOST_GROUPS, areas.size // 2)
        ):
            yield name


def _sorts(values: pl.Series) -> bool:
    """Whether a column has text or whole numbers: figures with decimals are measurements."""
    if values.dtype == pl.String:
        return not values.str.contains(r"^\s*-?\d*\.\d+\s*$").any()
    return values.dtype.is_integer() or values.dtype in (pl.Boolean, pl.Categorical)


def _order(label: str) -> tuple[bool, float, str]:
    try:
        return (label == MISSING, float(label), label)
    except ValueError:
        return (label == MISSING, float("inf"), label)

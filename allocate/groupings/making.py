"""Columns made into groups: values apart or in an order, numbers cut by people, deprivation its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.errors import InputError, Problem, nearest
from allocate.files.values import typed
from allocate.groupings.groups import Grouping, part_name
from allocate.solver.sums import added_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.groupings.asking import Asked
    from allocate.solver.arrays import Floats, Positions

FEW = 10
"""Numbers with at most so many values are groups as they are; with more they are cut into fifths."""

UNKNOWN = ("unknown", "not known", "not stated", "not recorded", "missing")
"""Values that say that the group is not known, besides empty cells and those of `values.MARKS`."""

DEPRIVATION = re.compile(r"(^|[^a-z])(imd|iod)|depriv", re.IGNORECASE)
BANDS = re.compile(r"quintile|decile|fifth|tenth", re.IGNORECASE)
RANKS = re.compile(r"rank", re.IGNORECASE)
"""Columns of bands or ranks of deprivation, where England's Indices count the most deprived as 1."""


def group(column: Asked, values: pl.Series, heads: Floats) -> Grouping:
    """Put rows into groups by a column.

    Text makes a group a value, apart. Numbers make ordered groups: a group a value if there are at most
    `FEW`, else fifths by people, from the lowest, rows with one value always together. Deprivation goes from
    the most deprived: bands and ranks from 1, as England's Indices of Deprivation count, and scores from the
    highest. A column that speaks of a band and has other values than bands, such as the patients in one, is
    not taken for deprivation.

    Args:
        column: which, and how.
        values: of each row.
        heads: people of each row.

    Raises:
        InputError: nothing is known, or there would be as many groups as rows.
    """
    values = typed(without_unknown(values))
    if values.dtype.is_numeric():
        return _numbers(column, values, heads)
    if column.options:
        what = f"'{column.column}' is text, which has no order: it cannot be grouped '{column.options[0]}'"
        raise InputError([Problem("by", what, f"write '{column.column}' alone")])
    return _texts(column, values.cast(pl.String))


def in_order(name: str, values: pl.Series, order: Sequence[str]) -> Grouping:
    """Put rows into groups whose order is given.

    Raises:
        InputError: a value is not in the order.
    """
    text = typed(without_unknown(values)).cast(pl.String)
    if strange := sorted(set(text.drop_nulls()) - set(order)):
        fix = nearest(strange[0], order)
        raise InputError([Problem(name, f"has '{each}', which is not in the order", fix) for each in strange])
    found = [each for each in order if each in set(text.drop_nulls())]
    if not found:
        raise InputError([Problem(name, "has no value that is known")])
    ends = f"the group '{found[0]}'", f"the group '{found[-1]}'"
    return Grouping(name, tuple(found), _codes(text, found), ordered=True, ends=ends)


def _texts(column: Asked, text: pl.Series) -> Grouping:
    found = sorted(set(text.drop_nulls()))
    _check_number(column, len(found), text.len())
    return Grouping(column.name, tuple(found), _codes(text, found))


def without_unknown(values: pl.Series) -> pl.Series:
    """A column without the words that say that a value is not known."""
    if values.dtype != pl.String:
        return values
    return values.set(values.str.strip_chars().str.to_lowercase().is_in(UNKNOWN), None)


def _codes(text: pl.Series, labels: Sequence[str]) -> Positions:
    places = {label: code for code, label in enumerate(labels)}
    return np.array([places.get(each, -1) for each in text.to_list()], dtype=np.intp)


def _check_number(column: Asked, groups: int, rows: int) -> None:
    if not groups:
        raise InputError([Problem("by", f"'{column.column}' has no value that is known", "leave it out")])
    if groups == rows and rows > FEW:
        what = f"'{column.column}' would make a group of every area"
        raise InputError([Problem("by", what, "give a column whose values several areas share")])


def _numbers(column: Asked, values: pl.Series, heads: Floats) -> Grouping:
    numbers = values.to_numpy()
    known = np.isfinite(numbers)
    levels = np.unique(numbers[known])
    _check_number(column, levels.size, 0)
    tells, falling = deprivation(column.column, levels)
    order = _Order(column.column, tells, falling != ("reversed" in column.options))
    parts = column.parts or (5 if levels.size > FEW else None)
    _, codes_of_known = np.unique(-numbers[known] if order.falling else numbers[known], return_inverse=True)
    codes = np.full(numbers.size, -1, dtype=np.intp)
    codes[known] = codes_of_known if parts is None else _cut(codes_of_known, heads[known], parts)
    labels = _labels([numbers[codes == part] for part in range(int(codes.max()) + 1)], parts)
    if "unordered" in column.options:
        return Grouping(column.name, labels, codes)
    ends, note = order.ends(labels, parts), order.note(levels.size, parts, len(labels))
    return Grouping(column.name, labels, codes, True, tells, ends, note)


def _labels(members: Sequence[Floats], parts: int | None) -> tuple[str, ...]:
    if parts is None:
        return tuple(f"{each[0]:.12g}" for each in members)
    ranges = (f"{each.min():.4g} to {each.max():.4g}" for each in members)
    return tuple(f"{number} ({each})" for number, each in enumerate(ranges, start=1))


def deprivation(name: str, levels: Floats) -> tuple[bool, bool]:
    """Whether numbers tell deprivation and, if so, whether the highest is the most deprived.

    Args:
        name: of their column.
        levels: the different numbers, the lowest first.
    """
    if not levels.size or DEPRIVATION.search(name) is None:
        return False, False
    if BANDS.search(name) is None:
        return True, RANKS.search(name) is None
    are_bands = levels.size <= FEW and bool((levels == np.rint(levels)).all() and levels[0] >= 1)
    return are_bands and levels[-1] <= FEW, False


def most_deprived_first(name: str, values: pl.Series) -> Floats | None:
    """Numbers that rise from the most deprived row to the least, NaN where it is not known.

    None if the column does not tell deprivation.
    """
    numbers = typed(without_unknown(values))
    if not numbers.dtype.is_numeric() or not numbers.count():
        return None
    order = numbers.to_numpy().astype(np.float64)
    tells, falling = deprivation(name, np.unique(order[np.isfinite(order)]))
    return (-order if falling else order) if tells else None


def _cut(levels: Positions, heads: Floats, parts: int) -> Positions:
    """Cut into equal parts by people, from the lowest; rows at one level go where their middle lies."""
    of_level = added_up(heads if heads.any() else np.ones_like(heads), levels, int(levels.max()) + 1)
    middle = (np.cumsum(of_level) - of_level / 2) / of_level.sum()
    part = np.minimum((middle * parts).astype(np.intp), parts - 1)
    _, codes = np.unique(part[levels], return_inverse=True)
    return codes.astype(np.intp)


@dataclass(frozen=True)
class _Order:
    """In which order the groups of a column of numbers stand, and how to say it."""

    column: str
    deprivation: bool
    falling: bool
    """Whether the highest is first."""

    def ends(self, labels: Sequence[str], parts: int | None) -> tuple[str, str]:
        word = part_name(len(labels))
        if self.deprivation:
            return f"the most deprived {word}", f"the least deprived {word}"
        if parts is None:
            return f"{self.column} {labels[0]}", f"{self.column} {labels[-1]}"
        low, high = (f"the {word} with the {end} {self.column}" for end in ("lowest", "highest"))
        return (high, low) if self.falling else (low, high)

    def note(self, levels: int, parts: int | None, groups: int) -> str:
        order = f"the {'most deprived' if self.deprivation else self._end} first"
        if parts is not None:
            word = {5: "fifths", 10: "tenths"}[parts]
            fewer = f"; {groups} groups, as equal values and large areas are not split" * (groups < parts)
            means = f" (the {self._end} {self.column})" if self.deprivation else ""
            return f"{self.column} has {levels:,} values: cut into {word} by people, {order}{means}{fewer}."
        if self.deprivation:
            return f"The {self._end} {self.column} is taken for the most deprived."
        return f"In the order of {self.column}, {order}."

    @property
    def _end(self) -> str:
        return "highest" if self.falling else "lowest"

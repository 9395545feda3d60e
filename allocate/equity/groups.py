"""Groupings: a column as groups in order or apart, and how complete it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.equity.arrays import added_up
from allocate.errors import InputError, Problem, nearest
from allocate.sheet import typed
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats, Positions

FEW = 10
"""Numbers with at most so many values are groups as they are; with more they are cut into fifths."""

UNKNOWN = ("unknown", "not known", "not stated", "not recorded", "missing")
"""Values that say that the group is not known, besides empty cells and the marks of `sheet.MARKS`."""

PARTS = {"fifths": 5, "tenths": 10}
OPTIONS = (*PARTS, "reversed", "unordered")
"""What may follow a column after a colon."""

DEPRIVATION = re.compile(r"(^|[^a-z])(imd|iod)|depriv", re.IGNORECASE)
BANDS = re.compile(r"quintile|decile|fifth|tenth|rank", re.IGNORECASE)
"""Columns of bands or ranks of deprivation, where England's Indices count the most deprived as 1."""


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


def group(column: Asked, values: pl.Series, heads: Floats) -> Grouping:
    """Put rows into groups by a column.

    Text makes a group a value, apart. Numbers make ordered groups: a group a value if there are at most
    `FEW`, else fifths by people, from the lowest, rows with one value always together. Deprivation goes from
    the most deprived: bands and ranks from 1, as England's Indices of Deprivation count, and scores from the
    highest.

    Args:
        column: which, and how.
        values: of each row.
        heads: people of each row.

    Raises:
        InputError: nothing is known, or there would be as many groups as rows.
    """
    values = typed(values)
    if values.dtype.is_numeric():
        return _numbers(column, values, heads)
    if column.options:
        what = f"'{column.column}' is text, which has no order: it cannot be grouped '{column.options[0]}'"
        raise InputError([Problem("by", what, f"write '{column.column}' alone")])
    return _texts(column, values.cast(pl.String))


def coverage(grouping: Grouping, heads: Floats) -> Coverage:
    """How many rows and people are in no group."""
    missing = grouping.codes < 0
    return Coverage(grouping.name, heads.size, int(missing.sum()), total(heads), total(heads[missing]))


def in_order(name: str, values: pl.Series, order: Sequence[str]) -> Grouping:
    """Put rows into groups whose order is given.

    Raises:
        InputError: a value is not in the order.
    """
    text = _known(typed(values).cast(pl.String))
    if strange := sorted(set(text.drop_nulls()) - set(order)):
        fix = nearest(strange[0], order)
        raise InputError([Problem(name, f"has '{each}', which is not in the order", fix) for each in strange])
    found = [each for each in order if each in set(text.drop_nulls())]
    if not found:
        raise InputError([Problem(name, "has no value that is known")])
    ends = f"the group '{found[0]}'", f"the group '{found[-1]}'"
    return Grouping(name, tuple(found), _codes(text, found), True, ends, "")


def _texts(column: Asked, values: pl.Series) -> Grouping:
    text = _known(values)
    found = sorted(set(text.drop_nulls()))
    _check_number(column, len(found), text.len())
    codes = _codes(text, found)
    return Grouping(column.name, tuple(found), codes, False, ("", ""), "")


def _known(text: pl.Series) -> pl.Series:
    plain = text.str.strip_chars()
    return plain.set(plain.str.to_lowercase().is_in([*UNKNOWN, ""]), None)


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
    deprivation = DEPRIVATION.search(column.column) is not None
    falling = deprivation and BANDS.search(column.column) is None
    if "reversed" in column.options:
        falling = not falling
    codes = np.full(numbers.size, -1, dtype=np.intp)
    parts = column.parts or (5 if levels.size > FEW else None)
    if parts is None:
        codes[known] = np.searchsorted(levels, numbers[known])
        labels = [f"{level:g}" for level in levels]
    else:
        codes[known] = _cut(-numbers[known] if falling else numbers[known], heads[known], parts)
        labels = _ranges(numbers, codes)
    if falling and parts is None:
        codes, labels = np.where(codes >= 0, levels.size - 1 - codes, -1), labels[::-1]
    ordered = "unordered" not in column.options
    note = (
        _note(column.column, levels.size, parts, deprivation=deprivation, falling=falling) if ordered else ""
    )
    ends = _ends(column.column, labels, parts, deprivation=deprivation, falling=falling)
    return Grouping(column.name, tuple(labels), codes, ordered, ends, note)


def _cut(values: Floats, heads: Floats, parts: int) -> Positions:
    """Cut into equal parts by people, from the lowest; rows with one value go where their middle lies."""
    _, at = np.unique(values, return_inverse=True)
    of_level = added_up(heads, at, int(at.max()) + 1)
    middle = (np.cumsum(of_level) - of_level / 2) / of_level.sum()
    part = np.minimum((middle * parts).astype(np.intp), parts - 1)
    _, codes = np.unique(part[at], return_inverse=True)
    return codes.astype(np.intp)


def _ranges(numbers: Floats, codes: Positions) -> list[str]:
    inside = [numbers[codes == part] for part in range(int(codes.max()) + 1)]
    return [f"{number} ({each.min():.4g} to {each.max():.4g})" for number, each in enumerate(inside, start=1)]


def _ends(
    name: str, labels: Sequence[str], parts: int | None, *, deprivation: bool, falling: bool
) -> tuple[str, str]:
    word = {5: "fifth", 10: "tenth"}.get(len(labels), "group")
    if deprivation:
        return f"the most deprived {word}", f"the least deprived {word}"
    if parts is None:
        return f"{name} {labels[0]}", f"{name} {labels[-1]}"
    low, high = f"the {word} with the lowest {name}", f"the {word} with the highest {name}"
    return (high, low) if falling else (low, high)


def _note(name: str, levels: int, parts: int | None, *, deprivation: bool, falling: bool) -> str:
    """How the groups were made, and in which order they stand."""
    first = "highest" if falling else "lowest"
    order = f"{'the most deprived' if deprivation else f'the {first}'} first"
    if parts is not None:
        word = {5: "fifths", 10: "tenths"}[parts]
        means = f", {'higher' if falling else 'lower'} meaning more deprived" if deprivation else ""
        return f"{name} has {levels:,} values: cut into {word} by people, {order}{means}."
    if deprivation:
        return f"{'The highest' if falling else 'The lowest'} {name} is taken for the most deprived."
    return f"In the order of {name}, {order}."

"""The areas of a table, checked: every problem is told at once, with its row and column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from allocate.errors import Problem, Problems, TableError, counted, nearest
from allocate.files.values import MARKS, as_text, to_numbers
from allocate.language.expressions import BUILT_IN
from allocate.money import MOST_PENCE, to_pence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.files.sheet import Table
    from allocate.solver.arrays import Floats, Mask, Pence, Positions

ROLES = ("id", "population", "baseline", "target", "name")
"""What a column can be to the engine; the first three are needed."""

MOST_SHOWN = 20
"""Problems of one kind shown in full; the rest are counted."""

FEWEST_WITH_TOTALS = 4
"""In a table of fewer rows one may happen to be as large as all others."""

FIRST_SHEET = " (of a workbook the first sheet is read, or what 'sheet:' says; its first row has the names)"

ZeroPopulation = Literal["refuse", "hold"]


@dataclass(frozen=True)
class Areas:
    """The areas of a scenario, checked; every array has one entry an area, in the order of the table."""

    ids: pl.Series
    names: pl.Series | None
    population: Floats
    """People; may be fractional, since published lists are averages of months."""
    baseline: Pence
    """Whole pence; a fraction of a penny was rounded up, so that no area is below what it had."""
    target: Floats | None
    """The published target in £, if the table has one."""
    held: Mask
    """Areas without people that are held at their baseline and take no part in anything else."""
    table: Table
    dropped: int = 0
    """Rows left out by `where`."""
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many areas there are."""
        return len(self.ids)

    def in_id_order(self, positions: Positions) -> Positions:
        """Put positions in the order of the areas' ids."""
        return np.take(positions, np.argsort(self._place[positions]))

    @cached_property
    def _place(self) -> Positions:
        """The place of each area in the order of the ids."""
        place = np.empty(self.size, dtype=np.intp)
        place[self.ids.arg_sort().to_numpy()] = np.arange(self.size)
        return place


def check_areas(
    table: Table, roles: Mapping[str, str], *, zero_population: ZeroPopulation = "refuse", dropped: int = 0
) -> Areas:
    """Give the columns of a table their roles and check every value.

    Args:
        table: the rows of the scenario, after its `where`.
        roles: which column is the id, the population, the baseline and, if any, the target and the name.
        zero_population: refuse areas without people, or hold them at their baseline.
        dropped: rows that `where` left out.

    Raises:
        TableError: every problem at once: columns that are missing, ids that are empty or twice, figures
            that are missing, negative or no numbers, areas without people.
    """
    check_columns(table, roles)
    problems = Problems()
    if table.frame.height == 0:
        fix = f"'where' left out all {dropped:,} rows; widen it" if dropped else "give at least one row"
        raise TableError([Problem(table.name, "has no areas", fix)])
    ids = _check_ids(table, roles["id"], problems)
    population = _check_figures(table, roles["population"], problems)
    baseline = _check_figures(table, roles["baseline"], problems)
    target = _check_figures(table, roles["target"], problems) if "target" in roles else None
    empty = population == 0
    if zero_population == "refuse":
        fix = "leave it out (where: population > 0) or hold it at its baseline (zero_population: hold)"
        _refuse(table, roles["population"], empty, "has nobody registered", fix, problems)
    problems.raise_any(TableError)
    if empty.all():
        raise TableError([Problem(table.name, "has no area with people", "check the population column")])
    pence = to_pence(baseline, "up")
    names = as_text(table.frame[roles["name"]]) if "name" in roles else None
    notes = (*_notes(table, roles, baseline, pence, empty), *_rows_of_totals(table, ids, population, pence))
    return Areas(ids, names, population, pence, target, empty, table, dropped, notes)


def check_columns(table: Table, roles: Mapping[str, str]) -> None:
    """Check that a table has the columns of its roles, and every other that is given a name.

    Raises:
        TableError: every role that is missing, and every column that is not there.
    """
    problems = Problems()
    for role in ROLES[:3]:
        if role not in roles:
            fix = f"add '{role}: COLUMN' under 'columns:'"
            problems.add(table.name, f"no column is named as the {role}", fix)
    for role, column in {**roles, **table.aliases}.items():
        if column not in table.frame.columns:
            fix = nearest(column, table.frame.columns) or f"it has: {', '.join(table.frame.columns[:12])}"
            sheet = FIRST_SHEET if table.name.lower().endswith(".xlsx") else ""
            problems.add(table.name, f"has no column '{column}' (the {role})", fix + sheet)
    problems.raise_any(TableError)


def _check_ids(table: Table, column: str, problems: Problems) -> pl.Series:
    ids = as_text(table.frame[column]).alias("id")
    empty = (ids.is_null() | (ids == "")).fill_null(value=True).to_numpy()
    _refuse(table, column, empty, "is empty", "give the area an id", problems)
    if ids.hash().n_unique() < len(ids):  # a tenth of the time, and most often all there is to see
        twice = ids.is_duplicated().to_numpy() & ~empty
        _refuse(table, column, twice, "is there twice", "keep one row an area", problems)
    return ids


def _check_figures(table: Table, column: str, problems: Problems) -> Floats:
    raw = table.frame[column]
    if raw.dtype.is_numeric():
        numbers, empty = raw.cast(pl.Float64), raw.is_null().to_numpy()
        marks = numbers.is_nan().fill_null(value=False).to_numpy()
    else:
        text = as_text(raw).fill_null("")
        numbers, empty = to_numbers(text), (text == "").to_numpy()
        marks = text.is_in(list(MARKS)).to_numpy()
    figures: Floats = numbers.fill_null(np.nan).to_numpy().copy()
    wrong = ~np.isfinite(figures) & ~empty & ~marks
    fix = "give the figure, or leave the row out with 'where'"
    _refuse(table, column, empty, "is empty", fix, problems)
    _refuse(table, column, marks, "is a mark for a missing or suppressed figure", fix, problems)
    _refuse(table, column, wrong, "is not a number", "write it as 1234.50", problems)
    figures[~np.isfinite(figures)] = 1.0
    fix = "correct it, or leave the row out with 'where'"
    _refuse(table, column, figures < 0, "is negative", fix, problems)
    _refuse(table, column, figures * 100 >= MOST_PENCE, "is too large", "check its unit", problems)
    return figures


def _refuse(table: Table, column: str, bad: Mask, what: str, fix: str, problems: Problems) -> None:
    positions = np.flatnonzero(bad)
    for position in positions[:MOST_SHOWN]:
        value = _cell(table, column, int(position))
        shown = f" '{value[:40]}'" if value else ""
        where = table.where(int(position), column) + _whose(table, column, int(position))
        problems.add(where, f"{shown} {what}".strip(), fix)
    if positions.size > MOST_SHOWN:
        more = f"{positions.size - MOST_SHOWN:,} more rows like it: in column '{column}' the value {what}"
        problems.add(table.name, more, fix)


def _cell(table: Table, column: str, position: int) -> str:
    value = table.frame[column][position]
    return "" if value is None else str(value).strip()


def _whose(table: Table, column: str, position: int) -> str:
    if table.id_column in (None, column) or table.id_column not in table.frame.columns:
        return ""
    area = _cell(table, table.id_column, position)
    return f" ({area})" if area else ""


def _rows_of_totals(table: Table, ids: pl.Series, population: Floats, pence: Pence) -> Iterator[str]:
    """A row that is the sum of all others would count everybody twice; two areas may well be alike."""
    if len(ids) < FEWEST_WITH_TOTALS:
        return
    people, money = population.sum(), pence.sum()
    of_all = (np.abs(2 * population - people) <= 1e-6 * people) & (np.abs(2 * pence - money) <= 1)
    for position in np.flatnonzero(of_all):
        what = "has as many people and as much money as all other rows together"
        fix = f"if it is a total, leave it out: where: id <> '{ids[int(position)]}'"
        yield f"{table.label(int(position))} {what}; {fix}."


def _notes(
    table: Table, roles: Mapping[str, str], pounds: Floats, pence: Pence, empty: Mask
) -> Iterator[str]:
    if rounded := int(np.count_nonzero(np.abs(pounds * 100 - pence) > 1e-3)):
        had = "a fraction of a penny and was" if rounded == 1 else "fractions of a penny and were"
        yield f"{counted(rounded, 'baseline')} had {had} rounded up to the penny."
    if empty.any():
        one, held = empty.sum() == 1, f"(£{pence[empty].sum() / 100:,.2f} in all)"
        who = "1 area without people is held at its baseline" if one else ""
        yield f"{who or f'{empty.sum():,} areas without people are held at their baselines'} {held}."
    for name in BUILT_IN:
        if name in table.frame.columns and roles.get(name) != name:
            meaning = f"the column '{roles[name]}'" if name in roles else BUILT_IN[name]
            fix = "to use it, give it another name under 'columns:'"
            yield f"In expressions '{name}' is {meaning}, not the column '{name}'; {fix}."

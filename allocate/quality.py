"""A report on the data of a scenario, before any money is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.areas import check_areas
from allocate.documents.left_out import leave_out
from allocate.documents.policy import load_policy
from allocate.documents.stages import check_expressions, names_used
from allocate.engine import read_areas_of
from allocate.errors import AllocateError, InputError, Problem, Problems, counted, listing, nearest
from allocate.files.values import to_numbers
from allocate.language.expressions import BUILT_IN
from allocate.money import to_pounds
from allocate.prepared import select_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allocate.areas import Areas
    from allocate.documents.scenario import Scenario
    from allocate.files.sheet import Table
    from allocate.solver.arrays import Floats

DIFFERS = 0.10
"""Two columns that should agree are reported where they differ by more than this."""

OUTLIER = 3.0
"""£ per head this many times above or below the median is reported."""

MOST_SHOWN = 10
"""Warnings of one kind told in full; the rest are counted."""

MERGED = r"[/&+,;]|\band\b"
"""An id that names two areas."""


@dataclass(frozen=True)
class Completeness:
    """How complete one column is among the rows that are kept."""

    column: str
    used_as: str
    present: int
    rows: int


@dataclass(frozen=True)
class Quality:
    """What there is to know about the data of a scenario before it is used."""

    title: str
    table: str
    rows: int
    dropped: int
    columns: tuple[Completeness, ...]
    totals: tuple[str, ...]
    warnings: tuple[str, ...]
    error: AllocateError | None

    def raise_problems(self) -> None:
        """Raise what stops the scenario from running, if anything does."""
        if self.error is not None:
            raise self.error


def inspect(scenario: Scenario, compare: Sequence[tuple[str, str]] = ()) -> Quality:
    """Look at the data of a scenario without allocating.

    Args:
        scenario: the scenario.
        compare: pairs of columns that should agree, such as two counts of the same people.

    Raises:
        InputError: the table or the rules cannot be read at all.
    """
    policy = load_policy(scenario.rules, scenario.folder)
    settings = policy.settings(scenario.parameters, scenario.date)
    table, roles, dropped = select_rows(scenario, settings, read_areas_of(scenario))
    policy, left_out = leave_out(policy, settings, table)
    problems, areas, warnings = Problems(), None, list(map(str, left_out))
    with problems.caught():
        check_expressions(scenario, policy, settings, table)
    with problems.caught():
        areas = check_areas(table, roles, zero_population=scenario.zero_population, dropped=dropped)
    with problems.caught():
        warnings += _differences(table, compare)
    if areas is not None:
        warnings += [*areas.notes, *warnings_of(areas)]
    meant_otherwise = {*roles, *BUILT_IN, *settings, *policy.merged.columns}
    by_rules = [name for name in names_used(scenario, policy) if name not in meant_otherwise]
    return Quality(
        title=str(scenario.title),
        table=table.name,
        rows=table.frame.height,
        dropped=dropped,
        columns=tuple(_columns(table, roles, by_rules)),
        totals=() if areas is None else tuple(_totals(areas)),
        warnings=tuple(warnings),
        error=InputError(problems.found) if problems.found else None,
    )


def _columns(table: Table, roles: Mapping[str, str], by_rules: Sequence[str]) -> Iterator[Completeness]:
    """How complete each column is that is used, those of the roles first."""
    used = {column: role for role, column in roles.items() if column in table.frame.columns}
    used |= {name: "rules" for name in by_rules if name in table and name not in used}
    for name, use in used.items():
        values = table.values(name)
        present = len(values) - values.null_count()
        yield Completeness(table.aliases.get(name, name), use, present, len(values))


def _totals(areas: Areas) -> Iterator[str]:
    baseline = int(areas.baseline.sum())
    per_head = _per_head(areas)
    people = f"{counted(areas.size, 'area')}, {areas.population.sum():,.0f} people"
    yield f"{people}, £{baseline / 100:,.2f} of baselines"
    low, middle, high = (float(np.quantile(per_head, q)) for q in (0, 0.5, 1))
    yield f"£ per head from {low:,.2f} to {high:,.2f}, median {middle:,.2f}"


def _per_head(areas: Areas) -> Floats:
    live = areas.population > 0
    return to_pounds(areas.baseline[live]) / areas.population[live]


def warnings_of(areas: Areas) -> Iterator[str]:
    """What looks unusual: money per head far from the median, ids that look wrong."""
    live = np.flatnonzero(areas.population > 0)
    per_head = _per_head(areas)
    median = float(np.median(per_head))
    far = (per_head > median * OUTLIER) | (per_head < median / OUTLIER)
    for position in np.flatnonzero(far)[:MOST_SHOWN]:
        label = areas.table.label(int(live[position]))
        yield f"{label}: £{per_head[position]:,.2f} per head; the median is £{median:,.2f}"
    if far.sum() > MOST_SHOWN:
        yield f"{far.sum() - MOST_SHOWN:,} more areas are as far from the median £ per head"
    merged = areas.ids.filter(areas.ids.str.contains(MERGED)).to_list()
    if merged:
        yield f"ids that look like several areas in one: {listing(merged)}"
    alike = areas.ids.str.to_uppercase().str.replace_all(r"[\s\-_.]", "")
    if alike.is_duplicated().any():
        written = listing(areas.ids.filter(alike.is_duplicated()).to_list())
        yield f"ids that differ only in how they are written: {written}"


def _differences(table: Table, compare: Sequence[tuple[str, str]]) -> Iterator[str]:
    missing = [name for pair in compare for name in pair if name not in table]
    if missing:
        what = f"{table.name} has no column"
        known = table.names()
        raise InputError([Problem("--compare", f"{what} '{name}'", nearest(name, known)) for name in missing])
    for pair in compare:
        one, other = (_numbers(table, name) for name in pair)
        differ = np.abs(one - other) > DIFFERS * np.maximum(np.abs(one), np.abs(other))
        for position in np.flatnonzero(differ)[:MOST_SHOWN]:
            label = table.label(int(position))
            yield f"{label}: {pair[0]} is {one[position]:,.0f} and {pair[1]} is {other[position]:,.0f}"
        if differ.sum() > MOST_SHOWN:
            more = f"{differ.sum() - MOST_SHOWN:,} more rows"
            yield f"{more} where {pair[0]} and {pair[1]} differ by more than {DIFFERS:.0%}"


def _numbers(table: Table, name: str) -> Floats:
    values = table.values(name)
    numbers = values if values.dtype.is_numeric() else to_numbers(values.cast(pl.String))
    return numbers.fill_null(np.nan).to_numpy()

"""The years ahead but for their money: who is there, how many people, with which need and which facts.

None of it depends on what areas get, so all of it is worked out, and every problem told, before anything
is allocated. Need per head is measured once, and again only where a year changes what it is measured by;
between, people change and their need goes with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from allocate.areas import check_areas
from allocate.engine import Prepared, prepare, select_rows
from allocate.errors import InputError, Problem, Problems
from allocate.facts import Facts
from allocate.happening import happen
from allocate.money import to_pounds
from allocate.moving import Making
from allocate.need import Need, measure
from allocate.places import Written
from allocate.rates import change
from allocate.solver.sums import total
from allocate.stages import need_names, starting_names
from allocate.timetable import OneYear, Timetable, label_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from allocate.events import Event
    from allocate.happening import Happened
    from allocate.names import Names
    from allocate.policy import Policy
    from allocate.scenario import Scenario
    from allocate.sheet import Table
    from allocate.solver.arrays import Floats, Pence


@dataclass(frozen=True)
class YearAhead:
    """A year but for its money."""

    label: str
    prepared: Prepared
    """With the baselines of the table, which stand only in the first year."""
    happened: tuple[Happened, ...]
    """The events from which this year begins, in order."""
    deflator: float
    """The rise of prices since the year before, a share."""

    def baselines(self, amounts: Pence) -> Pence:
        """What each area begins with, when those of the year before got `amounts`, in pence."""
        for each in self.happened:
            amounts = each.moves.carry(amounts)
        return amounts

    def beginning_with(self, baseline: Pence) -> Prepared:
        """The year with its baselines, in pence."""
        areas, pounds = self.prepared.areas, to_pounds(baseline)
        if baseline is areas.baseline:
            return self.prepared
        frame = areas.table.frame.with_columns(
            pl.Series(areas.table.aliases["baseline"], pounds),
            pl.Series(areas.table.aliases["population"], areas.population),
        )
        return replace(
            self.prepared, areas=replace(areas, baseline=baseline, table=areas.table.holding(frame))
        )


class LookedAhead(NamedTuple):
    """The years ahead, and what they begin from: the first year as the table has it, before any event."""

    first: Prepared
    years: tuple[YearAhead, ...]


def scenario_of(scenario: Scenario, day: date) -> Scenario:
    """The scenario of the year that begins on a day, as if it stood alone."""
    timetable = timetable_of(scenario)
    entries = [timetable.entry(each) for each in timetable.days if each <= day]
    columns = dict(scenario.columns)
    for entry in entries:
        columns |= entry.columns
        if entry.population is not None and entry.population.column is not None:
            columns["population"] = entry.population.column
    year = entries[-1]
    alone = scenario.model_copy(
        update={
            "date": day,
            "budget": year.budget or timetable.budget or scenario.budget,
            "parameters": {**scenario.parameters, **year.parameters},
            "columns": columns,
            "years": None,
            "events": (),
        }
    )
    alone._path = scenario._path
    return alone


def timetable_of(scenario: Scenario) -> Timetable:
    """The years of a scenario.

    Raises:
        InputError: it has none.
    """
    if scenario.years is None:
        fix = "add 'years: {from: 2023/24, to: 2027/28}'"
        raise InputError([Problem(str(scenario.title), "has no years", fix)])
    return scenario.years


def look_ahead(scenario: Scenario, policy: Policy, table: Table) -> LookedAhead:
    """Work out every year but for its money.

    Raises:
        InputError: every problem of the table, the rules, the years and the events.
    """
    timetable = timetable_of(scenario)
    problems = Problems()
    for event in scenario.events:
        if event.date > timetable.days[-1]:
            what = f"happens on {event.date}, after the last year has begun ({label_of(timetable.days[-1])})"
            problems.add(Written(_subject(event)).where(), what, "move it, or add years")
    first = None
    with problems.caught():
        first = prepare(scenario_of(scenario, timetable.days[0]), policy, table)
    if first is None:
        problems.raise_any()
        raise AssertionError
    years = tuple(_Ahead(scenario, first, problems).years())
    problems.raise_any()
    return LookedAhead(first, years)


def _subject(event: Event) -> str:
    subject: str = event.merge[0] if event.merge else getattr(event, event.kind)
    return subject


class _Ahead:
    """Goes from year to year; arrays have one entry a part: the rows of the table, then areas that open."""

    def __init__(self, scenario: Scenario, first: Prepared, problems: Problems) -> None:
        self.scenario = scenario
        self.timetable, self.problems, self.first = timetable_of(scenario), problems, first
        self.rows = first.areas
        """The table as it is read in the year at hand."""
        self.people = first.areas.population
        self.measured = _Measured(
            first.need, first.areas.population, _need_key(first), np.empty(0), np.empty(0)
        )
        self.drift = np.ones(self.people.size)
        self.making = Making.plain(self.people.size)
        self.facts = Facts.of_table(first)
        self.waiting = sorted(scenario.events, key=lambda event: event.date)

    def years(self) -> Iterator[YearAhead]:
        """Every year, as far as problems let it be worked out."""
        for day in self.timetable.days:
            entry, label = self.timetable.entry(day), label_of(day)
            changed = self.first
            with self.problems.caught():
                changed = self._as_of(day, entry)
            happened = tuple(self._events(day))
            if not self.problems.found:
                deflator = self.timetable.deflator if entry.deflator is None else entry.deflator
                yield YearAhead(label, self._prepared(changed), happened, deflator)

    def _as_of(self, day: date, entry: OneYear) -> Prepared:
        """What the scenario of a year says, with the table read as it says; people and need change."""
        alone = scenario_of(self.scenario, day)
        settings = self.first.policy.settings(alone.parameters, day)
        said = entry.population
        if entry.columns or (said is not None and said.column is not None):
            self._read_again(alone, settings)
        changed = replace(self.first, scenario=alone, settings=settings, areas=self.rows)
        names = starting_names(changed.policy, self.rows, settings, alone)
        if day != self.timetable.days[0]:
            self._grow(entry, names, day)
        elif said is not None and said.column is None:
            what = "the people of the first year are those of the table"
            where = Written(said.growth).where() if isinstance(said.growth, str) else ""
            self.problems.add(where, what, "let growth begin in the year after")
        self._measure_again(changed, names, new_columns=bool(entry.columns))
        return changed

    def _read_again(self, alone: Scenario, settings: Any) -> None:
        """Read the table with the columns that hold from this year on; areas that opened stay as they are."""
        chosen = alone.model_copy(
            update={"where": None}
        )  # which rows there are was decided in the first year
        table, roles, _ = select_rows(chosen, settings, self.first.areas.table)
        self.rows = check_areas(table, roles, zero_population="hold", dropped=self.first.areas.dropped)
        self.people = np.concatenate([self.rows.population, self.people[self.rows.size :]])

    def _grow(self, entry: OneYear, names: Names, day: date) -> None:
        first = self.timetable.days[0]
        people = entry.population or self.timetable.population
        if people is not None and people.column is None:
            with self.problems.caught():
                self.people = self.people * self._of_parts(change(people, names, first, day))
        drift = entry.need_drift or self.timetable.need_drift
        if drift is not None:
            with self.problems.caught():
                self.drift = self.drift * self._of_parts(change(drift, names, first, day))

    def _of_parts(self, of_rows: Floats) -> Floats:
        """A value of each row, and for areas that opened that of the row they are like."""
        return np.take(of_rows, self.facts.row_of_part)

    def _measure_again(self, changed: Prepared, names: Names, *, new_columns: bool) -> None:
        """Measure need per head again if something that it is measured by has changed."""
        key = _need_key(changed)
        if key == self.measured.key:
            return
        people = self.people[: self.rows.size] if new_columns else self.measured.people
        names.know(population=people)
        need = measure(changed.policy.merged.need, names, people)
        self.measured = replace(self.measured, need=need, people=people, key=key)

    def _events(self, day: date) -> Iterator[Happened]:
        while self.waiting and self.waiting[0].date <= day:
            event = self.waiting.pop(0)
            people = self.making.total(self.people, self.making.people)
            happened = happen(event, self.facts.ids, people, self.problems)
            if happened is None:
                continue
            if event.population is not None:
                self._open(str(event.like), float(event.population))
            self.making = self.making.then(happened.moves)
            if event.population is not None:
                where = happened.moves.ids.index(str(event.open))
                self.making = self.making.with_part(self.people.size - 1, where)
            self.facts = self.facts.after(event, happened, self.problems)
            yield happened

    def _open(self, like: str, people: float) -> None:
        """Add a part: people with the need per head of an area."""
        at = self.facts.ids.index(like)
        raw = self.making.total(self._need_of_parts(), self.making.need)[at]
        there = self.making.total(self.people, self.making.people)[at]
        self.people = np.append(self.people, people)
        self.drift = np.append(self.drift, 1.0)
        self.facts = self.facts.with_part_like(like)
        opened = people * (raw / there if there else 0.0)
        self.measured = self.measured.with_part(opened, people)

    def _need_of_parts(self) -> Floats:
        """Weighted people of each part, before they are made to add up to the people."""
        measured = self.measured
        people = np.concatenate([measured.people, measured.opened_people])
        weighted = np.concatenate([measured.need.weighted_population, measured.opened])
        ratio = np.divide(self.people, people, out=np.zeros_like(people), where=people > 0)
        return weighted * ratio * self.drift

    def _prepared(self, changed: Prepared) -> Prepared:
        """The year with its areas as they are after the events."""
        people = self.making.total(self.people, self.making.people)
        areas = self.facts.areas(self.rows, people, self.making)
        if self.scenario.zero_population == "refuse" and areas.held.any():
            who = self.facts.ids[int(np.flatnonzero(areas.held)[0])]
            fix = "say where its people are, close it, or set 'zero_population: hold'"
            self.problems.add("", f"{who} has nobody registered from {changed.scenario.date} on", fix)
        return replace(changed, areas=areas, need=self._need(people))

    def _need(self, people: Floats) -> Need:
        measured = self.measured
        if self.making.is_plain and (self.people is measured.people or self._as_measured()):
            return measured.need
        raw = self.making.total(self._need_of_parts(), self.making.need)
        weighted = raw * (total(people) / total(raw))
        per_head = np.divide(weighted, people, out=np.zeros_like(people), where=people > 0)
        whole, *parts = measured.need.indices
        indices = [replace(whole, values=per_head)]
        for index in parts:
            of_parts = self._of_parts(index.values) * self.people
            values = self.making.total(of_parts, self.making.people)
            values = np.divide(values, people, out=np.zeros_like(people), where=people > 0)
            indices.append(replace(index, values=values))
        return Need(weighted, tuple(indices))

    def _as_measured(self) -> bool:
        same: bool = np.array_equal(self.people, self.measured.people) and bool((self.drift == 1).all())
        return same


@dataclass(frozen=True)
class _Measured:
    """Need as it was last measured, on the rows of the table; and the need of areas that opened."""

    need: Need
    people: Floats
    key: Any
    """What it was measured by."""
    opened: Floats
    opened_people: Floats

    def with_part(self, weighted: float, people: float) -> _Measured:
        return replace(
            self,
            opened=np.append(self.opened, weighted),
            opened_people=np.append(self.opened_people, people),
        )


def _need_key(prepared: Prepared) -> Any:
    """What need is measured by: if it is the same, so is need per head."""
    columns, settings = prepared.scenario.columns, prepared.settings
    used = need_names(prepared.policy)
    year = prepared.scenario.date.year if prepared.scenario.date and "year" in used else None
    return (
        year,
        tuple((name, str(columns[name])) for name in used if name in columns and name != "population"),
        tuple((name, settings[name]) for name in used if name in settings),
    )

"""The years ahead but for their money: who is there, how many people, with which need and which facts.

None of it depends on what areas get, so all of it is worked out, and every problem told, before anything
is allocated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from allocate.areas import check_areas
from allocate.documents.rates import label_of
from allocate.documents.stages import starting_names
from allocate.errors import InputError, Problem, Problems
from allocate.language.places import Written
from allocate.money import to_pounds
from allocate.prepared import Prepared, prepare, select_rows
from allocate.years.facts import Facts
from allocate.years.happening import happen
from allocate.years.people import People
from allocate.years.rates import change, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from allocate.documents.events import Event
    from allocate.documents.policy import Policy
    from allocate.documents.scenario import Scenario
    from allocate.documents.timetable import OneYear, Timetable
    from allocate.files.sheet import Table
    from allocate.language.names import Names
    from allocate.solver.arrays import Pence
    from allocate.years.happening import Happened


@dataclass(frozen=True)
class YearAhead:
    """A year but for its money."""

    label: str
    prepared: Prepared
    """With the baselines of the table, which stand only in a first year without events; no targets yet."""
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
        areas = self.prepared.areas
        if baseline is areas.baseline:
            return self.prepared
        # Rules may name the columns themselves, so these say what holds in this year too.
        now = {areas.table.aliases["population"]: areas.population}
        now |= {areas.table.aliases["baseline"]: to_pounds(baseline)}
        frame = areas.table.frame.with_columns(pl.Series(*column) for column in now.items())
        areas = replace(areas, baseline=baseline, table=areas.table.holding(frame), notes=())
        return replace(self.prepared, areas=areas)


class LookedAhead(NamedTuple):
    """The years ahead, and what they begin from: the first year as the table has it, before any event."""

    first: Prepared
    years: tuple[YearAhead, ...]


def timetable_of(scenario: Scenario) -> Timetable:
    """The years of a scenario.

    Raises:
        InputError: it has none.
    """
    if scenario.years is None:
        fix = "add 'years: {from: 2023/24, to: 2027/28}'"
        raise InputError([Problem(str(scenario.title), "has no years", fix)])
    return scenario.years


def scenario_of(scenario: Scenario, day: date) -> Scenario:
    """The scenario of the year that begins on a day, as if it stood alone."""
    timetable = timetable_of(scenario)
    entries = [timetable.entry(each) for each in timetable.days if each <= day]
    columns = dict(scenario.columns)
    for entry in entries:
        columns |= _new_columns(entry)
    year = entries[-1]
    said: dict[str, Any] = {
        "budget": year.budget or timetable.budget or scenario.budget,
        "columns": columns,
        "date": day,
    }
    said |= {"parameters": {**scenario.parameters, **year.parameters}, "years": None, "events": ()}
    alone = scenario.model_copy(update=said)
    alone._path = scenario._path
    return alone


def _new_columns(entry: OneYear) -> dict[str, str]:
    """The columns that hold from a year on, that of people among them."""
    people = entry.population
    return entry.columns | ({} if people is None or people.column is None else {"population": people.column})


def look_ahead(scenario: Scenario, policy: Policy, table: Table) -> LookedAhead:
    """Work out every year but for its money.

    Raises:
        InputError: every problem of the table, the rules, the years and the events.
    """
    timetable, problems = timetable_of(scenario), Problems()
    for event in scenario.events:
        if event.date > timetable.days[-1]:
            what = f"happens on {event.date}, after the last year has begun ({label_of(timetable.days[-1])})"
            problems.add(Written(_subject(event)).where(), what, "move it, or add years")
    with problems.caught():
        first = prepare(scenario_of(scenario, timetable.days[0]), policy, table)
        years = tuple(_Ahead(scenario, first, problems).years())
    problems.raise_any()
    return LookedAhead(first, years)


def _subject(event: Event) -> str:
    subject: str = event.merge[0] if event.merge else getattr(event, event.kind)
    return subject


class _Ahead:
    """Goes from year to year."""

    def __init__(self, scenario: Scenario, first: Prepared, problems: Problems) -> None:
        self.scenario, self.timetable = scenario, timetable_of(scenario)
        self.first, self.problems = first, problems
        self.rows = first.areas
        """The table as it is read in the year at hand."""
        self.people, self.facts = People.of_table(first), Facts.of_table(first)
        self.waiting = sorted(scenario.events, key=lambda event: event.date)

    def years(self) -> Iterator[YearAhead]:
        """Every year, as far as problems let it be worked out."""
        for day in self.timetable.days:
            entry, changed = self.timetable.entry(day), self.first
            with self.problems.caught():
                changed = self._as_of(day, entry)
            happened = tuple(self._events(day))
            if not self.problems.found:
                deflator = self.timetable.deflator if entry.deflator is None else entry.deflator
                yield YearAhead(label_of(day), self._prepared(changed), happened, deflator)

    def _as_of(self, day: date, entry: OneYear) -> Prepared:
        """What the scenario of a year says, with the table read as it says; people and need change."""
        alone = scenario_of(self.scenario, day)
        settings = self.first.policy.settings(alone.parameters, day)
        if brought := _new_columns(entry):
            self._read_again(alone, settings, people="population" in brought)
        changed = replace(self.first, scenario=alone, settings=settings, areas=self.rows)
        names = starting_names(changed.policy, self.rows, settings, alone)
        self._grow(entry, names, day)
        self.people.measure_again(changed, names, new_columns=bool(entry.columns))
        return changed

    def _read_again(self, alone: Scenario, settings: Any, *, people: bool) -> None:
        """Read the table with the columns that hold from this year on; people too if one says how many."""
        # Which rows there are was decided in the first year.
        chosen = alone.model_copy(update={"where": None})
        table, roles, _ = select_rows(chosen, settings, self.first.areas.table)
        self.rows = check_areas(table, roles, zero_population="hold", dropped=self.first.areas.dropped)
        if people:
            self.people.read_again(self.rows.population)

    def _grow(self, entry: OneYear, names: Names, day: date) -> None:
        """Let people and need change; the first year has those of the table."""
        first = self.timetable.days[0]
        if day == first:
            self._refuse_growth(entry)
            return
        people = entry.population or self.timetable.population
        drift = entry.need_drift or self.timetable.need_drift
        if people is not None and "population" not in _new_columns(entry):
            with self.problems.caught():
                self.people.grow(change(people, names, first, day))
        if drift is not None:
            with self.problems.caught():
                self.people.drift_by(change(drift, names, first, day))

    def _refuse_growth(self, entry: OneYear) -> None:
        """What is written in the first year would do nothing."""
        for rates in (entry.population, entry.need_drift):
            if rates is not None and rates.growth is not None:
                what = "the people of the first year, and their need, are those of the table"
                self.problems.add(place_of(rates), what, "let growth begin in the year after")

    def _events(self, day: date) -> Iterator[Happened]:
        """What happens until a year begins; people and facts go where it says."""
        while self.waiting and self.waiting[0].date <= day:
            event = self.waiting.pop(0)
            happened = happen(event, self.facts.ids, self.people.of_areas, self.problems)
            if happened is not None:
                self.people.move(happened.moves, self._opened(event, happened))
                self.facts = self.facts.after(event, happened, self.problems)
                yield happened

    def _opened(self, event: Event, happened: Happened) -> tuple[int, int] | None:
        """The part that are people from elsewhere, and the area they come to; None if nobody comes."""
        if event.population is None:
            return None
        like = self.facts.ids.index(str(event.like))
        part = self.people.open(like, int(self.facts.row_of_area[like]), float(event.population))
        return part, happened.moves.ids.index(str(event.open))

    def _prepared(self, changed: Prepared) -> Prepared:
        """The year with its areas as they are after the events."""
        people = self.people.of_areas
        areas = self.facts.areas(self.rows, people, self.people)
        if self.scenario.zero_population == "refuse" and areas.held.any():
            who = self.facts.ids[int(np.flatnonzero(areas.held)[0])]
            what = f"{who} has nobody registered from {changed.scenario.date} on"
            fix = "say where its people are, close it, or set 'zero_population: hold'"
            self.problems.add("", what, fix)
        return replace(changed, areas=areas, need=self.people.need_of_areas())

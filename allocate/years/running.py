"""Several years: each year's allocation is the next year's baseline, so what is given is never taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.documents.policy import load_policy
from allocate.documents.scenario import Scenario, load_scenario
from allocate.engine import of_frame, read_areas_of
from allocate.errors import AllocateError, InputError, Problem, nearest
from allocate.money import exact_decimals
from allocate.prepared import with_targets
from allocate.results.records import to_json
from allocate.years.ahead import LookedAhead, look_ahead, timetable_of
from allocate.years.promise import breaches
from allocate.years.tables import areas_table, events_table, money_table, paths_table, within_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.charts.plots import YearsPlots
    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Rulebook
    from allocate.files.sheet import Table
    from allocate.results.explain import Explanation
    from allocate.solver.arrays import Pence
    from allocate.years.ahead import YearAhead


def run_years(scenario: Scenario | str | Path, *, parameters: Mapping[str, Any] | None = None) -> Years:
    """Run a scenario that has `years:`, one year after the other.

    Args:
        scenario: a scenario, or the name of a bundled one, a file or a folder.
        parameters: values of parameters, instead of the books' and the scenario's.

    Raises:
        InputError: the table, the rules, the years or the events cannot be used; every problem at once.
        RulesCannotHold: in some year the rules and the budget contradict each other; it says which.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    scenario = scenario.with_changes(parameters=parameters)
    timetable_of(scenario)
    policy = load_policy(scenario.rules, scenario.folder)
    return _allocate_years(scenario, policy, read_areas_of(scenario))


def check_years(scenario: Scenario) -> None:
    """Check the years and the events of a scenario without allocating.

    Raises:
        InputError: every problem of them, of the table and of the rules.
    """
    look_ahead(scenario, load_policy(scenario.rules, scenario.folder), read_areas_of(scenario))


def solve_years(
    frame: Any,
    rules: str | Rulebook | Mapping[str, Any] | Sequence[Any] = "level-up",
    *,
    years: Mapping[str, Any] | Sequence[Any],
    columns: Mapping[str, str] | None = None,
    **options: Any,
) -> Years:
    """Allocate to the areas of a data frame, year after year; see `allocate.solve`.

    Args:
        frame: one row an area; polars, pandas or anything else that exports Arrow. It is not changed.
        rules: a bundled name, a path, a `Rulebook`, a mapping in the form of one, or several of these.
        years: what stands under ``years:`` in a scenario.
        columns: which column is the ``id``, ``population``, ``baseline``, ...; by default those of that name.
        options: the other keys of a scenario: ``events``, ``where``, ``parameters``, ``round_to``, ...

    Raises:
        InputError: the frame, the rules or the options cannot be used; every problem at once.
        RulesCannotHold: in some year the rules and the budget contradict each other; it says which.
    """
    return _allocate_years(*of_frame(frame, rules, columns=columns, years=years, **options))


def _allocate_years(scenario: Scenario, policy: Policy, table: Table) -> Years:
    first, ahead = look_ahead(scenario, policy, table)
    allocations: list[Allocation] = []
    amounts = first.areas.baseline
    for year in ahead:
        allocations.append(_allocate(year, year.baselines(amounts)))
        amounts = allocations[-1].amounts
    return years_of(scenario, LookedAhead(first, ahead), tuple(allocations))


def _allocate(year: YearAhead, baseline: Pence) -> Allocation:
    """Allocate in one year; an error says which it is."""
    try:
        return with_targets(year.beginning_with(baseline)).allocate()
    except AllocateError as error:
        told, *rest = error.problems
        raise type(error)([replace(told, what=f"in {year.label}: {told.what}"), *rest]) from None


@dataclass(frozen=True)
class Years:
    """Finished years; saved and loaded again they are the same."""

    title: str
    invented: bool
    areas: pl.DataFrame
    """One row an area and year, years in order: ``year``, then the columns of ``allocations.csv``;
    ``allocation_real`` is the allocation at prices of the first year, if there is a deflator."""
    money: pl.DataFrame
    """One row a year: the pot, what is new, who gains, how far behind their fair shares areas are."""
    events: pl.DataFrame
    """One row a year, area and event: what is told of it."""
    tolerance: float
    """How near to its fair share an area is when it is there, a share."""
    discount: float
    """What a shortfall a year later counts less, a share."""
    asked: dict[str, Any]
    """What the scenario says of years and events."""
    planned: pl.DataFrame | None = None
    """The planned path beside this one, a row a year and area; None if it was not asked for."""
    allocations: tuple[Allocation, ...] = field(default=(), compare=False, repr=False)
    """Of each year; none if the years were loaded from a folder."""
    ahead: tuple[YearAhead, ...] = field(default=(), compare=False, repr=False)
    loaded: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    """The record of the last year as it was loaded."""
    begins: Pence = field(default_factory=lambda: np.empty(0, dtype=np.int64), compare=False, repr=False)
    """The baselines of the table, before any event, in pence."""

    @property
    def labels(self) -> list[str]:
        """The years, in order."""
        return self.money["year"].to_list()

    @cached_property
    def record(self) -> dict[str, Any]:
        """The scenario, the rules, versions and hashes: the object of ``run.json`` of the last year."""
        if self.loaded is not None:
            return self.loaded
        last: dict[str, Any] = json.loads(to_json(self.allocations[-1].to_dict()))
        return last

    @cached_property
    def paths(self) -> pl.DataFrame:
        """One row an area: its distance before the first year, then after each year (null if not there)."""
        return paths_table(self.areas, self.labels)

    @cached_property
    def within(self) -> pl.DataFrame:
        """One row an area: the first year after which it is within the tolerance of its fair share.

        ``year`` is null for areas that never are; ``closing_distance`` is that of its last year.
        """
        return within_table(self.areas, self.tolerance)

    @cached_property
    @exact_decimals()
    def promise_breaches(self) -> tuple[str, ...]:
        """Where an area lost cash in some year; empty unless there is a defect."""
        return tuple(breaches(self.areas, self.money, self.events))

    @property
    def promise_kept(self) -> bool:
        """Whether no area lost cash in any year, and no money went astray between years.

        Checked on the finished tables in whole pence, apart from what made them.
        """
        return not self.promise_breaches

    def plan(self) -> Years:
        """These years with the planned path beside them; see `allocate.years.plan`.

        Raises:
            InputError: they were loaded from a folder: only years just run can be planned.
        """
        from allocate.years.plan import planned_path

        if not self.allocations:
            what = "was loaded, and a path is planned when years are run"
            raise InputError([Problem(self.title, what, "run the scenario again")])
        return replace(self, planned=planned_path(self))

    @property
    def plot(self) -> YearsPlots:
        """The charts, each an `allocate.charts.figure.Figure`."""
        from allocate.charts.plots import YearsPlots

        return YearsPlots(self)

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import years_to_html

        return years_to_html(self)

    def explain(self, area: str) -> Explanation:
        """Tell an area's story over the years: events, people, need, money.

        Raises:
            InputError: there is no such area in any year.
        """
        from allocate.years.story import explain_years

        if area not in self.areas["id"]:
            fix = nearest(area, self.areas["id"].to_list()) or "use an id of the table"
            raise InputError([Problem("", f"there is no area '{area}'", fix)])
        return explain_years(self, area)

    def to_dict(self) -> dict[str, Any]:
        """The object of ``run.json``: that of the last year, with all years under ``years``."""
        from allocate.years.files import record_of

        return record_of(self)

    def save(self, folder: str | Path) -> None:
        """Write ``years.csv``, and the last year as a run: its allocations, table and ``run.json``.

        Raises:
            InputError: they were loaded from a folder, where they are already.
            OutputError: they cannot be written.
        """
        from allocate.years.files import save

        save(self, folder)


def years_of(scenario: Scenario, looked: LookedAhead, allocations: tuple[Allocation, ...]) -> Years:
    """Put the allocations of some years together."""
    timetable, ahead, prices, level = timetable_of(scenario), looked.years, [], 1.0
    for number, year in enumerate(ahead):
        level *= 1 + year.deflator if number else 1.0
        prices.append(level)
    labels = [year.label for year in ahead]
    return Years(
        title=str(scenario.title),
        invented=scenario.invented,
        areas=areas_table(labels, allocations, prices),
        money=money_table(ahead, allocations, prices),
        events=events_table(ahead),
        tolerance=timetable.tolerance,
        discount=timetable.discount,
        asked=_asked(scenario),
        allocations=allocations,
        ahead=ahead,
        begins=looked.first.areas.baseline,
    )


def _asked(scenario: Scenario) -> dict[str, Any]:
    """What the scenario says of years and events, for the record; its own entry is that of the last year."""
    said = scenario.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {"years": said["years"], "events": said.get("events", [])}


def load_years(folder: str | Path) -> Years:
    """Load what `Years.save` has written.

    Raises:
        InputError: a file is missing, or is not what years leave behind.
    """
    from allocate.years.files import load

    return load(folder)

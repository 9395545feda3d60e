"""The result of several years: their tables, and what can be asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING, Any

from allocate.errors import InputError, Problem, nearest
from allocate.money import exact_decimals
from allocate.results.records import to_json
from allocate.years.ahead import timetable_of
from allocate.years.promise import breaches
from allocate.years.tables import areas_table, events_table, money_table, paths_table, within_table

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.charts.plots import YearsPlots
    from allocate.documents.scenario import Scenario
    from allocate.results.explain import Explanation
    from allocate.years.ahead import LookedAhead


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
    ahead: LookedAhead | None = field(default=None, compare=False, repr=False)
    """All of them but their money; None if they were loaded from a folder."""
    loaded: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    """The record of the last year as it was loaded."""

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

        if self.ahead is None:
            what = "was loaded, and a path is planned when years are run"
            raise InputError([Problem(self.title, what, "run the scenario again")])
        return replace(self, planned=planned_path(self.ahead, self.allocations, self.discount))

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


def years_of(scenario: Scenario, ahead: LookedAhead, allocations: tuple[Allocation, ...]) -> Years:
    """Put the allocations of some years together."""
    timetable, years = timetable_of(scenario), ahead.years
    prices = list(accumulate((1 + year.deflator for year in years[1:]), mul, initial=1.0))
    return Years(
        title=str(scenario.title),
        invented=scenario.invented,
        areas=areas_table([year.label for year in years], allocations, prices),
        money=money_table(years, allocations, prices),
        events=events_table(years),
        tolerance=timetable.tolerance,
        discount=timetable.discount,
        asked=_asked(scenario),
        allocations=allocations,
        ahead=ahead,
    )


def _asked(scenario: Scenario) -> dict[str, Any]:
    """What the scenario says of years and events, for the record; its own entry is that of the last year."""
    said = scenario.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {"years": said["years"], "events": said.get("events", [])}

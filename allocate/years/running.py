"""Several years: each year's allocation is the next year's baseline, so what is given is never taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from allocate.documents.policy import load_policy
from allocate.documents.scenario import Scenario, load_scenario
from allocate.engine import of_frame, read_areas_of
from allocate.errors import AllocateError
from allocate.prepared import with_targets
from allocate.years.ahead import look_ahead, timetable_of
from allocate.years.result import Years, years_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from allocate.allocation import Allocation
    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Rulebook
    from allocate.files.sheet import Table
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
    ahead = look_ahead(scenario, policy, table)
    allocations: list[Allocation] = []
    amounts = ahead.first.areas.baseline
    for year in ahead.years:
        allocations.append(_allocate(year, year.baselines(amounts)))
        amounts = allocations[-1].amounts
    return years_of(scenario, ahead, tuple(allocations))


def _allocate(year: YearAhead, baseline: Pence) -> Allocation:
    """Allocate in one year; an error says which it is."""
    try:
        return with_targets(year.beginning_with(baseline)).allocate()
    except AllocateError as error:
        told, *rest = error.problems
        raise type(error)([replace(told, what=f"in {year.label}: {told.what}"), *rest]) from None

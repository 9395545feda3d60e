"""What a report is about: a finished run, what it is called, and its live allocation if there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.errors import InputError, Problem
from allocate.results.runs import RECORD, is_saved, load_run, run_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allocate.allocation import Allocation
    from allocate.documents.policy import Policy
    from allocate.results.runs import Run
    from allocate.years.result import Years


@dataclass(frozen=True)
class Subject:
    """One run of a report."""

    run: Run
    label: str
    """What it is called where runs are compared."""
    allocation: Allocation | None = None
    """None for a saved run, which keeps its rows and its record but not how they were found."""
    years: Years | None = None
    """All years, if it is the last of several."""

    @property
    def summary(self) -> dict[str, Any]:
        """The summary of ``run.json``; money in £."""
        found: dict[str, Any] = self.run.record["summary"]
        return found

    @cached_property
    def policy(self) -> Policy:
        """The rules of the run, as its record has them."""
        from allocate.proving.saved import policy_of

        return policy_of(self.run.record, RECORD)


def open_subjects(names: Iterable[str]) -> list[Subject]:
    """Load saved runs and run scenarios, called by the names given.

    Raises:
        InputError: there is neither of a name, its files cannot be used, or it is given twice.
        RulesCannotHold: the rules of a scenario contradict each other.
    """
    given = list(names)
    twice = [name for name in dict.fromkeys(given) if given.count(name) > 1]
    if twice:
        what, fix = "is given more than once", "compare it with another run"
        raise InputError([Problem(name, what, fix) for name in twice])
    return [_open(name) for name in given]


def _open(name: str) -> Subject:
    from allocate.documents.scenario import load_scenario
    from allocate.engine import run
    from allocate.years.files import YEARS, load_years
    from allocate.years.running import run_years

    if is_saved(name):
        has_years = (Path(name) / YEARS).is_file()
        return Subject(load_run(name), name, years=load_years(name) if has_years else None)
    scenario = load_scenario(name)
    if scenario.years is not None:
        return subject_of_years(run_years(scenario), name)
    return subject_of(run(scenario), name)


def subject_of_years(years: Years, label: str | None = None) -> Subject:
    """Years just run as the subject of a report, which tells the last of them in full."""
    return replace(subject_of(years.allocations[-1], label or years.title), years=years)


def subject_of(allocation: Allocation, label: str | None = None) -> Subject:
    """An allocation as the subject of a report."""
    run = run_of(allocation)
    return Subject(run, label or run.title, allocation)

"""The one way through: a table and a rule book become an allocation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.bounds import check_rows
from allocate.documents.policy import Policy, books_of, load_policy
from allocate.documents.rulebook import Rulebook
from allocate.documents.scenario import Scenario, load_scenario, scenario_of
from allocate.errors import InputError, Problem, TableError
from allocate.files.sheet import Table
from allocate.files.tables import MOST_ROWS, read_table
from allocate.prepared import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allocate.allocation import Allocation


def run(
    scenario: Scenario | str | Path, *, budget: Any = None, parameters: Mapping[str, Any] | None = None
) -> Allocation:
    """Run a scenario; of several years, only the last is given: `run_years` gives them all.

    Args:
        scenario: a scenario, or the name of a bundled one, a file or a folder.
        budget: £, the whole pot, instead of the scenario's.
        parameters: values of parameters, instead of the books' and the scenario's.

    Raises:
        InputError: the table, the rules or the scenario cannot be used; every problem at once.
        RulesCannotHold: the rules and the budget contradict each other.
    """
    scenario = _changed(scenario, budget, parameters)
    if scenario.years is None:
        return prepare_scenario(scenario).allocate()
    from allocate.years.running import run_years

    if budget is not None:
        what = "is the pot of one year, and this scenario has several"
        raise InputError([Problem("budget", what, "change 'budget:' under its 'years:'")])
    return run_years(scenario).allocations[-1]


def prepare_scenario(
    scenario: Scenario | str | Path | Allocation,
    *,
    budget: Any = None,
    parameters: Mapping[str, Any] | None = None,
) -> Prepared:
    """Prepare a scenario, a bundled name, a file or a folder; an allocation's scenario is prepared already.

    Raises:
        InputError: the table, the rules or the scenario cannot be used; every problem at once.
    """
    if not isinstance(scenario, (Scenario, str, Path)):
        if budget is not None or parameters:
            what = "cannot be changed of an allocation that is made"
            raise InputError([Problem("budget and parameters", what, "give the scenario, or allocate anew")])
        return scenario.prepared
    scenario = _changed(scenario, budget, parameters)
    refuse_years(scenario)
    policy = load_policy(scenario.rules, scenario.folder)
    return prepare(scenario, policy, read_areas_of(scenario))


def refuse_years(scenario: Scenario) -> None:
    """Check that a scenario is of one year.

    Raises:
        InputError: it has several.
    """
    if scenario.years is not None:
        what = "has several years, and this is about one"
        raise InputError([Problem(str(scenario.title), what, "leave 'years:' and 'events:' out")])


def _changed(scenario: Scenario | str | Path, budget: Any, parameters: Mapping[str, Any] | None) -> Scenario:
    """A scenario, loaded if need be, with changes."""
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    return scenario.with_changes(budget=budget, parameters=parameters)


def read_areas_of(scenario: Scenario) -> Table:
    """The scenario's table, as it stands in its file."""
    return read_table(scenario.folder / scenario.areas, str(scenario.areas), scenario.sheet)


def solve(
    frame: Any,
    rules: str | Rulebook | Mapping[str, Any] | Sequence[Any] = "level-up",
    *,
    budget: Any = None,
    columns: Mapping[str, str] | None = None,
    **options: Any,
) -> Allocation:
    """Allocate to the areas of a data frame.

    Args:
        frame: one row an area; polars, pandas or anything else that exports Arrow. It is not changed.
        rules: a bundled name, a path, a `Rulebook`, a mapping in the form of one, or several of these.
        budget: £, the whole pot, ``{"new_money": ...}`` or ``{"growth": ...}``; omitted: the floors' total.
        columns: which column is the ``id``, ``population``, ``baseline``, ...; by default those of that name.
        options: the other keys of a scenario: ``where``, ``parameters``, ``date``, ``round_to``,
            ``leave_unspent``, ``zero_population``, ``title``.

    Raises:
        InputError: the frame, the rules or the options cannot be used; every problem at once.
        RulesCannotHold: the rules and the budget contradict each other.
    """
    scenario, policy, table = of_frame(frame, rules, budget=budget, columns=columns, **options)
    if scenario.years is not None:
        raise InputError([Problem("years", "are several, and solve is for one", "call solve_years")])
    return prepare(scenario, policy, table).allocate()


def of_frame(
    frame: Any,
    rules: str | Rulebook | Mapping[str, Any] | Sequence[Any],
    *,
    columns: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[Scenario, Policy, Table]:
    """The scenario, the policy and the table of a data frame; see `solve`.

    Raises:
        InputError: the frame, the rules or the options cannot be used; every problem at once.
    """
    import polars as pl

    books = books_of(rules)
    given: dict[str, Any] = {
        "title": "Allocation",
        "areas": "frame",
        "rules": [_name_of(book) for book in books],
    }
    given |= {"columns": {} if columns is None else columns, **options}
    scenario = scenario_of(given)
    policy = load_policy(books, Path())
    try:
        table = Table(pl.DataFrame(frame), "frame")
    except (TypeError, ValueError) as error:
        raise TableError([Problem("frame", f"is not a table ({error})", "give a data frame")]) from None
    check_rows("frame", table.frame.height, MOST_ROWS)
    return scenario, policy, table


def _name_of(book: Any) -> str:
    if isinstance(book, str):
        return book
    return str(book.title if isinstance(book, Rulebook) else book.get("title", "rules"))

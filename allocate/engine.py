"""The one way through: a table and a rule book become an allocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.areas import ROLES, Areas, check_areas, check_columns
from allocate.errors import InputError, Problem, Problems, TableError
from allocate.funding import Funded, fund
from allocate.left_out import LeftOut, leave_out
from allocate.money import exact_decimals, to_pounds, whole_pence
from allocate.names import Names
from allocate.need import Need, measure
from allocate.policy import Policy, load_policy
from allocate.position import distance, share_by_need
from allocate.rulebook import Rulebook
from allocate.scenario import Scenario, load_scenario, plain_words
from allocate.sheet import Table, read_table
from allocate.stages import check_expressions, starting_names

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats


def run(
    scenario: Scenario | str | Path, *, budget: Any = None, parameters: Mapping[str, Any] | None = None
) -> Allocation:
    """Run a scenario.

    Args:
        scenario: a scenario, or the name of a bundled one, a file or a folder.
        budget: £, the whole pot, instead of the scenario's.
        parameters: values of parameters, instead of the books' and the scenario's.

    Raises:
        InputError: the table, the rules or the scenario cannot be used; every problem at once.
        RulesCannotHold: the rules and the budget contradict each other.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    scenario = scenario.with_changes(budget=budget, parameters=parameters)
    policy = load_policy(scenario.rules, scenario.folder)
    return prepare(scenario, policy, read_areas_of(scenario)).allocate()


def read_areas_of(scenario: Scenario) -> Table:
    """The scenario's table, as it stands in its file."""
    return read_table(scenario.folder / scenario.areas, str(scenario.areas))


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
    import polars as pl
    from pydantic import ValidationError

    books = [rules] if isinstance(rules, (str, Mapping, Rulebook)) else list(rules)
    given: dict[str, Any] = {
        "title": "Allocation",
        "areas": "frame",
        "rules": [_name_of(book) for book in books],
    }
    given |= {"budget": budget, "columns": dict(columns or {}), **options}
    try:
        scenario = Scenario.model_validate(given)
    except ValidationError as error:
        wrong = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        raise InputError([Problem(where, *plain_words(what)) for where, what in wrong]) from None
    policy = load_policy(books, Path())
    try:
        table = Table(pl.DataFrame(frame), "frame")
    except (TypeError, ValueError) as error:
        raise TableError([Problem("frame", f"is not a table ({error})", "give a data frame")]) from None
    return prepare(scenario, policy, table).allocate()


def _name_of(book: Any) -> str:
    if isinstance(book, str):
        return book
    return str(book.title if isinstance(book, Rulebook) else book.get("title", "rules"))


@dataclass(frozen=True)
class Prepared:
    """A scenario as far as it does not depend on the budget: need is measured, targets are known."""

    scenario: Scenario
    policy: Policy
    settings: Mapping[str, float | str]
    areas: Areas
    need: Need
    target: Floats
    """£ per area."""
    left_out: tuple[LeftOut, ...] = ()
    """Indices of need that the books leave out for this table."""

    @cached_property
    def unit(self) -> int:
        """The rounding unit in pence."""
        return whole_pence(self.scenario.round_to)

    @exact_decimals()
    def fund(self, budget: int | None = None) -> Funded:
        """Work out what the rules say for a pot: `budget` in pence, by default the scenario's.

        Raises:
            ExpressionError: every rule that cannot be computed.
            RulesCannotHold: there is no budget, and the floors cannot all be met, whatever it is.
        """
        names = starting_names(self.policy, self.areas, self.settings, self.scenario)
        _know_need(names, self.need)
        names.know(target=self.target, distance=distance(to_pounds(self.areas.baseline), self.target))
        if budget is None and self.scenario.budget is not None:
            budget = self.scenario.budget.in_pence(int(self.areas.baseline.sum()), self.unit)
        return fund(self, names, budget)

    def allocate(self, budget: int | None = None) -> Allocation:
        """Allocate a pot: `budget` in pence, by default the scenario's.

        Raises:
            ExpressionError: every rule or tranche that cannot be computed.
            RulesCannotHold: the rules and the budget contradict each other.
        """
        return self.fund(budget).allocate()


def prepare(scenario: Scenario, policy: Policy, table: Table) -> Prepared:
    """Check everything that can be checked without the budget, and measure need and targets.

    Raises:
        InputError: every problem found.
    """
    settings = policy.settings(scenario.parameters, scenario.date)
    table, roles, dropped = select_rows(scenario, settings, table)
    policy, left_out = leave_out(policy, settings, table)
    problems = Problems()
    with problems.caught():
        check_expressions(scenario, policy, settings, table)
    with problems.caught():
        areas = check_areas(table, roles, zero_population=scenario.zero_population, dropped=dropped)
    problems.raise_any()
    names = starting_names(policy, areas, settings, scenario)
    need = measure(policy.merged.need, names, areas.population)
    _know_need(names, need)
    target = _targets(policy, areas, need, names)
    return Prepared(scenario, policy, settings, areas, need, target, left_out)


def _know_need(names: Names, need: Need) -> None:
    names.know(weighted_population=need.weighted_population, need_index=need.index)


def _targets(policy: Policy, areas: Areas, need: Need, names: Names) -> Floats:
    if policy.merged.target is not None:
        return names.numbers(policy.merged.target, among=~areas.held)
    if areas.target is not None:
        return areas.target
    return share_by_need(int(areas.baseline.sum()) / 100, need.weighted_population)


def select_rows(
    scenario: Scenario, settings: Mapping[str, float | str], table: Table
) -> tuple[Table, dict[str, str], int]:
    """The rows that `where` keeps, the role of each column, and how many rows were left out."""
    roles = {role: str(scenario.columns[role]) for role in ROLES if role in scenario.columns}
    for role in ("id", "population", "baseline", "name"):
        if role not in roles and role in table.frame.columns:
            roles[role] = role
    aliases = {str(name): str(column) for name, column in scenario.columns.items()} | roles
    known = table.known_as(aliases, roles.get("id"))
    if scenario.where is None:
        return known, roles, 0
    check_columns(known, roles)
    names = Names(known, table.frame.height)
    names.know_constants(settings)
    kept = names.matches(scenario.where)
    return known.only(kept), roles, int((~kept).sum())

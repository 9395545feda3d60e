"""The one way through: a table and a rule book become an allocation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.areas import ROLES, Areas, check_areas, check_columns
from allocate.bounds import check_rows
from allocate.documents.left_out import LeftOut, leave_out
from allocate.documents.policy import Policy, load_policy
from allocate.documents.rulebook import Rulebook
from allocate.documents.scenario import Scenario, load_scenario, plain_words
from allocate.documents.stages import check_expressions, starting_names
from allocate.errors import InputError, Problem, Problems, TableError
from allocate.files.sheet import Table
from allocate.files.tables import MOST_ROWS, read_table
from allocate.funding import Funded, fund
from allocate.language.names import Names
from allocate.money import exact_decimals, to_pounds, whole_pence
from allocate.need import Need, measure
from allocate.position import distance, share_by_need
from allocate.solver.clock import check_time

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats


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
    if scenario.years is not None:
        what = "has several years, and this is about one"
        raise InputError([Problem(str(scenario.title), what, "leave 'years:' and 'events:' out")])
    policy = load_policy(scenario.rules, scenario.folder)
    return prepare(scenario, policy, read_areas_of(scenario))


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
    from pydantic import ValidationError

    books = _books(rules)
    given: dict[str, Any] = {
        "title": "Allocation",
        "areas": "frame",
        "rules": [_name_of(book) for book in books],
    }
    given |= {"columns": {} if columns is None else columns, **options}
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
    check_rows("frame", table.frame.height, MOST_ROWS)
    return scenario, policy, table


def _books(rules: Any) -> list[Any]:
    given = [rules] if isinstance(rules, (str, Mapping, Rulebook)) else rules
    if isinstance(given, Sequence) and all(isinstance(each, (str, Mapping, Rulebook)) for each in given):
        return list(given)
    fix = "give a name, a path, a Rulebook, a mapping in the form of one, or a list of these"
    raise InputError([Problem("rules", f"cannot be of type {type(rules).__name__}", fix)])


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

    @property
    def has_own_targets(self) -> bool:
        """Whether targets are those of a book or of the table, not shares by need of today's total."""
        return self.policy.merged.target is not None or self.areas.target is not None

    @cached_property
    def opening_distance(self) -> Floats:
        """Distance from target today, a share; NaN where the target is nought."""
        return distance(to_pounds(self.areas.baseline), self.target)

    @exact_decimals()
    def fund(self, budget: int | None = None) -> Funded:
        """Work out what the rules say for a pot: `budget` in pence, by default the scenario's.

        Raises:
            ExpressionError: every rule that cannot be computed.
            RulesCannotHold: there is no budget, and the floors cannot all be met, whatever it is.
        """
        if budget is None and self.scenario.budget is not None:
            budget = self.scenario.budget.in_pence(int(self.areas.baseline.sum()), self.unit)
        return fund(self, self.names.copy(), budget)

    @exact_decimals()
    def fund_again(self, before: Funded, again: Collection[int]) -> Funded:
        """Work out what some of the rules say for the pot of an earlier time; the others say what they said.

        Args:
            before: the same scenario with its money, with need measured otherwise.
            again: the rules that depend on need, by their positions.

        Raises:
            ExpressionError: every rule that cannot be computed.
        """
        return fund(self, self.names.copy(), before.budget, before.measured, again)

    @cached_property
    def names(self) -> Names:
        """What expressions may use whatever the pot; what uses nothing else is computed once for all pots."""
        names = starting_names(self.policy, self.areas, self.settings, self.scenario)
        _know_need(names, self.need)
        names.know(target=self.target, distance=self.opening_distance)
        names.settle()
        return names

    def with_need(self, need: Need) -> Prepared:
        """The same scenario with need measured otherwise, and the targets that follow from it.

        Raises:
            ExpressionError: the book's own targets cannot be computed.
        """
        return with_targets(replace(self, need=need))

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
    check_time()
    names = starting_names(policy, areas, settings, scenario)
    need = measure(policy.merged.need, names, areas.population)
    _know_need(names, need)
    target = _targets(policy, areas, need, names)
    return Prepared(scenario, policy, settings, areas, need, target, left_out)


def with_targets(prepared: Prepared) -> Prepared:
    """The same scenario with its targets measured.

    Raises:
        ExpressionError: the books' target cannot be computed.
    """
    names = starting_names(prepared.policy, prepared.areas, prepared.settings, prepared.scenario)
    _know_need(names, prepared.need)
    return replace(prepared, target=_targets(prepared.policy, prepared.areas, prepared.need, names))


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

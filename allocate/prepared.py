"""A scenario made ready: its table checked, need measured, targets known; only the money is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from allocate.areas import ROLES, Areas, check_areas, check_columns
from allocate.documents.left_out import LeftOut, leave_out
from allocate.documents.stages import check_expressions, starting_names
from allocate.errors import Problems
from allocate.funding import Funded, fund
from allocate.language.names import Names
from allocate.money import exact_decimals, to_pounds, whole_pence
from allocate.need import Need, measure
from allocate.position import distance, share_by_need
from allocate.solver.clock import check_time

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from allocate.allocation import Allocation
    from allocate.documents.policy import Policy
    from allocate.documents.scenario import Scenario
    from allocate.files.sheet import Table
    from allocate.solver.arrays import Floats


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

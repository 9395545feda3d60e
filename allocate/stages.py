"""Which names an expression may use, by where it stands: need first, then targets, limits, the share-out.

The same names mean the same thing everywhere, but not all are known from the beginning. What is used too
early, and what is unknown, is refused before anything is computed: every problem at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.areas import ROLES
from allocate.documents import Written
from allocate.errors import ExpressionError, Problems, nearest
from allocate.expressions import as_name, parse
from allocate.money import to_pounds
from allocate.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.areas import Areas, Table
    from allocate.policy import Policy
    from allocate.rulebook import NeedNode
    from allocate.scenario import Scenario


def starting_names(
    policy: Policy, areas: Areas, settings: Mapping[str, float | str], scenario: Scenario
) -> Names:
    """The names known before need is measured."""
    names = Names(areas.table, areas.size)
    names.live = ~areas.held
    names.later = dict(_NOT_YET)
    names.know(population=areas.population, baseline=to_pounds(areas.baseline))
    names.know_constants(settings)
    if scenario.date is not None:
        names.know_constants({"year": scenario.date.year})
    names.define(policy.merged.columns)
    return names


_NOT_YET = {
    "weighted_population": "it is known once need is measured",
    "need_index": "it is known once need is measured",
    "target": "it is known once need is measured",
    "distance": "it is known once need is measured",
    "fair_share": "it needs a budget: add 'budget:' to the scenario",
    "budget": "add 'budget:' to the scenario",
    "new_money": "add 'budget:' to the scenario",
    "growth": "add 'budget:' to the scenario",
    "money_left": "it is known once floors are met: use it in the amount of a tranche",
    "year": "add 'date:' to the scenario",
}


def check_expressions(
    scenario: Scenario, policy: Policy, settings: Mapping[str, float | str], table: Table
) -> None:
    """Check the names in every expression of a policy before anything is computed.

    Raises:
        ExpressionError: every unknown name, and every name used before it is known.
    """
    problems, used = Problems(), set()
    for expression, later in _expressions(scenario, policy):
        names = Names(table, table.frame.height)
        names.know_constants({**dict.fromkeys(_NOT_YET, 0.0), "population": 0.0, "baseline": 0.0, **settings})
        names.define(policy.merged.columns)
        names.later = {name: _NOT_YET[name] for name in later}
        problems.found.extend(names.problems(expression))
        used |= names.used_in(expression)
    for name, column in scenario.columns.items():
        if name not in ROLES and name not in used:
            fix = nearest(name, [*ROLES, *used]) or "remove it"
            problems.add(Written(name).where(), f"nothing uses '{name}' (the column '{column}')", fix)
    problems.raise_any(ExpressionError)


def names_used(scenario: Scenario, policy: Policy) -> list[str]:
    """Every name that the expressions of a policy use, each once, in order."""
    return list(
        dict.fromkeys(name for each, _ in _expressions(scenario, policy) for name in parse(str(each)).names)
    )


def _expressions(scenario: Scenario, policy: Policy) -> Iterator[tuple[str, set[str]]]:
    """Every expression of a policy, with the names that are not known where it stands."""
    book, budget = policy.merged, {"fair_share", "budget", "new_money", "growth"}
    undated = set() if scenario.date else {"year"}
    unmeasured = {"weighted_population", "need_index", "target", "distance"}
    unfunded = set() if scenario.budget else budget
    for expression in _need_expressions(book.need):
        yield expression, unmeasured | budget | undated | {"money_left"}
    for expression in book.columns.values():
        yield expression, undated
    if book.target is not None:
        yield book.target, {"target", "distance", "money_left"} | budget | undated
    for rule in policy.rules:
        for expression in filter(None, (rule.amount, rule.where)):
            yield expression, {"money_left"} | unfunded | undated
    for tranche in policy.tranches:
        amount = None if tranche.amount == "rest" else tranche.amount
        for expression in filter(None, (tranche.denominator, tranche.to, amount)):
            yield expression, undated
    if book.closing_target is not None:
        yield book.closing_target, {"money_left"} | undated


def _need_expressions(node: NeedNode | None) -> Iterator[str]:
    if node is None:
        return
    columns = [node.column, *(node.bands or {}), node.lookup.column if node.lookup else None]
    for column in filter(None, columns):
        yield Written(as_name(column), Written(column).place)
    if node.index is not None:
        yield node.index
    for part in node.product or ():
        yield from _need_expressions(part)
    for share in node.blend or ():
        yield share.share
        yield from _need_expressions(share.of)

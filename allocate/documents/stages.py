"""Which names an expression may use, by where it stands: need first, then targets, limits, the share-out.

The same names mean the same thing everywhere, but not all are known from the beginning. What is used too
early, and what is unknown, is refused before anything is computed: every problem at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from allocate.areas import ROLES
from allocate.documents.fields import EVERYONE
from allocate.documents.nodes import as_expression, recipe_of
from allocate.errors import ExpressionError, Problem, Problems, nearest
from allocate.language.expressions import parse
from allocate.language.names import Names
from allocate.language.places import Written
from allocate.money import to_pounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allocate.areas import Areas
    from allocate.documents.need_node import NeedNode
    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Rule
    from allocate.documents.scenario import Scenario
    from allocate.files.sheet import Table


_MEASURED = dict.fromkeys(
    ("weighted_population", "need_index", "target", "distance"), "it is known once need is measured"
)
_FUNDED = dict.fromkeys(("fair_share", "budget", "new_money", "growth"), "add 'budget:' to the scenario")
_LEFT = {"money_left": "it is known once floors are met: use it in the amount of a tranche"}
_DATED = {"year": "add 'date:' to the scenario"}
_NOT_YET = {**_MEASURED, **_FUNDED, **_LEFT, **_DATED}
"""Names that are known later than others, each with what to do."""


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


def check_expressions(
    scenario: Scenario, policy: Policy, settings: Mapping[str, float | str], table: Table
) -> None:
    """Check the names in every expression of a policy before anything is computed.

    Raises:
        ExpressionError: every unknown name, every name used before it is known, every name with two meanings.
    """
    problems, used = Problems(), set()
    for expression, later in _expressions(scenario, policy):
        names = _every_name(policy, settings, table)
        names.later = later
        problems.found.extend(names.problems(expression))
        used |= names.used_in(expression)
    for name, column in scenario.columns.items():
        if name not in ROLES and name not in used:
            fix = nearest(name, [*ROLES, *used]) or "remove it"
            problems.add(Written(name).where(), f"nothing uses '{name}' (the column '{column}')", fix)
    for name in (*policy.merged.parameters, *policy.merged.columns):
        if name in used and name in table:
            problems.found.append(two_meanings(name, is_parameter=name in policy.merged.parameters))
    problems.found.sort(key=_place)
    problems.raise_any(ExpressionError)


def two_meanings(name: str, *, is_parameter: bool) -> Problem:
    """What is wrong with a name that a book defines and the table has too."""
    kind = "parameter" if is_parameter else "named column"
    what = f"'{name}' is a {kind} here and a column of the table too"
    return Problem(Written(name).where(), what, "give one of them another name")


def missing_columns(
    node: NeedNode, policy: Policy, settings: Mapping[str, float | str], table: Table
) -> list[str]:
    """The names a need node uses that mean nothing here: columns that the table lacks, in order."""
    known = _every_name(policy, settings, table).known()
    used = [name for each in need_expressions(node) for name in parse(str(each)).names]
    return [name for name in dict.fromkeys(used) if name not in known]


def _every_name(policy: Policy, settings: Mapping[str, float | str], table: Table) -> Names:
    """Every name that means something somewhere, to check expressions against; none has a value yet."""
    names = Names(table, table.frame.height)
    names.know_constants({**dict.fromkeys(_NOT_YET, 0.0), "population": 0.0, "baseline": 0.0, **settings})
    names.define(policy.merged.columns)
    return names


def _place(problem: Problem) -> tuple[str, list[int]]:
    file, *numbers = problem.where.rsplit(":", 2)
    return file, [int(number) for number in numbers if number.isdigit()]


def names_used(scenario: Scenario, policy: Policy) -> list[str]:
    """Every name that the expressions of a policy use, each once, in order."""
    names = (name for each, _ in _expressions(scenario, policy) for name in parse(str(each)).names)
    return list(dict.fromkeys(names))


def need_names(policy: Policy) -> list[str]:
    """Every name that need is measured by, itself and through named columns, in order."""
    return _through_columns(policy, need_expressions(policy.merged.need))


def names_beside_need(scenario: Scenario, policy: Policy) -> list[str]:
    """Every name that targets, rules and the share-out use, itself and through named columns, in order."""
    merged = policy.merged.model_copy(update={"need": None, "columns": {}})
    without = replace(policy, merged=merged)
    return _through_columns(policy, (expression for expression, _ in _expressions(scenario, without)))


def _through_columns(policy: Policy, expressions: Iterable[str]) -> list[str]:
    used, waiting = dict[str, None](), [str(each) for each in expressions]
    while waiting:
        for name in parse(waiting.pop(0)).names:
            if name not in used and name in policy.merged.columns:
                waiting.append(str(policy.merged.columns[name]))
            used[name] = None
    return list(used)


def _expressions(scenario: Scenario, policy: Policy) -> Iterator[tuple[str, dict[str, str]]]:
    """Every expression of a policy, with the names that are not known where it stands and why."""
    book = policy.merged
    undated = {} if scenario.date else _DATED
    unfunded = {} if scenario.budget else _FUNDED
    moneyless = dict.fromkeys(_FUNDED, "need does not depend on money")
    for expression in need_expressions(book.need):
        yield expression, _MEASURED | moneyless | undated | _LEFT
    for expression in book.columns.values():
        yield expression, undated
    if book.target is not None:
        defined = dict.fromkeys(("target", "distance"), "it is what this defines")
        apart = dict.fromkeys(_FUNDED, "targets do not depend on the budget")
        yield book.target, defined | apart | undated | _LEFT
    for rule in policy.rules:
        for expression in rule_expressions(rule):
            yield expression, unfunded | undated | _LEFT
    for tranche in policy.tranches:
        amount = None if tranche.amount == "rest" else tranche.amount
        for expression in filter(None, (tranche.denominator, tranche.to, amount)):
            yield expression, undated
    if book.closing_target is not None:
        yield book.closing_target, undated | _LEFT


def rule_expressions(rule: Rule) -> Iterator[str]:
    """Every expression of a rule, as it is written."""
    others = None if rule.compared_with == EVERYONE else rule.compared_with
    by = None if rule.by is None else as_expression(rule.by)
    yield from filter(None, (rule.amount, rule.where, rule.across, others, rule.per, by))


def need_expressions(node: NeedNode | None) -> Iterator[str]:
    """Every expression that need is measured by."""
    if node is None:
        return
    yield from (term for term, _ in recipe_of(node).terms)
    for share, part in node.parts:
        if share is not None:
            yield share
        yield from need_expressions(part)

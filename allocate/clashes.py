"""Group rules that cannot all hold: which clash, and the smallest changes that would let them hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.documents import Written
from allocate.errors import BudgetTooSmall, LimitsClash, Problem, Problems, RulesCannotHold
from allocate.money import NO_CAP, pounds
from allocate.solver.groups import GroupFill, find_cells

if TYPE_CHECKING:
    from allocate.limits import Limits
    from allocate.policy import Policy
    from allocate.solver.arrays import Floats
    from allocate.solver.programme import Programme


class _Row(NamedTuple):
    """One limit of one group, as a row of the programme."""

    rule: int
    group: str
    row: int
    kind: str
    amount: float


def explain_clash(policy: Policy, limits: Limits, lower: Floats, upper: Floats, pot: int) -> RulesCannotHold:
    """Say which group rules clash, and what would let them hold.

    Args:
        policy: for the names and places of the rules.
        limits: the group limits, in pence.
        lower: the least each area may get, in pence.
        upper: the most, or infinity.
        pot: in pence.

    Returns:
        The error to raise: `BudgetTooSmall` if more money would do, else `LimitsClash`.
    """
    cells = find_cells(lower.size, [each.partition for each in limits.groups], NO_CAP)
    groups = GroupFill(cells, pot)
    programme = groups.programme(groups.totals(lower), groups.most(upper))
    least = programme.least()
    rows = _rows(limits)
    clashing = programme.smallest_clash([(each.row, each.kind) for each in rows], pot)
    chosen = [each for each in rows if (each.row, each.kind) in clashing]
    problems = Problems()
    _tell(policy, chosen, programme, pot, problems)
    if least is not None:
        short = int(np.ceil(least.value - 1e-6)) - pot
        head = f"the floors of areas and groups need {pounds(pot + short)}, {pounds(short)} more than the pot"
        fix = f"raise the budget to {pounds(pot + short)}"
        problems.found.insert(0, Problem("", f"{head} of {pounds(pot)}", fix))
        return BudgetTooSmall(problems.found)
    problems.found.insert(0, Problem("", "these group rules cannot all hold, whatever the budget", ""))
    return LimitsClash(problems.found)


def _rows(limits: Limits) -> list[_Row]:
    """The rows of the programme, in its order: one for each group of each rule, floors and caps apart."""
    rows, number = [], 0
    for each in limits.groups:
        for group, (low, high) in enumerate(zip(each.partition.lower, each.partition.upper, strict=True)):
            if low > 0:
                rows.append(_Row(each.rule, each.groups[group], number, "floor", float(low)))
            if high != NO_CAP:
                rows.append(_Row(each.rule, each.groups[group], number, "cap", float(high)))
            number += 1
    return rows


def _tell(policy: Policy, rows: list[_Row], programme: Programme, pot: int, problems: Problems) -> None:
    """One line a clashing limit, with the least change of it alone that would do; cheapest first."""
    slacks = {row: programme.least_change(row.row, row.kind, pot) for row in rows}
    for row in sorted(rows, key=lambda each: (slacks[each] is None, slacks[each] or 0.0)):
        slack, rule = slacks[row], policy.rules[row.rule]
        most = "at least" if row.kind == "floor" else "at most"
        fix = ""
        if slack is not None:
            way = "lower" if row.kind == "floor" else "raise"
            fix = f"{way} it by {pounds(int(np.ceil(slack - 1e-6)))} and the rest can hold"
        what = f"  '{rule.name}': {row.group} gets {most} {pounds(row.amount)}"
        problems.add(Written(rule.name).where(), what, fix)

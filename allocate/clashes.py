"""Group rules that cannot all hold: which clash, and the smallest changes that would let them hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from allocate.documents import Written
from allocate.errors import BudgetTooSmall, LimitsClash, Problems, RulesCannotHold
from allocate.money import NO_CAP, pounds
from allocate.solver.groups import GroupFill, find_cells
from allocate.solver.programme import SOLVER_NOISE, Programme

if TYPE_CHECKING:
    from allocate.limits import Limits
    from allocate.policy import Policy
    from allocate.solver.arrays import Floats


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
    groups = GroupFill(find_cells(lower.size, [each.partition for each in limits.groups], NO_CAP), pot)
    programme = groups.programme(groups.totals(lower), groups.most(upper))
    rows, least, problems = _rows(limits), programme.least(), Problems()
    if least is None:
        problems.add("", "these rules for groups of areas cannot all hold, whatever the budget")
        enough = float(lower.sum()) + sum(row.amount for row in rows)
        _tell(policy, rows, programme, enough, problems)
        return LimitsClash(problems.found)
    needed = math.ceil(least.value - SOLVER_NOISE)
    what = f"the floors of areas and groups need {pounds(needed)}, {pounds(needed - pot)} more than the pot"
    problems.add("", f"{what} of {pounds(pot)}", f"raise the budget to {pounds(needed)}")
    _tell(policy, rows, programme, float(pot), problems)
    return BudgetTooSmall(problems.found)


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


def _tell(policy: Policy, rows: list[_Row], programme: Programme, pot: float, problems: Problems) -> None:
    """One line a limit of the smallest clash, with the least change of it that would do; cheapest first."""
    clash = programme.smallest_clash([(each.row, each.kind) for each in rows], pot)
    only_these = programme.only(clash)
    told = []
    for row in (each for each in rows if (each.row, each.kind) in clash):
        change = programme.least_change(row.row, row.kind, pot)
        within = only_these.least_change(row.row, row.kind, pot) if change is None else change
        told.append((change is None, within or 0.0, row))
    for other_clashes, change, row in sorted(told, key=lambda each: each[:2]):
        rule, way = policy.rules[row.rule], "lower" if row.kind == "floor" else "raise"
        most = "at least" if row.kind == "floor" else "at most"
        room = float(programme.upper[programme.members[row.row] > 0].sum())
        own = f", and the caps of its areas allow {pounds(room)}" if room < row.amount else ""
        fix = f"{way} it by {pounds(math.ceil(change - SOLVER_NOISE))}"
        fix += " (there are more clashes)" if other_clashes else " and the rest can hold"
        what = f"  '{rule.name}': {row.group} gets {most} {pounds(row.amount)}{own}"
        problems.add(Written(rule.name).where(), what, fix)

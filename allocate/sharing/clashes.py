"""Rules that cannot all hold: which of them clash, and the smallest changes that would let them hold."""

from __future__ import annotations

import math
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from allocate.errors import BudgetTooSmall, LimitsClash, MoneyLeftOver, Problem, counted
from allocate.limits.measured import BASELINE
from allocate.money import MOST_PENCE, NO_CAP, pounds
from allocate.sharing.area_clashes import (
    Line,
    contradictions,
    gone,
    least_change,
    left_over,
    tell,
    too_small,
    without,
)
from allocate.sharing.routes import AGREE
from allocate.solver.breaking import least_change as least_change_of_row
from allocate.solver.cells import find_cells
from allocate.solver.programme import SOLVER_NOISE
from allocate.text.say import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from allocate.errors import RulesCannotHold
    from allocate.funding import Funded
    from allocate.limits.measured import Limits
    from allocate.solver.arrays import Mask, Positions
    from allocate.solver.programme import Programme

Part: TypeAlias = tuple[str, int]
"""A part of a clash: ``area`` and a rule for single areas, or ``floor`` or ``cap`` and a row of the cells."""


class _Row(NamedTuple):
    """One limit of one group, as a row of the programme."""

    rule: int
    part: Part
    says: str
    amount: float
    """Of a limit on a total, in pence; NaN for one that compares two."""
    members: Mask


def explain_clash(funded: Funded, left: int = 0) -> RulesCannotHold:
    """Say which rules clash, and what would let them hold.

    Args:
        funded: the rules and the pot.
        left: what of the pot no area may take, in pence; nought if the limits ask for too much.

    Returns:
        The error to raise: `BudgetTooSmall` if more money would do, `MoneyLeftOver` if less would.
    """
    limits = funded.measured.limits(funded.gives)
    kind: type[RulesCannotHold]
    problems: Iterable[Problem]
    if limits.contradict.any():
        kind, problems = LimitsClash, contradictions(funded, limits)
    elif left:
        kind, problems = MoneyLeftOver, left_over(funded, limits, left)
    elif limits.tie_areas_together:
        kind, problems = _of_groups(funded, limits)
    else:
        kind, problems = BudgetTooSmall, too_small(funded, limits)
    return kind([*problems, *gone(funded)])


def _of_groups(funded: Funded, limits: Limits) -> tuple[type[RulesCannotHold], Iterable[Problem]]:
    """A clash that rules for groups have a part in, with rules for single areas and with the pot."""
    search = _Search(funded, limits)
    least = search.programme(limits).least()
    if least is None:
        search.pot = MOST_PENCE
        first = Problem("", "these rules cannot all hold, whatever the budget")
        return LimitsClash, [first, *tell(funded, list(search.lines()))]
    needed, pot = math.ceil(least.value - SOLVER_NOISE), funded.pot
    if needed <= pot:
        what = "floors of groups ask money for areas whose weight in the share-out is nought"
        return LimitsClash, [Problem("", what, "share out by something that every area has")]
    what = f"the floors of areas and groups need {pounds(needed)}, {pounds(needed - pot)} more than the pot"
    first = Problem("", f"{what} of {pounds(pot)}", f"raise the budget to {pounds(needed)}")
    return BudgetTooSmall, [first, *tell(funded, list(search.lines()))]


class _Search:
    """The search for a smallest set of limits that clash, and for the least change of each."""

    def __init__(self, funded: Funded, limits: Limits) -> None:
        ratios = [each.ratio for each in limits.ratios]
        partitions = [each.partition for each in limits.groups]
        self.cells = find_cells(limits.lower.size, partitions, NO_CAP, funded.pot, ratios)
        self.funded, self.limits, self.rows = funded, limits, list(_rows(limits))
        self.pot = funded.pot

    def programme(self, limits: Limits) -> Programme:
        """The linear programme with some limits of areas and every limit of groups."""
        return self.cells.between(limits.lower.astype(np.float64), limits.most)

    def lines(self) -> Iterator[Line]:
        """Each limit of the smallest clash, with the least change of it that would do."""
        clash = self.smallest()
        for part in sorted(clash):
            if part[0] == "area":
                yield self._line_of_areas(part[1])
        for row in self.rows:
            if row.part in clash:
                yield self._line_of_group(row, {(at, kind) for kind, at in clash if kind != "area"})

    def smallest(self) -> set[Part]:
        """Limits that clash of which none can be left out, of rules of which none can be left out.

        Rules are left out first, since it is rules that people change: of the fewer that two orders find.
        """
        rules = [[("area", rule)] for rule in self._rules_of_areas()]
        of_groups = groupby(self.rows, key=attrgetter("rule"))
        rules += [[row.part for row in rows] for _, rows in of_groups]
        fewest = min(self._narrowed(rules), self._narrowed(rules[::-1]), key=len)
        return set(chain(*self._narrowed([[part] for rule in fewest for part in rule])))

    def _rules_of_areas(self) -> list[int]:
        return [each.rule for each in self.funded.measured.of_areas if each.rule not in self.funded.gives]

    def _narrowed(self, sets: Sequence[list[Part]]) -> list[list[Part]]:
        """Leave out as many sets of limits at a time as can be, at last one by one."""
        kept, size = list(sets), max(len(sets) // 2, 1)
        while True:
            for begin in range(0, len(kept), size)[::-1]:
                fewer = kept[:begin] + kept[begin + size :]
                if not self._holds(set(chain(*fewer))):
                    kept = fewer
            if size == 1:
                return kept
            size //= 2

    def _holds(self, parts: set[Part]) -> bool:
        """Whether some limits can be met together; the baselines and the pot always stand."""
        gone = {rule for rule in self._rules_of_areas() if ("area", rule) not in parts}
        limits = without(self.funded, gone)
        rows = {(row, kind) for kind, row in parts if kind != "area"}
        least = self.programme(limits).only(rows).least()
        return least is not None and least.value <= self.pot + AGREE

    def _line_of_areas(self, rule: int) -> Line:
        limits = self.limits
        floors, caps = limits.floor_rule == rule, limits.cap_rule == rule
        says = []
        if floors.any():
            says.append(f"at least {pounds(int(limits.lower[floors].sum()))} for {_areas(floors)} in all")
        if caps.any():
            says.append(f"at most {pounds(int(limits.upper[caps].sum()))} for {_areas(caps)} in all")
        return Line(rule, " and ".join(says), *least_change(self.funded, rule, self.pot))

    def _line_of_group(self, row: _Row, clash: set[tuple[int, str]]) -> Line:
        kind, at = row.part
        programme = self.programme(self.limits)
        change = least_change_of_row(programme, at, kind, self.pot)
        is_enough = change is not None
        if change is None:
            change = least_change_of_row(programme.only(clash), at, kind, self.pot)
        says = f"{row.says}{self._its_areas(row, programme)}"
        way = "lower it by {}" if kind == "floor" else "raise it by {}"
        pence = None if change is None else math.ceil(change - SOLVER_NOISE)
        return Line(row.rule, says, pence, way, is_enough)

    def _its_areas(self, row: _Row, programme: Programme) -> str:
        """What the limits of a group's own areas allow, and which rules say so, if they stand in the way."""
        cells = programme.members[row.part[1]] > 0
        low, high = float(programme.lower[cells].sum()), float(programme.upper[cells].sum())
        if row.part[0] == "floor" and high < row.amount:
            return f", and {self._named(self.limits.cap_rule[row.members])} {_allow(high)}"
        if row.part[0] == "cap" and low > row.amount:
            return f", and {self._named(self.limits.floor_rule[row.members])} {_give(low)}"
        return ""

    def _named(self, found: Positions) -> str:
        """The rules that limit some areas."""
        rules = self.funded.measured.rules
        names = [f"'{rules[rule].name}'" for rule in np.unique(found).tolist() if rule >= 0]
        return " and ".join(names) or ("the baselines" if BASELINE in found else "the limits")


def _allow(pence: float) -> str:
    return f"leaves its areas at most {pounds(pence)}"


def _give(pence: float) -> str:
    return f"gives its areas at least {pounds(pence)}"


def _areas(which: Mask) -> str:
    return counted(int(which.sum()), "area")


def _rows(limits: Limits) -> Iterator[_Row]:
    """The rows of the programme, in its order: one for each group of each rule, floors and caps apart."""
    number = 0
    for each in limits.groups:
        for group, name in enumerate(each.groups):
            members = each.partition.codes == group
            low, high = int(each.partition.lower[group]), int(each.partition.upper[group])
            if low > 0:
                says = f"{name} gets at least {pounds(low)}"
                yield _Row(each.rule, ("floor", number), says, float(low), members)
            if high != NO_CAP:
                says = f"{name} gets at most {pounds(high)}"
                yield _Row(each.rule, ("cap", number), says, float(high), members)
            number += 1
    for ratio in limits.ratios:
        per = f"{percent(ratio.share)} of what a head of {ratio.against} gets"
        if math.isfinite(ratio.ratio.lower):
            says = f"a head of {ratio.group} gets at least {per}"
            yield _Row(ratio.rule, ("floor", number), says, math.nan, ratio.ratio.inside)
        if math.isfinite(ratio.ratio.upper):
            says = f"a head of {ratio.group} gets at most {per}"
            yield _Row(ratio.rule, ("cap", number), says, math.nan, ratio.ratio.inside)
        number += 1

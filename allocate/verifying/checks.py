"""Each promise and each rule held against amounts, in whole pence and exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.limits import BASELINE
from allocate.money import NO_CAP, pounds
from allocate.solver.proof import exact_difference, past_limits
from allocate.solver.transfers import (
    MOST_CELLS,
    GivenOut,
    improving_transfer,
    misplaced_unit,
)
from allocate.verifying.verdict import BREACHED, HOLDS, NOT_CHECKED, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.funding import Funded
    from allocate.limits import Limits
    from allocate.ratio_limits import RatioLimits
    from allocate.solver.arrays import Pence


@dataclass(frozen=True)
class Checks:
    """All checks of some amounts.

    Args:
        funded: the rows and what the rules say.
        amounts: pence, one an area.
        limits: what the rules leave of room, those that gave way as far as the run says.
    """

    funded: Funded
    amounts: Pence
    limits: Limits

    def all(self) -> Iterator[Check]:
        """Every promise, then every rule, then that no other share-out would be fairer."""
        areas, unit = self.funded.prepared.areas, self.funded.prepared.unit
        yield self._over("no area below its baseline", "in whole pence", areas.baseline - self.amounts)
        yield self._pot()
        yield self._over("whole units", f"multiples of {pounds(unit)}", self.amounts % unit)
        yield from self._area_rules()
        yield from self._group_rules()
        yield from (self._ratio_rule(each) for each in self.limits.ratios)
        yield from self._fairest()

    def _pot(self) -> Check:
        """All of the pot is given but what no area may take."""
        given, budget = sum(self.amounts.tolist()), self.funded.budget
        what, left = "the pot is given out, to the penny", self.funded.pot - given
        says = f"{pounds(given)} of {pounds(budget)}"
        if budget != self.funded.pot:
            says += f", of which {pounds(budget - self.funded.pot)} is less than a unit"
        if left < 0 or (left and not self.funded.prepared.scenario.leave_unspent):
            return Check(what, BREACHED, says, 1, "the pot", abs(left))
        return Check(what, HOLDS, f"{says}; {pounds(left)} is left, as the scenario allows" if left else says)

    def _area_rules(self) -> Iterator[Check]:
        """The floor and the cap of each rule for single areas, where no other is tighter."""
        limits = self.limits
        below, above = limits.lower - self.amounts, _above(self.amounts, limits.upper)
        held = np.where(limits.floor_rule < BASELINE, above, 0)
        yield self._over("areas without people keep what they have", "in whole pence", held)
        for each in self.funded.measured.of_areas:
            floors, caps = limits.floor_rule == each.rule, limits.cap_rule == each.rule
            short = np.maximum(np.where(floors, below, 0), np.where(caps, above, 0))
            yield self._over(
                self._name(each.rule), f"the limits of {int((floors | caps).sum()):,} areas", short
            )

    def _group_rules(self) -> Iterator[Check]:
        for each in self.limits.groups:
            totals = each.partition.totals(self.amounts)
            short = np.maximum(each.partition.lower - totals, _above(totals, each.partition.upper))
            yield _over(self._name(each.rule), f"groups: {len(each.groups):,}", short, each.groups)

    def _ratio_rule(self, limit: RatioLimits) -> Check:
        """A rule that compares two groups, in exact fractions."""
        short = past_limits(exact_difference(self.amounts, limit.ratio), limit.ratio)
        pence = np.array([-(-short.numerator // short.denominator)])
        return _over(self._name(limit.rule), f"{limit.group} against {limit.against}", pence, [limit.group])

    def _fairest(self) -> Iterator[Check]:
        """That nothing could go to a worse-funded area, and units are where remainders are largest."""
        what, shared = "no money could help a worse-funded area", self._given_out()
        if shared is None:
            yield Check(what, NOT_CHECKED, "the share-out is more than one levelling up")
            return
        tied = self.limits.tie_areas_together
        off = pounds((allowance := 2 if tied else 1) * shared.unit)
        says = f"no transfer between two areas within the rules, where rounding explains {off} of each"
        if (cells := shared.cells.how_many) > MOST_CELLS:
            says += f"; transfers between {cells:,} sets of areas in the same groups were not looked at"
        found, ids = improving_transfer(shared, allowance), self.funded.prepared.areas.ids
        pair = None if found is None else f"{ids[found.giver]} could give to {ids[found.to]}"
        yield _unless(what, says, pair, shared.unit)
        if tied:
            why = "rules tie areas together: totals of groups are rounded first"
            yield Check("units are where remainders are largest", NOT_CHECKED, why)
            return
        at = misplaced_unit(shared)
        area = None if at is None else str(ids[at])
        yield _unless("units are where remainders are largest", "by exact fractions", area, shared.unit)

    def _given_out(self) -> GivenOut | None:
        """The amounts with all that limits them; None if they are not those of one levelling up."""
        prepared, limits = self.funded.prepared, self.limits
        first, *others = prepared.policy.tranches
        if others or first.method != "level_up" or first.to is not None or first.amount != "rest":
            return None
        weight = self.funded.names.numbers(first.denominator, among=~prepared.areas.held)
        partitions, ratios = (
            [each.partition for each in limits.groups],
            [each.ratio for each in limits.ratios],
        )
        return GivenOut(self.amounts, weight, limits.lower, limits.upper, partitions, ratios, prepared.unit)

    def _name(self, rule: int) -> str:
        return str(self.funded.prepared.policy.rules[rule].name)

    def _over(self, what: str, says: str, short: Pence) -> Check:
        return _over(what, says, short, self.funded.prepared.areas.ids.to_list())


def _above(amounts: Pence, upper: Pence) -> Pence:
    """By how much amounts are above their upper limits; nought where there is none."""
    capped = upper != NO_CAP
    above: Pence = np.where(capped, amounts - np.where(capped, upper, 0), 0)
    return above


def _unless(what: str, says: str, found: str | None, unit: int) -> Check:
    """A check that holds if nothing was found."""
    return Check(what, HOLDS, says) if found is None else Check(what, BREACHED, says, 1, found, unit)


def _over(what: str, says: str, short: Pence, names: Sequence[str]) -> Check:
    """A check that holds if nothing is above nought."""
    breaches = int((short > 0).sum())
    if not breaches:
        return Check(what, HOLDS, says)
    worst = int(np.argmax(short))
    return Check(what, BREACHED, says, breaches, str(names[worst]), int(short[worst]))

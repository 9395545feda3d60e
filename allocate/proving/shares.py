"""That a share-out is the fairest its rules allow: tranche by tranche, then rounded.

What the tranches ask is measured again; what they are said to have reached is proven (`solver.proof`). At
last the whole pence are held against the exact amounts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.money import NO_CAP
from allocate.proving.verdict import Check, check
from allocate.sharing.tranches import GROUP_FLOORS, Tranches
from allocate.solver.proof.levels import Fill, prove
from allocate.solver.proof.parts import Parts
from allocate.solver.proof.room import prove_full, prove_least
from allocate.solver.proof.shortfalls import missing, on_face, wished
from allocate.solver.proof.ties import Ties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.documents.rulebook import Tranche
    from allocate.funding import Funded
    from allocate.limits.measured import Limits
    from allocate.proving.certificate import Certificate, PartReasons
    from allocate.solver.arrays import Floats, Pence


class Reached(NamedTuple):
    """What a proven share-out comes to before rounding."""

    parts: Parts
    ties: Ties
    exact: Pence
    """What each area gets, in parts of a penny."""
    before: Pence
    """What each had before the last tranche that placed money."""
    weight: Floats
    """What that tranche shared out by."""
    upper: Pence
    """The most it might give, in parts."""
    levelled: bool
    """Whether it levelled up."""


class Chain:
    """A share-out gone through again, tranche by tranche.

    Args:
        funded: the scenario with its money.
        limits: the least and the most for each area and group.
        certificate: levels and prices.
    """

    def __init__(self, funded: Funded, limits: Limits, certificate: Certificate) -> None:
        self.certificate, self.pot = certificate, funded.pot
        prepared, names = funded.prepared, funded.names.copy()
        self.leave_unspent, self.unit = prepared.scenario.leave_unspent, prepared.unit
        self.tranches = Tranches(prepared.policy, prepared.areas, names, prepared.unit)
        self.parts = Parts.of_pot(self.pot, prepared.areas.size)
        partitions = tuple(each.partition for each in limits.groups)
        ratios = tuple(each.ratio for each in limits.ratios)
        self.ties = Ties(prepared.areas.size, partitions, ratios, NO_CAP)
        self.lower, self.upper = self.parts.of_pence(limits.lower), self.parts.of_limits(limits.upper)
        self.reached, self.left = self.lower, self.pot - int(limits.lower.sum())
        self.due = 0
        nobody = np.zeros(prepared.areas.size)
        self.last = Reached(self.parts, self.ties, self.lower, self.lower, nobody, self.lower, levelled=False)

    def checks(self) -> Iterator[Check]:
        """Check what floors of groups take, and each tranche."""
        floors_first = self.tranches.meets_floors is GROUP_FLOORS
        if floors_first or self.tranches.ask_what_is_left or not self.left:
            yield from self._floors()
        self.tranches.know_left(self.left - self.due)
        asked: list[Tranche] = [GROUP_FLOORS] if self.due and floors_first else []
        asked += self.tranches.all
        names, said = [str(each.name) for each in asked], [each.name for each in self.certificate.parts]
        if names != said:
            doubts = [f"the certificate is of {', '.join(said) or 'no tranches'}, not of {', '.join(names)}"]
            yield check("share-out", "tranche", len(names), doubts)
            return
        for tranche, part in zip(asked, self.certificate.parts, strict=True):
            yield self._check(tranche, part)
        left = self.left + (self.pot - self.left) % self.unit
        if left != self.certificate.left or (self.left and not self.leave_unspent):
            yield check(
                "what is left", "tranche", 1, ["the certificate leaves another sum than its tranches do"]
            )

    def _floors(self) -> Iterator[Check]:
        """What the floors of groups take above those of areas."""
        fill = self._fill(self.tranches.rising(self.tranches.meets_floors), self.upper)
        claimed = self.certificate.due or 0
        self.due = claimed
        if self.ties.rows:
            takes = sum(self.lower.tolist()) // self.parts.penny + claimed
            doubt = prove_least(fill, self.certificate.order, self.certificate.why_due, takes)
            told = "what they take at the least, by adding up from the innermost groups"
            if self.certificate.order is None:
                told = "what they take at the least, by prices that bound it"
            yield check("floors of groups", "tranche", len(self.ties.rows), [doubt] if doubt else [], told)

    def _fill(self, weight: Floats, upper: Pence) -> Fill:
        upper = np.where(weight > 0, np.maximum(upper, self.reached), self.reached)
        whole = self.parts.whole
        return Fill(self.parts, self.ties, self.ties.rows, None, weight, self.reached, upper, whole)

    def _asked(self, tranche: Tranche) -> int:
        """What a tranche is to share out, as far as there is money for it; the first meets the floors too."""
        due, self.due = self.due, 0
        if tranche is GROUP_FLOORS:
            return due
        asked = self.tranches.asked(tranche)
        return self.left if asked is None else min(asked + due, self.left)

    def _check(self, tranche: Tranche, part: PartReasons) -> Check:
        """Prove one tranche, and take what it reached."""
        asked, weight = self._asked(tranche), self.tranches.rising(tranche)
        to = self.tranches.to(tranche)
        upper = self.upper if to is None else np.minimum(self.upper, self.parts.of_limits(to))
        fill, doubts, told = self._fill(weight, upper), list[str](), "it placed nothing"
        amounts = self.reached
        if part.placed:
            amounts, doubts, told = self._proven(tranche, part, fill)
        off = abs(int((amounts - self.reached).sum()) - (part.placed << self.parts.shift))
        full = part.placed < asked or off > self.parts.slack
        if not 0 <= part.placed <= asked or off > self.parts.slack + self.parts.penny // 2 + 1:
            doubts.append("areas get another sum than it is to place")
        elif full:
            doubt = prove_full(fill, amounts, self.certificate.order, part.why_full)
            doubts += [doubt] if doubt else []
            told += "; nobody may take more"
        if part.placed:
            levelled = tranche.method == "level_up"
            self.last = Reached(self.parts, self.ties, amounts, self.reached, weight, fill.upper, levelled)
        self.reached, self.left = amounts, self.left - part.placed
        return check(str(tranche.name), "tranche", amounts.size, doubts, told)

    def _proven(self, tranche: Tranche, part: PartReasons, fill: Fill) -> tuple[Pence, list[str], str]:
        """What areas have after a tranche, what speaks against it, and how it was proven."""
        total = int(self.parts.nearest(np.array([part.reached]))[0])
        fill, doubts = replace(fill, pot=total), list[str]()
        if tranche.method == "pro_rata":
            fill = replace(fill, offset=self.reached)
        wish, face = None, fill
        if tranche.method == "least_shortfall" and part.reasons.face is not None:
            wish = wished(fill, self.tranches.weights(tranche), self.tranches.goal)
            face = on_face(fill, wish, part.reasons.face)
        elif tranche.method == "least_shortfall":
            doubts.append("nothing says that shortfalls are least")
        proven = prove(face, part.reasons, self.certificate.order)
        doubts += proven.doubts
        if wish is not None and part.reasons.face is not None:
            more = missing(fill, wish, proven.amounts, part.reasons.face)
            if more is None or more > self.parts.slack:
                doubts.append("the prices do not prove that shortfalls are least")
        return proven.amounts, doubts, self._told(part, float(proven.gap))

    def _told(self, part: PartReasons, gap: float) -> str:
        """How a tranche was proven."""
        if steps := len(part.reasons.steps):
            how = f"by prices at {steps} level{'s' if steps > 1 else ''}"
        elif self.ties.rows:
            how = f"by the level of all and of {len(part.reasons.groups):,} groups at their limits"
        else:
            how = "by one level for all"
        return f"{how}, to within {gap / self.parts.penny:.1g}p"

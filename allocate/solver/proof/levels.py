"""That a fill is the fairest there is within its limits: the lowest are raised first.

Each area gets what a level gives it, o + w·t, held between its limits; so within a cell, where nothing but
their own limits tells areas apart, no money can go from a higher level to a lower one. Between cells:

- without rules for groups there is one level for all;
- with nested groups a group has a higher level than the group around it only if it stands at its floor, and a
  lower one only if it stands at its cap;
- else step by step: at each level prices prove that the cells that still rise cannot all go higher, and those
  that are priced stop there (`duality`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.proof.duality import Problem, Read, largest, readings
from allocate.solver.proof.parts import ENDLESS, Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.solver.arrays import Floats, Mask, Pence
    from allocate.solver.proof.ties import Row, Ties, Tree
    from allocate.solver.reasons import Reasons, Step


@dataclass(frozen=True)
class Fill:
    """What a fill is asked to do; money in parts of a penny."""

    parts: Parts
    ties: Ties
    rows: Sequence[Row]
    """The limits on cells; those of the ties, unless they are narrower."""
    offset: Pence | None
    weight: Floats
    lower: Pence
    upper: Pence
    """`ENDLESS` where there is no limit; as `lower` where there is no weight."""
    pot: int
    """What all get, as far as there is room for it."""

    def at(self, levels: Floats) -> Pence:
        """What each area gets at its level: o + w·t between its limits; its most if that is infinite."""
        with np.errstate(invalid="ignore"):
            rise = np.where(self.weight > 0, self.weight * levels, 0.0)
        amounts = self.parts.nearest(rise)
        if self.offset is not None:
            amounts = np.minimum(amounts, ENDLESS) + self.offset
        return np.minimum(np.maximum(amounts, self.lower), self.upper)

    def is_far_above(self, amounts: Pence) -> bool:
        """Whether amounts are more than twice the pot: an int64 might not hold their sum."""
        return float(np.sum(amounts, dtype=np.float64)) > 2.0 * self.parts.whole

    def problem(self, lower: Sequence[int], upper: Sequence[int]) -> Problem:
        """The problem over cells whose totals have these limits."""
        return Problem(lower, upper, self.rows, self.pot, self.parts.penny)

    def cell_limits(self) -> tuple[list[int], list[int]]:
        """The least and the most of each cell."""
        return self.ties.totals(self.lower).tolist(), self.ties.most(self.upper, self.parts.whole).tolist()


class Proven(NamedTuple):
    """What came of a proof: the amounts, what speaks against them, how far they may be from the fairest."""

    amounts: Pence
    """In parts."""
    doubts: list[str]
    gap: Fraction
    """In parts: the most by which sums miss what they are to be."""


def prove(fill: Fill, reasons: Reasons, order: Sequence[int] | None) -> Proven:
    """Prove that the amounts of some levels are the fairest, or say why they are not.

    Args:
        fill: what is asked.
        reasons: the levels, and what says that they can be no other.
        order: the rules for groups, deepest first, if they are nested.
    """
    if reasons.steps or order is None:
        amounts, doubts, gap = _Steps(fill, reasons.steps).prove()
    else:
        amounts, doubts, gap = _by_tree(fill, reasons, fill.ties.tree(order))
    if fill.is_far_above(amounts):
        return Proven(fill.lower, [*doubts, "areas would get more than the pot at its levels"], gap)
    missed = max(_misses(fill, amounts))
    if missed > fill.parts.slack:
        pence = float(missed) / fill.parts.penny
        doubts.append(f"what areas get at its levels misses the pot or a rule for groups by {pence:.4g}p")
    return Proven(amounts, doubts, max(gap, missed))


def _misses(fill: Fill, amounts: Pence) -> Iterator[Fraction]:
    """By how much amounts miss the pot and, above nought, each row."""
    yield Fraction(abs(int(amounts.sum()) - fill.pot))
    totals, penny = fill.ties.totals(amounts).tolist(), fill.parts.penny
    for row in fill.rows:
        got = sum(times * totals[cell] for cell, times in row.times.items())
        if row.lower is not None:
            yield row.lower * penny - got
        if row.upper is not None:
            yield got - row.upper * penny


def _by_tree(fill: Fill, reasons: Reasons, tree: Tree | None) -> tuple[Pence, list[str], Fraction]:
    """Levels of nested groups: another level than the group around has only who stands at a limit."""
    if tree is None:
        return fill.lower, ["it takes groups for nested that are not"], Fraction(0)
    everybody = np.inf if reasons.level is None else reasons.level
    own = {tree.begins[each.rule] + each.group: each.level for each in reasons.groups}
    levels = np.array(tree.down(own, everybody))
    amounts = fill.at(levels[tree.node_of])
    lower, upper, capped = tree.limits()
    above = levels > levels[tree.parent]
    limits = np.where(above, lower, upper) << fill.parts.shift  # of who is held: the others have no upper
    gaps = np.abs(tree.up(amounts) - limits)
    held = [node for node in own if above[node] or capped[node]]
    at_limit = {node for node in held if int(gaps[node]) <= fill.parts.slack}
    gap = Fraction(int(max((gaps[node] for node in at_limit), default=0)))
    kept = {node: level for node, level in own.items() if node in at_limit}
    if len(kept) < len(own):  # harmless if who is in the other groups gets the same at the level around them
        plain = fill.at(np.array(tree.down(kept, everybody))[tree.node_of])
        if int(np.abs(plain - amounts).sum()) > fill.parts.slack:
            return (
                amounts,
                ["a group has another level than the group around it, and stands at no limit"],
                gap,
            )
    return amounts, [], gap


class _Steps:
    """Levels step by step: the cells still rising, and what the others have stopped at."""

    def __init__(self, fill: Fill, steps: Sequence[Step]) -> None:
        self.fill, self.steps, self.cells = fill, steps, fill.ties.cells
        self.lower, self.upper = fill.cell_limits()
        self.stopped, self.needed = list(self.lower), list(self.lower)
        self.rising = [high > low for low, high in zip(self.lower, self.upper, strict=True)]
        self.amounts = fill.lower.copy()
        self.gap = Fraction(0)
        self.doubts: list[str] = []

    def prove(self) -> tuple[Pence, list[str], Fraction]:
        """Go through the steps."""
        for number, step in enumerate(self.steps, start=1):
            self._take(number, step)
        if any(self.rising):
            self.doubts.append(f"{sum(self.rising)} cells never stop rising")
        short = max(need - had for need, had in zip(self.needed, self.stopped, strict=True))
        if short > self.fill.parts.slack:
            self.doubts.append("a cell does not get what it needs at a level before the one it stops at")
        return self.amounts, self.doubts, self.gap

    def _take(self, number: int, step: Step) -> None:
        """Stop the cells of a step at its level, if its prices prove that they go no higher."""
        at_level = self.fill.at(np.full(self.amounts.size, step.level))
        if self.fill.is_far_above(at_level[np.array(self.rising)[self.fill.ties.cell_of]]):
            self.doubts.append(f"at level {number} areas would get more than the pot")
        totals = self.fill.ties.totals(at_level).tolist()
        for cell in np.flatnonzero(self.rising).tolist():
            self.needed[cell] = max(self.needed[cell], totals[cell])
        cells = {int(self.fill.ties.cell_of[area]) for area in step.stopped}
        cells -= {cell for cell in cells if self.lower[cell] == self.upper[cell]}  # they never rise
        if not all(self.rising[cell] for cell in cells):
            self.doubts.append(f"level {number} stops a cell that has stopped before")
        if not cells:
            return
        short = self._shortest(step, totals, cells)
        if short is None or short > self.fill.parts.slack:
            self.doubts.append(f"the prices of level {number} do not prove that its cells can go no higher")
        self.gap = max(self.gap, short or Fraction(0))
        for cell in cells:
            self.rising[cell], self.stopped[cell] = False, totals[cell]
        here: Mask = np.isin(self.fill.ties.cell_of, list(cells))
        self.amounts = np.where(here, at_level, self.amounts)

    def _shortest(self, step: Step, totals: list[int], cells: set[int]) -> Fraction | None:
        """How much more some cell could get than it does at the level, at most; None if nothing bounds it."""
        low = [low if up else at for low, at, up in zip(self.lower, self.stopped, self.rising, strict=True)]
        high = [
            high if up else at for high, at, up in zip(self.upper, self.stopped, self.rising, strict=True)
        ]
        problem, least = self.fill.problem(low, high), None
        for prices in readings(step.prices, largest(step.prices)):
            short = self._short_at(prices, problem, totals, cells)
            if short is not None and (least is None or short < least):
                least = short
            if least is not None and least <= self.fill.parts.slack:
                break
        return least

    def _short_at(
        self, prices: Read, problem: Problem, totals: list[int], cells: set[int]
    ) -> Fraction | None:
        """The same at some prices."""
        worth = problem.worth(*prices)
        weights = [
            max(g, Fraction(0)) if up else Fraction(0) for g, up in zip(worth, self.rising, strict=True)
        ]
        bound = problem.bound(weights, *prices)
        least = min(weights[cell] for cell in cells)
        if bound is None or least <= 0:
            return None
        needs = sum(w * total for w, total in zip(weights, totals, strict=True) if w)
        return max(bound - needs, Fraction(0)) / least

"""That whole totals of cells are the nearest to the exact ones that overlapping rules allow.

Nearest means that the distances of all cells add up to least. Prices of rows and pot bound that sum from
below; where whole units leave a gap above the bound, the few totals that could lie in it are gone through.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from allocate.solver.proof.duality import readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.proof.duality import Read
    from allocate.solver.proof.ties import Ties
    from allocate.solver.reasons import Prices

REACH = 3
"""Totals are looked for no further than this many units from the exact ones."""

MOST_LOOKED_AT = 20_000
"""Choices of totals that are gone through before it is left open."""


class Open(Exception):
    """There are more totals to go through than is worth while."""


@dataclass(frozen=True)
class Cells:
    """The totals of cells, exact and whole, and their limits; in parts of a penny."""

    exact: Sequence[int]
    whole: Sequence[int]
    lower: Sequence[int]
    upper: Sequence[int]
    unit: int
    penny: int
    ties: Ties

    def distance(self, totals: Sequence[int]) -> Fraction:
        """How far some totals are from the exact ones in all, in units."""
        return Fraction(sum(abs(at - e) for at, e in zip(totals, self.exact, strict=True)), self.unit)

    def allow(self, totals: Sequence[int]) -> bool:
        """Whether some whole totals meet every limit and share out the same sum."""
        limits = zip(totals, self.lower, self.upper, strict=True)
        holds = sum(totals) == sum(self.whole)
        holds = holds and all(low <= at <= high and at % self.unit == 0 for at, low, high in limits)
        for row in self.ties.rows:
            if not holds:
                return False
            got = sum(times * totals[cell] for cell, times in row.times.items())
            holds = row.lower is None or got >= row.lower * self.penny
            holds = holds and (row.upper is None or got <= row.upper * self.penny)
        return holds

    def nearer(self, prices: Prices, noise: float) -> list[int] | None:
        """Totals that the rules allow and that are nearer than the whole ones by more than noise, or None.

        Raises:
            Open: the prices leave too many that could be.
        """
        most = self.distance(self.whole) - Fraction(noise)
        found = [near for each in readings(prices) if (near := self._near(each, most)) is not None]
        if not found:
            raise Open
        near = min(found, key=attrgetter("gap"))
        return None if near.gap <= 0 else _Search(self, near.choices, most).within(near.gap)

    def _near(self, prices: Read, most: Fraction) -> _Near | None:
        """What could be nearer than `most` at some prices; None if they are of limits that there are none."""
        worth, bound = [prices.pot] * self.ties.cells, prices.pot * Fraction(sum(self.whole), self.unit)
        for at, price in prices.rows.items():
            row = self.ties.rows[at]
            limit = row.lower if price > 0 else row.upper
            if limit is None:
                return None
            bound += price * limit * self.penny / self.unit
            for cell, times in row.times.items():
                worth[cell] += price * times
        choices = [self._choices(cell, each) for cell, each in enumerate(worth)]
        return _Near(choices, most - bound - sum(each[0].cost for each in choices))

    def _choices(self, cell: int, worth: Fraction) -> list[Choice]:
        """The totals a cell may have, the cheapest first: distance less what its units are worth."""
        exact, below = self.exact[cell], self.exact[cell] // self.unit
        totals = [at * self.unit for at in range(below - REACH, below + REACH + 1)]
        inside = [at for at in totals if self.lower[cell] <= at <= self.upper[cell]] or [self.whole[cell]]
        far = (Fraction(abs(at - exact), self.unit) for at in inside)
        costs = [Choice(d - worth * Fraction(at, self.unit), at) for d, at in zip(far, inside, strict=True)]
        return sorted(costs)


class Choice(NamedTuple):
    """A total that a cell may have, and what it costs."""

    cost: Fraction
    total: int


class _Near(NamedTuple):
    """The totals each cell may have, the cheapest first, and by how much more others may cost."""

    choices: list[list[Choice]]
    gap: Fraction


class _Search:
    """Goes through totals whose cost is less than a gap above the least."""

    def __init__(self, cells: Cells, choices: list[list[Choice]], most: Fraction) -> None:
        self.cells, self.choices, self.most = cells, choices, most
        self.totals = [each[0].total for each in choices]
        self.left = MOST_LOOKED_AT

    def within(self, gap: Fraction, begin: int = 0) -> list[int] | None:
        """Allowed totals within the gap, with other choices than the cheapest only from some cell on."""
        if self.cells.distance(self.totals) < self.most and self.cells.allow(self.totals):
            return list(self.totals)
        for cell in range(begin, len(self.choices)):
            cheapest, *others = self.choices[cell]
            for other in others:
                if other.cost - cheapest.cost >= gap:
                    break
                self.left -= 1
                if self.left < 0:
                    raise Open
                self.totals[cell] = other.total
                found = self.within(gap - (other.cost - cheapest.cost), cell + 1)
                if found is not None:
                    return found
            self.totals[cell] = cheapest.total
        return None

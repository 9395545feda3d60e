"""Bounds that prices prove, in exact fractions.

Whatever the totals y of the cells may be, as long as they are within limits l ≤ y ≤ u, meet every row
lower ≤ Σ m·y ≤ upper and share out a pot, any prices of the rows and of the pot bound any weighted sum of
them: Σ w·y = Σ (w - g)·y + Σ π·(Σ m·y) + μ·pot with g = Σ π·m + μ, and each term on the right is at most
what its limit says. So prices need not be right to be believed: wrong ones only prove less.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from allocate.solver.proof.ties import Row
    from allocate.solver.reasons import Prices

SIMPLE = 1000
"""Prices are most often small whole numbers or their ratios: such a one has no larger denominator."""

NEAR = 1e-9
"""A price this near to a simple fraction may be meant for it. One in 1,600 that are not simple is, too."""


@dataclass(frozen=True)
class Problem:
    """Totals of cells that share out a pot: every figure a whole number of parts, or a fraction of them."""

    lower: Sequence[int]
    upper: Sequence[int]
    """The least and the most of each cell."""
    rows: Sequence[Row]
    """Their limits are in pence."""
    pot: int
    penny: int
    """How many parts a penny has."""

    def worth(self, rows: Mapping[int, Fraction], pot: Fraction) -> list[Fraction]:
        """g: what a part of each cell is worth at some prices."""
        worth = [pot] * len(self.lower)
        for row, price in rows.items():
            for cell, times in self.rows[row].times.items():
                worth[cell] += price * times
        return worth

    def most(self, rows: Mapping[int, Fraction]) -> Fraction | None:
        """What Σ π·(Σ m·y) is at most; None if a price is of a limit that there is none."""
        total = Fraction(0)
        for row, price in rows.items():
            limit = self.rows[row].upper if price > 0 else self.rows[row].lower
            if limit is None:
                if price:
                    return None
                continue
            total += price * limit * self.penny
        return total

    def bound(
        self, weights: Sequence[Fraction], rows: Mapping[int, Fraction], pot: Fraction
    ) -> Fraction | None:
        """What Σ w·y is at most at some prices; None if they bound nothing."""
        found = self.most(rows)
        if found is None:
            return None
        worth = self.worth(rows, pot)
        others = self.pot - sum(self.lower)
        terms: Iterable[tuple[Fraction, int, int]] = zip(
            (weight - value for weight, value in zip(weights, worth, strict=True)),
            self.lower,
            self.upper,
            strict=True,
        )
        rest = sum(rate * (min(high, low + others) if rate > 0 else low) for rate, low, high in terms if rate)
        return found + rest + pot * self.pot


class Read(NamedTuple):
    """Prices as fractions."""

    rows: dict[int, Fraction]
    pot: Fraction


def readings(found: Prices, unit: float = 1.0) -> Iterator[Read]:
    """What prices may mean, in a unit: simple fractions where they are near to such, or just what they say.

    Each may prove what the other does not, and neither more than is so.
    """
    yield Read({row: _simple(price / unit) for row, price in found.rows.items()}, _simple(found.pot / unit))
    yield Read({row: Fraction(price / unit) for row, price in found.rows.items()}, Fraction(found.pot / unit))


def largest(found: Prices) -> float:
    """The largest of some prices; 1 if all are nought."""
    return max(map(abs, [*found.rows.values(), found.pot])) or 1.0


def _simple(price: float) -> Fraction:
    """A price as a fraction: a simple one if it is near to one, else exactly what the float is."""
    near = Fraction(price).limit_denominator(SIMPLE)
    return near if abs(float(near) - price) <= NEAR else Fraction(price)

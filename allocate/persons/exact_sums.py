"""Sums of persons' weights by area, the same to the last digit on every run.

polars adds floats in whatever order its threads come to them, and float addition depends on the order. Every
weight is therefore cut in two, each half on a grid of its own: multiples of a power of two, coarse enough
that every sum of them fits the 53 digits of a float. Such sums are exact, so no order, number of threads or
size of chunks can change them; both halves together keep far more digits than a single float.

With b bits for the persons of the largest area and weights below 2²⁰, the coarse grid is 2⁻⁽³³⁻ᵇ⁾ and the
fine one 2⁻⁽⁸⁷⁻²ᵇ⁾. At first b = 20: areas of up to 1,048,576 persons, and no weight is moved by more than
2⁻⁴⁸. If an area has more persons, a weight is larger, or weights are so small on average that 2⁻⁴⁸ would
matter, a second pass has grids made to measure: they move no weight by more than 2⁻⁽¹⁰⁸⁻²ᵇ⁾ of the largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from allocate.solver.arrays import Floats

DIGITS = 53
"""Binary digits of a float."""

LARGEST = 20
"""Weights on a grid are below 2 to this."""

SMALLEST_MEAN = 2.0**-7
"""A mean below this asks for a finer grid: the usual one moves no weight by more than 2⁻⁴¹ (5e-13) of it."""

SOUND = "__allocate_sound"
"""The column that counts the persons of an area whose weights can all be used."""

COUNT = "__allocate_persons"


@dataclass(frozen=True)
class Grid:
    """Where weights are cut."""

    persons_bits: int = 20
    """Areas have up to 2 to this many persons."""
    scales: Mapping[str, float] = field(default_factory=dict)
    """A power of two for each weight that is multiplied by one first."""

    @property
    def coarse(self) -> int:
        """The upper half is in multiples of 2 to minus this; adding up 2^b of them below 2²⁰ is exact."""
        return DIGITS - self.persons_bits - LARGEST

    @property
    def fine(self) -> int:
        """The lower half is in multiples of 2 to minus this; each is at most half a coarse step."""
        return DIGITS + 1 - self.persons_bits + self.coarse

    def scaled(self, weight: str) -> pl.Expr:
        """A weight, made to fit."""
        return pl.col(weight) * self.scales[weight] if weight in self.scales else pl.col(weight)

    def scale(self, weight: str) -> float:
        """What a weight was multiplied by."""
        return self.scales.get(weight, 1.0)

    @classmethod
    def made_to_measure(cls, largest: Mapping[str, float], most_persons: int) -> Grid:
        """The grid for weights up to `largest` each, in areas of up to `most_persons`."""
        powers = {name: LARGEST - math.frexp(weight)[1] for name, weight in largest.items() if weight > 0}
        scales = {name: math.ldexp(1.0, min(power, 1000)) for name, power in powers.items()}
        return cls(max(most_persons.bit_length(), 1), scales)


@dataclass(frozen=True)
class AreaSums:
    """What the persons of each area add up to, areas in the order of their codes."""

    areas: pl.Series
    """The code of each; null for persons without one."""
    persons: NDArray[np.int64]
    sound: NDArray[np.int64]
    """Persons who meet every condition and whose weights are numbers that fit the grid."""
    halves: Mapping[str, tuple[Floats, Floats]]
    """Of each weight, the sums of both halves by area."""
    grid: Grid

    @property
    def people(self) -> int:
        """All persons."""
        return int(self.persons.sum())

    @property
    def fit(self) -> bool:
        """Whether the sums are exact, and the grid so fine that it does not matter."""
        exact = np.array_equal(self.persons, self.sound) and self.persons.max() <= 2**self.grid.persons_bits
        return exact and all(self.total(weight) >= SMALLEST_MEAN * self.people for weight in self.halves)

    def by_area(self, weight: str) -> Floats:
        """The sum of a weight by area."""
        upper, lower = self.halves[weight]
        with np.errstate(over="ignore"):  # whoever asks for the total is told that it is too large
            return (upper + lower) / self.grid.scale(weight)

    def total(self, weight: str) -> float:
        """The sum of a weight over all areas; infinite if no float is so large."""
        return math.fsum(np.concatenate(self.halves[weight])) / self.grid.scale(weight)


def add_up(
    frame: pl.LazyFrame, by: str, weights: Sequence[str], sound: Sequence[pl.Expr], grid: Grid
) -> AreaSums:
    """Add up weights by area in one pass of polars' streaming engine.

    Args:
        frame: a row a person, with the code of the area and the weights.
        by: the column with the code.
        weights: the columns to add up.
        sound: conditions that every person should meet.
        grid: where weights are cut. The sums mean nothing unless they fit it.
    """
    found = _sums(frame, by, weights, sound, grid).collect(engine="streaming").sort(by)
    persons, sound_persons = (found[name].cast(pl.Int64).to_numpy() for name in (COUNT, SOUND))
    halves = {name: (found[_upper(name)].to_numpy(), found[_lower(name)].to_numpy()) for name in weights}
    return AreaSums(found[by], persons, sound_persons, halves, grid)


def _sums(
    frame: pl.LazyFrame, by: str, weights: Sequence[str], sound: Sequence[pl.Expr], grid: Grid
) -> pl.LazyFrame:
    upper = {_upper(name): _on_grid(grid.scaled(name), grid.coarse) for name in weights}
    lower = {_lower(name): _on_grid(grid.scaled(name) - pl.col(_upper(name)), grid.fine) for name in weights}
    small = [grid.scaled(name) < 2.0**LARGEST for name in weights]  # false for what is not a number
    all_sound = pl.all_horizontal(*small, *sound)
    cut = frame.with_columns(all_sound.alias(SOUND), **upper).with_columns(**lower)
    sums = [pl.col(name).sum() for name in (*upper, *lower, SOUND)]
    return cut.group_by(by).agg(pl.len().alias(COUNT), *sums)


def _on_grid(value: pl.Expr, power: int) -> pl.Expr:
    """The nearest multiple of 2^-power: next to so large a number no other digits are kept."""
    anchor = 1.5 * 2.0 ** (DIGITS - 1 - power)
    return (value + anchor) - anchor


def _upper(weight: str) -> str:
    return f"{weight} upper"


def _lower(weight: str) -> str:
    return f"{weight} lower"

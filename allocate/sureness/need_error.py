"""Need measured with error: how large the error of each part is, and draws of what need may be instead.

The model: the weighted population of an area, by each part of the need tree that has an error, is the
measured one times a lognormal factor with mean 1 and coefficient of variation e, independent of all other
areas, parts and draws; then every part is normalised to sum to the population again, as when it was measured.
The factor is m = exp(σ·z - σ²/2) with z standard normal and σ² = ln(1 + e²).

Why so: need is positive, and formulae for it are fitted in ratios, so errors multiply; a mean of 1 leaves
nobody's need too high or too low on average; and areas compete for one pot, so only errors against the others
matter, which is what the normalising leaves. Errors that areas share, such as those of a coefficient of the
formula, are not in it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.asked import number_in
from allocate.errors import InputError, Problem, Problems, nearest
from allocate.need import Need
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.areas import Areas
    from allocate.need import NeedIndex
    from allocate.solver.arrays import Floats

ALLOWED = "a share from 0% to 100%, such as 5%"


class PartError(NamedTuple):
    """How large the error of one part of the need tree is."""

    at: int
    """The position of the part among the indices of the tree; 0 is the whole tree."""
    name: str
    size: float
    """The coefficient of variation of the weighted population, a share."""


def part_errors(given: Any, indices: tuple[NeedIndex, ...]) -> tuple[PartError, ...]:
    """The errors of parts of a need tree, in the order of the tree.

    Args:
        given: one share such as ``"5%"`` for the whole index, or a mapping from names of parts to shares; the
            name ``""`` is the whole index. Parts of the same name have the same error, drawn apart.
        indices: of the tree; see `Need.indices`.

    Raises:
        InputError: every name that is no part, every value that is no share from 0 to 1.
    """
    problems: Problems = Problems()
    found: dict[int, PartError] = {}
    for name, value in (given if hasattr(given, "items") else {"": given}).items():
        with problems.caught():
            size = float(number_in("need_error", value, ALLOWED, least=0, most=1))
            for at in _parts_called(str(name), indices):
                found[at] = PartError(at, indices[at].name, size)
    problems.raise_any(InputError)
    return tuple(found[at] for at in sorted(found))


def _parts_called(name: str, indices: tuple[NeedIndex, ...]) -> list[int]:
    if not name:
        return [0]
    parts = [at for at, index in enumerate(indices) if index.name == name]
    if not parts:
        names = [index.name for index in indices]
        fix = nearest(name, names) or f"its parts are: {', '.join(names)}"
        raise InputError([Problem("need_error", f"need has no part '{name}'", fix)])
    return parts


class NeedDraws:
    """Draws of what need may be; the same for the same seed, whatever the order of the areas.

    Args:
        need: as measured.
        areas: whose need it is.
        errors: of parts; those of size 0 are none.
        seed: of numpy's generator PCG64, a whole number from 0.
    """

    def __init__(self, need: Need, areas: Areas, errors: tuple[PartError, ...], seed: int) -> None:
        self.need, self.population = need, areas.population
        self.people = total(areas.population)
        self.live = areas.population > 0
        self.errors = tuple(each for each in errors if each.size)
        self.by_id = areas.in_id_order(np.arange(areas.size))
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self.parts = _parts(need.indices)

    def draw(self) -> Need:
        """What need may be instead; need as measured if nothing has an error."""
        if not self.errors:
            return self.need
        drawn = self.generator.standard_normal((len(self.errors), self.by_id.size))
        factors = {each.at: self._factor(each.size, z) for each, z in zip(self.errors, drawn, strict=True)}
        weighted = self._weigh(0, factors)
        return Need(weighted, (replace(self.need.indices[0], values=self._per_head(weighted)),))

    def _factor(self, size: float, z: Floats) -> Floats:
        """Lognormal factors of mean 1; the first is that of the area with the lowest id."""
        variance = math.log1p(size * size)
        factor = np.empty_like(z)
        factor[self.by_id] = np.exp(math.sqrt(variance) * z - variance / 2)
        return factor

    def _weigh(self, at: int, factors: Mapping[int, Floats]) -> Floats:
        """The weighted population by a part of the tree, normalised as the tree does."""
        index, parts = self.need.indices[at], self.parts[at]
        if not parts:
            weight = index.values * self.population
        elif self.need.indices[parts[0]].share is not None:
            shares = [self.need.indices[part].share or 0.0 for part in parts]
            weight = sum(
                (share * self._weigh(part, factors) for share, part in zip(shares, parts, strict=True)),
                start=np.zeros_like(self.population),
            )
        else:
            weight = self.population
            for part in parts:
                weight = weight * self._per_head(self._weigh(part, factors))
        if at in factors:
            weight = weight * factors[at]
        return weight * (self.people / total(weight))

    def _per_head(self, weighted: Floats) -> Floats:
        return np.divide(weighted, self.population, out=np.zeros_like(weighted), where=self.live)


def _parts(indices: tuple[NeedIndex, ...]) -> dict[int, list[int]]:
    """The parts of each part of a tree: those one deeper that come after it, before its next sibling."""

    def below(at: int) -> Iterator[int]:
        for other in range(at + 1, len(indices)):
            if indices[other].depth <= indices[at].depth:
                return
            if indices[other].depth == indices[at].depth + 1:
                yield other

    return {at: list(below(at)) for at in range(len(indices))}

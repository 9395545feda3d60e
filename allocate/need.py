"""The need tree: from facts about areas to their weighted population and each index.

Each node is normalised to sum to the population, W = w · ΣN / Σw, so that an index of 1 is average need.
The kinds are those the field uses: a published weighted population, a per-head index, workload by age-sex
band, a table, indices multiplied (as in the Carr-Hill formula) and weighted populations blended (as NHS
England blends primary medical need and health inequalities, 85:15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.documents.nodes import Recipe, check_shares, keys_and_indices, node_error, recipe_of, title_of
from allocate.errors import ExpressionError, Problems, listing
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.documents.need_node import Lookup, NeedNode, NeedShare
    from allocate.language.names import Names
    from allocate.solver.arrays import Floats, Mask


@dataclass(frozen=True)
class NeedIndex:
    """One index of the tree, per area: need per head, average 1."""

    name: str
    values: Floats
    depth: int
    """How deep in the tree; the whole tree is 0."""
    share: float | None = None
    """Its share of the blend it is part of."""
    source: str | None = None


@dataclass(frozen=True)
class Need:
    """What the tree gives."""

    weighted_population: Floats
    """People, adding up to the population."""
    indices: tuple[NeedIndex, ...]
    """Every node's index, the whole tree first, each node before its parts."""

    @property
    def index(self) -> Floats:
        """Need per head of the whole tree; 0 for areas without people."""
        return self.indices[0].values


def measure(node: NeedNode | None, names: Names, population: Floats) -> Need:
    """Measure need.

    Args:
        node: the root of the tree; None weighs nobody.
        names: the columns and parameters it uses.
        population: people per area; an area without people has no need and no index.

    Raises:
        ExpressionError: every value that is missing or negative, shares that do not add up to 1.
    """
    tree = _Tree(names, population, population > 0)
    if node is None:
        index = np.where(tree.live, 1.0, 0.0)
        return Need(population.copy(), (NeedIndex("population as it is", index, 0),))
    weighted = tree.weigh(node, depth=0, share=None)
    tree.problems.raise_any(ExpressionError)
    return Need(weighted, tuple(tree.indices))


class _Tree:
    def __init__(self, names: Names, population: Floats, live: Mask) -> None:
        self.names, self.population, self.live = names, population, live
        self.people = total(population)
        self.indices: list[NeedIndex] = []
        self.problems = Problems()

    def weigh(self, node: NeedNode, depth: int, share: float | None) -> Floats:
        """The weighted population of a node, normalised; its index goes before those of its parts."""
        at = len(self.indices)
        weighted = self.population
        with self.problems.caught():
            weighted = self._normalised(node, self._weight(node, depth))
        index = np.divide(weighted, self.population, out=np.zeros_like(weighted), where=self.live)
        self.indices.insert(at, NeedIndex(title_of(node), index, depth, share, node.source))
        return weighted

    def _normalised(self, node: NeedNode, weight: Floats) -> Floats:
        if (weight < 0).any():
            position = int(np.flatnonzero(weight < 0)[0])
            raise node_error(
                node, f"is negative for {self.names.label(position)}", "need cannot be below nought"
            )
        whole = total(weight)
        if not whole > 0:
            raise node_error(node, "is nought everywhere", "check its columns")
        return weight * (self.people / whole)

    def _weight(self, node: NeedNode, depth: int) -> Floats:
        if node.product is not None:
            return self._product(node.product, depth)
        if node.blend is not None:
            return self._blend(node, node.blend, depth)
        recipe = recipe_of(node)
        weight = self._looked_up(node, node.lookup) if node.lookup else self._added_up(recipe)
        return self.population * weight if recipe.per_head else weight

    def _added_up(self, recipe: Recipe) -> Floats:
        weight, problems = np.zeros_like(self.population), Problems()
        for term, number in recipe.terms:
            with problems.caught():
                weight += self.names.numbers(term, among=self.live) * number
        problems.raise_any(ExpressionError)
        return weight

    def _looked_up(self, node: NeedNode, lookup: Lookup) -> Floats:
        values = self.names.series(lookup.column)
        indices = values.replace_strict(
            *keys_and_indices(node, lookup, numeric=values.dtype.is_numeric()),
            default=None,
            return_dtype=pl.Float64,
        )
        missing = indices.is_null().to_numpy() & self.live
        if missing.any():
            raise self._not_found(node, lookup, values, missing)
        per_head: Floats = indices.fill_null(0.0).to_numpy()
        return per_head

    def _not_found(self, node: NeedNode, lookup: Lookup, values: pl.Series, missing: Mask) -> ExpressionError:
        gaps = np.flatnonzero(missing & values.is_null().to_numpy())
        if gaps.size:
            labels = listing([self.names.label(int(position)) for position in gaps])
            what = f"has nothing to look up for {labels}: '{lookup.column}' is missing"
            return node_error(node, what, "give the missing values")
        shown = listing(sorted({str(each) for each in values.filter(missing).to_list()}))
        example = self.names.label(int(np.flatnonzero(missing)[0]))
        what = f"has no index for {shown} in column '{lookup.column}', as for {example}"
        return node_error(node, what, "add a line to its table")

    def _product(self, parts: tuple[NeedNode, ...], depth: int) -> Floats:
        weight = self.population
        for part in parts:
            part_weight = self.weigh(part, depth + 1, None)
            per_head = np.divide(part_weight, self.population, out=np.zeros_like(weight), where=self.live)
            with np.errstate(over="ignore"):  # what is not finite is refused with the rest of the node
                weight = weight * per_head
        return weight

    def _blend(self, node: NeedNode, parts: tuple[NeedShare, ...], depth: int) -> Floats:
        weight, shares = np.zeros_like(self.population), []
        for part in parts:
            shares.append(self.names.number(part.share))
            weight += shares[-1] * self.weigh(part.of, depth + 1, shares[-1])
        check_shares(node, shares)
        return weight

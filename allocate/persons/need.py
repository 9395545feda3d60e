"""The need tree over persons: which weights each person is given, and how their sums become indices.

A leaf (column, index, bands, lookup) gives every person a weight w. It is normalised as everywhere,
W = w · N / Σw with N the number of persons, and W is the person's index, for a person is a population of 1.
Indices are multiplied person by person, as person-based formulas do, and blended by their shares; an area's
index is the mean of its persons'.

A sum over persons cannot be normalised before it is known, but a tree can be multiplied out: every node is
a sum of products of leaves, each times a number that depends only on the totals of such products. So
one pass that adds up these products by area is enough for every node of any tree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from allocate.documents.need_node import NeedNode
from allocate.documents.nodes import (
    as_expression,
    check_shares,
    keys_and_indices,
    node_error,
    recipe_of,
    title_of,
)
from allocate.errors import ExpressionError, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.documents.need_node import Lookup
    from allocate.language.places import Written
    from allocate.persons.exact_sums import AreaSums
    from allocate.persons.names import PersonNames
    from allocate.solver.arrays import Floats

MOST_PRODUCTS = 100
"""Sums that one pass may take."""

FEW_KEYS = 12
"""Up to so many keys, comparing a value with each is faster than a join."""

Product = tuple[int, ...]
"""Leaves whose weights are multiplied, by their numbers."""

Factors = dict[Product, float]
"""What the sum of each product is multiplied by."""


class Fact(NamedTuple):
    """Something a weight is computed from, for messages: as it is written, and as polars computes it."""

    written: Written
    value: pl.Expr


@dataclass(frozen=True)
class Leaf:
    """A node that gives each person a weight by facts about that person."""

    node: NeedNode
    weight: pl.Expr
    facts: tuple[Fact, ...]
    table: pl.DataFrame | None = None
    """What a long lookup joins: the keys, and the index of each under the name that `weight` has for it."""


@dataclass(frozen=True)
class Branch:
    """A node of the tree: a leaf, or what its parts are multiplied or blended into."""

    node: NeedNode
    leaf: int | None = None
    parts: tuple[Branch, ...] = ()
    shares: tuple[float, ...] = ()
    """The parts' shares of a blend; none for a product."""

    def products(self) -> set[Product]:
        """The products of leaves that this node is a sum of."""
        if self.leaf is not None:
            return {(self.leaf,)}
        below = [part.products() for part in self.parts]
        if self.shares:
            return set().union(*below)
        if math.prod(map(len, below)) > MOST_PRODUCTS:
            fix = "compute one of its blends beforehand, as a column"
            raise node_error(self.node, f"multiplies out to more than {MOST_PRODUCTS} products", fix)
        return {sum(each, ()) for each in product(*below)}

    def everywhere(self) -> Iterator[Branch]:
        """This node and all below it, each before its parts."""
        yield self
        for part in self.parts:
            yield from part.everywhere()


class Tree:
    """A need tree made ready to weigh persons.

    Args:
        root: the root; None weighs everybody alike.
        names: what its expressions may use.

    Raises:
        ExpressionError: every expression that cannot be used, shares that do not add up to 1.
    """

    def __init__(self, root: NeedNode | None, names: PersonNames) -> None:
        self._names, self._problems = names, Problems()
        self.leaves: list[Leaf] = []
        self.root = self._branch(root or NeedNode(index="1", name="population as it is"))
        self._problems.raise_any(ExpressionError)
        self.products = sorted(set().union(*(each.products() for each in self.root.everywhere())))
        if len(self.products) > MOST_PRODUCTS:
            fix = "compute one of its blends beforehand, as a column"
            raise node_error(self.root.node, f"multiplies out to more than {MOST_PRODUCTS} products", fix)

    def weights(self, frame: pl.LazyFrame, *kept: str) -> pl.LazyFrame:
        """The weight of every product for every person, in columns named by `column_of`."""
        for leaf in self.leaves:
            if leaf.table is not None:
                key = leaf.table.columns[0]
                frame = frame.join(leaf.table.lazy(), left_on=leaf.facts[0].value, right_on=key, how="left")
        singles = {column_of((number,)): leaf.weight for number, leaf in enumerate(self.leaves)}
        several = {column_of(each): _multiplied(each) for each in self.products if len(each) > 1}
        return frame.with_columns(**singles).select(*kept, *singles, **several)

    def _branch(self, node: NeedNode) -> Branch:
        if node.product is not None:
            return Branch(node, parts=tuple(map(self._branch, node.product)))
        if node.blend is None:
            with self._problems.caught():
                self.leaves.append(self._leaf(node))
            return Branch(node, leaf=len(self.leaves) - 1)
        parts, shares = tuple(self._branch(each.of) for each in node.blend), []
        with self._problems.caught():
            shares = [self._names.number(each.share) for each in node.blend]
            check_shares(node, shares)
        return Branch(node, parts=parts, shares=tuple(shares))

    def _leaf(self, node: NeedNode) -> Leaf:
        if node.lookup is not None:
            return self._lookup(node, node.lookup)
        facts, parts, problems = [], [], Problems()
        for term, number in recipe_of(node).terms:
            with problems.caught():
                facts.append(self._fact(term))
                parts.append(facts[-1].value if number == 1 else facts[-1].value * number)
        problems.raise_any(ExpressionError)
        return Leaf(node, reduce(pl.Expr.add, parts), tuple(facts))

    def _fact(self, written: Written) -> Fact:
        return Fact(written, self._names.numbers(written))

    def _lookup(self, node: NeedNode, lookup: Lookup) -> Leaf:
        column, numeric = self._names.column(lookup.column)
        keys, indices = keys_and_indices(node, lookup, numeric=numeric)
        name = f"__allocate_index_{len(self.leaves)}"
        table = pl.DataFrame({f"{name}_key": keys, name: pl.Series(indices, dtype=pl.Float64)})
        fact = Fact(as_expression(lookup.column), column.cast(table.dtypes[0]))
        if table.height > FEW_KEYS:
            return Leaf(node, pl.col(name), (fact,), table)
        return Leaf(node, _chosen(fact.value, table), (fact,))


def column_of(leaves: Product) -> str:
    """What to call the column of a product."""
    return "__allocate_weight_" + "_".join(map(str, leaves))


def _chosen(value: pl.Expr, table: pl.DataFrame) -> pl.Expr:
    """The index of a value, found by comparing it with every key."""
    index = pl.lit(None, dtype=pl.Float64)
    for key, each in table.iter_rows():
        index = pl.when(value == key).then(each).otherwise(index)
    return index


def _multiplied(leaves: Product) -> pl.Expr:
    return reduce(pl.Expr.mul, (pl.col(column_of((leaf,))) for leaf in leaves))


class NodeWeight(NamedTuple):
    """A node's name and its weighted population by area, adding up to all persons."""

    name: str
    weighted: Floats


def weigh_areas(tree: Tree, sums: AreaSums) -> list[NodeWeight]:
    """Every node's weighted population by area, the whole tree first, each node before its parts.

    Raises:
        ExpressionError: every node whose weights are nought for everybody, or too large to add up.
    """
    weighing = _Combining(sums)
    weighing.combine(tree.root)
    weighing.problems.raise_any(ExpressionError)
    return weighing.found


class _Combining:
    def __init__(self, sums: AreaSums) -> None:
        self.sums = sums
        self.found: list[NodeWeight] = []
        self.problems = Problems()

    def combine(self, branch: Branch) -> Factors:
        """What to multiply the sum of each product by, to add up to a node's weighted population."""
        at = len(self.found)
        factors = _factors(branch, [self.combine(part) for part in branch.parts])
        with self.problems.caught():
            factors = self._normalised(branch.node, factors)
        self.found.insert(at, NodeWeight(title_of(branch.node), self._by_area(factors)))
        return factors

    def _normalised(self, node: NeedNode, factors: Factors) -> Factors:
        whole = math.fsum(factor * self.sums.total(column_of(each)) for each, factor in factors.items())
        if not whole > 0:
            raise node_error(node, "is nought everywhere", "check its columns")
        if math.isinf(whole):
            raise node_error(node, "is too large to add up", "check its columns and their units")
        return {each: factor * (self.sums.people / whole) for each, factor in factors.items()}

    def _by_area(self, factors: Factors) -> Floats:
        weighted = np.zeros(self.sums.persons.size)
        for each, factor in factors.items():
            weighted += self.sums.by_area(column_of(each)) * factor
        return weighted


def _factors(branch: Branch, parts: list[Factors]) -> Factors:
    if branch.leaf is not None:
        return {(branch.leaf,): 1.0}
    if branch.shares:
        shared = zip(branch.shares, parts, strict=True)
        return {each: share * factor for share, part in shared for each, factor in part.items()}
    chosen = product(*(part.items() for part in parts))
    return {sum((each for each, _ in of), ()): math.prod(factor for _, factor in of) for of in chosen}

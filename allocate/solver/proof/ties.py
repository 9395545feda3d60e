"""Rules that tie areas together, as the proof sees them: rows of limits, cells of areas, trees of groups."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.proof.parts import ENDLESS, sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.solver.arrays import Mask, Pence, Positions
    from allocate.solver.partition import Partition, Ratio


class Row(NamedTuple):
    """A limit on a sum over cells."""

    times: dict[int, Fraction]
    """What a penny of each cell adds to the sum; the others add nothing."""
    lower: Fraction | None
    upper: Fraction | None
    """In pence; None where there is no limit."""


@dataclass(frozen=True)
class Ties:
    """The rules that tie areas together."""

    size: int
    """How many areas there are."""
    partitions: tuple[Partition, ...]
    ratios: tuple[Ratio, ...]
    no_cap: int
    """The pence that mean no upper limit."""

    @cached_property
    def cell_of(self) -> Positions:
        """The cell of each area: those with the same memberships are in one."""
        kinds = [each.codes for each in self.partitions]
        kinds += [each.inside + 2 * each.against.astype(np.intp) for each in self.ratios]
        cell_of = np.zeros(self.size, dtype=np.intp)
        for codes in kinds:
            spread = int(codes.max()) + 2
            _, cell_of = np.unique(cell_of * spread + codes + 1, return_inverse=True)
        return cell_of

    @cached_property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.cell_of.max()) + 1

    @cached_property
    def rows(self) -> list[Row]:
        """The limits of every group of each rule, then those of ratios."""
        first = np.zeros(self.cells, dtype=np.intp)
        first[self.cell_of[::-1]] = np.arange(self.size)[::-1]
        return [*self._rows_of_groups(first), *(self._row_of_ratio(each, first) for each in self.ratios)]

    def _rows_of_groups(self, first: Positions) -> Iterator[Row]:
        for each in self.partitions:
            codes = each.codes[first]
            members: list[dict[int, Fraction]] = [{} for _ in range(each.lower.size)]
            for cell in np.flatnonzero(codes >= 0).tolist():
                members[codes[cell]][cell] = Fraction(1)
            for cells, low, high in zip(members, each.lower.tolist(), each.upper.tolist(), strict=True):
                upper = None if high == self.no_cap else Fraction(high)
                yield Row(cells, Fraction(low) if low > 0 else None, upper)

    @staticmethod
    def _row_of_ratio(ratio: Ratio, first: Positions) -> Row:
        times, cells = Fraction(ratio.times), {}
        for cell, (inside, against) in enumerate(
            zip(ratio.inside[first].tolist(), ratio.against[first].tolist(), strict=True)
        ):
            if inside or against:
                cells[cell] = Fraction(int(inside)) - (times if against else 0)
        lower = None if np.isinf(ratio.lower) else Fraction(ratio.lower)
        return Row(cells, lower, None if np.isinf(ratio.upper) else Fraction(ratio.upper))

    def totals(self, parts: Pence) -> Pence:
        """What each cell gets, in the unit of the amounts."""
        return sums(self.cell_of, parts, self.cells)

    def most(self, upper: Pence, whole: int) -> Pence:
        """The most each cell gets, given that of its areas; `ENDLESS` if that is far above the whole pot."""
        about = np.bincount(self.cell_of, upper.astype(np.float64), self.cells)
        return np.where(about > 2.0 * whole, ENDLESS, self.totals(upper))

    def tree(self, order: Sequence[int]) -> Tree | None:
        """The groups as a tree, if they are one.

        Args:
            order: the rules, deepest first.

        Returns:
            The tree; None if some group does not lie in one other, or some rule is missing or compares two.
        """
        if self.ratios or sorted(order) != list(range(len(self.partitions))):
            return None
        counts = [each.lower.size for each in self.partitions]
        begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        root = int(begins[-1])
        node_of, parent = np.full(self.size, root), np.full(root + 1, root)
        outermost_first = list(order)[::-1]
        for at in outermost_first:
            codes = self.partitions[at].codes
            inside = codes >= 0
            nodes, around = codes[inside] + begins[at], node_of[inside]
            parent[nodes] = around
            if (parent[nodes] != around).any():  # two groups around one: these overlap
                return None
            node_of = np.where(inside, codes + begins[at], node_of)
        return Tree(node_of, parent, tuple(int(each) for each in begins), tuple(outermost_first), self)


@dataclass(frozen=True)
class Tree:
    """Groups inside groups; the last node is everybody."""

    node_of: Positions
    """The innermost group of each area."""
    parent: Positions
    begins: tuple[int, ...]
    """The first node of each rule; at last the root."""
    outermost_first: tuple[int, ...]
    """The rules, so that each group comes after the one it lies in."""
    ties: Ties

    @property
    def root(self) -> int:
        """The node that is everybody."""
        return self.begins[-1]

    def layers(self) -> Iterator[slice]:
        """The nodes of each rule, the outermost first."""
        for at in self.outermost_first:
            yield slice(self.begins[at], self.begins[at + 1])

    def down(self, own: dict[int, float], everybody: float) -> list[float]:
        """The level of each node: its own, or that of the group around it."""
        levels = [everybody] * (self.root + 1)
        for layer in self.layers():
            for node in range(layer.start, layer.stop):
                levels[node] = own.get(node, levels[self.parent[node]])
        return levels

    def up(self, values: Pence, least: Pence | None = None, most: Pence | None = None) -> Pence:
        """The total of each node, each held between some limits before it counts in the group around it."""
        totals = sums(self.node_of, values, self.root + 1)
        for layer in reversed(list(self.layers())):
            if least is not None:
                totals[layer] = np.maximum(totals[layer], least[layer])
            if most is not None:
                totals[layer] = np.minimum(totals[layer], most[layer])
            np.add.at(totals, self.parent[layer], totals[layer])
        return totals

    def own(self, values: Pence) -> Pence:
        """What the areas of each node get that are in no group inside it."""
        return sums(self.node_of, values, self.root + 1)

    def limits(self) -> tuple[Pence, Pence, Mask]:
        """The least and the most of each node in pence, and which have a most."""
        lower = np.concatenate([*(each.lower for each in self.ties.partitions), [0]]).astype(np.int64)
        upper = np.concatenate([*(each.upper for each in self.ties.partitions), [self.ties.no_cap]])
        return lower, upper.astype(np.int64), upper != self.ties.no_cap

"""Groups inside groups, as a tree: its root is everybody, its nodes the groups, its leaves the areas."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.partition import numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.solver.arrays import Floats, Positions
    from allocate.solver.partition import Partition


@dataclass(frozen=True)
class Forest:
    """Nested groups with their limits; nodes are numbered rule by rule, the deepest first, the root last."""

    node_of: Positions
    """The innermost group of each area."""
    parent: Positions
    """The group that each group lies in; the root lies in itself."""
    lower: Floats
    upper: Floats
    """The limits of each group, in pence; infinity if there is no upper one."""
    layers: tuple[slice, ...]
    """The nodes of each rule, deepest first, and of the root."""
    codes: tuple[Positions, ...]
    """The node of each area in each rule; -1 if it is in none of its groups."""
    order: tuple[int, ...]
    """Which of the rules, as they were given, each layer is of."""

    @property
    def size(self) -> int:
        """How many groups there are, with the root."""
        return self.parent.size

    def rule_and_group(self, node: int) -> tuple[int, int]:
        """Which rule a node is of, as they were given, and which of its groups it is."""
        depth = next(depth for depth, layer in enumerate(self.layers) if node < layer.stop)
        return self.order[depth], node - self.layers[depth].start

    def generations(self) -> Iterator[Positions]:
        """The groups whose parent is the root, those below them, and so on."""
        below = np.flatnonzero(self.parent == self.size - 1)[:-1]
        while below.size:
            yield below
            above = np.zeros(self.size, dtype=bool)
            above[below] = True
            below = np.flatnonzero(above[self.parent])


def plant(size: int, partitions: Sequence[Partition], no_cap: int) -> Forest | None:
    """Make a tree of group rules; None if some of their groups overlap.

    Args:
        size: how many areas there are.
        partitions: the group rules, in any order.
        no_cap: the pence that mean no upper limit.
    """
    positions = _deepest_first(partitions)
    if positions is None:
        return None
    order = [partitions[at] for at in positions]
    counts = [each.lower.size for each in order]
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    root = int(begins[-1])
    node_of, parent = np.full(size, root), np.full(root + 1, root)
    codes = [
        np.where(each.codes >= 0, each.codes + begin, -1) for each, begin in zip(order, begins, strict=False)
    ]
    for depth in reversed(
        range(len(order))
    ):  # each deeper rule takes its areas over from the groups around them
        inside = codes[depth] >= 0
        parent[codes[depth][inside]] = node_of[inside]
        node_of = np.where(inside, codes[depth], node_of)
    caps = np.concatenate([each.upper for each in order] or [np.empty(0, dtype=np.int64)])
    upper = np.append(np.where(caps == no_cap, np.inf, caps.astype(np.float64)), np.inf)
    lower = np.concatenate([*(each.lower for each in order), [0]]).astype(np.float64)
    layers = tuple(
        slice(int(begin), int(begin) + count) for begin, count in zip(begins, [*counts, 1], strict=True)
    )
    return Forest(node_of, parent, lower, upper, layers, (*codes, np.full(size, root)), tuple(positions))


def _deepest_first(partitions: Sequence[Partition]) -> list[int] | None:
    """Order group rules so that every group comes before those it lies in; None if some overlap."""
    inside: TopologicalSorter[int] = TopologicalSorter()
    for at, one in enumerate(partitions):
        inside.add(at)
        for other in range(at):
            relation = _nesting(one, partitions[other])
            if relation is None:
                return None
            if relation:
                inside.add(*((other, at) if relation < 0 else (at, other)))
    try:
        return list(inside.static_order())
    except CycleError:
        return None


def _nesting(one: Partition, other: Partition) -> int | None:
    """-1 if the groups of `one` lie in those of `other`, 1 the other way round, 0 if none meet, else None."""
    width = other.lower.size + 1
    met, which = numbered((one.codes + 1) * width + other.codes + 1, (one.lower.size + 1) * width)
    first, second, shared = met // width, met % width, np.bincount(which)
    both = (first > 0) & (second > 0)
    if not both.any():
        return 0
    first, second, shared = first[both], second[both], shared[both]
    if (shared == np.bincount(one.codes + 1)[first]).all():
        return -1
    return 1 if (shared == np.bincount(other.codes + 1)[second]).all() else None

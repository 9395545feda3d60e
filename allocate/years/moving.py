"""Where the people, the need and the money of areas go when practices merge, close, split or open.

Numbers only. An area that is not part of an event goes on as it is; one that gives something away is
described by its flows, which share out all of it. Money is split in whole pence by largest remainder.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.sums import steady

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats, Pence, Positions


class Flow(NamedTuple):
    """What of an area goes to an area of the next state; shares of it, each from 0 to 1."""

    old: int
    new: int
    people: float
    money: float
    need: float


@dataclass(frozen=True)
class Moves:
    """From the areas before an event to those after it."""

    ids: tuple[str, ...]
    """The areas afterwards."""
    source: Positions
    """For each of them the area that goes on in it whole, or -1."""
    flows: tuple[Flow, ...]
    """Of the areas that give something away; those of one area together are all of it."""
    brought: Pence
    """Money that comes with each area from elsewhere, in pence."""

    def carry(self, amounts: Pence) -> Pence:
        """What each area afterwards has of the money before, in whole pence, and what comes with it."""
        carried = np.where(self.source >= 0, amounts[self.source], 0) + self.brought
        for old in dict.fromkeys(flow.old for flow in self.flows):
            flows = [flow for flow in self.flows if flow.old == old]
            order = sorted(flows, key=lambda flow: self.ids[flow.new])
            parts = split_pence(int(amounts[old]), [flow.money for flow in order])
            for flow, pence in zip(order, parts, strict=True):
                carried[flow.new] += pence
        return carried


def split_pence(whole: int, shares: Sequence[float]) -> list[int]:
    """Split whole pence by shares, by largest remainder; of equal remainders the first comes first."""
    exact = [Fraction(Decimal(repr(share))) for share in shares]
    wanted = [whole * share / sum(exact) for share in exact]
    parts = [int(each) for each in wanted]
    by_remainder = sorted(range(len(parts)), key=lambda at: parts[at] - wanted[at])
    for at in by_remainder[: whole - sum(parts)]:
        parts[at] += 1
    return parts


@dataclass(frozen=True)
class Making:
    """What areas are made of: shares of the parts whose people and need are known, a row a share."""

    part: Positions
    area: Positions
    people: Floats
    need: Floats
    areas: int
    """How many areas there are."""
    is_plain: bool = False
    """Whether each area is the part at its position."""

    @classmethod
    def plain(cls, size: int) -> Making:
        """Each area is one part."""
        every, whole = np.arange(size), np.ones(size)
        return cls(every, every, whole, whole, size, is_plain=True)

    def total(self, values: Floats, shares: Floats) -> Floats:
        """Add up the parts of each area, in an order-free way."""
        if self.is_plain:
            return values
        parts = steady(values[self.part] * shares)
        return np.bincount(self.area, parts, self.areas).astype(np.float64)

    def then(self, moves: Moves) -> Making:
        """What areas are made of after an event."""
        goes_on = np.full(self.areas, -1)
        kept = np.flatnonzero(moves.source >= 0)
        goes_on[moves.source[kept]] = kept
        stays = goes_on[self.area] >= 0
        rows = [(self.part[stays], goes_on[self.area[stays]], self.people[stays], self.need[stays])]
        for flow in moves.flows:
            of = np.flatnonzero(self.area == flow.old)
            given = (self.people[of] * flow.people, self.need[of] * flow.need)
            rows.append((self.part[of], np.full(of.size, flow.new), *given))
        part, area, people, need = (np.concatenate(each) for each in zip(*rows, strict=True))
        return Making(part, area, people, need, len(moves.ids))

    def with_part(self, part: int, area: int) -> Making:
        """The same with a part that is all of it in an area."""
        return Making(
            np.append(self.part, part),
            np.append(self.area, area),
            np.append(self.people, 1.0),
            np.append(self.need, 1.0),
            self.areas,
        )

"""Prices: what £1 of relaxing each binding rule is worth, and who gets the next £1,000; by solving again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import RulesCannotHold
from allocate.limits.giving import FIRM
from allocate.sharing.routes import DoesNotFit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence, Positions

POUND = 100
"""By how many pence the limits of a rule are relaxed, if the rounding unit is no more than that."""

NEXT = 100_000
"""The next £1,000, in pence."""

NOISE = 0.05
"""Money that moves by less than this many pence is noise of the linear programme."""


class Move(NamedTuple):
    """Money that some areas lose or gain together, in pence."""

    who: str
    pence: float


@dataclass(frozen=True)
class Price:
    """What relaxing one rule would do: each limit that holds somebody gives way by £1."""

    rule: int
    """The position of the rule in the policy."""
    limits: int
    """How many areas, or groups of areas, it holds."""
    worth: float
    """By how much the worst-funded would rise, £ per weighted head."""
    gains: Floats
    """What each area would get more (or less), in pence before rounding."""
    losers: tuple[Move, ...]
    winners: tuple[Move, ...]
    """Who would lose and who would gain, the most first: groups of the rule, or the areas that it holds and
    the others."""

    @property
    def moved(self) -> float:
        """How much money would change hands, in pence."""
        return float(np.abs(self.gains).sum()) / 2


def find_prices(allocation: Allocation) -> tuple[Price, ...]:
    """The price of every rule that binds, in the order of the policy.

    Each is found by sharing the pot out again with the rule relaxed, before rounding to whole pence.
    """
    return tuple(_prices(allocation))


def _prices(allocation: Allocation) -> Iterator[Price]:
    funded, before = allocation.funded, allocation.shared.exact
    step = max(POUND, funded.prepared.unit)
    for rule, limits in binding_limits(allocation).items():
        give = funded.gives.get(rule, FIRM)
        try:
            _, shared = funded.share({**funded.gives, rule: give._replace(by=give.by + step)})
        except (DoesNotFit, RulesCannotHold):
            continue  # only where whole units stand in the way
        moved = shared.exact - before
        gains = np.where(np.abs(moved) > NOISE, moved, 0.0) * (POUND / step)
        worth = (_lowest(allocation, shared.exact) - _lowest(allocation, before)) / step
        yield Price(rule, limits, worth, gains, *_between(allocation, rule, gains))


def binding_limits(allocation: Allocation) -> dict[int, int]:
    """How many areas or groups each rule holds, of the rules that hold any, in the order of the policy."""
    rules = range(len(allocation.prepared.policy.rules))
    held = {at: int(np.count_nonzero(allocation.binding_rule == at)) for at in rules}
    held |= {at: len(groups) for at, groups in allocation.binding_groups.items()}
    return {at: count for at, count in held.items() if count}


def _lowest(allocation: Allocation, amounts: Floats) -> float:
    """What the worst-funded gets, pence per weighted head."""
    weighted = allocation.prepared.need.weighted_population
    some = weighted > 0
    return float((amounts[some] / weighted[some]).min()) if some.any() else 0.0


def _between(allocation: Allocation, rule: int, gains: Floats) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
    """Who loses and who gains, as the rule sees them."""
    codes, names = _parties(allocation, rule)
    sums = np.bincount(codes, gains, len(names))
    moves = [Move(name, float(pence)) for name, pence in zip(names, sums, strict=True)]
    moves = sorted(
        (move for move in moves if abs(move.pence) >= 0.5), key=lambda move: -abs(round(move.pence))
    )
    losers = tuple(move for move in moves if move.pence < 0)
    return losers, tuple(move for move in moves if move.pence > 0)


def _parties(allocation: Allocation, rule: int) -> tuple[Positions, list[str]]:
    """The areas as a rule sees them: its groups, or those it holds; and all others."""
    for each in allocation.limits.groups:
        if each.rule == rule:
            return each.partition.codes + 1, ["the other areas", *each.groups]
    ratios = [each for each in allocation.limits.ratios if each.rule == rule]
    if ratios:
        codes = sum((number * each.ratio.inside for number, each in enumerate(ratios, 1)), start=np.intp(0))
        return np.asarray(codes), ["the other areas", *(each.group for each in ratios)]
    held = allocation.binding_rule == rule
    return held.astype(np.intp), ["the other areas", "the areas it holds"]


def next_gains(allocation: Allocation) -> Pence | None:
    """What each area would get of one more £1,000 in the pot, in pence; None if it cannot be placed."""
    more = allocation.budget + max(NEXT, allocation.prepared.unit)
    try:
        return allocation.prepared.fund(more).allocate().amounts - allocation.amounts
    except RulesCannotHold:
        return None

"""Prices: what £1 of relaxing each binding rule is worth, and who gets the next £1,000; by solving again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import RulesCannotHold
from allocate.giving import FIRM
from allocate.routes import DoesNotFit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence

POUND = 100
"""By how many pence the limits of a rule are relaxed, if the rounding unit is no more than that."""

NEXT = 100_000
"""The next £1,000, in pence."""

NOISE = 0.05
"""Money that moves by less than this many pence is noise of the linear programme."""


@dataclass(frozen=True)
class Price:
    """What relaxing one rule would do: each limit that holds somebody gives way by £1."""

    rule: int
    """The position of the rule in the policy."""
    limits: int
    """How many areas, or groups of areas, it holds."""
    worth: float
    """By how much the worst-funded would rise, £ per weighted head."""
    moves: Floats
    """What each area would get more (or less), in pence before rounding."""

    @property
    def moved(self) -> float:
        """How much money would change hands, in pence."""
        return float(np.abs(self.moves).sum()) / 2

    @property
    def moves_nothing(self) -> bool:
        """Whether nobody's money would change: another rule holds them as well."""
        return not (np.abs(self.moves) > NOISE).any()


class Side(NamedTuple):
    """Areas whose money moves one way, the most first."""

    areas: tuple[str, ...]
    pence: tuple[float, ...]


def find_prices(allocation: Allocation) -> tuple[Price, ...]:
    """The price of every rule that binds, in the order of the policy."""
    return tuple(_prices(allocation))


def _prices(allocation: Allocation) -> Iterator[Price]:
    funded = allocation.funded
    step = max(POUND, funded.prepared.unit)
    for rule, limits in binding_limits(allocation).items():
        give = funded.gives.get(rule, FIRM)
        gives = {**funded.gives, rule: give._replace(by=give.by + step)}
        try:
            _, shared = funded.share(gives)
        except (DoesNotFit, RulesCannotHold):
            continue  # only where whole units stand in the way
        moves = (shared.exact - allocation.shared.exact) * (POUND / step)
        worth = (lowest(allocation, shared.exact) - lowest(allocation, allocation.shared.exact)) / step
        yield Price(rule, limits, worth, np.where(np.abs(moves) > NOISE * POUND / step, moves, 0.0))


def binding_limits(allocation: Allocation) -> dict[int, int]:
    """How many areas or groups each rule holds, of the rules that hold any, in the order of the policy."""
    rules = allocation.prepared.policy.rules
    held = {at: int(np.count_nonzero(allocation.binding_rule == at)) for at in range(len(rules))}
    held |= {at: len(groups) for at, groups in allocation.binding_groups.items()}
    return {at: count for at, count in held.items() if count}


def lowest(allocation: Allocation, amounts: Floats) -> float:
    """What the worst-funded gets, pence per weighted head."""
    weighted = allocation.prepared.need.weighted_population
    some = weighted > 0
    return float((amounts[some] / weighted[some]).min()) if some.any() else 0.0


def sides(allocation: Allocation, moves: Floats) -> tuple[Side, Side]:
    """Who loses and who gains by money that moves."""
    ids = allocation.prepared.areas.ids

    def side(sign: int) -> Side:
        some = np.flatnonzero(moves * sign > 0)
        order = some[np.argsort(-np.abs(moves[some]), kind="stable")]
        return Side(tuple(str(each) for each in ids.gather(order)), tuple(np.abs(moves[order]).tolist()))

    return side(-1), side(1)


def next_gains(allocation: Allocation) -> Pence | None:
    """What each area would get of one more £1,000 in the pot, in pence; None if it cannot be placed."""
    more = allocation.budget + max(NEXT, allocation.prepared.unit)
    try:
        return allocation.prepared.fund(more).allocate().amounts - allocation.amounts
    except RulesCannotHold:
        return None

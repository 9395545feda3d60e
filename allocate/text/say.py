"""Figures in words: what the explanation, the summary and a rule book on a scenario say alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from allocate.errors import listing
from allocate.money import pounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.allocation import Allocation
    from allocate.results.prices import Move, Price
    from allocate.sharing.giving_way import GaveWay


def per_unit(denominator: str) -> str:
    """What money per unit of something is called."""
    known = {"weighted_population": "per weighted head", "population": "per head"}
    return known.get(denominator, f"per unit of {denominator}")


def small_pounds(value: float) -> str:
    """An amount in £ with two figures that count, however small: ``£0.0000039``."""
    if value == 0:
        return "£0"
    decimals = max(2, 1 - math.floor(math.log10(abs(value))))
    return f"£{value:,.{min(decimals, 12)}f}"


def percent(share: float) -> str:
    """A share as people write it: ``60%``, ``2.5%``, ``33.3333%``."""
    return f"{share * 100:.6g}%"


def price_sentence(allocation: Allocation, price: Price) -> str:
    """What £1 of relaxing a rule would do."""
    rule = allocation.prepared.policy.rules[price.rule]
    change = rule.limit.relaxed
    groups = "groups" if rule.is_for_groups else "areas"
    each = f" for each of the {price.limits:,} {groups} it holds" if price.limits > 1 else ""
    if not price.gains.any():
        return f"{change}{each} would move nothing: something else holds the same areas."
    if abs(price.worth) < NO_WORTH:
        worth = "nothing to the worst-funded"
    else:
        worth = f"{small_pounds(price.worth)} per weighted head to the worst-funded"
    if price.losers and price.winners:
        move = f"from {_moves(price.losers)} to {_moves(price.winners)}"
    else:
        move = "among the same areas"
    return f"{change}{each} would move {pounds(price.moved)} {move}: worth {worth}."


NO_WORTH = 1e-11
"""£ per weighted head below which the worst-funded get no more: noise of the linear programme."""


def _moves(moves: Sequence[Move]) -> str:
    if len(moves) == 1:
        return moves[0].who
    return listing([f"{move.who} ({pounds(abs(move.pence))})" for move in moves], 3)


def binding_sentence(allocation: Allocation, position: int) -> str:
    """How much a rule binds."""
    held = int((allocation.binding_rule == position).sum())
    groups = allocation.binding_groups.get(position, ())
    if groups:
        return f"It binds {listing(list(groups), 3)} and holds {_count(held)} there."
    return f"It holds {_count(held)}." if held else "It holds nobody."


def _count(areas: int) -> str:
    return "one area" if areas == 1 else f"{areas:,} areas"


def next_sentence(allocation: Allocation) -> str:
    """Who would get the next £1,000."""
    gains, areas = allocation.next_gains, allocation.prepared.areas
    if gains is None:
        return "cannot be placed under these rules"
    some = int(np.count_nonzero(gains))
    most = int(gains.argmax())
    name = str(areas.ids[most]) + (f" {areas.names[most]}" if areas.names is not None else "")
    return f"would go to {_count(some)}, the most to {name}: {pounds(int(gains[most]))}"


def gave_way_sentence(allocation: Allocation, gave: GaveWay) -> str:
    """How far a rule gave way, because not all could hold."""
    rule = allocation.prepared.policy.rules[gave.rule]
    short = f", {pounds(gave.short)} less than in full" if gave.short else ""
    if gave.strength == 0:
        return f"'{rule.name}' gave way entirely{short}"
    if not rule.limit.is_floor:
        return (
            f"'{rule.name}' gave way: its caps are {1 / gave.strength:.4g} times as far above the baselines"
        )
    return f"'{rule.name}' gave way: {gave.strength:.4%} of it could be met{short}"

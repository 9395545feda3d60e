"""The certificate of a run: what a proof needs so that it need not search, as the solvers found it.

It has levels and prices by group and cell, never by area, so a million areas have no larger one than ten.
Areas in it stand for their cells. Nothing in it is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.proving.gave_way import A_LITTLE_MORE, a_little_stronger
from allocate.sharing.routes import route_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allocate.allocation import Allocation
    from allocate.funding import Funded
    from allocate.limits.giving import Give
    from allocate.solver.reasons import Bound, Prices, Reasons


class PartReasons(NamedTuple):
    """What a certificate says of one tranche."""

    name: str
    placed: int
    """In pence."""
    reached: float
    """What all areas have together after it, in pence."""
    reasons: Reasons
    why_full: Bound | None


@dataclass(frozen=True)
class Certificate:
    """Why an allocation is what the rules ask for."""

    gives: Mapping[int, Give]
    """Which rules give way, by their positions in the policy."""
    no_stronger: Mapping[int, Prices]
    """For each priority of them, the prices that say why they could not give way less."""
    order: tuple[int, ...] | None
    """The rules for groups, deepest first; None if these are not nested."""
    due: int | None
    """What floors of groups ask for above those of areas, in pence; None if nothing depends on it."""
    why_due: Bound | None
    """What says that they ask for no more and no less, where that takes more than adding up."""
    parts: tuple[PartReasons, ...]
    left: int
    """What no area may take, in pence."""
    nearest: Bound | None
    """The whole totals of cells and the prices that say that none are nearer, where groups overlap."""


def certificate_of(allocation: Allocation) -> Certificate:
    """The certificate of an allocation that was just made."""
    shared, parts = allocation.shared, []
    reached = allocation.limits.lower.astype(np.float64)
    for part in shared.parts:
        reached = reached + part.gains
        total = float(np.sum(reached))
        parts.append(PartReasons(part.name, part.placed, total, part.reasons, part.why_full))
    return Certificate(
        gives=dict(allocation.funded.gives),
        no_stronger=_why_no_stronger(allocation.funded, shared.order),
        order=shared.order,
        due=shared.due,
        why_due=shared.why_due,
        parts=tuple(parts),
        left=shared.left,
        nearest=shared.nearest,
    )


def _why_no_stronger(funded: Funded, order: Sequence[int] | None) -> dict[int, Prices]:
    """For each priority that gave way, the prices that say why it did; none where adding up says so."""
    found: dict[int, Prices] = {}
    rules, leave = funded.prepared.policy.rules, funded.prepared.scenario.leave_unspent
    for priority, _, gives in a_little_stronger(rules, funded.gives, A_LITTLE_MORE) if order is None else ():
        limits = funded.measured.limits(gives)
        if limits.contradict.any():
            continue
        route = route_for(limits, funded.pot, "linear programme")
        prices = route.why_not(limits.lower.astype(np.float64), limits.most, leave=leave)
        if prices is not None:
            found[priority] = prices
    return found

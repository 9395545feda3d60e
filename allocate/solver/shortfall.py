"""The least shortfall: money goes where a pound closes most, counting each shortfall by its priority.

Minimise Σ pᵢ · max(0, gᵢ - xᵢ), where gᵢ is what area i is to reach (its fair share). Many allocations may
do that equally well, so what is found here is all of them: a *face*, given by narrower limits of the areas
and by rules that stand at their limits. Levelling up within the face makes the answer unique.

An area is worth its priority until it has reached gᵢ and nothing above that. Without group rules the face is
found by going through the priorities from the highest. Under group rules it takes one linear programme, with
a variable for the areas of a cell that have the same priority; by complementary slackness the face is what
its dual prices say: who is worth more than a pound costs is filled, who is worth less gets nothing, the rest
is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.highs import price_of, solve_to_optimal, summed, weighted_sum
from allocate.solver.programme import NoRoom
from allocate.solver.reasons import Prices

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Mask, Positions
    from allocate.solver.programme import Programme

SAME = 1e-8
"""Priorities, as parts of the highest, that differ by no more than this count as the same."""


class Wish(NamedTuple):
    """What areas are to reach, and how much a pound of shortfall counts."""

    priority: Floats
    """At least 0; as parts of the highest."""
    goal: Floats
    """What each is to reach, between its limits."""


class Face(NamedTuple):
    """The limits of areas within which every allocation has the least shortfall."""

    lower: Floats
    upper: Floats
    prices: Prices
    """What a penny is worth where it closes most."""


def wish(priority: Floats, goal: Floats, lower: Floats, upper: Floats) -> Wish:
    """Scale priorities to parts of the highest, and keep goals between the limits."""
    highest = float(priority.max())
    scaled = priority / highest if highest > 0 else priority
    return Wish(scaled, np.minimum(np.maximum(goal, lower), upper))


def closed_face(wished: Wish, lower: Floats, upper: Floats, pot: float) -> Face:
    """The face where nothing ties areas together.

    Args:
        wished: goals and priorities.
        lower: the least each area gets.
        upper: the most, or infinity.
        pot: what all get.
    """
    priority, goal = wished
    missing = np.where(priority > 0, goal - lower, 0.0)
    left = pot - float(np.sum(lower))
    order = np.argsort(-priority, kind="stable")
    begins = np.flatnonzero(np.diff(priority[order], prepend=np.inf))
    needed = np.cumsum(np.add.reduceat(missing[order], begins))
    met = int(np.searchsorted(needed, left, side="right"))
    if met == begins.size or priority[order][begins[met]] == 0:
        return Face(np.where(priority > 0, goal, lower), upper, Prices({}, 0.0))
    now = priority[order][begins[met]]
    filled, waiting = priority > now, priority < now
    return Face(np.where(filled, goal, lower), np.where(waiting, lower, goal), Prices({}, float(now)))


class Segments(NamedTuple):
    """Areas of a cell with the same priority, as far as their goals; then the rest of each, worth nothing."""

    of_area: Positions
    """The segment of each area below its goal; -1 for areas without priority."""
    cell: Positions
    """The cell of each segment; the last ones are those of the rest, one a cell in order."""
    worth: Floats
    """The priority of each segment."""
    room: Floats
    """How much each can take, or infinity."""
    rest: int
    """Where the segments of the rest begin."""


def segments(wished: Wish, lower: Floats, upper: Floats, of_area: Positions, cells: int) -> Segments:
    """Split the areas of cells into segments."""
    priority, goal = wished
    some = np.flatnonzero(priority > 0)
    values, ranks = np.unique(priority[some], return_inverse=True)
    keys, inverse = np.unique(of_area[some] * values.size + ranks, return_inverse=True)
    segment = np.full(priority.size, -1)
    segment[some] = inverse
    below = np.bincount(inverse, (goal - lower)[some], keys.size)
    above = np.bincount(of_area, np.where(priority > 0, upper - goal, upper - lower), cells)
    return Segments(
        segment,
        np.concatenate([keys // max(values.size, 1), np.arange(cells)]),
        np.concatenate([values[keys % max(values.size, 1)], np.zeros(cells)]),
        np.concatenate([below, above]),
        keys.size,
    )


class Gains(NamedTuple):
    """What a pound is worth above its cost in each segment, and the price of each row's floor and cap."""

    of_segments: Floats
    floors: Floats
    caps: Floats
    prices: Prices


def gains_of(programme: Programme, split: Segments, pot: float) -> Gains:
    """Give segments of cells the most worth, and say what a pound in each is worth above what it costs.

    Args:
        programme: the limits of cells and rows.
        split: parts of the cells above their least.
        pot: what all get.

    Raises:
        NoRoom: the rules do not allow this pot.
    """
    import pulp

    problem = pulp.LpProblem("segments", pulp.LpMinimize)
    room = np.where(np.isinf(split.room), pot, split.room) / programme.scale
    parts = [problem.add_variable(f"part_{at}", 0, most) for at, most in enumerate(room.tolist())]
    members = programme.members[:, split.cell]
    base = programme.members @ programme.lower
    programme.limit_rows(problem, members, parts, base)
    problem.addConstraint(summed(parts) == (pot - programme.lower.sum()) / programme.scale, "pot")
    problem.setObjective(weighted_sum(-split.worth, parts))
    if not solve_to_optimal(problem):
        raise NoRoom
    floors, caps = (
        np.array([price_of(problem, f"{kind}_{row}") for row in range(len(members))])
        for kind in ("floor", "cap")
    )
    worth = split.worth + (floors + caps) @ members + price_of(problem, "pot")
    return Gains(worth, floors, caps, programme.reason(problem))


def face_of(
    wished: Wish, lower: Floats, upper: Floats, of_area: Positions, split: Segments, gains: Gains
) -> Face:
    """The face that dual prices say.

    Args:
        wished: goals and priorities.
        lower: the least each area gets.
        upper: the most, or infinity.
        of_area: the cell of each area.
        split: the segments.
        gains: by how much the worth of a pound in each segment is above what it costs.
    """
    gain = gains.of_segments
    over_goal = gain[split.rest :][of_area]
    below = np.where(split.of_area >= 0, gain[split.of_area], over_goal)
    middle = np.where(split.of_area >= 0, wished.goal, lower)
    least = np.where(_above(below), middle, lower)
    most = np.where(_below(below), lower, np.where(_below(over_goal), middle, upper))
    return Face(np.where(_above(over_goal), upper, least), most, gains.prices)


def _above(gain: Floats) -> Mask:
    above: Mask = gain > SAME
    return above


def _below(gain: Floats) -> Mask:
    below: Mask = gain < -SAME
    return below

"""The figures that a decision rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.limits.measured import BASELINE, HELD
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Mask


FAIR_SHARE = "fair share of the new pot"


@dataclass(frozen=True)
class Summary:
    """Money in pence, distances as shares (None if no area has a target)."""

    title: str
    invented: bool
    areas: int
    population: float
    baseline: int
    budget: int
    new_money: int
    unspent: int
    """Money that caps leave over."""
    rounding: int
    """What of the pot is less than a rounding unit."""
    gaining: int
    """Areas that get more than their baseline."""
    smallest_gain: int
    median_gain: float
    largest_gain: int
    """Of the areas that gain; 0 if none does."""
    under_target: int
    shortfall: int
    """Areas under target today, and by how much in all."""
    opening_worst: float | None
    opening_best: float | None
    closing_worst: float | None
    closing_best: float | None
    closing_target: str
    """What closing distances are measured from."""
    level: float
    """£ per weighted head of the lowest-funded area afterwards."""
    bound: dict[str, int]
    """How many areas each rule holds, and the baseline."""
    held: dict[str, int]
    """For how many areas a cap or set amount came out below the baseline, which outranks it."""
    gave_way: dict[str, float]
    """The rules that gave way because not all could hold, and what is left of each: 1 would be all of it."""
    route: str
    """How it was solved: one of `scenario.ROUTES`."""
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As for JSON: money in £."""
        from dataclasses import asdict

        fields = asdict(self)
        for name in ("baseline", "budget", "new_money", "unspent", "rounding", "smallest_gain"):
            fields[name] = fields[name] / 100
        for name in ("median_gain", "largest_gain", "shortfall"):
            fields[name] = round(fields[name]) / 100
        return fields


def summarise(allocation: Allocation) -> Summary:
    """Sum up an allocation."""
    prepared, shared = allocation.prepared, allocation.shared
    areas = prepared.areas
    baselines = int(areas.baseline.sum())
    gains = allocation.gains[allocation.gains > 0]
    under = prepared.target * 100 - areas.baseline
    under = under[(prepared.target > 0) & (under > 0.5)]
    weighted = prepared.need.weighted_population
    per_head = allocation.amounts[weighted > 0] / weighted[weighted > 0] / 100
    opening, closing = allocation.opening_distance, allocation.closing_distance
    return Summary(
        title=str(prepared.scenario.title),
        invented=prepared.scenario.invented,
        areas=areas.size,
        population=float(np.round(total(areas.population), 1)),
        baseline=baselines,
        budget=allocation.budget,
        new_money=allocation.budget - baselines,
        unspent=shared.left,
        rounding=allocation.rounding,
        gaining=int(gains.size),
        smallest_gain=int(gains.min()) if gains.size else 0,
        median_gain=float(np.median(gains)) if gains.size else 0.0,
        largest_gain=int(gains.max()) if gains.size else 0,
        under_target=int(under.size),
        shortfall=round(total(under)),
        opening_worst=_least(opening),
        opening_best=_most(opening),
        closing_worst=_least(closing),
        closing_best=_most(closing),
        closing_target="closing target" if prepared.policy.merged.closing_target else FAIR_SHARE,
        level=float(per_head.min()),
        bound=bound_counts(allocation),
        held={str(prepared.policy.rules[each.rule].name): each.areas.size for each in allocation.limits.held},
        gave_way={str(prepared.policy.rules[each.rule].name): each.strength for each in allocation.gave_way},
        route=shared.route,
        notes=(*areas.notes, *map(str, prepared.left_out), *_outranked_groups(allocation)),
    )


def bound_counts(allocation: Allocation) -> dict[str, int]:
    """How many areas the baseline holds, and each rule in the order of the policy."""
    binding = allocation.binding_rule

    def count(where: Mask) -> int:
        return int(np.count_nonzero(where))

    counts = {"baseline": count((binding == BASELINE) | (binding == HELD))}
    rules = enumerate(allocation.prepared.policy.rules)
    return counts | {str(rule.name): count(binding == position) for position, rule in rules}


def _outranked_groups(allocation: Allocation) -> Iterator[str]:
    rules = allocation.prepared.policy.rules
    for each in allocation.limits.groups:
        for group in each.held:
            yield f"'{rules[each.rule].name}' comes out below the baselines of {group}, which outrank it."


def _least(distances: Floats) -> float | None:
    known = distances[~np.isnan(distances)]
    return float(known.min()) if known.size else None


def _most(distances: Floats) -> float | None:
    known = distances[~np.isnan(distances)]
    return float(known.max()) if known.size else None

"""The planned path: what the same pots could do if all years were known when the first is decided.

Year by year, each year's money goes where that year's rules send it. The planned path sees all years: one
linear programme finds the allocations that make the discounted sum of shortfalls from fair share least,
given that no area ever falls. It keeps the promise and the pots, and knows no other rule: it is a measure of
what seeing further would be worth, not an allocation under the rule books. So that what rules cost is not
taken for what sight is worth, levelling up year by year without any rule stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from allocate.money import NO_CAP, to_pence, to_pounds
from allocate.position import distance
from allocate.results.tables import MONEY, money
from allocate.solver.fill import fill
from allocate.solver.paths import least_total_shortfall
from allocate.solver.pence import Rounding, to_units
from allocate.solver.sums import steady, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats, Pence, Positions
    from allocate.years.ahead import LookedAhead
    from allocate.years.moving import Moves
    from allocate.years.result import Years


PLANNED_TYPES: dict[str, Any] = (
    {"year": pl.String, "id": pl.String, "with": pl.String}
    | dict.fromkeys(("baseline", "fair_share", "allocation", "levelled", "planned"), MONEY)
    | {"planned_distance": pl.Float64}
)
"""The columns of `Years.planned`.

Areas that an event joins are planned together: ``with`` names the first of them. ``baseline`` is what the
area begins the year with on the planned path, ``allocation`` what it gets year by year.
"""


def planned_path(ahead: LookedAhead, allocations: Sequence[Allocation], discount: float) -> pl.DataFrame:
    """The planned path beside the years as they were run, a row a year and area; see `PLANNED_TYPES`.

    Args:
        ahead: the years but for their money.
        allocations: of each year, as run.
        discount: what a shortfall a year later counts less, a share.
    """
    units = units_of(ahead)
    kept = _path(ahead, lambda _, baseline: baseline)
    had = _columns((baseline.astype(np.float64) for baseline, _ in kept), units)
    wanted = _columns((each.fair_share * 100 for each in allocations), units)
    given = np.array([int(each.amounts.sum()) for each in allocations], dtype=np.float64)
    counts = (1 + discount) ** -np.arange(len(units), dtype=np.float64)
    by_unit = had + least_total_shortfall(wanted - had, given - had.sum(axis=0), counts)

    def planned(at: int, baseline: Pence) -> Pence:
        exact = _within_units(allocations[at], baseline, by_unit[:, at], units[at])
        return _whole(allocations[at], exact, baseline)

    def levelled(at: int, baseline: Pence) -> Pence:
        return _whole(allocations[at], None, baseline)

    first = _first_ids(units, allocations)
    paths = zip(ahead.years, allocations, units, _path(ahead, planned), _path(ahead, levelled), strict=True)
    return pl.concat(
        _frame(year.label, allocation, [first[unit] for unit in of.tolist()], *plan, amounts)
        for year, allocation, of, plan, (_, amounts) in paths
    )


class Shortfalls(NamedTuple):
    """The discounted sum of shortfalls from fair share over all years, in pence."""

    year_by_year: float
    """Under the rules."""
    levelled: float
    """Year by year too, by levelling up alone."""
    planned: float


def shortfalls(years: Years) -> Shortfalls:
    """How far areas fall short over the years, as run and as planned.

    Raises:
        ValueError: no path was planned.
    """
    if years.planned is None:
        raise ValueError("no path was planned: call plan()")
    amounts = pl.col("fair_share", "allocation", "levelled", "planned").sum().cast(pl.Float64) * 100
    by_unit = years.planned.group_by("year", "with", maintain_order=True).agg(amounts)
    number = {label: at for at, label in enumerate(years.labels)}
    counts = (1 + years.discount) ** -by_unit["year"].replace_strict(number).cast(pl.Float64).to_numpy()

    def short(column: str) -> float:
        gap = (by_unit["fair_share"] - by_unit[column]).to_numpy().clip(min=0)
        return total(gap * counts)

    return Shortfalls(short("allocation"), short("levelled"), short("planned"))


def units_of(ahead: LookedAhead) -> list[Positions]:
    """For each year the unit of each area: areas that an event joins, in whatever year, are one unit."""
    size = ahead.first.areas.size
    joined, of, years = _Joined(size), list(range(size)), []
    for year in ahead.years:
        for each in year.happened:
            of = joined.through(each.moves, of)
        years.append(of)
    roots = [np.array([joined.root(unit) for unit in each]) for each in years]
    known = np.unique(np.concatenate(roots))
    return [np.searchsorted(known, each) for each in roots]


class _Joined:
    """Units that become one as events join their areas."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def root(self, unit: int) -> int:
        while self.parent[unit] != unit:
            unit = self.parent[unit]
        return unit

    def through(self, moves: Moves, of: list[int]) -> list[int]:
        """The units of the areas after an event, given those before it."""
        after = [of[old] if old >= 0 else -1 for old in moves.source.tolist()]
        for flow in moves.flows:
            if after[flow.new] < 0:
                after[flow.new] = of[flow.old]
            one, other = sorted((self.root(after[flow.new]), self.root(of[flow.old])))
            self.parent[other] = one
        for new, unit in enumerate(after):
            if unit < 0:  # it opens with people from elsewhere alone
                after[new] = len(self.parent)
                self.parent.append(after[new])
        return after


def _path(ahead: LookedAhead, give: Callable[[int, Pence], Pence]) -> Iterator[tuple[Pence, Pence]]:
    """For each year what areas begin with and what they get, in whole pence.

    Args:
        ahead: the years but for their money.
        give: what areas get in a year, counted from 0, given what they begin it with.
    """
    amounts = ahead.first.areas.baseline
    for at, year in enumerate(ahead.years):
        baseline = year.baselines(amounts)
        amounts = give(at, baseline)
        yield baseline, amounts


def _columns(by_year: Iterable[Floats], units: list[Positions]) -> Floats:
    """What areas have in each year added up by their units: a row a unit, a column a year."""
    count = 1 + max(int(of.max()) for of in units)
    totals = [np.bincount(of, steady(values), count) for values, of in zip(by_year, units, strict=True)]
    return np.column_stack(totals)


def _within_units(allocation: Allocation, baseline: Pence, by_unit: Floats, of: Positions) -> Floats:
    """What each area gets of its unit: the lowest-funded for their need are raised first."""
    amounts = by_unit[of]
    weighted = allocation.prepared.need.weighted_population
    for unit in np.flatnonzero(np.bincount(of) > 1).tolist():
        inside = np.flatnonzero(of == unit)
        least, weight = baseline[inside].astype(np.float64), weighted[inside]
        weight = weight if weight.any() else np.ones_like(weight)
        pot = max(float(by_unit[unit]), float(least.sum()))
        amounts[inside] = fill(None, weight, least, np.full(inside.size, np.inf), pot).amounts
    return amounts


def _whole(allocation: Allocation, exact: Floats | None, baseline: Pence) -> Pence:
    """Whole pence near to `exact` that add up to what the year gives, none below its baseline.

    Pence that rounding gave in the year before stay, so all others move by a hair. Without `exact` areas
    are levelled up.
    """
    pot, endless = int(allocation.amounts.sum()), np.full(baseline.size, NO_CAP)
    least, weight = baseline.astype(np.float64), allocation.prepared.need.weighted_population
    filled = fill(exact, weight, least, np.full(least.size, np.inf), float(pot)).amounts
    return to_units(filled, pot, Rounding(baseline, endless, 1, allocation.prepared.areas.in_id_order))


def _first_ids(units: list[Positions], allocations: Sequence[Allocation]) -> dict[int, str]:
    """What each unit is called: the lowest id of its areas in its first year."""
    names: dict[int, str] = {}
    for of, allocation in zip(units, allocations, strict=True):
        ids = allocation.prepared.areas.ids.to_list()
        for unit, area in sorted(zip(of.tolist(), ids, strict=True), key=lambda each: each[1]):
            names.setdefault(unit, area)
    return names


def _frame(
    label: str, allocation: Allocation, units: list[str], baseline: Pence, planned: Pence, levelled: Pence
) -> pl.DataFrame:
    target = allocation.fair_share
    return pl.DataFrame(
        {
            "year": [label] * len(units),
            "id": allocation.prepared.areas.ids,
            "with": units,
            "baseline": money(baseline),
            "fair_share": money(to_pence(target, "half up")),
            "allocation": money(allocation.amounts),
            "levelled": money(levelled),
            "planned": money(planned),
            "planned_distance": pl.Series(distance(to_pounds(planned), target), nan_to_null=True),
        }
    )

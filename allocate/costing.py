"""What it would take: the least new money that brings every area to a goal, and the curve of all such costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.engine import prepare_scenario
from allocate.enough import least_pot, with_rule
from allocate.errors import InputError, Problem, RulesCannotHold, TableError
from allocate.goals import FAIR_SHARE, PERCENTILE, TARGET, Goal, goal_of, has_own_targets, number_in
from allocate.growing import years_until
from allocate.money import MOST_PENCE
from allocate.solver.curve import Corners, corners
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.engine import Prepared
    from allocate.scenario import Scenario
    from allocate.solver.arrays import Floats

NOISE = 0.01
"""A sum of floats within this part of a penny of whole pence is those whole pence."""

ROUND_SHARES = tuple(Decimal(percent) / 100 for percent in (80, 85, 90, 95, 97, 98, 99, 100))
"""The shares of fair share and target whose costs are told beside the goal's."""


class Reached(NamedTuple):
    """Where an amount of new money brings every area to, by levelling up alone."""

    level: float
    """£ per weighted head of the lowest-funded; where targets are a book's or the table's own, the share of
    its target that the area furthest under has."""
    fair_share: float | None
    """The share of its fair share of the new pot that every area has; None where targets are their own."""
    target: float
    """The share of its target today that every area has."""
    areas_below: int
    """Areas that have less than this level today."""
    people_below: float


@dataclass(frozen=True)
class Cost:
    """What it would take to bring every area to a goal with nobody losing; money is in pence.

    The figures without the other rules are for levelling up: the lowest rise first, together, and nobody else
    gains. There is no cheaper way to bring everybody to a level.
    """

    prepared: Prepared
    goal: Goal
    corners: Corners
    """The curve, in pence and by the weight that levels are measured by."""
    growth: Decimal | None = None
    """By which share the pot grows a year, if that was asked."""

    @property
    def baseline(self) -> int:
        """What all areas have today, in pence."""
        return int(self.prepared.areas.baseline.sum())

    @cached_property
    def level(self) -> float:
        """The level of the goal: £ per weighted head, or the share of target where targets are their own.

        Raises:
            InputError: no pot brings everybody to their fair share of it, as areas without need keep money.
        """
        return self._level_of(self.goal)

    @cached_property
    def new_money(self) -> int:
        """The least new money that levels everybody up to the goal, the other rules apart, in pence."""
        return self.for_level(self.level)

    @cached_property
    def new_money_with_rules(self) -> int:
        """The least new money for which every rule of the scenario can hold and the goal is met, in pence.

        Found with the engine's own floors, each area's rounded up to the unit as those of rules are; so even
        where no rule binds it may be up to one unit an area above `new_money`.

        Raises:
            RulesCannotHold: no pot is enough; says which rules clash with the goal.
        """
        return self._with_rules(self.goal, self.new_money)

    @cached_property
    def clash(self) -> RulesCannotHold | None:
        """Why the goal and the other rules cannot all hold, whatever the pot; None if they can."""
        if not self.has_rules:
            return None
        try:
            _ = self.new_money_with_rules
        except RulesCannotHold as clash:
            return clash
        return None

    @property
    def has_rules(self) -> bool:
        """Whether the scenario has rules besides the goal."""
        return bool(self.prepared.policy.rules)

    @cached_property
    def reached(self) -> Reached:
        """Where the new money of the goal brings every area to."""
        return self._reached(self.level)

    @cached_property
    def curve(self) -> pl.DataFrame:
        """One row a corner of the cost, lowest first; between two corners everything but the shares is straight.

        ``level`` (£ per weighted head), ``fair_share`` and ``target`` (shares reached), ``new_money`` (Decimal
        £, rounded up to the unit), ``areas_below`` and ``people_below`` (who has less today). ``level`` and
        ``fair_share`` are null where targets are a book's or the table's own, since levels are shares then.
        """
        from allocate.costing_tables import curve_table

        return curve_table(self)

    @cached_property
    def by_share(self) -> dict[Decimal, tuple[int | None, int | None]]:
        """New money in pence for round shares: of fair share of the new pot, and of target today.

        None where it is out of reach, or where targets are a book's or the table's own and the goal is not about
        them (or the other way round), since levels are then measured otherwise.
        """
        return {
            share: (self._price(Goal(FAIR_SHARE, share)), self._price(Goal(TARGET, share)))
            for share in ROUND_SHARES
        }

    @cached_property
    def by_share_with_rules(self) -> dict[Decimal, int | None]:
        """The same by the measure of the goal, with the other rules; None where no pot is enough.

        Empty if there are no other rules, or if the goal is a percentile.
        """
        if not self.has_rules or self.goal.by == PERCENTILE:
            return {}
        which = (FAIR_SHARE, TARGET).index(self.goal.by)
        found: dict[Decimal, int | None] = {}
        for share, prices in self.by_share.items():
            alone = prices[which]
            try:
                found[share] = None if alone is None else self._with_rules(Goal(self.goal.by, share), alone)
            except RulesCannotHold:
                found[share] = None
        return found

    @cached_property
    def years(self) -> int | None:
        """After how many years of growth the pot is large enough for the goal; see `years_until`."""
        return None if self.growth is None else self.years_for(self.new_money)

    @cached_property
    def years_with_rules(self) -> int | None:
        """The same with the scenario's other rules; None too if they cannot all hold."""
        return None if self.growth is None or self.clash else self.years_for(self.new_money_with_rules)

    @cached_property
    def years_if_targets_grow(self) -> int | None:
        """The same for a goal about targets, if those grow as the pot does; None if never, or for other goals."""
        if self.growth is None or self.goal.by != TARGET:
            return None
        moving = self._price(Goal(FAIR_SHARE, self.goal.share))
        return None if moving is None else self.years_for(moving)

    def years_for(self, new_money: int) -> int | None:
        """After how many years of growth there is so much new money, in pence; None if never."""
        return years_until(self.baseline, self.baseline + new_money, self.growth or Decimal(0))

    def at(self, new_money: int) -> Reached:
        """Where new money brings every area to, by levelling up alone.

        Args:
            new_money: pence, nought or more.

        Raises:
            InputError: it does not even round the baselines up to whole units.
        """
        pot = (self.baseline + new_money) // self.prepared.unit * self.prepared.unit
        try:
            return self._reached(self._shown(self.corners.level_at(pot)))
        except ValueError:
            least = self.for_level(0.0)
            raise InputError(
                [Problem("new money", f"{new_money} pence is too little", f"give {least} pence or more")]
            ) from None

    def for_level(self, level: float) -> int:
        """The least new money, in pence, with which nobody is below a level by levelling up.

        The pot is rounded up to the unit. Rounding single areas to whole units when it is shared out may leave
        one short of the level by less than a unit.

        Args:
            level: £ per weighted head, or a share of target: the unit of `level`.

        Raises:
            InputError: it is more money than can be counted.
        """
        unit = self.prepared.unit
        cost = self.corners.cost_at(level * self._scale)
        if not cost < MOST_PENCE:
            raise InputError([Problem("level", f"{level} costs more than can be counted", "lower it")])
        return math.ceil((cost - NOISE) / unit) * unit - self.baseline

    def to_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints; money in £."""
        from allocate.costing_tables import cost_record

        return cost_record(self)

    def save(self, file: str | Path) -> None:
        """Write the curve as CSV, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        from pathlib import Path

        from allocate.records import write_files

        place = Path(file)
        write_files(place.parent, {place.name: self.curve.write_csv(None).encode()})

    @property
    def _scale(self) -> float:
        """What turns levels as they are shown into those of the corners: £ into pence; shares stay as they are."""
        return 1.0 if self.by_own_targets else 100.0

    @property
    def by_own_targets(self) -> bool:
        """Whether levels are shares of target: the goal is about targets that a book or the table gives."""
        return self.goal.by == TARGET and has_own_targets(self.prepared)

    def _shown(self, level: float) -> float:
        return level / self._scale

    def _level_of(self, goal: Goal) -> float:
        if self.by_own_targets:
            return float(goal.share)
        level = goal.level(self.prepared)
        if level is not None:
            return level
        try:
            return self._shown(self.corners.level_of_share(float(goal.share)))
        except ValueError:
            what = "no pot brings every area to its fair share: some without need keep money that is counted in it"
            raise InputError(
                [Problem("to", what, "leave them out with 'where', or aim below 100%")]
            ) from None

    def _with_rules(self, goal: Goal, alone: int) -> int:
        asked = with_rule(self.prepared, goal.rule(self.prepared))
        return least_pot(asked, self.baseline + alone) - self.baseline

    def _price(self, goal: Goal) -> int | None:
        if has_own_targets(self.prepared) and (goal.by == TARGET) != self.by_own_targets:
            return None
        try:
            return self.for_level(self._level_of(goal))
        except InputError:
            return None

    def _reached(self, level: float) -> Reached:
        """What a level is as a share of fair share and of target, and who is below it."""
        weight = weights_of(self.prepared, self.goal)
        below = (weight > 0) & (self.prepared.areas.baseline < level * self._scale * weight * (1 - 1e-12))
        people = float(np.sum(self.prepared.areas.population[below]))
        count = int(np.count_nonzero(below))
        if self.by_own_targets:
            return Reached(level, None, level, count, people)
        average = self.baseline / 100 / total(self.prepared.need.weighted_population)
        share = self.corners.share_at(level * self._scale)
        return Reached(level, share, level / average if average else math.inf, count, people)


def weights_of(prepared: Prepared, goal: Goal) -> Floats:
    """What levels are measured by: weighted population, or targets (in pence) where those are their own."""
    if goal.by == TARGET and has_own_targets(prepared):
        return prepared.target * 100
    return prepared.need.weighted_population


def cost(
    scenario: Scenario | str | Path | Allocation,
    to: Any = None,
    *,
    within: Any = None,
    to_percentile: Any = None,
    end_shortfalls: bool = False,
    growth: Any = None,
    parameters: Mapping[str, Any] | None = None,
) -> Cost:
    """What it would take to bring every area to a goal, with nobody losing. Give one goal.

    Args:
        scenario: a scenario, or the name of a bundled one, a file or a folder; or an allocation, for its scenario.
        to: every area has this share of its fair share of the new pot, such as ``"95%"``.
        within: no area is further under its target of today than this, such as ``"5%"``.
        to_percentile: every area has what today's area at this percentile has per weighted head.
        end_shortfalls: no area is under its target of today.
        growth: by which share the pot grows a year, such as ``"3%"``, to say when there is as much.
        parameters: values of parameters, instead of the books' and the scenario's.

    Raises:
        InputError: the goal, the table, the rules or the scenario cannot be used; every problem at once.
    """
    goal = goal_of(to, within=within, to_percentile=to_percentile, end_shortfalls=end_shortfalls)
    yearly = None
    if growth is not None:
        yearly = number_in("growth", growth, "a share above 0% and at most 100%, such as 3%", above=0, most=1)
    prepared = prepare_scenario(scenario, parameters=parameters)
    weight = weights_of(prepared, goal)
    if not (weight > 0).any():
        raise TableError([Problem("target", "is nought for every area", "give targets above £0")])
    base = -(-prepared.areas.baseline // prepared.unit) * prepared.unit
    return Cost(prepared, goal, corners(base, weight), yearly)

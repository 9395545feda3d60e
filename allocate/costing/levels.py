"""The levels that areas can be brought to, in £ and in shares, and what each costs: the cost curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.costing.goals import TARGET
from allocate.documents.stages import rule_expressions
from allocate.errors import InputError, Problem, TableError
from allocate.limits.measured import measure_rules
from allocate.money import MOST_PENCE
from allocate.solver.curve import Corners, corners
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.costing.goals import Goal
    from allocate.prepared import Prepared
    from allocate.solver.arrays import Floats, Pence

NOISE = 0.01
"""A sum of floats within this part of a penny of whole pence is those whole pence."""

FROM_POT = {"fair_share", "budget", "new_money", "growth"}
"""The names whose values follow from the pot."""

SAME = 1e-12
"""Levels that differ by less than this part of them are the same."""


class Reached(NamedTuple):
    """Where an amount of new money brings every area to, by levelling up alone."""

    level: float
    """£ per weighted head of the lowest-funded; the share of its target where `Levels.of_own_targets`."""
    fair_share: float | None
    """The share of its fair share of the new pot that every area has; None for levels of own targets."""
    target: float
    """The share of its target today that every area has."""
    areas_below: int
    """Areas that have less than this level today."""
    people_below: float


class Guaranteed(NamedTuple):
    """The curve where rules guarantee single areas more than their baselines."""

    corners: Corners
    most: float
    """The highest level that caps allow everybody, in the unit of the corners; infinity if there are none."""


@dataclass(frozen=True)
class Levels:
    """The cost curve of levelling up; money is in pence."""

    prepared: Prepared
    of_own_targets: bool
    """Whether levels are shares of targets that a book or the table gives, instead of £ per weighted head."""

    @cached_property
    def weight(self) -> Floats:
        """What levels are measured by: weighted population or, for own targets, the targets in pence."""
        if not self.of_own_targets:
            return self.prepared.need.weighted_population
        return np.where(self.prepared.areas.held, 0.0, self.prepared.target * 100)

    @cached_property
    def base(self) -> Pence:
        """The baselines, rounded up to the unit."""
        unit = self.prepared.unit
        base: Pence = -(-self.prepared.areas.baseline // unit) * unit
        return base

    @cached_property
    def corners(self) -> Corners:
        """The curve, in pence.

        Raises:
            TableError: all targets are nought.
        """
        if not (self.weight > 0).any():
            raise TableError([Problem("target", "is nought for every area", "give targets above £0")])
        return corners(self.base, self.weight)

    @cached_property
    def with_rules(self) -> Guaranteed | None:
        """The curve with the other rules, all in full.

        None if there are none; if some tie areas together or move with the pot, for which only one goal at a
        time is answered (`enough.least_pot`); or if they clash by themselves.
        """
        rules, names = self.prepared.policy.rules, self.prepared.names.copy()
        used = {name for rule in rules for each in rule_expressions(rule) for name in names.used_in(each)}
        if not rules or used & FROM_POT or any(rule.is_for_groups for rule in rules):
            return None
        limits = measure_rules(rules, self.prepared.areas, names, self.prepared.unit).limits()
        if limits.contradict.any():
            return None
        rises = self.weight > 0
        most = float(np.min(limits.most[rises] / self.weight[rises]))
        return Guaranteed(corners(limits.lower, self.weight), most)

    @property
    def baseline(self) -> int:
        """What all areas have today, in pence."""
        return int(self.prepared.areas.baseline.sum())

    @property
    def scale(self) -> float:
        """What turns levels as shown into those of the corners: £ into pence; shares stay as they are."""
        return 1.0 if self.of_own_targets else 100.0

    @property
    def average(self) -> float:
        """The level of today's targets: the average £ per weighted head; 1 for own targets."""
        if self.of_own_targets:
            return 1.0
        return self.baseline / self.scale / total(self.weight)

    def cost(self, level: float) -> int:
        """The least new money with which nobody is below a level, the pot rounded up to the unit.

        Raises:
            InputError: it is more money than can be counted.
        """
        unit, pot = self.prepared.unit, self.corners.cost_at(level * self.scale)
        if not pot < MOST_PENCE:
            what = f"£{level:,.2f} per weighted head" if not self.of_own_targets else f"{level:.4g} of target"
            raise InputError([Problem("", f"{what} costs more than can be counted", "lower the goal")])
        return math.ceil((pot - NOISE) / unit) * unit - self.baseline

    def at(self, new_money: int) -> Reached:
        """Where new money brings every area to.

        Raises:
            InputError: it does not even round the baselines up to whole units.
        """
        unit = self.prepared.unit
        pot = (self.baseline + new_money) // unit * unit
        if pot < int(self.base.sum()):
            fix = f"give {int(self.base.sum()) - self.baseline} pence or more"
            raise InputError([Problem("new money", f"{new_money} pence is too little", fix)])
        return self.reached(self.corners.level_at(pot) / self.scale)

    def of(self, goal: Goal) -> float:
        """The level of a goal.

        Raises:
            InputError: no pot brings everybody to their fair share of it, as areas without need keep money.
        """
        if self.of_own_targets:
            return float(goal.share)
        level = goal.level(self.prepared)
        if level is not None:
            return level
        try:
            return self.corners.level_of_share(float(goal.share)) / self.scale
        except ValueError:
            what = (
                "no pot brings every area to its fair share: some without need keep money that counts in it"
            )
            fix = "leave them out with 'where', or aim below 100%"
            raise InputError([Problem("to", what, fix)]) from None

    def measures(self, goal: Goal) -> bool:
        """Whether this curve is measured as a goal is."""
        return self.of_own_targets == (goal.by == TARGET and self.prepared.has_own_targets)

    def reached(self, level: float) -> Reached:
        """What a level is as a share of fair share and of target, and who is below it."""
        below = self.prepared.areas.baseline < level * self.scale * self.weight * (1 - SAME)
        people = round(total(self.prepared.areas.population[below]), 6)
        count = int(np.count_nonzero(below))
        if self.of_own_targets:
            return Reached(level, None, level, count, people)
        target = level / self.average if self.average else math.inf
        return Reached(level, self.corners.share_at(level * self.scale), target, count, people)

"""What it would take: the least new money that brings every area to a goal, with and without other rules."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocate.asked import number_in
from allocate.costing.enough import least_pot, with_rule
from allocate.costing.goals import FAIR_SHARE, TARGET, Goal, goal_of
from allocate.costing.growing import years_until
from allocate.costing.levels import Levels, Reached
from allocate.engine import prepare_scenario
from allocate.errors import InputError, RulesCannotHold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.charts.plots import CostPlots
    from allocate.documents.scenario import Scenario
    from allocate.prepared import Prepared

ROUND_SHARES = tuple(map(Decimal, ("0.8", "0.85", "0.9", "0.95", "0.97", "0.98", "0.99", "1")))
"""The shares of fair share and target whose costs are told beside the goal's."""


@dataclass(frozen=True)
class Cost:
    """What it would take to bring every area to a goal with nobody losing; money is in pence.

    The figures without the other rules are for levelling up: the lowest rise first, together, and nobody else
    gains. There is no cheaper way to bring everybody to a level.
    """

    goal: Goal
    levels: Levels
    growth: Decimal | None = None
    """By which share the pot grows a year, if that was asked."""

    @property
    def prepared(self) -> Prepared:
        """The areas, the policy, need and targets."""
        return self.levels.prepared

    @property
    def baseline(self) -> int:
        """What all areas have today, in pence."""
        return self.levels.baseline

    @property
    def has_rules(self) -> bool:
        """Whether the scenario has rules besides the goal."""
        return bool(self.prepared.policy.rules)

    @cached_property
    def level(self) -> float:
        """The level of the goal: £ per weighted head; for own targets (`Levels`), the share of them."""
        return self.levels.of(self.goal)

    @cached_property
    def new_money(self) -> int:
        """The least new money that levels everybody up to the goal, the other rules apart."""
        return self.for_level(self.level)

    @cached_property
    def new_money_with_rules(self) -> int:
        """The least new money for which every rule of the scenario can hold and the goal is met.

        Found with the engine's own floors, each area's rounded up to the unit as those of rules are; so even
        where no rule binds it may be up to one unit an area above `new_money`.

        Raises:
            RulesCannotHold: no pot is enough; says which rules clash with the goal.
        """
        return self._with_rules(self.goal, self.new_money)

    @cached_property
    def clash(self) -> RulesCannotHold | None:
        """Why the goal and the other rules cannot all hold, whatever the pot; None if they can."""
        try:
            _ = self.new_money_with_rules if self.has_rules else 0
        except RulesCannotHold as clash:
            return clash
        return None

    @cached_property
    def reached(self) -> Reached:
        """What the goal is as a level and as shares, and who is below it today."""
        return self.levels.reached(self.level)

    @property
    def plot(self) -> CostPlots:
        """The charts, each an `allocate.charts.figure.Figure`."""
        from allocate.charts.plots import CostPlots

        return CostPlots(self)

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import cost_to_html

        return cost_to_html(self)

    @cached_property
    def curve(self) -> pl.DataFrame:
        """One row a corner of the cost, lowest first; between two of them money is straight in the level.

        ``level`` (£ per weighted head), ``fair_share`` and ``target`` (shares reached), ``new_money``
        (Decimal £, the pot rounded up to the unit), ``areas_below`` and ``people_below`` (who has less
        today). ``level`` and ``fair_share`` are null for levels of own targets. Where the other rules are
        floors and caps of single areas that do not move with the pot, there is ``new_money_with_rules`` too,
        null above what caps allow, and the rows are the corners of both curves. Corners that cost £90
        trillion or more are left out.
        """
        from allocate.costing.tables import curve_table

        return curve_table(self.levels)

    def at(self, new_money: int) -> Reached:
        """Where new money brings every area to, by levelling up alone.

        Args:
            new_money: pence, nought or more.

        Raises:
            InputError: it does not even round the baselines up to whole units.
        """
        return self.levels.at(new_money)

    def for_level(self, level: float) -> int:
        """The least new money, in pence, with which nobody is below a level by levelling up.

        The pot is rounded up to the unit. Rounding single areas to whole units when it is shared out may
        leave one short of the level by less than a unit.

        Args:
            level: in the unit of `level`.

        Raises:
            InputError: it is more money than can be counted.
        """
        return self.levels.cost(level)

    @cached_property
    def by_share(self) -> dict[Decimal, tuple[int | None, int | None]]:
        """New money for round shares: of fair share of the new pot, and of target today.

        None where it is out of reach, or is measured by other levels than the goal is (own targets).
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
        if not self.has_rules or self.goal.by not in (FAIR_SHARE, TARGET):
            return {}
        return {share: self._price_with_rules(Goal(self.goal.by, share)) for share in ROUND_SHARES}

    @cached_property
    def years(self) -> int | None:
        """After how many years of growth the pot is large enough for the goal; see `years_until`."""
        return self._years_for(self.new_money)

    @cached_property
    def years_with_rules(self) -> int | None:
        """The same with the scenario's other rules; None too if they cannot all hold."""
        return None if self.clash else self._years_for(self.new_money_with_rules)

    @cached_property
    def years_if_targets_grow(self) -> int | None:
        """The same for a goal about targets, if those grow as the pot does; None if never, or not known."""
        return self._years_for(self._price(Goal(FAIR_SHARE, self.goal.share)))

    def to_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints; money in £."""
        from allocate.costing.tables import cost_record

        return cost_record(self)

    def save(self, file: str | Path) -> None:
        """Write the curve as .csv or .parquet, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        from allocate.results.records import save_areas

        save_areas(self.curve, file)

    def _years_for(self, new_money: int | None) -> int | None:
        if self.growth is None or new_money is None:
            return None
        return years_until(self.baseline, self.baseline + new_money, self.growth)

    def _with_rules(self, goal: Goal, alone: int) -> int:
        asked = with_rule(self.prepared, goal.rule(self.prepared))
        return least_pot(asked, self.baseline + alone) - self.baseline

    def _price(self, goal: Goal) -> int | None:
        try:
            return self.for_level(self.levels.of(goal)) if self.levels.measures(goal) else None
        except InputError:
            return None

    def _price_with_rules(self, goal: Goal) -> int | None:
        alone = self._price(goal)
        try:
            return None if alone is None else self._with_rules(goal, alone)
        except RulesCannotHold:
            return None


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
        scenario: a scenario, the name of a bundled one, a file or a folder; or an allocation, for its own.
        to: every area has this share of its fair share of the new pot, such as ``"95%"``.
        within: no area is further under its target of today than this, such as ``"5%"``.
        to_percentile: every area has what the area at this percentile has per weighted head today.
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
    found = Cost(goal, Levels(prepared, goal.by == TARGET and prepared.has_own_targets), yearly)
    _ = found.new_money  # refused now, not when it is first asked for
    return found

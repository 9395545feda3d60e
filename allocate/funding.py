"""A scenario with its money: what the rules say is worked out, and the pot is shared out, once or again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocate.allocation import Allocation
from allocate.limits.measured import Measured, measure_rules
from allocate.money import MOST_PENCE, exact_decimals
from allocate.position import share_by_need
from allocate.sharing.clashes import explain_clash
from allocate.sharing.giving_way import find_gives
from allocate.sharing.routes import DoesNotFit, cost_of_floors
from allocate.sharing.share_out import SharedOut, share_out
from allocate.solver.clock import check_time

if TYPE_CHECKING:
    from collections.abc import Collection

    from allocate.language.names import Names
    from allocate.limits.giving import Gives
    from allocate.limits.measured import Limits
    from allocate.prepared import Prepared
    from allocate.solver.arrays import Floats


@dataclass(frozen=True)
class Funded:
    """A prepared scenario with its money."""

    prepared: Prepared
    names: Names
    """What expressions may use once the pot is known."""
    measured: Measured
    budget: int
    """The pot, in pence."""

    @property
    def pot(self) -> int:
        """What of the budget can be shared out in whole units, in pence."""
        return self.budget // self.prepared.unit * self.prepared.unit

    @cached_property
    def gives(self) -> Gives:
        """Which rules give way so that all can hold."""
        leave_unspent = self.prepared.scenario.leave_unspent
        return find_gives(self.measured, self.pot, leave_unspent=leave_unspent)

    @cached_property
    def fair_share(self) -> Floats:
        """£ per area."""
        return self.names.measured("fair_share")

    @cached_property
    def closing_target(self) -> Floats:
        """What closing distance is measured against, £ per area."""
        closing = self.prepared.policy.merged.closing_target
        if closing is None:
            return self.fair_share
        return self.names.numbers(closing, among=~self.prepared.areas.held)

    @exact_decimals()
    def share(self, gives: Gives) -> tuple[Limits, SharedOut]:
        """Share the pot out with some rules giving way.

        Raises:
            DoesNotFit: the limits that are left do not fit the pot.
        """
        check_time()
        prepared, limits = self.prepared, self.measured.limits(gives)
        return limits, share_out(
            prepared.policy,
            prepared.areas,
            limits,
            self.names.copy(),
            self.pot,
            unit=prepared.unit,
            leave_unspent=prepared.scenario.leave_unspent,
            route=prepared.scenario.route,
        )

    def allocate(self) -> Allocation:
        """Share the pot out.

        Raises:
            ExpressionError: every tranche that cannot be computed.
            RulesCannotHold: the rules and the budget contradict each other; says which, and what would do.
        """
        try:
            return Allocation(self, *self.share(self.gives))
        except DoesNotFit as trouble:
            raise explain_clash(self, trouble.left) from None


def fund(
    prepared: Prepared,
    names: Names,
    budget: int | None,
    known: Measured | None = None,
    again: Collection[int] = (),
) -> Funded:
    """Work out what the rules say for a pot.

    Args:
        prepared: the scenario as far as it does not depend on money.
        names: what expressions may use so far.
        budget: the pot in pence; None for what all floors add up to.
        known: what the rules were found to say before with this budget; see `measure_rules`.
        again: the rules that may say something else now.

    Raises:
        ExpressionError: every rule that cannot be computed.
        RulesCannotHold: there is no budget, and the floors cannot all be met, whatever it is.
    """
    if budget is not None:
        _know_budget(prepared, names, budget)
    measured = measure_rules(prepared.policy.rules, prepared.areas, names, prepared.unit, known, again)
    if budget is None:
        budget = _cost_of_floors(prepared, names, measured)
        _know_budget(prepared, names, budget)
    return Funded(prepared, names, measured, budget)


def _cost_of_floors(prepared: Prepared, names: Names, measured: Measured) -> int:
    """What all floors cost, rounded up to the unit, in pence."""
    gives = find_gives(measured, MOST_PENCE, leave_unspent=True)
    try:
        cost = cost_of_floors(measured.limits(gives))
    except DoesNotFit:
        raise explain_clash(Funded(prepared, names, measured, MOST_PENCE)) from None
    return -(-cost // prepared.unit) * prepared.unit


def _know_budget(prepared: Prepared, names: Names, budget: int) -> None:
    baselines = int(prepared.areas.baseline.sum())
    growth = {"growth": (budget - baselines) / baselines} if baselines else {}
    new_money = (budget - baselines) / 100
    names.know_constants({"budget": budget / 100, "new_money": new_money, **growth})
    names.know(fair_share=share_by_need(budget / 100, prepared.need.weighted_population))

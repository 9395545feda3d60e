"""What the tranches of a policy ask: how much money each shares out, by what, and how far up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from allocate.documents.rulebook import Tranche
from allocate.errors import ExpressionError, Problem
from allocate.language.places import Written
from allocate.money import parse_number, to_pence

if TYPE_CHECKING:
    from allocate.areas import Areas
    from allocate.documents.policy import Policy
    from allocate.language.names import Names
    from allocate.solver.arrays import Floats, Pence

GROUP_FLOORS = Tranche(name="group floors", level_up="weighted_population")
"""How floors of groups are met where the first tranche does not meet them as it levels up."""


class Tranches:
    """The tranches of a policy for some areas.

    Args:
        policy: whose tranches they are.
        areas: who is there; areas without people get nothing.
        names: what the expressions may use; they learn ``money_left`` by `know_left`.
        unit: the rounding unit in pence.
    """

    def __init__(self, policy: Policy, areas: Areas, names: Names, unit: int) -> None:
        self.all, self._areas, self._names, self._unit = policy.tranches, areas, names, unit
        self._left = 0

    @property
    def meets_floors(self) -> Tranche:
        """The tranche that meets the floors of groups: the first, if it levels up as far as caps allow."""
        first = self.all[0]
        return GROUP_FLOORS if first.method == "pro_rata" or first.to is not None else first

    @property
    def ask_what_is_left(self) -> bool:
        """Whether some tranche depends on what is left once the floors of groups are met."""
        expressions = [
            each for tranche in self.all for each in (tranche.denominator, tranche.to) if each is not None
        ]
        return any(each.amount != "rest" for each in self.all) or any(
            "money_left" in self._names.used_in(each) for each in expressions
        )

    def know_left(self, left: int) -> None:
        """Make known what is left of the pot once all floors are met, in pence."""
        self._left = left
        self._names.know_constants({"money_left": left / 100})

    def asked(self, tranche: Tranche) -> int | None:
        """What a tranche is to share out, in pence; None for all that is left.

        Raises:
            ExpressionError: it is no amount of £0 or more.
        """
        written = str(tranche.amount).strip()
        if written == "rest":
            return None
        try:
            value = parse_number(written)
            exact = value * self._left if written.endswith("%") else value * 100
        except ValueError:
            exact = Decimal(self._names.number(tranche.amount)) * 100
        if exact < 0:
            where = Written(tranche.amount).where()
            raise ExpressionError([Problem(where, f"'{tranche.amount}' is negative", "share out £0 or more")])
        return int(exact + Decimal("0.5"))

    def rising(self, tranche: Tranche) -> Floats:
        """How fast each area rises with the level; levelling up decides ties of the least shortfall."""
        if tranche.method == "least_shortfall":
            return self._names.numbers("weighted_population", among=~self._areas.held)
        return self.weights(tranche)

    def weights(self, tranche: Tranche) -> Floats:
        """What a tranche shares out by; for the least shortfall, the priorities.

        Raises:
            ExpressionError: it cannot be computed or is negative for some area.
        """
        weight = self._names.numbers(tranche.denominator, among=~self._areas.held)
        negative = np.flatnonzero(weight < 0)
        if negative.size:
            what = f"'{tranche.denominator}' is negative for {self._names.label(int(negative[0]))}"
            where = Written(tranche.denominator).where()
            raise ExpressionError([Problem(where, what, "share by something that is nought or more")])
        return weight

    def to(self, tranche: Tranche) -> Pence | None:
        """What a tranche lifts no area above, in pence; None if it has no such limit."""
        if tranche.to is None:
            return None
        return to_pence(self._names.numbers(tranche.to, among=~self._areas.held), "down", self._unit)

    @property
    def goal(self) -> Floats:
        """What shortfalls are measured from, the fair share, in pence."""
        return self._names.measured("fair_share") * 100

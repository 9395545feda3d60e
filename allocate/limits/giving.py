"""How far a rule gives way, and what then is left of what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from allocate.errors import ExpressionError, Problem
from allocate.language.places import Written
from allocate.money import MOST_PENCE, NO_CAP, to_pence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.documents.rulebook import Rule
    from allocate.solver.arrays import Floats, Pence


class Give(NamedTuple):
    """How far a rule gives way."""

    strength: float = 1.0
    """What is left of what a guarantee adds to a baseline; a cap allows 1/strength of what it did above one.
    At nought the rule is gone."""
    by: int = 0
    """How many pence each of its limits moves out of the way: floors down, caps up."""

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the rule is left."""
        return self.strength == 0


FIRM = Give()
"""A rule that does not give way."""

Gives: TypeAlias = "Mapping[int, Give]"
"""What gives way, by the position of the rule in the policy; the others are firm."""


class Least(NamedTuple):
    """The least and the most that some areas, or groups of areas, may get by one rule, in pence."""

    lower: Pence | None
    upper: Pence | None


def check_pounds(rule: Rule, amounts: Floats) -> None:
    """Check that what a rule says can be £.

    Raises:
        ExpressionError: some of it is too large.
    """
    if (np.abs(amounts) * 100 >= MOST_PENCE).any():
        where = Written(rule.amount).where()
        raise ExpressionError([Problem(where, f"'{rule.name}' gives an amount too large to be £")])


def limits_left(rule: Rule, amounts: Floats, baselines: Floats, give: Give, unit: int) -> Least:
    """What a rule that gives way still asks for, in whole units: floors up, caps down, set amounts half up.

    Args:
        rule: whose limits they are.
        amounts: what it says, £; one an area or a group.
        baselines: what each has today, £.
        give: how far it gives way.
        unit: the rounding unit in pence.
    """
    if give.is_gone:
        return Least(None, None)
    above = np.maximum(amounts - baselines, 0.0)
    lower = upper = None
    if rule.limit.is_floor:
        floor = np.minimum(amounts, baselines + above * give.strength)
        lower = to_pence(floor, "half up" if rule.limit.is_cap else "up", unit) - give.by
    if rule.limit.is_cap:
        cap = amounts if give.strength == 1 else np.maximum(amounts, baselines + above / give.strength)
        cap = np.minimum(cap, MOST_PENCE / 100)
        upper = to_pence(cap, "half up" if rule.limit.is_floor else "down", unit)
        upper = np.minimum(upper, NO_CAP - give.by) + give.by
    return Least(lower, upper)

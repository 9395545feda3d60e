"""Goals that an amount of new money can bring every area to, and the floor that each of them is."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.asked import number_in
from allocate.documents.rulebook import Rule
from allocate.errors import InputError, Problem
from allocate.money import exact_decimals, in_pounds, to_pounds
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.prepared import Prepared

FAIR_SHARE, TARGET, PERCENTILE = "fair share", "target", "percentile"
"""What a goal is measured by: the fair share of the new pot, today's target, today's £ per weighted head."""

GOAL_RULE = "what every area is to have"
"""The name of the floor that a goal adds to the rules."""


class Goal(NamedTuple):
    """How far every area is to be brought."""

    by: str
    """`FAIR_SHARE`, `TARGET` or `PERCENTILE`."""
    share: Decimal
    """The share of the fair share or of the target, above 0 and at most 1; or of the areas, from 0 to 1."""

    @exact_decimals()
    def __str__(self) -> str:
        share = f"{float(self.share * 100):.10g}"
        if self.by == PERCENTILE:
            return f"what an area at percentile {share} has per weighted head today"
        return (
            f"{share}% of {'its fair share of the new pot' if self.by == FAIR_SHARE else 'its target today'}"
        )

    def level(self, prepared: Prepared) -> float | None:
        """The goal as £ per weighted head, if it is one for every area and does not depend on the pot."""
        weighted = prepared.need.weighted_population
        had = to_pounds(prepared.areas.baseline)
        if self.by == TARGET:
            everything = int(prepared.areas.baseline.sum()) / 100
            return None if prepared.has_own_targets else float(self.share) * everything / total(weighted)
        if self.by == FAIR_SHARE:
            return None
        return float(np.quantile(had[weighted > 0] / weighted[weighted > 0], float(self.share)))

    def rule(self, prepared: Prepared) -> Rule:
        """The goal as a floor: a rule that a book can have."""
        if self.by == PERCENTILE:
            floor = f"{self.level(prepared)!r} * weighted_population"
        elif self.by == TARGET:
            floor = "target" if self.share == 1 else f"{self.share:f} * target"
        elif self.share == 1:
            # Whole units that are all at or above their fair share add up to more than the pot.
            floor = f"fair_share - {in_pounds(prepared.unit):f}"
        else:
            floor = f"{self.share:f} * fair_share"
        return Rule.model_validate({"name": GOAL_RULE, "floor": floor})


@exact_decimals()
def goal_of(
    to: Any = None, *, within: Any = None, to_percentile: Any = None, end_shortfalls: bool = False
) -> Goal:
    """The goal that was asked for; exactly one of these.

    Args:
        to: every area has this share of its fair share of the new pot, such as ``"95%"`` or 0.95.
        within: no area is further under its target of today than this share of it.
        to_percentile: every area has what the area at this percentile has per weighted head, from 0 to 100.
        end_shortfalls: no area is under its target of today.

    Raises:
        InputError: none or several were given, or a value is out of its range.
    """
    asked = {"to": to, "within": within, "to_percentile": to_percentile}
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) + end_shortfalls != 1:
        names = [*given, *(["end_shortfalls"] if end_shortfalls else [])]
        what = f"{' and '.join(names)} are several goals" if names else "there is no goal"
        fix = "give one of: to 95%, within 5%, to_percentile 90, end_shortfalls"
        raise InputError([Problem("", what, fix)])
    if end_shortfalls:
        return Goal(TARGET, Decimal(1))
    ((name, value),) = given.items()
    if name == "to":
        share = number_in("to", value, "a share above 0% and at most 100%, such as 95%", above=0, most=1)
        return Goal(FAIR_SHARE, share)
    if name == "within":
        share = number_in("within", value, "a share from 0% to below 100%, such as 5%", least=0, below=1)
        return Goal(TARGET, 1 - share)
    text = str(value).strip().removesuffix("%")
    return Goal(
        PERCENTILE,
        number_in("to_percentile", text, "a percentile from 0 to 100, such as 90", least=0, most=100) / 100,
    )

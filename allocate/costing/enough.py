"""The least pot for which a goal is met and every other rule holds too, in whole units.

The goal joins the rules as one more floor, and what all floors cost is asked of the engine. Where amounts
move with the pot (a share of fair share, of new money), that cost is h(B), and the answer is the least pot B
with h(B) ≤ B. Floors ask for more as the pot grows, so h never falls, and any pot that is too small names a
better one, h(B), that is not too large: the steps lead to the least one exactly. Far from it they are many,
so they are lengthened along the straight line through two of them, below which the curve of h never falls
where amounts are straight or bend upwards.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from allocate.errors import BudgetTooSmall, Problem, RulesCannotHold
from allocate.money import MOST_PENCE
from allocate.sharing.clashes import explain_clash
from allocate.sharing.routes import DoesNotFit, cost_of_floors

if TYPE_CHECKING:
    from allocate.documents.rulebook import Rule
    from allocate.prepared import Prepared

MOST_STEPS = 10_000
"""Steps towards the least pot: a few dozen as a rule; more would mean that it recedes as it is approached."""

MOST_POT = MOST_PENCE // 4
"""Pence; where no pot up to here is enough none will be: far above it amounts could not be counted."""


class Step(NamedTuple):
    """A pot on the way to the least one, in pence."""

    pot: int
    needed: int
    """What all floors cost when the pot is known to be so much."""


def with_rule(prepared: Prepared, rule: Rule) -> Prepared:
    """The same scenario with one more rule, and none that gives way: all are to hold in full."""
    merged = prepared.policy.merged
    firm = [each.model_copy(update={"priority": None, "if_unaffordable": None}) for each in merged.rules]
    book = merged.model_copy(update={"rules": (*firm, rule)})
    return replace(prepared, policy=replace(prepared.policy, merged=book))


def least_pot(prepared: Prepared, start: int) -> int:
    """The least pot for which all rules can hold in whole units.

    Args:
        prepared: the scenario with the goal as one of its rules; see `with_rule`.
        start: a pot that is not above it, in pence.

    Returns:
        Pence, a multiple of the unit.

    Raises:
        RulesCannotHold: there is no such pot; says which rules clash.
        ExpressionError: every rule that cannot be computed.
    """
    unit, before = prepared.unit, None
    pot = _first_fitting(prepared, -(-start // unit) * unit)
    for _ in range(MOST_STEPS):
        step = Step(pot, _needed(prepared, pot))
        if step.needed <= pot:
            return pot
        pot = step.needed if before is None else max(step.needed, _along(prepared, before, step))
        before = step
        if pot >= MOST_POT:
            break
    raise _never(prepared, start)


def _needed(prepared: Prepared, pot: int) -> int:
    """What all floors cost when the pot is known to be so much, rounded up to the unit."""
    cost = cost_of_floors(prepared.fund(pot).measured.limits())
    return -(-cost // prepared.unit) * prepared.unit


def _along(prepared: Prepared, before: Step, now: Step) -> int:
    """Where the line through two steps meets its pot, less what rounding every amount up may have added."""
    noise = prepared.unit * prepared.areas.size * (1 + len(prepared.policy.rules))
    rise = (now.needed - noise - before.needed) / (now.pot - before.pot)
    if rise >= 1:  # every £1 more asks for £1 more: no pot is enough
        return MOST_POT
    meets = math.floor((now.needed - noise - rise * now.pot) / (1 - rise))
    return meets // prepared.unit * prepared.unit


def _first_fitting(prepared: Prepared, pot: int) -> int:
    """The least pot, not below this one, at which no floor is above a cap; caps may rise with the pot."""
    if _fits(prepared, pot):
        return pot
    unit, had = prepared.unit, int(prepared.areas.baseline.sum())
    low, high = pot // unit, pot // unit
    while not _fits(prepared, high * unit):
        low, high = high, high + max(high - had // unit, 1)
        if high * unit >= MOST_POT:
            raise _never(prepared, pot)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _fits(prepared, middle * unit) else (middle, high)
    return high * unit


def _fits(prepared: Prepared, pot: int) -> bool:
    """Whether the rules can all hold if money were no object, with their amounts those of this pot."""
    try:
        _needed(prepared, pot)
    except DoesNotFit:
        return False
    return True


def _never(prepared: Prepared, pot: int) -> RulesCannotHold:
    """Say that no pot is enough, and which rules clash at one."""
    clash = explain_clash(prepared.fund(pot))
    first, *others = clash.problems
    if isinstance(clash, BudgetTooSmall):  # a larger pot would only ask for more again
        first = replace(first, fix="")
    what = "no pot is large enough for the goal and these rules together"
    return type(clash)([Problem("", what, "lower the goal or relax the rules"), first, *others])

"""That rules which gave way gave way no further than they had to: a little stronger, not all could hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.giving import Give
from allocate.money import NO_CAP
from allocate.proving.verdict import NOT_CHECKED, Check, check
from allocate.solver.proof.ties import Ties

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.funding import Funded
    from allocate.giving import Gives
    from allocate.limits import Limits
    from allocate.rulebook import Rule
    from allocate.solver.proof.ties import Tree

A_LITTLE = 2e-12
"""What a strength is made greater by to show that it is the greatest: strengths are found to 12 decimals."""

NONE = 2e-9
"""The strength at which a rule must be too strong that has none left: below it, none counts."""


def gave_way_checks(funded: Funded, gives: Gives, order: Sequence[int] | None) -> Iterator[Check]:
    """Check each set of rules that gave way together, the last to give way first.

    Args:
        funded: the scenario with its money.
        gives: which rules gave way, and how far.
        order: the rules for groups, deepest first, if they are nested.
    """
    rules = funded.prepared.policy.rules
    if wrong := [str(rules[at].name) for at, give in gives.items() if not _is_lawful(funded, at, give)]:
        yield check(
            "rules give way", "promise", len(gives), [f"'{each}' may not give way so" for each in wrong]
        )
        return
    numbers = sorted({rule.gives_way for rule in rules if rule.gives_way is not None})
    classes = [[at for at, rule in enumerate(rules) if rule.gives_way == number] for number in numbers]
    for number, together in enumerate(classes):
        if not any(at in gives for at in together):
            continue
        name = f"{', '.join(str(rules[at].name) for at in together)}: no more than must be"
        later = {at: Give(0.0) for each in classes[number + 1 :] for at in each}
        earlier = {at: gives[at] for each in classes[:number] for at in each if at in gives}
        stronger = {at: _stronger(gives[at]) for at in together if at in gives}
        limits = funded.measured.limits({**earlier, **later, **stronger})
        fits = _fits(funded, limits, order)
        if fits is None:
            why = "it is proven for groups that do not overlap or compare"
            yield Check(name, "promise", NOT_CHECKED, len(together), says=why)
        else:
            doubts = ["a little stronger they could hold as well"] if fits else []
            yield check(name, "promise", len(together), doubts, "a little stronger, not all rules could hold")


def _is_lawful(funded: Funded, at: int, give: Give) -> bool:
    """Whether a rule may give way, and has no other room than whole units need."""
    rule: Rule = funded.prepared.policy.rules[at]
    room = 2 * funded.prepared.unit if rule.compared_with is not None and give.strength else 0
    return rule.gives_way is not None and 0 <= give.strength <= 1 and give.by in (0, room)


def _stronger(give: Give) -> Give:
    return Give(min(give.strength + A_LITTLE, 1.0) if give.strength else NONE, give.by)


def _fits(funded: Funded, limits: Limits, order: Sequence[int] | None) -> bool | None:
    """Whether limits leave room for the pot, by adding up whole pence; None if that does not tell."""
    if limits.contradict.any():
        return False
    partitions = tuple(each.partition for each in limits.groups)
    ratios = tuple(each.ratio for each in limits.ratios)
    tree = Ties(limits.lower.size, partitions, ratios, NO_CAP).tree(() if order is None else order)
    if tree is None:
        return None
    least, most = _room(tree, limits, funded.pot)
    if least is None or least > funded.pot:
        return False
    return funded.prepared.scenario.leave_unspent or most >= funded.pot


def _room(tree: Tree, limits: Limits, pot: int) -> tuple[int | None, int]:
    """The least and the most that all may get, the most no more than the pot; no least if groups clash."""
    lower, upper, _ = tree.limits()
    least = tree.up(limits.lower, least=lower)
    above = np.minimum(limits.upper, pot)
    most = tree.up(np.minimum(above, 2**53), most=np.minimum(upper, 2**62))
    inner = slice(0, tree.root)
    if (least[inner] > np.minimum(most[inner], upper[inner])).any():
        return None, 0
    return int(least[-1]), min(int(most[-1]), pot)

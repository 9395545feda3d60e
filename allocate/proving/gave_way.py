"""That rules which gave way gave way no further than they had to: a little stronger, not all could hold."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocate.limits.giving import Give
from allocate.money import NO_CAP
from allocate.proving.verdict import NOT_CHECKED, Check, check
from allocate.sharing.giving_way import NOTHING
from allocate.solver.proof.duality import Problem, largest, readings
from allocate.solver.proof.ties import Ties

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.documents.rulebook import Rule
    from allocate.funding import Funded
    from allocate.limits.giving import Gives
    from allocate.limits.measured import Limits
    from allocate.proving.certificate import Certificate
    from allocate.solver.proof.ties import Tree
    from allocate.solver.reasons import Prices

A_LITTLE = 2e-12
"""What a strength is made greater by to show that it is the greatest: strengths are found to 12 decimals."""

A_LITTLE_MORE = 1e-6
"""The same where groups overlap: whether limits fit is then found by programmes, with their tolerance."""


def gave_way_checks(funded: Funded, certificate: Certificate) -> Iterator[Check]:
    """Check each set of rules that gave way together, the last to give way first.

    Args:
        funded: the scenario with its money.
        certificate: which rules gave way, and how far, and why no less would have done.
    """
    rules, gives = funded.prepared.policy.rules, certificate.gives
    if wrong := [str(rules[at].name) for at, give in gives.items() if not _is_lawful(funded, at, give)]:
        doubts = [f"'{each}' may not give way so" for each in wrong]
        yield check("rules give way", "promise", len(gives), doubts)
        return
    by = A_LITTLE_MORE if certificate.order is None else A_LITTLE
    for priority, together, stronger in a_little_stronger(rules, gives, by):
        name = f"{', '.join(str(rules[at].name) for at in together)}: no more than must be"
        limits, prices = funded.measured.limits(stronger), certificate.no_stronger.get(priority)
        fits = _fits(funded, limits, certificate.order, prices)
        if fits is None:
            why = "nothing proves that a little stronger they could not hold"
            yield Check(name, "promise", NOT_CHECKED, len(together), says=why)
        else:
            doubts = ["a little stronger they could hold as well"] if fits else []
            says = f"stronger by {by:.0e} not all rules could hold"
            yield check(name, "promise", len(together), doubts, says)


def a_little_stronger(
    rules: Sequence[Rule], gives: Gives, by: float
) -> Iterator[tuple[int, list[int], dict[int, Give]]]:
    """What gives way if each set of rules that gave way together did so a little less.

    Those that give way later are gone altogether then.

    Yields:
        The priority of the set, its rules, and what gives way.
    """
    numbers = sorted({rule.gives_way for rule in rules if rule.gives_way is not None})
    classes = [[at for at, rule in enumerate(rules) if rule.gives_way == number] for number in numbers]
    for place, together in enumerate(classes):
        if any(at in gives for at in together):
            later = {at: Give(0.0) for each in classes[place + 1 :] for at in each}
            earlier = {at: gives[at] for each in classes[:place] for at in each if at in gives}
            stronger = {at: _stronger(gives[at], by) for at in together if at in gives}
            yield numbers[place], together, {**earlier, **later, **stronger}


def _is_lawful(funded: Funded, at: int, give: Give) -> bool:
    """Whether a rule may give way, and has no other room than whole units need."""
    rule: Rule = funded.prepared.policy.rules[at]
    room = 2 * funded.prepared.unit if rule.compared_with is not None and give.strength else 0
    return rule.gives_way is not None and 0 <= give.strength <= 1 and give.by in (0, room)


def _stronger(give: Give, by: float) -> Give:
    """A rule a little stronger, without the room that whole units need.

    One that is gone is shown to be too strong at twice what counts as nothing of it.
    """
    return Give(min(give.strength + by, 1.0) if give.strength else max(by, 2 * NOTHING))


def _fits(funded: Funded, limits: Limits, order: Sequence[int] | None, prices: Prices | None) -> bool | None:
    """Whether limits leave room for the pot, by adding up or by prices; None if that does not tell."""
    if limits.contradict.any() or int(limits.lower.sum()) > funded.pot:
        return False
    partitions = tuple(each.partition for each in limits.groups)
    ratios = tuple(each.ratio for each in limits.ratios)
    ties = Ties(limits.lower.size, partitions, ratios, NO_CAP)
    tree, leave = ties.tree(() if order is None else order), funded.prepared.scenario.leave_unspent
    if tree is None:
        contradicts = prices is not None and _contradicts(ties, limits, funded.pot, prices, leave=leave)
        return False if contradicts else None
    least, most = _room(tree, limits, funded.pot)
    if least is None or least > funded.pot:
        return False
    return leave or most >= funded.pot


def _contradicts(ties: Ties, limits: Limits, pot: int, prices: Prices, *, leave: bool) -> bool:
    """Whether prices prove that the limits do not allow the pot: nothing would be worth less than nothing."""
    lower = ties.totals(limits.lower).tolist()
    about = np.bincount(ties.cell_of, limits.most, ties.cells)
    upper = np.where(about > pot, pot, ties.totals(np.minimum(limits.upper, pot))).tolist()
    problem = Problem(lower, upper, ties.rows, pot, 1)
    nothing = [Fraction(0)] * ties.cells
    for each in readings(prices, largest(prices)):
        bound = problem.bound(nothing, *each)
        if bound is not None and bound < 0 and (each.pot >= 0 or not leave):
            return True
    return False


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

"""That an allocation keeps every rule: a check of each, in whole pence and exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocate.documents.limit_kinds import LIMIT_KINDS
from allocate.limits.giving import FIRM, limits_left
from allocate.money import NO_CAP, pounds
from allocate.proving.verdict import BREACHED, HOLDS, Check, check
from allocate.solver.proof.keeping import SLACK
from allocate.solver.proof.parts import sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allocate.funding import Funded
    from allocate.limits.giving import Gives
    from allocate.limits.groups import GroupLimits
    from allocate.limits.measured import AreaAmounts, Limits
    from allocate.limits.ratios import RatioLimits
    from allocate.solver.arrays import Mask, Pence

OUTRANKED = "held at the baseline where it comes out below: {}"


def keeping_checks(
    funded: Funded, gives: Gives, limits: Limits, amounts: Pence, left: int
) -> Iterator[Check]:
    """Check the baselines, each rule, the areas without people, the pot and the units.

    Args:
        funded: the scenario with its money.
        gives: which rules give way, and how far.
        limits: what the rules then say.
        amounts: what each area gets, in pence.
        left: what no area may take, in pence.
    """
    areas, rules = funded.prepared.areas, funded.prepared.policy.rules
    label: Callable[[int], str] = areas.ids.__getitem__
    yield _worst("baseline", "floor", areas.baseline - amounts, np.ones(areas.size, dtype=bool), label)
    of_areas = {each.rule: each for each in funded.measured.of_areas}
    of_groups = {each.rule: each for each in limits.groups}
    for at, rule in enumerate(rules):
        name, kind, give = str(rule.name), rule.kind, gives.get(at, FIRM)
        if give.is_gone:
            yield Check(name, kind, HOLDS, 0, says="gave way altogether")
        elif at in of_areas:
            yield _of_areas(funded, of_areas[at], gives, amounts, label)
        elif at in of_groups:
            yield _of_groups(name, kind, of_groups[at], amounts)
        else:
            ratios = [each for each in limits.ratios if each.rule == at]
            yield _of_ratios(name, kind, ratios, amounts)
    if areas.held.any():
        off = np.abs(amounts - funded.measured.base)
        yield _worst("areas without people stay at their baselines", "promise", off, areas.held, label)
    yield from _money(funded, amounts, left, label)


def _worst(
    name: str, kind: str, short: Pence, covers: Mask, label: Callable[[int], str], told: str = ""
) -> Check:
    """Check amounts that must not be short of something, of the areas it covers."""
    short = np.where(covers, short, 0)
    checked = int(np.count_nonzero(covers))
    if not (short > 0).any():
        return Check(name, kind, HOLDS, checked, says=told)
    at, broken = int(np.argmax(short)), int(np.count_nonzero(short > 0))
    most = int(short[at])
    what = LIMIT_KINDS[kind].broken if kind in LIMIT_KINDS else "off"
    return Check(name, kind, BREACHED, checked, label(at), most, broken, f"{pounds(most)} {what} it")


def _of_areas(
    funded: Funded, each: AreaAmounts, gives: Gives, amounts: Pence, label: Callable[[int], str]
) -> Check:
    prepared, rule = funded.prepared, funded.prepared.policy.rules[each.rule]
    give, had = gives.get(each.rule, FIRM), prepared.areas.baseline / 100
    floor, cap = limits_left(rule, each.amounts, had, give, prepared.unit)
    short, outranked = np.zeros(amounts.size, dtype=np.int64), 0
    if floor is not None:
        short = np.maximum(short, floor - amounts)
    if cap is not None:
        base = funded.measured.base
        outranked = int(np.count_nonzero(each.covers & (cap < base)))
        short = np.maximum(short, amounts - np.maximum(cap, base))
    told = _told(give.strength, outranked)
    return _worst(str(rule.name), rule.kind, short, each.covers, label, told)


def _told(strength: float, outranked: int) -> str:
    said = [] if strength == 1 else [f"gave way: {strength:.2%} of it is left"]
    return "; ".join([*said, *([OUTRANKED.format(f"{outranked:,}")] if outranked else [])])


def _of_groups(name: str, kind: str, each: GroupLimits, amounts: Pence) -> Check:
    codes, lower, upper = each.partition
    totals = sums(codes, amounts, lower.size)
    over = np.where(upper == NO_CAP, 0, totals - np.where(upper == NO_CAP, 0, upper))
    short = np.maximum(lower - totals, over)
    told = _told(1, len(each.held))
    return _worst(name, kind, short, np.ones(lower.size, dtype=bool), each.groups.__getitem__, told)


def _of_ratios(name: str, kind: str, ratios: list[RatioLimits], amounts: Pence) -> Check:
    """In exact fractions: the limits of ratios are seldom whole pence."""
    worst, where, broken = Fraction(0), "", 0
    for each in ratios:
        inside, against, times, lower, upper = each.ratio
        got = sum(amounts[inside].tolist()) - Fraction(times) * sum(amounts[against].tolist())
        short = max(_below(got, lower), _below(-got, -upper))
        broken += short > SLACK
        if short > worst:
            worst, where = short, each.group
    if worst <= SLACK:
        return Check(name, kind, HOLDS, len(ratios))
    told = f"£{float(worst) / 100:,.4f} short of what the others get"
    return Check(name, kind, BREACHED, len(ratios), where, -int(-worst // 1), broken, told)


def _below(got: Fraction, limit: float) -> Fraction:
    return Fraction(0) if np.isinf(limit) else max(Fraction(limit) - got, Fraction(0))


def _money(funded: Funded, amounts: Pence, left: int, label: Callable[[int], str]) -> Iterator[Check]:
    unit, pot = funded.prepared.unit, funded.pot
    spent, total = pot - left, sum(amounts.tolist())
    unspent = f", {pounds(left)} of it left" if left else ""
    doubts = []
    if total != spent:
        doubts = [f"the areas get {pounds(total)} of a pot of {pounds(pot)}{unspent}"]
    if left and not funded.prepared.scenario.leave_unspent and left >= unit:
        doubts.append("money is left, and the scenario does not say leave_unspent")
    found = check("the pot", "promise", 1, doubts, f"{pounds(pot)} to the penny{unspent}")
    yield found._replace(by=abs(total - spent) or None, breaches=int(bool(doubts)))
    yield _worst(f"whole units of {pounds(unit)}", "promise", amounts % unit, amounts >= 0, label)

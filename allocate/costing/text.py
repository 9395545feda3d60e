"""What it would take, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.costing.goals import FAIR_SHARE, TARGET
from allocate.errors import counted
from allocate.money import pounds
from allocate.text.layout import Column, paragraph, table
from allocate.text.show import label_invented, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from allocate.costing.cost import Cost

MOVING = (
    "New money moves the fair share itself, so a share of it costs more than the same share of today's "
    "target. 100% of it is reached only where nobody stands above: at the £ per weighted head of the "
    "best-funded area."
)


def cost_text(cost: Cost, width: int | None = None) -> str:
    """What the goal costs, with and without the other rules, and what other shares would."""
    facts = list(_facts(cost))
    margin = max(len(label) for label, _ in facts) + 4
    scenario = cost.prepared.scenario
    lines = [click.style(str(scenario.title), bold=True)]
    lines += [*(label_invented(width) if scenario.invented else []), ""]
    lines += paragraph(
        f"What it would take for every area to have at least {cost.goal}, with nobody losing", width
    )
    lines.append("")
    for label, fact in facts:
        lines += labelled(label, fact, margin, width, bold=True)
    return "\n".join([*lines, "", *_round_shares(cost, width), "", *_closing(cost, width)])


def _facts(cost: Cost) -> Iterator[tuple[str, str]]:
    reached = cost.reached
    yield "New money", _money(cost, cost.new_money)
    if cost.clash is not None:
        yield "With the rules", "no pot is enough: the goal and the rules of the scenario clash"
    elif cost.has_rules:
        yield "With the rules", f"{_money(cost, cost.new_money_with_rules)}, so that every rule can hold"
    people = f"{reached.people_below:,.0f} people"
    areas = f"{reached.areas_below:,} of {counted(cost.prepared.areas.size, 'area')}, with {people}"
    if reached.fair_share is None:
        yield "Level", f"{_percent(reached.target)} of target"
    else:
        yield "Level", f"£{reached.level:,.2f} per weighted head"
    if reached.fair_share is not None and cost.baseline:
        shares = f"{_percent(reached.target)} of the share by need of what all get today"
        yield "That is", f"{shares}; {_percent(reached.fair_share)} of that of the new pot"
    yield "Below it", f"{areas}, have less today"
    if cost.growth is not None:
        yield "By when", _by_when(cost)


def _money(cost: Cost, new_money: int) -> str:
    growth = f" ({new_money / cost.baseline:+.2%})" if cost.baseline else ""
    return f"{pounds(new_money)}{growth}: a pot of {pounds(cost.baseline + new_money)}"


def _by_when(cost: Cost) -> str:
    rate = f"{_percent(cost.growth or 0)} growth a year, all of it new money for this"
    told = f"{_years(cost.years)} of {rate}"
    if cost.has_rules and not cost.clash and cost.years_with_rules != cost.years:
        told += f"; {_years(cost.years_with_rules)} with the rules"
    if cost.goal.by == FAIR_SHARE:
        return f"{told}. Fair shares grow with the pot: that is counted"
    if cost.goal.by == TARGET and not cost.levels.of_own_targets:
        grown = _years(cost.years_if_targets_grow)
        return f"{told}. The target stays as it is today; if it grew with the pot: {grown}"
    return f"{told}. The goal stays as it is today"


def _years(years: int | None) -> str:
    if years is None:
        return "never"
    return "now" if years == 0 else f"after {years:,} year{'s' if years != 1 else ''}"


def _round_shares(cost: Cost, width: int | None) -> Iterator[str]:
    """What round shares cost, measured both ways, and with the rules by the measure of the goal."""
    of_fair_share, of_target = zip(*cost.by_share.values(), strict=True)
    measure = "new fair share" if cost.goal.by == FAIR_SHARE else "target"
    columns = [
        Column("share", [_percent(share) for share in cost.by_share]),
        _amounts("of new fair share £", of_fair_share),
        _amounts("of today's target £", of_target),
        _amounts(f"{measure}, with rules £", tuple(cost.by_share_with_rules.values())),
    ]
    yield "New money that gives every area at least a share"
    yield from table([column for column in columns if column.cells], width)


def _amounts(header: str, prices: Sequence[int | None]) -> Column:
    """New money for each share; no cells at all if none has any."""
    if all(price is None for price in prices):
        return Column(header, [])
    return Column(header, ["-" if price is None else f"{price / 100:,.2f}" for price in prices])


def _closing(cost: Cost, width: int | None) -> Iterator[str]:
    floor = cost.goal.rule(cost.prepared).floor
    yield from paragraph(MOVING, width)
    yield from paragraph(f"As a rule of a book: {{floor: {floor}}}", width)
    corners = cost.levels.corners.levels.size
    yield f"The cost has {corners:,} corner{'s' if corners != 1 else ''}; --out FILE.csv writes them all."


def _percent(share: float | Decimal) -> str:
    return f"{float(share) * 100:.4g}%"

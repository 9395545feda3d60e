"""The questions of a stage 1 equality, health inequality impact and risk assessment, answered from a run.

What the figures can say is filled in; everything else is a prompt for a person. The headings follow what such
forms commonly ask; an organisation's own form goes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.documents.describe import rule_sentence, tranche_sentence
from allocate.impact.blocks import Grid, Heading, Words, prompt, to_do
from allocate.impact.characteristics import coverage, groupings_by
from allocate.impact.effects import effect_blocks
from allocate.money import pounds, short_pounds
from allocate.results.runs import run_of
from allocate.text.say import binding_sentence, gave_way_sentence, price_sentence
from allocate.text.show import INVENTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.allocation import Allocation
    from allocate.impact.blocks import Block
    from allocate.impact.characteristics import Groupings
    from allocate.results.runs import Run

TITLE = "Equality, health inequality impact and risk assessment, stage 1: draft"

DRAFT = (
    "This is a draft, filled in from a run of allocate. It answers what the figures can answer; the rest is"
    " marked [to be completed: ...] and is for people to write. Until then it is no assessment. It does not"
    " by itself meet the public sector equality duty (Equality Act 2010, section 149)."
)
OF_AREAS = (
    "All figures are of areas, not of people: an area's mean says nothing of the differences inside it."
)
ONE = {"areas": "area", "rows": "row", "are": "is", "get": "gets", "grow": "grows", "their": "its"}
"""What words of a sentence about several become if it is about one."""


def assess(allocation: Allocation, by: Sequence[str] = ()) -> list[Block]:
    """The draft, part by part; see `save_impact`."""
    run = run_of(allocation)
    given = groupings_by(run, by)
    return [
        *_front(allocation),
        *_proposed(allocation),
        *_affected(allocation),
        *_losing(allocation),
        *_effects(run, given),
        *_protected(given),
        *_inequality(allocation),
        *_mitigations(allocation),
        *_risks(allocation),
        *_last(allocation),
    ]


def _front(allocation: Allocation) -> Iterator[Block]:
    yield Heading(TITLE, 0)
    yield Words(allocation.summary.title, strong=True)
    if allocation.summary.invented:
        yield Words(INVENTED, strong=True)
    yield Words(DRAFT)
    rows = (
        ("Prepared by", to_do("name and role")),
        ("Date", to_do("date")),
        ("Decision, and who takes it", to_do("body and date")),
        ("Reviewed by", to_do("equality lead, public health, finance")),
    )
    yield Grid(("About this assessment", "By whom, and when"), rows)


def _counted(number: int, what: str) -> str:
    """So many, and what is said of them: ``70 areas get their baseline``, ``1 area gets its baseline``."""
    words = what.split(" ")
    return " ".join([f"{number:,}", *(ONE.get(each, each) if number == 1 else each for each in words)])


def _proposed(allocation: Allocation) -> Iterator[Block]:
    summary, prepared = allocation.summary, allocation.prepared
    yield Heading("1. What is proposed")
    growth = f" ({summary.new_money / summary.baseline:+.2%})" if summary.baseline else ""
    yield Words(
        f"To share {pounds(summary.budget)} among {_counted(summary.areas, 'areas')}: baselines of"
        f" {pounds(summary.baseline)} and {pounds(summary.new_money)} of new money{growth}."
    )
    yield Words(f"Rules: {prepared.policy.merged.title}.")
    if prepared.policy.merged.about:
        yield Words(str(prepared.policy.merged.about))
    yield Words("Need is measured per head, 1 on average, by:")
    for index in prepared.need.indices:
        share = f", {index.share:.4g} of the blend" if index.share is not None else ""
        source = f" [{index.source}]" if index.source else ""
        yield Words(f"{index.name}{share}{source}", point=True)
    for each in prepared.left_out:
        yield Words(f"Left out: {each.name}: {each.reason}", point=True)
    yield Words("Floors are met first; the rest is shared out so:")
    for tranche in prepared.policy.tranches:
        yield Words(tranche_sentence(tranche), point=True)
    yield prompt("why this is proposed, the strategy or duty it serves, and what else was considered")


def _affected(allocation: Allocation) -> Iterator[Block]:
    summary, areas = allocation.summary, allocation.prepared.areas
    gaining = areas.population[allocation.gains > 0].sum()
    yield Heading("2. Who is affected")
    yield Words(f"{_counted(summary.areas, 'areas')} with {summary.population:,.0f} registered people.")
    if areas.dropped:
        where = allocation.prepared.scenario.where
        dropped = _counted(areas.dropped, "rows of the table are left out by the scenario")
        yield Words(f"{dropped}: it keeps {where}.")
    raised = _counted(summary.gaining, f"areas with {gaining:,.0f} people get more than their baseline")
    yield Words(f"{raised}; the others keep it.")
    for note in summary.notes:
        yield Words(note)
    yield prompt("people who are not registered, staff, carers, inclusion health groups")


def _losing(allocation: Allocation) -> Iterator[Block]:
    summary, baseline = allocation.summary, allocation.prepared.areas.baseline
    yield Heading("3. Does anyone lose?")
    yield Words("No area is below its baseline. This is so in every run: no rule can change it.")
    keeps, population = allocation.gains == 0, allocation.prepared.areas.population
    if keeps.any():
        kept = f"areas with {population[keeps].sum():,.0f} people get exactly their baseline"
        who = _counted(int(keeps.sum()), kept)
        yield Words(f"{who}. If prices rise, what they can buy with it falls.")
    if summary.new_money > 0 and summary.baseline:
        average = summary.new_money / summary.baseline
        slower = int(np.count_nonzero(allocation.gains < baseline * average))
        less = _counted(slower, f"areas grow by less than the average of {average:.2%}: their share falls")
        yield Words(f"{less}.")
    yield prompt(
        "how costs change in the same period, and what that means for areas that keep their baseline"
    )


def _effects(run: Run, given: Groupings) -> Iterator[Block]:
    yield Heading("4. Effect by deprivation, place and group")
    yield Words(OF_AREAS)
    for about, grouping in given:
        title = f"By {grouping.name}" + (f" ({about})" if about else "")
        yield from effect_blocks(run, grouping, title)
    if not given:
        yield Words("No column of the table sorts the areas into a few groups.")
        yield prompt("effect by deprivation, by place and by group, from other evidence")


def _protected(given: Groupings) -> Iterator[Block]:
    yield Heading("5. Protected characteristics")
    yield Words(
        "A table of areas does not say who lives in them. A characteristic is not covered below unless a"
        " column was given for it; such a column still says how areas differ, not how people are treated."
    )
    yield coverage(given)
    yield prompt("inclusion health groups, carers, armed forces community and others that local policy names")


def _inequality(allocation: Allocation) -> Iterator[Block]:
    summary = allocation.summary
    yield Heading("6. Health inequalities")
    fair = allocation.closing_target * 100
    short = np.maximum(fair - allocation.amounts, 0)[fair > 0]
    if summary.opening_worst is not None and summary.closing_worst is not None:
        before = f"{summary.opening_worst:+.1%} to {summary.opening_best:+.1%} from target before"
        after = f"{summary.closing_worst:+.1%} to {summary.closing_best:+.1%} from {summary.closing_target}"
        yield Words(f"Areas stand {before}, {after} after.")
    under = _counted(summary.under_target, "areas are under target")
    yield Words(f"Before, {under}, by {short_pounds(summary.shortfall)}.")
    still = _counted(int(np.count_nonzero(short > 0.5)), f"are under {summary.closing_target}")
    yield Words(f"After, {still}, by {short_pounds(float(short.sum()))} in all.")
    yield Words(f"The lowest-funded area then has £{summary.level:,.2f} per weighted head.")
    yield prompt("Core20PLUS5 and local priorities: what changes in access, experience and outcomes")


def _mitigations(allocation: Allocation) -> Iterator[Block]:
    policy = allocation.prepared.policy
    yield Heading("7. What protects people in the rules")
    held = _counted(allocation.summary.bound["baseline"], "areas")
    yield Words(f"No area gets less than its baseline; this holds {held}.", point=True)
    for position, rule in enumerate(policy.rules):
        says = f"{rule_sentence(rule, policy.merged.source)}. {binding_sentence(allocation, position)}"
        yield Words(says, point=True)
    for each in allocation.gave_way:
        yield Words(f"{gave_way_sentence(allocation, each)}, because not all rules could hold.", point=True)
    yield prompt("other mitigations: transition, support, exceptions")


def _risks(allocation: Allocation) -> Iterator[Block]:
    summary = allocation.summary
    yield Heading("8. Risks")
    data = " ".join(("Missing and impossible figures are refused.", *summary.notes))
    largest = f"The largest gain is {pounds(summary.largest_gain)} ({_fastest(allocation)})"
    rows = [
        ("The measure of need misses need", "The allocation follows it alone; see 1 for what it has"),
        ("The data are wrong or late", data),
        ("Some areas cannot spend so fast", largest),
    ]
    for price in allocation.priced:
        name = allocation.prepared.policy.rules[price.rule].name
        rows.append((f"'{name}' costs others", price_sentence(allocation, price)))
    if summary.unspent:
        rows.append(("Money stays unspent", f"{pounds(summary.unspent)}: the caps let no area take it"))
    blanks = to_do("likelihood, effect"), to_do("mitigation, owner")
    yield Grid(("Risk", "What the run says", "Score", "Mitigation"), tuple((*row, *blanks) for row in rows))
    yield prompt("other risks, to people, services, finance and the law")


def _fastest(allocation: Allocation) -> str:
    baseline = allocation.prepared.areas.baseline
    rates = allocation.gains[baseline > 0] / baseline[baseline > 0]
    return f"the fastest growth {rates.max():.1%}" if rates.size else "no baselines to compare with"


def _last(allocation: Allocation) -> Iterator[Block]:
    record = allocation.to_dict()
    yield Heading("9. Engagement, monitoring and decision")
    yield prompt("who was asked, what they said, and what changed because of it")
    yield prompt("what will be watched, by whom, from when, and what would lead to a change")
    yield prompt("is a stage 2 assessment needed? decision, reasons, signature and date")
    yield Heading("Where the figures come from")
    hashes = record["hashes"]
    yield Words(f"allocate {record['allocate']}; SHA-256: table {hashes['areas']}, rules {hashes['rules']}.")
    yield Words("'allocate run SCENARIO --out workbook.xlsx' shows how each figure comes about.")

"""A rule book in sentences, as a person would read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.documents.fields import EVERYONE
from allocate.documents.nodes import recipe_of, title_of
from allocate.errors import counted
from allocate.text.layout import paragraph
from allocate.text.say import binding_sentence, gave_way_sentence, per_unit, price_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allocate.allocation import Allocation
    from allocate.documents.need_node import NeedNode
    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Parameter, Rule, Rulebook, Tranche


def book_text(policy: Policy, width: int | None = None, on: Allocation | None = None) -> str:
    """A policy as text: title, about, source, parameters, need, rules and share-out.

    Args:
        policy: what to describe.
        width: of the terminal; None to wrap nothing.
        on: an allocation by rules that include the policy's: each rule then says how much it binds there.
    """
    lines = [click.style(str(policy.merged.title), bold=True)]
    for title, sentences in chapters(policy, on):
        lines += [f"\n{click.style(title, bold=True)}"] if title else []
        for sentence in sentences:
            deeper = len(sentence) - len(sentence.lstrip()) + 2
            lines += paragraph(sentence, width, "  ", " " * (deeper + 2 if title else 2))
    return "\n".join(lines)


def chapters(policy: Policy, on: Allocation | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Each part of a book, with its sentences; what it is about has no title."""
    book = policy.merged
    yield "", [str(book.about)] if book.about else []
    yield "", [f"Source: {book.source}"] if book.source else []
    if book.parameters:
        yield "Parameters", (_parameter(*each) for each in book.parameters.items())
    yield "Need", _need(book.need, 0)
    if book.columns:
        yield "Named amounts", (f"{name} = {value}" for name, value in book.columns.items())
    if book.target or book.closing_target:
        yield "Targets", _targets(book)
    yield f"Rules, on '{on.summary.title}'" if on else "Rules", _rules(policy, on)
    yield "Share-out", _share_out(policy)


def _parameter(name: str, parameter: Parameter) -> str:
    if parameter.dated:
        dated = ", ".join(
            f"{_value(value, parameter)} from {day}" for day, value in sorted(parameter.dated.items())
        )
        value = f"depends on the date: {dated}"
    else:
        value = _value(parameter.value, parameter)
    unit = f" ({parameter.unit})" if parameter.unit and parameter.unit != "share" else ""
    about = f": {parameter.about}" if parameter.about else ""
    source = f" [{parameter.source}]" if parameter.source else ""
    return f"{name} = {value}{unit}{about}{source}"


def _value(value: float | str | None, parameter: Parameter) -> str:
    if not isinstance(value, float):
        return str(value)
    if parameter.unit == "year":
        return f"{value:.0f}"
    return f"{value * 100:.10g}%" if parameter.unit == "share" else f"{value:,.10g}"


def _need(node: NeedNode | None, depth: int, share: str = "") -> Iterator[str]:
    if node is None:
        yield "People count as they are (or as another book says)."
        return
    source = f" [{node.source}]" if node.source else ""
    optional = " (left out where the table lacks its columns)" if node.if_missing else ""
    yield f"{'  ' * depth}{share}{title_of(node)}: {recipe_of(node).sentence}{optional}{source}"
    for part_share, part in node.parts:
        yield from _need(part, depth + 1, f"{part_share} of " if part_share else "")


def _targets(book: Rulebook) -> Iterator[str]:
    if book.target:
        yield f"An area's target is £ {book.target}."
    if book.closing_target:
        yield f"Closing distance is measured from £ {book.closing_target}."


def _rules(policy: Policy, on: Allocation | None) -> Iterator[str]:
    yield "No area gets less than its baseline. This is always so and outranks every cap."
    if on is not None:
        yield f"  It holds {on.summary.bound['baseline']:,} of {counted(on.summary.areas, 'area')}."
    for rule in policy.rules:
        yield rule_sentence(rule, policy.merged.source)
        yield from _on(rule, on) if on is not None else ()


def _on(rule: Rule, allocation: Allocation) -> Iterator[str]:
    """How much a rule binds in an allocation, and what relaxing it would do there."""
    position = next(at for at, each in enumerate(allocation.prepared.policy.rules) if each.name == rule.name)
    yield f"  {binding_sentence(allocation, position)}"
    for gave in allocation.gave_way:
        if gave.rule == position:
            yield f"  {gave_way_sentence(allocation, gave)}."
    for price in allocation.priced:
        if price.rule == position:
            yield f"  {price_sentence(allocation, price)}"


def rule_sentence(rule: Rule, known: str | None = None) -> str:
    """A rule as one sentence, with its name, its kind and its source, unless that is known already."""
    verb = rule.limit.says
    if rule.of == "growth":
        verb = verb.replace("gets", "grows by")
    who = f"every area where {rule.where}" if rule.where else "every area"
    if rule.by is not None:
        who = f"each {rule.by}, all its areas{' where ' + rule.where if rule.where else ''} together,"
    if rule.across is not None:
        who = f"the areas where {rule.across} together"
        verb = verb.replace("gets", "get").replace("grows", "grow")
    source = f" [{rule.source}]" if rule.source and rule.source != known else ""
    return f"{rule.name} ({rule.kind}): {who} {verb} {_how_much(rule)}{_gives_way(rule)}{source}"


def _how_much(rule: Rule) -> str:
    if rule.compared_with is None:
        return f"£ {rule.amount}"
    everyone = rule.compared_with == EVERYONE
    others = "everyone" if everyone else f"the areas where {rule.compared_with}"
    does = ("grows by" if everyone else "grow by") if rule.of == "growth" else ("gets" if everyone else "get")
    return f"{rule.amount} of what {others} {does}, {per_unit(str(rule.denominator))}"


def _gives_way(rule: Rule) -> str:
    if rule.if_unaffordable:
        return f"; if not all rules can hold it is scaled down (priority {rule.gives_way})"
    if rule.priority is not None:
        return f"; if not all rules can hold it gives way (priority {rule.priority}, the highest first)"
    return ""


def _share_out(policy: Policy) -> Iterator[str]:
    yield "Floors are met first. Then:"
    for number, tranche in enumerate(policy.tranches, 1):
        yield f"{number}. {tranche_sentence(tranche)}"


def tranche_sentence(tranche: Tranche) -> str:
    """A tranche as one sentence."""
    if tranche.amount == "rest":
        amount = "what is left"
    else:
        amount = f"{tranche.amount} of what is left once floors are met"
        if not str(tranche.amount).endswith("%"):
            amount = f"£ {tranche.amount}"
    if tranche.method == "pro_rata":
        return f"{tranche.name}: {amount}, in proportion to {tranche.pro_rata}"
    if tranche.method == "least_shortfall":
        closing = f"closing the shortfalls from fair share with the highest {tranche.least_shortfall} first"
        return f"{tranche.name}: {amount}, {closing}; ties level up"
    to = f", lifting nobody above £ {tranche.to}" if tranche.to is not None else ""
    return (
        f"{tranche.name}: {amount}, raising those with the least £ per unit of {tranche.level_up} first{to}"
    )

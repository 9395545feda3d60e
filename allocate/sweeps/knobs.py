"""What a sweep can turn: the money, parameters, the limits of rules, and the shares of a need blend.

Names are looked up in that order, so a parameter comes before a rule of the same name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from allocate.documents.budget import Budget
from allocate.documents.fields import CODE
from allocate.documents.need_node import NeedNode, NeedShare
from allocate.documents.nodes import title_of
from allocate.errors import InputError, Problems, nearest
from allocate.language.expressions import parse
from allocate.language.grammar import Misread
from allocate.language.places import Written
from allocate.money import MOST_PENCE, exact_decimals, half_up, in_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allocate.documents.policy import Policy
    from allocate.documents.rulebook import Rule
    from allocate.documents.scenario import Scenario
    from allocate.sweeps.ranges import Item

Value: TypeAlias = int | float | str
"""What a knob is turned to: pence, a number or share, or text."""

MONEY_FORMS = ("budget", "new_money", "growth")


@dataclass(frozen=True)
class Knob:
    """Something that a sweep varies."""

    name: str

    def value(self, item: Item) -> Value:
        """What it is turned to for a value as it was written.

        Raises:
            ValueError: it cannot be turned to that; says why, and what to do after a semicolon.
        """
        if item.number is None:
            raise ValueError(f"'{item.text}' is not a number; write one such as 0.1 or 10%")
        return float(item.number)


@dataclass(frozen=True)
class Money(Knob):
    """The pot: the whole of it or the new money in it, in pence; or its growth, a share."""

    @exact_decimals()
    def value(self, item: Item) -> Value:
        """In pence, half up; or a share."""
        if self.name == "growth":
            return super().value(item)
        if item.number is None or item.is_share:
            raise ValueError(f"'{item.text}' is not an amount in £; write one such as 2_850_000 or 2.85m")
        if abs(item.number) * 100 >= MOST_PENCE:
            raise ValueError(f"£{item.number} is not an amount that can be allocated; write a smaller one")
        return half_up(item.number * 100, 1)

    def budget(self, value: Value) -> Budget:
        """The budget of a scenario that says so."""
        if self.name == "growth":
            return Budget(growth=float(value))
        return Budget(**{"total" if self.name == "budget" else self.name: in_pounds(int(value))})


@dataclass(frozen=True)
class OfParameter(Knob):
    """A parameter of a rule book."""

    def value(self, item: Item) -> Value:
        """A number or, for what is none, text."""
        is_text = item.number is None or CODE.fullmatch(item.text)
        return item.text if is_text else super().value(item)


@dataclass(frozen=True)
class Limit(Knob):
    """The amount of a rule.

    A number is £, or with `compared_with` a share; a percentage is a share of what the areas get today; and
    anything else is an expression that takes the place of the rule's own.
    """

    rule: Rule
    in_shares: bool

    def value(self, item: Item) -> Value:
        """A number, or an expression."""
        if item.number is not None:
            if self.in_shares and item.number and not item.is_share:
                raise ValueError(f"'{item.text}' is £ where others are shares; write all with % or none")
            return super().value(item)
        try:
            parse(item.text)
        except Misread as error:
            raise ValueError(str(error)) from None
        return item.text

    def turned(self, value: Value) -> Rule:
        """The rule with another amount."""
        amount = value if isinstance(value, str) else _plain(value)
        if self.in_shares and self.rule.compared_with is None and not isinstance(value, str):
            amount = f"{amount} * {'sum(baseline)' if self.rule.is_for_groups else 'baseline'}"
        return self.rule.model_copy(update={self.rule.kind: Written(amount)})


@dataclass(frozen=True)
class Share(Knob):
    """The share that a part has of the blend it is in; the others share the rest as they did."""


def find_knobs(vary: Mapping[str, Sequence[Item]], policy: Policy) -> list[Knob]:
    """Say what each name is.

    Args:
        vary: some values of each, as they were written.
        policy: has the parameters, the rules and the need.

    Raises:
        InputError: every name that there is nothing of, or that can mean two things.
    """
    rules = {str(rule.name): rule for rule in policy.rules}
    blended = Counter(title_of(part.of) for part in _parts(policy.merged.need))
    known = [*MONEY_FORMS, *map(str, policy.merged.parameters), *rules, *blended]
    knobs: list[Knob] = []
    problems = Problems()
    for name, items in vary.items():
        if name in MONEY_FORMS:
            knobs.append(Money(name))
        elif name in policy.merged.parameters:
            knobs.append(OfParameter(name))
        elif name in rules:
            knobs.append(Limit(name, rules[name], any(item.is_share for item in items)))
        elif blended[name] == 1:
            knobs.append(Share(name))
        elif name in blended:
            problems.add(name, "is the name of several parts of the need", "give each a name of its own")
        else:
            fix = nearest(name, known) or "name the budget, a parameter, a rule or a part of the need"
            problems.add(name, "is nothing that can be varied", fix)
    several = [knob.name for knob in knobs if isinstance(knob, Money)]
    if len(several) > 1:
        problems.add("", f"{' and '.join(several)} are one pot", "vary one of them")
    problems.raise_any(InputError)
    return knobs


def turn(
    scenario: Scenario, policy: Policy, knobs: Sequence[Knob], values: Sequence[Value]
) -> tuple[Scenario, Policy]:
    """The scenario and the policy with every knob turned to a value."""
    turned = list(zip(knobs, values, strict=True))
    budgets = [knob.budget(value) for knob, value in turned if isinstance(knob, Money)]
    parameters = {knob.name: value for knob, value in turned if isinstance(knob, OfParameter)}
    scenario = scenario.with_changes(budget=budgets[0] if budgets else None, parameters=parameters)
    rules = {knob.name: knob.turned(value) for knob, value in turned if isinstance(knob, Limit)}
    shares = {knob.name: float(value) for knob, value in turned if isinstance(knob, Share)}
    if not (rules or shares):
        return scenario, policy
    book = policy.merged
    update: dict[str, Any] = {"rules": tuple(rules.get(str(rule.name), rule) for rule in book.rules)}
    if shares and book.need is not None:
        update["need"] = _with_shares(book.need, shares)
    return scenario, replace(policy, merged=book.model_copy(update=update))


def _with_shares(node: NeedNode, shares: Mapping[str, float]) -> NeedNode:
    """The need tree with other shares of some parts of its blends."""
    if node.product is not None:
        parts = tuple(_with_shares(part, shares) for part in node.product)
        return node.model_copy(update={"product": parts})
    if node.blend is None:
        return node
    set_here = {
        title_of(part.of): shares[title_of(part.of)] for part in node.blend if title_of(part.of) in shares
    }
    others = [str(part.share) for part in node.blend if title_of(part.of) not in set_here]
    rest = " - ".join(["1", *map(_plain, set_here.values())])
    blend = [
        NeedShare.model_construct(
            share=_share(part, set_here, others, rest), of=_with_shares(part.of, shares)
        )
        for part in node.blend
    ]
    return node.model_copy(update={"blend": tuple(blend)})


def _share(part: NeedShare, set_here: Mapping[str, float], others: Sequence[str], rest: str) -> Written:
    """The share of one part, when some parts of its blend are set and the others have the rest."""
    if (name := title_of(part.of)) in set_here:
        return Written(_plain(set_here[name]))
    if not set_here:
        return Written(part.share)
    if len(others) == 1:
        return Written(rest)
    whole = " + ".join(f"({each})" for each in others)
    return Written(f"({rest}) * ({part.share}) / ({whole})")


def _parts(node: NeedNode | None) -> Iterator[NeedShare]:
    """Every part of every blend of a need tree."""
    if node is None:
        return
    for inner in node.product or ():
        yield from _parts(inner)
    for part in node.blend or ():
        yield part
        yield from _parts(part.of)


def _plain(number: float) -> str:
    """A number as an expression has it: without an exponent, and in brackets if it is negative."""
    written = format(Decimal(repr(float(number))), "f")
    return f"({written})" if number < 0 else written

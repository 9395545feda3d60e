"""One area's story, in order and in plain English with the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import counted
from allocate.language.places import Written
from allocate.limits.measured import BASELINE, HELD, NO_RULE
from allocate.money import NO_CAP, pounds
from allocate.solver.clock import check_time
from allocate.text.layout import paragraph
from allocate.text.say import gave_way_sentence, per_unit, percent, price_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.sharing.share_out import TranchePart


class Chapter(NamedTuple):
    """One part of the story: what it is about, and its sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """Why one area gets what it gets; ``str()`` is the whole story."""

    area: str
    name: str | None
    chapters: tuple[Chapter, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def margin(self) -> int:
        """How far the sentences stand from the left, beside the titles of their chapters."""
        return max(len(chapter.title) for chapter in self.chapters) + 4

    def lines(self, width: int | None = None) -> Iterator[str]:
        """The story line by line, a heading first; wrapped if a width is given."""
        yield f"{self.area}  {self.name}" if self.name else self.area
        for chapter in self.chapters:
            for number, sentence in enumerate(chapter.sentences):
                first = f"  {'' if number else chapter.title}".ljust(self.margin)
                deeper = len(sentence) - len(sentence.lstrip(" -"))
                yield from paragraph(sentence, width, first, " " * (self.margin + deeper))


def explain(allocation: Allocation, area: int) -> Explanation:
    """Tell the story of the area at a position."""
    check_time()
    areas = allocation.prepared.areas
    story = _Story(allocation, area)
    chapters = (
        Chapter("People", tuple(story.people())),
        Chapter("Need", tuple(story.need())),
        Chapter("Today", tuple(story.today())),
        Chapter("Fair share", tuple(story.fair_share())),
        Chapter("Guarantees", tuple(story.guarantees())),
        Chapter("Share-out", tuple(story.share_out())),
        Chapter("Rounding", tuple(story.rounding())),
        Chapter("Result", tuple(story.result())),
        Chapter("What binds", tuple(story.binding())),
        Chapter("Next £1,000", tuple(story.next_thousand())),
    )
    name = None if areas.names is None else areas.names[area]
    told = tuple(chapter for chapter in chapters if chapter.sentences)
    return Explanation(str(areas.ids[area]), name, told)


class _Story:
    """The sentences of each chapter, for one area."""

    def __init__(self, allocation: Allocation, area: int) -> None:
        self.allocation, self.area = allocation, area
        self.prepared = allocation.prepared
        self.weighted = float(self.prepared.need.weighted_population[area])
        self.baseline = int(self.prepared.areas.baseline[area])
        self.amount = int(allocation.amounts[area])
        self.held = bool(self.prepared.areas.held[area])

    def people(self) -> Iterator[str]:
        people = float(self.prepared.areas.population[self.area])
        if self.held:
            yield "Nobody is registered here, so it is held at its baseline and takes no part in the rest."
        else:
            yield f"{people:,.0f} people are registered here."

    def need(self) -> Iterator[str]:
        if self.held:
            return
        for index in self.prepared.need.indices:
            value = float(index.values[self.area])
            share = f" ({index.share:.4g} of the blend)" if index.share is not None else ""
            source = f" [{index.source}]" if index.source else ""
            if index.depth == 0:
                yield f"Need per head is {value:.3f} of the average by '{index.name}'{source}."
            else:
                yield f"{'  ' * (index.depth - 1)}- {index.name}{share}: {value:.3f}{source}"
        for each in self.prepared.left_out:
            yield f"- {each.name}: {each.reason}"
        yield f"So its people count as {self.weighted:,.1f} weighted people."

    def today(self) -> Iterator[str]:
        per_head = f", {self._per_weighted(self.baseline)} per weighted head" if self.weighted else ""
        yield f"Its baseline is {pounds(self.baseline)}{per_head}."
        if not self.held:
            target = float(self.prepared.target[self.area]) * 100
            off = self._off("opening_distance")
            yield f"Its target, {self._target_is()}, is {pounds(target)}: it is {off} target."

    def _target_is(self) -> str:
        if self.prepared.policy.merged.target is not None:
            return f"as the rules define it ({self.prepared.policy.merged.target})"
        if self.prepared.areas.target is not None:
            return "as published in the table"
        return "its share by need of what all areas get today"

    def fair_share(self) -> Iterator[str]:
        if not self.held:
            share = float(self.allocation.fair_share[self.area]) * 100
            pot = pounds(self.allocation.budget)
            yield f"Its fair share by need of the whole pot of {pot} is {pounds(share)}."

    def guarantees(self) -> Iterator[str]:
        limits, rule = self.allocation.limits, int(self.allocation.limits.floor_rule[self.area])
        lower, upper = int(limits.lower[self.area]), int(limits.upper[self.area])
        yield f"It cannot get less than its baseline of {pounds(self.baseline)}."
        if rule > BASELINE:
            yield f"{self._named(rule)} lifts that to {pounds(lower)}, {pounds(lower - self.baseline)} more."
        elif lower > self.baseline:
            yield f"Rounded up to the unit that is {pounds(lower)}."
        for each in limits.held:
            if self.area in each.areas:
                yield f"{self._named(each.rule)} comes out below its baseline, which outranks it."
        cap = int(limits.cap_rule[self.area])
        if cap > NO_RULE and upper != NO_CAP and upper > lower:
            yield f"{self._named(cap)} caps it at {pounds(upper)}."
        yield from self._group_limits()
        yield from self._ratio_limits()
        for gave in self.allocation.gave_way:
            if self.allocation.funded.measured.is_about(gave.rule, self.area):
                yield f"{gave_way_sentence(self.allocation, gave)}, because not all rules can hold."

    def _group_limits(self) -> Iterator[str]:
        """The group rules that cover the area, with the limits of its group."""
        for each in self.allocation.limits.groups:
            group = int(each.partition.codes[self.area])
            if group < 0:
                continue
            low, high = int(each.partition.lower[group]), int(each.partition.upper[group])
            limits = [f"at least {pounds(low)}"] if low else []
            limits += [f"at most {pounds(high)}"] if high != NO_CAP else []
            who = f"{counted(int(each.sizes[group]), 'area')} ({each.groups[group]})"
            if limits:
                yield f"{self._named(each.rule)} gives its {who} {' and '.join(limits)} together."

    def _ratio_limits(self) -> Iterator[str]:
        """The rules that compare the money per head of the area's group with that of others."""
        for each in self.allocation.limits.ratios:
            if not each.ratio.inside[self.area]:
                continue
            limits = ["at least"] if np.isfinite(each.ratio.lower) else []
            limits += ["at most"] if np.isfinite(each.ratio.upper) else []
            rule = self.prepared.policy.rules[each.rule]
            who = f"its {counted(int(each.ratio.inside.sum()), 'area')} ({each.group})"
            what = f"{'growth' if rule.of == 'growth' else 'money'} {per_unit(str(rule.denominator))}"
            share = f"{' and '.join(limits)} {percent(each.share)} of the {what} of {each.against}"
            yield f"{self._named(each.rule)} gives {who} {share}."

    def share_out(self) -> Iterator[str]:
        if self.held:
            return
        for part, told in zip(self.allocation.shared.parts, self.allocation.steps_told, strict=True):
            yield f"{told}: {self._got(part, float(part.gains[self.area]))}."

    def _got(self, part: TranchePart, gain: float) -> str:
        if gain > 0.005:
            return f"it gets {pounds(gain)} of that"
        if part.level is not None and part.method == "level_up" and not self.allocation.limits.groups:
            return "it is above that already and gets nothing from it"
        return "it gets nothing from it"

    def rounding(self) -> Iterator[str]:
        exact = float(self.allocation.shared.exact[self.area])
        change = self.amount - exact
        unit = self.prepared.unit
        if abs(change) > 1e-6:
            way = "up" if change > 0 else "down"
            rounded = f"{_exactly(exact)} is rounded {way} to {pounds(self.amount)}"
            yield f"{rounded} (whole units of {pounds(unit)})."

    def result(self) -> Iterator[str]:
        gain = self.amount - self.baseline
        percent = f" ({gain / self.baseline:.2%})" if self.baseline else ""
        change = f"{pounds(gain)}{percent} more than its baseline" if gain else "its baseline"
        per_head = f", {self._per_weighted(self.amount)} per weighted head" if self.weighted else ""
        yield f"It gets {pounds(self.amount)}: {change}{per_head}."
        if not self.held and not np.isnan(self.allocation.closing_distance[self.area]):
            against = "closing target" if self.prepared.policy.merged.closing_target else "fair share"
            yield f"That is {self._off('closing_distance')} its {against}."

    def binding(self) -> Iterator[str]:
        rule = int(self.allocation.binding_rule[self.area])
        if rule >= 0:
            yield f"{self._named(rule)} holds it there. {self._origin(rule)}"
            for price in self.allocation.priced:
                if price.rule == rule:
                    yield price_sentence(self.allocation, price)
        elif rule in (BASELINE, HELD):
            yield "Its baseline holds it there: no area may lose. This cannot be switched off."

    def next_thousand(self) -> Iterator[str]:
        if self.allocation.next_gains is None:
            yield "One more £1,000 in the pot could not be placed under these rules."
        else:
            gain = pounds(int(self.allocation.next_gains[self.area]))
            yield f"One more £1,000 in the pot would give it {gain}. It {self.allocation.next_told}."

    def _named(self, rule: int) -> str:
        return f"The rule '{self.prepared.policy.rules[rule].name}'"

    def _origin(self, position: int) -> str:
        rule = self.prepared.policy.rules[position]
        limit = f"It says: {rule.kind} {rule.amount}" + (f" where {rule.where}" if rule.where else "")
        source = f" Source: {rule.source}." if rule.source else ""
        place = Written(rule.name).where()
        return f"{limit}.{source}" + (f" ({place})" if place else "")

    def _per_weighted(self, pence: int) -> str:
        return f"£{pence / self.weighted / 100:,.2f}"

    def _off(self, which: str) -> str:
        share = float(getattr(self.allocation, which)[self.area])
        if np.isnan(share):
            return "at no distance from"
        if abs(share) < 0.00005:
            return "at"
        return f"{abs(share):.1%} {'over' if share > 0 else 'under'}"


def step_sentence(part: TranchePart) -> str:
    """What a step of the share-out does, without its end: what an area got of it."""
    return f"'{part.name}' {_shares_out(part)}"


def _shares_out(part: TranchePart) -> str:
    per = per_unit(part.denominator)
    rate = "" if part.level is None else f"£{part.level:,.2f}"
    if not part.placed:
        return "had nothing to share out"
    if part.method == "level_up":
        reached = f", up to {rate}" if rate else ""
        return f"shares {pounds(part.placed)} among those with the least {per}{reached}"
    if part.method == "least_shortfall":
        return f"shares {pounds(part.placed)} to close shortfalls, by {part.denominator}"
    in_proportion = f"shares {pounds(part.placed)} in proportion to {part.denominator}"
    return f"{in_proportion} ({rate} {per})" if rate else in_proportion


def _exactly(pence: float) -> str:
    return f"£{pence / 100:,.4f}"

"""Every area's explanation in little room: sentences once, and for each area the numbers in them.

Explanations of thousands of areas are the same sentences with other numbers. A sentence is cut into the text
between its numbers and the numbers; the texts are kept once, so are the sequences of texts, and an area is
the number of its sequence and its numbers. The page puts them together again when a row is opened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from allocate.money import in_pence, pounds
from allocate.results.explain import Chapter, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allocate.report.subject import Subject

NUMBER = re.compile(r"(\d(?:[\d,.]*\d)?)")
"""Digits, with commas and points inside: what stands between spaces in an area's text."""

GAP, END = "\x01", "\x02"
"""What stands for a number in a text, and between the texts of an area."""

MARKS = re.compile(f"[{GAP}{END}]")


class Packed:
    """Stories packed one after another."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], int] = {}
        self.sequences: dict[tuple[int, ...], int] = {}
        self.areas: list[str] = []
        self._known: dict[tuple[tuple[str, ...], str], int] = {}

    def add(self, chapters: Iterable[Chapter]) -> None:
        """Pack the story of one area."""
        titles: list[str] = []
        sentences: list[str] = []
        for chapter in chapters:
            titles += [chapter.title, *[""] * len(chapter.sentences)][: len(chapter.sentences)]
            sentences += chapter.sentences
        told = END.join(sentences)
        if GAP in told or told.count(END) >= len(sentences):
            told = END.join(MARKS.sub("\ufffd", each) for each in sentences)
        parts = NUMBER.split(told)
        key = tuple(titles), GAP.join(parts[::2])
        if key not in self._known:
            self._known[key] = self._sequence(*key)
        self.areas.append(" ".join([str(self._known[key]), *parts[1::2]]))

    def _sequence(self, titles: tuple[str, ...], texts: str) -> int:
        """The number of a sequence of texts, which are kept once."""
        pairs = zip(titles, texts.split(END), strict=True)
        sequence = tuple(self.texts.setdefault(each, len(self.texts)) for each in pairs)
        return self.sequences.setdefault(sequence, len(self.sequences))

    def to_dict(self) -> dict[str, Any]:
        """As for JSON."""
        return {"texts": list(self.texts), "sequences": list(self.sequences), "areas": self.areas}


def pack_stories(subject: Subject) -> dict[str, Any]:
    """The stories of all areas of a run, in the order of its rows."""
    packed = Packed()
    for chapters in _live(subject) if subject.allocation is not None else _saved(subject):
        packed.add(chapters)
    return packed.to_dict()


def _live(subject: Subject) -> Iterator[tuple[Chapter, ...]]:
    """What `allocate explain` says of each area."""
    allocation = subject.allocation
    assert allocation is not None
    for area in range(subject.run.areas.height):
        yield explain(allocation, area).chapters


def _saved(subject: Subject) -> Iterator[tuple[Chapter, ...]]:
    """What the row of a saved run says of each area: it does not keep how its amounts were found."""
    next_gains: dict[str, float] | None = subject.run.record.get("next_1000")
    closing = subject.summary["closing_target"]
    sources = {str(rule.name): rule.source for rule in subject.policy.rules}
    for row in subject.run.areas.iter_rows(named=True):
        yield (
            Chapter("People", (f"{row['population']:,.0f} people are registered here.",)),
            Chapter("Need", tuple(_need(row))),
            Chapter("Today", tuple(_today(row))),
            Chapter("Fair share", (f"Its fair share by need of the pot is {_money(row, 'fair_share')}.",)),
            Chapter("Result", tuple(_result(row, closing))),
            *_held(row, sources),
            *_next(row, next_gains),
        )


def _need(row: dict[str, Any]) -> Iterator[str]:
    yield f"Need per head is {row['need_index']:.3f} of the average."
    yield f"So its people count as {row['weighted_population']:,.1f} weighted people."


def _today(row: dict[str, Any]) -> Iterator[str]:
    yield f"Its baseline is {_money(row, 'baseline')}."
    if row["opening_distance"] is not None:
        off = _off(row["opening_distance"])
        yield f"Its target is {_money(row, 'target')}: it is {off} target."


def _result(row: dict[str, Any], closing: str) -> Iterator[str]:
    growth = "" if row["gain_percent"] is None else f" ({row['gain_percent']:.2f}%)"
    more = f"{_money(row, 'gain')}{growth} more than its baseline" if row["gain"] else "its baseline"
    yield f"It gets {_money(row, 'allocation')}: {more}."
    if row["closing_distance"] is not None:
        yield f"That is {_off(row['closing_distance'])} its {closing}."


def _held(row: dict[str, Any], sources: dict[str, str | None]) -> Iterator[Chapter]:
    rule = row["bound_by"]
    if rule == "baseline":
        yield Chapter("What binds", ("Its baseline holds it there: no area may lose.",))
    elif rule:
        source = f" Source: {sources[rule]}." if sources.get(rule) else ""
        yield Chapter("What binds", (f"The rule '{rule}' holds it there.{source}",))


def _next(row: dict[str, Any], gains: dict[str, float] | None) -> Iterator[Chapter]:
    if gains is not None:
        gain = pounds(gains.get(row["id"], 0.0) * 100)
        yield Chapter("Next £1,000", (f"One more £1,000 in the pot would give it {gain}.",))


def _money(row: dict[str, Any], name: str) -> str:
    return pounds(in_pence(row[name]))


def _off(share: float) -> str:
    return "at" if abs(share) < 0.00005 else f"{abs(share):.1%} {'over' if share > 0 else 'under'}"

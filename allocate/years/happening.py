"""Events made into moves: who goes where, in words and in numbers, with every problem told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.errors import listing, nearest
from allocate.language.places import Written
from allocate.money import pounds, whole_pence
from allocate.text.say import percent
from allocate.years.moving import Flow, Moves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allocate.documents.events import Event
    from allocate.errors import Problems
    from allocate.solver.arrays import Floats

Shares = dict[str, tuple[float, float, float]]
"""For each area that gets something of another: the shares of people, money and need."""


class Happened(NamedTuple):
    """An event that has been worked out."""

    moves: Moves
    from_rows: dict[str, list[str]]
    """For each new id the areas it comes from: its facts are theirs."""
    told: dict[str, str]
    """What to tell of it in the story of each area that has part in it."""


def happen(event: Event, ids: Sequence[str], people: Floats, problems: Problems) -> Happened | None:
    """Work out an event.

    Args:
        event: what happens.
        ids: the areas before it.
        people: how many each of them has.
        problems: where to note areas that are not there, and new ones that are there already.

    Returns:
        What happened; None if it cannot.
    """
    if not _all_known(event, ids, problems):
        return None
    at = {area: position for position, area in enumerate(ids)}
    gives = _gives(event, at, people)
    gone = {area for area, shares in gives.items() if area not in shares and area not in _becomes(event)}
    after = [area for area in ids if area not in gone]
    after += [area for area in _becomes(event) if area not in at]
    place = {area: position for position, area in enumerate(after)}
    source = np.array([-1 if area in gives else at.get(area, -1) for area in after], dtype=np.intp)
    flows = tuple(
        Flow(at[area], place[to], *shares) for area, each in gives.items() for to, shares in each.items()
    )
    brought = np.zeros(len(after), dtype=np.int64)
    if event.baseline is not None:
        brought[place[str(event.open)]] = whole_pence(event.baseline)
    comes_from = {area: _origins(event) for area in _becomes(event) if area not in at}
    return Happened(Moves(tuple(after), source, flows, brought), comes_from, _told(event, gives))


def _becomes(event: Event) -> list[str]:
    """The areas that an event makes, or makes larger by a whole area."""
    if event.kind == "open":
        return [str(event.open)]
    if event.kind == "close":
        return []
    return [str(area) for area in event.into] if isinstance(event.into, dict) else [str(event.into)]


def _origins(event: Event) -> list[str]:
    if event.merge is not None:
        return [str(area) for area in event.merge]
    if event.split is not None:
        return [str(event.split)]
    return [str(event.like)] if event.like is not None else [str(area) for area in event.patients_from or ()]


def _gives(event: Event, at: Mapping[str, int], people: Floats) -> dict[str, Shares]:
    """For each area that gives something away, who gets which part of it."""
    if event.merge is not None:
        return {str(area): {str(event.into): (1.0, 1.0, 1.0)} for area in event.merge}
    if event.split is not None:
        return {str(event.split): {str(area): each.shares for area, each in event.into.items()}}
    if event.close is not None:
        if isinstance(event.patients_to, dict):
            return {str(event.close): {str(area): each.shares for area, each in event.patients_to.items()}}
        return {str(event.close): _by_size([str(area) for area in event.patients_to], at, people)}
    return {
        str(area): {str(area): (1 - share, 1.0, 1 - share), str(event.open): (share, 0.0, share)}
        for area, share in (event.patients_from or {}).items()
    }


def _by_size(areas: list[str], at: Mapping[str, int], people: Floats) -> Shares:
    sizes = [float(people[at[area]]) for area in areas]
    whole = sum(sizes)
    shares = [size / whole if whole else 1 / len(areas) for size in sizes]
    return {area: (share, share, share) for area, share in zip(areas, shares, strict=True)}


def _all_known(event: Event, ids: Sequence[str], problems: Problems) -> bool:
    """Whether every area that an event is about is there, and those it makes are not."""
    known, before = set(ids), len(problems.found)
    for area in _must_be(event):
        if str(area) not in known:
            fix = nearest(str(area), known) or "use an id of the table, or of an event before this one"
            problems.add(Written(area).where(), f"there is no area '{area}' on {event.date}", fix)
    for area in _must_be_new(event):
        if not str(area).strip():
            problems.add(Written(area).where(), "a new area has an empty id", "give it one")
        if str(area) in known:
            what = f"there is an area '{area}' already on {event.date}"
            problems.add(Written(area).where(), what, "give the new one another id")
    they_go_to = list(event.patients_to or ())
    for area in (area for at, area in enumerate(they_go_to) if area in they_go_to[:at]):
        problems.add(Written(area).where(), f"'{area}' stands twice in 'patients_to'", "write each area once")
    if event.close is not None and event.close in they_go_to:
        what = f"'{event.close}' closes and takes its own patients"
        problems.add(Written(event.close).where(), what, "say where they go, or write it as a split")
    return len(problems.found) == before


def _must_be(event: Event) -> Iterator[str]:
    yield from event.merge or ()
    yield from (area for area in (event.close, event.split, event.like) if area is not None)
    yield from event.patients_to or ()
    yield from event.patients_from or ()


def _must_be_new(event: Event) -> Iterator[str]:
    if event.open is not None:
        yield event.open
    if event.merge is not None and event.into not in event.merge:
        yield event.into
    if event.split is not None:
        yield from (area for area in event.into if area != event.split)


def _told(event: Event, gives: Mapping[str, Shares]) -> dict[str, str]:
    """One sentence for each area that has part in an event."""
    what = _sentence(event, gives) + (f" [{event.source}]" if event.source else "")
    areas = [*gives, *(area for shares in gives.values() for area in shares), *_becomes(event)]
    return dict.fromkeys(areas, what)


def _sentence(event: Event, gives: Mapping[str, Shares]) -> str:
    if event.merge is not None:
        *others, last = event.merge
        both = f"{', '.join(others)} and {last}"
        return f"{both} merge into {event.into}, with all of their people, need and baselines."
    if event.open is not None:
        return " ".join([f"{event.open} opens.", *_opening(event)])
    ((area, shares),) = gives.items()
    parts = [f"{to} gets {_in_words(*each)}" for to, each in shares.items()]
    verb = "closes" if event.close is not None else "splits"
    return f"{area} {verb}: {listing(parts, 12)}."


def _in_words(people: float, money: float, need: float) -> str:
    if people == money == need:
        return f"{percent(people)} of its people, need and baseline"
    need_and_money = f"{percent(need)} of its need and {percent(money)} of its baseline"
    return f"{percent(people)} of its people, {need_and_money}"


def _opening(event: Event) -> Iterator[str]:
    if event.population is not None:
        yield f"{event.population:,.0f} people come to it from elsewhere, with the need of {event.like}."
    if event.patients_from:
        parts = [f"{percent(share)} of those of {area}" for area, share in event.patients_from.items()]
        yield f"People come to it from others, whose money stays where it is: {listing(parts, 12)}."
    money = 0 if event.baseline is None else whole_pence(event.baseline)
    yield f"{pounds(money)} comes with it." if money else "No money comes with it."

"""Measures in sentences that say which way they point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.equity.measures import NO_SPREAD, ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from allocate.equity.audited import Audit, Compared
    from allocate.groupings.groups import Coverage

BRIEF = "registered head"
"""Of these heads only the gap and the slope are told; the rest is in the files."""

EVEN = 5e-5
"""An index nearer to 0 than this is told as even."""

LABELS = {
    "mean": "Mean of all groups £",
    "gap": "Gap £",
    "ratio": "Ratio",
    "sii": "Slope index (SII) £",
    "rii": "Relative index (RII)",
    "concentration_index": "Concentration index",
    "generalised_concentration_index": "Generalised concentration index £",
    "theil_between": "Theil index between groups",
    "theil_within": "Theil index within groups",
    "theil_between_share": "Theil, between groups",
}
"""What tables call the measures of a grouping, of money."""


@dataclass(frozen=True)
class Unit:
    """How to tell an amount a head."""

    verb: str
    same: str
    less: str
    more: str
    difference: Callable[[float], str]
    """A difference of so much, without its sign."""
    least: float
    """A difference smaller than this is told as none."""
    per: str
    what: str
    """What is shared out, such as 'the money'."""
    when: Mapping[str, str]
    """How to tell each kind of amount: 'historically', 'levelled up'."""


def money_unit(per: str) -> Unit:
    """£ per some kind of head."""
    when = {"historical": "historically", "fair share": "by fair share", "levelled up": "levelled up"}
    amount = "£{:,.2f}".format
    return Unit("gets", "as much", "less", "more", amount, 0.005, f" per {per}", "the money", when)


def share_unit(name: str) -> Unit:
    """Shares of people, such as uptakes, whose differences are percentage points."""
    words = f"has {name}", "as high", "lower", "higher"
    return Unit(*words, lambda by: f"{100 * by:.1f} points", 0.0005, "", name, {name: ""})


def audit_sentences(audit: Audit) -> Iterator[str]:
    """Coverage, then the measures over all areas, then those of each grouping."""
    yield from (coverage_sentence(each) for each in audit.coverage)
    for per, found in audit.spread.items():
        yield spread_sentence(found, money_unit(per))
    for each in audit.compared:
        yield from measure_sentences(each, money_unit(each.per))


def coverage_sentence(found: Coverage, row: str = "area") -> str:
    """How complete a grouping is."""
    if not found.missing_rows:
        return f"{found.grouping} is known for every {row}."
    rows = f"{found.missing_rows:,} of {found.rows:,} {row}s"
    people = f"{found.missing_people:,.0f} people ({found.share_left_out:.1%})"
    return f"{found.grouping} is not known for {rows}: its figures leave out {people}."


def coverage_told(rows: Sequence[Coverage], row: str = "area") -> list[str]:
    """A sentence for each grouping with gaps; one for all where there are none."""
    gaps = [coverage_sentence(each, row) for each in rows if each.missing_rows]
    return gaps or [f"Every {row} is in a group{' of each grouping' if len(rows) > 1 else ''}."]


def spread_sentence(found: Mapping[str, Mapping[str, float]], unit: Unit) -> str:
    """How unequal the amounts a head are over all areas."""
    moves = [
        f"{unit.when[kind]} {each['hoover']:.1%} (Gini {each['gini']:.4f}, Theil {each['theil']:.5f})"
        for kind, each in found.items()
        if not math.isnan(each["hoover"])
    ]
    same = f"the same{unit.per}"
    return f"For every area to get {same}, this share of the money would have to move: {'; '.join(moves)}."


def grouping_told(compared: Compared) -> Iterable[str]:
    """What a reader is told of one grouping: all of a weighted head, of a registered one in brief."""
    unit = money_unit(compared.per)
    if compared.per != BRIEF or len(compared.grouping.labels) < 2:
        return [] if compared.per == BRIEF else measure_sentences(compared, unit)
    slope = [slope_sentence(compared, unit)] if compared.grouping.ordered else []
    return [gap_sentence(compared, unit), *slope]


def measure_sentences(compared: Compared, unit: Unit) -> Iterator[str]:
    """A sentence a measure: the gap, the slope, the concentration, the part between groups."""
    if len(compared.grouping.labels) < 2:
        yield f"{compared.grouping.name} has one group only: there is nothing to compare."
        return
    yield gap_sentence(compared, unit)
    if compared.grouping.ordered:
        yield slope_sentence(compared, unit)
        yield concentration_sentence(compared, unit)
    if between := between_sentence(compared, unit):
        yield between


def gap_sentence(compared: Compared, unit: Unit) -> str:
    """How far apart the ends are: first and last of an order, else highest and lowest."""
    if not compared.grouping.ordered:
        return _apart_sentence(compared, unit)
    first, last = compared.grouping.ends
    told = []
    for number, (kind, means) in enumerate(compared.means.items()):
        difference = float(means[0] - means[-1])
        amount = _compared_with(difference, float(means[-1]), unit)
        whom = f"{first} {unit.verb} {amount}{unit.per} {_joined(difference, unit)} {last}"
        told.append(f"{unit.when[kind]} {amount if number else whom}".strip())
    return _sentence("; ".join(told))


def _joined(difference: float, unit: Unit) -> str:
    return "as" if abs(difference) < unit.least else "than"


def _compared_with(difference: float, other: float, unit: Unit) -> str:
    if abs(difference) < unit.least:
        return unit.same
    relative = f" ({abs(difference / other):.1%})" if other else ""
    return f"{unit.difference(abs(difference))}{relative} {unit.less if difference < 0 else unit.more}"


def _apart_sentence(compared: Compared, unit: Unit) -> str:
    told = []
    for kind, means in compared.means.items():
        low, high = ends(compared.grouping, means)
        difference = float(means[high] - means[low])
        labels = compared.grouping.labels
        if difference < unit.least:
            told.append(f"{unit.when[kind]} all groups are the same".strip())
            continue
        amount = _compared_with(difference, float(means[low]), unit)
        told.append(f"{unit.when[kind]} {labels[high]} {unit.verb} {amount} than {labels[low]}".strip())
    return _sentence(f"Highest against lowest{unit.per}: {'; '.join(told)}")


def slope_sentence(compared: Compared, unit: Unit) -> str:
    """How the line through all groups runs."""
    told = []
    for kind, found in compared.measures.items():
        rise = found["sii"]
        if abs(rise) < unit.least:
            told.append(f"is level {unit.when[kind]}".strip())
            continue
        runs = (
            f"{'rises' if rise > 0 else 'falls'} by {unit.difference(abs(rise))}{unit.per} {unit.when[kind]}"
        )
        told.append(f"{runs.strip()} (SII {_signed(rise, unit)}, RII {found['rii']:.3f})")
    first, last = compared.grouping.ends
    return f"Slope: the line through all groups, from {first} to {last}, {'; '.join(told)}."


def _signed(value: float, unit: Unit) -> str:
    return f"{'-' if value < 0 else '+'}{unit.difference(abs(value))}"


def concentration_sentence(compared: Compared, unit: Unit) -> str:
    """Towards which end of the order the amount lies."""
    told = []
    for kind, found in compared.measures.items():
        index = found["concentration_index"]
        if math.isnan(index):
            continue
        if abs(index) < EVEN:
            told.append(f"{unit.when[kind]} evenly (0)".strip())
            continue
        where = f"towards {compared.grouping.ends[int(index > 0)]}"
        bounded = f", Erreygers {found['erreygers_index']:+.4f}" if "erreygers_index" in found else ""
        bounded += f", Wagstaff {found['wagstaff_index']:+.4f}" if "wagstaff_index" in found else ""
        told.append(f"{unit.when[kind]} {where} ({index:+.4f}{bounded})".strip())
    return f"Concentration index{unit.per}: {unit.what} lies {'; '.join(told)}."


def between_sentence(compared: Compared, unit: Unit) -> str:
    """What of the inequality lies between the groups; empty where all or nothing does."""
    told = [
        f"{unit.when[kind]} {_part(found)} ({found['theil_between_share']:.1%})".strip()
        for kind, found in compared.measures.items()
        if not math.isnan(found["theil_between_share"]) and found["theil_within"] > NO_SPREAD
    ]
    if not told:
        return ""
    return f"Theil index{unit.per}, the part that lies between these groups: {'; '.join(told)}."


def _part(found: Mapping[str, float]) -> str:
    return f"{found['theil_between']:.5f} of {found['theil_between'] + found['theil_within']:.5f}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

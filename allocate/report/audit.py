"""The section of the equity audit: coverage first, then each grouping in a table and in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.charts.wording import money
from allocate.equity.auditing import audit_by, with_heads
from allocate.equity.measures import DIRECTION
from allocate.equity.words import LABELS, coverage_told, grouping_told, money_unit, spread_sentence
from allocate.errors import InputError
from allocate.groupings.choosing import choose
from allocate.report.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.equity.audited import Audit, Compared
    from allocate.report.subject import Subject

MOST_SHOWN = 15
"""Groups in a table that is open from the beginning."""

FORMS = {
    "gap": "+,.2f",
    "ratio": ".4f",
    "sii": "+,.2f",
    "rii": ".4f",
    "concentration_index": "+.4f",
    "generalised_concentration_index": "+,.2f",
    "theil_between": ".5f",
    "theil_within": ".5f",
}
"""The measures of a grouping, in order, and how they are written."""


@dataclass(frozen=True)
class Part:
    """One grouping of the audit."""

    title: str
    note: str
    means: tuple[Block, ...]
    """Of the groups, a registered and a weighted head."""
    measures: Block | None
    """None of one group alone."""
    sentences: tuple[str, ...]

    @property
    def folded(self) -> str:
        """What to call the tables of many groups, which are shown when asked for; empty of few."""
        rows = len(self.means[0].rows) - 1
        return f"All {rows:,} groups" if rows > MOST_SHOWN else ""


@dataclass(frozen=True)
class Section:
    """The audit of a run, as `allocate audit` gives it."""

    coverage: Block | None
    covered: tuple[str, ...]
    """How complete the groupings are, in sentences."""
    overall: tuple[str, ...]
    """How unequal all areas are."""
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def audit_section(subject: Subject, by: Sequence[str]) -> Section | None:
    """Audit a run by what is asked for, or else by the usual groupings; None if there is nothing to audit."""
    try:
        kept = with_heads(subject.run)
        audit = audit_by(subject.run, choose(subject.run, by or None, kept), kept)
    except InputError:  # of columns asked for, the charts have told what is wrong
        return None
    return Section(
        coverage=_coverage(audit) if audit.coverage else None,
        covered=tuple(coverage_told(audit.coverage)) if audit.coverage else (),
        overall=tuple(spread_sentence(found, money_unit(per)) for per, found in audit.spread.items()),
        parts=tuple(_parts(audit)),
        notes=(DIRECTION, *audit.notes),
    )


def _coverage(audit: Audit) -> Block:
    headings = ("Grouping", "Groups", "Areas in none", "People in none", "Left out")
    rows = [
        [
            *(each.grouping, f"{len(sizes['labels']):,}", f"{each.missing_rows:,}"),
            *(f"{each.missing_people:,.0f}", f"{each.share_left_out:.1%}"),
        ]
        for each, sizes in zip(audit.coverage, audit.groups, strict=True)
    ]
    return Block("How complete each grouping is", headings, rows)


def _parts(audit: Audit) -> Iterator[Part]:
    for sizes in audit.groups:
        both = audit.compared_by(sizes["name"])
        grouping = both[0].grouping
        sentences = [sentence for each in both for sentence in grouping_told(each)]
        weighted = next(each for each in both if each.per == "weighted head")
        yield Part(
            title=f"By {grouping.title.lower()}",
            note=grouping.note,
            means=tuple(_means(each) for each in both),
            measures=_measures(weighted) if len(grouping.labels) > 1 else None,
            sentences=tuple(sentences),
        )


def _means(compared: Compared) -> Block:
    """The means of the groups side by side; a last row for all of them."""
    means = compared.means
    overall = {kind: found["mean"] for kind, found in compared.measures.items()}
    names = [*compared.grouping.full_labels, "all of these"]
    columns = [[*each.tolist(), overall[kind]] for kind, each in means.items()]
    change = [now - was for was, now in zip(columns[0], columns[-1], strict=True)]
    rows = [
        [name, *map(money, amounts), _written(by, "+,.2f")]
        for name, *amounts, by in zip(names, *columns, change, strict=True)
    ]
    headings = (compared.grouping.title, *map(_capital, means), "Change")
    return Block(f"£ per {compared.per}, by {compared.grouping.name}", headings, rows)


def _measures(compared: Compared) -> Block:
    """How far apart the groups are, a measure a row."""
    rows = [
        [LABELS[name], *(_written(found[name], form) for found in compared.measures.values())]
        for name, form in FORMS.items()
        if name in compared.measures["historical"]
    ]
    caption = f"How far apart, per {compared.per}, by {compared.grouping.name}"
    return Block(caption, ("Measure", *map(_capital, compared.measures)), rows)


def _written(value: float, form: str) -> str:
    """A figure with a real minus; nought has no sign, and what says nothing is a dash."""
    if value != value:
        return "–"
    written = f"{value:{form}}"
    return (written if written.strip("+-0.") else written.lstrip("+-")).replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

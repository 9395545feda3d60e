"""An audit and a table of gaps as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.equity.measures import DIRECTION
from allocate.equity.words import coverage_told, grouping_told, money_unit, spread_sentence
from allocate.errors import counted
from allocate.money import pounds
from allocate.text.layout import Column, paragraph, table
from allocate.text.show import label_invented

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from allocate.equity.audited import Audit, Compared
    from allocate.equity.uptake import Gaps


def audit_text(audit: Audit, width: int | None) -> str:
    """Coverage, then a table and sentences for each grouping, as a strategist reads it."""
    return "\n".join(_audit_lines(audit, width))


def gaps_text(gaps: Gaps, width: int | None) -> str:
    """Coverage, the table of groups, and the measures in sentences."""
    return "\n".join(_gaps_lines(gaps, width))


def _audit_lines(audit: Audit, width: int | None) -> Iterator[str]:
    yield click.style(f"Equity audit: {audit.title}", bold=True)
    if audit.invented:
        yield from label_invented(width)
    yield ""
    yield from _facts(audit, width)
    yield ""
    yield from _coverage_lines(audit, width)
    yield ""
    yield from _heading("All areas")
    yield from _sentences(
        (spread_sentence(found, money_unit(per)) for per, found in audit.spread.items()), width
    )
    for each in audit.groups:
        yield ""
        yield from _grouping_lines(audit, each, width)
    yield ""
    yield from _sentences([DIRECTION, *audit.notes], width)


def _facts(audit: Audit, width: int | None) -> Iterator[str]:
    told = {
        "Historical": "what areas get today, their baselines",
        "Fair share": "of the whole pot, by need",
        "Levelled up": "what the run allocates",
    }
    yield from paragraph(
        f"{counted(audit.areas, 'area')} with {audit.people:,.0f} people", width, "  Areas        "
    )
    for (label, what), amount in zip(told.items(), audit.money.values(), strict=True):
        yield from paragraph(f"{pounds(100 * round(amount))}: {what}", width, f"  {label:<13}")


def _coverage_lines(audit: Audit, width: int | None) -> Iterator[str]:
    groups = {each["name"]: len(each["labels"]) for each in audit.groups}
    rows = audit.coverage
    columns = [
        Column("coverage", [each.grouping for each in rows], True, 12),
        Column("groups", [f"{groups[each.grouping]:,}" for each in rows], leave_out=1),
        Column("areas in none", [f"{each.missing_rows:,}" for each in rows]),
        Column("people in none", [f"{each.missing_people:,.0f}" for each in rows]),
        Column("left out", [f"{each.share_left_out:.1%}" for each in rows]),
    ]
    yield from table(columns, width)
    yield from _sentences(coverage_told(rows), width)


def _grouping_lines(audit: Audit, sizes: dict[str, Any], width: int | None) -> Iterator[str]:
    both = audit.compared_by(sizes["name"])
    yield from _heading(f"By {sizes['name']}")
    yield from paragraph(note, width) if (note := both[0].grouping.note) else ()
    for each in both:
        yield from table(_money_columns(each, sizes), width)
        yield ""
    for each in both:
        yield from _sentences(grouping_told(each), width)


def _money_columns(compared: Compared, sizes: dict[str, Any]) -> list[Column]:
    """Groups side by side; a last row for all of them."""
    historical, levelled = (compared.means[kind] for kind in ("historical", "levelled up"))
    overall = {kind: found["mean"] for kind, found in compared.measures.items()}

    def money(kind: str) -> list[str]:
        return [f"{value:,.2f}" for value in (*compared.means[kind].tolist(), overall[kind])]

    change = [*(levelled - historical).tolist(), overall["levelled up"] - overall["historical"]]
    return [
        Column(f"£/{compared.per}", [*compared.grouping.full_labels, "all"], True, 16),
        Column("areas", _counts(sizes["areas"]), leave_out=2),
        Column("people", _counts(sizes["people"]), leave_out=1),
        *(Column(kind, money(kind)) for kind in compared.means),
        Column("change", [f"{value:+,.2f}" for value in change], leave_out=3),
    ]


def _counts(values: Any) -> list[str]:
    return [f"{value:,.0f}" for value in (*values.tolist(), values.sum())]


def _gaps_lines(gaps: Gaps, width: int | None) -> Iterator[str]:
    yield click.style(f"{gaps.name} by {gaps.grouping.name}", bold=True)
    yield from _sentences(coverage_told([gaps.coverage], "row"), width)
    yield ""
    frame = gaps.groups
    columns = [
        Column("group", [*gaps.grouping.full_labels, "all"], True, 16),
        Column("with", _counts(frame["numerator"].to_numpy())),
        Column("of", _counts(frame["denominator"].to_numpy())),
        Column(gaps.name, [f"{each:.1%}" for each in (*frame["value"], gaps.measures["mean"])]),
    ]
    yield from table(columns, width)
    yield ""
    yield from _sentences(gaps.sentences, width)


def _heading(text: str) -> Iterator[str]:
    yield click.style(text, bold=True)


def _sentences(sentences: Iterable[str], width: int | None) -> Iterator[str]:
    for each in sentences:
        yield from paragraph(each, width, first="- ")

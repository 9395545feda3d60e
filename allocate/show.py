"""Results as text for a terminal: coloured there, plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from allocate.money import pounds, short_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.allocation import Allocation
    from allocate.explain import Explanation
    from allocate.quality import Quality
    from allocate.summary import Summary

LARGEST = 15
"""Areas shown unless all are asked for."""

NAME_WIDTH = 32

INVENTED = (
    "INVENTED FIGURES: this table is made up to show how allocate works. It describes no real practice."
)


def allocation_text(allocation: Allocation, *, every: bool = False) -> str:
    """A summary that a finance director can read, then the areas with the largest gains."""
    return "\n".join([*_summary_lines(allocation.summary), "", *_area_lines(allocation, every=every)])


def explanation_text(explanation: Explanation, *, invented: bool) -> str:
    """An area's story, with its headings in bold."""
    lines = [click.style(INVENTED, fg="yellow"), ""] if invented else []
    heading, *rest = str(explanation).splitlines()
    return "\n".join([*lines, click.style(heading, bold=True), *rest])


def quality_text(report: Quality) -> str:
    """The data-quality report."""
    return "\n".join(_quality_lines(report))


def _summary_lines(summary: Summary) -> Iterator[str]:
    yield click.style(summary.title, bold=True)
    if summary.invented:
        yield click.style(INVENTED, fg="yellow")
    yield ""
    width = max(len(label) for label, _ in _facts(summary))
    for label, fact in _facts(summary):
        yield f"  {click.style(f'{label:<{width}}', bold=True)}  {fact}"
    for note in summary.notes:
        yield f"  {click.style('Note', fg='yellow'):<{width}}  {note}"


def _facts(summary: Summary) -> list[tuple[str, str]]:
    growth = f" ({summary.new_money / summary.baseline:+.2%})" if summary.baseline else ""
    facts = [
        (
            "Pot",
            f"{pounds(summary.budget)} for {summary.areas:,} areas with {summary.population:,.0f} people",
        ),
        ("New money", f"{pounds(summary.new_money)}{growth} on baselines of {pounds(summary.baseline)}"),
        ("Gaining", _gaining(summary)),
        ("Losing", "none: no area is below its baseline"),
        ("Before", f"{_span(summary.opening_worst, summary.opening_best)} target; {_under(summary)}"),
        ("After", f"{_span(summary.closing_worst, summary.closing_best)} fair share of the new pot"),
        ("Held by", _bound(summary)),
    ]
    if summary.level is not None:
        facts.insert(-1, ("Least", f"£{summary.level:,.2f} per weighted head, in the lowest-funded area"))
    if summary.unspent:
        facts.append(("Unspent", f"{pounds(summary.unspent)}: the caps let no area take it"))
    if summary.rounding:
        facts.append(("Rounding", f"{pounds(summary.rounding)} of the pot is less than a rounding unit"))
    for rule, count in summary.held.items():
        text = f"'{rule}' comes out below the baseline of {_areas(count)}; the baseline outranks it"
        facts.append(("Outranked", text))
    return facts


def _gaining(summary: Summary) -> str:
    if not summary.gaining:
        return "no area"
    gains = f"{pounds(summary.smallest_gain)} to {pounds(summary.largest_gain)}"
    return f"{summary.gaining:,} of {_areas(summary.areas)}: {gains}, median {pounds(summary.median_gain)}"


def _under(summary: Summary) -> str:
    return f"{_areas(summary.under_target)} under it, by {short_pounds(summary.shortfall)} in all"


def _bound(summary: Summary) -> str:
    held = [
        f"'{name}' {_areas(count)}" for name, count in summary.bound.items() if count and name != "baseline"
    ]
    return ", ".join([f"baseline {_areas(summary.bound['baseline'])}", *held])


def _areas(count: int) -> str:
    return f"{count:,} area{'s' if count != 1 else ''}"


def _span(worst: float | None, best: float | None) -> str:
    return "no" if worst is None or best is None else f"{worst:+.1%} to {best:+.1%} from"


def _area_lines(allocation: Allocation, *, every: bool) -> Iterator[str]:
    frame = allocation.areas
    order = np.argsort(-allocation.gains, kind="stable")
    shown = order if every else order[:LARGEST]
    has_names = "name" in frame.columns
    header = [
        "area",
        *(["name"] if has_names else []),
        "people",
        "baseline £",
        "fair share £",
        "allocation £",
    ]
    header += ["gain £", "gain", "before", "after", "held by"]
    rows = [_row(row, has_names=has_names) for row in frame[shown].to_dicts()]
    left = {0, len(header) - 1} | ({1} if has_names else set())
    yield from _table(header, rows, left)
    if len(shown) < len(order):
        yield f"... and {len(order) - len(shown):,} more: --all shows them, --out DIR writes them."


def _row(row: dict[str, object], *, has_names: bool) -> list[str]:
    name = [_short(str(row["name"] or ""), NAME_WIDTH)] if has_names else []
    return [
        str(row["id"]),
        *name,
        f"{row['population']:,.0f}",
        f"{row['baseline']:,.2f}",
        f"{row['fair_share']:,.2f}",
        f"{row['allocation']:,.2f}",
        f"{row['gain']:,.2f}",
        _percent(row["gain_percent"], 1),
        _percent(row["opening_distance"], 100),
        _percent(row["closing_distance"], 100),
        str(row["bound_by"] or ""),
    ]


def _percent(value: object, times: int) -> str:
    return "-" if not isinstance(value, float) else f"{value * times:+.1f}%"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], left: set[int]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if position in left else cell.rjust(width)
            for position, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    yield click.style(line(header), bold=True, underline=True)
    yield from (line(row) for row in rows)


def _quality_lines(report: Quality) -> Iterator[str]:
    yield click.style(report.title, bold=True)
    yield f"\n  Rows     {report.rows:,} kept of {report.rows + report.dropped:,} in {report.table}"
    if report.dropped:
        yield f"           {report.dropped:,} left out by 'where'"
    for total in report.totals:
        yield f"           {total}"
    yield ""
    rows = [
        [each.column, each.used_as, f"{each.present:,}", f"{each.present / max(each.rows, 1):.1%}"]
        for each in report.columns
    ]
    yield from _table(["column", "used as", "present", "complete"], rows, {0, 1})
    yield ""
    for warning in report.warnings:
        yield f"{click.style('warning', fg='yellow')}: {warning}"
    if not report.warnings and report.error is None:
        yield click.style("No warnings.", fg="green")

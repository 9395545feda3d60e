"""The report on the data of a scenario as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.text.layout import Column, paragraph, table
from allocate.text.show import label_invented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.quality import Quality


def quality_text(report: Quality, *, invented: bool, width: int | None = None) -> str:
    """The data-quality report."""
    title = click.style(report.title, bold=True)
    label = label_invented(width) if invented else []
    return "\n".join([title, *label, *_quality_lines(report, width)])


def _quality_lines(report: Quality, width: int | None) -> Iterator[str]:
    yield f"\n  Rows     {report.rows:,} kept of {report.rows + report.dropped:,} in {report.table}"
    if report.dropped:
        yield f"           {report.dropped:,} left out by 'where'"
    for total in report.totals:
        yield f"           {total}"
    yield ""
    yield from table(_completeness_columns(report), width)
    yield ""
    for warning in report.warnings:
        first, *rest = paragraph(warning, width, first="warning: ", rest="  ")
        yield click.style("warning", fg="yellow") + first.removeprefix("warning")
        yield from rest
    if not report.warnings and report.error is None:
        yield click.style("No warnings.", fg="green")


def _completeness_columns(report: Quality) -> list[Column]:
    return [
        Column("column", [each.column for each in report.columns], True, 16),
        Column("used as", [each.used_as for each in report.columns], True),
        Column("present", [f"{each.present:,}" for each in report.columns]),
        Column("complete", [f"{each.present / max(each.rows, 1):.1%}" for each in report.columns]),
    ]

"""How sure a result is, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from allocate.errors import counted
from allocate.money import pounds, short_pounds
from allocate.text.layout import Column, paragraph, table
from allocate.text.show import LARGEST, label_invented, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from allocate.sureness.tables import SurenessSummary
    from allocate.sureness.uncertainty import Uncertainty


def sureness_text(found: Uncertainty, *, every: bool = False, width: int | None = None) -> str:
    """How sure the result is, then the areas with the largest gains and the range of what they would get.

    Args:
        found: what to show.
        every: show every area, not only the largest gains.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    summary = found.summary
    facts = list(_facts(summary))
    margin = max(len(label) for label, _ in facts) + 4
    lines = [click.style(summary.title, bold=True)]
    lines += [*(label_invented(width) if summary.invented else []), ""]
    lines += paragraph(f"How sure this is if need is measured with error: {_errors(summary)}", width)
    lines.append("")
    for label, fact in facts:
        lines += labelled(label, fact, margin, width, bold=True)
    return "\n".join([*lines, "", *_area_lines(found, every=every, width=width)])


def _errors(summary: SurenessSummary) -> str:
    return ", ".join(f"'{name}' {size * 100:.4g}%" for name, size in summary.need_error.items())


def _facts(summary: SurenessSummary) -> Iterator[tuple[str, str]]:
    sure, areas = f"{summary.sure * 100:.4g}%", summary.areas
    yield "Draws", f"{summary.draws:,}, seed {summary.seed}; ranges are their 5th to 95th percentile"
    if summary.failed:
        yield "Left out", f"{summary.failed:,} more draws, in which the rules cannot all hold"
    yield (
        "Under target",
        f"{summary.under_target:,} of {areas:,} areas surely are: in at least {sure} of the draws",
    )
    yield "Not under", f"{summary.not_under_target:,} surely are not"
    whose = f"{counted(summary.too_uncertain, 'area')} with {summary.people_too_uncertain:,.0f} people"
    yield "Too uncertain", f"{whose}: their position is no ground to act on alone"
    part = f" ({summary.gain_too_uncertain / summary.gain:.0%})" if summary.gain else ""
    yield "Gains", f"{pounds(summary.gain_too_uncertain)}{part} of {pounds(summary.gain)} goes to those"
    yield (
        "Shortfall",
        f"{_range([short_pounds(pence) for pence in summary.shortfall])} from target today in all",
    )
    yield "Gaining", f"{_range([f'{count:,}' for count in summary.gaining])} areas"
    yield (
        "Elsewhere",
        f"{_range([short_pounds(pence) for pence in summary.moved])} of the pot would go to other areas",
    )


def _range(shown: Sequence[str]) -> str:
    low, middle, high = shown
    return f"{middle} ({low} to {high})" if low != high else middle


def _area_lines(found: Uncertainty, *, every: bool, width: int | None) -> Iterator[str]:
    order = np.argsort(-found.plain.gains, kind="stable")
    shown = order if every else order[:LARGEST]
    yield from table(_columns(found.areas[shown]), width)
    if len(shown) < len(order):
        yield f"... and {len(order) - len(shown):,} more: --all shows them, --out FILE.csv writes them."


def _columns(frame: pl.DataFrame) -> list[Column]:
    """The columns to show; where there is no room, area, range of the gain and position stay to the last."""
    low, high = (frame[f"allocation_p{percent}"] - frame["baseline"] for percent in (5, 95))

    def money(values: pl.Series) -> list[str]:
        return [f"{amount:,.2f}" for amount in values]

    def percent(name: str, form: str = ".0%") -> list[str]:
        return ["-" if share is None else format(share, form) for share in frame[name]]

    names = []
    if "name" in frame.columns:
        names.append(Column("name", [each or "" for each in frame["name"]], True, 16, 6))
    return [
        Column("area", frame["id"].to_list(), True),
        *names,
        Column("gain £", money(frame["gain"]), leave_out=7),
        Column("from £", money(low)),
        Column("to £", money(high)),
        Column("before", percent("opening_distance", "+.1%"), leave_out=5),
        Column("from", percent("opening_distance_p5", "+.1%"), leave_out=3),
        Column("to", percent("opening_distance_p95", "+.1%"), leave_out=3),
        Column("under", percent("p_under_target"), leave_out=4),
        Column("gains", percent("p_gains"), leave_out=2),
        Column("held", percent("p_bound"), leave_out=1),
        Column("position", frame["position"].to_list(), True),
    ]

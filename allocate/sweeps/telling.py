"""What `allocate sweep` prints: what varied, a line a point, and why points failed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from allocate.errors import counted
from allocate.results.tables import MONEY
from allocate.sweeps.points import SEPARATOR
from allocate.text.layout import Column, paragraph, table
from allocate.text.show import label_invented

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from allocate.sweeps.result import Sweep

SHOWN = 40
"""Points shown unless all are asked for."""
REASONS = 5
"""Reasons for failing that are shown; the rest are counted."""


def sweep_text(sweep: Sweep, *, every: bool = False, width: int | None = None) -> str:
    """A sweep for people: its points in order, or if there are many evenly spaced ones.

    Args:
        sweep: what to show.
        every: show every point.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    return "\n".join(_lines(sweep, every=every, width=width))


def _lines(sweep: Sweep, *, every: bool, width: int | None) -> Iterator[str]:
    yield click.style(sweep.title, bold=True)
    if sweep.record["scenario"].get("invented"):
        yield from label_invented(width)
    count = sweep.points.height
    yield ""
    yield f"{counted(count, 'point')} of {', '.join(sweep.varied)}"
    yield ""
    shown = sweep.points if every or count <= SHOWN else sweep.points[_spread(count)]
    yield from table(_columns(sweep, shown), width)
    if shown.height < count:
        yield f"... and {count - shown.height:,} more between them: --all shows them, --out FILE writes them."
    yield from _failures(sweep, width)


def _spread(count: int) -> list[int]:
    """Evenly spaced rows, the first and the last among them."""
    return [at * (count - 1) // (SHOWN - 1) for at in range(SHOWN)]


def _columns(sweep: Sweep, shown: pl.DataFrame) -> list[Column]:
    """The columns to show; where there is no room, what varies and the level stay to the last."""

    def cells(name: str, form: str) -> list[str]:
        return ["" if value is None else format(value, form) for value in shown[name]]

    varied = [Column(name, _written(shown[name])) for name in sweep.varied]
    if "new_money" not in sweep.varied:
        varied.append(Column("new money £", cells("new_money", ",.2f"), leave_out=3))
    failed = ["failed" if error else "" for error in shown["error"]]
    return [
        Column("point", [f"{number:,}" for number in shown["point"]], leave_out=1),
        *varied,
        Column("gaining", cells("gaining", ",")),
        Column("median gain £", cells("median_gain", ",.2f"), leave_out=4),
        Column("largest gain £", cells("largest_gain", ",.2f"), leave_out=2),
        Column("short after £", cells("closing_shortfall", ",.2f"), leave_out=6),
        Column("level £", cells("level", ",.2f")),
        Column("worst after", cells("closing_worst", "+.1%"), leave_out=7),
        Column("best after", cells("closing_best", "+.1%"), leave_out=5),
        *([Column("", failed, is_text=True)] if any(failed) else []),
    ]


def _written(values: pl.Series) -> list[str]:
    """What varies, as short as it can be said."""
    if values.dtype == MONEY:
        return [f"{value:,.2f}".removesuffix(".00") for value in values]
    return [each if isinstance(each, str) else f"{each:.6g}" for each in values]


def _failures(sweep: Sweep, width: int | None) -> Iterator[str]:
    """Why points failed, each reason once."""
    reasons = Counter(str(error).partition(SEPARATOR)[0] for error in sweep.failed["error"])
    if not reasons:
        return
    yield ""
    yield f"{sweep.failed.height:,} of {sweep.points.height:,} points failed:"
    for reason, count in reasons.most_common(REASONS):
        times = f" ({count:,} points)" if count > 1 else ""
        yield from paragraph(f"{reason}{times}", width, first="  ", rest="    ")
    if len(reasons) > REASONS:
        yield f"  ... and {len(reasons) - REASONS:,} more reasons: see the column 'error' of --out FILE."

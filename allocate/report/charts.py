"""The charts that altair draws: bars, pairs of points, distributions and curves, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from allocate.report.concentration import POINTS
from allocate.report.style import AFTER, BEFORE, COLOURS, FONT, INK, QUIET, RULE, TEXT, WIDTH, to_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.report.concentration import Curves
    from allocate.solver.arrays import Floats

BINS = 30


def bars(rows: Sequence[dict[str, Any]], runs: Sequence[str]) -> str:
    """Bars in each group, one a run, each with its figure beside it.

    Args:
        rows: one a bar, with its ``group``, ``run``, ``value`` and ``text``.
        runs: their names, in order; the first has the colour of `AFTER`.
    """
    placed = [
        row | {"at": at, "label": row["group"] if row["run"] == runs[0] else ""}
        for at, row in enumerate(rows)
    ]
    high = max(0.0, *(row["value"] for row in rows)) or 1.0
    base = alt.Chart(alt.InlineData(values=placed)).encode(
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, high * 1.75])), y=_rows()
    )
    colours = [COLOURS[at % len(COLOURS)] for at in range(len(runs))]
    bar = base.mark_bar(height=15).encode(
        color=alt.Color("run:N", scale=alt.Scale(domain=list(runs), range=colours), legend=None)
    )
    figure = base.mark_text(align="left", dx=6, color=INK).encode(text="text:N")
    step = 46 if len(runs) == 1 else 30
    return _drawn((bar + figure + _names(base)).properties(height={"step": step}))


def _names(base: alt.Chart) -> alt.Chart:
    """The name of each row, above it at the left, where any length has room."""
    names = base.mark_text(align="left", baseline="bottom", dy=-11, color=INK, fontWeight="bold")
    return names.encode(x=alt.value(0), text="label:N")


def pairs(labels: Sequence[str], before: Sequence[float], after: Sequence[float], axis: str) -> str:
    """For each group a point before and one after, joined, with both figures."""
    rows = [
        {"at": at, "label": label, "before": was, "after": now, "was": f"£{was:,.2f}", "now": f"£{now:,.2f}"}
        for at, (label, was, now) in enumerate(zip(labels, before, after, strict=True))
    ]
    ends = [*before, *after]
    room = (max(ends) - min(ends) or 1) * 0.45
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], zero=False, nice=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=_rows())
    x = alt.X("before:Q", title=axis, scale=scale, axis=alt.Axis(format=",.0f", tickCount=4))
    line = base.mark_rule(color=QUIET, strokeWidth=2).encode(x=x, x2="after:Q")
    was = base.mark_point(filled=True, size=80, color=BEFORE, opacity=1).encode(x=x)
    now = base.mark_point(filled=True, size=110, color=AFTER, opacity=1, shape="diamond").encode(x="after:Q")
    was_text = base.mark_text(align="right", dx=-9, color=QUIET).encode(x=x, text="was:N")
    now_text = base.mark_text(align="left", dx=9, color=AFTER).encode(x="after:Q", text="now:N")
    return _drawn((line + was + now + was_text + now_text + _names(base)).properties(height={"step": 52}))


def distribution(before: Floats, after: Floats, axis: str) -> str:
    """How many areas have how much, before (a line) and after (bars)."""
    ends = np.concatenate([before, after])
    low, high = np.quantile(ends, [0.005, 0.995]) if ends.size > 1_000 else (ends.min(), ends.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    counted = [np.histogram(np.clip(each, edges[0], edges[-1]), edges)[0] for each in (before, after)]
    rows = [
        {"from": left, "to": right, "before": was, "after": now}
        for left, right, was, now in zip(edges[:-1], edges[1:], *map(np.ndarray.tolist, counted), strict=True)
    ]
    x = alt.X("from:Q", title=axis, scale=alt.Scale(zero=False, nice=False, domain=[edges[0], edges[-1]]))
    x = x.axis(format=",.0f", tickCount=6)
    base = alt.Chart(alt.InlineData(values=[_plain(row) for row in rows]), height=220)
    y = alt.Y("after:Q", title="areas")
    bar = base.mark_bar(color=AFTER, opacity=0.8).encode(x=x, x2="to:Q", y=y, y2=alt.datum(0))
    last = {"from": float(edges[-1]), "before": rows[-1]["before"]}
    steps = alt.Chart(alt.InlineData(values=[*map(_plain, rows), _plain(last)])).mark_line(
        interpolate="step-after", color=INK, strokeWidth=2
    )
    return _drawn(bar + steps.encode(x=x, y="before:Q"))


def curves(found: Curves, names: Sequence[tuple[str, str, str, list[int]]]) -> str:
    """Shares of money against people, the most deprived first; each curve has its name at its side.

    Args:
        found: the curves.
        names: for each its key, its label, its colour and how its line is broken.
    """
    domain = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    x = alt.X("x:Q", title="people, the most deprived first", scale=domain, axis=axis)
    y = alt.Y("y:Q", title="share of money, or of need", scale=domain, axis=axis)
    equal = alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]), height=340)
    layers: list[alt.Chart] = [equal.mark_line(color=RULE, strokeWidth=2).encode(x=x, y=y)]
    for key, _, colour, dash in names:
        line = [
            {"x": float(at), "y": round(float(share), 5)}
            for at, share in zip(found.people, found.money[key], strict=True)
        ]
        mark = alt.Chart(alt.InlineData(values=line)).mark_line(
            color=colour, strokeWidth=3, strokeDash=dash or alt.Undefined
        )
        layers.append(mark.encode(x=x, y=y))
    below_is_free = all(found.money[key][POINTS * 2 // 5] > 0.34 for key, *_ in names)
    left, top = (0.42, 0.30) if below_is_free else (0.02, 0.97)
    for at, (_, label, colour, dash) in enumerate([*names, ("", "the same for everybody", RULE, [])]):
        layers += _keyed(left, top - 0.085 * at, label, colour, dash, x, y)
    return _drawn(alt.layer(*layers))


def _keyed(left: float, at: float, label: str, colour: str, dash: list[int], x: Any, y: Any) -> list[Any]:
    """A piece of line with its name, where curves leave room."""
    piece = alt.InlineData(values=[{"x": left, "y": at}, {"x": left + 0.09, "y": at}])
    name = alt.InlineData(values=[{"x": left + 0.11, "y": at, "text": label}])
    line = alt.Chart(piece).mark_line(color=colour, strokeWidth=3, strokeDash=dash or alt.Undefined)
    text = alt.Chart(name).mark_text(align="left", baseline="middle", color=INK).encode(text="text:N")
    return [line.encode(x=x, y=y), text.encode(x=x, y=y)]


def _rows() -> alt.Y:
    return alt.Y("at:O", axis=None, sort=None, scale=alt.Scale(paddingOuter=0.35))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(float(value), 6) for name, value in row.items()}


def _drawn(chart: Any) -> str:
    """A chart in the style of the report, as wide as all others with its axes."""
    axis = {"labelFontSize": TEXT, "titleFontSize": TEXT, "titleFontWeight": "normal", "gridColor": RULE}
    axis |= {"labelColor": INK, "titleColor": INK, "domainColor": QUIET, "tickColor": QUIET}
    drawn = chart.properties(width=WIDTH, padding=2, autosize={"type": "fit-x", "contains": "padding"})
    drawn = drawn.configure(font=FONT, background="white").configure_axis(**axis)
    drawn = drawn.configure_view(stroke=None).configure_text(fontSize=TEXT)
    return to_svg(drawn.to_dict())

"""Bars, pairs of points, distributions and curves: specifications in Vega-Lite, drawn as SVG.

They are plain mappings, as https://vega.github.io/vega-lite/docs/ describes them: building them with altair
would take longer than drawing them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.charts.concentration import POINTS
from allocate.charts.every_area import FAR, MANY
from allocate.charts.style import AFTER, BEFORE, COLOURS, INK, QUIET, RULE, TEXT, draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allocate.charts.concentration import Curves
    from allocate.solver.arrays import Floats

BINS = 30
MOST_POINTS = 60
"""Lines through more points than this are drawn without them."""

ROWS = {"field": "at", "type": "ordinal", "axis": None, "sort": None, "scale": {"paddingOuter": 0.35}}
"""One row for each place in the data."""


def _names(dy: int) -> dict[str, Any]:
    """The name of each row at the left, so far above its middle, where any length has room."""
    mark = {"type": "text", "align": "left", "baseline": "middle", "dy": -dy, "fontWeight": "bold"}
    return _mark(mark, x={"value": 0}, text={"field": "label"})


def bars(rows: Sequence[Mapping[str, Any]], runs: Sequence[str]) -> str:
    """Bars in each group, one a run, each with its figure beside it.

    Args:
        rows: one a bar, with its ``group``, ``run``, ``value`` and ``text``.
        runs: their names, in order; the first has the colour of `AFTER`.
    """
    alone = len(runs) == 1
    placed: list[dict[str, Any]] = []
    for row in rows:
        if row["run"] == runs[0] and not alone:  # the group has a row of its own above its bars
            placed.append({"at": len(placed), "label": row["group"], "value": 0, "text": ""})
        placed.append({**row, "at": len(placed), "label": row["group"] if alone else ""})
    high = max(0.0, *(row["value"] for row in rows)) or 1.0
    scale = {"domain": list(runs), "range": [COLOURS[at % len(COLOURS)] for at in range(len(runs))]}
    colour = {"field": "run", "scale": scale, "legend": None}
    layers = [
        {"mark": {"type": "bar", "height": 15}, "encoding": {"color": colour}},
        {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"text": {"field": "text"}}},
        _names(19 if alone else 0),
    ]
    x = _field("value", axis=None, scale={"domain": [0, high * 1.75]})
    return draw(_layered(layers, placed, {"step": 46 if alone else 24}, x=x, y=ROWS))


def pairs(labels: Sequence[str], before: Sequence[float], after: Sequence[float], title: str) -> str:
    """For each group a point before and one after, joined, with both figures."""
    rows = [
        {"at": at, "label": label, "before": was, "after": now, "was": f"£{was:,.2f}", "now": f"£{now:,.2f}"}
        for at, (label, was, now) in enumerate(zip(labels, before, after, strict=True))
    ]
    ends = [*before, *after]
    room = (max(ends) - min(ends) or 1) * 0.45
    scale = {"domain": [min(ends) - room, max(ends) + room], "zero": False, "nice": False}
    was = _field("before", title=title, scale=scale, axis={"format": ",.0f", "tickCount": 4})
    now = was | {"field": "after"}
    point: dict[str, Any] = {"type": "point", "filled": True, "opacity": 1}
    layers = [
        _mark({"type": "rule", "color": QUIET, "strokeWidth": 2}, x=was, x2={"field": "after"}),
        _mark(point | {"size": 80, "color": BEFORE}, x=was),
        _mark(point | {"size": 110, "color": AFTER, "shape": "diamond"}, x=now),
        _mark({"type": "text", "align": "right", "dx": -9, "color": QUIET}, x=was, text={"field": "was"}),
        _mark({"type": "text", "align": "left", "dx": 9, "color": AFTER}, x=now, text={"field": "now"}),
        _names(19),
    ]
    return draw(_layered(layers, rows, {"step": 52}, y=ROWS))


def distribution(before: Floats, after: Floats, title: str) -> str:
    """How many areas have how much, before (a line) and after (bars).

    Of many areas, the few at either end are counted in the first and last bar.
    """
    ends = np.concatenate([before, after])
    low, high = np.quantile(ends, [1 - FAR, FAR]) if before.size > MANY else (ends.min(), ends.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    was, now = (np.histogram(np.clip(each, edges[0], edges[-1]), edges)[0] for each in (before, after))
    columns = np.stack([edges[:-1], edges[1:], was, now], axis=1).round(6).tolist()
    rows = [dict(zip(("from", "to", "before", "after"), each, strict=True)) for each in columns]
    scale = {"zero": False, "nice": False, "domain": [edges[0], edges[-1]]}
    x = _field("from", title=title, scale=scale, axis={"format": ",.0f", "tickCount": 6})
    bar = {"type": "bar", "color": AFTER, "opacity": 0.8}
    line = {"type": "line", "interpolate": "step-after", "color": INK, "strokeWidth": 2}
    last = {"from": edges[-1], "before": rows[-1]["before"]}
    layers = [
        _mark(bar, x2={"field": "to"}, y=_field("after", title="areas"), y2={"datum": 0}),
        _mark(line, y=_field("before")) | {"data": {"values": [*rows, last]}},
    ]
    return draw(_layered(layers, rows, 220, x=x))


def curves(found: Curves, names: Sequence[tuple[str, str, str, list[int]]]) -> str:
    """Shares of money against people, the most deprived first, with a key where the curves leave room.

    Args:
        found: the curves.
        names: for each its key, its label, its colour and how its line is broken.
    """
    axis = {"format": ".0%", "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    x, y = (
        _field(name, title=title, scale={"domain": [0, 1]}, axis=axis)
        for name, title in (("x", "people, the most deprived first"), ("y", "share of money, or of need"))
    )
    layers = [_piece([0, 1], [0, 1], RULE, [])]
    layers += [_piece(found.people, found.money[key], colour, dash) for key, _, colour, dash in names]
    below_is_free = all(found.money[key][POINTS * 2 // 5] > 0.34 for key, *_ in names)
    left, top = (0.42, 0.30) if below_is_free else (0.02, 0.97)
    for at, (_, label, colour, dash) in enumerate([*names, ("", "the same for everybody", RULE, [])]):
        down = top - 0.085 * at
        layers.append(_piece([left, left + 0.09], [down, down], colour, dash))
        layers.append(
            _mark({"type": "text", "align": "left", "baseline": "middle"}, text={"field": "text"})
            | {"data": {"values": [{"x": left + 0.11, "y": down, "text": label}]}}
        )
    return draw(_layered(layers, [], 340, x=x, y=y))


def lines(
    rows: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    names: Sequence[str],
    *,
    joined: bool = True,
) -> str:
    """A line with points for each of a few series, with a key above them if they are several.

    Args:
        rows: one a point, with ``x``, ``y`` and ``series``; a series in the order of its points.
        x: what Vega-Lite is to know of the x axis.
        y: what Vega-Lite is to know of the y axis.
        names: of the series, in order.
        joined: whether there is a line through the points of a series.
    """
    scale = {"domain": list(names), "range": [COLOURS[at % len(COLOURS)] for at in range(len(names))]}
    key = {"orient": "top", "direction": "vertical", "title": None, "labelFontSize": TEXT, "labelLimit": 0}
    colour: dict[str, Any] = {"field": "series", "type": "nominal", "scale": scale, "sort": None}
    colour["legend"] = key if len(names) > 1 else None
    points: Any = {"filled": True, "size": 60} if len(rows) <= MOST_POINTS else False
    line = {"type": "line", "strokeWidth": 3, "point": points}
    point = {"type": "point", "filled": True, "size": 80}
    counts = Counter(row["series"] for row in rows)
    alone = [row for row in rows if counts[row["series"]] == 1]
    layers: list[Any] = [{"mark": line if joined else point}, {"mark": point, "data": {"values": alone}}]
    across, up = {"field": "x", **x}, _field("y", **y)
    return draw(_layered(layers, list(rows), 260, x=across, y=up, color=colour))


def band(low: Floats, middle: Floats, high: Floats, x: str, y: str) -> str:
    """A line over its range, from left to right.

    Args:
        low: where the range begins at each place, shares.
        middle: the line.
        high: where the range ends.
        x: what the places are.
        y: what is measured.
    """
    rows = [
        {"x": at, "low": round(least, 5), "y": round(share, 5), "high": round(most, 5)}
        for at, (least, share, most) in enumerate(
            zip(low.tolist(), middle.tolist(), high.tolist(), strict=True)
        )
    ]
    across = _field("x", title=x, axis={"labels": False, "ticks": False, "grid": False})
    up = {"title": y, "axis": {"format": "+.0%"}}
    layers = [
        _mark({"type": "area", "color": AFTER, "opacity": 0.3}, y=_field("low", **up), y2={"field": "high"}),
        _mark({"type": "line", "color": INK, "strokeWidth": 2}, y=_field("y", **up)),
    ]
    return draw(_layered(layers, rows, 260, x=across))


def _piece(x: Sequence[float] | Floats, y: Sequence[float] | Floats, colour: str, dash: list[int]) -> Any:
    points = [
        {"x": round(float(across), 5), "y": round(float(up), 5)} for across, up in zip(x, y, strict=True)
    ]
    mark = {"type": "line", "color": colour, "strokeWidth": 3 if colour != RULE else 2, "strokeDash": dash}
    return {"mark": mark, "data": {"values": points}}


def _field(name: str, **more: Any) -> dict[str, Any]:
    return {"field": name, "type": "quantitative", **more}


def _mark(mark: Mapping[str, Any], **encoding: Any) -> dict[str, Any]:
    return {"mark": mark, "encoding": encoding}


def _layered(layers: list[Any], rows: list[Any], height: Any, **encoding: Any) -> dict[str, Any]:
    return {"data": {"values": rows}, "height": height, "layer": layers, "encoding": encoding}

"""The one chart with a point for every area: how far each is from target, before and after.

It is drawn here and not by Vega-Lite, because a mark an area would be 100 bytes each and take longer to lay
out than the rest of the report: 6,310 areas are one path of dots on a grid of half units, 40 KB at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.charts.style import AFTER, BEFORE, FONT, INK, QUIET, RULE, TEXT, WIDTH
from allocate.charts.wording import signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.solver.arrays import Floats

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330, 50, 8, 12, 42
MANY, FAR = 1_000, 0.995
"""Of more areas than this, scales reach to these shares of them only: one area far off would flatten all."""


def distances(before: Floats, after: Floats) -> str:
    """Every area from the most under target to the most over: before as a line, after as dots.

    Args:
        before: distances from target, shares; NaN where there is none.
        after: the same areas' distances afterwards.
    """
    known = ~(np.isnan(before) | np.isnan(after))
    order = np.argsort(before[known], kind="stable")
    before, after = before[known][order], after[known][order]
    low, high = _ends(before, after)
    step = _step(high - low)
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    x = LEFT + (np.arange(before.size) + 0.5) / max(before.size, 1) * (WIDTH - LEFT - RIGHT)
    was, now = (_to_grid(np.clip(each, low, high), low, high) for each in (before, after))
    return "".join(_parts(np.round(x * 2) / 2, was, now, _ticks(low, high, step)))


def _ends(before: Floats, after: Floats) -> tuple[float, float]:
    both = np.concatenate([before, after, [0.0]])
    if before.size <= MANY:
        return float(both.min()), float(both.max())
    low, high = np.quantile(both, [1 - FAR, FAR])
    return float(low), float(high)


def _step(span: float) -> float:
    """A round distance between lines, so that there are at most eight."""
    return next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 1e9) if span / each <= 8)


def _to_grid(shares: Floats, low: float, high: float) -> Floats:
    span = high - low or 1.0
    return np.asarray(np.round((TOP + (high - shares) / span * (HEIGHT - TOP - BOTTOM)) * 2) / 2)


def _ticks(low: float, high: float, step: float) -> list[tuple[float, str]]:
    shares = np.arange(round(low / step), round(high / step) + 1, dtype=np.float64) * step
    heights = _to_grid(shares, low, high)
    names = [signed(share, 0) for share in shares.tolist()]
    return list(zip(heights.tolist(), names, strict=True))


def _parts(x: Floats, before: Floats, after: Floats, ticks: list[tuple[float, str]]) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}">'
    yield f'<g font-family="{FONT}" font-size="{TEXT}px" fill="{INK}">'
    for height, name in ticks:
        colour, width = (QUIET, 1.5) if name == "0%" else (RULE, 1)
        yield f'<path d="M{LEFT},{height:g}H{WIDTH - RIGHT}" stroke="{colour}" stroke-width="{width}"/>'
        yield f'<text x="{LEFT - 6}" y="{height + 5:g}" text-anchor="end">{name}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:g}" y="{HEIGHT - 8}" text-anchor="middle">'
    yield "areas, the furthest under target first</text>"
    size = 5 if x.size < 300 else 2.5
    yield f'<path d="{_line(x, before)}" fill="none" stroke="{BEFORE}" stroke-width="2.5"/>'
    yield f'<path d="{_dots(x, after)}" stroke="{AFTER}" stroke-width="{size}" stroke-linecap="round"/>'
    yield "</g></svg>"


def _line(x: Floats, y: Floats) -> str:
    """A line through the points; those at the same place across are one."""
    _, first = np.unique(x, return_index=True)
    points = (f"{across:g},{down:g}" for across, down in zip(x[first], y[first], strict=True))
    return "M" + "L".join(points)


def _dots(x: Floats, y: Floats) -> str:
    """A dot for each point; those at the same place are one."""
    places = np.unique(np.stack([x, y], axis=1), axis=0)
    return "".join(f"M{across:g},{down:g}h0" for across, down in places)

"""An allocation whose every name tries to become markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import allocate

if TYPE_CHECKING:
    from allocate.allocation import Allocation

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "O'Brien & Sons <b>",
    "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd",
    "]]> --> {{ 7 * 7 }} {% raw %}",
    "\u2028 \x01 5,000",
]
"""Ends of scripts, attributes, quotes, text from right to left, templates, control characters."""


def hostile_allocation() -> Allocation:
    """Names of areas, groups, rules, sources and the title are all hostile."""
    places = range(len(HOSTILE))
    frame = pl.DataFrame(
        {
            "id": [f"{name}{at}" for at, name in enumerate(HOSTILE)],
            "name": HOSTILE,
            "place": HOSTILE,
            "imd_quintile": HOSTILE,
            "population": [100 + 10 * at for at in places],
            "baseline": [1000 for _ in places],
        }
    )
    rule = {"name": HOSTILE[0], "by": "place", "floor": "sum(baseline) * 1.01"}
    book = {"title": HOSTILE[0], "source": HOSTILE[1], "rules": [rule]}
    return allocate.solve(frame, rules=[book], budget=7000, title=HOSTILE[0])

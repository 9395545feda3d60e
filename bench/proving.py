"""Proving an allocation before it is written, against running and writing it without: real practices."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import allocate
from allocate.proving.proof import certificate_for
from bench.practices import england
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUPS = """
rules:
  - {name: regions, by: region_code, of: growth, floor: 0.01 * sum(baseline)}
"""
OVERLAPPING = (
    GROUPS
    + """
  - {name: deprived, across: imd_quintile_practices = 1, of: growth, floor: 0.021 * sum(baseline)}
  - {name: contracts, by: contract_type, of: growth, floor: 0.015 * sum(baseline)}
"""
)
ROUTES = {"": "", "nested groups": GROUPS, "overlapping groups": OVERLAPPING}


def compare() -> Iterator[Comparison]:
    """By the route, since each is proven in another way."""
    for kind, rules in ROUTES.items():
        with england(rules) as folder:
            if folder is None:
                return
            yield _compare(folder, f" under {kind}" if kind else "")


def _compare(folder: Path, kind: str) -> Comparison:
    """A run is read, allocated and written; what proving it takes is what it adds to that."""
    made = allocate.run(folder)

    def run() -> None:
        with patch("allocate.proving.proof.certificate_for", lambda _: {}):
            allocate.run(folder).save(folder / "out")

    return side_by_side(
        (f"proving an allocation to 6,310 real practices{kind}", lambda: certificate_for(made)),
        ("running and writing it, in a process that is warm", run),
        target=0.3,
    )

"""Small scenarios made in a folder, and the lines of an error."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import yaml

import allocate
from allocate.errors import AllocateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = "id,population,baseline,place\nA,100,1000,X\nB,200,1500,Y\nC,100,1000,X\n"
"""Three areas that add up to 400 people and £3,500."""

FOUR = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100, 100, 100, 100],
        "baseline": [900, 1_000, 1_100, 1_200],
        "place": ["north", "north", "south", "south"],
        "fifth": [1, 2, 1, 2],
    }
)
"""Four areas of £9, £10, £11 and £12 a head, in two places and, across them, in two fifths."""

PLACES = {"name": "places", "by": "place", "floor": "sum(baseline) * 1.01"}
FIFTHS = {"name": "fifths", "by": "fifth", "cap": "sum(baseline) * 1.3"}
ROUTES: dict[str, list[dict[str, str]]] = {
    "closed form": [],
    "nested": [PLACES],
    "linear programme": [PLACES, FIFTHS],
}
"""Rules for each way of sharing out to these four."""


def solve_four(route: str, budget: Any = 4_800) -> allocate.Allocation:
    """Share out to the four areas one way."""
    result = allocate.solve(FOUR, {"title": route, "rules": ROUTES[route]}, budget=budget)
    assert result.summary.route == route
    return result


def make_scenario(folder: Path, table_csv: str, rules_yaml: str | None, **scenario_keys: Any) -> Path:
    """Write a scenario into a folder: its table, its rule book (None: a bundled one) and other keys.

    A budget of £300 of new money is added unless `budget` is given; a key that is None is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "areas.csv").write_text(table_csv, encoding="utf-8")
    keys: dict[str, Any] = {"title": "Test", "areas": "areas.csv", "rules": ["level-up"]}
    if rules_yaml is not None:
        (folder / "book.yaml").write_text(rules_yaml, encoding="utf-8")
        keys["rules"] = ["book.yaml"]
    keys |= {"budget": {"new_money": 300}} | scenario_keys
    given = {key: value for key, value in keys.items() if value is not None}
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(given, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def problems_of(call: Callable[..., Any], *args: Any, **options: Any) -> list[str]:
    """The lines of the error that a call raises."""
    with pytest.raises(AllocateError) as caught:
        call(*args, **options)
    return str(caught.value).splitlines()


def run(
    *arguments: str | Path, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder; standard output and error are pipes."""
    return subprocess.run(
        [sys.executable, "-m", "allocate", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )

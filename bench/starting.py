"""Starting, against importing what cannot be done without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.side_by_side import Comparison, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

CLICK = ("`import click`", process("-c", "import click"))
LIBRARIES = "click, highspy, numpy, polars, pulp, pydantic, yaml"
"""What `allocate run` uses, as ``python -X importtime -m allocate run`` shows."""


def compare() -> Iterator[Comparison]:
    """Commands that compute nothing, and the bundled scenario from a cold start."""
    for command in ("--help", "rules list"):
        ours = (f"`allocate {command}`", process("-m", "allocate", *command.split()))
        yield side_by_side(ours, CLICK, target=1.3, times=25)
    run = ("`allocate run`, the bundled scenario", process("-m", "allocate", "run"))
    libraries = (f"`import {LIBRARIES}`", process("-c", f"import {LIBRARIES}"))
    yield side_by_side(run, libraries, target=2)

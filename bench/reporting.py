"""A report of England's practices against the run itself, each a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.practices import england
from bench.side_by_side import Comparison, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARIES = """
import jinja2, vl_convert
mark = {"data": {"values": [{"x": 1}]}, "mark": "bar", "encoding": {"x": {"field": "x"}}}
vl_convert.vegalite_to_svg(mark, vl_version="5.20")
"""
"""Starting what draws: its first chart starts an engine, whatever is on it."""


def compare() -> Iterator[Comparison]:
    """Measured are the whole commands; the target is three times the run and the start of the libraries."""
    with england() as folder:
        if folder is None:
            return
        run = process("-m", "allocate", "run", str(folder), "--out", str(folder / "out"))
        report = process("-m", "allocate", "report", str(folder), "--out", str(folder / "report.html"))
        three_runs = (run, run, run, process("-c", LIBRARIES))
        yield side_by_side(
            ("`allocate report` of 6,310 real practices", report),
            ("three times `allocate run --out` and starting jinja2 and vl-convert", _one_by_one(three_runs)),
            target=1,
            times=7,
        )


def _one_by_one(steps: tuple[Callable[[], object], ...]) -> Callable[[], object]:
    def run() -> object:
        return [step() for step in steps]

    return run

"""A run of England's practices that writes a workbook, against the same run that writes its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.practices import england
from bench.side_by_side import Comparison, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator


def compare() -> Iterator[Comparison]:
    """Each is a process of its own, so both start from nothing."""
    with england() as folder:
        if folder is None:
            return
        run = ("-m", "allocate", "run", str(folder), "--out")
        yield side_by_side(
            (
                "`allocate run --out workbook.xlsx` of 6,310 real practices",
                process(*run, str(folder / "a.xlsx")),
            ),
            ("`allocate run --out DIR` of the same", process(*run, str(folder / "out"))),
            target=5,
            times=7,
        )

"""`rerun`: a saved run done again from what its folder keeps, and whether it gives the same pennies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.again import prepare_again
from allocate.money import pounds
from allocate.runs import load_run, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allocate.runs import Run

MADE_FROM = {"hashes.rows": "the rows of the table", "hashes.rules": "the rule books"}
MADE_FROM |= {"allocate": "the version of allocate", "versions.polars": "the version of polars"}
MADE_FROM |= {"versions.numpy": "the version of numpy", "summary.route": "the route"}


@dataclass(frozen=True)
class Rerun:
    """A run and the same done again."""

    title: str
    different: pl.DataFrame
    """One row an area that gets something else: ``id``, ``was`` and ``now`` in £, Decimal(18, 2)."""
    areas: int
    changes: tuple[str, ...]
    """What it is made from that is not as it was, in words."""

    @property
    def same(self) -> bool:
        """Whether every area gets the same, to the penny."""
        return self.different.is_empty()

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {each}" for each in self._lines())])

    def _lines(self) -> Iterator[str]:
        yield from self.changes
        if self.same:
            yield f"The same pennies for all {self.areas:,} areas."
            return
        count, (name, was, now) = self.different.height, self.different.row(0)
        was, now = ("nothing" if each is None else pounds(int(each * 100)) for each in (was, now))
        yield f"DIFFERENT for {count:,} of {self.areas:,} areas, such as {name}: {was} then, {now} now."


def rerun(folder: str | Path) -> Rerun:
    """Do a saved run again from the rows, the rules and the scenario that its folder keeps.

    Raises:
        InputError: the run cannot be used, or is of several years, whose first table it does not keep.
        RulesCannotHold: the rules in the folder contradict each other now.
    """
    saved = load_run(folder)
    again = run_of(prepare_again(saved).allocate())
    now = again.areas.select("id", pl.col("allocation").alias("now"))
    laid = saved.areas.select("id", pl.col("allocation").alias("was")).join(
        now, on="id", how="full", coalesce=True
    )
    different = laid.filter(pl.col("was").ne_missing(pl.col("now"))).sort("id")
    return Rerun(saved.title, different, saved.areas.height, tuple(_changes(saved, again)))


def _changes(saved: Run, again: Run) -> Iterator[str]:
    for path, what in MADE_FROM.items():
        was, now = (_at(record, path) for record in (saved.record, again.record))
        if was is not None and was != now:
            yield f"{what[0].upper()}{what[1:]} changed: {was} then, {now} now."


def _at(record: Mapping[str, Any], path: str) -> Any:
    found: Any = record
    for part in path.split("."):
        found = found.get(part) if hasattr(found, "get") else None
    return found

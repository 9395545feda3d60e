"""The promise over years: no cash loss in any year, and no money astray between them.

Checked on the finished tables alone, in exact decimals; it shares no code with what makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator


def breaches(areas: pl.DataFrame, money: pl.DataFrame, events: pl.DataFrame) -> Iterator[str]:
    """Where the promise is broken.

    Args:
        areas: a row an area and year, with its baseline and its allocation.
        money: a row a year, with what events brought.
        events: which areas have part in an event in which year; the others begin with what they had.
    """
    lost = areas.filter(pl.col("allocation") < pl.col("baseline"))
    yield from (f"{area} loses in {year}" for year, area in lost.select("year", "id").iter_rows())
    years = [frame for _, frame in areas.group_by("year", maintain_order=True)]
    for before, after, brought in zip(years, years[1:], money["brought"][1:], strict=False):
        year = after["year"][0]
        if after["baseline"].sum() != before["allocation"].sum() + brought:
            yield f"the baselines of {year} are not what was given the year before"
        touched = events.filter(pl.col("year") == year)["area"].implode()
        had = before.select("id", had="allocation")
        same = had.join(after.select("id", "baseline"), on="id", how="left").filter(
            ~pl.col("id").is_in(touched)
        )
        changed = same.filter(pl.col("had").ne_missing(pl.col("baseline")))
        yield from (f"{area} does not begin {year} with what it had" for area in changed["id"])

"""One area's story over the years: what happened to it, its people and need, what it got, the promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.money import in_pence, pounds
from allocate.results.explain import Chapter, Explanation
from allocate.text.say import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.years.result import Years


def explain_years(years: Years, area: str) -> Explanation:
    """Tell the story of an area, from the tables of the years alone."""
    rows = {row["year"]: row for row in years.areas.filter(pl.col("id") == area).iter_rows(named=True)}
    chapters = [Chapter(label, tuple(_of_year(years, area, label, rows))) for label in years.labels]
    chapters.append(Chapter("Over all", tuple(_over_all(years, area, list(rows.values())))))
    told = tuple(chapter for chapter in chapters if chapter.sentences)
    return Explanation(area, next(reversed(rows.values())).get("name"), told)


def _of_year(years: Years, area: str, label: str, rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    happened = years.events.filter((pl.col("year") == label) & (pl.col("area") == area))
    yield from happened["told"]
    row = rows.get(label)
    if row is None:
        before = any(year in rows for year in years.labels[: years.labels.index(label)])
        if happened.height and before:
            yield "It is no area of its own any more; what it had has gone on as told here."
        return
    people = f"{row['population']:,.0f} people with {row['need_index']:.3f} of the average need per head"
    target, baseline = in_pence(row["target"]), in_pence(row["baseline"])
    distance = f", {_off(row['opening_distance'])} its target of {pounds(target)}" if target else ""
    yield f"It begins with {pounds(baseline)} for {people}{distance}."
    gain = in_pence(row["gain"])
    held = f" Held by: {row['bound_by']}." if row["bound_by"] else ""
    what = f"{pounds(gain)} more" if gain else "as much as before"
    yield f"It gets {pounds(in_pence(row['allocation']))}: {what}, {_from_fair_share(row)}.{held}"


def _from_fair_share(row: dict[str, Any]) -> str:
    if row["closing_distance"] is None:
        return "without a fair share to compare with"
    return f"{_off(row['closing_distance'])} its fair share of {pounds(in_pence(row['fair_share']))}"


def _over_all(years: Years, area: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    there = years.within.filter(pl.col("id") == area)["year"][0]
    near = f"within {percent(years.tolerance)} of its fair share"
    if there is None:
        yield f"In no year does it come {near}."
    else:
        yield f"It first comes {near} in {there}."
    real = rows[-1].get("allocation_real")
    if real is not None:
        yield f"At prices of {years.labels[0]} it ends with {pounds(in_pence(real))}."
    if years.promise_kept:
        yield "In no year does it get less than it begins with: what it had, and what events moved."


def _off(share: float) -> str:
    if abs(share) < 0.00005:
        return "at"
    return f"{abs(share):.1%} {'over' if share > 0 else 'under'}"

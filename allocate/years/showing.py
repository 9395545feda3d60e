"""Several years as text for a terminal: money by year, who comes within tolerance when, the planned path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import polars as pl

from allocate.money import in_pence, pounds
from allocate.text.layout import Column, table
from allocate.text.say import percent
from allocate.text.show import label_invented, labelled
from allocate.years.plan import shortfalls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.years.result import Years

FURTHEST = 15
"""Areas shown unless all are asked for."""

MARGIN = 14
"""Where facts begin, beside their labels."""


def years_text(years: Years, *, every: bool = False, width: int | None = None) -> str:
    """Money by year, then the paths of the areas that begin furthest below their targets.

    Args:
        years: what to show.
        every: show the path of every area.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    heading = [click.style(f"{years.title}: {years.labels[0]} to {years.labels[-1]}", bold=True)]
    heading += label_invented(width) if years.invented else []
    facts = [line for fact in _facts(years) for line in labelled(*fact, MARGIN, width, bold=True)]
    parts = [heading, facts, _money_lines(years, width), _path_lines(years, width, every=every)]
    return "\n\n".join("\n".join(part) for part in parts)


def _facts(years: Years) -> Iterator[tuple[str, str]]:
    yield "Promise", _promise(years)
    money = years.money
    new = sum(in_pence(amount) for amount in money["new_money"])
    begins, ends = (in_pence(money["baseline"][0]), in_pence(money["allocation"][-1]))
    yield "Money", f"{pounds(new)} of new money in all, from {pounds(begins)} to {pounds(ends)}"
    if _is_real(years):
        real = in_pence(money["allocation_real"][-1])
        yield "Real terms", f"at prices of {years.labels[0]} it ends at {pounds(real)}"
    yield f"Within {percent(years.tolerance)}", _within(years)
    yield from dict.fromkeys(years.events.select("year", "told").iter_rows())
    if years.planned is not None:
        yield "Planned", _planned(years)


def _promise(years: Years) -> str:
    if years.promise_kept:
        return "kept: no area loses cash in any year"
    return f"BROKEN, which is a defect of allocate: {'; '.join(years.promise_breaches[:3])}"


def _within(years: Years) -> str:
    first = years.within.group_by("year").len()
    counts = dict(first.iter_rows())
    parts = [f"{counts[label]:,} in {label}" for label in years.labels if label in counts]
    parts += [f"{counts[None]:,} in no year"] if None in counts else []
    return f"of their fair share, areas first come: {', '.join(parts)}"


def _planned(years: Years) -> str:
    found = shortfalls(years)
    return (
        f"shortfalls from fair share, discounted at {percent(years.discount)} a year, are "
        f"{pounds(found.year_by_year)} as allocated, {pounds(found.levelled)} if each year only levelled up, "
        f"and {pounds(found.planned)} at the least, if all years were known; the last two keep the promise "
        "and the pots, and no other rule"
    )


def _money_lines(years: Years, width: int | None) -> Iterator[str]:
    money = years.money

    def pounds_of(name: str) -> list[str]:
        return [f"{amount:,.2f}" for amount in money[name]]

    def shares(name: str) -> list[str]:
        return ["-" if share is None else f"{share:+.1%}" for share in money[name]]

    brought = pounds_of("brought") if money["brought"].sum() else []
    columns = [
        Column("year", years.labels, True),
        Column("areas", [f"{count:,}" for count in money["areas"]], leave_out=2),
        Column("people", [f"{people:,.0f}" for people in money["population"]], leave_out=3),
        Column("baselines £", pounds_of("baseline"), leave_out=4),
        *([Column("of it by events £", brought, leave_out=1)] if brought else []),
        Column("new money £", pounds_of("new_money")),
        Column("gives £", pounds_of("allocation")),
        *([Column("real £", pounds_of("allocation_real"), leave_out=9)] if _is_real(years) else []),
        *([Column("unspent £", pounds_of("unspent"), leave_out=9)] if money["unspent"].sum() else []),
        Column("gaining", [f"{count:,}" for count in money["gaining"]], leave_out=8),
        Column("below", [f"{count:,}" for count in money["below"]], leave_out=7),
        Column("short £", pounds_of("shortfall"), leave_out=10),
        Column("worst", shares("worst"), leave_out=6),
        Column("best", shares("best"), leave_out=5),
    ]
    yield from table(columns, width)


def _is_real(years: Years) -> bool:
    return "allocation_real" in years.areas.columns


def _path_lines(years: Years, width: int | None, *, every: bool) -> Iterator[str]:
    paths = years.paths.sort("before", maintain_order=True, nulls_last=True)
    shown = paths if every else paths.head(FURTHEST)
    columns = [Column("area", shown["id"].to_list(), True)]
    if "name" in years.areas.columns:
        names = years.areas.unique("id", keep="last").select("id", "name")
        named = shown.select("id").join(names, on="id", how="left", maintain_order="left")["name"]
        columns.append(Column("name", [each or "" for each in named], True, 16, 1))
    for number, label in enumerate(["before", *years.labels]):
        cells = ["" if each is None else f"{each:+.1%}" for each in shown[label]]
        columns.append(Column(label, cells, leave_out=2 + number if label != years.labels[-1] else 0))
    there = shown.select("id").join(years.within, on="id", how="left", maintain_order="left")["year"]
    columns.append(Column("within in", [each or "-" for each in there], True))
    yield from table(columns, width)
    if shown.height < paths.height:
        yield f"... and {paths.height - shown.height:,} more: --all shows them, --out DIR writes them."


def years_with_areas(years: Years) -> dict[str, object]:
    """The object of ``run.json`` with the rows of ``years.csv`` under ``areas`` and of ``money.csv``."""
    import polars.selectors as cs

    def rows(frame: pl.DataFrame) -> list[dict[str, object]]:
        return frame.with_columns(cs.decimal().cast(pl.Float64)).to_dicts()

    return years.to_dict() | {"money": rows(years.money), "areas": rows(years.areas)}

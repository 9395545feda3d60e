"""The table of all areas: a row an area, with the figures of ``allocations.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from allocate.charts.wording import signed
from allocate.groupings.groups import NOT_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from allocate.groupings.groups import Grouping
    from allocate.report.subject import Subject

MONEY = {
    "Baseline £": "baseline",
    "Fair share £": "fair_share",
    "Allocation £": "allocation",
    "Gain £": "gain",
}


@dataclass(frozen=True)
class Heading:
    """A column: its name, whether it holds text, whether rows are chosen by its values."""

    name: str
    text: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class AreaRows:
    """The table, cells as they are shown."""

    headings: list[Heading]
    ids: list[str]
    names: list[str]
    """Empty texts where there are none."""
    rows: list[tuple[str, ...]]
    """The cells after the first, which has id and name."""


def area_rows(subjects: Sequence[Subject], groupings: Sequence[Grouping]) -> AreaRows:
    """The areas of the first run, in its order; other runs add their allocation and the difference."""
    run = subjects[0].run
    areas = run.areas
    columns: list[tuple[Heading, Iterable[str]]] = []
    for grouping in groupings:
        of_rows = grouping.label_of_rows()
        choices = (*grouping.labels, *([NOT_KNOWN] if NOT_KNOWN in of_rows else ()))
        columns.append((Heading(grouping.title, True, choices), of_rows))
    columns += [
        (Heading("People"), [f"{people:,.0f}" for people in areas["population"]]),
        (Heading("Need index"), [f"{index:.3f}" for index in areas["need_index"]]),
        *((Heading(name), _money(areas[column])) for name, column in MONEY.items()),
        (Heading("Gain"), _percent(areas["gain_percent"], 1)),
        (Heading("Before"), _percent(areas["opening_distance"], 100)),
        (Heading("After"), _percent(areas["closing_distance"], 100)),
    ]
    for other in subjects[1:]:
        columns += _other(subjects[0], other)
    held = areas["bound_by"].fill_null("")
    columns.append((Heading("Held by", True, tuple(sorted(set(held) - {""}))), held))
    names = areas["name"].fill_null("") if "name" in areas.columns else [""] * areas.height
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    return AreaRows([each for each, _ in columns], areas["id"].to_list(), list(names), rows)


def _other(first: Subject, other: Subject) -> list[tuple[Heading, list[str]]]:
    """What areas get in another run; an area that is not in it gets no figure."""
    found = other.run.areas.select("id", pl.col("allocation").alias("other"))
    joined = first.run.areas.select("id", "allocation").join(
        found, on="id", how="left", maintain_order="left"
    )
    difference = joined["other"] - joined["allocation"]
    return [
        (Heading(f"{other.label}: allocation £"), _money(joined["other"])),
        (Heading(f"{other.label}: difference £"), [_signed_money(each) for each in difference]),
    ]


def _money(amounts: pl.Series) -> list[str]:
    return ["–" if amount is None else f"{amount:,.2f}" for amount in amounts]


def _signed_money(amount: object) -> str:
    return "–" if amount is None else f"{amount:+,.2f}".replace("-", "−")


def _percent(shares: pl.Series, times: int) -> list[str]:
    return [signed(None if share is None else share * times / 100) for share in shares]

"""The lower half of a printed comparison: groups, areas that some run has not, who gets more and who less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.comparing.columns import of
from allocate.comparing.tables import ALL_AREAS, MONEYS
from allocate.comparing.view import MONEY_WORDS, or_dash, signed, whole
from allocate.text.layout import Column, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.comparing.view import View

LARGEST = 5
"""Areas shown that get most more, and most less."""

LISTED = 10
"""Rows shown of the areas that some run has not."""

PARTLY = "*"
"""Marks a change that is not over all areas of both runs."""


def group_lines(view: View, column: str) -> Iterator[str]:
    """Each group of a column, a line a run; all areas first."""
    rows = [
        _group_row(view, group, run)
        for group in view.shown.groups.iter_rows(named=True)
        for run in view.shown.runs
        if group["by"] in (ALL_AREAS, column) and group[of("areas", run)]
    ]
    cells = list(zip(*rows, strict=True))
    columns = [
        Column(column, cells[0], True, 10),
        *([Column("run", cells[1], True)] if view.others else []),
        Column("areas", cells[2], leave_out=1),
        Column("historical £", cells[3]),
        Column("fair share £", cells[4]),
        Column("levelled up £", cells[5]),
        *([Column("change £", cells[6], leave_out=5)] if view.others else []),
        Column("£ per head", cells[7], leave_out=2),
        Column("£ per weighted", cells[8], leave_out=3),
        Column("from fair", cells[9], leave_out=4),
    ]
    yield from table(columns, view.width)
    if any(change.endswith(PARTLY) for change in cells[6]):
        yield from paragraph(f"{PARTLY} over the areas that are in both runs", view.width)


def _group_row(view: View, group: dict[str, Any], run: str) -> list[str]:
    at_top = run == next(each for each in view.shown.runs if group[of("areas", each)])
    return [
        _group_name(group) if at_top else "",
        view.heads[run],
        f"{group[of('areas', run)]:,}",
        *(f"{group[of(word, run)]:,.0f}" for word in MONEYS),
        "" if run == view.first else _change(view, group, run),
        or_dash(group[of("per_head", run)], ",.2f"),
        or_dash(group[of("per_weighted_head", run)], ",.2f"),
        or_dash(group[of("distance", run)], "+.1%"),
    ]


def _group_name(group: dict[str, Any]) -> str:
    """The value of a group, or that its areas have none."""
    return str(group["value"] or (ALL_AREAS if group["by"] == ALL_AREAS else "none given"))


def _change(view: View, group: dict[str, Any], run: str) -> str:
    """What a run gives a group more than the first, marked if it is not over all areas of both."""
    shared = group[of("shared_areas", run)]
    if not shared:
        return "-"
    of_both = shared == group[of("areas", run)] == group[of("areas", view.first)]
    return signed(group[of("difference", run)]) + ("" if of_both else PARTLY)


def only_in_lines(view: View) -> Iterator[str]:
    """Areas that some run has not."""
    frame = view.shown.only_in
    if frame.is_empty():
        return
    some = frame.head(LISTED)
    columns = [
        Column("not in every run", some["id"].to_list(), True),
        *_names(some, 1),
        Column("in", [view.heads[run] for run in some["run"]], True),
        *(Column(f"{MONEY_WORDS[word]} £", whole(some[word])) for word in MONEYS),
        Column("not in", some["missing_from"].to_list(), True, 8, 2),
    ]
    yield from table(columns, view.width)
    if len(frame) > LISTED:
        yield f"... and {len(frame) - LISTED:,} more: --json prints them."
    for (run,), rows in frame.group_by("run", maintain_order=True):
        totals = ", ".join(f"£{rows[word].sum():,.0f} {MONEY_WORDS[word]}" for word in MONEYS)
        text = f"{view.heads[str(run)]} has {len(rows):,} that some run has not: {totals}."
        yield from paragraph(text, view.width)


def change_lines(view: View, run: str, more: bool) -> Iterator[str]:
    """The areas that get most more, or most less, than in the first run."""
    change = pl.col(of("difference", run))
    changed = view.shown.areas.filter(change > 0 if more else change < 0)
    shown = changed.sort(of("difference", run), "id", descending=[more, False]).head(LARGEST)
    words = f"{'more' if more else 'less'} in {view.heads[run]}"
    if not shown.is_empty():
        yield from table(_change_columns(view, words, shown, run), view.width)


def gain_lines(view: View) -> Iterator[str]:
    """Of a run alone, the largest gains on historical money."""
    gain = of("gain", view.first)
    shown = view.shown.areas.filter(pl.col(gain) > 0).sort(gain, "id", descending=[True, False]).head(LARGEST)
    if shown.is_empty():
        return
    columns = _area_columns("largest gains", shown, view.first)
    columns.append(Column("levelled up £", whole(shown[of("allocation", view.first)])))
    columns.append(Column("gain £", [signed(each) for each in shown[gain]]))
    yield from table(columns, view.width)


def _change_columns(view: View, words: str, shown: pl.DataFrame, run: str) -> list[Column]:
    return [
        *_area_columns(words, shown, run),
        Column(f"{view.heads[view.first]} £", whole(shown[of("allocation", view.first)]), leave_out=6),
        Column(f"{view.heads[run]} £", whole(shown[of("allocation", run)])),
        Column("change £", [signed(each) for each in shown[of("difference", run)]]),
        Column(
            "per head",
            [or_dash(each, "+,.2f") for each in shown[of("difference_per_head", run)]],
            leave_out=2,
        ),
    ]


def _area_columns(words: str, shown: pl.DataFrame, run: str) -> list[Column]:
    return [
        Column(words, shown["id"].to_list(), True),
        *_names(shown, 3),
        Column("people", whole(shown[of("population", run)]), leave_out=1),
        Column("historical £", whole(shown[of("baseline", run)]), leave_out=4),
        Column("fair share £", whole(shown[of("fair_share", run)]), leave_out=5),
    ]


def _names(shown: pl.DataFrame, leave_out: int) -> list[Column]:
    """What the areas are called, if anything."""
    names = [each or "" for each in shown["name"]]
    return [Column("name", names, True, 12, leave_out)] if any(names) else []

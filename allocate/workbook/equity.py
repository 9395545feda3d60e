"""The sheet Equity: money per head by each column that sorts areas into a few groups, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.money import to_pounds
from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.allocation import Allocation
    from allocate.groupings import Grouping
    from allocate.solver.arrays import Floats
    from allocate.workbook.book import Book

SHEET = "Equity"
TOP = 5
AMOUNTS = {"baseline": "Historical", "fair": "Fair share", "allocation": "Levelled up"}
HEADS = {"population": "head", "weighted": "weighted head"}


def lay_out(allocation: Allocation, sorted_by: list[Grouping], need: Grid, money: Grid) -> Grid:
    """Where everything is; sums are live, by the labels on sheet Need."""
    prepared = allocation.prepared
    figures = {
        "population": prepared.areas.population,
        "weighted": prepared.need.weighted_population,
        "baseline": to_pounds(prepared.areas.baseline),
        "fair": allocation.fair_share,
        "allocation": to_pounds(allocation.amounts),
    }

    def sums(of: Floats) -> list[float]:
        each = (np.bincount(every.codes, weights=of, minlength=len(every.labels)) for every in sorted_by)
        return [float(value) for values in each for value in values]

    totals = {key: np.array(sums(of)) for key, of in figures.items()}
    columns = _groups(sorted_by)
    live = _live(sorted_by, need, money)
    for key, header in [("population", "People"), ("weighted", "Weighted people")]:
        columns.append(Column(key, header, "people", totals[key].tolist(), "Sum of the areas", live(key)))
    for key, header in AMOUNTS.items():
        columns.append(
            Column(key, f"{header} £", "money", totals[key].tolist(), "Sum of the areas", live(key))
        )
    for heads, per in HEADS.items():
        for key, header in AMOUNTS.items():
            mean = np.divide(
                totals[key], totals[heads], out=np.full_like(totals[key], np.nan), where=totals[heads] > 0
            )
            formula = f'IF({{{heads}}}>0,{{{key}}}/{{{heads}}},"")'
            about = f"{header} £ / {'people' if heads == 'population' else 'weighted people'}"
            columns.append(
                Column(
                    f"{key}_{heads}",
                    f"{header} £ per {per}",
                    "money",
                    mean.tolist(),
                    about,
                    formula,
                    width=13,
                )
            )
    rows = sum(len(each.labels) for each in sorted_by)
    return Grid(SHEET, TOP, columns, rows)


def write(book: Book, grid: Grid, left_out: list[str], label: str | None) -> None:
    """Write the sheet; it says so if no column sorts the areas into a few groups."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    notes = [
        "Means per registered and per weighted head: historical, a fair share by need, and levelled up.",
        "By each column of text or whole numbers with few values. A mean hides the areas inside a group.",
    ]
    if left_out:
        notes.append(f"Columns left out because there are many: {', '.join(left_out)}.")
    if not grid.rows:
        notes = ["No column of the table sorts the areas into a few groups."]
    book.heading(sheet, "Money per head, by group", notes, label, 10)
    if grid.rows:
        grid.write(book, sheet, "EquityTable", freeze=2)


def _groups(sorted_by: list[Grouping]) -> list[Column]:
    names = [each.column for each in sorted_by for _ in each.labels]
    labels = [label for each in sorted_by for label in each.labels]
    numbers = [number for each in sorted_by for number in range(1, len(each.labels) + 1)]
    areas = [
        int(count) for each in sorted_by for count in np.bincount(each.codes, minlength=len(each.labels))
    ]
    return [
        Column("column", "Column", "text", names, "Of the table", width=20),
        Column("group", "Group", "text", labels, "Its values", width=22),
        Column("number", "No.", "count", numbers, "Within its column", width=7),
        Column("areas", "Areas", "count", areas, "How many", width=8),
    ]


def _live(sorted_by: list[Grouping], need: Grid, money: Grid) -> Callable[[str], list[str]]:
    """Formulas that add a column of sheet Allocations up, a row each.

    They look for the label itself or, where a spreadsheet could take labels for one another, for its number.
    """
    of = [
        (f"label{at}", "{group}") if each.is_plain else (f"code{at}", "{number}")
        for at, each in enumerate(sorted_by)
        for _ in each.labels
    ]

    def formulas(key: str) -> list[str]:
        return [f"SUMIFS({money.range(key)},{need.range(where)},{what})" for where, what in of]

    return formulas

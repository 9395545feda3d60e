"""The sheet Equity: the audit of the run, money per head by group and how far apart groups are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.equity.arrays import midpoints
from allocate.equity.words import coverage_told
from allocate.money import to_pounds
from allocate.workbook.grid import Column, Grid, ratio
from allocate.workbook.measures import write_measures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allocate.allocation import Allocation
    from allocate.equity.audited import Audit
    from allocate.solver.arrays import Floats
    from allocate.workbook.book import Book
    from allocate.workbook.sorting import Sorted

SHEET = "Equity"
AMOUNTS = {"baseline": "Historical", "fair": "Fair share", "allocation": "Levelled up"}
HEADS = {"population": "head", "weighted": "weighted head"}
WIDTH = 12
"""Columns that notes go across."""


def lay_out(
    allocation: Allocation, sorted_by: list[Sorted], audit: Audit | None, need: Grid, money: Grid
) -> Grid:
    """Where everything is; sums are live, by the labels on sheet Need."""
    prepared = allocation.prepared
    figures = {
        "population": prepared.areas.population,
        "weighted": prepared.need.weighted_population,
        "baseline": to_pounds(prepared.areas.baseline),
        "fair": allocation.fair_share,
        "allocation": to_pounds(allocation.amounts),
    }
    totals = {
        key: np.concatenate([[], *(each.totals(of) for each in sorted_by)]) for key, of in figures.items()
    }
    live = _live(sorted_by, need, money)
    columns = [*_groups(sorted_by), *_totals(totals, live), *_means(totals)]
    top, rows = 4 + len(_notes(sorted_by, audit)), sum(len(each.labels) for each in sorted_by)
    columns += _midpoints(sorted_by, totals, Grid(SHEET, top, columns, rows))
    return Grid(SHEET, top, columns, rows)


def write(book: Book, grid: Grid, sorted_by: list[Sorted], audit: Audit | None) -> None:
    """Write the table of groups, then the measures; it says so if there are none."""
    sheet = book.add_sheet(SHEET)
    book.heading(sheet, "Who gets what: an equity audit", _notes(sorted_by, audit), WIDTH)
    if grid.rows:
        grid.write(book, sheet, freeze=2, alone=False)
    if audit is not None:
        write_measures(book, sheet, grid, sorted_by, audit)


def _notes(sorted_by: list[Sorted], audit: Audit | None) -> list[str]:
    """Coverage first: whom the figures leave out."""
    if audit is None:
        return ["There is nothing to audit: no area has people, need and money."]
    means = "Means per registered and per weighted head: historical, a fair share by need, and levelled up."
    if not sorted_by:
        return ["No column of the table sorts the areas into a few groups.", means]
    made = [each.grouping.note for each in sorted_by if each.grouping.note]
    return [*coverage_told(audit.coverage), means, *made, *audit.notes[:-1]]


def _groups(sorted_by: list[Sorted]) -> Iterator[Column]:
    names = [each.grouping.name for each in sorted_by for _ in each.labels]
    labels = [label for each in sorted_by for label in each.labels]
    numbers = [number for each in sorted_by for number in range(1, len(each.labels) + 1)]
    areas = [int(count) for each in sorted_by for count in each.totals(np.ones(each.codes.size))]
    yield Column("column", "Column", "text", names, "Of the table", width=20)
    yield Column("group", "Group", "text", labels, "Its values", width=22)
    yield Column("number", "No.", "count", numbers, "Within its column", width=7)
    yield Column("areas", "Areas", "count", areas, "How many", width=8)


def _totals(totals: dict[str, Floats], live: Callable[[str], list[str]]) -> Iterator[Column]:
    heads = {"population": "People", "weighted": "Weighted people"}
    for key, header in (heads | {key: f"{header} £" for key, header in AMOUNTS.items()}).items():
        kind = "people" if key in heads else "money"
        yield Column(key, header, kind, totals[key], "Sum of the areas", live(key))


def _means(totals: dict[str, Floats]) -> Iterator[Column]:
    for heads, per in HEADS.items():
        for key, header in AMOUNTS.items():
            mean = ratio(totals[key], totals[heads])
            formula = f'IF({{{heads}}}>0,{{{key}}}/{{{heads}}},"")'
            about = f"{header} £ / {'people' if heads == 'population' else 'weighted people'}"
            name = f"{header} £ per {per}"
            yield Column(f"{key}_{heads}", name, "money", mean, about, formula, width=13)


def _midpoints(sorted_by: list[Sorted], totals: dict[str, Floats], before: Grid) -> Iterator[Column]:
    """Where the middle of each group of an order stands among all heads, which the slope is fitted by.

    Args:
        sorted_by: the groupings.
        totals: of each group, by the key of a column.
        before: the columns before these.
    """
    for heads, header, what in (
        ("population", "Midpoint", "people"),
        ("weighted", "Midpoint, weighted", "weighted people"),
    ):
        letter, values, formulas = before.letters[heads], list[float](), list[str]()
        for each in sorted_by:
            start, groups = len(values), len(each.grouping.labels) if each.grouping.ordered else 0
            others = len(each.labels) - groups
            top = before.first + 1 + start
            whole = f"SUM({letter}${top}:{letter}${top + groups - 1})"
            formula = f"(SUM({letter}${top}:{{{heads}}})-{{{heads}}}/2)/{whole}"
            values += [*midpoints(totals[heads][start : start + groups]).tolist(), *[np.nan] * others]
            formulas += [*[formula] * groups, *['""'] * others]
        about = f"Of an order: the middle of the group among {what}"
        yield Column(f"middle_{heads}", header, "index", values, about, formulas, width=18)


def _live(sorted_by: list[Sorted], need: Grid, money: Grid) -> Callable[[str], list[str]]:
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

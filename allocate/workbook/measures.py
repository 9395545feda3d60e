"""The measures of an audit, below the means they are of: live where a spreadsheet can follow, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from allocate.equity.measures import DIRECTION, between_groups
from allocate.equity.words import (
    LABELS,
    between_sentence,
    concentration_sentence,
    gap_sentence,
    money_unit,
    slope_sentence,
    spread_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xlsxwriter.worksheet import Worksheet

    from allocate.equity.audited import Audit, Compared
    from allocate.solver.arrays import Floats
    from allocate.workbook.book import Book
    from allocate.workbook.grid import Grid
    from allocate.workbook.sorting import Sorted

WORDS = (1, 8)
"""The first and the last column that sentences go across."""

WORDS_WIDTH = 125
"""About how many characters that is."""

PER = {"registered head": "population", "weighted head": "weighted"}
MONEY = {"historical": "baseline", "fair share": "fair", "levelled up": "allocation"}
"""What an audit calls things, and the columns of the sheet."""

LOOKS = {
    "mean": "money",
    "gap": "money",
    "ratio": "index",
    "sii": "money",
    "rii": "index",
    "concentration_index": "index",
    "generalised_concentration_index": "money",
    "theil_between_share": "percent",
}
"""The measures of a grouping, in order, and how they look."""

LIVE = "Hoover, Gini and Theil are the run's values; the other measures follow the sums above."

OVER_ALL = {"hoover": ("Hoover", "percent"), "gini": ("Gini", "index"), "theil": ("Theil", "exact")}
"""The measures over all areas."""


@dataclass(frozen=True)
class Measure:
    """A row: a measure of each kind of money, a registered and a weighted head."""

    label: str
    look: str
    values: Mapping[tuple[str, str], float]
    """By the kind of head and of money, as an audit calls them."""
    formulas: Mapping[tuple[str, str], str] = field(default_factory=dict)
    words: str = ""


def write_measures(
    book: Book, sheet: Worksheet, grid: Grid, sorted_by: Sequence[Sorted], audit: Audit
) -> None:
    """Write the measures below a table of groups, or below the notes where there is none."""
    row = grid.last + 3 if grid.rows else grid.top + 1
    book.text(sheet, row, 0, "How far apart", "title")
    book.across(sheet, row + 1, WORDS[1] + 1, f"{DIRECTION} {LIVE}", "note")
    sheet.set_row(row + 1, 30)
    row = _write_block(book, sheet, row + 3, "All areas", list(_over_all(audit)))
    start = grid.first + 1
    for each in sorted_by:
        both = audit.compared_by(each.grouping.name)
        rows = start, start + len(each.grouping.labels) - 1
        found = list(_of_groups(both, rows, grid))
        row = _write_block(book, sheet, row + 1, f"By {each.grouping.name}", found)
        start += len(each.labels)


def _write_block(book: Book, sheet: Worksheet, row: int, title: str, measures: Sequence[Measure]) -> int:
    """Write a heading and a row a measure; returns the first free row."""
    keys = [(per, money) for per in PER for money in MONEY]
    book.text(sheet, row, 0, title, "header")
    sheet.merge_range(row, WORDS[0], row, WORDS[1], "", book.look("header"))
    book.text(sheet, row, WORDS[0], "In words, per weighted head", "header")
    for at, (per, money) in enumerate(keys, WORDS[1] + 1):
        book.text(sheet, row, at, f"{money[:1].upper()}{money[1:]}, {per}", "header right")
    sheet.set_row(row, 30)
    for number, measure in enumerate(measures, row + 1):
        book.text(sheet, number, 0, measure.label, "label")
        sheet.merge_range(number, WORDS[0], number, WORDS[1], "", book.look("words"))
        book.text(sheet, number, WORDS[0], measure.words, "words")
        sheet.set_row(number, max(15, book.height_of(measure.words, WORDS_WIDTH)))
        for at, key in enumerate(keys, WORDS[1] + 1):
            _write_value(book, sheet, number, at, measure, key)
    return row + 1 + len(measures)


def _write_value(
    book: Book, sheet: Worksheet, row: int, column: int, measure: Measure, key: tuple[str, str]
) -> None:
    value, look = measure.values.get(key, math.nan), book.look(measure.look)
    if key in measure.formulas:
        sheet.write_formula(row, column, measure.formulas[key], look, "" if math.isnan(value) else value)
    elif not math.isnan(value):
        sheet.write_number(row, column, value, look)


def _over_all(audit: Audit) -> Iterator[Measure]:
    words = spread_sentence(audit.spread["weighted head"], money_unit("weighted head"))
    for name, (label, look) in OVER_ALL.items():
        values = {(per, money): audit.spread[per][money][name] for per in PER for money in MONEY}
        yield Measure(label, look, values, words=words if name == "hoover" else "")


def _of_groups(both: Sequence[Compared], rows: tuple[int, int], grid: Grid) -> Iterator[Measure]:
    """The measures of a grouping whose groups are in some rows of the sheet."""
    grouping = both[0].grouping
    if len(grouping.labels) < 2:
        yield Measure("One group only", "text", {}, words="There is nothing to compare.")
        return
    weighted = next(each for each in both if each.per == "weighted head")
    unit, words = money_unit(weighted.per), {"gap": gap_sentence(weighted, money_unit(weighted.per))}
    if grouping.ordered:
        words["sii"] = slope_sentence(weighted, unit)
        words["concentration_index"] = concentration_sentence(weighted, unit)
    words["theil_between_share"] = between_sentence(weighted, unit)
    sheet = _Cells(grid, rows, ordered=grouping.ordered)
    figures = {
        (each.per, money): between_groups(grouping, sheet.totals(MONEY[money]), sheet.totals(PER[each.per]))
        for each in both
        for money in MONEY
    }
    for name, look in LOOKS.items():
        if name == "theil_between_share":
            of_run = {(each.per, money): each.measures[money][name] for each in both for money in MONEY}
            yield Measure(LABELS[name], look, of_run, words=words[name])
        elif name in figures["weighted head", "historical"]:
            values = {key: round(found[name], 9) + 0.0 for key, found in figures.items()}
            formulas = {key: sheet.formula(name, PER[key[0]], MONEY[key[1]]) for key in values}
            yield Measure(LABELS[name], look, values, formulas, words.get(name, ""))


@dataclass(frozen=True)
class _Cells:
    """The rows of one grouping, and formulas over them."""

    grid: Grid
    rows: tuple[int, int]
    """The first and the last, as a spreadsheet counts them."""
    ordered: bool

    def totals(self, key: str) -> Floats:
        """What is in a column."""
        column = next(each for each in self.grid.columns if each.key == key)
        first, last = (row - self.grid.first - 1 for row in self.rows)
        return np.array(column.cells[first : last + 1], dtype=np.float64)

    def formula(self, name: str, heads: str, money: str) -> str:
        """The formula of a measure; where its amounts are all nought it is nothing."""
        people, amounts, means, middles = (
            self._range(key) for key in (heads, money, f"{money}_{heads}", f"middle_{heads}")
        )
        mean = f"SUM({amounts})/SUM({people})"
        first, last = means.split(":") if self.ordered else (f"MIN({means})", f"MAX({means})")
        slope = f"(SUMPRODUCT({amounts},{middles})/SUM({people})-{mean}/2)"
        slope += f"/(SUMPRODUCT({people},{middles},{middles})/SUM({people})-1/4)"
        index = f"2*SUMPRODUCT({amounts},{middles})/SUM({amounts})-1"
        return {
            "mean": f"=ROUND({mean},9)",
            "gap": f"=ROUND({last}-{first},9)",
            "ratio": f'=IF({first}=0,"",ROUND({last}/{first},9))',
            "sii": f"=ROUND({slope},9)",
            "rii": f'=IFERROR(ROUND(1+({slope})/({mean}-({slope})/2),9),"")',
            "concentration_index": f'=IF(SUM({amounts})=0,"",ROUND({index},9))',
            "generalised_concentration_index": f'=IF(SUM({amounts})=0,"",ROUND({mean}*({index}),9))',
        }[name]

    def _range(self, key: str) -> str:
        letter = self.grid.letters[key]
        return f"{letter}{self.rows[0]}:{letter}{self.rows[1]}"

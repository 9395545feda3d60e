"""The sheet Explain: every area's story, a chapter a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.explain import explain
from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.workbook.book import Book

SHEET = "Explain"
TOP = 3


def lay_out(allocation: Allocation) -> Grid:
    """Where everything is on the sheet."""
    areas = allocation.prepared.areas
    told = {title: [""] * areas.size for title in ORDER}
    for at in range(areas.size):
        for chapter in explain(allocation, at).chapters:
            told[chapter.title][at] = "\n".join(chapter.sentences)
    columns = [Column("id", "Area", "text", areas.ids.to_list(), width=12)]
    if areas.names is not None:
        columns.append(Column("name", "Name", "words", areas.names.fill_null("").to_list(), width=24))
    columns += [
        Column(title, title, "words", told[title], width=WIDTHS.get(title, 34))
        for title in ORDER
        if any(told[title])
    ]
    return Grid(SHEET, TOP, columns, areas.size)


ORDER: tuple[str, ...] = (
    "People",
    "Need",
    "Today",
    "Fair share",
    "Guarantees",
    "Share-out",
    "Rounding",
    "Result",
)
ORDER += ("What binds", "Next £1,000")
"""The chapters, as they are told."""

WIDTHS = {"People": 20, "Need": 46, "Guarantees": 46, "What binds": 46}


def write(book: Book, grid: Grid, label: str | None) -> None:
    """Write the sheet."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    notes = [
        "The story of each area as the run tells it, from left to right. It does not move with the level."
    ]
    book.heading(sheet, "Why each area gets what it gets", notes, label, 6)
    grid.write(book, sheet, "ExplainTable", freeze=2 if grid.has("name") else 1)

"""The sheet Explain: every area's story, its chapters from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.results.explain import explain
from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.results.explain import Chapter
    from allocate.workbook.book import Book

SHEET = "Explain"
TOP = 3

PARTS = {
    "People and need": ("People", "Need"),
    "Today and fair share": ("Today", "Fair share"),
    "Guarantees": ("Guarantees",),
    "Share-out and rounding": ("Share-out", "Rounding"),
    "Result, and what holds it": ("Result", "What binds"),
    "Next £1,000": ("Next £1,000",),
}
"""The columns, with the chapters that each tells."""


def _lay_out(allocation: Allocation) -> Grid:
    """Where everything is on the sheet."""
    areas = allocation.prepared.areas
    stories = (_parts(explain(allocation, at).chapters) for at in range(areas.size))
    told = list(zip(*stories, strict=True)) or [()] * len(PARTS)
    columns = [Column("id", "Area", "text", areas.ids.to_list(), width=12)]
    if areas.names is not None:
        columns.append(Column("name", "Name", "words", areas.names.fill_null("").to_list(), width=24))
    columns += [
        Column(title, title, "words", texts, width=46) for title, texts in zip(PARTS, told, strict=True)
    ]
    return Grid(SHEET, TOP, columns, areas.size)


def _parts(chapters: tuple[Chapter, ...]) -> list[str]:
    """The text of each column for one area."""
    told = {chapter.title: "\n".join(chapter.sentences) for chapter in chapters}
    return ["\n".join(told[title] for title in titles if title in told) for titles in PARTS.values()]


def write(book: Book, allocation: Allocation) -> None:
    """Write the sheet."""
    sheet, grid = book.add_sheet(SHEET), _lay_out(allocation)
    note = "The story of each area as the run tells it, from left to right. It does not move with the level."
    book.heading(sheet, "Why each area gets what it gets", [note], 6)
    grid.write(book, sheet, freeze=2 if grid.has("name") else 1)

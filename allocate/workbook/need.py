"""The sheet Need: how people are weighed, and which groups each area is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.book import Book
    from allocate.workbook.groups import Membership
    from allocate.workbook.sorting import Sorted

SHEET = "Need"


def lay_out(allocation: Allocation, sorted_by: list[Sorted], members: list[Membership]) -> Grid:
    """Where everything is on the sheet.

    Args:
        allocation: the run.
        sorted_by: what sheet Equity is about.
        members: who is in the groups of sheet Groups.
    """
    columns = [*_need(allocation), *_sorted(sorted_by), *_members(members)]
    return Grid(SHEET, 3 + len(_notes(allocation)), columns, allocation.prepared.areas.size)


def write(book: Book, allocation: Allocation, grid: Grid) -> None:
    """Write the sheet."""
    sheet = book.add_sheet(SHEET)
    book.heading(sheet, "Need, and the groups of areas", _notes(allocation), 12)
    grid.write(book, sheet)


def _notes(allocation: Allocation) -> list[str]:
    return [
        "An index is need per head, 1 on average; each node of the need tree has one, the whole first.",
        "Weighted people = people × the index of the whole. How each index is measured is on sheet Rules.",
        *(f"Left out: {each.name}: {each.reason}" for each in allocation.prepared.left_out),
    ]


def _need(allocation: Allocation) -> Iterator[Column]:
    areas, need = allocation.prepared.areas, allocation.prepared.need
    yield Column("id", "Area", "text", areas.ids.to_list(), width=12)
    yield Column("population", "People", "people", areas.population, "Registered people", sums=True)
    for number, index in enumerate(need.indices):
        share = "" if index.share is None else f"{index.share:.4g} of the blend. "
        about = "The whole tree. " if number == 0 else f"{share}Depth {index.depth}. "
        about += index.source or ""
        yield Column(f"index{number}", index.name, "index", index.values, about, width=14)
    weighted, about, formula = need.weighted_population, "People × the first index", "{population}*{index0}"
    yield Column("weighted", "Weighted people", "people", weighted, about, formula, sums=True)


def _sorted(sorted_by: list[Sorted]) -> Iterator[Column]:
    """The group of each area by every grouping; then, where labels are not plain, their numbers."""
    for number, each in enumerate(sorted_by):
        names, about = each.labels, f"Its group by '{each.grouping.name}' in sheet Equity"
        labels = [names[code] for code in each.codes.tolist()]
        yield Column(f"label{number}", each.grouping.name, "text", labels, about)
    for number, each in enumerate(sorted_by):
        if not each.is_plain:
            name = each.grouping.name
            about = f"The row of its '{name}' in sheet Equity, counted within that column"
            yield Column(f"code{number}", f"{name} no.", "count", each.codes + 1, about)


def _members(members: list[Membership]) -> Iterator[Column]:
    about = "Its group by this rule: the number in sheet Groups; 0 for none"
    for number, each in enumerate(members):
        yield Column(f"group{number}", f"{each.rule} no.", "count", each.numbers, about, width=14)

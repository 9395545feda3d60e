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
TOP = 5


def lay_out(allocation: Allocation, sorted_by: list[Sorted], members: list[Membership]) -> Grid:
    """Where everything is on the sheet.

    Args:
        allocation: the run.
        sorted_by: what sheet Equity is about.
        members: who is in the groups of sheet Groups.
    """
    columns = [*_need(allocation)]
    for number, each in enumerate(sorted_by):
        names = each.labels
        labels = [names[code] for code in each.codes.tolist()]
        yes = f"Its group by '{each.grouping.name}' in sheet Equity"
        columns.append(Column(f"label{number}", each.grouping.name, "text", labels, yes))
    for number, each in enumerate(sorted_by):
        if each.is_plain:
            continue
        name = each.grouping.name
        about = f"The row of its '{name}' in sheet Equity, counted within that column"
        columns.append(Column(f"code{number}", f"{name} no.", "count", (each.codes + 1).tolist(), about))
    for number, membership in enumerate(members):
        about = "Its group by this rule: the number in sheet Groups; 0 for none"
        header = f"{membership.rule} no."
        columns.append(
            Column(f"group{number}", header, "count", membership.numbers.tolist(), about, width=14)
        )
    return Grid(SHEET, TOP, columns, allocation.prepared.areas.size)


def write(book: Book, allocation: Allocation, grid: Grid, label: str | None) -> None:
    """Write the sheet."""
    notes = [
        "An index is need per head, 1 on average; each node of the need tree has one, the whole first.",
        "Weighted people = people × the index of the whole. How each index is measured is on sheet Rules.",
    ]
    notes += [f"Left out: {each.name}: {each.reason}" for each in allocation.prepared.left_out]
    sheet = book.file.get_worksheet_by_name(SHEET)
    book.heading(sheet, "Need, and the groups of areas", notes[: TOP - 2], label, 12)
    grid.write(book, sheet, "NeedTable", freeze=1)


def _need(allocation: Allocation) -> Iterator[Column]:
    areas, need = allocation.prepared.areas, allocation.prepared.need
    yield Column("id", "Area", "text", areas.ids.to_list(), width=12)
    yield Column("population", "People", "people", areas.population.tolist(), "Registered people", sums=True)
    for number, index in enumerate(need.indices):
        share = "" if index.share is None else f"{index.share:.4g} of the blend. "
        about = "The whole tree. " if number == 0 else f"{share}Depth {index.depth}. "
        yield Column(
            f"index{number}",
            index.name,
            "index",
            index.values.tolist(),
            about + (index.source or ""),
            width=14,
        )
    formula, about = "{population}*{index0}", "People × the first index"
    yield Column(
        "weighted", "Weighted people", "people", need.weighted_population.tolist(), about, formula, sums=True
    )

"""All sheets of the workbook: laid out first, since formulas refer to each other, then written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.results.runs import run_of
from allocate.workbook import about, allocations, equity, groups, need, rules, stories, summary
from allocate.workbook.book import Book
from allocate.workbook.sorting import sort_areas
from allocate.workbook.working import Working

if TYPE_CHECKING:
    from allocate.allocation import Allocation

INVENTED = (
    "INVENTED FIGURES: this table is made up to show how allocate works. It describes no real practice."
)

SHEETS: tuple[str, ...] = (
    summary.SHEET,
    allocations.SHEET,
    need.SHEET,
    rules.SHEET,
    groups.SHEET,
    equity.SHEET,
)
SHEETS += (stories.SHEET, about.SHEET)


def workbook_bytes(allocation: Allocation) -> bytes:
    """The workbook of a run; the same run gives the same bytes."""
    working, members = Working(allocation), groups.memberships(allocation)
    sorted_by, audit = sort_areas(run_of(allocation))
    label = INVENTED if allocation.prepared.scenario.invented else None
    book = Book(allocation.summary.title)
    for name in SHEETS:
        book.add_sheet(name)
    money = allocations.lay_out(allocation, working)
    of_need = need.lay_out(allocation, sorted_by, members)
    of_groups = groups.lay_out(allocation, members, of_need, money)
    of_equity = equity.lay_out(allocation, sorted_by, audit, of_need, money)
    grids = {each.sheet: each for each in (money, of_need, of_groups, of_equity)}
    summary.write(book, allocation, working, grids, label)
    allocations.write(book, working, money, label)
    need.write(book, allocation, of_need, label)
    rules.write(book, allocation, rules.lay_out(allocation), label)
    groups.write(book, of_groups, label)
    equity.write(book, of_equity, sorted_by, audit, label)
    stories.write(book, stories.lay_out(allocation), label)
    about.write(book, allocation, label)
    return book.to_bytes()

"""All sheets of the workbook: laid out first where formulas refer to each other, then written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.results.runs import run_of
from allocate.workbook import about, allocations, equity, groups, need, rules, stories, summary
from allocate.workbook.book import Book
from allocate.workbook.sorting import sort_areas
from allocate.workbook.working import Working

if TYPE_CHECKING:
    from allocate.allocation import Allocation


def workbook_bytes(allocation: Allocation) -> bytes:
    """The workbook of a run; the same run gives the same bytes."""
    working, members = Working(allocation), groups.memberships(allocation)
    sorted_by, audit = sort_areas(run_of(allocation))
    of_money = allocations.lay_out(working)
    of_need = need.lay_out(allocation, sorted_by, members)
    of_groups = groups.lay_out(allocation, members, of_need, of_money)
    of_equity = equity.lay_out(allocation, sorted_by, audit, of_need, of_money)
    book = Book(allocation.summary.title, invented=allocation.summary.invented)
    summary.write(book, working, of_money, of_groups, of_equity)
    allocations.write(book, working, of_money)
    need.write(book, allocation, of_need)
    rules.write(book, allocation)
    groups.write(book, of_groups)
    equity.write(book, of_equity, sorted_by, audit)
    stories.write(book, allocation)
    about.write(book, allocation)
    return book.to_bytes()

"""The sheet Rules: what the rule books say, in sentences, with sources and how much each rule binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.documents.describe import book_text, rule_sentence
from allocate.errors import counted
from allocate.language.places import Written
from allocate.money import pounds
from allocate.text.say import binding_sentence, gave_way_sentence, price_sentence
from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.documents.rulebook import Rule
    from allocate.workbook.book import Book

SHEET = "Rules"
TOP = 3
WIDTH = 7


def _lay_out(allocation: Allocation) -> Grid:
    """Where the table of rules is; the books in words are below it."""
    rules = allocation.prepared.policy.rules
    says = [rule_sentence(each, each.source) for each in rules]
    places = [Written(each.name).where() for each in rules]
    binds = [_binds(allocation, at) for at in range(len(rules))]
    costs = [cost / 100 for cost in allocation.limits.floor_costs]
    columns = [
        Column("name", "Rule", "words", [str(each.name) for each in rules], width=30),
        Column("kind", "Kind", "text", [_kind(each) for each in rules], width=14),
        Column("says", "What it says", "words", says, width=56),
        Column("source", "Source", "words", [str(each.source or "") for each in rules], width=34),
        Column("place", "Written in", "words", places, "file:line:column", width=24),
        Column("binds", "How much it binds", "words", binds, "In the run", width=46),
        Column("cost", "Adds to floors £", "money", costs, "By how much it raises the floors of areas"),
    ]
    return Grid(SHEET, TOP, columns, len(rules))


def write(book: Book, allocation: Allocation) -> None:
    """Write the table of rules, then every book in words."""
    sheet, grid = book.add_sheet(SHEET), _lay_out(allocation)
    first = "No area gets less than its baseline. It outranks every cap and cannot be switched off."
    held = f"{allocation.summary.bound['baseline']:,} of {counted(allocation.summary.areas, 'area')}"
    book.heading(sheet, "The rules", [f"{first} It holds {held}."], WIDTH)
    row = grid.top
    if grid.rows:
        grid.write(book, sheet, freeze=0)
        row = grid.last + 2
    else:
        for at, column in enumerate(grid.columns):
            sheet.set_column(at, at, column.width)
    for line in click.unstyle(book_text(allocation.prepared.policy)).splitlines():
        section = bool(line) and not line.startswith(" ")
        if line:
            height = 0 if section else 14 * (1 + len(line) // 220)
            book.across(sheet, row, WIDTH, line, "section" if section else "words", height)
        row += 1


def _kind(rule: Rule) -> str:
    return f"{rule.kind}, for groups" if rule.is_for_groups else rule.kind


def _binds(allocation: Allocation, position: int) -> str:
    sentences = [binding_sentence(allocation, position)]
    sentences += [
        f"{gave_way_sentence(allocation, each)}." for each in allocation.gave_way if each.rule == position
    ]
    sentences += [price_sentence(allocation, each) for each in allocation.priced if each.rule == position]
    for each in allocation.limits.held:
        if each.rule == position:
            total = pounds(int(allocation.prepared.areas.baseline[each.areas].sum()))
            whose = f"{counted(each.areas.size, 'area')} ({total})"
            sentences.append(f"It comes out below the baseline of {whose}, which outranks it.")
    return " ".join(sentences)

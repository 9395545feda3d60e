"""The sheet Groups: what each rule for several areas guarantees, and what its areas get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.solver.arrays import Positions
    from allocate.workbook.book import Book

SHEET = "Groups"
TOP = 4


@dataclass(frozen=True)
class Membership:
    """Which group of one rule each area is in."""

    rule: str
    numbers: Positions
    """From 1, over the groups of all rules; 0 for areas that the rule is not about."""
    groups: int
    """How many groups the rule has."""


def memberships(allocation: Allocation) -> list[Membership]:
    """The groups of all rules, numbered as `Allocation.groups` lists them."""
    limits = allocation.limits
    found = [(each.rule, each.partition.codes + 1, len(each.groups)) for each in limits.groups]
    found += [(each.rule, each.ratio.inside.astype(np.int64), 1) for each in limits.ratios]
    made, before = [], 0
    for rule, codes, groups in sorted(found, key=lambda each: each[0]):
        name = str(allocation.prepared.policy.rules[rule].name)
        made.append(Membership(name, np.where(codes > 0, codes + before, 0), groups))
        before += groups
    return made


def lay_out(allocation: Allocation, members: list[Membership], need: Grid, money: Grid) -> Grid:
    """Where everything is; totals are live sums over the areas, by the numbers on sheet Need."""
    frame = allocation.groups
    rows = list(range(1, frame.height + 1))
    of = [f"group{number}" for number, each in enumerate(members) for _ in range(each.groups)]

    def total(key: str) -> list[str]:
        """A sum over the areas of each group: the column on sheet Need differs by rule."""
        return [f"ROUND(SUMIFS({money.range(key)},{need.range(code)},{{number}}),2)" for code in of]

    def pounds(name: str) -> list[float | None]:
        return [None if each is None else float(each) for each in frame[name]]

    broken = 'IF(AND({allocation}>={floor},OR({cap}="",{allocation}<={cap})),0,1)'
    columns = [
        Column("rule", "Rule", "text", frame["rule"].to_list(), width=40),
        Column("group", "Group", "text", frame["group"].to_list(), width=34),
        Column("number", "No.", "count", rows, "As on sheet Need", width=8),
        Column("areas", "Areas", "count", frame["areas"].to_list(), "How many", width=8),
        Column("baseline", "Baseline £", "money", pounds("baseline"), "Sum of its areas", total("baseline")),
        Column("floor", "At least £", "money", pounds("floor"), "By the rule, in the run"),
        Column("cap", "At most £", "money", pounds("cap"), "By the rule, in the run"),
        Column(
            "allocation", "Gets £", "money", pounds("allocation"), "Sum of its areas", total("allocation")
        ),
        Column(
            "gain", "Gain £", "money", pounds("gain"), "Gets − baseline", "ROUND({allocation}-{baseline},2)"
        ),
        Column(
            "binds",
            "Binds",
            "text",
            ["yes" if each else "" for each in frame["binds"]],
            "In the run",
            width=8,
        ),
        Column(
            "check",
            "Check",
            "count",
            [0] * frame.height,
            "1 if outside its limits: must be 0",
            broken,
            width=8,
        ),
    ]
    return Grid(SHEET, TOP, columns, frame.height)


def write(book: Book, grid: Grid, label: str | None) -> None:
    """Write the sheet; it says so if there are no such rules."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    notes = [
        "What an area's groups are is on sheet Need. A rule that compares groups depends on what others get:"
    ]
    notes += ["its limits are those of the run."]
    if not grid.rows:
        notes = ["No rule is about the total of several areas."]
    book.heading(sheet, "Rules for groups of areas", notes, label, 8)
    if grid.rows:
        grid.write(book, sheet, "GroupsTable", freeze=2)

"""The sheet Groups: what each rule for several areas guarantees, and what its areas get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocate.workbook.grid import Column, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Positions
    from allocate.workbook.book import Book

SHEET = "Groups"
TOP = 4

NOTES = [
    "What an area's groups are is on sheet Need. A rule that compares groups depends on what others get:",
    "its limits are those of the run.",
]
NONE = ["No rule is about the total of several areas."]


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
    codes = [need.range(f"group{number}") for number, each in enumerate(members) for _ in range(each.groups)]
    baselines, amounts = (
        [f"ROUND(SUMIFS({money.range(key)},{code},{{number}}),2)" for code in codes]
        for key in ("baseline", "allocation")
    )
    columns = [*_groups(frame), *_money(frame, baselines, amounts), *_checks(frame)]
    return Grid(SHEET, TOP, columns, frame.height)


def _groups(frame: pl.DataFrame) -> Iterator[Column]:
    yield Column("rule", "Rule", "text", frame["rule"].to_list(), width=40)
    yield Column("group", "Group", "text", frame["group"].to_list(), width=34)
    yield Column("number", "No.", "count", range(1, frame.height + 1), "As on sheet Need", width=8)
    yield Column("areas", "Areas", "count", frame["areas"].to_list(), "How many", width=8)


def _money(frame: pl.DataFrame, baselines: Sequence[str], amounts: Sequence[str]) -> Iterator[Column]:
    """What groups have, may get and get; of the sums over areas, a formula for each group."""
    baseline, floor, cap, allocation, gain = (
        [None if each is None else float(each) for each in frame[name]]
        for name in ("baseline", "floor", "cap", "allocation", "gain")
    )
    yield Column("baseline", "Baseline £", "money", baseline, "Sum of its areas", baselines)
    yield Column("floor", "At least £", "money", floor, "By the rule, in the run")
    yield Column("cap", "At most £", "money", cap, "By the rule, in the run")
    yield Column("allocation", "Gets £", "money", allocation, "Sum of its areas", amounts)
    yield Column("gain", "Gain £", "money", gain, "Gets − baseline", "ROUND({allocation}-{baseline},2)")


def _checks(frame: pl.DataFrame) -> Iterator[Column]:
    binds = ["yes" if each else "" for each in frame["binds"]]
    yield Column("binds", "Binds", "text", binds, "In the run", width=8)
    about = "1 if outside its limits: must be 0"
    formula = 'IF(AND({allocation}>={floor},OR({cap}="",{allocation}<={cap})),0,1)'
    yield Column("check", "Check", "count", [0] * frame.height, about, formula, width=8)


def write(book: Book, grid: Grid) -> None:
    """Write the sheet; it says so if there are no such rules."""
    sheet = book.add_sheet(SHEET)
    book.heading(sheet, "Rules for groups of areas", NOTES if grid.rows else NONE, 8)
    if grid.rows:
        grid.write(book, sheet, freeze=2)

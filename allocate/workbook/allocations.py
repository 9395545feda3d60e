"""The sheet Allocations: from baseline to allocation, an area a row, as formulas where that is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.limits.measured import BASELINE
from allocate.money import NO_CAP, to_pounds
from allocate.workbook.grid import Column, Grid, ratio
from allocate.workbook.steps import columns_of, notes_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.solver.arrays import Floats
    from allocate.workbook.book import Book
    from allocate.workbook.working import Working

SHEET = "Allocations"
TOP = 6
"""The row of the totals; the title, the label and the notes are above it."""


def lay_out(working: Working) -> Grid:
    """Where everything is on the sheet."""
    allocation = working.allocation
    columns = [*_people(allocation), *_today(allocation), *_limits(allocation)]
    columns += [*columns_of(working), *_result(allocation)]
    return Grid(SHEET, TOP, columns, allocation.prepared.areas.size)


def write(book: Book, working: Working, grid: Grid) -> None:
    """Write the sheet, and name the totals that formulas use."""
    sheet = book.add_sheet(SHEET)
    book.heading(sheet, "What each area gets, and how", notes_on(working), 12)
    grid.write(book, sheet, freeze=2 if grid.has("name") else 1)
    for key in ("baseline", "weighted", "allocation"):
        book.name(f"total_{key}", SHEET, grid.total(key))


def _people(allocation: Allocation) -> Iterator[Column]:
    areas, need = allocation.prepared.areas, allocation.prepared.need
    about = f"Column '{_column_of('id', allocation)}' of the table"
    yield Column("id", "Area", "text", areas.ids.to_list(), about, width=12)
    if areas.names is not None:
        about = f"Column '{_column_of('name', allocation)}' of the table"
        yield Column("name", "Name", "text", areas.names.fill_null("").to_list(), about, width=34)
    about = f"Registered people: column '{_column_of('population', allocation)}'"
    yield Column("population", "People", "people", areas.population, about, sums=True)
    about = "People × need, adding up to all people; see sheet Need"
    yield Column("weighted", "Weighted people", "people", need.weighted_population, about, sums=True)


def _column_of(role: str, allocation: Allocation) -> str:
    """What the table calls the column with a role."""
    return str(allocation.prepared.scenario.columns.get(role, role))


def _today(allocation: Allocation) -> Iterator[Column]:
    prepared = allocation.prepared
    about = f"Historical funding: column '{_column_of('baseline', allocation)}'. Nobody falls below it"
    yield Column("baseline", "Baseline £", "money", to_pounds(prepared.areas.baseline), about, sums=True)
    about, formula = "The area's part by need of all baselines", "total_baseline*{weighted}/total_weighted"
    if prepared.policy.merged.target is not None:
        about, formula = f"As the rules define it: {prepared.policy.merged.target}", ""
    elif prepared.areas.target is not None:
        about, formula = f"As published: column '{_column_of('target', allocation)}'", ""
    yield Column("target", "Target £", "money", prepared.target, about, formula or None, sums=True)
    about = "Baseline against target"
    yield _distance("before", "Before", "baseline", "target", allocation.opening_distance, about)
    about, formula = "The area's part by need of the whole pot", "pot*{weighted}/total_weighted"
    yield Column("fair", "Fair share £", "money", allocation.fair_share, about, formula, sums=True)


def _distance(key: str, header: str, money: str, target: str, values: Floats, about: str) -> Column:
    formula = f'IF({{{target}}}>0,{{{money}}}/{{{target}}}-1,"")'
    return Column(key, header, "percent", values, f"{about}: money / target − 1", formula)


def _limits(allocation: Allocation) -> Iterator[Column]:
    limits, rules = allocation.limits, allocation.prepared.policy.rules
    about = "The least it may get: its baseline, or what a rule guarantees, rounded up"
    yield Column("floor", "Floor £", "money", to_pounds(limits.lower), about, sums=True)
    names = ["baseline" if at <= BASELINE else str(rules[at].name) for at in limits.floor_rule.tolist()]
    if set(names) != {"baseline"}:
        yield Column("floor_by", "Floor set by", "text", names, "The rule that makes the floor", width=24)
    if (limits.upper != NO_CAP).any():
        caps = np.where(limits.upper == NO_CAP, np.nan, limits.most / 100)
        about = "The most it may get by the rules, rounded down; empty: no cap"
        yield Column("cap", "Cap £", "money", caps, about)


def _result(allocation: Allocation) -> Iterator[Column]:
    prepared, gains = allocation.prepared, to_pounds(allocation.gains)
    about, formula = "Allocation − baseline", "ROUND({allocation}-{baseline},2)"
    yield Column("gain", "Gain £", "money", gains, about, formula, sums=True)
    growth, formula = (
        ratio(gains, to_pounds(prepared.areas.baseline)),
        'IF({baseline}>0,{gain}/{baseline},"")',
    )
    yield Column("percent", "Gain %", "percent", growth, "Gain / baseline", formula)
    against, about = "fair", "Allocation against fair share"
    if prepared.policy.merged.closing_target is not None:
        against, about = "closing", f"As the rules define it: {prepared.policy.merged.closing_target}"
        yield Column("closing", "Closing target £", "money", allocation.closing_target, about, sums=True)
        about = "Allocation against closing target"
    yield _distance("after", "After", "allocation", against, allocation.closing_distance, about)
    heads = ratio(to_pounds(allocation.amounts), prepared.need.weighted_population)
    about, formula = "Allocation / weighted people", 'IF({weighted}>0,{allocation}/{weighted},"")'
    yield Column("per_head", "£ per weighted head", "money", heads, about, formula, width=12)
    about = "What holds it where it is, in the run"
    yield Column("bound_by", "Held by", "text", allocation.bound_by, about, width=26)

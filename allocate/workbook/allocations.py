"""The sheet Allocations: from baseline to allocation, an area a row, as formulas where that is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.limits.measured import BASELINE
from allocate.money import NO_CAP, to_pounds
from allocate.workbook.grid import Column, Grid
from allocate.workbook.steps import columns_of, notes_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.book import Book
    from allocate.workbook.working import Working

SHEET = "Allocations"
TOP = 6
"""The row of the totals; the title, the label and the notes are above it."""


def lay_out(allocation: Allocation, working: Working) -> Grid:
    """Where everything is on the sheet."""
    columns = [*_people(allocation), *_today(allocation), *_limits(allocation)]
    columns += [*columns_of(allocation, working), *_result(allocation)]
    return Grid(SHEET, TOP, columns, allocation.prepared.areas.size)


def write(book: Book, working: Working, grid: Grid, label: str | None) -> None:
    """Write the sheet, and name the totals that formulas use."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    book.heading(sheet, "What each area gets, and how", notes_on(working), label, 12)
    grid.write(book, sheet, "AllocationsTable", freeze=2 if grid.has("name") else 1)
    book.name("total_baseline", SHEET, grid.total("baseline"))
    book.name("total_weighted", SHEET, grid.total("weighted"))
    book.name("total_allocation", SHEET, grid.total("allocation"))


def _people(allocation: Allocation) -> Iterator[Column]:
    prepared, columns = allocation.prepared, allocation.prepared.scenario.columns
    areas, need = prepared.areas, prepared.need
    yield Column(
        "id",
        "Area",
        "text",
        areas.ids.to_list(),
        f"Column '{columns.get('id', 'id')}' of the table",
        width=12,
    )
    if areas.names is not None:
        about = f"Column '{columns.get('name', 'name')}' of the table"
        yield Column("name", "Name", "text", areas.names.fill_null("").to_list(), about, width=34)
    about = f"Registered people: column '{columns.get('population', 'population')}'"
    yield Column("population", "People", "people", areas.population.tolist(), about, sums=True)
    about = "People × need, adding up to all people; see sheet Need"
    yield Column("weighted", "Weighted people", "people", need.weighted_population.tolist(), about, sums=True)


def _today(allocation: Allocation) -> Iterator[Column]:
    prepared = allocation.prepared
    column = prepared.scenario.columns.get("baseline", "baseline")
    about = f"Historical funding: column '{column}'. Nobody falls below it"
    yield Column(
        "baseline", "Baseline £", "money", to_pounds(prepared.areas.baseline).tolist(), about, sums=True
    )
    about, formula = "The area's part by need of all baselines", "total_baseline*{weighted}/total_weighted"
    if prepared.policy.merged.target is not None:
        about, formula = f"As the rules define it: {prepared.policy.merged.target}", ""
    elif prepared.areas.target is not None:
        about, formula = f"As published: column '{prepared.scenario.columns.get('target', 'target')}'", ""
    target = prepared.target.tolist()
    yield Column("target", "Target £", "money", target, about, formula or None, sums=True)
    yield _distance(
        "before", "Before", "baseline", "target", allocation.opening_distance, "Baseline against target"
    )
    about, formula = "The area's part by need of the whole pot", "pot*{weighted}/total_weighted"
    yield Column("fair", "Fair share £", "money", allocation.fair_share.tolist(), about, formula, sums=True)


def _distance(key: str, header: str, money: str, target: str, values: np.ndarray, about: str) -> Column:
    formula = f'IF({{{target}}}>0,{{{money}}}/{{{target}}}-1,"")'
    return Column(key, header, "percent", values.tolist(), f"{about}: money / target − 1", formula)


def _limits(allocation: Allocation) -> Iterator[Column]:
    limits, rules = allocation.limits, allocation.prepared.policy.rules
    about = "The least it may get: its baseline, or what a rule guarantees, rounded up"
    yield Column("floor", "Floor £", "money", to_pounds(limits.lower).tolist(), about, sums=True)
    names = ["baseline" if at <= BASELINE else str(rules[at].name) for at in limits.floor_rule.tolist()]
    if set(names) != {"baseline"}:
        yield Column("floor_by", "Floor set by", "text", names, "The rule that makes the floor", width=24)
    if (limits.upper != NO_CAP).any():
        caps = np.where(limits.upper == NO_CAP, np.nan, limits.most / 100)
        yield Column(
            "cap",
            "Cap £",
            "money",
            caps.tolist(),
            "The most it may get by the rules, rounded down; empty: no cap",
        )


def _result(allocation: Allocation) -> Iterator[Column]:
    prepared, gains = allocation.prepared, to_pounds(allocation.gains)
    baseline = to_pounds(prepared.areas.baseline)
    yield Column(
        "gain",
        "Gain £",
        "money",
        gains.tolist(),
        "Allocation − baseline",
        "ROUND({allocation}-{baseline},2)",
        sums=True,
    )
    percent = np.divide(gains, baseline, out=np.full_like(gains, np.nan), where=baseline > 0)
    yield Column(
        "percent",
        "Gain %",
        "percent",
        percent.tolist(),
        "Gain / baseline",
        'IF({baseline}>0,{gain}/{baseline},"")',
    )
    against = "fair"
    if prepared.policy.merged.closing_target is not None:
        against, about = "closing", f"As the rules define it: {prepared.policy.merged.closing_target}"
        yield Column(
            "closing", "Closing target £", "money", allocation.closing_target.tolist(), about, sums=True
        )
    about = "Allocation against " + ("fair share" if against == "fair" else "closing target")
    yield _distance("after", "After", "allocation", against, allocation.closing_distance, about)
    weighted = prepared.need.weighted_population
    heads = np.divide(
        to_pounds(allocation.amounts), weighted, out=np.full_like(weighted, np.nan), where=weighted > 0
    )
    yield Column(
        "per_head",
        "£ per weighted head",
        "money",
        heads.tolist(),
        "Allocation / weighted people",
        'IF({weighted}>0,{allocation}/{weighted},"")',
        width=12,
    )
    yield Column(
        "bound_by", "Held by", "text", allocation.bound_by, "What holds it where it is, in the run", width=26
    )

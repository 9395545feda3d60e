"""The sheet Summary: the money, who gains, the level that can be changed, and checks that must be zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.money import to_pounds
from allocate.workbook.lines import Line, write_lines
from allocate.workbook.rounding import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.book import Book
    from allocate.workbook.grid import Grid
    from allocate.workbook.working import Working

SHEET = "Summary"


def write(book: Book, working: Working, money: Grid, groups: Grid, equity: Grid) -> None:
    """Write the sheet; its figures are formulas over the other sheets."""
    sheet, allocation = book.add_sheet(SHEET), working.allocation
    note = "Levelled up by need: no area is below its baseline. Money in £."
    row = book.heading(sheet, allocation.summary.title, [note], 3)
    lines = [Line("The money"), *_money(working), Line("Who gains"), *_who(allocation, money)]
    lines += [Line("From level to pence"), *_level(working, money)]
    row = write_lines(book, sheet, row - 1, lines)
    first = row + 2
    checks = [*_checks(money), *_checks_of_groups(groups), *_checks_of_equity(equity)]
    row = write_lines(book, sheet, row, [Line("Checks: each must be zero"), *checks])
    for test, look in (("==", "good"), ("!=", "bad")):
        rule = {"type": "cell", "criteria": test, "value": 0, "format": book.look(look)}
        sheet.conditional_format(first, 1, row - 1, 1, rule)
    write_lines(book, sheet, row, [Line("In the run"), *_in_the_run(allocation)])
    sheet.freeze_panes(1, 0)


def _money(working: Working) -> Iterator[Line]:
    allocation = working.allocation
    baseline = int(allocation.prepared.areas.baseline.sum())
    about, left = "What caps let no area take, in the run", allocation.shared.left / 100
    yield Line("Pot", allocation.budget / 100, "money", "The whole pot, baselines included", name="pot")
    yield Line("Unspent", left, "money", about, name="unspent")
    yield Line("Less than a unit", allocation.rounding / 100, "money", "Stays in the pot", name="left_in_pot")
    spent, formula = working.spent / 100, "=ROUND(pot-unspent-left_in_pot,2)"
    yield Line("Money to share out", spent, "money", "", formula, "money_to_share_out")
    total = "Sum of sheet Allocations"
    yield Line("Baselines", baseline / 100, "money", total, "=ROUND(total_baseline,2)")
    new = (allocation.budget - baseline) / 100
    yield Line("New money", new, "money", "Pot − baselines", "=ROUND(pot-total_baseline,2)")
    yield Line("Allocated", spent, "money", total, "=ROUND(total_allocation,2)")


def _who(allocation: Allocation, money: Grid) -> Iterator[Line]:
    summary, gains = allocation.summary, to_pounds(allocation.gains)
    gain = money.range("gain")
    yield Line("Areas", summary.areas, "count", "", f"=ROWS({gain})")
    people = float(np.sum(allocation.prepared.areas.population))
    yield Line("People", people, "people", "Registered", f"=SUM({money.range('population')})")
    yield Line("Areas gaining", summary.gaining, "count", "", f'=COUNTIF({gain},">0")')
    yield Line("Largest gain", float(gains.max()), "money", "", f"=MAX({gain})")
    for label, key, of, values in (
        ("Before", "before", "target", allocation.opening_distance),
        ("After", "after", summary.closing_target, allocation.closing_distance),
    ):
        if np.isnan(values).all():
            continue
        for which, function, value in (("lowest", "MIN", np.nanmin), ("highest", "MAX", np.nanmax)):
            about = f"Distance from {of} of the {which} area"
            formula = f"={function}({money.range(key)})"
            yield Line(f"{label}: {which}", float(value(values)), "percent", about, formula)
    about = "£ per weighted head of the lowest-funded area afterwards"
    yield Line("Least", summary.level, "money", about, f"=MIN({money.range('per_head')})")


def _level(working: Working, money: Grid) -> Iterator[Line]:
    if working.is_live:
        about = f"£ per head of {working.per.replace('_', ' ')}. Change it and the allocations move; the "
        about += "first check says what they miss the pot by. Excel finds the level of another pot: Data, "
        about += "What-If Analysis, Goal Seek."
        yield Line("Level", working.level, "exact", about, name="level_per_head", changeable=True)
    else:
        yield Line("Level", "not live", "text", f"The steps are values because {working.why_values}.")
    unit = working.allocation.prepared.unit / 100
    yield Line("Rounding unit", unit, "money", "Amounts are whole multiples of it", name="rounding_unit")
    if working.rounds_live:
        yield from _rounding(working, money)


def _rounding(working: Working, money: Grid) -> Iterator[Line]:
    queue, rounded = money.range("queue"), working.rounded
    left = f"ROUND((money_to_share_out-SUM({money.range('down')}))/rounding_unit,0)"
    about = "Money to share out − all amounts rounded down, in units; one each to the largest fractions"
    formula = f'=MAX(0,MIN(COUNTIF({queue},">0"),{left}))'
    yield Line("Units to give out", rounded.to_hand_out, "count", about, formula, "units_to_give_out")
    about = "The place in the queue of the last area that gets one"
    formula = f"=IF(units_to_give_out>0,LARGE({queue},units_to_give_out),{NOBODY:G})"
    yield Line("Last served", rounded.last_served, "place", about, formula, "last_served")


def _checks(money: Grid) -> Iterator[Line]:
    about, formula = "Allocated − money to share out, £", "=ROUND(total_allocation-money_to_share_out,2)"
    yield Line("Pot not closed by", 0, "money", about, formula, "check_pot")
    formula = f'=COUNTIF({money.range("gain")},"<0")'
    yield Line("Areas below their baseline", 0, "count", "Gains below nought", formula)
    low, got = money.range("floor"), money.range("allocation")
    formula = f"=SUMPRODUCT(--(ROUND({got}-{low},2)<0))"
    yield Line("Areas below their floor", 0, "count", "", formula)
    if money.has("cap"):
        cap = money.range("cap")
        formula = f"=SUMPRODUCT(ISNUMBER({cap})*(ROUND({got}-{cap},2)>0))"
        yield Line("Areas above their cap", 0, "count", "", formula)


def _checks_of_groups(groups: Grid) -> Iterator[Line]:
    if groups.rows:
        formula = f"=SUM({groups.range('check')})"
        yield Line("Groups outside their limits", 0, "count", "Sheet Groups", formula)


def _checks_of_equity(equity: Grid) -> Iterator[Line]:
    if equity.rows:
        columns = len(set(equity.columns[0].cells))
        formula = f"=ROUND(SUM({equity.range('allocation')})-{columns}*total_allocation,2)"
        yield Line("Sheet Equity differs by", 0, "money", "Each column's groups add up to all areas", formula)


def _in_the_run(allocation: Allocation) -> Iterator[Line]:
    """What the run found, as text and figures that do not move."""
    summary = allocation.summary
    smallest = f"£{summary.smallest_gain / 100:,.2f}"
    about = f"Of all gains that are not nought, in the run; the smallest is {smallest}"
    yield Line("Median gain", summary.median_gain / 100, "money", about)
    about = f"{summary.under_target:,} areas are under target today, by this in all"
    yield Line("Shortfall before", summary.shortfall / 100, "money", about)
    for name, count in summary.bound.items():
        if count:
            yield Line("Held by", count, "count", "baseline" if name == "baseline" else f"the rule '{name}'")
    yield Line("Solved by", summary.route, "text")
    yield Line("Next £1,000", "", "text", allocation.next_told)
    for note in summary.notes:
        yield Line("Note", "", "text", note)

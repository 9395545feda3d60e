"""The sheet Summary: the money, who gains, the level that can be changed, and checks that must be zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.money import to_pounds
from allocate.workbook.lines import Line, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.book import Book
    from allocate.workbook.grid import Grid
    from allocate.workbook.working import Working

SHEET = "Summary"


def write(
    book: Book, allocation: Allocation, working: Working, grids: dict[str, Grid], label: str | None
) -> None:
    """Write the sheet; its figures are formulas over the other sheets."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    title = allocation.summary.title
    row = book.heading(
        sheet, title, ["Levelled up by need: no area is below its baseline. Money in £."], label, 3
    )
    money, checks = grids["Allocations"], list(_checks(grids))
    lines = [Line("The money"), *_money(allocation), Line("Who gains"), *_who(allocation, money)]
    lines += [Line("From level to pence"), *_level(working, money)]
    row = write_lines(book, sheet, row - 1, lines)
    first = row + 2
    row = write_lines(book, sheet, row, [Line("Checks: each must be zero"), *checks])
    for test, look in (("==", "good"), ("!=", "bad")):
        rule = {"type": "cell", "criteria": test, "value": 0, "format": book.look(look)}
        sheet.conditional_format(first, 1, row - 1, 1, rule)
    write_lines(book, sheet, row, [Line("In the run"), *_in_the_run(allocation)])
    sheet.freeze_panes(1, 0)


def _money(allocation: Allocation) -> Iterator[Line]:
    shared, baseline = allocation.shared, int(allocation.prepared.areas.baseline.sum())
    spent = allocation.budget - allocation.rounding - shared.left
    pot, total = "The whole pot, baselines included", "Sum of sheet Allocations"
    yield Line("Pot", allocation.budget / 100, "money", pot, name="pot")
    yield Line(
        "Unspent", shared.left / 100, "money", "What caps let no area take, in the run", name="unspent"
    )
    yield Line("Less than a unit", allocation.rounding / 100, "money", "Stays in the pot", name="left_in_pot")
    formula = "=ROUND(pot-unspent-left_in_pot,2)"
    yield Line("Money to share out", spent / 100, "money", "", formula, "money_to_share_out")
    yield Line("Baselines", baseline / 100, "money", total, "=ROUND(total_baseline,2)")
    new = (allocation.budget - baseline) / 100
    yield Line("New money", new, "money", "Pot − baselines", "=ROUND(pot-total_baseline,2)")
    yield Line("Allocated", spent / 100, "money", total, "=ROUND(total_allocation,2)")


def _who(allocation: Allocation, money: Grid) -> Iterator[Line]:
    summary, gains = allocation.summary, to_pounds(allocation.gains)
    gain = money.range("gain")
    yield Line("Areas", summary.areas, "count", "", f"=ROWS({gain})")
    people = float(np.sum(allocation.prepared.areas.population))
    yield Line("People", people, "people", "Registered", f"=SUM({money.range('population')})")
    yield Line("Areas gaining", summary.gaining, "count", "", f'=COUNTIF({gain},">0")')
    yield Line("Largest gain", float(gains.max()), "money", "", f"=MAX({gain})")
    for label, key, of in (("Before", "before", "target"), ("After", "after", summary.closing_target)):
        values = allocation.opening_distance if key == "before" else allocation.closing_distance
        if np.isnan(values).all():
            continue
        for which, function, value in (("lowest", "MIN", np.nanmin), ("highest", "MAX", np.nanmax)):
            about = f"Distance from {of} of the {which} area"
            formula = f"={function}({money.range(key)})"
            yield Line(f"{label}: {which}", float(value(values)), "percent", about, formula)
    about = "£ per weighted head of the lowest-funded area afterwards"
    yield Line("Least", summary.level, "money", about, f"=MIN({money.range('per_head')})")


def _level(working: Working, money: Grid) -> Iterator[Line]:
    unit = working.unit / 100
    if working.is_live:
        per = working.per.replace("_", " ")
        about = (
            f"£ per head of {per}. Change it and the allocations move; the first check says what they miss"
        )
        about += " the pot by. Excel finds the level of another pot: Data, What-If Analysis, Goal Seek."
        yield Line("Level", working.level, "exact", about, name="level_per_head", changeable=True)
    else:
        yield Line("Level", "not live", "text", f"The steps are values because {working.why_values}.")
    yield Line("Rounding unit", unit, "money", "Amounts are whole multiples of it", name="rounding_unit")
    if not working.rounds_live:
        return
    count, last = working.to_hand_out(working.exact), working.last_served(working.exact)
    queue = money.range("queue")
    left = f"ROUND((money_to_share_out-SUM({money.range('down')}))/rounding_unit,0)"
    formula = f'=MAX(0,MIN(COUNTIF({queue},">0"),{left}))'
    about = "Money to share out − all amounts rounded down, in units; one each to the largest fractions"
    yield Line("Units to give out", count, "count", about, formula, "units_to_give_out")
    formula = f"=IF(units_to_give_out>0,LARGE({queue},units_to_give_out),1E+300)"
    yield Line(
        "Last served",
        last,
        "place",
        "The place in the queue of the last area that gets one",
        formula,
        "last_served",
    )


def _checks(grids: dict[str, Grid]) -> Iterator[Line]:
    money, groups, equity = grids["Allocations"], grids["Groups"], grids["Equity"]
    about = "Allocated − money to share out, £"
    yield Line(
        "Pot not closed by", 0, "money", about, "=ROUND(total_allocation-money_to_share_out,2)", "check_pot"
    )
    yield Line(
        "Areas below their baseline",
        0,
        "count",
        "Gains below nought",
        f'=COUNTIF({money.range("gain")},"<0")',
    )
    low, got = money.range("floor"), money.range("allocation")
    formula = f"=SUMPRODUCT(--(ROUND({got}-{low},2)<0))"
    yield Line("Areas below their floor", 0, "count", "", formula)
    if money.has("cap"):
        cap = money.range("cap")
        formula = f"=SUMPRODUCT(ISNUMBER({cap})*(ROUND({got}-{cap},2)>0))"
        yield Line("Areas above their cap", 0, "count", "", formula)
    if groups.rows:
        yield Line(
            "Groups outside their limits", 0, "count", "Sheet Groups", f"=SUM({groups.range('check')})"
        )
    if equity.rows:
        columns = len(set(equity.columns[0].values))
        formula = f"=ROUND(SUM({equity.range('allocation')})-{columns}*total_allocation,2)"
        yield Line("Sheet Equity differs by", 0, "money", "Each column's groups add up to all areas", formula)


def _in_the_run(allocation: Allocation) -> Iterator[Line]:
    """What the run found, as text and figures that do not move."""
    summary = allocation.summary
    about = (
        f"Of all gains that are not nought, in the run; the smallest is £{summary.smallest_gain / 100:,.2f}"
    )
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

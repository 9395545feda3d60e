"""The sheet Allocations: from baseline to allocation, an area a row, as formulas where that is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.limits import BASELINE
from allocate.money import NO_CAP, to_pounds
from allocate.say import per_unit
from allocate.workbook.grid import Column, Grid

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
    columns += _live(working) if working.is_live else _steps(allocation, working)
    columns += [*_rounding(allocation, working), *_result(allocation)]
    return Grid(SHEET, TOP, columns, allocation.prepared.areas.size)


def write(book: Book, working: Working, grid: Grid, label: str | None) -> None:
    """Write the sheet, and name the totals that formulas use."""
    sheet = book.file.get_worksheet_by_name(SHEET)
    book.heading(sheet, "What each area gets, and how", _notes(working), label, 12)
    grid.write(book, sheet, "AllocationsTable", freeze=2 if grid.has("name") else 1)
    book.name("total_baseline", SHEET, grid.total("baseline"))
    book.name("total_weighted", SHEET, grid.total("weighted"))
    book.name("total_allocation", SHEET, grid.total("allocation"))


def _notes(working: Working) -> list[str]:
    if working.is_live:
        first = (
            "Live: change the yellow level on sheet Summary and every allocation moves with it. Allocation ="
        )
        per = working.per.replace("_", " ")
        first += f" the level × {per}, but not below the floor or above the cap; then rounded."
    else:
        first = (
            "Each allocation is its floor plus what each step of the share-out adds, plus rounding. The steps"
        )
        first += f" are the run's values, not formulas, because {working.why_values}."
    if working.rounds_live:
        second = (
            "Rounding: everything is rounded down, and the units still missing go to the largest fractions,"
        )
        second += " equal fractions to the lowest id (largest remainder)."
    else:
        second = "Rounding: by largest remainder among areas that share all group rules; the run's values."
    return [
        first,
        second,
        "Money is in £. Baselines, floors, caps and published figures are values; the rest adds up live.",
    ]


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


def _live(working: Working) -> Iterator[Column]:
    heads = "weighted" if working.per == "weighted_population" else "population"
    capped = (working.allocation.limits.upper != NO_CAP).any()
    most = f"{{{heads}}}*level_per_head"
    most = f"MIN({most},IF(ISNUMBER({{cap}}),{{cap}},1E+15))" if capped else most
    about = (
        "The level × " + ("weighted people" if heads == "weighted" else "people") + ", between floor and cap"
    )
    yield Column(
        "exact", "Unrounded £", "exact", working.exact.tolist(), about, f"MAX({{floor}},{most})", sums=True
    )


def _steps(allocation: Allocation, working: Working) -> Iterator[Column]:
    keys = []
    for number, part in enumerate(allocation.shared.parts, 1):
        keys.append(f"step{number}")
        rate = "" if part.level is None else f" ({part.level:,.6g} £ {per_unit(part.denominator)})"
        about = f"Step {number} of the share-out, by {part.method.replace('_', ' ')}{rate}: the run's value"
        yield Column(keys[-1], f"{part.name} £", "exact", (part.gains / 100).tolist(), about, sums=True)
    formula = "+".join(f"{{{key}}}" for key in ("floor", *keys))
    yield Column(
        "exact", "Unrounded £", "exact", working.exact.tolist(), "The floor and all steps", formula, sums=True
    )


def _rounding(allocation: Allocation, working: Working) -> Iterator[Column]:
    exact = working.exact
    if not working.rounds_live:
        change = to_pounds(allocation.amounts) - exact
        yield Column(
            "change",
            "Rounding £",
            "exact",
            change.tolist(),
            "From unrounded to whole units: the run's value",
            sums=True,
        )
        about, formula = "Unrounded and rounding", "ROUND({exact}+{change},2)"
    else:
        units = "ROUND({exact}/rounding_unit,6)"
        formula = f"ROUND(INT({units})*rounding_unit,2)"
        yield Column(
            "down",
            "Rounded down £",
            "money",
            (working.down(exact) / 100).tolist(),
            "To whole units",
            formula,
            sums=True,
        )
        formula = f"ROUND({units}-INT({units}),6)"
        yield Column(
            "fraction",
            "Fraction",
            "exact",
            working.fraction(exact).tolist(),
            "Of a unit, rounded off",
            formula,
            width=11,
        )
        yield Column(
            "order",
            "Order of ids",
            "count",
            working.id_order.tolist(),
            "Lower ids go first where fractions are equal",
        )
        formula = "IF({fraction}>0,ROUND({fraction}*1000000,0)*10000000-{order},0)"
        yield Column(
            "queue",
            "Place in queue",
            "plain",
            working.queue(exact).tolist(),
            "Larger fractions first, then lower ids; highest first",
            formula,
        )
        formula = "IF(AND({queue}>0,{queue}>=last_served),rounding_unit,0)"
        yield Column(
            "extra",
            "Unit given £",
            "money",
            (working.extra(exact) / 100).tolist(),
            "One unit each, until all is given out",
            formula,
            sums=True,
        )
        about, formula = "Rounded down, and the unit given", "ROUND({down}+{extra},2)"
    yield Column(
        "allocation",
        "Allocation £",
        "money",
        to_pounds(allocation.amounts).tolist(),
        about,
        formula,
        sums=True,
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

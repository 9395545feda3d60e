"""The columns from a floor to whole pence: formulas where a spreadsheet can repeat the run, else values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.money import NO_CAP, to_pounds
from allocate.text.say import per_unit
from allocate.workbook.grid import Column
from allocate.workbook.rounding import MILLION, PLACES
from allocate.workbook.working import HEADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.workbook.rounding import Rounding
    from allocate.workbook.working import Working


def notes_on(working: Working) -> list[str]:
    """What a reader must know of them."""
    if working.is_live:
        first = "Live: change the yellow level on sheet Summary and every allocation moves with it. "
        first += f"Allocation = the level × {working.per.replace('_', ' ')}, "
        first += "but not below the floor or above the cap; then rounded."
    else:
        first = "Each allocation is its floor plus what each step of the share-out adds, plus rounding. "
        first += f"The steps are the run's values, not formulas, because {working.why_values}."
    if working.rounds_live:
        second = "Rounding: everything is rounded down, and the units still missing go to the largest "
        second += "fractions, equal fractions to the lowest id (largest remainder)."
    else:
        second = "Rounding: by largest remainder among areas that share all group rules; the run's values."
    third = "Money is in £. Baselines, floors, caps and published figures are values; the rest adds up live."
    return [first, second, third]


def columns_of(working: Working) -> Iterator[Column]:
    """The unrounded amount, its rounding and the allocation."""
    yield from _live(working) if working.is_live else _steps(working)
    if working.rounds_live:
        yield from _largest_remainders(working.rounded)
        about, formula = "Rounded down, and the unit given", "ROUND({down}+{extra},2)"
    else:
        yield _as_the_run_rounded(working)
        about, formula = "Unrounded and rounding", "ROUND({exact}+{change},2)"
    amounts = to_pounds(working.allocation.amounts)
    yield Column("allocation", "Allocation £", "money", amounts, about, formula, sums=True)


def _live(working: Working) -> Iterator[Column]:
    capped = (working.allocation.limits.upper != NO_CAP).any()
    most = f"{{{HEADS[working.per]}}}*level_per_head"
    most = f"MIN({most},IF(ISNUMBER({{cap}}),{{cap}},1E+15))" if capped else most
    people = "weighted people" if working.per == "weighted_population" else "people"
    about, formula = f"The level × {people}, between floor and cap", f"MAX({{floor}},{most})"
    yield Column("exact", "Unrounded £", "exact", working.exact, about, formula, sums=True)


def _steps(working: Working) -> Iterator[Column]:
    keys = []
    for number, part in enumerate(working.allocation.shared.parts, 1):
        keys.append(f"step{number}")
        rate = "" if part.level is None else f" ({part.level:,.6g} £ {per_unit(part.denominator)})"
        about = f"Step {number} of the share-out, by {part.method.replace('_', ' ')}{rate}: the run's value"
        yield Column(keys[-1], f"{part.name} £", "exact", part.gains / 100, about, sums=True)
    about, formula = "The floor and all steps", "+".join(f"{{{key}}}" for key in ("floor", *keys))
    yield Column("exact", "Unrounded £", "exact", working.exact, about, formula, sums=True)


def _as_the_run_rounded(working: Working) -> Column:
    change = to_pounds(working.allocation.amounts) - working.exact
    about = "From unrounded to whole units: the run's value"
    return Column("change", "Rounding £", "exact", change, about, sums=True)


def _largest_remainders(rounded: Rounding) -> Iterator[Column]:
    units = "ROUND({exact}/rounding_unit,6)"
    down, extra = to_pounds(rounded.down), to_pounds(rounded.extra)
    formula = f"ROUND(INT({units})*rounding_unit,2)"
    yield Column("down", "Rounded down £", "money", down, "To whole units", formula, sums=True)
    about, formula = "Of a unit, rounded off", f"ROUND({units}-INT({units}),6)"
    yield Column("fraction", "Fraction", "exact", rounded.fraction, about, formula, width=11)
    about = "Lower ids go first where fractions are equal"
    yield Column("order", "Order of ids", "count", rounded.id_order, about)
    about = "Larger fractions first, then lower ids; highest first"
    formula = f"IF({{fraction}}>0,ROUND({{fraction}}*{MILLION},0)*{PLACES}-{{order}},0)"
    yield Column("queue", "Place in queue", "plain", rounded.queue, about, formula)
    about = "One unit each, until all is given out"
    formula = "IF(AND({queue}>0,{queue}>=last_served),rounding_unit,0)"
    yield Column("extra", "Unit given £", "money", extra, about, formula, sums=True)

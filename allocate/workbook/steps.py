"""The columns from a floor to whole pence: formulas where a spreadsheet can repeat the run, else values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.money import NO_CAP, to_pounds
from allocate.text.say import per_unit
from allocate.workbook.grid import Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.working import Working


def notes_on(working: Working) -> list[str]:
    """What a reader must know of them."""
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


def columns_of(allocation: Allocation, working: Working) -> Iterator[Column]:
    """The unrounded amount, its rounding and the allocation."""
    yield from _live(working) if working.is_live else _steps(allocation, working)
    yield from _rounding(allocation, working)


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
    if working.rounds_live:
        yield from _largest_remainders(working)
        about, formula = "Rounded down, and the unit given", "ROUND({down}+{extra},2)"
    else:
        yield _as_the_run_rounded(allocation, working)
        about, formula = "Unrounded and rounding", "ROUND({exact}+{change},2)"
    yield Column(
        "allocation",
        "Allocation £",
        "money",
        to_pounds(allocation.amounts).tolist(),
        about,
        formula,
        sums=True,
    )


def _as_the_run_rounded(allocation: Allocation, working: Working) -> Column:
    change = to_pounds(allocation.amounts) - working.exact
    return Column(
        "change",
        "Rounding £",
        "exact",
        change.tolist(),
        "From unrounded to whole units: the run's value",
        sums=True,
    )


def _largest_remainders(working: Working) -> Iterator[Column]:
    exact = working.exact
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

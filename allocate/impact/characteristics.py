"""The protected characteristics of the Equality Act 2010, and which of them a table says anything about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import InputError, Problems, nearest
from allocate.groupings.choosing import columns_of, grouping_of, usual
from allocate.impact.blocks import Grid, to_do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.groupings.groups import Grouping
    from allocate.results.runs import Run

CHARACTERISTICS = {
    "age": "Age",
    "disability": "Disability",
    "gender-reassignment": "Gender reassignment",
    "marriage": "Marriage and civil partnership",
    "pregnancy": "Pregnancy and maternity",
    "race": "Race",
    "religion": "Religion or belief",
    "sex": "Sex",
    "sexual-orientation": "Sexual orientation",
}
"""Those of section 4 of the Act, by what they are called on the command line."""

Groupings = list[tuple[str | None, "Grouping"]]
"""Groupings to show effects by, each with the characteristic that it is about, if any."""


def groupings_by(run: Run, by: Sequence[str]) -> Groupings:
    """The columns asked for; if none is, the usual ones.

    Raises:
        InputError: there is no such column or characteristic; every problem at once.
    """
    if not by:
        return [(None, each) for each in usual(run)]
    problems = Problems()
    made: Groupings = []
    for asked in by:
        about, column = _split(run, asked)
        with problems.caught():
            made.append((about, grouping_of(run, column)))
        if about is not None and about not in CHARACTERISTICS:
            fix = nearest(about, CHARACTERISTICS) or f"use one of {', '.join(CHARACTERISTICS)}"
            problems.add("by", f"there is no protected characteristic '{about}'", fix)
    problems.raise_any(InputError)
    return made


def _split(run: Run, asked: str) -> tuple[str | None, str]:
    """``race=column`` in two, unless a column of the table has that very name."""
    about, equals, column = asked.partition("=")
    if not equals or asked in columns_of(run):
        return None, asked
    return about.strip().lower().replace(" ", "-"), column.strip()


def coverage(given: Groupings) -> Grid:
    """Which characteristics the table says something about; most tables of areas are silent on most."""
    rows = []
    for name, title in CHARACTERISTICS.items():
        columns = [f"'{each.name}'" for about, each in given if about == name]
        if columns:
            says = f"By area only, in {', '.join(columns)}: see above"
            rest = to_do("effect on people, from other evidence; mitigation")
        else:
            says = "Not covered by the table"
            rest = to_do("effect: positive, neutral, adverse or not known; evidence; mitigation")
        rows.append((title, says, rest))
    return Grid(
        ("Protected characteristic", "What this run says", "Effect, evidence and mitigation"), tuple(rows)
    )

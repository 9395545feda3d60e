"""Which groupings an audit is by: those asked for, or the usual ones that the table has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from allocate.equity.groups import asked
from allocate.equity.making import group
from allocate.errors import InputError, Problem, Problems, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.equity.groups import Grouping
    from allocate.runs import Run
    from allocate.solver.arrays import Mask

USUAL = (
    ("deprivation", (r"quintile|fifth", r"decile|tenth", r"score|imd|depriv")),
    ("place", (r"^place$", r"^(locality|lad_name)$", r"^neighbourhood$")),
    ("ethnicity", (r"ethnic",)),
    ("contract", (r"^contract_type$",)),
    ("rurality", (r"^rural",)),
)
"""What to group by if nothing is asked for: of each the first column that can be, earlier patterns first."""


def choose(run: Run, by: str | Sequence[str] | None, kept: Mask) -> list[Grouping]:
    """Group the areas that are kept.

    Args:
        run: whose areas.
        by: see `allocate.equity.audit`.
        kept: which of them have people.

    Raises:
        InputError: every column that is not there or cannot be grouped by.
    """
    if by is None:
        return _usual(run, kept)
    columns = _columns(run)
    wanted = [by] if isinstance(by, str) else list(by)
    parts = [[each] if each in columns else each.split(",") for each in wanted]
    names = dict.fromkeys(part.strip() for each in parts for part in each if part.strip())
    problems, found = Problems(), []
    if not names:
        problems.add("by", "names no column", "name some, such as imd_quintile,place")
    for name in names:
        with problems.caught():
            found.append(_made(run, name, kept))
    problems.raise_any(InputError)
    return list({each.name: each for each in found}.values())


def _columns(run: Run) -> list[str]:
    """Every column of the table, then those that only the result has."""
    return list(dict.fromkeys([*run.table.columns, *run.areas.columns]))


def _made(run: Run, text: str, kept: Mask) -> Grouping:
    column = asked(text, _columns(run))
    only = pl.Series(kept)
    people = run.areas["population"].filter(only).to_numpy()
    return group(column, run.column(column.column).filter(only), people)


def _usual(run: Run, kept: Mask) -> list[Grouping]:
    """The usual groupings that make two groups or more."""
    found = [made for kind, patterns in USUAL if (made := _first(run, kept, kind, patterns)) is not None]
    if not found:
        fix = f"name some with --by; there are {listing(_columns(run), 12)}"
        raise InputError([Problem("by", "the table has none of the usual columns to group by", fix)])
    return found


def _first(run: Run, kept: Mask, kind: str, patterns: Sequence[str]) -> Grouping | None:
    for pattern in patterns:
        for name in run.table.columns:
            if re.search(pattern, name, re.IGNORECASE):
                try:
                    made = _made(run, name, kept)
                except InputError:
                    continue  # nobody asked for it
                if len(made.labels) > 1 and (kind != "deprivation" or "deprived" in made.ends[0]):
                    return made
    return None

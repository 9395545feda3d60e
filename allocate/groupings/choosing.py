"""Which groupings to take: those asked for, or the usual ones that the table has."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.areas import ROLES
from allocate.errors import InputError, Problem, Problems, listing
from allocate.files.values import typed
from allocate.groupings.asking import asked
from allocate.groupings.making import group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.groupings.groups import Grouping
    from allocate.results.runs import Run
    from allocate.solver.arrays import Mask

USUAL = {
    "deprivation": (r"quintile|fifth", r"decile|tenth", r"score|imd|depriv"),
    "place": (r"^place$", r"^(locality|lad_name)$", r"^neighbourhood$"),
    "ethnicity": (r"ethnic",),
    "contract": (r"^contract_type$",),
    "rurality": (r"^rural",),
}
"""What to group by if nothing is asked for: of each the first column that can be, earlier patterns first."""

FEW_VALUES = 20
"""Where a table has none of the usual columns, those of text or whole numbers with at most so many values."""

MOST_COLUMNS = 8
"""Of those so many at most, the first of the table."""


def choose(run: Run, by: str | Sequence[str] | None = None, kept: Mask | None = None) -> list[Grouping]:
    """Group areas by what is asked for, or else by the usual columns.

    Args:
        run: whose areas.
        by: columns in a list or with commas between them, each perhaps with options; None or nothing for the
            usual ones. See `allocate.equity.audit`.
        kept: which areas to group; all if not given.

    Raises:
        InputError: every column that is not there or cannot be grouped by.
    """
    if by is None:
        return usual(run, kept)
    columns = columns_of(run)
    wanted = [by] if isinstance(by, str) else list(by)
    parts = [[each] if each in columns else each.split(",") for each in wanted]
    names = dict.fromkeys(part.strip() for each in parts for part in each if part.strip())
    problems, found = Problems(), []
    if not names:
        problems.add("by", "names no column", "name some, such as imd_quintile,place")
    for name in names:
        with problems.caught():
            found.append(grouping_of(run, name, kept))
    problems.raise_any(InputError)
    return list({each.name: each for each in found}.values())


def usual(run: Run, kept: Mask | None = None, kinds: Sequence[str] = tuple(USUAL)) -> list[Grouping]:
    """The usual groupings that make two groups or more, if any; see `USUAL` and `FEW_VALUES`."""
    found = [made for kind in kinds if (made := _first(run, kept, kind)) is not None]
    return found or [grouping_of(run, name, kept) for name in islice(_few_values(run), MOST_COLUMNS)]


def none_of_the_usual(run: Run) -> InputError:
    """The error that there is nothing to group by."""
    fix = f"name some with --by; there are {listing(columns_of(run), 12)}"
    return InputError([Problem("by", "the table has none of the usual columns to group by", fix)])


def columns_of(run: Run) -> list[str]:
    """Every column of the table, then those that only the result has."""
    return list(dict.fromkeys([*run.table.columns, *run.areas.columns]))


def grouping_of(run: Run, text: str, kept: Mask | None = None) -> Grouping:
    """The areas grouped by one column.

    Raises:
        InputError: it is not there, or cannot be grouped by.
    """
    column = asked(text, columns_of(run))
    only = pl.Series(np.ones(run.areas.height, dtype=bool) if kept is None else kept)
    people = run.areas["population"].filter(only).to_numpy()
    return group(column, run.column(column.column).filter(only), people)


def _first(run: Run, kept: Mask | None, kind: str) -> Grouping | None:
    for pattern in USUAL[kind]:
        for name in run.table.columns:
            if re.search(pattern, name, re.IGNORECASE):
                try:
                    made = grouping_of(run, name, kept)
                except InputError:
                    continue  # nobody asked for it
                if len(made.labels) > 1 and (kind != "deprivation" or made.by_deprivation):
                    return made
    return None


def _few_values(run: Run) -> Iterator[str]:
    columns = run.record["scenario"].get("columns", {})
    roles = {str(columns.get(role, role)) for role in ROLES}
    for name in run.table.columns:
        if name in roles or run.table[name].dtype.is_nested():
            continue
        values = typed(run.table[name]).drop_nulls()
        whole = not values.dtype.is_numeric() or bool((values == values.round()).all())
        if whole and 2 <= values.n_unique() <= min(FEW_VALUES, run.table.height // 2):
            yield name

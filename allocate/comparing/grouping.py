"""The areas of several runs in groups: by what the first run that has an area says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.comparing.columns import of
from allocate.errors import InputError, Problems, nearest
from allocate.files.values import as_text
from allocate.groupings.asking import asked
from allocate.groupings.choosing import columns_of
from allocate.groupings.groups import Grouping
from allocate.groupings.making import group, without_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from allocate.groupings.asking import Asked
    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats

Runs = dict[str, "Run"]
"""The runs that are compared, by the names that tell them apart; all others are held against the first."""


def check_columns(runs: Runs, by: Iterable[str]) -> None:
    """Check that every run has every column that is asked for, perhaps with options.

    Raises:
        InputError: every problem found.
    """
    problems = Problems()
    for text in by:
        for label, run in runs.items():
            known = columns_of(run)
            column = text if text in known else text.partition(":")[0]
            if column not in known:
                problems.add(label, f"has no column '{column}'", nearest(column, known) or "see its table")
            elif run.column(column).dtype.is_nested():
                problems.add(label, f"column '{column}' has lists, not values", "group by another column")
            else:
                with problems.caught():
                    asked(text, known)
    problems.raise_any(InputError)


def groupings_of(runs: Runs, frame: pl.DataFrame, by: Sequence[str]) -> dict[str, Grouping]:
    """Every area of any run in groups, by each column.

    Args:
        runs: what is compared.
        frame: a row an area, with its people in each run.
        by: the columns; see `check_columns`.

    Raises:
        InputError: a column cannot be grouped by.
    """
    people = frame.select(pl.coalesce(of("population", label) for label in runs)).to_series().to_numpy()
    problems, found = Problems(), {}
    for text in by:
        known = first_known(values_of(runs, column_of(runs, text)))
        values = frame.select("id").join(known, on="id", how="left", maintain_order="left")["value"]
        with problems.caught():
            found[text] = _grouped(asked(text, columns_of(_first(runs))), values, people)
    problems.raise_any(InputError)
    return found


def _grouped(column: Asked, values: pl.Series, people: Floats) -> Grouping:
    if not values.count():  # several runs may have it, and nothing in it: their areas are in no group
        return Grouping(column.name, (), np.full(values.len(), -1))
    return group(column, values, people)


def _first(runs: Runs) -> Run:
    return next(iter(runs.values()))


def column_of(runs: Runs, text: str) -> str:
    """The column that is asked for, without its options."""
    return asked(text, columns_of(_first(runs))).column


def values_of(runs: Runs, column: str) -> pl.DataFrame:
    """What a column says of each area of each run, as text, where it says something: ``id``, ``value``."""
    return gathered({label: run.column(column) for label, run in runs.items()}, runs)


def gathered(values: Mapping[str, pl.Series], runs: Runs) -> pl.DataFrame:
    """Values of areas in several runs, one after the other, as text: ``id`` and ``value``."""
    schema = {"id": pl.String, "value": pl.String}
    found: list[Any] = [
        {"id": runs[label].areas["id"], "value": _said(each)} for label, each in values.items()
    ]
    frames = [pl.DataFrame(schema=schema), *(pl.DataFrame(each, schema=schema) for each in found)]
    return pl.concat(frames).drop_nulls("value")


def first_known(values: pl.DataFrame) -> pl.DataFrame:
    """Of each area what the first run says that says something."""
    return values.unique("id", keep="first", maintain_order=True)


def _said(values: pl.Series) -> pl.Series:
    """Values that are the same in any run, whatever type its table has: whole numbers without a point."""
    text = without_unknown(as_text(values)).str.replace(r"^(-?\d+)\.0+$", "$1")
    return text.set(text == "", None)

"""Gaps between groups in anything that some of some people have: uptake, coverage, outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.equity.audited import Compared
from allocate.equity.measures import group_measures
from allocate.equity.words import measure_sentences, share_unit
from allocate.errors import Problem, Problems, TableError, nearest
from allocate.files.values import typed
from allocate.groupings.asking import asked
from allocate.groupings.groups import Coverage, Grouping, coverage
from allocate.groupings.making import group, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats


@dataclass(frozen=True)
class Gaps:
    """What groups have, and how far apart they are; ``str()`` tells it in words."""

    name: str
    """What the numerator over the denominator is, such as 'uptake'."""
    grouping: Grouping
    coverage: Coverage
    """How complete the grouping is, in rows and in people of the denominator."""
    groups: pl.DataFrame
    """One row a group: ``group, numerator, denominator, value``."""
    measures: dict[str, float]
    """See `measures.group_measures`; NaN where one says nothing."""

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """A sentence a measure, each saying which way it points."""
        means = {self.name: self.groups["value"].to_numpy()}
        compared = Compared(self.grouping, "head", means, {self.name: self.measures})
        return tuple(measure_sentences(compared, share_unit(self.name)))

    def text(self, width: int | None = None) -> str:
        """The table and the sentences, for a terminal of so many columns; None to wrap nothing."""
        from allocate.equity.text import gaps_text

        return gaps_text(self, width)

    def __str__(self) -> str:
        from click import unstyle

        return unstyle(self.text())


def gaps(
    table: Any,
    by: str,
    numerator: str,
    denominator: str,
    *,
    order: Sequence[str] | None = None,
    name: str = "uptake",
) -> Gaps:
    """How far apart groups are in what some of their people have.

    Args:
        table: a row a group, or several (areas, say), which are added up; polars, pandas or anything else
            that exports Arrow. It is not changed.
        by: the column to group by, perhaps with options after colons, as in an audit; rows without a known
            group count as missing in ``coverage``.
        numerator: the column of people with it, 0 or more.
        denominator: the column of all people, above 0 and no fewer.
        order: the groups of a text column from first (the most deprived) to last, if they have an order.
        name: what numerator over denominator is called.

    Raises:
        InputError: columns that are not there, figures that cannot be used; all at once.
    """
    frame = _frame(table)
    problems = Problems()
    with problems.caught():
        some, everybody = _figures(frame, numerator, denominator)
    with problems.caught():
        column = asked(by, frame.columns)
    problems.raise_any()
    if order is None:
        grouping = group(column, frame[column.column], everybody)
    else:
        grouping = in_order(column.column, frame[column.column], list(order))
    sums, people = grouping.totals(some), grouping.totals(everybody)
    columns = {"group": grouping.labels, "numerator": sums, "denominator": people, "value": sums / people}
    measures = group_measures(grouping, some, everybody, bounded=True)
    found = coverage(grouping, everybody)
    return Gaps(name, grouping, found, pl.DataFrame(columns), measures)


def _frame(table: Any) -> pl.DataFrame:
    try:
        frame = pl.DataFrame(table)
    except (TypeError, ValueError) as error:
        raise TableError([Problem("table", f"is not a table ({error})", "give a data frame")]) from None
    if frame.is_empty():
        raise TableError([Problem("table", "has no rows", "give a row for each group")])
    return frame


def _figures(frame: pl.DataFrame, numerator: str, denominator: str) -> tuple[Floats, Floats]:
    problems, found = Problems(), []
    for column in (numerator, denominator):
        if column not in frame.columns:
            problems.add("table", f"there is no column '{column}'", nearest(column, frame.columns))
            continue
        values = typed(frame[column])
        if not values.dtype.is_numeric() or values.null_count():
            problems.add(
                "table", f"column '{column}' has cells that are no numbers", "fill them or leave them out"
            )
            continue
        found.append(values.to_numpy())
    problems.raise_any(TableError)
    some, everybody = found
    if not (np.isfinite(some).all() and np.isfinite(everybody).all()):
        problems.add("table", f"'{numerator}' or '{denominator}' is infinite somewhere", "correct the table")
    if (everybody <= 0).any():
        problems.add("table", f"'{denominator}' is not above 0 everywhere", "leave out rows without people")
    if ((some < 0) | (some > everybody)).any():
        problems.add(
            "table", f"'{numerator}' is below 0 or above '{denominator}' somewhere", "correct the table"
        )
    problems.raise_any(TableError)
    return some, everybody

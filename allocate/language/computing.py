"""One expression with the columns it uses, computed by polars; every way that goes wrong is told in words."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from polars.exceptions import PanicException, PolarsError

from allocate.errors import ExpressionError, Problem, first_line, listing
from allocate.language.expressions import shown
from allocate.language.places import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from allocate.language.expressions import Expression
    from allocate.solver.arrays import Floats, Mask, Positions

MOST_TEXT = 500_000_000
"""Bytes of text that an expression may join; a million ids of ten letters, named fifty times."""

MOST_SHOWN = 5
"""Areas that a message names; the rest are counted."""

GROUP = "\u241egroup"
"""The column that groups stand in while an expression is computed for each; no table has this name."""


@dataclass(frozen=True)
class Computation:
    """An expression ready to be computed.

    Args:
        expression: the text, with its place if it came from a document.
        parsed: the same, read.
        frame: the columns it uses, one row an area.
        constants: the values of the other names it uses.
        label: says which area a row is, for messages.
    """

    expression: str
    parsed: Expression
    frame: pl.DataFrame
    constants: Mapping[str, float | str]
    label: Callable[[int], str]

    def values(self, among: Mask) -> pl.Series:
        """The value of each area, or one value if it is the same for all.

        Args:
            among: the areas that must not leave gaps in what takes several values.
        """
        self._check_text()
        with self._explained():
            result = self.frame.select(self.parsed.to_polars(self.constants).alias("result"))["result"]
            self._refuse_gaps(among, only=False)
        return result

    def of_groups(self, groups: Positions, count: int) -> Floats:
        """One number for each of some groups; areas with a negative group are in none."""
        formula = self.parsed.to_polars(self.constants).alias("result")
        grouped = self.frame.with_columns(pl.Series(GROUP, groups)).filter(pl.col(GROUP) >= 0)
        with self._explained():
            self._refuse_gaps(groups >= 0, only=True)
            found = grouped.group_by(GROUP, maintain_order=True).agg(formula).sort(GROUP)["result"]
        if found.dtype.is_nested() or len(found) != count:
            raise not_one(self.expression)
        return finite(self.expression, found)

    def refuse(self, bad: Mask, what: str) -> None:
        """Refuse the areas for which something is wrong, if there are any."""
        if bad.any():
            labels = [self.label(int(position)) for position in np.flatnonzero(bad)[:MOST_SHOWN]]
            areas = listing(labels, MOST_SHOWN, of=int(bad.sum()))
            fix = "give the missing values, use coalesce(..., 0), or narrow it with 'where'"
            raise wrong(self.expression, f"{what} for {areas}", fix)

    def _check_text(self) -> None:
        """Refuse to join texts that would fill the memory: named columns can double one again and again."""
        sizes = {each.name: each.estimated_size() for each in self.frame if each.dtype == pl.String}
        joined = sum(sizes.get(token.text, 0) for token in self.parsed.tokens if token.kind == "name")
        if joined > MOST_TEXT:
            raise wrong(self.expression, f"joins {joined:,} bytes of text, more than {MOST_TEXT:,}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in plain words why polars cannot compute it."""
        try:
            yield
        except (PolarsError, PanicException, ValueError) as error:
            raise wrong(self.expression, *_plainly(error, self.frame)) from None

    def _refuse_gaps(self, among: Mask, *, only: bool) -> None:
        """Refuse missing values that an aggregate, `greatest` or `least` would pass over in silence.

        A condition may leave values out on purpose (``sum(case when ... then ... end)``); what is missing in
        the table is never left out on purpose.
        """
        frame = self.frame
        for function, argument in self.parsed.calls:
            formula = argument.to_polars(self.constants, guarded=False).alias("value")
            values = frame.select(formula)["value"]
            columns = [frame[name].is_null() for name in argument.names if name in frame.columns]
            if len(values) != frame.height or not columns:
                continue
            missing = np.logical_or.reduce([column.to_numpy() for column in columns])
            gaps = missing & values.is_null().to_numpy()
            if values.dtype.is_float():
                gaps = gaps | ~values.is_finite().fill_null(value=True).to_numpy()
            if only or function in ("greatest", "least"):
                gaps = gaps & among
            self.refuse(gaps, f"passes over {shown(argument.text)}, which has no value")


def of_constants(expression: str, parsed: Expression, constants: Mapping[str, float | str]) -> float:
    """Compute an expression that is made of constants alone."""
    try:
        found = pl.select(parsed.to_polars(constants)).to_series()
    except (PolarsError, PanicException, ValueError) as error:
        raise wrong(expression, *_plainly(error, pl.DataFrame())) from None
    return one_number(expression, found)


def one_number(expression: str, result: pl.Series) -> float:
    """The one number that an expression gives."""
    if len(result) != 1:
        raise not_one(expression)
    return float(finite(expression, result)[0])


def finite(expression: str, result: pl.Series) -> Floats:
    """What an expression gives, if that is finite numbers."""
    if not (result.dtype.is_numeric() or result.dtype == pl.Null):
        raise not_one(expression)
    values: Floats = result.cast(pl.Float64).to_numpy()  # with NaN for null
    if not np.isfinite(values).all():
        raise wrong(expression, "gives no finite number")
    return values


def not_one(expression: str) -> ExpressionError:
    """The error of an expression that should give one number."""
    return wrong(expression, "does not give one number", "use an aggregate such as sum(...)")


def wrong(expression: str, what: str, fix: str = "") -> ExpressionError:
    """The error of an expression, at its place."""
    return ExpressionError([Problem(Written(expression).where(), f"{shown(expression)} {what}", fix)])


def _plainly(error: BaseException, frame: pl.DataFrame) -> tuple[str, str]:
    """Why an expression cannot be computed, and what to do."""
    reason = first_line(error, "it has no meaning")
    text = [column.name for column in frame if column.dtype == pl.String]
    if re.search(r"\bstr(ing)?\b", reason, re.IGNORECASE):
        if not text:
            return (
                "mixes numbers and text in quotes",
                "write numbers without quotes, also for codes of digits only",
            )
        verb = "is" if len(text) == 1 else "are"
        whose = f"{listing(text)} {verb} not numbers"
        return f"computes with text: {whose}", "compare text with text in quotes, and numbers with numbers"
    if re.search(r"\bbit(and|or)\b|\bbool", reason, re.IGNORECASE):
        return "takes a number for a condition, or a condition for a number", "compare numbers with =, < or >"
    return f"cannot be computed ({reason})", "check the columns it uses"

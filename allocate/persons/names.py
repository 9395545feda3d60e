"""The names that need of persons may use, and its expressions as polars computes them for each person.

The names are checked as for areas, on a table of the same columns without rows. What looks at all persons
together (`avg`, `sum`, `over`) is refused: need is normalised anyway, and such a sum would need a pass of
its own and could differ from run to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from allocate.documents.nodes import as_expression
from allocate.documents.stages import two_meanings
from allocate.errors import ExpressionError, Problem, Problems
from allocate.files.sheet import Table
from allocate.language.expressions import BUILT_IN, parse
from allocate.language.grammar import AGGREGATES
from allocate.language.names import Names
from allocate.language.places import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.language.expressions import Expression
    from allocate.persons.table import Persons

_ELSEWHERE = "need of persons uses their own columns and the parameters of the rule book"


class PersonNames:
    """Names over a table of persons.

    Args:
        persons: the table.
        settings: the parameters' values.
        named: the rule book's named columns.
        year: of the date, if there is one.
    """

    def __init__(
        self,
        persons: Persons,
        settings: Mapping[str, float | str],
        named: Mapping[str, Written],
        year: int | None,
    ) -> None:
        self._named, self._schema = named, persons.schema
        self._parameters = settings
        self._constants = {**settings, "population": 1.0}
        later = dict.fromkeys(set(BUILT_IN) - {"population", "year"}, _ELSEWHERE)
        if year is None:
            later["year"] = "give a date"
        else:
            self._constants["year"] = year
        self._empty, self._alone = Names(persons.empty, 0), Names(Table(pl.DataFrame(), persons.name), 1)
        for names in (self._empty, self._alone):
            names.later = dict(later)
            names.know_constants(self._constants)
        self._empty.define(named)
        self.used: dict[str, bool] = {}
        """The columns of the table that expressions so far use, in order; and whether some could swallow
        what is not a number, so that it must be made missing first."""
        self.computed: dict[str, pl.Expr] = {}
        """The named columns that they need, each after those it uses."""

    def numbers(self, written: Written) -> pl.Expr:
        """An expression that gives every person a number; missing where it has no value.

        Raises:
            ExpressionError: it has unknown names, looks at all persons together, or gives no number.
        """
        self._check(written)
        self._empty.numbers(written)
        return self._expression(written).cast(pl.Float64)

    def matches(self, written: Written) -> pl.Expr:
        """A condition on every person; missing where it is neither true nor false.

        Raises:
            ExpressionError: it has unknown names, looks at all persons together, or is no condition.
        """
        self._check(written)
        self._empty.matches(written)
        return self._expression(written)

    def number(self, written: Written) -> float:
        """One number for everybody: of parameters, not of columns.

        Raises:
            ExpressionError: it has unknown names, or gives no number.
        """
        return self._alone.number(written)

    def column(self, name: str) -> tuple[pl.Expr, bool]:
        """A column that is named as such, and whether it holds numbers.

        Raises:
            ExpressionError: there is none.
        """
        written = as_expression(Written(name))
        self._check(written)
        values, expression = self._empty.series(name), self._expression(written)
        self.used |= {name: True} if name in self.used else {}
        return expression, values.dtype.is_numeric()

    def _check(self, written: Written) -> None:
        """Check what only persons forbid, in an expression and the named columns it uses."""
        if problems := self._empty.problems(written):
            raise ExpressionError(problems)
        used, found = self._empty.used_in(written), Problems()
        for text in (written, *(self._named[name] for name in self._named if name in used)):
            found.found.extend(_looks_at_all(Written(text)))
        for name in filter(used.__contains__, self._schema):
            if name in self._parameters or name in self._named:
                found.found.append(two_meanings(name, is_parameter=name in self._parameters))
        found.raise_any(ExpressionError)

    def _expression(self, written: Written) -> pl.Expr:
        """An expression that was checked; what it needs is noted."""
        parsed = parse(str(written))
        for name in parsed.names:
            if name in self._named and name not in self.computed:
                self.computed[name] = self._expression(self._named[name]).alias(name)
            elif name in self._schema and name not in self._constants:
                self.used[name] = self.used.get(name, False) or not _is_arithmetic(parsed)
        return _without_gaps(parsed, self._constants)


def _looks_at_all(written: Written) -> list[Problem]:
    parsed, problems = parse(str(written)), []
    for token in parsed.tokens:
        if token.is_word("over") or (token.kind == "function" and token.text.lower() in AGGREGATES):
            what = f"'{token.text}' looks at all persons together, and need of persons is weighed one by one"
            fix = "leave it out (need is normalised to the average anyway) or make it a parameter"
            problems.append(Problem(written.where(token.offset), what, fix))
    return problems


def _is_arithmetic(parsed: Expression) -> bool:
    """Whether what comes out is not a number wherever something that goes in is not."""
    return all(token.kind in ("name", "number") or token.is_word(*"+-*/()") for token in parsed.tokens)


def _without_gaps(parsed: Expression, constants: Mapping[str, float | str]) -> pl.Expr:
    """An expression, missing where `greatest` or `least` would pass over a missing value in silence."""
    value = parsed.to_polars(constants)
    for _, argument in parsed.calls:
        columns = [pl.col(name).is_null() for name in argument.names if name not in constants]
        if columns:
            inside = argument.to_polars(constants, guarded=False)
            endless = inside.cast(pl.Float64, strict=False).is_finite().not_().fill_null(value=False)
            gap = endless | (inside.is_null() & pl.any_horizontal(columns))
            value = pl.when(gap).then(None).otherwise(value)
    return value

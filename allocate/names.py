"""What names mean at some point of a run, and the values of expressions there."""

from __future__ import annotations

import re
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import polars as pl
from polars.exceptions import PanicException, PolarsError

from allocate.errors import ExpressionError, Problem, listing, nearest
from allocate.expressions import Expression, Misread, check_names, misread, parse, shown
from allocate.places import Written
from allocate.solver.clock import check_time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from allocate.solver.arrays import Floats, Mask, Positions


DEEPEST = 50
"""Named columns that build on one another; each takes some ten frames of Python's stack of a thousand."""

MOST_TEXT = 500_000_000
"""Bytes of text that an expression may join; a million ids of ten letters, named fifty times."""

NOT_ONE = ("does not give one number", "use an aggregate such as sum(...)")

Found = TypeVar("Found")

GROUP = "\u241egroup"
"""The column that groups stand in while an expression is computed for each; no table has this name."""


class Columns(Protocol):
    """A table whose columns can be looked up by the names that rules use for them."""

    def __contains__(self, name: str) -> bool: ...
    def names(self) -> list[str]:
        """Every name that can be looked up."""
        ...

    def values(self, name: str) -> pl.Series:
        """The values of a column: numbers, text or yes and no; null where missing."""
        ...

    def label(self, position: int) -> str:
        """Say which area a position is, for messages."""
        ...


class Names:
    """The names an expression may use, and how to compute it.

    Arrays that a run has measured (``weighted_population``, ``target``, ...) come first, then constants,
    the rule book's named columns (computed when first used) and the columns of the table.
    """

    def __init__(self, columns: Columns, size: int) -> None:
        self._columns = columns
        self._size = size
        self._arrays: dict[str, pl.Series | Floats] = {}
        self._named: dict[str, Written] = {}
        self._busy: list[str] = []
        self.constants: dict[str, float | str] = {}
        self.later: dict[str, str] = {}
        """Names that cannot be used yet, each with the reason and what to do."""
        self.live: Mask = np.ones(size, dtype=bool)
        """Areas that conditions are about; the others never match."""
        self._settled: dict[Hashable, Any] | None = None
        self._unsettled: frozenset[str] = frozenset()

    def settle(self) -> None:
        """Compute once, for these names and all copies of them, whatever uses nothing still to be known.

        A pot changes what `later` has; whatever uses none of that is the same for every pot.
        """
        self._settled, self._unsettled = {}, frozenset(self.later)

    def once(self, key: Hashable, expressions: list[str], compute: Callable[[], Found]) -> Found:
        """Compute something of expressions, or find it if it is settled and was computed before.

        Args:
            key: what is computed, and of what.
            expressions: those it is computed of.
            compute: how; what it gives back is never changed.
        """
        if self._settled is None or any(self._unsettled & self.used_in(each) for each in expressions):
            return compute()
        if key not in self._settled:
            found = compute()
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
            self._settled[key] = found
        settled: Found = self._settled[key]
        return settled

    def copy(self) -> Names:
        """The same names, to learn more of without telling whoever else uses these."""
        twin = copy(self)
        twin._arrays, twin._named, twin._busy = dict(self._arrays), dict(self._named), []
        twin.constants, twin.later = dict(self.constants), dict(self.later)
        return twin

    def know(self, **arrays: Floats) -> None:
        """Make measured arrays known by their names."""
        for name, values in arrays.items():
            self._arrays[name] = values
            self.later.pop(name, None)

    def measured(self, name: str) -> Floats:
        """A measured array, as it was made known."""
        values = self._arrays[name]
        return values.to_numpy() if isinstance(values, pl.Series) else values

    def know_constants(self, values: Mapping[str, float | str]) -> None:
        """Make constants known: parameters, the budget, the year."""
        self.constants.update(values)
        for name in values:
            self.later.pop(name, None)

    def define(self, named: Mapping[Any, Written]) -> None:
        """Add named columns; each may use those before it."""
        self._named.update(named)

    def label(self, position: int) -> str:
        """Say which area a position is, for messages."""
        return self._columns.label(position)

    def known(self) -> set[str]:
        """Every name that can be used now."""
        return {*self._arrays, *self.constants, *self._named, *self._columns.names()} - set(self.later)

    def problems(self, expression: str) -> list[Problem]:
        """What is wrong with the names of an expression, without computing it."""
        constants = {name: value for name, value in self.constants.items() if name not in self._arrays}
        return check_names(expression, self.known(), self.later, constants)

    def used_in(self, expression: str) -> set[str]:
        """The names an expression uses, itself and through the named columns it uses."""
        used: set[str] = set()
        waiting = list(parse(str(expression)).names)
        while waiting:
            name = waiting.pop()
            if name not in used:
                used.add(name)
                waiting += parse(str(self._named[name])).names if name in self._named else ()
        return used

    def series(self, name: str) -> pl.Series:
        """The values behind one name.

        Raises:
            ExpressionError: it is unknown, or its definition cannot be computed.
        """
        if name in self._arrays:
            values = self._arrays[name]
            if not isinstance(values, pl.Series):
                values = self._arrays[name] = pl.Series(name, values, nan_to_null=True)
            return values
        if name in self._named:
            return self._compute_named(name)
        if name in self._columns:
            return self._columns.values(name)
        written = Written(name)
        raise ExpressionError(
            [Problem(written.where(), f"unknown name '{name}'", nearest(name, self.known()))]
        )

    def numbers(self, expression: str, among: Mask | None = None) -> Floats:
        """Compute an expression that gives a number for every area.

        Args:
            expression: the text, with its place if it came from a document.
            among: the areas that must have a finite value (default: all). The others get 0. Aggregates look
                at every area either way.

        Raises:
            ExpressionError: it has unknown names, is no number, or gives none for some of the areas.
        """
        among = np.ones(self._size, dtype=bool) if among is None else among
        key = ("numbers", expression, among.tobytes())
        return self.once(key, [expression], lambda: self._numbers(expression, among))

    def _numbers(self, expression: str, among: Mask) -> Floats:
        result = self._compute(expression, among)
        if not (result.dtype.is_numeric() or result.dtype == pl.Null):
            raise self._error(expression, "gives text or yes/no where a number is needed")
        values = result.cast(pl.Float64).fill_null(np.nan).to_numpy()
        self._refuse(expression, among & ~np.isfinite(values), "gives no finite number")
        return np.where(among, values, 0.0)

    def number(self, expression: str) -> float:
        """Compute an expression that gives one number for all areas together.

        Raises:
            ExpressionError: it has unknown names, or does not give one finite number.
        """
        return self._one(expression, self._compute(expression, self.live, spread=False))

    def number_of_each(self, expression: str, groups: Positions, count: int) -> Floats:
        """Compute an expression that gives one number for each of some groups of areas.

        Args:
            expression: the text, with its place if it came from a document.
            groups: the group of each area, from 0; -1 for areas in none.
            count: how many groups there are; none is empty.

        Raises:
            ExpressionError: it has unknown names, or does not give one finite number for some group.
        """
        key = ("number of each", expression, groups.tobytes())
        return self.once(key, [expression], lambda: self._number_of_each(expression, groups, count))

    def _number_of_each(self, expression: str, groups: Positions, count: int) -> Floats:
        if self._is_constant(expression):
            return np.full(count, self._constant(expression))
        parsed, frame, constants = self._ready(expression)
        formula = parsed.to_polars(constants).alias("result")
        grouped = frame.with_columns(pl.Series(GROUP, groups)).filter(pl.col(GROUP) >= 0)
        with self._explained(expression, frame):
            self._refuse_gaps(expression, parsed, frame, constants, groups >= 0, only=True)
            found = grouped.group_by(GROUP, maintain_order=True).agg(formula).sort(GROUP)["result"]
        if found.dtype.is_nested() or len(found) != count:
            raise self._error(expression, *NOT_ONE)
        return self._finite(expression, found)

    def _is_constant(self, expression: str) -> bool:
        """Whether it is made of constants alone, and so gives the same number for everybody."""
        parsed = parse(str(expression))
        return parsed.is_plain and all(
            name in self.constants and name not in self._arrays for name in parsed.names
        )

    def _constant(self, expression: str) -> float:
        """Compute an expression that is made of constants alone."""
        self._check(expression)
        with self._explained(expression, pl.DataFrame()):
            return self._one(
                expression, pl.select(parse(str(expression)).to_polars(self.constants)).to_series()
            )

    def _one(self, expression: str, result: pl.Series) -> float:
        if len(result) != 1:
            raise self._error(expression, *NOT_ONE)
        return float(self._finite(expression, result)[0])

    def _finite(self, expression: str, result: pl.Series) -> Floats:
        if not (result.dtype.is_numeric() or result.dtype == pl.Null):
            raise self._error(expression, *NOT_ONE)
        values: Floats = result.cast(pl.Float64).to_numpy()  # with NaN for null
        if not np.isfinite(values).all():
            raise self._error(expression, "gives no finite number")
        return values

    def matches(self, predicate: str | None) -> Mask:
        """Which areas meet a condition; all of them if there is none.

        Raises:
            ExpressionError: it is not a condition, or is neither true nor false for some area.
        """
        if predicate is None:
            return np.ones(self._size, dtype=bool)
        return self.once(("matches", predicate), [predicate], lambda: self._matches(predicate))

    def _matches(self, predicate: str) -> Mask:
        result = self._compute(predicate, self.live)
        if result.dtype != pl.Boolean:
            raise self._error(predicate, "is not a condition", "compare with =, <, >, in or like")
        self._refuse(predicate, result.is_null().to_numpy() & self.live, "is neither true nor false")
        return result.fill_null(value=False).to_numpy() & self.live

    def _compute_named(self, name: str) -> pl.Series:
        if name in self._busy:
            circle = " → ".join([*self._busy[self._busy.index(name) :], name])
            where = Written(self._named[name]).where()
            raise ExpressionError([Problem(where, f"'{name}' defines itself: {circle}", "break the circle")])
        if len(self._busy) >= DEEPEST:
            what = f"more than {DEEPEST} named columns build on one another, down to '{name}'"
            raise ExpressionError([Problem(Written(self._named[name]).where(), what, "put some together")])
        self._busy.append(name)
        try:
            values = self.once(
                ("named", name),
                [self._named[name]],
                lambda: pl.Series(name, self._compute(self._named[name], self.live)),
            )
        finally:
            self._busy.pop()
        self._arrays[name] = values
        return values

    def _compute(self, expression: str, among: Mask, *, spread: bool = True) -> pl.Series:
        check_time()
        parsed, frame, constants = self._ready(expression)
        self._check_text(expression, parsed, frame)
        with self._explained(expression, frame):
            result = frame.select(parsed.to_polars(constants).alias("result"))["result"]
            self._refuse_gaps(expression, parsed, frame, constants, among, only=False)
        return result.new_from_index(0, self._size) if spread and len(result) == 1 else result

    def _check_text(self, expression: str, parsed: Expression, frame: pl.DataFrame) -> None:
        """Refuse to join texts that would fill the memory: named columns can double one again and again."""
        sizes = {each.name: each.estimated_size() for each in frame if each.dtype == pl.String}
        joined = sum(sizes.get(token.text, 0) for token in parsed.tokens if token.kind == "name")
        if joined > MOST_TEXT:
            raise self._error(expression, f"joins {joined:,} bytes of text, more than {MOST_TEXT:,}")

    def _ready(self, expression: str) -> tuple[Expression, pl.DataFrame, dict[str, float | str]]:
        """An expression read, the columns it uses and the constants it may."""
        try:
            parsed = parse(str(expression))
        except Misread as error:
            raise misread(expression, error) from None
        self._check(expression)
        used = [name for name in parsed.names if name not in self.constants or name in self._arrays]
        frame = pl.DataFrame(
            [self.series(name).alias(name) for name in used] or [pl.Series("none", np.zeros(self._size))]
        )
        return parsed, frame, {name: value for name, value in self.constants.items() if name not in used}

    def _check(self, expression: str) -> None:
        """Refuse an expression with wrong names; one that was right stays so, since names are only added."""
        key = ("right", expression, frozenset(self.later))
        if self._settled is not None and key in self._settled:
            return
        if problems := self.problems(expression):
            raise ExpressionError(problems)
        if self._settled is not None:
            self._settled[key] = True

    @contextmanager
    def _explained(self, expression: str, frame: pl.DataFrame) -> Iterator[None]:
        """Say in plain words why polars cannot compute an expression."""
        try:
            yield
        except (PolarsError, PanicException, ValueError) as error:
            raise self._error(expression, *_plainly(error, frame)) from None

    def _refuse_gaps(
        self,
        expression: str,
        parsed: Expression,
        frame: pl.DataFrame,
        constants: Mapping[str, float | str],
        among: Mask,
        *,
        only: bool,
    ) -> None:
        """Refuse missing values that an aggregate, `greatest` or `least` would pass over in silence.

        A condition may leave values out on purpose (``sum(case when ... then ... end)``); what is missing in
        the table is never left out on purpose.
        """
        for function, argument in parsed.calls:
            values = frame.select(argument.to_polars(constants, guarded=False).alias("value"))["value"]
            columns = [frame[name].is_null() for name in argument.names if name in frame.columns]
            if len(values) != self._size or not columns:
                continue
            missing = np.logical_or.reduce([column.to_numpy() for column in columns])
            gaps = missing & values.is_null().to_numpy()
            if values.dtype.is_float():
                gaps = gaps | ~values.is_finite().fill_null(value=True).to_numpy()
            if only or function in ("greatest", "least"):
                gaps = gaps & among
            self._refuse(expression, gaps, f"passes over {shown(argument.text)}, which has no value")

    def _refuse(self, expression: str, bad: Mask, what: str) -> None:
        if bad.any():
            labels = [self._columns.label(int(position)) for position in np.flatnonzero(bad)[:6]]
            areas = (
                listing(labels) if bad.sum() <= 6 else f"{', '.join(labels[:5])} and {bad.sum() - 5:,} more"
            )
            fix = "give the missing values, use coalesce(..., 0), or narrow it with 'where'"
            raise self._error(expression, f"{what} for {areas}", fix)

    def _error(self, expression: str, what: str, fix: str = "") -> ExpressionError:
        return ExpressionError([Problem(Written(expression).where(), f"{shown(expression)} {what}", fix)])


def _plainly(error: BaseException, frame: pl.DataFrame) -> tuple[str, str]:
    """Why an expression cannot be computed, and what to do."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "it has no meaning"
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

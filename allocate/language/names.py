"""What names mean at some point of a run, and the values of expressions there."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl

from allocate.errors import ExpressionError, Problem, nearest
from allocate.language.computing import Computation, of_constants, one_number, wrong
from allocate.language.expressions import check_names, misread, parse
from allocate.language.grammar import Misread
from allocate.language.places import Written
from allocate.language.settled import Found, Settled
from allocate.solver.clock import check_time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from allocate.solver.arrays import Floats, Mask, Positions


DEEPEST = 50
"""Named columns that build on one another; each takes some ten frames of Python's stack of a thousand."""


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
        self._constants: dict[str, float | str] = {}
        self.later: dict[str, str] = {}
        """Names that cannot be used yet, each with the reason and what to do."""
        self.live: Mask = np.ones(size, dtype=bool)
        """Areas that conditions are about; the others never match."""
        self._settled: Settled | None = None

    def settle(self) -> None:
        """Compute once, for these names and all copies of them, whatever uses nothing still to be known.

        A pot changes what `later` has; whatever uses none of that is the same for every pot.
        """
        self._settled = Settled(self.later)

    def once(self, key: Hashable, expressions: list[str], compute: Callable[[], Found]) -> Found:
        """Compute something of expressions, or find it if it is settled and was computed before.

        Args:
            key: what is computed, and of what.
            expressions: those it is computed of.
            compute: how; what it gives back is never changed.
        """
        if self._settled is None:
            return compute()
        used = set[str]().union(*map(self.used_in, expressions))
        return self._settled.once(key, used, compute)

    def copy(self) -> Names:
        """The same names, to learn more of without telling whoever else uses these."""
        twin = copy(self)
        twin._arrays, twin._named, twin._busy = dict(self._arrays), dict(self._named), []
        twin._constants, twin.later = dict(self._constants), dict(self.later)
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
        self._constants.update(values)
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
        return {*self._arrays, *self._constants, *self._named, *self._columns.names()} - set(self.later)

    def problems(self, expression: str) -> list[Problem]:
        """What is wrong with the names of an expression, without computing it."""
        return check_names(expression, self.known(), self.later, self._literals)

    @property
    def _literals(self) -> dict[str, float | str]:
        """The constants that no measured array hides."""
        return {name: value for name, value in self._constants.items() if name not in self._arrays}

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
        ready = self._ready(expression)
        result = self._spread(ready.values(among))
        if not (result.dtype.is_numeric() or result.dtype == pl.Null):
            raise wrong(expression, "gives text or yes/no where a number is needed")
        values = result.cast(pl.Float64).fill_null(np.nan).to_numpy()
        ready.refuse(among & ~np.isfinite(values), "gives no finite number")
        return np.where(among, values, 0.0)

    def number(self, expression: str) -> float:
        """Compute an expression that gives one number for all areas together.

        Raises:
            ExpressionError: it has unknown names, or does not give one finite number.
        """
        return one_number(expression, self._ready(expression).values(self.live))

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
            self._check(expression)
            return np.full(count, of_constants(expression, parse(str(expression)), self._literals))
        return self._ready(expression).of_groups(groups, count)

    def _is_constant(self, expression: str) -> bool:
        """Whether it is made of constants alone, and so gives the same number for everybody."""
        parsed = parse(str(expression))
        return parsed.is_plain and set(parsed.names) <= self._literals.keys()

    def matches(self, predicate: str | None) -> Mask:
        """Which areas meet a condition; all of them if there is none.

        Raises:
            ExpressionError: it is not a condition, or is neither true nor false for some area.
        """
        if predicate is None:
            return np.ones(self._size, dtype=bool)
        return self.once(("matches", predicate), [predicate], lambda: self._matches(predicate))

    def _matches(self, predicate: str) -> Mask:
        ready = self._ready(predicate)
        result = self._spread(ready.values(self.live))
        if result.dtype != pl.Boolean:
            raise wrong(predicate, "is not a condition", "compare with =, <, >, in or like")
        ready.refuse(result.is_null().to_numpy() & self.live, "is neither true nor false")
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
                lambda: pl.Series(name, self._spread(self._ready(self._named[name]).values(self.live))),
            )
        finally:
            self._busy.pop()
        self._arrays[name] = values
        return values

    def _spread(self, result: pl.Series) -> pl.Series:
        """The value of each area, where one may stand for all."""
        return result.new_from_index(0, self._size) if len(result) == 1 else result

    def _ready(self, expression: str) -> Computation:
        """An expression read, with the columns it uses and the constants it may."""
        check_time()
        try:
            parsed = parse(str(expression))
        except Misread as error:
            raise misread(expression, error) from None
        self._check(expression)
        literals = self._literals
        columns = [self.series(name).alias(name) for name in parsed.names if name not in literals]
        frame = pl.DataFrame(columns or [pl.Series("none", np.zeros(self._size))])
        return Computation(expression, parsed, frame, literals, self._columns.label)

    def _check(self, expression: str) -> None:
        """Refuse an expression with wrong names; one that was right stays so, since names are only added."""

        def check() -> None:
            if problems := self.problems(expression):
                raise ExpressionError(problems)

        if self._settled is None:
            check()
        else:
            self._settled.once(("right", expression, frozenset(self.later)), (), check)

"""Rates of change, area by area: what `population:` and `need_drift:` of a timetable come to in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.errors import ExpressionError, InputError, Problem, Problems, nearest
from allocate.files.values import as_text, as_written
from allocate.language.places import Written
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from allocate.documents.rates import Rates
    from allocate.language.names import Names
    from allocate.solver.arrays import Floats


MOST = 10.0
"""A rate of more than 1,000% a year is a slip of the pen."""


def change(rates: Rates, names: Names, first: date, day: date) -> Floats:
    """What each row of the table is multiplied by from the year before to the one that begins on `day`.

    Args:
        rates: what the timetable says.
        names: the columns and parameters that it may use.
        first: the day that the first year begins on.
        day: the day that this year begins on.

    Raises:
        InputError: every value that is missing or not in the table, every rate of -100% or less.
    """
    names = names.copy()
    names.later = dict.fromkeys(names.later, "people and their need change before money is known")
    shares = names.numbers(rates.growth) if rates.by is None else _by_value(rates, names, first, day)
    wrong = (shares <= -1) | (shares > MOST)
    if wrong.any():
        what = f"is {shares[wrong][0]:.4%} for {names.label(int(np.flatnonzero(wrong)[0]))}"
        raise ExpressionError([Problem(place_of(rates), what, "write a rate between -99% and 1,000%")])
    return 1 + shares


def place_of(rates: Rates) -> str:
    """Where rates are written: their expression, or the column that has a rate for each of its values."""
    return Written(rates.growth if rates.by is None else rates.by).where()


def _by_value(rates: Rates, names: Names, first: date, day: date) -> Floats:
    values = names.series(Written(rates.by or ""))
    keys = _keys(values, rates.growth)
    found = Problems()
    known = set(values.drop_nulls().to_list())
    shares = np.full(len(values), rates.otherwise.in_year(first, day))
    for written, rate in rates.growth.items():
        if keys[written] not in known:
            fix = nearest(str(written), map(as_written, known))
            found.add(Written(written).where(), f"there is no '{written}' in column '{rates.by}'", fix)
            continue
        if rate.by is not None and rate.by <= first:
            what = f"'{written}' grows by a year that is not after the first, {first}"
            found.add(Written(written).where(), what, "write a later year")
            continue
        shares[(values == keys[written]).fill_null(value=False).to_numpy()] = rate.in_year(first, day)
    found.raise_any(InputError)
    return shares


def _keys(values: pl.Series, rates: Mapping[str, object]) -> dict[str, object]:
    """The values of the column that the rates are written for."""
    if not values.dtype.is_numeric():
        return {written: str(as_text(pl.Series([str(written)]))[0]) for written in rates}
    keys: dict[str, object] = {}
    for written in rates:
        try:
            keys[written] = float(parse_number(str(written)))
        except ValueError:
            keys[written] = None
    return keys

"""The values of a column as people write them: numbers, shares, text, and marks for what is missing."""

from __future__ import annotations

from typing import Any

import polars as pl

from allocate.errors import Problem, TableError

MARKS = (
    "*",
    "-",
    "..",
    "#N/A",
    "N/A",
    "n/a",
    "NA",
    "NULL",
    "null",
    "NaN",
    "nan",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
)
"""How published tables write a missing or suppressed figure."""

_WHOLE = r"(\d+|\d{1,3}(,\d{3})+|\d{1,3}(\s\d{3})+)"
NUMBER = (
    rf"^([+-]?\s?£?\s?[+-]?({_WHOLE}(\.\d*)?|\.\d+)\s?%?|£?\s?\(\s?£?\s?{_WHOLE}(\.\d*)?\s?%?\s?\)\s?%?"
    r"|[+-]?\d+(\.\d*)?[eE][+-]?\d+)$"
)
"""A number as spreadsheets write it: 1,234.50  £1,234  £ 1 234  (1,234)  5.4%  1e-05."""


def typed(values: pl.Series) -> pl.Series:
    """Make a column numbers (Float64), yes and no, or text; marks and empty cells are missing."""
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64)
        return numbers.set(numbers.is_nan(), None)
    text = as_text(values)
    text = text.set(text.is_in(["", *MARKS]), None)
    codes = text.str.contains(r"^0\d").any() and not text.str.contains(r"\.").any()
    if codes or not text.is_not_null().any():
        return text
    numbers = to_numbers(text)
    return numbers if numbers.null_count() == text.null_count() else text


def as_text(values: pl.Series) -> pl.Series:
    """A column as text, without the white space around it.

    Raises:
        TableError: it holds lists or other things that are no text.
    """
    try:
        return values.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError:
        what = f"column '{values.name}' holds {values.dtype}, which is neither numbers nor text"
        raise TableError([Problem("", what, "turn it into text or leave it out")]) from None


def as_written(value: Any) -> str:
    """A value of a column as people would write it: 2, whether it was read as 2 or as 2.0."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def to_numbers(text: pl.Series) -> pl.Series:
    """Text as numbers (Float64); null where it is not one. ``5.4%`` is 0.054, ``(1,234)`` is -1234."""
    plain = text.cast(pl.Float64, strict=False)
    plain = plain.set(~plain.is_finite(), None)
    if plain.null_count() == text.null_count():
        return plain
    digits = text.str.replace_all(r"[£,()%\s]", "").cast(pl.Float64, strict=False)
    negative = text.str.contains("(", literal=True).cast(pl.Float64) * -2 + 1
    share = text.str.contains("%", literal=True).cast(pl.Float64) * -0.99 + 1
    numbers = digits * negative * share
    numbers = numbers.set(~(text.str.contains(NUMBER) & numbers.is_finite()), None)
    return plain.fill_null(numbers)

"""CSV that no spreadsheet takes for formulas, and that reads back as it was.

A spreadsheet computes what begins with ``=``, ``+``, ``-``, ``@`` or a tab when it opens a CSV file, so a
name in a table from elsewhere could run a command on the machine of whoever opens the result. Such text gets
a ``'`` before it, the mark for text in spreadsheets; whatever reads CSV here takes it off again. Text that is
a number, such as ``-5`` or ``+2.5%``, stays as it is.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMULA = r"^'*(\s*[=+\-@＝＋－＠]|[\t\r\n])"
"""How text begins that a spreadsheet would compute; quotes may stand before it, or it would not read back."""

NUMBER = r"^[+-]?[0-9][0-9.,]*%?$"


def to_csv(frame: pl.DataFrame) -> bytes:
    """A table as CSV; neither its text nor its headers can become formulas."""
    words = frame.with_columns((cs.categorical() | cs.enum()).cast(pl.String))
    return _with_text(words, _guarded).write_csv(None).encode()


def from_csv(content: bytes, types: Mapping[str, Any]) -> pl.DataFrame:
    """What `to_csv` wrote, with the types given of its columns.

    Raises:
        polars.exceptions.PolarsError: it is no CSV, or not of these types.
    """
    headers = _guarded(pl.Series(list(types), dtype=pl.String))
    kinds = dict(zip(headers, types.values(), strict=True))
    return _with_text(pl.read_csv(BytesIO(content), schema_overrides=kinds), unguarded)


def unguarded(text: pl.Series) -> pl.Series:
    """Text as it was before `to_csv` put marks in."""
    quoted = text.str.starts_with("'")
    if not quoted.any():
        return text
    rest = text.str.slice(1)
    return rest.zip_with(quoted & _is_formula(rest), text)


def all_unguarded(frame: pl.DataFrame) -> pl.DataFrame:
    """A table of text as it was before `to_csv` put marks in; one look says whether there are any."""
    marked = frame.select(pl.all().str.starts_with("'").any())
    return frame.with_columns([unguarded(frame[each.name]) for each in marked if each.item()])


def _guarded(text: pl.Series) -> pl.Series:
    return ("'" + text).zip_with(_is_formula(text), text)


def _is_formula(text: pl.Series) -> pl.Series:
    return text.str.contains(FORMULA) & ~text.str.contains(NUMBER)


def _with_text(frame: pl.DataFrame, change: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """A table with its text and its headers changed."""
    headers = change(pl.Series(frame.columns, dtype=pl.String))
    columns = (change(each) if each.dtype == pl.String else each for each in frame)
    return pl.DataFrame([each.alias(name) for each, name in zip(columns, headers, strict=True)])

"""CSV that no spreadsheet takes for formulas, and that reads back as it was.

Spreadsheets run what begins with ``=``, ``+``, ``-`` or ``@`` when they open a CSV file, so a name in a table
from elsewhere could run a command on the machine of whoever opens the result. Text of that kind gets a ``'``
before it, which spreadsheets show as text; whoever reads such a file here takes it off again. Numbers such as
``-5`` or ``+2.5%`` stay as they are.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMULA = r"^'*\s*[=+\-@＝＋－＠]"
"""How text begins that a spreadsheet would run, or that had to be told from it here."""

NUMBER = r"^[+-]?[0-9][0-9.,]*%?$"

GUARDED = re.compile(rb"'\s*([=+\-@]|\xef\xbc)")
"""What a file has somewhere if any of its text was guarded."""


def to_csv(frame: pl.DataFrame) -> bytes:
    """A table as CSV; its text and its headers cannot become formulas."""
    names = {name: "'" + name for name in frame.columns if _is_formula(name)}
    text = pl.col(pl.String)
    guarded = pl.when(_would_run(text)).then(pl.lit("'") + text).otherwise(text).name.keep()
    return frame.with_columns(guarded).rename(names).write_csv(None).encode()


def from_csv(content: bytes, types: Mapping[str, Any]) -> pl.DataFrame:
    """What `to_csv` wrote, with the types given of its columns.

    Raises:
        polars.exceptions.PolarsError: it is no CSV, or not of these types.
    """
    kinds = {("'" + name if _is_formula(name) else name): kind for name, kind in types.items()}
    return plain(pl.read_csv(BytesIO(content), schema_overrides=kinds), content)


def plain(frame: pl.DataFrame, content: bytes) -> pl.DataFrame:
    """A table read from CSV without the marks that `to_csv` put in; `content` is the file."""
    if not GUARDED.search(content):
        return frame
    names = {name: name[1:] for name in frame.columns if name[:1] == "'" and _is_formula(name[1:])}
    text = pl.col(pl.String)
    rest = text.str.slice(1)
    was_guarded = text.str.starts_with("'") & _would_run(rest)
    return frame.with_columns(pl.when(was_guarded).then(rest).otherwise(text).name.keep()).rename(names)


def _would_run(text: pl.Expr) -> pl.Expr:
    return text.str.contains(FORMULA) & ~text.str.contains(NUMBER)


def _is_formula(name: str) -> bool:
    return bool(re.search(FORMULA, name)) and not re.search(NUMBER, name)

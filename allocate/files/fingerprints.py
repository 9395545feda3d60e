"""Hashes over what files mean, not over how they are written: the same for other row orders and line ends."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

if TYPE_CHECKING:
    from allocate.solver.arrays import Pence


def of_document(content: Any) -> str:
    """The hash of a document as data: the order of its keys does not matter."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def of_table(frame: pl.DataFrame, ids: pl.Series) -> str:
    """The hash of a table: columns in the order of their names, rows in that of their ids.

    Args:
        frame: the rows.
        ids: the id of each row, as text.
    """
    joined = frame[sorted(frame.columns)].with_columns(cs.nested().cast(pl.List(pl.String)).list.join(";"))
    return _of_csv(joined.select(pl.all().cast(pl.String).str.strip_chars().fill_null(""))[ids.arg_sort()])


def _of_csv(frame: pl.DataFrame) -> str:
    """Quotes in CSV keep values apart, whatever is in them."""
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()


def of_amounts(ids: pl.Series, amounts: Pence) -> str:
    """The hash of what areas get, in pence, in the order of their ids."""
    return _of_csv(pl.DataFrame({"id": ids, "pence": amounts})[ids.arg_sort()])

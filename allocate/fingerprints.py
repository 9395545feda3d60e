"""Hashes over what files mean, not over how they are written: the same for other row orders and line ends."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from allocate.solver.arrays import Pence

SEPARATOR = "\x1f"
"""Between values: a character that no table has."""


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
    import polars as pl

    order, digest = ids.arg_sort(), hashlib.sha256()
    for name in sorted(frame.columns):
        column = frame[name][order]
        texts = column.cast(pl.List(pl.String)).list.join(";") if column.dtype.is_nested() else column
        texts = texts.cast(pl.String).str.strip_chars().fill_null("")
        digest.update(f"{name}{SEPARATOR}{texts.str.join(SEPARATOR).item()}\n".encode())
    return digest.hexdigest()


def of_amounts(ids: pl.Series, amounts: Pence) -> str:
    """The hash of what areas get, in pence, in the order of their ids."""
    import polars as pl

    order = ids.arg_sort()
    lines = ids[order] + SEPARATOR + pl.Series(amounts)[order].cast(pl.String)
    return hashlib.sha256(lines.str.join("\n").item().encode()).hexdigest()

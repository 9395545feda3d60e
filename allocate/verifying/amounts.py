"""Amounts as somebody gives them, in a file of ours or typed by hand: whole pence by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.errors import InputError, Problem, Problems, listing, nearest
from allocate.money import MOST_PENCE, parse_number
from allocate.sheet import as_text, read_table

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from allocate.areas import Areas
    from allocate.sheet import Table
    from allocate.solver.arrays import Pence

AMOUNT = "allocation"


def read_amounts(path: Path, areas: Areas) -> Pence:
    """What each area gets by a table with the columns ``id`` and ``allocation``, in the order of `areas`.

    Rows may be in any order, and amounts as people write them: ``£1,234.50``.

    Raises:
        InputError: every row that cannot be used, and every area that is missing.
    """
    table, problems = read_table(path), Problems()
    columns = []
    for name in ("id", AMOUNT):
        with problems.caught():
            columns.append(as_text(_column(table, name)).to_list())
    problems.raise_any(InputError)
    known = {str(name): at for at, name in enumerate(areas.ids)}
    found: dict[int, int] = {}
    for row, (name, text) in enumerate(zip(*columns, strict=True)):
        with problems.caught():
            at = _place(table, row, (name or "").strip(), known, found)
            found[at] = _pence(table, row, text)
    missing = [f"'{name}'" for name, at in known.items() if at not in found]
    if missing and not problems.found:
        problems.add(table.name, f"has no row for {listing(missing, 3)}", "give every area a row")
    problems.raise_any(InputError)
    return np.array([found[at] for at in range(areas.size)], dtype=np.int64)


def _column(table: Table, name: str) -> pl.Series:
    headers = {header.strip().lower(): header for header in table.frame.columns}
    if name not in headers:
        fix = nearest(name, list(headers)) or f"name a column '{name}'"
        raise InputError([Problem(table.name, f"has no column '{name}'", fix)])
    return table.frame[headers[name]]


def _place(table: Table, row: int, name: str, known: dict[str, int], found: dict[int, int]) -> int:
    if name not in known:
        fix = nearest(name, list(known)) or "use an id of the run"
        raise InputError([Problem(table.where(row, "id"), f"there is no area '{name}'", fix)])
    if known[name] in found:
        raise InputError([Problem(table.where(row, "id"), f"'{name}' is there twice", "keep one row")])
    return known[name]


def _pence(table: Table, row: int, text: str | None) -> int:
    where = table.where(row, AMOUNT)
    try:
        pence = parse_number(text or "") * 100
    except ValueError:
        raise InputError([Problem(where, f"'{text or ''}' is no amount", "write it as 1234.50")]) from None
    if pence != int(pence) or abs(pence) >= MOST_PENCE:
        raise InputError([Problem(where, f"'{text}' is not in whole pence", "write pounds and pence")])
    return int(pence)

"""Allocations as people type them: any order of rows, £ and commas, spaces, more columns, Excel or CSV."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.errors import InputError, Problem, Problems, TableError, nearest
from allocate.files.sheet import Table
from allocate.files.tables import read_table
from allocate.files.values import as_text, to_numbers
from allocate.money import MOST_PENCE, exact_decimals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allocate.areas import Areas
    from allocate.solver.arrays import Pence

FLOAT_NOISE = Decimal("1e-6")
"""Pence: a spreadsheet computes in floating point, and may be off a whole penny by less than this."""

PLAIN = r"^\d{1,13}(\.\d{1,2})?$"
"""An amount as this program writes it."""

TOTALS = ("total", "grand total", "sum")
"""How the id of a row of totals begins."""

MOST_TOLD = 20
"""Problems of one kind told in full; the rest are counted."""

IDS, ALLOCATIONS = ("id",), ("allocation", "allocation £", "allocation (£)")
"""What the two columns may be called, besides the name that the scenario has for the id."""


def read_allocations(given: str | Path | Any, areas: Areas, role: str | None) -> Pence:
    """Read what areas get from a file or a frame.

    Args:
        given: a .csv, .xlsx or .parquet file, or anything that exports Arrow; one row an area, in any order.
        areas: whose ids it must have, each once.
        role: what the scenario calls the column of ids.

    Returns:
        Pence, in the order of the areas.

    Raises:
        InputError: a column is missing, an area is missing, unknown or there twice, or an amount is none:
            every problem at once.
    """
    table = _table(given)
    id_column = _column(table, [*IDS, *([role] if role else [])], "the areas' ids")
    money_column = _column(table, ALLOCATIONS, "what each area gets")
    problems: Problems = Problems()
    ids = as_text(table.frame[id_column])
    at = _places(table, ids, areas, problems)
    pence = _pence(table, money_column, ids, problems)
    problems.raise_any(InputError)
    found = np.zeros(areas.size, dtype=np.int64)
    found[at] = pence
    return found


def _table(given: Any) -> Table:
    if isinstance(given, (str, Path)):
        return read_table(Path(given), str(given))
    try:
        return Table(pl.DataFrame(given), "allocations")
    except (TypeError, ValueError) as error:
        raise TableError([Problem("allocations", f"is not a table ({error})", "give a data frame")]) from None


def _column(table: Table, names: Sequence[str], what: str) -> str:
    known = {column.strip().lower(): column for column in reversed(table.frame.columns)}
    for name in names:
        if name.lower() in known:
            return known[name.lower()]
    fix = nearest(names[0], table.frame.columns)
    raise TableError([Problem(table.name, f"has no column '{names[0]}' with {what}", fix)])


def _places(table: Table, ids: pl.Series, areas: Areas, problems: Problems) -> list[int]:
    """The position of each row's area; every id that is wrong is a problem."""
    known: Mapping[str, int] = {area: at for at, area in enumerate(areas.ids.to_list())}
    seen: dict[str, int] = {}
    wrong: dict[str, list[Problem]] = {}
    for row, area in zip(table.rows.tolist(), ids.to_list(), strict=True):
        where = f"{table.name} row {row}"
        if not area:
            wrong.setdefault("empty", []).append(Problem(where, "has no id", "give it, or take the row out"))
        elif area not in known:
            total = area.casefold().startswith(TOTALS)
            fix = "" if total or len(wrong.get("unknown", ())) >= MOST_TOLD else nearest(area, known)
            what = f"there is no area '{area}' in the scenario"
            wrong.setdefault("unknown", []).append(Problem(where, what, fix or "take the row out"))
        elif area in seen:
            what = f"'{area}' is there twice, first in row {seen[area]}"
            wrong.setdefault("twice", []).append(Problem(where, what, "keep one row an area"))
        seen.setdefault(area or "", row)
    missing = [
        Problem(table.name, f"has no row for '{area}'", "add it") for area in known if area not in seen
    ]
    for kind in (*wrong.values(), missing):
        problems.found += kind[:MOST_TOLD]
        if len(kind) > MOST_TOLD:
            problems.add(table.name, f"has {len(kind) - MOST_TOLD:,} more problems like the last")
    return [known.get(area or "", 0) for area in ids.to_list()]


@exact_decimals()
def _pence(table: Table, column: str, ids: pl.Series, problems: Problems) -> Pence:
    """Amounts in pence; a fraction of a penny is a problem."""
    raw = table.frame[column]
    text = as_text(raw).fill_null("")
    if text.str.contains(PLAIN).all():
        plain: Pence = text.cast(pl.Decimal(20, 2)).to_physical().cast(pl.Int64).to_numpy()
        return plain
    numbers = raw.cast(pl.Float64) if raw.dtype.is_numeric() else to_numbers(text)
    pence = np.zeros(len(ids), dtype=np.int64)
    for at, (written, number) in enumerate(zip(text.to_list(), numbers.to_list(), strict=True)):
        where = f"{table.where(at, column)} ({ids[at]})"
        if number is None or "%" in written or not np.isfinite(number) or abs(number) * 100 >= MOST_PENCE:
            shown = f"'{written[:40]}' is not an amount" if written else "is empty"
            problems.add(where, shown, "write it as 1234.50")
            continue
        exact = _exact(written, number) * 100
        whole = exact.to_integral_value()
        if abs(exact - whole) > FLOAT_NOISE + abs(exact) * Decimal("1e-15"):
            problems.add(where, f"'{written[:40]}' has a fraction of a penny", "allocate whole pence")
        pence[at] = int(whole)
    return pence


def _exact(written: str, number: float) -> Decimal:
    """An amount as it is written where that is a plain number, so that no digit is lost; else as read."""
    digits = written.replace("£", "").replace(",", "").replace(" ", "").replace("\u00a0", "")
    try:
        return Decimal(digits)
    except ArithmeticError:
        return Decimal(repr(number))

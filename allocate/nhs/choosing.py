"""The practices of an area, by sub-ICB or ICB."""

from __future__ import annotations

import polars as pl

from allocate.errors import InputError, Problem, Problems, nearest

LLR = ("04C", "03W", "04V")
"""The sub-ICBs of Leicester, Leicestershire and Rutland. Their practices' codes do not all begin with C82."""

EVERYWHERE = "all"


def choose(practices: pl.DataFrame, area: str, name: str = "the payments file") -> pl.DataFrame:
    """The practices of an area: ``llr``, ``all``, or sub-ICB or ICB codes with commas between them.

    Raises:
        InputError: every code that no practice has.
    """
    if area.strip().lower() == EVERYWHERE:
        return practices
    codes = LLR if area.strip().lower() == "llr" else tuple(code.strip().upper() for code in area.split(","))
    columns = [column for column in ("sub_icb_code", "icb_code") if column in practices.columns]
    if not columns:
        what = f"{name} has no column of sub-ICBs or ICBs"
        raise InputError([Problem("--area", what, "give --area all, or add such a column")])
    known = {code for column in columns for code in practices[column].drop_nulls()}
    problems = Problems()
    for code in codes:
        if code not in known:
            icbs = "ICB codes" if "icb_code" in columns else "with --weights ICB codes"
            fix = nearest(code, known) or f"give sub-ICB codes, such as 04C, or {icbs}, such as QK1"
            problems.add("--area", f"no practice of {name} is in '{code}'", fix)
    problems.raise_any()
    return practices.filter(pl.any_horizontal(pl.col(column).is_in(codes) for column in columns))

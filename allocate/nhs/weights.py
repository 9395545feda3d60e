"""Need by practice: NHS England's practice weighted populations, one file a year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from allocate.errors import Problems, TableError
from allocate.nhs.formats import WEIGHTS
from allocate.nhs.periods import financial_year
from allocate.nhs.reading import one_row_each, read_source, refuse_negative

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.nhs.reading import Source

POPULATION = "nhse_pop"
NEEDS = tuple(meaning.column for meaning in WEIGHTS.meanings if meaning.column.startswith("nhse_"))
BOARDS = ("former_ccg", "icb_code", "icb_name")
PLACES = ("lad_code", "lad_name", "latitude", "longitude")


def read_weights(path: str | Path, *, later: bool = False) -> Source:
    """Read the weighted populations of a year (people; each column adds up to England's population).

    The population is called by its year, as ``nhse_pop_2022_23``; the header or the file's name says which.

    Args:
        path: the file.
        later: it is not the file that need is measured by: every column is called by its year, and only the
            populations are taken of it.

    Raises:
        InputError: see `read_source`; also practices with several rows, negative figures, an unknown year.
    """
    source = one_row_each(read_source(path, WEIGHTS))
    problems = Problems()
    refuse_negative(source, NEEDS, problems)
    year = financial_year(source.taken[POPULATION], source.name)
    if year is None:
        fix = "put the year in its name, such as weighted-populations-2025-26.csv"
        problems.add(source.name, "does not say which year it is of", fix)
    problems.raise_any(TableError)
    frame = source.frame.drop(*BOARDS, *PLACES, strict=False) if later else source.frame
    names = {column: f"{column}_{year}" for column in NEEDS if later or column == POPULATION}
    taken = {names.get(column, column): header for column, header in source.taken.items()}
    frame = frame.rename(names, strict=False)
    return replace(source, frame=frame, taken={name: taken[name] for name in frame.columns})


def boards(practices: pl.DataFrame, weights: Source) -> pl.DataFrame:
    """A row a sub-ICB: its ICB and former CCG, those of most of its practices; names in full.

    A few practices are counted under another board than the one that pays them, or not at all.

    Args:
        practices: the payments, with ``practice_code`` and ``sub_icb_code``.
        weights: weighted populations, whose file names the boards.
    """
    joined = practices.select("practice_code", "sub_icb_code").join(weights.frame, on="practice_code")
    found = practices.select("sub_icb_code").unique().drop_nulls()
    for column in BOARDS:
        if column in weights.frame.columns:
            known = joined.drop_nulls(["sub_icb_code", column])
            most = known.group_by("sub_icb_code", column).len().sort("len", column, descending=[True, False])
            first = most.unique("sub_icb_code", keep="first", maintain_order=True).drop("len")
            found = found.join(first, on="sub_icb_code", how="left")
    return found.with_columns(_full_name()) if "icb_name" in found.columns else found


def _full_name() -> pl.Expr:
    """``NHS Cornwall and The Isles Of Scilly ICB`` as the board writes itself."""
    small = pl.col("icb_name").str.replace_many([" The ", " Of ", " And "], [" the ", " of ", " and "])
    return small.str.replace(r" ICB$", " Integrated Care Board")

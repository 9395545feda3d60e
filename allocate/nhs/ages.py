"""Patients by sex and age band, from Patients Registered at a GP Practice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from allocate.errors import Problem, Problems, TableError, listing
from allocate.nhs.formats import AGES
from allocate.nhs.periods import Month, months
from allocate.nhs.reading import Source, read_source, refuse_negative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTS = (0, 5, 15, 45, 65, 75, 85)
"""Where the age bands of the global sum formula (Carr-Hill) begin."""

SEXES = {"male": ("MALE", "M"), "female": ("FEMALE", "F")}


def read_ages(path: str | Path) -> Source:
    """Read patients by five-year age band and sum them to the bands of the global sum formula.

    The columns are ``male_0_4_2025_03`` ... ``female_85_plus_2025_03`` (people) and ``pct_65_plus_2025_03``
    (per cent of both sexes, three decimals).

    Raises:
        InputError: see `read_source`; also negative counts, ages that are no ages, an unknown month.
    """
    source = read_source(path, AGES)
    problems = Problems()
    refuse_negative(source, ["patients"], problems)
    with problems.caught():
        month = month_of(source)
    practices = _practices(source.frame)
    one_sex = pl.col("sex").is_in([*SEXES["male"], *SEXES["female"]])
    rows = practices.filter(one_sex & (pl.col("age").str.to_uppercase() != "ALL"))
    if rows.is_empty():
        sexes = ", ".join(practices["sex"].unique().drop_nulls().sort())
        what = f"has no rows of males and females by age; under '{source.taken['sex']}' it has: {sexes}"
        problems.add(source.name, what, "give the file by sex and age, with MALE and FEMALE")
    unread = rows.filter(pl.col("from_age").is_null())["age"].unique(maintain_order=True).to_list()
    if unread:
        what = f"has ages that cannot be read under '{source.taken['age']}': {listing(unread)}"
        problems.add(source.name, what, "write them as 15_19, or 95+")
    problems.raise_any(TableError)
    bands = rows.group_by("practice_code").agg(*_bands(month), _older(month)).sort("practice_code")
    return replace(source, frame=bands)


def month_of(source: Source) -> Month:
    """The month that a file counts, by its extract date or else its name.

    Raises:
        TableError: it says none, or several.
    """
    dated = source.frame["date"].drop_nulls().unique().to_list() if "date" in source.frame.columns else []
    found = months(dated) or months([source.name])
    if len(found) == 1:
        return found[0]
    if found:
        what, fix = f"has several months: {', '.join(map(str, found))}", "give a file of one month"
    else:
        what, fix = "does not say which month it counts", "put it in its name, such as patients-2022-07.csv"
    raise TableError([Problem(source.name, what, fix)])


def _practices(frame: pl.DataFrame) -> pl.DataFrame:
    """Practices only, without the sums over other organisations; where each age band begins."""
    if "organisation" in frame.columns and (frame["organisation"] == "GP").any():
        frame = frame.filter(pl.col("organisation") == "GP")
    from_age = pl.col("age").str.extract(r"^(\d+)").cast(pl.Int64).alias("from_age")
    return frame.with_columns(pl.col("sex").str.to_uppercase(), from_age)


def _bands(month: Month) -> Iterator[pl.Expr]:
    for sex, names in SEXES.items():
        for start, after in pairwise((*STARTS, None)):
            end = "plus" if after is None else str(after - 1)
            older = pl.col("from_age") >= start
            inside = older if after is None else older & (pl.col("from_age") < after)
            patients = pl.col("patients").filter(inside & pl.col("sex").is_in(names))
            yield patients.sum().cast(pl.Int64).alias(f"{sex}_{start}_{end}_{month}")


def _older(month: Month) -> pl.Expr:
    older = pl.col("patients").filter(pl.col("from_age") >= 65).sum()
    return (100 * older / pl.col("patients").sum()).round(3).alias(f"pct_65_plus_{month}")

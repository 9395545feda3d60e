"""Deprivation by practice: the Indices of Deprivation of where its patients live."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from allocate.errors import Problem, Problems, TableError
from allocate.nhs.ages import month_of
from allocate.nhs.formats import IMD, LSOA
from allocate.nhs.reading import read_source, refuse_negative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from allocate.nhs.periods import Month
    from allocate.nhs.reading import Source

SCORES = ("imd_score", "imd_health_score", "income_deprived_rate", "idaci", "idaopi")
DECILES = range(1, 11)
MOST_UNKNOWN = 0.05
"""The share of English patients whose small area the index may lack; beyond it the two are of other years."""

WHOLE_OF_ENGLAND = 30_000
"""Deciles are ranked from scores only where all of England is there: 32,844 areas of 2011, 33,755 of 2021."""

_DIGITS = 1_000_000
"""Scores are averaged as whole millionths, so that the order of rows cannot move the last digit."""


def read_small_areas(path: str | Path) -> Source:
    """Read patients by practice and small area (LSOA).

    Raises:
        InputError: see `read_source`; also negative counts, an unknown month.
    """
    source = read_source(path, LSOA)
    problems = Problems()
    refuse_negative(source, ["patients"], problems)
    with problems.caught():
        month_of(source)
    problems.raise_any(TableError)
    if "sex" not in source.frame.columns:
        return source
    sexes = pl.col("sex").str.to_uppercase()
    both = source.frame.filter(sexes == "ALL")
    return source if both.is_empty() else replace(source, frame=both)


def read_deprivation(path: str | Path) -> Source:
    """Read the Indices of Deprivation by small area: scores, where a higher one is more deprived.

    Raises:
        InputError: see `read_source`; also areas with several rows.
    """
    source = read_source(path, IMD)
    twice = source.frame["lsoa_code"].is_duplicated().sum()
    if twice:
        what = f"has {twice:,} rows for areas that are there more than once"
        raise TableError([Problem(source.name, what, "keep one row an area")])
    if "imd_decile" in source.frame.columns:
        return source
    if source.frame.height < WHOLE_OF_ENGLAND:
        note = "it has neither deciles nor all of England's areas: patients by decile are left out"
        return replace(source, notes=(*source.notes, note))
    rank = pl.col("imd_score").rank("min", descending=True)
    decile = (rank * len(DECILES) / source.frame.height).ceil().alias("imd_decile")
    return replace(source, frame=source.frame.with_columns(decile))


def read_where_patients_live(lsoa: str | Path, imd: str | Path) -> tuple[Source, Source]:
    """Read patients by small area and the Indices of Deprivation, and average the second over the first.

    A row a practice, with the month first, as in ``jul22_imd_score``: patients who live in England's small
    areas; their mean of each index (six decimals, weighted by patients); how many live in each tenth of areas
    (1 is the most deprived); and which fifth of the file's practices by score the practice is in (1 again).

    Returns:
        The patients' file with these rows, and the file of the index.

    Raises:
        InputError: every problem of either file; or the index is of other small areas, and has no score for
            many patients.
    """
    problems = Problems()
    with problems.caught():
        index = read_deprivation(imd)
    with problems.caught():
        lived = read_small_areas(lsoa)
    problems.raise_any()
    return _averaged(lived, index), index


def _averaged(lived: Source, index: Source) -> Source:
    scores = [column for column in SCORES if column in index.frame.columns]
    has_deciles = "imd_decile" in index.frame.columns
    whole = [(pl.col(score) * _DIGITS).round().cast(pl.Int64) for score in scores]
    decile = [pl.col("imd_decile").cast(pl.Int64)] if has_deciles else []
    areas = index.frame.select("lsoa_code", *whole, *decile)
    people = lived.frame.select(
        "practice_code",
        pl.col("lsoa_code").str.to_uppercase(),
        pl.col("patients").fill_null(0).cast(pl.Int64),
    )
    joined = people.join(areas, on="lsoa_code", how="left")
    notes = _unscored(joined, lived.name, index.name)
    month = month_of(lived)
    known = joined.filter(pl.col("imd_score").is_not_null() & (pl.col("patients") > 0))
    columns = _columns(month, scores, has_deciles=has_deciles)
    frame = known.group_by("practice_code").agg(*columns).sort("practice_code").with_columns(_fifth(month))
    return replace(lived, frame=frame, notes=(*lived.notes, *notes))


def _columns(month: Month, scores: list[str], *, has_deciles: bool) -> Iterator[pl.Expr]:
    patients = pl.col("patients")
    yield patients.sum().alias(f"{month.short}_patients_english_lsoa")
    for score in scores:
        scored = patients.filter(pl.col(score).is_not_null()).sum()
        mean = (patients * pl.col(score)).sum() / scored / _DIGITS
        yield mean.round(6).alias(f"{month.short}_{score}")
    for decile in DECILES if has_deciles else ():
        living = patients.filter(pl.col("imd_decile") == decile).sum()
        yield living.alias(f"{month.short}_patients_imd_decile_{decile}")


def _fifth(month: Month) -> pl.Expr:
    rank = pl.col(f"{month.short}_imd_score").rank("min", descending=True)
    return (rank * 5 / pl.len()).ceil().cast(pl.Int64).alias(f"{month.short}_imd_quintile")


def _unscored(joined: pl.DataFrame, lived: str, index: str) -> list[str]:
    """How many patients live where the index does not reach."""
    english = pl.col("lsoa_code").str.starts_with("E")
    unscored = joined.filter(pl.col("imd_score").is_null())
    elsewhere, unknown = (int(unscored.filter(part)["patients"].sum()) for part in (~english, english))
    in_england = int(joined.filter(english)["patients"].sum())
    if unknown > MOST_UNKNOWN * in_england:
        what = f"has no score for {unknown / in_england:.0%} of the English patients in {lived}"
        fix = "give both files for the same small areas: LSOA 2011 or LSOA 2021"
        raise TableError([Problem(index, what, fix)])
    counted = {"live outside England or nowhere known": elsewhere, "live in areas without a score": unknown}
    return [f"{patients:,} patients {where}" for where, patients in counted.items() if patients]

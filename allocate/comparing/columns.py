"""The columns of a comparison: their names and types, and how rates and differences come about.

A column of one run is called ``word:run``, such as ``allocation:llr``. Money is Decimal(18, 2) in £; rates
are floats in £ a head, rounded to a hundredth of a penny, so that differences are the same both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.results.tables import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COPIED: dict[str, Any] = dict.fromkeys(("population", "weighted_population"), pl.Float64)
COPIED |= dict.fromkeys(("baseline", "fair_share", "allocation", "gain"), MONEY)
"""Taken from a run as it stands; the money is historical, by pure fair share, levelled up, and gained."""

RATES: dict[str, Any] = dict.fromkeys(("per_head", "per_weighted_head", "distance"), pl.Float64)
"""Of the allocation; ``distance`` is from the fair share, a share."""

DIFFERENCES: dict[str, Any] = {"difference": MONEY} | dict.fromkeys(
    (
        "difference_per_head",
        "difference_per_weighted_head",
        "per_weighted_head_by_first",
        "difference_per_weighted_head_by_first",
    ),
    pl.Float64,
)
"""This run minus the first, over areas that are in both; ``by_first`` is by the first run's weights."""

SHARED = ("shared_areas", "shared_weight", "shared_allocation")
"""Over areas that are also in the first run: how many, their weighted population there, their money here."""

RATE_DECIMALS, SHARE_DECIMALS = 4, 6


def of(word: str, run: str) -> str:
    """The name of a run's column."""
    return f"{word}:{run}"


def area_types(runs: Sequence[str], by: Sequence[str]) -> dict[str, Any]:
    """The columns of `Comparison.areas`, in order, with their types."""
    types: dict[str, Any] = {"id": pl.String, "name": pl.String} | dict.fromkeys(by, pl.String)
    for run in runs:
        words = COPIED | RATES | {"bound_by": pl.String} | (DIFFERENCES if run != runs[0] else {})
        types |= {of(word, run): kind for word, kind in words.items()}
    return types


def group_types(runs: Sequence[str]) -> dict[str, Any]:
    """The columns of `Comparison.groups`, in order, with their types."""
    types: dict[str, Any] = {"by": pl.String, "value": pl.String}
    for run in runs:
        words = {"areas": pl.Int64} | COPIED | RATES
        words |= {"shared_areas": pl.Int64} | DIFFERENCES if run != runs[0] else {}
        types |= {of(word, run): kind for word, kind in words.items()}
    return types


def with_rates(frame: pl.DataFrame, runs: Sequence[str]) -> pl.DataFrame:
    """Add the rates of each run, and their differences from those of the first."""
    first, *others = runs
    frame = frame.with_columns(each for run in runs for each in _rates(run))
    return frame.with_columns(each for run in others for each in _differences(run, first))


def _rates(run: str) -> Iterator[pl.Expr]:
    money, fair = of("allocation", run), of("fair_share", run)
    yield ratio(money, of("population", run)).round(RATE_DECIMALS).alias(of("per_head", run))
    weighted = ratio(money, of("weighted_population", run)).round(RATE_DECIMALS)
    yield weighted.alias(of("per_weighted_head", run))
    yield (ratio(money, fair) - 1).round(SHARE_DECIMALS).add(0.0).alias(of("distance", run))


def _differences(run: str, first: str) -> Iterator[pl.Expr]:
    for rate in ("per_head", "per_weighted_head"):
        change = pl.col(of(rate, run)) - pl.col(of(rate, first))
        yield change.round(RATE_DECIMALS).alias(of(f"difference_{rate}", run))
    for word, money in (("", "shared_allocation"), ("difference_", "difference")):
        rate_by_first = ratio(of(money, run), of("shared_weight", run)).round(RATE_DECIMALS)
        yield rate_by_first.alias(of(f"{word}per_weighted_head_by_first", run))


def ratio(above: str, below: str) -> pl.Expr:
    """One column divided by another, as floats; null where the other is nought or missing."""
    divisor = pl.col(below).cast(pl.Float64)
    return pl.when(divisor > 0).then(pl.col(above).cast(pl.Float64) / divisor)

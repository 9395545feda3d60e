"""What a reader of a comparison must know before the figures: what differs between the runs besides the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from allocate.comparison_columns import of, ratio
from allocate.comparison_tables import values_of
from allocate.errors import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.comparison_tables import Runs

SAME_WEIGHT = 1e-9
"""Weighted heads that differ by no more than this part weigh need the same: it is floating point."""


def notes(runs: Runs, frame: pl.DataFrame, summary: pl.DataFrame, by: Sequence[str]) -> tuple[str, ...]:
    """One sentence or two on each thing that differs, in the order in which it matters.

    Args:
        runs: what is compared.
        frame: a row an area, as `comparison_tables.side_by_side` makes it.
        summary: as `comparison_figures.summary_table` makes it.
        by: the columns that areas are grouped by.
    """
    first, *others = runs
    found = [*_pots(summary)]
    for label in others:
        found += [*_areas(summary, label, first), *_needs(frame, label, first)]
        found += [*_inputs(frame, label, first)]
    for column in by:
        found += [*_moved(runs, column)]
    for label, run in runs.items():
        found += [*_left_over(summary, label), *_gave_way(label, run.record["summary"]["gave_way"])]
    return tuple(found)


def _pots(summary: pl.DataFrame) -> Iterator[str]:
    if summary["budget"].n_unique() > 1:
        pots = [f"£{pot:,.2f} in {run}" for run, pot in summary.select("run", "budget").iter_rows()]
        yield f"The pots differ: {listing(pots, 10)}. Part of every difference is the size of the pot."


def _areas(summary: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    row, before = (summary.row(by_predicate=pl.col("run") == each, named=True) for each in (label, first))
    if row["same_areas"]:
        return
    extra, gone = row["areas"] - row["shared_areas"], before["areas"] - row["shared_areas"]
    yield (
        f"{label} and {first} are not over the same areas: {row['shared_areas']:,} are in both, {extra:,} only in"
        f" {label}, {gone:,} only in {first}. Their totals differ by £{row['difference']:,.2f}, of which"
        f" £{row['shared_difference']:,.2f} is over the areas in both."
    )


def _needs(frame: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    """Weights that differ by one factor for all areas are the same measure, normalised to other areas."""
    index = ratio(of("weighted_population", label), of("population", label))
    before = ratio(of("weighted_population", first), of("population", first))
    shares = frame.select(here=index, there=before).drop_nulls()
    same = shares.select(pl.col("here") / pl.col("there")).to_series().drop_nans()
    typical = same.median()
    differ = 0 if typical is None else int(((same - typical).abs() > SAME_WEIGHT * abs(typical)).sum())
    if differ:
        yield (
            f"{label} and {first} weigh need differently in {differ:,} of {shares.height:,} areas. £ per weighted"
            f" head and fair shares are by each run's own weights; what is 'by first' is by those of {first}."
        )


def _inputs(frame: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    for word, what in (("baseline", "baselines"), ("population", "populations")):
        pair = frame.select(of(word, label), of(word, first)).drop_nulls()
        differ = int((pair[:, 0] != pair[:, 1]).sum())
        if differ:
            yield f"The {what} of {differ:,} areas differ between {label} and {first}."


def _moved(runs: Runs, column: str) -> Iterator[str]:
    counts = values_of(runs, column).group_by("id").agg(pl.col(column).n_unique().alias("values"))
    moved = int((counts["values"] > 1).sum())
    if moved:
        yield (
            f"'{column}' differs between runs for {moved:,} areas: they are in the group of the first run that"
            " has them."
        )


def _left_over(summary: pl.DataFrame, label: str) -> Iterator[str]:
    left = summary.row(by_predicate=pl.col("run") == label, named=True)["unspent"]
    if left:
        yield f"£{left:,.2f} of the pot of {label} is unspent: its caps let no area take it."


def _gave_way(label: str, strengths: dict[str, float]) -> Iterator[str]:
    if strengths:
        names = listing([f"'{name}'" for name in strengths], 5)
        yield f"In {label} not all rules could hold in full; these gave way: {names}."

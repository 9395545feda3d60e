"""What a reader must know before the figures: what differs between runs besides their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.comparing.columns import of, ratio
from allocate.comparing.grouping import column_of, values_of
from allocate.errors import counted, listing
from allocate.money import in_pence, pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from allocate.comparing.grouping import Runs

SAME_WEIGHT = 1e-9
"""Weighted heads that differ by no more than this part weigh need the same: it is floating point."""


def notes(runs: Runs, frame: pl.DataFrame, summary: pl.DataFrame, by: Sequence[str]) -> tuple[str, ...]:
    """One sentence or two on each thing that differs, in the order in which it matters.

    Args:
        runs: what is compared.
        frame: a row an area, as `tables.side_by_side` makes it.
        summary: as `figures.summary_table` makes it.
        by: the columns that areas are grouped by.
    """
    first, *others = runs
    found = [*_pots(summary)]
    for label in others:
        found += [*_areas(summary, label, first), *_needs(frame, label, first)]
        found += [*_inputs(frame, label, first)]
    for column in by:
        found += [*_moved(runs, column_of(runs, column))]
    for label, run in runs.items():
        found += [*_left_over(summary, label), *_gave_way(label, run.record["summary"]["gave_way"])]
    return tuple(found)


def _pots(summary: pl.DataFrame) -> Iterator[str]:
    if summary["budget"].n_unique() > 1:
        pots = [f"{_pounds(pot)} in {run}" for run, pot in summary.select("run", "budget").iter_rows()]
        yield f"The pots differ: {listing(pots, 10)}. Part of every difference is the size of the pot."


def _areas(summary: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    row, before = (summary.row(by_predicate=pl.col("run") == each, named=True) for each in (label, first))
    if row["same_areas"]:
        return
    extra, gone = row["areas"] - row["shared_areas"], before["areas"] - row["shared_areas"]
    yield (
        f"{label} and {first} are not over the same areas: {row['shared_areas']:,} are in both,"
        f" {extra:,} only in {label}, {gone:,} only in {first}. Their totals differ by"
        f" {_pounds(row['difference'])}, of which {_pounds(row['shared_difference'])} is over the areas in"
        " both."
    )


def _needs(frame: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    """Weights that differ by one factor for all areas are the same measure, normalised to other areas."""
    index, before = (
        ratio(of("weighted_population", each), of("population", each)) for each in (label, first)
    )
    times = frame.select(pl.when(before > 0).then(index / before)).to_series().drop_nulls()
    typical = times.median()
    if not typical:
        return
    apart = (times / typical - 1).abs()
    largest: Any = apart.max()
    differ = int((apart > SAME_WEIGHT).sum())
    if differ:
        where = f"in {differ:,} of {counted(len(times), 'area')}"
        yield (
            f"{label} and {first} weigh need differently {where}, by up to"
            f" {float(largest):.2%}. £ per weighted head and fair shares are by each run's own weights; what"
            f" is 'by first' is by those of {first}."
        )


def _inputs(frame: pl.DataFrame, label: str, first: str) -> Iterator[str]:
    for word, what in (("baseline", "baselines"), ("population", "populations")):
        pair = frame.select(of(word, label), of(word, first)).drop_nulls()
        differ = int((pair[:, 0] != pair[:, 1]).sum())
        if differ:
            yield f"The {what} of {_count(differ)} differ between {label} and {first}."


def _moved(runs: Runs, column: str) -> Iterator[str]:
    counts = values_of(runs, column).group_by("id").agg(pl.col("value").n_unique())
    moved = int((counts["value"] > 1).sum())
    if moved:
        yield (
            f"'{column}' differs between runs for {_count(moved)}: the value in the first run that has"
            " one decides the group."
        )


def _left_over(summary: pl.DataFrame, label: str) -> Iterator[str]:
    left = summary.row(by_predicate=pl.col("run") == label, named=True)["unspent"]
    if left:
        yield f"{_pounds(left)} of the pot of {label} is unspent: its caps let no area take it."


def _gave_way(label: str, strengths: dict[str, float]) -> Iterator[str]:
    if strengths:
        names = listing([f"'{name}'" for name in strengths], 5)
        yield f"In {label} not all rules could hold in full; these gave way: {names}."


def _count(count: int) -> str:
    return "one area" if count == 1 else f"{count:,} areas"


def _pounds(money: Decimal) -> str:
    return pounds(in_pence(money))

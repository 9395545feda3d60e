"""The tables of a comparison: a row an area, a group, a run, a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.comparing.columns import COPIED, SHARED, area_types, group_types, of, with_rates
from allocate.comparing.grouping import first_known, gathered
from allocate.results.tables import MONEY
from allocate.solver.sums import steady

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allocate.comparing.grouping import Runs
    from allocate.groupings.groups import Grouping

ALL_AREAS = "all areas"
"""What the total is called in ``by``."""

MONEYS = ("baseline", "fair_share", "allocation")
"""Historical, by pure fair share, levelled up."""

ONLY_IN: dict[str, Any] = {"id": pl.String, "name": pl.String, "run": pl.String}
ONLY_IN |= dict.fromkeys(MONEYS, MONEY) | {"missing_from": pl.String}


def side_by_side(runs: Runs) -> pl.DataFrame:
    """Every area of any run, in the order of the first: each run's figures for it."""
    ids = pl.concat([run.areas.select("id") for run in runs.values()]).unique(maintain_order=True)
    frame = _beside(ids, _names(runs))
    for label, run in runs.items():
        words = [*COPIED, "bound_by"]
        own = run.areas.select("id", *(pl.col(word).alias(of(word, label)) for word in words))
        frame = _beside(frame, own)
    first, *others = runs
    return frame.with_columns(each for label in others for each in _against(label, first))


def _against(label: str, first: str) -> Iterator[pl.Expr]:
    """What is known of areas that are in a run and in the first."""
    money, before = pl.col(of("allocation", label)), pl.col(of("allocation", first))
    both = money.is_not_null() & before.is_not_null()
    yield (money - before).cast(MONEY).alias(of("difference", label))
    yield both.cast(pl.Int64).alias(of("shared_areas", label))
    yield pl.when(both).then(pl.col(of("weighted_population", first))).alias(of("shared_weight", label))
    yield pl.when(both).then(money).alias(of("shared_allocation", label))


def _beside(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return frame.join(other, on="id", how="left", maintain_order="left")


def _names(runs: Runs) -> pl.DataFrame:
    """What areas are called, by the first run that says so."""
    named = {label: run.areas["name"] for label, run in runs.items() if "name" in run.areas.columns}
    return first_known(gathered(named, runs)).rename({"value": "name"})


def areas_table(
    frame: pl.DataFrame, labels: Sequence[str], groupings: Mapping[str, Grouping]
) -> pl.DataFrame:
    """A row an area; see `Comparison.areas`."""
    named = [_labels(each).alias(name) for name, each in groupings.items() if name not in frame.columns]
    return with_rates(frame.with_columns(named), labels).select(list(area_types(labels, list(groupings))))


def _labels(grouping: Grouping) -> pl.Series:
    """The group of each area; null where it is not known."""
    return pl.Series([*grouping.labels, None])[grouping.codes]


def groups_table(
    frame: pl.DataFrame, labels: Sequence[str], groupings: Mapping[str, Grouping]
) -> pl.DataFrame:
    """A row for all areas together, then one a group; see `Comparison.groups`."""
    frame = frame.with_columns(steady_columns(frame, labels))
    everything = frame.with_columns(pl.lit(ALL_AREAS).alias("by"), pl.lit(None, pl.String).alias("value"))
    frames = [_totals(everything, labels)]
    for name, grouping in groupings.items():
        named = frame.with_columns(pl.lit(name).alias("by"), _labels(grouping).alias("value"))
        order = pl.col("value").cast(pl.Enum(grouping.labels))
        frames.append(_totals(named, labels).sort(order, nulls_last=True))
    return with_rates(pl.concat(frames), labels).select(list(group_types(labels)))


def steady_columns(frame: pl.DataFrame, labels: Sequence[str]) -> Iterator[pl.Series]:
    """Floats that are to be added up, put where sums do not depend on the order; missing ones are nought."""
    names = [of(word, label) for label in labels for word in ("population", "weighted_population")]
    names += [of("shared_weight", label) for label in labels[1:]]
    for name in names:
        yield pl.Series(name, steady(frame[name].fill_null(0).to_numpy()))


def _totals(frame: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    sums = [pl.col(of(word, label)).sum() for label in labels for word in COPIED]
    sums += [pl.col(of(word, label)).sum() for label in labels[1:] for word in ("difference", *SHARED)]
    counts = [
        pl.col(of("allocation", label)).count().cast(pl.Int64).alias(of("areas", label)) for label in labels
    ]
    totals = frame.group_by("by", "value", maintain_order=True).agg(*sums, *counts)
    money = [name for name, kind in totals.schema.items() if kind == pl.Decimal]
    people = [name for name, kind in totals.schema.items() if kind == pl.Float64]
    return totals.with_columns(pl.col(money).cast(MONEY), pl.col(people).round(4))


def only_in_table(areas: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """The areas that some run has not, a row for each run that has them; see `Comparison.only_in`."""
    absent = [pl.when(pl.col(of("allocation", label)).is_null()).then(pl.lit(label)) for label in labels]
    missing = areas.with_columns(
        pl.concat_str(absent, separator=", ", ignore_nulls=True).alias("missing_from")
    )
    missing = missing.filter(pl.col("missing_from") != "")
    frames = [
        missing.filter(pl.col(of("allocation", label)).is_not_null()).select(
            "id",
            "name",
            pl.lit(label).alias("run"),
            *(pl.col(of(m, label)).alias(m) for m in MONEYS),
            "missing_from",
        )
        for label in labels
    ]
    return pl.concat(frames)


def rules_table(runs: Runs) -> pl.DataFrame:
    """A row a rule of any run; see `Comparison.rules`."""
    bound = {label: run.record["summary"]["bound"] for label, run in runs.items()}
    names = list(dict.fromkeys(name for counts in bound.values() for name in counts))
    counts = {of("areas", label): [each.get(name) for name in names] for label, each in bound.items()}
    return pl.DataFrame({"rule": names} | counts, schema=rule_types(list(runs)))


def rule_types(labels: Sequence[str]) -> dict[str, Any]:
    """The columns of `Comparison.rules`, in order, with their types."""
    return {"rule": pl.String} | {of("areas", label): pl.Int64 for label in labels}

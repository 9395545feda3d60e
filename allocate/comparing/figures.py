"""The figures of a comparison: a row a run, and a row a measure of how its money fits need."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.comparing.columns import of
from allocate.comparing.fit import fit
from allocate.comparing.tables import MONEYS
from allocate.money import exact_decimals, in_pounds
from allocate.results.tables import MONEY
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.comparing.grouping import Runs
    from allocate.results.runs import Run

SUMMARY: dict[str, Any] = {"run": pl.String, "title": pl.String, "invented": pl.Boolean, "areas": pl.Int64}
SUMMARY |= dict.fromkeys(("population", "weighted_population"), pl.Float64)
SUMMARY |= dict.fromkeys(("baseline", "fair_share", "allocation", "budget", "new_money", "unspent"), MONEY)
SUMMARY |= {"gaining": pl.Int64, "same_areas": pl.Boolean, "shared_areas": pl.Int64}
SUMMARY |= {"difference": MONEY, "shared_difference": MONEY}
SUMMARY |= {"winners": pl.Int64, "losers": pl.Int64, "unchanged": pl.Int64, "won": MONEY, "lost": MONEY}
SUMMARY |= {"route": pl.String, "areas_sha256": pl.String, "rules_sha256": pl.String}

FIT: dict[str, Any] = {"run": pl.String, "weights": pl.String, "money": pl.String, "areas": pl.Int64}
FIT |= {"mean_distance": pl.Float64, "misplaced_share": pl.Float64, "misplaced": MONEY}
FIT |= dict.fromkeys(("least", "most", "ratio"), pl.Float64)


def summary_table(runs: Runs, frame: pl.DataFrame) -> pl.DataFrame:
    """A row a run; see `Comparison.summary`."""
    first = next(iter(runs))
    rows = [{"run": label} | _own(run) | _against(frame, label, first) for label, run in runs.items()]
    return pl.DataFrame(rows, schema=SUMMARY, orient="row")


def _own(run: Run) -> dict[str, Any]:
    """What a run says of itself."""
    summary, pence, areas = run.record["summary"], run.record["totals_pence"], run.areas
    return {
        "title": run.title,
        "invented": summary["invented"],
        "areas": areas.height,
        "population": round(total(areas["population"].to_numpy()), 1),
        "weighted_population": round(total(areas["weighted_population"].to_numpy()), 1),
        **{word: _sum(areas[word]) for word in MONEYS},
        "budget": in_pounds(pence["budget"]),
        "new_money": in_pounds(pence["budget"] - pence["baseline"]),
        "unspent": in_pounds(pence["unspent"]),
        "gaining": int((areas["gain"] > 0).sum()),
        "route": summary["route"],
        "areas_sha256": run.record["hashes"]["areas"],
        "rules_sha256": run.record["hashes"]["rules"],
    }


@exact_decimals()
def _against(frame: pl.DataFrame, label: str, first: str) -> dict[str, Any]:
    """A run held against the first, area by area; the first itself differs by nothing."""
    money, before = frame[of("allocation", label)], frame[of("allocation", first)]
    change = (money - before).drop_nulls()
    gains, losses = change.filter(change > 0), change.filter(change < 0)
    areas = (frame.height - money.null_count(), frame.height - before.null_count())
    return {
        "same_areas": areas == (change.len(), change.len()),
        "shared_areas": change.len(),
        "difference": _sum(money) - _sum(before),
        "shared_difference": _sum(change),
        "winners": gains.len(),
        "losers": losses.len(),
        "unchanged": change.len() - gains.len() - losses.len(),
        "won": _sum(gains),
        "lost": -_sum(losses),
    }


def _sum(money: pl.Series) -> Decimal:
    return Decimal(money.sum() or 0)


def fit_table(runs: Runs, frame: pl.DataFrame) -> pl.DataFrame:
    """A row for each money of each run, by its own weights and by the first's; see `Comparison.fit`."""
    first = next(iter(runs))
    rows = [
        {"run": label, "weights": weights} | row
        for label in runs
        for weights, by in (("own", label), ("first", first))
        for row in _fits(frame, label, by)
    ]
    return pl.DataFrame(rows, schema=FIT, orient="row")


def _fits(frame: pl.DataFrame, label: str, by: str) -> Iterator[dict[str, Any]]:
    """How each money of a run fits need as another run weighs it, over the areas that are in both."""
    names = [of("weighted_population", by), of("population", by), *(of(word, label) for word in MONEYS)]
    weights, people, *moneys = _numbers(frame, names)
    for word, money in zip(MONEYS, moneys, strict=True):
        found = fit((money * 100).round(), weights, people)
        misplaced = None if found.misplaced is None else in_pounds(found.misplaced)
        yield {"money": word} | asdict(found) | {"misplaced": misplaced}


def _numbers(frame: pl.DataFrame, names: Sequence[str]) -> Iterator[Any]:
    known = frame.select(names).drop_nulls().cast(pl.Float64)
    return (known[:, at].to_numpy() for at in range(len(names)))

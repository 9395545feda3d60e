"""The audit of a run: historical, fair-share and levelled-up money side by side, by groups of areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.equity.audited import ALL, Audit, Compared
from allocate.equity.concentration import concentration_curve
from allocate.equity.measures import group_measures, spread_measures
from allocate.equity.spread import lorenz_curve
from allocate.errors import InputError, Problem
from allocate.groupings.choosing import choose, none_of_the_usual
from allocate.groupings.groups import coverage
from allocate.results.runs import damage_told
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.groupings.groups import Grouping
    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats, Mask

MONEY = {"historical": "baseline", "fair share": "fair_share", "levelled up": "allocation"}
"""The money that is compared, and the column of a result that has it."""

PER = {"weighted head": "weighted_population", "registered head": "population"}
"""What it is divided by; a head counts once, and a weighted head by its need."""


def audit(run: Run, by: str | Sequence[str] | None = None) -> Audit:
    """Audit a run: who gets how much a head, historically, by fair share and levelled up.

    Args:
        run: a finished run.
        by: columns to group areas by, in a list or with commas between them; each may have options after
            colons: ``fifths``, ``tenths``, ``reversed``, ``unordered``. None for the usual ones that it has:
            deprivation, place, ethnicity, contract, rurality; with none of those, columns of few values.

    Raises:
        InputError: a column is not there or cannot be grouped by; all that is wrong at once.
    """
    with damage_told({run.title: run}):
        kept = with_heads(run)
        groupings = choose(run, by, kept)
        if not groupings:
            raise none_of_the_usual(run)
        return audit_by(run, groupings, kept)


def audit_by(run: Run, groupings: Sequence[Grouping], kept: Mask) -> Audit:
    """Audit a run by groupings of the areas that are kept, which are those of `with_heads`.

    Raises:
        InputError: there is no money in it.
    """
    heads = {per: run.areas[column].to_numpy()[kept] for per, column in PER.items()}
    money = {name: _pounds(run.areas[column])[kept] for name, column in MONEY.items()}
    if not any(amounts.any() for amounts in money.values()):
        raise InputError([Problem(run.title, "has no money in it", "there is nothing to audit")])
    people = heads["registered head"]
    return Audit(
        title=run.title,
        invented=bool(run.record["summary"].get("invented")),
        areas=people.size,
        people=total(people),
        money={name: total(amounts) for name, amounts in money.items()},
        coverage=tuple(coverage(each, people) for each in groupings),
        groups=tuple(_sizes(each, people) for each in groupings),
        compared=tuple(_compare(each, per, money, heads[per]) for each in groupings for per in PER),
        spread={
            per: {name: spread_measures(amounts, heads[per]) for name, amounts in money.items()}
            for per in PER
        },
        curves=_curves(groupings, money, heads),
        notes=tuple(_notes(run, kept)),
    )


def with_heads(run: Run) -> Mask:
    """The areas that have people and need: nothing is a head of the others."""
    kept: Mask = np.logical_and.reduce([run.areas[column].to_numpy() > 0 for column in PER.values()])
    return kept


def _pounds(amounts: pl.Series) -> Floats:
    """Money as floats of £, each the nearest to the exact amount."""
    pounds: Floats = amounts.cast(pl.Float64).to_numpy()
    return pounds


def _sizes(grouping: Grouping, people: Floats) -> dict[str, Any]:
    told = {"name": grouping.name, "labels": grouping.labels, "note": grouping.note}
    return told | {"areas": grouping.totals(np.ones_like(people)), "people": grouping.totals(people)}


def _compare(grouping: Grouping, per: str, money: dict[str, Floats], heads: Floats) -> Compared:
    of_group = grouping.totals(heads)
    means = {name: grouping.totals(amounts) / of_group for name, amounts in money.items()}
    measures = {name: group_measures(grouping, amounts, heads) for name, amounts in money.items()}
    return Compared(grouping, per, means, measures)


def _curves(
    groupings: Sequence[Grouping], money: dict[str, Floats], heads: dict[str, Floats]
) -> pl.DataFrame:
    """The Lorenz curve of all areas, and the concentration curve of each grouping that has an order."""
    found = []
    for per, people in heads.items():
        for name, amounts in money.items():
            if not amounts.any():
                continue
            labels = {"money": name, "per": per}
            found.append(_labelled(lorenz_curve(amounts, people), ALL, "lorenz", labels))
            for each in groupings:
                sums = each.totals(amounts)
                if each.ordered and sums.any():
                    curve = concentration_curve(sums, each.totals(people))
                    found.append(_labelled(curve, each.name, "concentration", labels))
    return pl.concat(found)


def _labelled(curve: pl.DataFrame, grouping: str, kind: str, labels: dict[str, str]) -> pl.DataFrame:
    told = {"grouping": grouping, **labels, "curve": kind}
    return curve.select(
        *(pl.lit(value).alias(name) for name, value in told.items()),
        "people_share",
        pl.col("amount_share").alias("money_share"),
    )


def _notes(run: Run, kept: Mask) -> Iterator[str]:
    if left := int((~kept).sum()):
        money = total(_pounds(run.areas["baseline"])[~kept])
        yield f"Areas without people or need are in no figure: {left:,}, with £{money:,.2f} of baselines."
    yield "Groups are of areas: everybody in an area counts in its group, whatever they are like themselves."
    yield "Fair share and levelled up share out the whole pot, historical what areas get today."

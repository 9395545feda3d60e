"""The audit of a run: historical, fair-share and levelled-up money side by side, by groups of areas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.equity.concentration import concentration_curve
from allocate.equity.measures import group_measures, spread_measures
from allocate.equity.spread import lorenz_curve
from allocate.errors import InputError, Problem
from allocate.groupings.choosing import choose, none_of_the_usual
from allocate.groupings.groups import Coverage, Grouping, coverage
from allocate.results.runs import damage_told
from allocate.solver.sums import total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats, Mask

MONEY = {"historical": "baseline", "fair share": "fair_share", "levelled up": "allocation"}
"""The money that is compared, and the column of a result that has it."""

PER = {"weighted head": "weighted_population", "registered head": "population"}
"""What it is divided by; a head counts once, and a weighted head by its need."""

ALL = "all areas"
"""What the measures over all areas have for a grouping."""


@dataclass(frozen=True)
class Compared:
    """One grouping per one kind of head, its amounts side by side."""

    grouping: Grouping
    per: str
    means: dict[str, Floats]
    """For each kind of amount, the mean a head of each group."""
    measures: dict[str, dict[str, float]]
    """For each kind of amount, `measures.group_measures`."""


@dataclass(frozen=True)
class Audit:
    """What a run does to the differences between groups."""

    title: str
    invented: bool
    areas: int
    people: float
    money: dict[str, float]
    """£ in all, of each kind of money."""
    coverage: tuple[Coverage, ...]
    groups: tuple[dict[str, Any], ...]
    """For each grouping its name, labels and note, and the areas and people of each group."""
    compared: tuple[Compared, ...]
    spread: dict[str, dict[str, dict[str, float]]]
    """For each kind of head and of money, `measures.spread_measures` over all areas."""
    curves: pl.DataFrame
    """Lorenz and concentration curves: ``grouping, money, per, curve, people_share, money_share``."""
    notes: tuple[str, ...]

    @cached_property
    def table(self) -> pl.DataFrame:
        """Everything, tidy: ``grouping, group, money, per, measure, value``; null where it says nothing.

        Measures of a whole grouping have no group, and those of areas and people no money. See
        `measures.group_measures` and `measures.spread_measures` for what they are, and `measures.DIRECTION`
        for which way they run.
        """
        schema = dict.fromkeys(("grouping", "group", "money", "per", "measure"), pl.String)
        rows = [*self._coverage_rows(), *self._group_rows(), *self._measure_rows()]
        frame = pl.DataFrame(rows, schema=schema | {"value": pl.Float64}, orient="row")
        return frame.with_columns(pl.col("value").fill_nan(None))

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What it shows, in words: coverage first, then a sentence a measure."""
        from allocate.equity.words import audit_sentences

        return tuple(audit_sentences(self))

    def text(self, width: int | None = None) -> str:
        """What it shows, for a terminal of so many columns; None to wrap and cut nothing."""
        from allocate.equity.text import audit_text

        return audit_text(self, width)

    def __str__(self) -> str:
        from click import unstyle

        return unstyle(self.text())

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import audit_to_html

        return audit_to_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The object of ``audit.json``."""
        from allocate import __version__
        from allocate.equity.measures import DIRECTION

        return {
            "allocate": __version__,
            "title": self.title,
            "invented": self.invented,
            "areas": self.areas,
            "people": self.people,
            "money": self.money,
            "direction": DIRECTION,
            "coverage": [
                {
                    "grouping": each.grouping,
                    "areas": each.rows,
                    "areas_left_out": each.missing_rows,
                    "people": each.people,
                    "people_left_out": each.missing_people,
                    "share_left_out": each.share_left_out,
                }
                for each in self.coverage
            ],
            "groupings": [
                {"grouping": each["name"], "groups": list(each["labels"]), "note": each["note"]}
                for each in self.groups
            ],
            "notes": list(self.notes),
            "sentences": list(self.sentences),
            "measures": self.table.to_dicts(),
        }

    def save(self, folder: str | Path) -> None:
        """Write ``audit.csv``, ``curves.csv`` and ``audit.json`` into a folder, whole or not at all.

        Raises:
            OutputError: they cannot be written.
        """
        from pathlib import Path

        from allocate.files.csv_files import to_csv
        from allocate.files.writing import write_files
        from allocate.results.records import to_json

        files = {"audit.csv": to_csv(self.table), "curves.csv": to_csv(self.curves)}
        write_files(Path(folder), files | {"audit.json": to_json(self.to_dict()).encode()})

    def _coverage_rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.coverage:
            for measure in ("rows", "missing_rows", "people", "missing_people", "share_left_out"):
                name = measure.replace("rows", "areas")
                yield each.grouping, None, None, None, name, float(getattr(each, measure))

    def _group_rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.groups:
            for measure in ("areas", "people"):
                for label, value in zip(each["labels"], each[measure].tolist(), strict=True):
                    yield each["name"], label, None, None, measure, float(value)
        for compared in self.compared:
            for money, means in compared.means.items():
                for label, mean in zip(compared.grouping.labels, means.tolist(), strict=True):
                    yield compared.grouping.name, label, money, compared.per, "mean", mean

    def _measure_rows(self) -> Iterator[tuple[Any, ...]]:
        for per, kinds in self.spread.items():
            for money, found in kinds.items():
                yield from ((ALL, None, money, per, name, value) for name, value in found.items())
        for each in self.compared:
            for money, found in each.measures.items():
                for name, value in found.items():
                    yield each.grouping.name, None, money, each.per, name, value


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

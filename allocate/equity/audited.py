"""A finished audit: its table, its words and its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from allocate.groupings.groups import Coverage, Grouping
    from allocate.solver.arrays import Floats

ALL = "all areas"
"""What the measures over all areas have for a grouping."""

COVERAGE = ("rows", "missing_rows", "people", "missing_people", "share_left_out")
"""What is told of how complete a grouping is: of `Coverage`, whose rows are areas here."""


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

    def compared_by(self, grouping: str) -> list[Compared]:
        """One grouping, by its name: a weighted head, then a registered one."""
        return [each for each in self.compared if each.grouping.name == grouping]

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
            for measure in COVERAGE:
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

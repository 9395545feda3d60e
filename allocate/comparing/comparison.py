"""A finished comparison of runs: its tables, its files, and those loaded again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from allocate.comparing.columns import area_types, group_types
from allocate.comparing.figures import FIT, SUMMARY
from allocate.comparing.tables import ONLY_IN, rule_types
from allocate.errors import InputError, Problem
from allocate.files.csv_files import from_csv, to_csv
from allocate.files.reading import read_whole
from allocate.files.tables import MOST_BYTES
from allocate.files.writing import place_of, reading, write_files
from allocate.results.records import to_json
from allocate.results.runs import UNREADABLE
from allocate.results.tables import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.charts.plots import ComparisonPlots

RECORD, AREAS, GROUPS = "comparison.json", "comparison.csv", "groups.csv"
"""The files of a comparison: everything but its two large tables, a row an area, a row a group."""


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; all are held against the first.

    A column of one run is called ``word:run``, such as ``allocation:llr``. ``baseline`` is the historical
    money, ``fair_share`` what need alone would give (budget · W / ΣW), ``allocation`` the levelled-up money.
    Money is Decimal(18, 2) in £; rates are floats, £ a head to a hundredth of a penny.
    """

    runs: tuple[str, ...]
    """What the runs are called, the first being the one that others are held against."""
    by: tuple[str, ...]
    """The columns that areas are grouped by."""
    notes: tuple[str, ...]
    """What differs between the runs besides the rules: pots, areas, need, baselines; some words on each."""
    areas: pl.DataFrame
    """One row an area of any run: ``id``, ``name``, its groups, and of each run ``population``,
    ``weighted_population``, ``baseline``, ``fair_share``, ``allocation``, ``gain``, ``per_head``,
    ``per_weighted_head``, ``distance`` (of the allocation from the fair share) and ``bound_by``.

    Of all runs but the first also ``difference``, ``difference_per_head`` and
    ``difference_per_weighted_head`` from the first (each by its own weights), and ``..._by_first`` by the
    weights of the first. Null where the area is not in the run, or not in both."""
    groups: pl.DataFrame
    """One row for ``all areas``, then one a group: ``by`` which column, ``value`` of it (null: areas without
    one), and the columns of `areas` added up; ``areas:run`` how many they are.

    ``difference`` and what is ``by_first`` are over the ``shared_areas`` that are in both runs; rates are
    over each run's own areas."""
    summary: pl.DataFrame
    """One row a run: its title, money, areas, how many gain; and against the first ``difference`` of the
    totals, ``same_areas`` whether those are over the same areas, ``shared_difference`` over the areas in
    both, and of those the ``winners`` and ``losers`` with what they ``won`` and ``lost``."""
    fit: pl.DataFrame
    """Measures of fit to need (`fit.Fit`): one row for each ``money`` of each run, with need by its ``own``
    weights over its own areas, and by the ``first`` run's weights over the areas in both."""
    rules: pl.DataFrame
    """One row a rule of any run, ``baseline`` first: how many areas it holds in each; null if the run has no
    such rule."""
    only_in: pl.DataFrame
    """The areas that some run has not: one row for each run that has them, with their money in it."""

    @property
    def plot(self) -> ComparisonPlots:
        """The charts, each an `allocate.charts.figure.Figure`."""
        from allocate.charts.plots import ComparisonPlots

        return ComparisonPlots(self)

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import comparison_to_html

        return comparison_to_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The object of ``comparison.json``."""
        from allocate import __version__

        tables = ("summary", "fit", "rules", "only_in")
        record = {"allocate": __version__, "runs": list(self.runs), "by": list(self.by)}
        return record | {"notes": list(self.notes)} | {name: _rows(getattr(self, name)) for name in tables}

    def to_full_dict(self) -> dict[str, Any]:
        """`to_dict` with the two large tables, as ``allocate compare --json`` prints it."""
        return self.to_dict() | {"groups": _rows(self.groups), "areas": _rows(self.areas)}

    def save(self, folder: str | Path) -> None:
        """Write ``comparison.csv``, ``groups.csv`` and ``comparison.json``, whole or not at all.

        Raises:
            OutputError: they cannot be written.
        """
        files = {AREAS: to_csv(self.areas), GROUPS: to_csv(self.groups)}
        write_files(Path(folder), files | {RECORD: to_json(self.to_dict()).encode()})


def load_comparison(folder: str | Path) -> Comparison:
    """Load what `Comparison.save` has written; it is the same again.

    Raises:
        InputError: a file is missing, or is not what a comparison leaves behind.
    """
    folder = Path(folder)
    try:
        with reading(folder):
            files = {name: read_whole(place_of(folder, name), MOST_BYTES) for name in (RECORD, AREAS, GROUPS)}
        return _parse(files)
    except OSError as error:
        fix = "give the folder that 'allocate compare --out' wrote"
        raise InputError([Problem(str(error.filename), f"cannot be read ({error.strerror})", fix)]) from None
    except UNREADABLE as error:
        reason = str(error).strip().partition("\n")[0]
        what = f"is not what a comparison writes ({reason})"
        raise InputError([Problem(str(folder), what, "compare again")]) from None


def _parse(files: Mapping[str, bytes]) -> Comparison:
    record = json.loads(files[RECORD])
    runs, by = tuple(record["runs"]), tuple(record["by"])
    return Comparison(
        runs,
        by,
        tuple(record["notes"]),
        areas=_read_csv(files[AREAS], area_types(runs, by)),
        groups=_read_csv(files[GROUPS], group_types(runs)),
        summary=_frame(record["summary"], SUMMARY),
        fit=_frame(record["fit"], FIT),
        rules=_frame(record["rules"], rule_types(runs)),
        only_in=_frame(record["only_in"], ONLY_IN),
    )


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(cs.decimal().cast(pl.Float64)).to_dicts()


def _frame(rows: list[dict[str, Any]], types: dict[str, Any]) -> pl.DataFrame:
    """Rows of JSON with the types that they had: the float nearest to an amount is that amount again."""
    read = {name: pl.Float64 if kind == pl.Decimal else kind for name, kind in types.items()}
    frame = pl.DataFrame(rows, schema=read, orient="row")
    money = [name for name, kind in types.items() if kind == pl.Decimal]
    return frame.with_columns(pl.col(money).round(2).cast(MONEY))


def _read_csv(content: bytes, types: dict[str, Any]) -> pl.DataFrame:
    return from_csv(content, types).select(list(types))

"""A finished sweep: its table of points, what every area gets if asked for, and its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.errors import InputError, OutputError, Problem, first_line
from allocate.files.csv_files import from_csv
from allocate.files.reading import read_whole
from allocate.files.tables import MOST_BYTES
from allocate.files.writing import place_of, reading, write_files
from allocate.results.records import TABLE_FORMATS, table_bytes, to_json
from allocate.results.runs import UNREADABLE
from allocate.results.tables import MONEY, money
from allocate.sweeps.knobs import Money
from allocate.sweeps.points import unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.charts.plots import SweepPlots
    from allocate.sweeps.points import Point, Row, Setup

MEASURES: dict[str, Any] = (
    dict.fromkeys(("budget", "new_money", "unspent"), MONEY)
    | {"gaining": pl.Int64, "median_gain": MONEY, "largest_gain": MONEY}
    | {"under_target": pl.Int64, "shortfall": MONEY, "closing_under": pl.Int64, "closing_shortfall": MONEY}
    | dict.fromkeys(("level", "closing_worst", "closing_best"), pl.Float64)
    | {"route": pl.String}
)
"""The columns that every sweep has, after what varies; ``error`` is the last of all."""

AREAS: dict[str, Any] = {
    "point": pl.Int64,
    "id": pl.String,
    "allocation": MONEY,
    "gain": MONEY,
    "closing_distance": pl.Float64,
    "bound_by": pl.String,
}
"""The columns of the table with a row for each area of each point."""

TYPES: dict[str, Any] = {"£": MONEY, "number": pl.Float64, "whole number": pl.Int64, "text": pl.String}
"""What the record calls the types of columns, so that a CSV file can be read without loss."""


@dataclass(frozen=True)
class Sweep:
    """A finished sweep; saved and loaded again it is the same."""

    title: str
    points: pl.DataFrame
    """One row a point: ``point``, what varies, the measures, ``held by ...``, ``kept of ...``, ``error``."""
    areas: pl.DataFrame | None
    """One row for each area of each point that did not fail, if they were asked for."""
    record: dict[str, Any]
    """What was run and how it varied: the object of the JSON file beside the table."""

    @property
    def varied(self) -> list[str]:
        """The columns of what varies."""
        names: list[str] = self.record["sweep"]["columns"]
        return names

    @property
    def failed(self) -> pl.DataFrame:
        """The points that have an error instead of measures."""
        return self.points.filter(pl.col("error").is_not_null())

    @property
    def plot(self) -> SweepPlots:
        """The charts, each an `allocate.charts.figure.Figure`."""
        from allocate.charts.plots import SweepPlots

        return SweepPlots(self)

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import sweep_to_html

        return sweep_to_html(self)

    def save(self, path: str | Path) -> list[Path]:
        """Write the table, its areas if there are any, and the record beside it, whole or not at all.

        Args:
            path: ``points.csv`` or ``points.parquet``; the areas go to ``points-areas.csv``, the record to
                ``points.json``.

        Returns:
            What was written.

        Raises:
            OutputError: it cannot be written.
        """
        points, areas, record = places(path)
        files = {points: table_bytes(self.points, points), record: to_json(self.record).encode()}
        if self.areas is not None:
            files[areas] = table_bytes(self.areas, areas)
        write_files(points.parent, {place.name: content for place, content in files.items()})
        return list(files)


def places(path: str | Path) -> tuple[Path, Path, Path]:
    """Where the points, the areas and the record of a sweep go.

    Raises:
        OutputError: it is neither .csv nor .parquet.
    """
    path = Path(path)
    if path.suffix not in TABLE_FORMATS:
        raise OutputError([Problem(str(path), "is no table that can be written", "name it .csv or .parquet")])
    return path, path.with_stem(f"{path.stem}-areas"), path.with_suffix(".json")


def load_sweep(path: str | Path) -> Sweep:
    """Load what `Sweep.save` has written.

    Raises:
        InputError: a file is missing, or is not what a sweep leaves behind.
    """
    points, areas, beside = places(path)
    try:
        with reading(points.parent):
            record = json.loads(read_whole(place_of(beside.parent, beside.name), MOST_BYTES))
            types = {name: TYPES[kind] for name, kind in record["sweep"]["types"].items()}
            return Sweep(
                record["sweep"]["title"],
                _read(points, types),
                _read(areas, AREAS) if record["sweep"]["areas"] else None,
                record,
            )
    except OSError as error:
        fix = "give the table that 'allocate sweep --out' wrote, with its .json beside it"
        raise InputError([Problem(str(path), f"cannot be read ({error.strerror or error})", fix)]) from None
    except UNREADABLE as error:
        reason = first_line(error, type(error).__name__)
        what = f"is not what a sweep writes ({reason})"
        raise InputError([Problem(str(path), what, "run it again")]) from None


def _read(path: Path, types: dict[str, Any]) -> pl.DataFrame:
    from io import BytesIO

    content = read_whole(place_of(path.parent, path.name), MOST_BYTES)
    return pl.read_parquet(BytesIO(content)) if path.suffix == ".parquet" else from_csv(content, types)


def make_sweep(setup: Setup, points: Sequence[Point], rows: Sequence[Row], record: dict[str, Any]) -> Sweep:
    """Put finished points into tables; rows in the order of the points."""
    varied = _varied(setup, points)
    record = {**record, "sweep": {**record["sweep"], "columns": [column.name for column in varied]}}
    number = pl.Series("point", [point.number for point in points], dtype=pl.Int64)
    table = pl.DataFrame([number, *varied, *_measured(setup, rows, {column.name for column in varied})])
    kinds = {type_: kind for kind, type_ in TYPES.items()}
    record["sweep"]["types"] = {name: kinds[type_] for name, type_ in table.schema.items()}
    areas = _areas(setup, rows) if setup.with_areas else None
    return Sweep(record["sweep"]["title"], table, areas, record)


def _varied(setup: Setup, points: Sequence[Point]) -> list[pl.Series]:
    """A column for each thing that varies."""
    columns = []
    for at, knob in enumerate(setup.knobs):
        values, is_money = [point.values[at] for point in points], isinstance(knob, Money)
        taken = ["point", "error"] if is_money else ["point", "error", *MEASURES]
        name = f"{knob.name} (varied)" if knob.name in taken else knob.name
        if is_money and knob.name != "growth":
            columns.append(money(np.array(values, dtype=np.int64)).alias(name))
        elif any(isinstance(value, str) for value in values):
            columns.append(pl.Series(name, [str(value) for value in values]))
        else:
            columns.append(pl.Series(name, values, dtype=pl.Float64))
    return columns


def _measured(setup: Setup, rows: Sequence[Row], varied: set[str]) -> list[pl.Series]:
    """The columns of what came out; what varies is not repeated."""
    columns = [
        _column(name, [row.get(name) for row in rows], kind)
        for name, kind in MEASURES.items()
        if name not in varied
    ]
    rules = setup.prepared.policy.rules
    for name in ("baseline", *(str(rule.name) for rule in rules)):
        held = [row.get("held_by", {}).get(name) for row in rows]
        columns.append(pl.Series(f"held by {name}", held, dtype=pl.Int64))
    for name in (str(rule.name) for rule in rules if rule.gives_way is not None):
        kept = [row.get("kept_of", {}).get(name) for row in rows]
        columns.append(pl.Series(f"kept of {name}", kept, dtype=pl.Float64))
    return [*columns, pl.Series("error", [row["error"] for row in rows], dtype=pl.String)]


def _column(name: str, values: list[Any], kind: Any) -> pl.Series:
    """A column of measures; money comes in pence."""
    if kind != MONEY:
        return pl.Series(name, values, dtype=kind)
    return (pl.Series(name, values, dtype=pl.Int64).cast(MONEY) / 100).cast(MONEY)


def _areas(setup: Setup, rows: Sequence[Row]) -> pl.DataFrame:
    """What every area gets at every point that did not fail."""
    own = setup.prepared.areas.ids.to_list()
    frames = [_areas_of(row, own) for row in rows if "areas" in row]
    return pl.concat(frames) if frames else pl.DataFrame(schema=AREAS)


def _areas_of(row: Row, own: list[str]) -> pl.DataFrame:
    found = {name: unpacked(text) for name, text in row["areas"].items() if text is not None}
    ids = json.loads(found["ids"]) if "ids" in found else own
    columns = {
        "point": [row["point"]] * len(ids),
        "id": ids,
        "allocation": money(np.frombuffer(found["allocation"], "<i8")),
        "gain": money(np.frombuffer(found["gain"], "<i8")),
        "closing_distance": pl.Series(np.frombuffer(found["closing_distance"], "<f8"), nan_to_null=True),
        "bound_by": [rule or None for rule in json.loads(found["bound_by"])],
    }
    return pl.DataFrame(columns, schema=AREAS)

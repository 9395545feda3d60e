"""What several years leave behind: their tables beside the last year's run, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.errors import InputError, Problem
from allocate.files.csv_files import from_csv, to_csv
from allocate.files.writing import reading, write_files
from allocate.proving.certificate import of_years
from allocate.proving.proof import certificate_for
from allocate.results.records import files_of, to_json
from allocate.results.runs import RECORD, read_part
from allocate.years.plan import PLANNED_TYPES, shortfalls
from allocate.years.running import Years
from allocate.years.tables import EVENT_TYPES, MONEY_TYPES, YEARS_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

YEARS, MONEY, PLANNED = "years.csv", "money.csv", "planned.csv"
"""A row an area and year; a row a year; the planned path, if there is one."""


def record_of(years: Years) -> dict[str, Any]:
    """The object of ``run.json``; see `Years.to_dict`."""
    there = years.within.drop_nulls("year").group_by("year").len().sort("year")
    told = {
        "labels": years.labels,
        "asked": years.asked,
        "tolerance": years.tolerance,
        "discount": years.discount,
        "promise_kept": years.promise_kept,
        "within": dict(there.iter_rows()) | {"never": years.within["year"].null_count()},
        "events": years.events.to_dicts(),
        "planned": None,
    }
    if years.planned is not None:
        found = shortfalls(years)
        told["planned"] = {
            "shortfall_year_by_year": round(found.year_by_year) / 100,
            "shortfall_levelled": round(found.levelled) / 100,
            "shortfall_planned": round(found.planned) / 100,
        }
    return years.record | {"years": told}


def save(years: Years, folder: str | Path) -> None:
    """Write the files of some years; see `Years.save`."""
    if not years.allocations:
        what = "was loaded from a folder, and its files are there already"
        raise InputError([Problem(years.title, what, "copy that folder")])
    proven = zip(years.labels, map(certificate_for, years.allocations), strict=True)
    files = files_of(years.allocations[-1], Path(folder), of_years(dict(proven)))
    files[RECORD] = to_json(record_of(years)).encode()
    tables = {YEARS: years.areas, MONEY: years.money, PLANNED: years.planned}
    files |= {name: to_csv(table) for name, table in tables.items() if table is not None}
    old = {PLANNED} - files.keys()  # one that an earlier run left here would be of other years
    write_files(Path(folder), files, without=old, keep=years.allocations[-1].prepared.scenario.sources)


def load(folder: str | Path) -> Years:
    """Load the files of some years; see `load_years`."""
    folder = Path(folder)
    with reading(folder):
        return _read(folder)


def _read(folder: Path) -> Years:
    record = read_part(folder, RECORD, _record)
    told = record.pop("years")
    planned = None
    if told["planned"] is not None:
        planned = read_part(folder, PLANNED, lambda content: _table(content, PLANNED_TYPES))
    return Years(
        title=record["summary"]["title"],
        invented=record["summary"]["invented"],
        areas=read_part(folder, YEARS, lambda content: _table(content, YEARS_TYPES)),
        money=read_part(folder, MONEY, lambda content: _table(content, MONEY_TYPES)),
        events=pl.DataFrame(told["events"], schema=EVENT_TYPES),
        tolerance=told["tolerance"],
        discount=told["discount"],
        asked=told["asked"],
        loaded=record,
        planned=planned,
    )


def _table(content: bytes, types: Mapping[str, Any]) -> pl.DataFrame:
    return from_csv(content, types)


def _record(content: bytes) -> Any:
    import json

    record = json.loads(content)
    if not isinstance(record, dict) or "years" not in record or "summary" not in record:
        raise ValueError("it has no years in it")
    return record

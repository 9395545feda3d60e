"""What several years leave behind: their tables beside the last year's run, whole or not at all."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from allocate.errors import InputError, Problem
from allocate.files.csv_files import from_csv, to_csv
from allocate.files.writing import reading, write_files
from allocate.proving.certificate_file import of_years
from allocate.proving.proof import certificate_for
from allocate.results.records import files_of, to_json
from allocate.results.runs import RECORD, read_part
from allocate.years.plan import PLANNED_TYPES, shortfalls
from allocate.years.result import Years
from allocate.years.tables import EVENT_TYPES, MONEY_TYPES, YEARS_TYPES

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


def load_years(folder: str | Path) -> Years:
    """Load what `Years.save` has written.

    Raises:
        InputError: a file is missing, or is not what years leave behind.
    """
    folder = Path(folder)
    with reading(folder):
        return _read(folder)


def _read(folder: Path) -> Years:
    found, has_plan = read_part(folder, RECORD, _fields)
    tables = {"areas": (YEARS, YEARS_TYPES), "money": (MONEY, MONEY_TYPES)}
    tables |= {"planned": (PLANNED, PLANNED_TYPES)} if has_plan else {}
    for name, (file, types) in tables.items():
        found[name] = read_part(folder, file, partial(from_csv, types=types))
    return Years(**found)


def _fields(content: bytes) -> tuple[dict[str, Any], bool]:
    """The fields of `Years` that ``run.json`` has, and whether a planned path stands beside it."""
    record = json.loads(content)
    if not isinstance(record, dict) or "years" not in record:
        raise ValueError("it has no years in it")
    told, summary = record.pop("years"), record["summary"]
    fields: dict[str, Any] = {name: float(told[name]) for name in ("tolerance", "discount")}
    fields |= {
        "asked": dict(told["asked"]),
        "title": summary["title"],
        "invented": summary["invented"],
        "loaded": record,
    }
    fields["events"] = pl.DataFrame(told["events"], schema=EVENT_TYPES)
    return fields, told["planned"] is not None

"""A saved run opened for checking: its scenario, rules and table made ready again from the folder alone."""

from __future__ import annotations

import io
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.documents.bundled import SCENARIOS
from allocate.documents.document import Document
from allocate.documents.policy import Policy, merge
from allocate.documents.rulebook import Rulebook
from allocate.documents.scenario import Scenario
from allocate.errors import InputError, Problem
from allocate.files.sheet import Table
from allocate.files.writing import place_of, reading
from allocate.prepared import Prepared, prepare
from allocate.proving.certificate_file import CERTIFICATE
from allocate.results.runs import ALLOCATIONS, RECORD, TABLE, read_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.allocation import Allocation

INPUTS = "inputs.json"
"""The file of a saved run that says where its scenario was, seen from the folder."""


@dataclass(frozen=True)
class Saved:
    """A saved run."""

    folder: Path
    record: dict[str, Any]
    """The object of ``run.json``."""
    table: pl.DataFrame
    """The rows of its table."""
    prepared: Prepared
    """Its scenario, made ready from the copies of its inputs in the folder."""

    @property
    def hashes(self) -> Mapping[str, Any]:
        """Over what its inputs and its allocations mean, by what they are of."""
        hashes: Mapping[str, Any] = self.record.get("hashes", {})
        return hashes

    @property
    def certificate(self) -> Any:
        """What ``certificate.json`` has.

        Raises:
            InputError: it is missing or no JSON.
        """
        return read_part(self.folder, CERTIFICATE, json.loads)

    @property
    def allocations(self) -> Path:
        """Its ``allocations.csv``."""
        return place_of(self.folder, ALLOCATIONS)


def where_inputs_are(folder: Path) -> Path | None:
    """The scenario file of a saved run, if that is where it was; None if not, or there never was one."""
    there = place_of(folder, INPUTS).is_file()
    found = read_part(folder, INPUTS, json.loads) if there else {}
    if not isinstance(found, dict):
        return None
    if bundled := found.get("bundled"):
        path = SCENARIOS / str(bundled)
    elif scenario := found.get("scenario"):
        path = folder / str(scenario)
    else:
        return None
    return path if path.is_file() else None


def is_of_years(folder: Path) -> bool:
    """Whether a folder has several years in it."""
    record = read_part(folder, RECORD, json.loads)
    return isinstance(record, dict) and "years" in record


def reopen(folder: str | Path) -> Saved:
    """Open a saved run and make its scenario ready again.

    Raises:
        InputError: a file is missing, or is not what a run leaves behind.
    """
    folder = Path(folder)
    with reading(folder):
        record = read_part(folder, RECORD, json.loads)
        table = read_part(folder, TABLE, lambda content: pl.read_parquet(io.BytesIO(content)))
    if not isinstance(record, dict) or "summary" not in record:
        raise InputError([Problem(str(folder / RECORD), "is not the record of a run", "run it again")])
    if "years" in record:
        what = "is a run of several years, each of which begins with what the one before gave"
        fix = "run its scenario again, and compare with 'allocate compare'"
        raise InputError([Problem(str(folder), what, fix)])
    where = str(folder / RECORD)
    for part in ("hashes", "versions"):
        with _in_its_form(part, where):
            dict(**record.get(part, {}))
    scenario, policy = _scenario_of(record, where), policy_of(record, where)
    return Saved(folder, record, table, prepare(scenario, policy, Table(table, str(folder / TABLE))))


def _scenario_of(record: Mapping[str, Any], where: str) -> Scenario:
    """The scenario of a record; `where` is left out, since the table has the rows it kept."""
    with _in_its_form("scenario", where):
        said = {key: value for key, value in record["scenario"].items() if key != "where"}
    return Document(where, said).read_as(Scenario)


def policy_of(record: Mapping[str, Any], where: str) -> Policy:
    """The rules of a run, as its record has them.

    Args:
        record: the object of ``run.json``.
        where: what to call it in messages.

    Raises:
        InputError: they cannot be used.
    """
    with _in_its_form("rules", where):
        books = [(str(book["name"]), {**book}) for book in record["rules"]]
    for _, book in books:
        del book["name"]
    named = tuple((name, Document(where, book).read_as(Rulebook)) for name, book in books)
    return Policy(merge([book for _, book in named]), named)


@contextmanager
def _in_its_form(part: str, where: str) -> Iterator[None]:
    """Say that a part of the record is not in its form, if it is not."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"'{part}' is not what a run writes ({str(error).splitlines()[0]})"
        raise InputError([Problem(where, what, "run it again")]) from None


def inputs_from(allocation: Allocation, folder: Path) -> dict[str, Any]:
    """Where the inputs of an allocation are, seen from a folder; for a bundled scenario, its name."""
    scenario = allocation.prepared.scenario
    path = scenario.file
    if path is None or not path.is_file():
        return {"scenario": None}
    if path.is_relative_to(SCENARIOS):
        return {"bundled": path.relative_to(SCENARIOS).as_posix()}
    try:
        return {"scenario": Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()}
    except ValueError:  # another drive on Windows
        return {"scenario": None}

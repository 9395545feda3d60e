"""Finished runs, whether just made or saved: what comparing, auditing and reporting look at."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.csv_files import from_csv
from allocate.errors import AllocateError, InputError, Problem
from allocate.reading import read_whole
from allocate.records import to_json
from allocate.sheet import MOST_BYTES
from allocate.solver.clock import TimeUp
from allocate.tables import ALLOCATION_TYPES
from allocate.writing import place_of, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.allocation import Allocation
    from allocate.equity.auditing import Audit

RECORD, ALLOCATIONS, TABLE = "run.json", "allocations.csv", "table.parquet"
"""The files of a saved run: the record, a row an area, and the rows of the input as they were read."""


KEYS = ("summary", "totals_pence", "tranches", "groups", "scenario", "parameters", "rules", "hashes")
"""What a record must have to be compared, audited and reported on."""

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)
"""What comes of reading a file that somebody has damaged or made up."""


@dataclass(frozen=True)
class Run:
    """A finished run; saved and loaded again it is the same."""

    title: str
    areas: pl.DataFrame
    """One row an area: the columns of ``allocations.csv``, money as Decimal(18, 2)."""
    table: pl.DataFrame
    """The rows of the input table, in the same order, with every column it has, as read."""
    record: dict[str, Any]
    """The object of ``run.json``."""

    def column(self, name: str) -> pl.Series:
        """A column of the table or, if it has none of that name, of the result; one value an area.

        Raises:
            InputError: neither has it.
        """
        for frame in (self.table, self.areas):
            if name in frame.columns:
                return frame[name]
        from allocate.errors import nearest

        fix = nearest(name, [*self.table.columns, *self.areas.columns])
        raise InputError([Problem(self.title, f"has no column '{name}'", fix)])

    def equity(self, by: str | Sequence[str] | None = None) -> Audit:
        """Audit who gets how much a head, historically, by fair share and levelled up.

        Args:
            by: columns to group areas by; see `allocate.equity.audit`.

        Raises:
            InputError: a column is not there or cannot be grouped by; all that is wrong at once.
        """
        from allocate.equity.auditing import audit

        return audit(self, by)


@contextmanager
def taken_at_their_word(saved: Sequence[str]) -> Iterator[None]:
    """Blame a saved run, not allocate, for what comes of a record that somebody has changed.

    Args:
        saved: what the runs that were loaded are called; with none, errors stay what they are.

    Raises:
        InputError: a record is not what a run writes.
    """
    try:
        yield
    except (AllocateError, OSError, TimeUp):
        raise
    except Exception as error:
        if not saved:
            raise
        reason = f"{type(error).__name__}: {error}"
        what = f"{RECORD} is not what a run writes ({reason})"
        raise InputError([Problem(", ".join(saved), what, "run it again")]) from error


def run_of(allocation: Allocation) -> Run:
    """An allocation as a finished run."""
    return Run(
        str(allocation.prepared.scenario.title),
        allocation.areas,
        allocation.prepared.areas.table.frame,
        json.loads(to_json(allocation.to_dict())),
    )


def is_saved(name: str | Path) -> bool:
    """Whether a folder has a saved run in it."""
    return place_of(Path(name), RECORD).is_file()


def open_run(name: str | Path) -> Run:
    """Load a saved run, or run a scenario.

    Args:
        name: the folder of a saved run, or a scenario: a bundled name, a file or a folder.

    Raises:
        InputError: there is neither, or its files cannot be used.
        RulesCannotHold: it is a scenario whose rules contradict each other.
    """
    if is_saved(name):
        return load_run(name)
    from allocate.engine import run

    return run_of(run(name))


def load_run(folder: str | Path) -> Run:
    """Load what `Allocation.save` has written.

    Raises:
        InputError: a file is missing, or is not what a run leaves behind.
    """
    folder = Path(folder)
    with reading(folder):
        record = read_part(folder, RECORD, _record)
        areas = read_part(folder, ALLOCATIONS, _allocations)
        table = read_part(folder, TABLE, lambda content: pl.read_parquet(io.BytesIO(content)))
    if table.height != areas.height:
        what = f"has {areas.height:,} areas, and {TABLE} {table.height:,}"
        raise InputError([Problem(str(folder / ALLOCATIONS), what, "run it again")])
    if missing := [each for each in ALLOCATION_TYPES if each != "name" and each not in areas.columns]:
        what = f"has no column '{missing[0]}'"
        raise InputError([Problem(str(folder / ALLOCATIONS), what, "run it again")])
    return Run(str(record["summary"]["title"]), areas, table, record)


def _record(content: bytes) -> Any:
    record = json.loads(content)
    if not isinstance(record, dict) or not isinstance(record.get("summary"), dict):
        raise ValueError("it is not the record of a run")
    if missing := [key for key in KEYS if key not in record]:
        raise ValueError(f"it has no '{missing[0]}'")
    str(record["summary"]["title"])
    return record


def _allocations(content: bytes) -> pl.DataFrame:
    return from_csv(content, ALLOCATION_TYPES)


def read_part(folder: Path, name: str, parse: Any) -> Any:
    """Read a file of a saved run.

    Raises:
        InputError: it is missing, or is not what a run leaves behind.
    """
    path = folder / name
    try:
        return parse(read_whole(place_of(folder, name), MOST_BYTES))
    except OSError as error:
        fix = "give the folder that 'allocate run --out' wrote"
        raise InputError([Problem(str(path), f"cannot be read ({error.strerror})", fix)]) from None
    except UNREADABLE as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            [Problem(str(path), f"is not what a run writes ({reason})", "run it again")]
        ) from None

"""Finished runs, whether just made or saved: what comparing, auditing and reporting look at."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.errors import AllocateError, InputError, Problem, counted, first_line
from allocate.files.csv_files import from_csv
from allocate.files.reading import read_whole
from allocate.files.tables import MOST_BYTES
from allocate.files.writing import place_of, reading
from allocate.results.records import parts_of_record, to_json
from allocate.results.tables import ALLOCATION_TYPES, MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.allocation import Allocation
    from allocate.charts.plots import RunPlots
    from allocate.equity.audited import Audit
    from allocate.solver.arrays import Floats, Pence

RECORD, ALLOCATIONS, TABLE = "run.json", "allocations.csv", "table.parquet"
"""The files of a saved run: the record, a row an area, and the rows of the input as they were read."""


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
    record: Mapping[str, Any]
    """The object of ``run.json``; a `Record` if the run was just made."""

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

    def pence(self, name: str) -> Pence:
        """A column of money of the result, in whole pence."""
        found: Pence = self.areas[name].cast(MONEY).to_physical().cast(pl.Int64).to_numpy()
        return found

    def floats(self, name: str) -> Floats:
        """A column of the result as floats, NaN where it is empty."""
        return np.array(self.areas[name].cast(float).fill_null(float("nan")), dtype=np.float64)

    def per_weighted_head(self, name: str) -> Floats:
        """Money per weighted head in £, NaN for areas without need."""
        money, weighted = self.floats(name), self.floats("weighted_population")
        return np.divide(money, weighted, out=np.full_like(money, np.nan), where=weighted > 0)

    @property
    def plot(self) -> RunPlots:
        """Its charts, each a `allocate.charts.figure.Figure`: ``run.plot.gain("place")``."""
        from allocate.charts.plots import RunPlots

        return RunPlots(self)

    def equity(self, by: str | Sequence[str] | None = None) -> Audit:
        """Audit who gets how much a head, historically, by fair share and levelled up.

        Args:
            by: columns to group areas by; see `allocate.equity.audit`.

        Raises:
            InputError: a column is not there or cannot be grouped by; all that is wrong at once.
        """
        from allocate.equity.auditing import audit

        return audit(self, by)


class Record(Mapping[str, Any]):
    """The object of ``run.json``, each part made when it is first looked at: some take solving again."""

    def __init__(self, parts: Mapping[str, Callable[[], Any]]) -> None:
        """Take the parts as what makes them."""
        self._parts, self._made = parts, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        """A part, as JSON gives it back."""
        if name not in self._made:
            self._made[name] = json.loads(to_json({name: self._parts[name]()}))[name]
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


@contextmanager
def damage_told(runs: Mapping[str, Run]) -> Iterator[None]:
    """Blame the record of a run that was loaded for what goes wrong with it: somebody may have changed it.

    Raises:
        InputError: it is not what a run writes.
    """
    try:
        yield
    except (AllocateError, OSError, MemoryError):
        raise
    except Exception as error:
        loaded = [label for label, run in runs.items() if not isinstance(run.record, Record)]
        if not loaded:
            raise
        what = f"{RECORD} is not what a run writes ({type(error).__name__}: {error})"
        raise InputError([Problem(", ".join(loaded), what, "run it again")]) from error


def run_of(allocation: Allocation) -> Run:
    """An allocation as a finished run."""
    return Run(
        str(allocation.prepared.scenario.title),
        allocation.areas,
        allocation.prepared.areas.table.frame,
        Record(parts_of_record(allocation)),
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
        what = f"has {counted(areas.height, 'area')}, and {TABLE} {table.height:,}"
        raise InputError([Problem(str(folder / ALLOCATIONS), what, "run it again")])
    return Run(str(record["summary"]["title"]), areas, table, record)


def _record(content: bytes) -> dict[str, Any]:
    record = json.loads(content)
    if not isinstance(record, dict) or "title" not in dict(record.get("summary", {})):
        raise ValueError("it is not the record of a run")
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
        reason = first_line(error, type(error).__name__)
        raise InputError(
            [Problem(str(path), f"is not what a run writes ({reason})", "run it again")]
        ) from None


def damage(label: str, run: Run) -> Iterator[Problem]:
    """What is missing of a saved run that was changed by hand, or comes from another version."""
    needed: dict[str, Sequence[str]] = {
        "summary": ("invented", "bound", "gave_way", "route"),
        "totals_pence": ("baseline", "budget", "unspent"),
        "hashes": ("areas", "rules"),
    }
    missing = [
        f"'{part}.{key}'" for part, keys in needed.items() for key in keys if not _has(run.record, part, key)
    ]
    missing += [
        f"column '{name}'" for name in ALLOCATION_TYPES if name != "name" and name not in run.areas.columns
    ]
    if missing:
        yield Problem(label, f"is not whole: it has no {', '.join(missing)}", "run it again")
        return
    amounts = run.areas.select(
        "id", "population", "weighted_population", "baseline", "fair_share", "allocation"
    )
    if sum(amounts.null_count().row(0)):
        yield Problem(label, "is not whole: ids, people or amounts are missing", "run it again")
    if run.areas["id"].is_duplicated().any():
        yield Problem(label, "has two rows for the same area", "run it again")


def _has(record: Mapping[str, Any], part: str, key: str) -> bool:
    return isinstance(record.get(part), dict) and key in record[part]

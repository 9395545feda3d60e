"""The table of practices that `build` makes: official files joined by practice code."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from allocate.errors import InputError, Problems
from allocate.files.writing import write_files
from allocate.nhs.ages import read_ages
from allocate.nhs.choosing import EVERYWHERE, choose
from allocate.nhs.deprivation import read_where_patients_live
from allocate.nhs.formats import IMD, WEIGHTS
from allocate.nhs.joining import Join, complete, join, with_boards
from allocate.nhs.payments import read_earlier, read_payments, traps
from allocate.nhs.periods import financial_year
from allocate.nhs.reading import Source
from allocate.nhs.starting import AREAS, SCENARIO_FILE, scenario_text
from allocate.nhs.weights import BOARDS, POPULATION, read_weights
from allocate.results.records import check_areas_file, table_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Build:
    """A table of practices made from official files.

    Attributes:
        areas: a row a practice, by practice code.
        sources: the files it was made from, with the columns that were recognised.
        joins: for each file but the payments, what joined and what did not.
        notes: what else to know about the rows, a sentence each.
        scenario: the text of a scenario that runs on it, with AREAS for the name of the table's file.
    """

    areas: pl.DataFrame
    sources: tuple[Source, ...]
    joins: tuple[Join, ...]
    notes: tuple[str, ...]
    scenario: str

    def save(self, out: str | Path) -> list[Path]:
        """Write the table (.parquet or .csv) and, unless one is there already, scenario.yaml beside it.

        Returns:
            The files written.

        Raises:
            OutputError: they cannot be written; nothing was left half-written.
        """
        out = Path(out)
        check_areas_file(out, ())
        files = {out.name: table_bytes(self.areas, out)}
        if not (out.parent / SCENARIO_FILE).exists():
            files[SCENARIO_FILE] = self.scenario.replace(AREAS, json.dumps(out.name)).encode()
        write_files(out.parent, files)
        return [out.parent / name for name in files]


def build(
    payments: str | Path,
    *,
    payments_baseline: str | Path | None = None,
    weights: Sequence[str | Path] = (),
    ages: str | Path | None = None,
    lsoa: str | Path | None = None,
    imd: str | Path | None = None,
    area: str = EVERYWHERE,
) -> Build:
    """Make a table of practices from official NHS files, as published.

    Args:
        payments: NHS Payments to General Practice, practice level.
        payments_baseline: the same of an earlier year; its columns get that year at the end of their names.
        weights: NHS England practice weighted populations. The first measures need; of further ones the
            columns get their year at the end of their names.
        ages: Patients Registered at a GP Practice, by sex and five-year age band.
        lsoa: the same by small area (LSOA); needs `imd`.
        imd: the Indices of Deprivation by small area.
        area: ``llr``, ``all``, or sub-ICB or ICB codes with commas between them.

    Raises:
        InputError: every problem of every file at once.
    """
    readers = [partial(read_payments, payments)]
    readers += [partial(read_earlier, payments_baseline)] if payments_baseline is not None else []
    readers += [partial(read_weights, path, later=at > 0) for at, path in enumerate(weights)]
    readers += [partial(read_ages, ages)] if ages is not None else []
    problems, sources = Problems(), list[Source]()
    for read in readers:
        with problems.caught():
            sources.append(read())
    if lsoa is not None and imd is not None:
        with problems.caught():
            sources += read_where_patients_live(lsoa, imd)
    elif lsoa is not None or imd is not None:
        problems.add("--lsoa and --imd", "only one of them was given", "give both, or neither")
    _refuse_twice(sources, problems)
    problems.raise_any(InputError)
    return _joined(sources, area)


def _joined(sources: Sequence[Source], area: str) -> Build:
    """The practices of an area: the payments, and what the other files have of each."""
    paid, *others = sources
    everybody = paid.frame
    if needs := [source for source in others if source.kind is WEIGHTS]:
        everybody = with_boards(everybody, needs[0])
    without_boards = [replace(each, frame=each.frame.drop(BOARDS, strict=False)) for each in others]
    joined = [each for each in without_boards if each.kind is not IMD]
    table = choose(everybody, area, paid.name).sort("practice_code")
    joins = tuple(join(table, each, everybody) for each in joined)
    for each in joined:
        table = table.join(each.frame, on="practice_code", how="left", maintain_order="left")
    year = financial_year(paid.name)
    table = table.select(cs.string(), ~cs.string()).with_columns(complete(table, joins, year))
    return Build(table, tuple(sources), joins, tuple(traps(table)), scenario_text(table, area, year))


def _refuse_twice(sources: Sequence[Source], problems: Problems) -> None:
    """Files of the same year would bring columns of the same names."""
    seen: dict[str, str] = {}
    for other in (each for each in sources if each.kind is WEIGHTS):
        population = next(column for column in other.frame.columns if column.startswith(POPULATION))
        if population in seen:
            what = f"is of the same year as {seen[population]}"
            problems.add(other.name, what, "give one file a year, with its year in its name")
        seen[population] = other.name

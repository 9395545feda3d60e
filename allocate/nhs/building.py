"""The table of practices that `build` makes: official files joined by practice code, and what did not join."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from allocate.errors import InputError, OutputError, Problem, Problems, nearest
from allocate.nhs.ages import read_ages
from allocate.nhs.deprivation import read_where_patients_live
from allocate.nhs.formats import IMD, WEIGHTS
from allocate.nhs.payments import read_earlier, read_payments, traps
from allocate.nhs.periods import financial_year
from allocate.nhs.starting import AREAS, SCENARIO_FILE, complete_name, population_of, scenario_text
from allocate.nhs.weights import BOARDS, boards, read_weights
from allocate.records import write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from allocate.nhs.reading import Source

LLR = ("04C", "03W", "04V")
"""The sub-ICBs of Leicester, Leicestershire and Rutland. Their practices' codes do not all begin with C82."""

EVERYWHERE = "all"
FORMATS = (".parquet", ".csv")


@dataclass(frozen=True)
class Join:
    """How a file's practices met those of the payments file.

    Attributes:
        name: the file.
        found: practices of the table that it has.
        missing: practices of the table that it has not.
        unused: its practices that are nowhere in the payments file.
    """

    name: str
    found: int
    missing: tuple[str, ...]
    unused: tuple[str, ...]


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
        check_format(out)
        files = {out.name: table_bytes(self.areas, out.suffix)}
        if not (out.parent / SCENARIO_FILE).exists():
            files[SCENARIO_FILE] = self.scenario.replace(AREAS, json.dumps(out.name)).encode()
        write_files(out.parent, files)
        return [out.parent / name for name in files]


def check_format(out: Path) -> None:
    """Refuse a file whose name says no format that can be written.

    Raises:
        OutputError: it is neither .parquet nor .csv.
    """
    if out.suffix.lower() not in FORMATS:
        raise OutputError(
            [Problem(str(out), "is no table that can be written", "give a .parquet or .csv file")]
        )


def table_bytes(frame: pl.DataFrame, suffix: str) -> bytes:
    """A table as the bytes of a file."""
    file = BytesIO()
    if suffix.lower() == ".csv":
        frame.write_csv(file)
    else:
        frame.write_parquet(file)
    return file.getvalue()


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
    problems = Problems()
    with problems.caught():
        paid = read_payments(payments)
    others = _read_others(payments_baseline, weights, ages, lsoa, imd, problems)
    problems.raise_any(InputError)
    everybody = paid.frame
    if needs := [source for source in others if source.kind is WEIGHTS]:
        everybody = _with_boards(everybody, needs[0])
    joined = [
        replace(each, frame=each.frame.drop(BOARDS, strict=False)) for each in others if each.kind is not IMD
    ]
    table = choose(everybody, area, paid.name).sort("practice_code")
    joins = tuple(_join(table, each, everybody) for each in joined)
    for each in joined:
        table = table.join(each.frame, on="practice_code", how="left", maintain_order="left")
    year = financial_year(paid.name)
    table = table.select(cs.string(), ~cs.string()).with_columns(_complete(table, joins, year))
    return Build(table, (paid, *others), joins, tuple(traps(table)), scenario_text(table, area, year))


def choose(practices: pl.DataFrame, area: str, name: str = "the payments file") -> pl.DataFrame:
    """The practices of an area: ``llr``, ``all``, or sub-ICB or ICB codes with commas between them.

    Raises:
        InputError: every code that no practice has.
    """
    if area.strip().lower() == EVERYWHERE:
        return practices
    codes = LLR if area.strip().lower() == "llr" else tuple(code.strip().upper() for code in area.split(","))
    columns = [column for column in ("sub_icb_code", "icb_code") if column in practices.columns]
    known = {code for column in columns for code in practices[column].drop_nulls()}
    problems = Problems()
    for code in codes:
        if code not in known:
            boards_known = "" if "icb_code" in columns else " (which are known once --weights is given)"
            fix = (
                nearest(code, known)
                or f"give sub-ICB codes, such as 04C, or ICB codes, such as QK1{boards_known}"
            )
            problems.add("--area", f"no practice of {name} is in '{code}'", fix)
    problems.raise_any()
    return practices.filter(pl.any_horizontal(pl.col(column).is_in(codes) for column in columns))


def _read_others(
    earlier: str | Path | None,
    weights: Sequence[str | Path],
    ages: str | Path | None,
    lsoa: str | Path | None,
    imd: str | Path | None,
    problems: Problems,
) -> list[Source]:
    """Read every file but the payments; the problems of all are collected."""
    readers: list[Callable[[], Source]] = [partial(read_earlier, earlier)] if earlier is not None else []
    readers += [partial(read_weights, path, later=at > 0) for at, path in enumerate(weights)]
    readers += [partial(read_ages, ages)] if ages is not None else []
    sources = []
    for read in readers:
        with problems.caught():
            sources.append(read())
    if lsoa is not None and imd is not None:
        with problems.caught():
            sources += read_where_patients_live(lsoa, imd)
    elif lsoa is not None or imd is not None:
        problems.add("--lsoa and --imd", "only one of them was given", "give both, or neither")
    return sources


def _with_boards(practices: pl.DataFrame, weights: Source) -> pl.DataFrame:
    """Add the ICB and former CCG of each practice's sub-ICB, unless the payments file has them itself."""
    if "sub_icb_code" not in practices.columns:
        return practices
    known = [column for column in BOARDS if column in practices.columns]
    named = boards(practices, weights).drop(known, strict=False)
    return practices.join(named, on="sub_icb_code", how="left", maintain_order="left")


def _join(table: pl.DataFrame, other: Source, everybody: pl.DataFrame) -> Join:
    key = "practice_code"
    missing = table.join(other.frame, on=key, how="anti")[key].sort().to_list()
    unused = other.frame.join(everybody, on=key, how="anti")[key].sort().to_list()
    return Join(other.name, table.height - len(missing), tuple(missing), tuple(unused))


def _complete(table: pl.DataFrame, joins: Sequence[Join], year: str | None) -> list[pl.Expr]:
    """1 for the practices that can be compared with others, else 0.

    ``complete_2022_23``: there are patients, a published need (if it was given) and no atypical mark (part of a
    year, lists that fluctuate). ``complete_core``: every file given has the practice, too.
    """
    complete = pl.col("registered_patients") > 0
    if "atypical" in table.columns:
        complete &= pl.col("atypical").is_null()
    if need := population_of(table):
        complete &= pl.col(need).is_not_null()
    missing = {code for join in joins for code in join.missing}
    everywhere = complete & ~pl.col("practice_code").is_in(missing)
    named = (complete.alias(complete_name(year)), everywhere.alias("complete_core"))
    return [each.fill_null(value=False).cast(pl.Int64) for each in named]

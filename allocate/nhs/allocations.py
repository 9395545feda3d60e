"""NHS England's allocations to ICBs, from its own workbook: a row an ICB, stream and year."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from allocate.errors import InputError, Problem, Problems, TableError, listing
from allocate.nhs.formats import ALLOCATIONS
from allocate.nhs.headers import candidates, placed, recognise
from allocate.nhs.periods import financial_year
from allocate.nhs.workbook import Sheet, read_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STREAMS = {"pmc": r"\bPMC\b|primary medical", "core": r"\bcore\b"}
"""The streams, and how a sheet's title or name says which it is."""

ICB_CODE = r"^Q[A-Z0-9]{2}$"
LOOKED_AT = 20
"""Rows of a sheet among which its header is looked for."""

MISMATCH = 1e-4
"""A distance further than this from (baseline - target) / target: the columns are not what they seem."""

COLUMNS = (
    "icb_code",
    "icb_name",
    "region",
    "region_name",
    "population",
    "baseline",
    "target",
    "opening_distance",
    "base_growth",
    "convergence",
    "closing_distance",
    "allocation",
    "stream",
    "financial_year",
)


class Published(NamedTuple):
    """The allocations of one sheet."""

    sheet: str
    stream: str
    year: str
    frame: pl.DataFrame
    taken: dict[str, str]


def read_allocations(path: str | Path, *, stream: str | None = None, year: str | None = None) -> pl.DataFrame:
    """Read NHS England's ICB allocations workbook.

    Args:
        path: the workbook (.xlsx).
        stream: ``pmc`` (primary medical care) or ``core``; None for both.
        year: such as ``2023/24``; None for all that are there.

    Returns:
        A row an ICB, stream and year, in the order of the workbook, with the columns `COLUMNS`: ``baseline``,
        ``target`` and ``allocation`` in £ (published in £1,000); ``opening_distance``, ``base_growth``,
        ``convergence`` and ``closing_distance`` as shares; ``population`` as the published allocation
        divided by the published allocation per head (the workbook has no population).

    Raises:
        InputError: it cannot be read, or has no such sheet; every problem at once.
    """
    return pl.concat([published.frame for published in read_published(path, stream=stream, year=year)])


def read_published(
    path: str | Path, *, stream: str | None = None, year: str | None = None
) -> list[Published]:
    """Read the sheets of the workbook that are allocations; see `read_allocations`.

    Raises:
        InputError: see `read_allocations`.
    """
    path = Path(path)
    stream = stream and stream.lower()
    problems = Problems()
    if stream and stream not in STREAMS:
        problems.add("--stream", f"there is no stream '{stream}'", f"give {' or '.join(STREAMS)}")
    if year is not None and financial_year(year) is None:
        problems.add("--year", f"'{year}' is no financial year", "write it as 2023/24")
    problems.raise_any()
    found = list(_allocations(read_sheets(path), path.name))
    wanted = [
        each
        for each in found
        if stream in (None, each.stream)
        and (year is None or financial_year(year) == financial_year(each.year))
    ]
    if not wanted:
        there = listing([f"{each.stream} {each.year}" for each in found], 8)
        what = f"has no allocations for {' '.join(filter(None, (stream, year)))}"
        raise TableError([Problem(path.name, what, f"it has: {there}")])
    return wanted


def _allocations(sheets: Sequence[Sheet], name: str) -> Iterator[Published]:
    """Every sheet with all the columns of allocations; if there is none, what the nearest misses."""
    problems = Problems()
    headers = {sheet.name: _header(sheet) for sheet in sheets}
    complete = [sheet for sheet in sheets if headers[sheet.name][1] == len(list(ALLOCATIONS.required()))]
    for sheet in complete:
        with problems.caught():
            yield _published(sheet, headers[sheet.name][0], name)
    if not complete:
        nearest = max(sheets, key=lambda sheet: headers[sheet.name][1])
        with problems.caught():
            _recognise(nearest, headers[nearest.name][0], f"{name}, sheet '{nearest.name}'")
    problems.raise_any(TableError)


def _header(sheet: Sheet) -> tuple[int, int]:
    """The row of a sheet that looks most like a header, and how many of the required columns it has."""
    fitting = [
        sum(bool(candidates(meaning, row)) for meaning in ALLOCATIONS.required())
        for row in sheet.rows(LOOKED_AT)
    ]
    most = max(fitting, default=0)
    return (fitting.index(most) if fitting else 0), most


def _recognise(sheet: Sheet, header: int, where: str) -> dict[str, str]:
    try:
        return recognise([cell for cell in sheet.row(header) if cell], ALLOCATIONS)
    except InputError as error:
        raise TableError(list(placed(error.problems, where))) from None


def _published(sheet: Sheet, header: int, name: str) -> Published:
    where = f"{name}, sheet '{sheet.name}'"
    taken = _recognise(sheet, header, where)
    frame = _rows(sheet, header, taken)
    title = " ".join([sheet.name, *(cell for at in range(header) for cell in sheet.row(at))])
    stream = next((each for each, says in STREAMS.items() if re.search(says, title, re.IGNORECASE)), None)
    year = financial_year(taken["allocation"], taken["convergence"], sheet.name)
    problems = Problems()
    if stream is None:
        problems.add(where, "does not say its stream", "name the sheet 'PMC ...' or 'Core ...'")
    if year is None:
        problems.add(where, "does not say its year", "name the sheet with its year, such as 2023-24")
    _check(frame, where, problems)
    problems.raise_any(TableError)
    stream, year = str(stream), str(year).replace("_", "/")
    labels = (pl.lit(stream).alias("stream"), pl.lit(year).alias("financial_year"))
    return Published(sheet.name, stream, year, frame.with_columns(labels).select(COLUMNS), taken)


def _rows(sheet: Sheet, header: int, taken: dict[str, str]) -> pl.DataFrame:
    """The ICBs of a sheet: totals by region and for England stand below them, without an ICB's code."""
    columns = sheet.columns(header)
    meanings = [meaning for meaning in ALLOCATIONS.meanings if meaning.column in taken]
    read = {
        meaning.column: sheet.texts(columns[taken[meaning.column]], header)
        if meaning.holds == "text"
        else sheet.numbers(columns[taken[meaning.column]], header)
        for meaning in meanings
    }
    frame = pl.DataFrame(read).filter(pl.col("icb_code").str.contains(ICB_CODE))
    absent = [
        pl.lit(None, dtype=pl.String if meaning.holds == "text" else pl.Float64).alias(meaning.column)
        for meaning in ALLOCATIONS.meanings
        if meaning.column not in taken
    ]
    money = [pl.col(column) * 1000 for column in ("baseline", "target", "allocation")]
    people = (pl.col("allocation") / pl.col("allocation_per_head")).alias("population")
    return frame.with_columns(absent).with_columns(money).with_columns(people)


def _check(frame: pl.DataFrame, where: str, problems: Problems) -> None:
    """Whether the rows are what the headers say: the distance must be that of baseline from target."""
    if frame.is_empty():
        problems.add(where, "has no row with an ICB's code", "is it the right workbook?")
        return
    needed = [meaning.column for meaning in ALLOCATIONS.required()]
    gaps = frame.filter(pl.any_horizontal(pl.col(needed).is_null()))["icb_code"].to_list()
    if gaps:
        problems.add(where, f"has figures missing for {listing(gaps)}", "fill them in")
    twice = frame.filter(pl.col("icb_code").is_duplicated())["icb_code"].unique(maintain_order=True).to_list()
    if twice:
        problems.add(where, f"has several rows for {listing(twice)}", "keep one row an ICB")
    distance = (pl.col("baseline") - pl.col("target")) / pl.col("target")
    differ = frame.filter((distance - pl.col("opening_distance")).abs() > MISMATCH)["icb_code"].to_list()
    if differ:
        what = f"has distances that are not (baseline - target) / target for {listing(differ)}"
        problems.add(where, what, "check that its columns are what their headers say")

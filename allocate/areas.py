"""Read and check a table of areas.

Everything is read as text first and converted afterwards, so that a message can name the row and the
column and say what stood there. Rows count as a spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from allocate.errors import Problem, Problems, TableError, nearest
from allocate.money import MOST_PENCE, to_pence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allocate.solver.arrays import Floats, Mask, Pence, Positions

ROLES = ("id", "population", "baseline", "target", "name")
"""What a column can be to the engine; the first three are needed."""

MARKS = (
    "*",
    "-",
    "..",
    "#N/A",
    "N/A",
    "n/a",
    "NA",
    "NULL",
    "null",
    "NaN",
    "nan",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
)
"""How published tables write a missing or suppressed figure."""

MOST_SHOWN = 20
"""Problems of one kind shown in full; the rest are counted."""

NUMBER = r"^(\(?[+-]?£?[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?\)?|[+-]?£?\.\d+|[+-]?\d+(\.\d*)?[eE][+-]?\d+)%?$"
"""A number as spreadsheets write it: 1,234.50  £1,234  (1,234)  5.4%  1e-05."""

ZeroPopulation = Literal["refuse", "hold"]


class Table:
    """A table with the names that rules use for its columns, each converted when first used.

    Args:
        frame: the rows.
        name: what to call the table in messages.
        rows: the number of each row in its file.
        aliases: names that rules use, each for a column called otherwise.
        id_column: the column that says which area a row is.
        sha256: of the file it was read from.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        name: str,
        rows: Positions | None = None,
        aliases: Mapping[str, str] | None = None,
        id_column: str | None = None,
        sha256: str | None = None,
    ) -> None:
        self.frame = frame
        self.name = name
        self.rows = np.arange(2, frame.height + 2) if rows is None else rows
        self.aliases = dict(aliases or {})
        self.id_column = id_column
        self.sha256 = sha256
        self._converted: dict[str, pl.Series] = {}

    def __contains__(self, name: str) -> bool:
        return self.aliases.get(name, name) in self.frame.columns

    def names(self) -> list[str]:
        """Every name a column can be looked up by."""
        return [*self.aliases, *self.frame.columns]

    def values(self, name: str) -> pl.Series:
        """A column as numbers if that is all that stands there (but for missing values), else as text."""
        column = self.aliases.get(name, name)
        if column not in self._converted:
            self._converted[column] = typed(self.frame[column])
        return self._converted[column]

    def label(self, position: int) -> str:
        """An area for a message: its id and its row."""
        row = f"row {self.rows[position]}"
        if self.id_column is None or self.id_column not in self.frame.columns:
            return row
        return f"{self.frame[self.id_column][position]} ({row})"

    def where(self, position: int, column: str) -> str:
        """A cell for a message."""
        return f"{self.name} row {self.rows[position]}, column '{column}'"

    def known_as(self, aliases: Mapping[str, str], id_column: str | None) -> Table:
        """The same rows, with other names for the columns."""
        return Table(self.frame, self.name, self.rows, aliases, id_column, self.sha256)

    def only(self, kept: Mask) -> Table:
        """The rows that are kept, with the numbers they had."""
        frame, rows = self.frame.filter(pl.Series(kept)), self.rows[kept]
        return Table(frame, self.name, rows, self.aliases, self.id_column, self.sha256)


@dataclass(frozen=True)
class Areas:
    """The areas of a scenario, checked; every array has one entry an area, in the order of the table."""

    ids: pl.Series
    names: pl.Series | None
    population: Floats
    """People; may be fractional, since published lists are averages of months."""
    baseline: Pence
    """Whole pence; a fraction of a penny was rounded up, so that no area is below what it had."""
    target: Floats | None
    """The published target in £, if the table has one."""
    held: Mask
    """Areas without people that are held at their baseline and take no part in anything else."""
    table: Table
    dropped: int = 0
    """Rows left out by `where`."""
    notes: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """How many areas there are."""
        return len(self.ids)

    def in_id_order(self, positions: Positions) -> Positions:
        """Put positions in the order of the areas' ids."""
        order: Positions = self.ids.gather(pl.Series(positions)).arg_sort().to_numpy()
        return np.take(positions, order)


def read_table(path: Path, name: str | None = None) -> Table:
    """Read a .csv, .parquet or .xlsx file without interpreting it; blank rows are passed over.

    CSV may have a byte-order mark and may be UTF-8 or Windows-1252. Of a workbook the first sheet is read.

    Raises:
        TableError: it is not there, or not such a file.
    """
    name = name or path.name
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".xlsx": _read_excel}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise TableError(
            [Problem(name, "is no table that can be read", "give a .csv, .parquet or .xlsx file")]
        )
    try:
        raw = path.read_bytes()
        frame = reader(raw)
    except OSError as error:
        raise TableError([Problem(name, f"cannot be read ({error.strerror or error})")]) from None
    except (pl.exceptions.PolarsError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise TableError([Problem(name, f"is not a table ({reason})", "open it and save it again")]) from None
    rows = np.arange(2, frame.height + 2)
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    return Table(frame.filter(pl.Series(~blank)), name, rows[~blank], sha256=hashlib.sha256(raw).hexdigest())


def _read_csv(raw: bytes) -> pl.DataFrame:
    try:
        raw.decode("utf-8")
        encoding = "utf8"
    except UnicodeDecodeError:
        encoding = "windows-1252"
    frame = pl.read_csv(raw, infer_schema=False, encoding=encoding)
    return frame.rename({name: name.strip() for name in frame.columns if name != name.strip()})


def _read_parquet(raw: bytes) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(raw))


def _read_excel(raw: bytes) -> pl.DataFrame:
    try:
        return pl.read_excel(BytesIO(raw), infer_schema_length=0)
    except ImportError:
        raise ValueError("reading Excel needs: pip install 'allocate[excel]'") from None


def typed(values: pl.Series) -> pl.Series:
    """Make a column numbers (Float64), yes and no, or text; marks and empty cells are missing."""
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64)
        return numbers.set(numbers.is_nan(), None)
    text = values.cast(pl.String).str.strip_chars()
    text = text.set(text.is_in(["", *MARKS]), None)
    codes = text.str.contains(r"^0\d").any() and not text.str.contains(r"\.").any()
    if codes or not text.is_not_null().any():
        return text
    numbers = to_numbers(text)
    return numbers if numbers.null_count() == text.null_count() else text


def to_numbers(text: pl.Series) -> pl.Series:
    """Text as numbers (Float64); null where it is not one. ``5.4%`` is 0.054, ``(1,234)`` is -1234."""
    plain = text.cast(pl.Float64, strict=False)
    plain = plain.set(~plain.is_finite(), None)
    if plain.null_count() == text.null_count():
        return plain
    text = text.str.replace_all(r"[\s ]", "")
    digits = text.str.replace_all(r"[£,()%]", "").cast(pl.Float64, strict=False)
    negative = text.str.starts_with("(").cast(pl.Float64) * -2 + 1
    share = text.str.ends_with("%").cast(pl.Float64) * -0.99 + 1
    numbers = digits * negative * share
    numbers = numbers.set(~(text.str.contains(NUMBER) & numbers.is_finite()), None)
    return plain.fill_null(numbers)


def check_areas(
    table: Table, roles: Mapping[str, str], *, zero_population: ZeroPopulation = "refuse", dropped: int = 0
) -> Areas:
    """Give the columns of a table their roles and check every value.

    Args:
        table: the rows of the scenario, after its `where`.
        roles: which column is the id, the population, the baseline and, if any, the target and the name.
        zero_population: refuse areas without people, or hold them at their baseline.
        dropped: rows that `where` left out.

    Raises:
        TableError: every problem at once: columns that are missing, ids that are empty or twice, figures
            that are missing, negative or no numbers, areas without people.
    """
    problems = Problems()
    _check_columns(table, roles, problems)
    problems.raise_any(TableError)
    if table.frame.height == 0:
        fix = f"'where' left out all {dropped:,} rows; widen it" if dropped else "give at least one row"
        raise TableError([Problem(table.name, "has no areas", fix)])
    ids = _check_ids(table, roles["id"], problems)
    population = _check_figures(table, roles["population"], problems)
    baseline = _check_figures(table, roles["baseline"], problems)
    target = _check_figures(table, roles["target"], problems) if "target" in roles else None
    empty = population == 0
    if zero_population == "refuse":
        fix = "leave it out (where: population > 0) or hold it at its baseline (zero_population: hold)"
        _refuse(table, roles["population"], empty, "has nobody registered", fix, problems)
    problems.raise_any(TableError)
    if empty.all():
        raise TableError([Problem(table.name, "has no area with people", "check the population column")])
    pence = to_pence(baseline, "up")
    names = table.frame[roles["name"]].cast(pl.String) if "name" in roles else None
    notes = tuple(_notes(table, roles, baseline, pence, empty))
    return Areas(ids, names, population, pence, target, empty, table, dropped, notes)


def _check_columns(table: Table, roles: Mapping[str, str], problems: Problems) -> None:
    for role in ROLES[:3]:
        if role not in roles:
            problems.add(
                table.name, f"no column is named as the {role}", f"add '{role}: COLUMN' under 'columns:'"
            )
    for role, column in roles.items():
        if column not in table.frame.columns:
            fix = nearest(column, table.frame.columns) or f"it has: {', '.join(table.frame.columns[:12])}"
            problems.add(table.name, f"has no column '{column}' (the {role})", fix)


def _check_ids(table: Table, column: str, problems: Problems) -> pl.Series:
    ids = table.frame[column].cast(pl.String).str.strip_chars().alias("id")
    empty = (ids.is_null() | (ids == "")).fill_null(value=True).to_numpy()
    _refuse(table, column, empty, "is empty", "give the area an id", problems)
    twice = ids.is_duplicated().to_numpy() & ~empty
    _refuse(table, column, twice, "is there twice", "keep one row an area", problems)
    return ids


def _check_figures(table: Table, column: str, problems: Problems) -> Floats:
    raw = table.frame[column]
    text = raw.cast(pl.String).str.strip_chars().fill_null("")
    numbers = (raw.cast(pl.Float64) if raw.dtype.is_numeric() else to_numbers(text)).fill_null(np.nan)
    figures: Floats = numbers.to_numpy().copy()
    empty = (text == "").to_numpy()
    marks = text.is_in(list(MARKS)).to_numpy()
    wrong = ~np.isfinite(figures) & ~empty & ~marks
    fix = "give the figure, or leave the row out with 'where'"
    _refuse(table, column, empty, "is empty", fix, problems)
    _refuse(table, column, marks, "is a mark for a missing or suppressed figure", fix, problems)
    _refuse(table, column, wrong, "is not a number", "write it as 1234.50", problems)
    figures[~np.isfinite(figures)] = 1.0
    _refuse(
        table, column, figures < 0, "is negative", "correct it, or leave the row out with 'where'", problems
    )
    _refuse(table, column, figures * 100 >= MOST_PENCE, "is too large", "check its unit", problems)
    return figures


def _refuse(table: Table, column: str, bad: Mask, what: str, fix: str, problems: Problems) -> None:
    positions = np.flatnonzero(bad)
    for position in positions[:MOST_SHOWN]:
        value: Any = table.frame[column][int(position)]
        shown = "" if value is None or value == "" else f" '{str(value)[:40]}'"
        area = table.label(int(position)).split(" (")[0]
        known = f" ({area})" if table.id_column not in (None, column) and not area.startswith("row") else ""
        problems.add(table.where(int(position), column) + known, f"{shown} {what}".strip(), fix)
    if positions.size > MOST_SHOWN:
        more = f"{positions.size - MOST_SHOWN:,} more rows like it: in column '{column}' the value {what}"
        problems.add(table.name, more, fix)


def _notes(
    table: Table, roles: Mapping[str, str], pounds: Floats, pence: Pence, empty: Mask
) -> Iterator[str]:
    if rounded := int(np.count_nonzero(np.abs(pounds * 100 - pence) > 1e-3)):
        yield f"{rounded:,} baselines had fractions of a penny and were rounded up to the penny."
    if empty.any():
        held = int(pence[empty].sum()) / 100
        yield f"{int(empty.sum()):,} areas without people are held at their baselines (£{held:,.2f} in all)."
    for role in ROLES[1:4]:
        if role in table.frame.columns and roles.get(role, role) != role:
            yield f"In expressions '{role}' is the column '{roles[role]}', not the column '{role}'."

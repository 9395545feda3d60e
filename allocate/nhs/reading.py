"""One official file made a clean table: its columns recognised and renamed, its stray rows left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.errors import InputError, Problem, Problems, TableError, counted, listing
from allocate.files.tables import read_table
from allocate.files.values import MARKS, as_text, to_numbers
from allocate.nhs.formats import KINDS
from allocate.nhs.headers import absent, looks_like, placed, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.files.sheet import Table
    from allocate.nhs.headers import Kind
    from allocate.solver.arrays import Mask

MOST_SHOWN = 5
"""Cells of one column, and rows of one kind, shown in full; the rest are counted."""

CODE = r"^[A-Z]*\d[A-Z0-9]*$"
"""The code of an organisation or a small area: capitals and digits, at least one digit. A total has none."""


@dataclass(frozen=True)
class Source:
    """An official file, read.

    Attributes:
        kind: what kind of file it is.
        name: what to call it in messages.
        frame: its rows under the columns' own names; numbers are Float64, marks and empty cells null.
        taken: which header each column was read from.
        not_there: columns of its kind that it has not.
        notes: what was left out or looks wrong, a sentence each.
    """

    kind: Kind
    name: str
    frame: pl.DataFrame
    taken: dict[str, str]
    not_there: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_source(path: str | Path, kind: Kind) -> Source:
    """Read a file of one kind: .csv, .parquet or the first sheet of .xlsx.

    Codes are put in capitals. Rows without a code (totals, footnotes) are left out and noted.

    Raises:
        InputError: it cannot be read, is of another kind, misses columns, or has cells that are no numbers;
            every problem at once.
    """
    table = read_table(Path(path))
    taken = _recognise(table, kind)
    key = kind.key
    written = as_text(table.frame[taken[key]]).fill_null("")
    codes = written.str.to_uppercase()
    kept = codes.str.contains(CODE).to_numpy()
    notes = list(_left_out(table, written, kept, taken[key]))
    table = table.only(kept)
    if table.frame.is_empty():
        fix = "is it the right file?"
        raise TableError([Problem(table.name, f"has no row with a code in its column '{taken[key]}'", fix)])
    columns = {key: codes.filter(pl.Series(kept)).alias(key)}
    problems = Problems()
    for meaning in kind.meanings[1:]:
        if meaning.column in taken:
            header = taken[meaning.column]
            read = (
                _text(table, header) if meaning.holds == "text" else _numbers(table, header, problems, notes)
            )
            columns[meaning.column] = read.alias(meaning.column)
    problems.raise_any(TableError)
    return Source(kind, table.name, pl.DataFrame(columns), taken, tuple(absent(kind, taken)), tuple(notes))


def one_row_each(source: Source) -> Source:
    """Check that each practice has one row; rows that are wholly the same count once.

    Raises:
        TableError: practices with several rows that differ.
    """
    key = source.kind.key
    frame = source.frame.unique(maintain_order=True)
    twice = frame.filter(frame[key].is_duplicated())[key].unique(maintain_order=True).to_list()
    if twice:
        what = f"has several rows that differ for {listing(twice, MOST_SHOWN)}"
        raise TableError([Problem(source.name, what, "keep one row a practice")])
    same = source.frame.height - frame.height
    repeated = f"left out {same:,} {'row that repeats' if same == 1 else 'rows that repeat'} another"
    return replace(source, frame=frame, notes=(*source.notes, *([repeated] if same else [])))


def _recognise(table: Table, kind: Kind) -> dict[str, str]:
    headers = table.frame.columns
    try:
        return recognise(headers, kind)
    except InputError as error:
        others = [other for other in KINDS if other is not kind]
        if other := looks_like(headers, others):
            what = f"is '{other.title}', not '{kind.title}'"
            raise TableError([Problem(table.name, what, f"give it with {other.option}")]) from None
        raise TableError(list(placed(error.problems, table.name))) from None


def _left_out(table: Table, written: pl.Series, kept: Mask, header: str) -> Iterator[str]:
    positions = np.flatnonzero(~kept)
    if not positions.size:
        return
    shown = [f"row {table.rows[at]} '{written[int(at)][:30]}'" for at in positions[:MOST_SHOWN]]
    rows, which = counted(positions.size, "row"), listing(shown, MOST_SHOWN, of=positions.size)
    yield f"left out {rows} without a code under '{header}': {which}"


def _text(table: Table, header: str) -> pl.Series:
    text = as_text(table.frame[header])
    return text.set((text == "").fill_null(value=False), None)


def _numbers(table: Table, header: str, problems: Problems, notes: list[str]) -> pl.Series:
    """A column as numbers; marks of missing or suppressed figures become null and are noted."""
    raw = table.frame[header]
    if raw.dtype.is_numeric():
        return raw.cast(pl.Float64)
    text = as_text(raw)
    numbers = to_numbers(text)
    if numbers.null_count() == text.null_count():
        return numbers
    empty = (text == "").fill_null(value=True)
    marked = text.is_in(list(MARKS)).fill_null(value=False)
    _refuse(table, header, text, (numbers.is_null() & ~empty & ~marked).to_numpy(), problems)
    if marked.any():
        marks = ", ".join(f"'{mark}'" for mark in sorted(set(text.filter(marked))))
        figures = counted(int(marked.sum()), "figure")
        notes.append(f"{figures} missing or suppressed under '{header}' ({marks})")
    return numbers


def _refuse(table: Table, header: str, text: pl.Series, wrong: Mask, problems: Problems) -> None:
    positions = np.flatnonzero(wrong)
    for at in positions[:MOST_SHOWN]:
        where = table.where(int(at), header)
        problems.add(
            where, f"'{text[int(at)][:40]}' is not a number", "write it as 1234.50, or leave it empty"
        )
    if positions.size > MOST_SHOWN:
        more = f"{positions.size - MOST_SHOWN:,} more cells of column '{header}' are not numbers"
        problems.add(table.name, more, "is it the right column?")


def refuse_negative(source: Source, columns: Sequence[str], problems: Problems) -> None:
    """Refuse counts of people below nothing: payments may be negative, people not."""
    for column in columns:
        if column in source.frame.columns:
            below = source.frame.filter(pl.col(column) < 0)
            if below.height:
                whose = listing(below[source.kind.key].to_list(), MOST_SHOWN)
                what = f"'{source.taken[column]}' is negative for {whose}"
                problems.add(source.name, what, "correct it in the file")

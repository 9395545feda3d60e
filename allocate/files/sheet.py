"""A table as it stands in its file: read as text, each column converted when it is first used.

A message can so name the row and the column and say what stood there. Rows count as a spreadsheet counts
them: the header is row 1, unless blank rows stand before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocate.errors import Problem, TableError
from allocate.files.values import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allocate.solver.arrays import Mask, Positions

PATTERN = ("would be taken for a pattern of several columns", "rename it")


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
        if found := pattern(frame.columns):
            raise TableError([Problem(f"{name}, column '{found}'", *PATTERN)])
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

    def holding(self, frame: pl.DataFrame, rows: Positions | None = None) -> Table:
        """Another frame under the same names; its rows have the numbers given, or those they had."""
        numbers = self.rows if rows is None else rows
        return Table(frame, self.name, numbers, self.aliases, self.id_column, self.sha256)

    def only(self, kept: Mask) -> Table:
        """The rows that are kept, with the numbers they had."""
        frame, rows = self.frame.filter(pl.Series(kept)), self.rows[kept]
        return Table(frame, self.name, rows, self.aliases, self.id_column, self.sha256)


def pattern(columns: Iterable[str]) -> str | None:
    """A name that polars takes for a pattern, which other columns may match."""
    return next((each for each in columns if each.startswith("^") and each.endswith("$")), None)

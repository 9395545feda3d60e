"""What is known of areas as they merge, close, split and open: rows of the table, and what events say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from allocate.areas import ROLES, Areas
from allocate.documents.stages import names_beside_need
from allocate.errors import listing, nearest
from allocate.files.values import as_text, as_written
from allocate.language.places import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocate.documents.events import Event
    from allocate.errors import Problems
    from allocate.files.sheet import Table
    from allocate.prepared import Prepared
    from allocate.solver.arrays import Floats, Positions
    from allocate.years.happening import Happened
    from allocate.years.people import People


@dataclass(frozen=True)
class Facts:
    """The areas of a year and the row of the table each has its facts from."""

    ids: tuple[str, ...]
    row_of_area: Positions
    said: Mapping[tuple[str, str], Any]
    """By area and column what events say of them."""
    used: tuple[str, ...]
    """The columns that targets, rules and the share-out use."""
    table: Table

    @classmethod
    def of_table(cls, first: Prepared) -> Facts:
        """As the table has them."""
        table, every = first.areas.table, np.arange(first.areas.size)
        roles = {*ROLES, *(table.aliases.get(role, role) for role in ROLES)}
        used = [name for name in names_beside_need(first.scenario, first.policy) if name in table]
        used = list(dict.fromkeys(table.aliases.get(name, name) for name in used))
        columns = tuple(name for name in used if name not in roles)
        return cls(tuple(first.areas.ids), every, {}, columns, table)

    def after(self, event: Event, happened: Happened, problems: Problems) -> Facts:
        """The facts after an event; where areas that become one differ in what the rules use, it must say."""
        said = dict(self.said) | self._as_said(event, happened, problems)
        at = {area: position for position, area in enumerate(self.ids)}
        rows = []
        for area in happened.moves.ids:
            if area in at:
                rows.append(self.row_of_area[at[area]])
                continue
            origins = happened.from_rows[area]
            rows.append(self.row_of_area[at[origins[0]]])
            inherited = self._inherited(area, origins, event, said, problems)
            said = inherited | said
        return replace(self, ids=happened.moves.ids, row_of_area=np.array(rows, dtype=np.intp), said=said)

    def _as_said(self, event: Event, happened: Happened, problems: Problems) -> dict[tuple[str, str], Any]:
        said = {}
        for area, facts in event.facts.items():
            if str(area) not in happened.moves.ids:
                fix = nearest(str(area), happened.moves.ids)
                problems.add(Written(area).where(), f"there is no area '{area}' after this event", fix)
            for column, value in facts.items():
                name = self.table.aliases.get(column, str(column))
                if name not in self.table.frame.columns:
                    fix = nearest(str(column), self.table.names())
                    problems.add(Written(column).where(), f"the table has no column '{column}'", fix)
                elif self.table.values(name).dtype.is_numeric() and not isinstance(value, float):
                    what = f"'{value}' is not a number, as those of column '{column}' are"
                    problems.add(Written(column).where(), what, "write a number")
                said[str(area), name] = value
        return said

    def _inherited(
        self, area: str, origins: list[str], event: Event, said: Mapping[Any, Any], problems: Problems
    ) -> dict[tuple[str, str], Any]:
        """What events said of the areas that a new one comes from; differences must be settled."""
        at = {each: position for position, each in enumerate(self.ids)}
        inherited = {}
        for column in self.used:
            values = {each: self._value(each, at[each], column) for each in origins}
            if len(set(values.values())) > 1 and (area, column) not in said:
                shown = listing([f"{each} has {value}" for each, value in values.items()])
                fix = f"say which: facts: {{{area}: {{{column}: ...}}}}"
                where = Written(event.into or event.open or "").where()
                problems.add(where, f"'{area}' has no one '{column}', which the rules use: {shown}", fix)
        for (each, column), value in self.said.items():
            if each == origins[0]:
                inherited[area, column] = value
        return inherited

    def _value(self, area: str, position: int, column: str) -> str:
        """What an area has in a column, the same text for the same number wherever it stands."""
        in_table = self.table.values(column)[int(self.row_of_area[position])]
        value = self.said.get((area, column), in_table)
        return "nothing" if value is None else as_written(value)

    def areas(self, rows: Areas, people: Floats, parts: People) -> Areas:
        """The areas of a year, with the baselines of the table."""
        held = people == 0
        if parts.making.is_plain and not self.said:
            return replace(rows, population=people, held=held)
        table = self._table(rows.table)
        names = None if rows.names is None else as_text(table.frame[table.aliases["name"]])
        target = None if rows.target is None else _target(rows.target, parts)
        return replace(
            rows,
            ids=pl.Series("id", self.ids, dtype=pl.String),
            names=names,
            population=people,
            baseline=np.zeros(len(self.ids), dtype=np.int64),
            target=target,
            held=held,
            table=table,
        )

    def _table(self, table: Table) -> Table:
        frame = table.frame[self.row_of_area]
        id_column = str(table.id_column)
        columns = {id_column: pl.Series(id_column, self.ids, dtype=pl.String)}
        at = {area: position for position, area in enumerate(self.ids)}
        for (area, column), value in self.said.items():
            if area in at:
                values = columns.get(column, frame[column])
                columns[column] = _with(values, at[area], value)
        return table.holding(frame.with_columns(columns.values()), table.rows[self.row_of_area])


def _target(published: Floats, parts: People) -> Floats:
    """A published target goes where people go; those who come from elsewhere bring none."""
    of_parts = np.zeros(parts.people.size)
    of_parts[: published.size] = published
    return parts.making.total(of_parts, parts.making.people)


def _with(values: pl.Series, position: int, value: Any) -> pl.Series:
    """A column with another value at a position."""
    given = value if values.dtype.is_numeric() else as_written(value)
    return values.cast(pl.Float64 if values.dtype.is_numeric() else pl.String).scatter(position, given)

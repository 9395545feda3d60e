"""The people of areas and their need from year to year, part by part.

A part is a row of the table, or the people who come from elsewhere when an area opens. Need per head is
measured once, and again only when a year changes what it is measured by; between, people change and their
need goes with them: what a part weighs is its need per head × its people × the drift of need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.documents.stages import need_names
from allocate.need import Need, measure
from allocate.solver.sums import total
from allocate.years.moving import Making

if TYPE_CHECKING:
    from allocate.language.names import Names
    from allocate.prepared import Prepared
    from allocate.solver.arrays import Floats, Positions
    from allocate.years.moving import Moves


@dataclass
class People:
    """The people of a year; arrays have one entry a part, in the order of the table, then of opening."""

    people: Floats
    drift: Floats
    """What need per head has been multiplied by since it was measured."""
    making: Making
    """Which parts of which parts each area has."""
    row: Positions
    """The row of the table that each part is, or that it is like."""
    need: Need
    """As it was last measured, on the rows of the table."""
    counted: Floats
    """The people it was measured with, and for parts that opened those they opened with."""
    weighted: Floats
    """What they weighed then."""
    measured_by: Any

    @classmethod
    def of_table(cls, first: Prepared) -> People:
        """As the table has them: each area is one part."""
        people, weighted = first.areas.population, first.need.weighted_population
        making, every = Making.plain(people.size), np.arange(people.size)
        drift = np.ones(people.size)
        return cls(people, drift, making, every, first.need, people, weighted, need_key(first))

    @property
    def of_areas(self) -> Floats:
        """How many people each area has."""
        return self.making.total(self.people, self.making.people)

    def read_again(self, population: Floats) -> None:
        """Take the people of the rows from a column; areas that opened stay as they are."""
        self.people = np.concatenate([population, self.people[population.size :]])

    def grow(self, times: Floats) -> None:
        """Multiply the people of each row, and of the parts that are like it."""
        self.people = self.people * times[self.row]

    def drift_by(self, times: Floats) -> None:
        """Multiply the need per head of each row, and of the parts that are like it."""
        self.drift = self.drift * times[self.row]

    def measure_again(self, year: Prepared, names: Names, *, new_columns: bool) -> None:
        """Measure need per head again if something that it is measured by has changed.

        Columns that are new in this year go with its people; else need goes with the people it was first
        measured with, since counts in the table are of its own people.
        """
        key = need_key(year)
        if key == self.measured_by:
            return
        rows = year.areas.size
        counted = self.people[:rows] if new_columns else self.counted[:rows]
        names.know(population=counted)
        self.need, self.measured_by = measure(year.policy.merged.need, names, counted), key
        self.counted = np.concatenate([counted, self.counted[rows:]])
        self.weighted = np.concatenate([self.need.weighted_population, self.weighted[rows:]])

    def open(self, like: int, row: int, people: float) -> int:
        """Add a part with the need per head of an area; say which it is."""
        there = float(self.of_areas[like])
        weighs = float(self.making.total(self._weights(), self.making.need)[like])
        self.people, self.counted = np.append(self.people, people), np.append(self.counted, people)
        self.weighted = np.append(self.weighted, people * weighs / there if there else 0.0)
        self.drift, self.row = np.append(self.drift, 1.0), np.append(self.row, row)
        return self.people.size - 1

    def move(self, moves: Moves, opened: tuple[int, int] | None) -> None:
        """Go where an event says; `opened` is a part that opened, and its area afterwards."""
        self.making = self.making.then(moves)
        if opened is not None:
            self.making = self.making.with_part(*opened)

    def need_of_areas(self) -> Need:
        """The need of each area, adding up to the people."""
        if self.making.is_plain and np.array_equal(self.people, self.counted) and (self.drift == 1).all():
            return self.need
        people = self.of_areas
        raw = self.making.total(self._weights(), self.making.need)
        weighted = raw * (total(people) / total(raw))
        whole, *parts = self.need.indices
        indices = [replace(whole, values=_per_head(weighted, people))]
        for index in parts:
            of_parts = index.values[self.row] * self.people
            values = _per_head(self.making.total(of_parts, self.making.people), people)
            indices.append(replace(index, values=values))
        return Need(weighted, tuple(indices))

    def _weights(self) -> Floats:
        """Weighted people of each part, before they are made to add up to the people."""
        return self.weighted * _per_head(self.people, self.counted) * self.drift


def _per_head(values: Floats, people: Floats) -> Floats:
    return np.divide(values, people, out=np.zeros_like(people), where=people > 0)


def need_key(prepared: Prepared) -> Any:
    """What need is measured by: if it is the same, so is need per head."""
    columns, settings = prepared.scenario.columns, prepared.settings
    used = need_names(prepared.policy)
    year = prepared.scenario.date.year if prepared.scenario.date and "year" in used else None
    return (
        year,
        tuple((name, str(columns[name])) for name in used if name in columns and name != "population"),
        tuple((name, settings[name]) for name in used if name in settings),
    )

"""Need from persons: the need tree of a rule book over one row a person, added up by area.

The areas that come out are what `run` and `solve` start from: a practice's registered population, weighted by
the need of its own patients instead of by what is known of its neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.documents.left_out import LeftOut, leave_out
from allocate.documents.policy import Policy, books_of, load_policy
from allocate.documents.scenario import scenario_of
from allocate.errors import DocumentError, Problem, Problems, TableError
from allocate.language.places import Written
from allocate.persons.exact_sums import AreaSums, Grid, add_up
from allocate.persons.faults import largest_weights
from allocate.persons.names import PersonNames
from allocate.persons.need import Tree, column_of, weigh_areas
from allocate.persons.table import CODE, SURE, Persons, no_code, scan_persons

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from allocate.documents.rulebook import Rulebook

FIXED = ("population", "weighted_population", "need_index")
"""The columns that every result has beside the areas' codes and one for every node of the tree."""


def weigh(
    persons: Any,
    rules: str | Rulebook | Mapping[str, Any] | Sequence[Any],
    *,
    by: str,
    where: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    date: datetime.date | str | None = None,
) -> pl.DataFrame:
    """Weigh persons by need and add them up by area, the same to the last digit on every run.

    Args:
        persons: one row a person: the path of a .parquet or .csv file, which is streamed and never held
            whole; a polars frame, lazy or not; or anything else that exports Arrow.
        rules: whose need tree to measure: a bundled name, a path, a `Rulebook`, a mapping, or several.
        by: the column with the code of each person's area.
        where: a condition on persons; the others are left out.
        parameters: values of parameters, instead of the books'.
        date: at which dated parameters are read.

    Returns:
        One row an area, in the order of the codes: `by`, ``population`` (persons), ``weighted_population``
        (adding up to all persons), ``need_index`` (per head, average 1), and the index of every node of the
        tree under its name, the whole tree first.

    Raises:
        InputError: the table, the rules or the options cannot be used: columns that are not there, missing
            or negative values, with how many persons have them and the row of the first.
    """
    options = {"where": where, "parameters": parameters or {}, "date": date}
    return prepare_weighing(persons, rules, by, options).weigh().areas


def prepare_weighing(
    persons: Any,
    rules: str | Rulebook | Mapping[str, Any] | Sequence[Any],
    by: str,
    options: Mapping[str, Any],
) -> Weighing:
    """Check everything that can be checked without looking at every person; see `weigh`."""
    asked = scenario_of({"title": "Persons", "areas": "-", "rules": ["-"], **options})
    policy = load_policy(books_of(rules), Path())
    table = scan_persons(persons, by)
    table.check_column(by, "the area of each person")
    if by in FIXED:
        what = f"cannot be by '{by}': the result has a column of that name"
        raise TableError([Problem(table.name, what, "rename the column")])
    if asked.date is None:
        _check_undated(policy, asked.parameters)
    settings = policy.settings(asked.parameters, asked.date)
    year = None if asked.date is None else asked.date.year
    policy, without = leave_out(policy, settings, table.empty)
    names = PersonNames(table, settings, policy.merged.columns, year)
    problems = Problems()
    with problems.caught():
        tree = Tree(policy.merged.need, names)
    with problems.caught():
        sure = pl.lit(value=True) if asked.where is None else names.matches(asked.where)
    problems.raise_any()
    return Weighing(str(policy.merged.title), table, by, names, tree, asked.where, sure, without)


def _check_undated(policy: Policy, given: Mapping[str, Any]) -> None:
    """Check that no parameter needs the date that was not given."""
    problems = Problems()
    for name, parameter in policy.merged.parameters.items():
        if parameter.dated and name not in given:
            problems.add(
                Written(name).where(), f"'{name}' depends on the date", "give one, as --date 2023-04-01"
            )
    problems.raise_any(DocumentError)


@dataclass(frozen=True)
class Weighed:
    """What came out."""

    title: str
    """Of the rules."""
    by: str
    areas: pl.DataFrame
    left_out: int
    """Persons that `where` left out."""
    without: tuple[LeftOut, ...]
    """Indices that the rules leave out, as the table has no columns for them."""

    @property
    def persons(self) -> int:
        """How many were weighed."""
        return int(self.areas["population"].sum())


@dataclass(frozen=True)
class Weighing:
    """Persons, a need tree whose expressions are checked, and which of the persons to weigh."""

    title: str
    persons: Persons
    by: str
    names: PersonNames
    tree: Tree
    where: Written | None
    sure: pl.Expr
    """Whether a person is weighed, by `where`; missing where that is not known."""
    without: tuple[LeftOut, ...]

    def frame(self, *, numbered: bool = False) -> pl.LazyFrame:
        """The persons that are weighed, or might be: the columns that are used, and `SURE`."""
        frame = self.persons.columns(self.by, self.names.used, numbered=numbered)
        for name, value in self.names.computed.items():
            frame = frame.with_columns(value.alias(name))
        if self.where is None:
            return frame.with_columns(pl.lit(value=True).alias(SURE))
        return frame.with_columns(self.sure.alias(SURE)).filter(pl.col(SURE).fill_null(value=True))

    def weigh(self) -> Weighed:
        """Weigh everybody: one pass, and two more if something is wrong or weights are very large or small.

        Raises:
            InputError: what is wrong with which figures, or there is nobody.
        """
        sums = self._add_up(Grid())
        if not sums.people:
            fix = "widen 'where'" if self.where else "is it the right file?"
            raise TableError([Problem(self.persons.name, "has nobody to weigh", fix)])
        if _has_gaps(sums.areas) or not sums.fit:
            sums = self._add_up(Grid.made_to_measure(largest_weights(self), int(sums.persons.max())))
        everybody = sums.people if self.where is None else self.persons.count()
        return Weighed(self.title, self.by, self._areas(sums), everybody - sums.people, self.without)

    def _add_up(self, grid: Grid) -> AreaSums:
        weights = [column_of(each) for each in self.tree.products]
        not_negative = [pl.col(column_of((number,))) >= 0 for number, _ in enumerate(self.tree.leaves)]
        sound = not_negative if self.where is None else [*not_negative, pl.col(SURE)]
        frame = self.tree.weights(self.frame(), CODE, SURE)
        with self.persons.reading():
            return add_up(frame, CODE, weights, sound, grid)

    def _areas(self, sums: AreaSums) -> pl.DataFrame:
        nodes = weigh_areas(self.tree, sums)
        columns: dict[str, Any] = {self.by: sums.areas, "population": sums.persons}
        columns["weighted_population"] = nodes[0].weighted
        columns["need_index"] = nodes[0].weighted / sums.persons
        for node in nodes:
            columns[_unique(node.name, columns)] = node.weighted / sums.persons
        return pl.DataFrame(columns)


def _has_gaps(codes: pl.Series) -> bool:
    return not codes.to_frame(CODE).filter(no_code()).is_empty()


def _unique(name: str, taken: Mapping[str, Any]) -> str:
    """A name that is not taken yet: with a number after it, if it is."""
    number, given = 1, name
    while name in taken:
        number += 1
        name = f"{given} ({number})"
    return name

"""The model of a scenario: a table of areas, the rules for them and the money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from allocate.documents.budget import Budget, Pounds
from allocate.documents.bundled import SCENARIOS, find_scenario, rulebook_names
from allocate.documents.document import in_words, options_problems
from allocate.documents.events import Event
from allocate.documents.fields import ABOUT, Day, Formula, Part, Text
from allocate.documents.rulebook import Parameter
from allocate.documents.strict_yaml import read_document
from allocate.documents.timetable import Timetable
from allocate.errors import InputError, Problem, nearest

ROUTES = ("closed form", "nested", "linear programme")
"""The ways of sharing out, from the fewest rules to any; see `sharing.routes`."""


def as_route(name: Any) -> str:
    """The route that a name means, with spaces, hyphens or underscores.

    Raises:
        ValueError: there is none of that name.
    """
    route = str(name).strip().lower().replace("-", " ").replace("_", " ")
    if route not in ROUTES:
        raise ValueError(f"there is no route '{name}'; {nearest(route, ROUTES)}")
    return route


Route = Annotated[str, BeforeValidator(as_route), WithJsonSchema({"enum": list(ROUTES)})]


class Scenario(Part):
    """A table of areas, the rules for them and the money: all that a run needs."""

    title: Text = Field(description="what it is called")
    about: Text | None = Field(None, description=ABOUT)
    areas: Text = Field(description="the table, relative to this file: .csv, .parquet or .xlsx")
    sheet: Text | None = Field(None, description="which sheet of a workbook, if not the first")
    columns: dict[Text, Text] = Field(
        default_factory=dict,
        description="which column is the id, population, baseline, target or name; or any name rules use",
    )
    where: Formula | None = Field(None, description="which rows are in the scenario")
    rules: tuple[Text, ...] = Field(min_length=1, description="bundled names or paths; later ones override")
    parameters: dict[Text, Parameter] = Field(
        default_factory=dict, description="values that hold instead of those of the rule books"
    )
    budget: Budget | None = Field(None, description="omitted: what the floors and set amounts add up to")
    date: Day | None = Field(None, description="at which dated parameters are read")
    round_to: Pounds = Field(Decimal("0.01"), description="the unit of every allocation, £; 1, 100 or 1000")
    leave_unspent: bool = Field(
        False, description="true: what caps leave over is reported instead of refused"
    )
    zero_population: Literal["refuse", "hold"] = Field(
        "refuse", description="areas without people: refused, or held at their baselines"
    )
    route: Route | None = Field(
        None, description="how to share out, if another way than the simplest that does"
    )
    invented: bool = Field(False, description="true: every summary says that the figures are made up")
    years: Timetable | None = Field(None, description="several years, each from where the last one ended")
    events: tuple[Event, ...] = Field((), description="with years: practices that merge, close, split, open")
    _path: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _years_say_when(self) -> Scenario:
        if self.years is not None and self.date is not None:
            raise ValueError("'date' goes without 'years', of which each has its own; remove the date")
        if self.events and self.years is None:
            raise ValueError("'events' go with 'years'; say from when to when with 'years:'")
        return self

    @field_validator("round_to")
    @classmethod
    def _unit_is_positive(cls, unit: Decimal) -> Decimal:
        if unit <= 0:
            raise ValueError("must be £0.01 or more; 0.01, 1, 100 and 1000 are common")
        return unit

    @property
    def folder(self) -> Path:
        """The folder its relative paths begin in."""
        return Path() if self._path is None else self._path.parent

    @property
    def file(self) -> Path | None:
        """The file it was loaded from; None if a program made it."""
        return self._path

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that it is made from: its own, its table and its rule books that are files."""
        books = [str(name) for name in self.rules if str(name) not in rulebook_names()]
        if self._path is None:
            return ()
        return (self._path, *(self.folder / name for name in (str(self.areas), *books)))

    def as_it_begins(self) -> Scenario:
        """The scenario of its first year, or itself if it has no years."""
        from allocate.years.ahead import scenario_of

        return self if self.years is None else scenario_of(self, self.years.days[0])

    def with_changes(
        self, *, budget: Any = None, parameters: Mapping[str, Any] | None = None, route: str | None = None
    ) -> Scenario:
        """The same scenario with another budget, other values of some parameters or another route.

        Args:
            budget: £, the whole pot; or a `Budget`.
            parameters: values by name.
            route: one of `ROUTES`.

        Raises:
            InputError: the budget is no amount, a value no value, or there is no such route.
        """
        pot = self.budget if budget is None else _checked("budget", Budget, budget)
        values = {name: _checked(name, Parameter, value) for name, value in (parameters or {}).items()}
        way = self.route if route is None else _checked("route", Route, route)
        changes = {"budget": pot, "parameters": {**self.parameters, **values}, "route": way}
        return self.model_copy(update=changes)

    def with_book(self, name: str) -> Scenario:
        """The same scenario with a rule book after its own, unless it has it already.

        Args:
            name: of a bundled book, or a file.
        """
        if name in self.rules or any(
            (self.folder / each).resolve() == Path(name).resolve() for each in self.rules
        ):
            return self
        book = name if name in rulebook_names() else str(Path(name).resolve())
        return self.model_copy(update={"rules": (*self.rules, book)})


def _checked(name: str, kind: Any, given: Any) -> Any:
    """What a program or the command line gave for a key of a scenario, as its kind."""
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        raise InputError([Problem(name, *in_words(each, kind)) for each in error.errors()]) from None


def scenario_of(given: Mapping[str, Any]) -> Scenario:
    """The scenario that a program gives.

    Raises:
        InputError: every key that is wrong.
    """
    try:
        return Scenario.model_validate(given)
    except ValidationError as error:
        raise InputError(options_problems(error, Scenario)) from None


def load_scenario(name: str | Path) -> Scenario:
    """Load a scenario by its bundled name, its file or its folder.

    Raises:
        InputError: there is none of that name.
        DocumentError: every way in which the file is not what the format says.
    """
    path = find_scenario(str(name))
    bundled = path.is_relative_to(SCENARIOS)
    scenario = read_document(path, path.relative_to(SCENARIOS).as_posix() if bundled else None).read_as(
        Scenario
    )
    scenario._path = path
    return scenario

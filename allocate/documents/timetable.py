"""The model of `years:` in a scenario: which years, their money, and how people and need change."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from allocate.documents.budget import Budget
from allocate.documents.fields import (
    ABOUT,
    SOURCE,
    Number,
    Part,
    Text,
)
from allocate.documents.rates import FirstDay, People, Rates, label_of
from allocate.documents.rulebook import Parameter

MOST_YEARS = 50
"""A plan of more years than this is a slip of the pen."""


class OneYear(Part):
    """A year that is written out: what is said here holds instead of what is said for all years."""

    year: FirstDay = Field(description="which year")
    budget: Budget | None = Field(None, description="its pot")
    parameters: dict[Text, Parameter] = Field(default_factory=dict, description="values that hold in it")
    columns: dict[Text, Text] = Field(
        default_factory=dict, description="columns that hold from this year on instead of others"
    )
    population: People | None = Field(None, description="how people change on the year before, or a column")
    need_drift: Rates | None = Field(None, description="how need per head changes on the year before")
    deflator: Number | None = Field(None, description="the rise of prices since the year before")
    about: Text | None = Field(None, description=ABOUT)
    source: Text | None = Field(None, description=SOURCE)

    @model_validator(mode="after")
    def _money_is_carried(self) -> OneYear:
        if carried := [name for name in ("baseline", "id") if name in self.columns]:
            raise ValueError(f"'{carried[0]}' is carried from year to year; remove it from 'columns'")
        return self


class Timetable(Part):
    """The years of a scenario: from one to another, or a list of them, or both."""

    first: FirstDay | None = Field(None, alias="from", description="the first year")
    last: FirstDay | None = Field(None, alias="to", description="the last year")
    each: tuple[OneYear, ...] = Field((), description="years that are written out")
    budget: Budget | None = Field(None, description="of every year, unless it has its own")
    population: People | None = Field(None, description="how people change a year")
    need_drift: Rates | None = Field(None, description="how need per head changes a year")
    deflator: Number = Field(0.0, description="the rise of prices a year, for the view in real terms")
    tolerance: Number = Field(0.05, description="how near to its fair share an area is when it is there")
    discount: Number = Field(0.035, description="a year, for the planned path; the Green Book's")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The short form too: a list of years."""
        long = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [long, {"type": "array", "items": long["properties"]["each"]["items"]}]}

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"each": given} if isinstance(given, (list, tuple)) else given

    @model_validator(mode="after")
    def _in_order(self) -> Timetable:
        if (self.first is None) != (self.last is None) or (self.first is None and not self.each):
            raise ValueError("needs 'from' and 'to', or a list of years; write from: 2023/24 and to: 2027/28")
        if self.first is not None and (self.first.month, self.first.day) == (2, 29):
            raise ValueError("'from' is 29 February, which other years do not have; write another day")
        if self.first and self.last and not 0 <= self.last.year - self.first.year < MOST_YEARS:
            raise ValueError("'to' must be the year of 'from' or one of the next 49; correct one of them")
        if self.population is not None and self.population.column is not None:
            what = "a column says how many people there are in one year; write it there: each: [{year: ...}]"
            raise ValueError(what)
        self._check_each()
        if not (self.tolerance >= 0 and self.discount > -1 and self.deflator > -1):
            raise ValueError("'tolerance' must be 0% or more, and rates above -100%; correct them")
        return self

    def _check_each(self) -> None:
        days = [entry.year for entry in self.each]
        twice = [day for before, day in pairwise(days) if day <= before]
        if twice:
            what = f"{label_of(twice[0])} does not come after the year before it; put the years in order"
            raise PydanticCustomError("order", what.replace("{", "{{"))
        for day in days:
            if self.first and day not in self.days:
                span = f"{label_of(self.first)} to {label_of(self.days[-1])}"
                raise ValueError(f"{label_of(day)} is not one of the years {span}; correct or remove it")

    @property
    def days(self) -> tuple[date, ...]:
        """The first day of every year."""
        if self.first is None or self.last is None:
            return tuple(entry.year for entry in self.each)
        years = range(self.first.year, self.last.year + 1)
        return tuple(self.first.replace(year=year) for year in years)

    def entry(self, day: date) -> OneYear:
        """What is written out for the year that begins on a day; nothing for most."""
        return next((entry for entry in self.each if entry.year == day), OneYear(year=day))

"""The model of `years:` in a scenario: which years, their money, and how people and need change."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from allocate.documents.budget import Budget
from allocate.documents.fields import (
    ABOUT,
    DATE,
    SOURCE,
    VALUE_SCHEMA,
    Day,
    Formula,
    Number,
    Part,
    ShortPart,
    Text,
)
from allocate.documents.rulebook import Parameter
from allocate.money import parse_number

FINANCIAL_YEAR = re.compile(r"([0-9]{4})[/-]([0-9]{2})")
MOST_YEARS = 50
"""A plan of more years than this is a slip of the pen."""


def _as_day(value: Any) -> Any:
    """The first day of a financial year, or a date."""
    found = FINANCIAL_YEAR.fullmatch(str(value))
    if not found:
        if isinstance(value, date) or DATE.fullmatch(str(value)):
            return value
        raise ValueError(f"'{value}' is no year; write a financial year such as 2023/24, or a date")
    begins, ends = int(found[1]), int(found[2])
    if (begins + 1) % 100 != ends or not begins:
        raise ValueError(f"'{value}' is no financial year; write {begins}/{(begins + 1) % 100:02}")
    return date(begins, 4, 1)


FirstDay = Annotated[
    Day,
    BeforeValidator(_as_day),
    WithJsonSchema({"type": "string", "description": "a financial year such as 2023/24, or a date"}),
]


def label_of(day: date) -> str:
    """What a year that begins on a day is called: ``2023/24``, or the date if that is not 1 April."""
    if (day.month, day.day) == (4, 1):
        return f"{day.year}/{(day.year + 1) % 100:02}"
    return day.isoformat()


class Rate(NamedTuple):
    """A rate of change: a share a year, or a share in all by some year."""

    share: float
    by: date | None = None

    def __str__(self) -> str:
        share = f"{self.share * 100:.10g}%"
        return share if self.by is None else f"{share} by {label_of(self.by)}"

    def in_year(self, first: date, day: date) -> float:
        """The share by which something changes from the year before the one that begins on `day`."""
        if self.by is None:
            return self.share
        steps = self.by.year - first.year
        return float((1 + self.share) ** (1 / steps) - 1) if day <= self.by else 0.0


def _as_rate(value: Any) -> Rate:
    share, by, until = str(value).partition(" by ")
    try:
        rate = Rate(float(parse_number(share)), _as_day(until.strip()) if by else None)
    except ValueError:
        raise ValueError(f"'{value}' is no rate; write 1.2% (each year) or 5% by 2025/26 (in all)") from None
    if rate.share <= -1:
        raise ValueError(f"'{value}' leaves nobody; write a rate above -100%")
    return rate


ARate = Annotated[Any, BeforeValidator(_as_rate), WithJsonSchema(VALUE_SCHEMA)]


class Rates(ShortPart):
    """By how much something changes a year: by an expression, or by the value of a column."""

    short = "growth"
    growth: Any = Field(
        description="a share a year, such as 1.2%, a column or an expression; with by: a rate for each value",
        json_schema_extra={"type": ["number", "string", "object"]},
    )
    by: Text | None = Field(None, description="a column: growth then has a rate for each of its values")
    otherwise: ARate = Field(Rate(0.0), description="with by: the rate of every other value; 0%")
    source: Text | None = Field(None, description=SOURCE)

    @field_serializer("growth", "otherwise")
    def _as_written(self, rates: Any) -> Any:
        if isinstance(rates, dict):
            return {value: str(rate) for value, rate in rates.items()}
        return None if rates is None else str(rates)

    @model_validator(mode="before")
    @classmethod
    def _one_form(cls, given: Any) -> Any:
        """Read `growth` as a table of rates if `by` says of what, else as an expression."""
        if not isinstance(given, dict) or "growth" not in given:
            return given
        return given | {"growth": _growth_of(given)}


def _growth_of(given: dict[str, Any]) -> Any:
    growth = given["growth"]
    if ("by" in given) != isinstance(growth, dict):
        raise ValueError("'by: column' goes with a rate for each value: growth: {Rutland: 1.2%}; give both")
    if "by" in given:
        return _Table.model_validate({"growth": growth}).growth
    if "otherwise" in given:
        raise ValueError("'otherwise' goes with 'by'; remove it")
    return _Expression.model_validate({"growth": growth}).growth


class _Table(Part):
    growth: dict[Text, ARate] = Field(min_length=1)


class _Expression(Part):
    growth: Formula


def _as_people(value: Any) -> Any:
    """A bare number is a rate, a bare text the name of a column."""
    if isinstance(value, (dict, Rates)):
        return value
    try:
        parse_number(str(value))
    except ValueError:
        return {"column": value}
    return {"growth": value}


class People(Rates):
    """How many people there are: the rates at which they change, or a column that says."""

    growth: Any = Field(
        None,
        description="a share a year, such as 1.2%, an expression, or with by a rate for each value",
        json_schema_extra={"type": ["number", "string", "object"]},
    )
    column: Text | None = Field(
        None, description="in one year: the column that says how many people there are"
    )

    @model_validator(mode="before")
    @classmethod
    def _column_or_rates(cls, given: Any) -> Any:
        return _as_people(given)

    @model_validator(mode="after")
    def _one_of_them(self) -> People:
        if (self.column is None) == (self.growth is None):
            raise ValueError("needs a column of people or a growth; give one of them")
        return self


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

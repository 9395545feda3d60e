"""The models of how people and need change from year to year, and how years are written."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, WithJsonSchema, field_serializer, model_validator

from allocate.documents.fields import DATE, SOURCE, VALUE_SCHEMA, Day, Formula, Part, ShortPart, Text
from allocate.money import parse_number

FINANCIAL_YEAR = re.compile(r"([0-9]{4})[/-]([0-9]{2})")


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

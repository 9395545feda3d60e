"""What may stand behind the keys of a document, and what every part of a document has in common."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from allocate.language.expressions import parse
from allocate.language.grammar import Misread
from allocate.language.places import Written
from allocate.money import parse_number

SOURCE = "the document it comes from, for readers"
ABOUT = "what it is for, for readers"

CODE = re.compile(r"0[0-9]\w*")
"""A code such as 012 or 04C: text, whatever it looks like."""

EVERYONE = "everyone"
"""In `Rule.compared_with`: all areas."""

DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""How a day is written: 2023-04-01."""

VALUE_SCHEMA = {"type": ["number", "string"]}
_TEXT_SCHEMA = {"type": ["string", "number"]}


def _as_number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        raise ValueError("is not a number; write one such as 0.1, 10% or 2_850_000")
    try:
        return float(parse_number(str(value)))
    except ValueError as error:
        raise ValueError(f"{error}; write one such as 0.1, 10% or 2_850_000") from None


def _as_text(value: Any) -> Written:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise ValueError("must be text; write it on the same line as its key")
    return Written(value if isinstance(value, str) else str(value))


def _as_expression(value: Any) -> Written:
    text = _as_text(value)
    try:
        parse(str(text))
    except Misread as error:
        what = str(error).replace("{", "{{").replace("}", "}}")
        raise PydanticCustomError("misread", what, {"offset": error.offset}) from None
    return text


def _as_value(value: Any) -> float | str:
    if isinstance(value, (dict, list)):
        raise ValueError("must be a number or text; write it on the same line as its key")
    if CODE.fullmatch(str(value)):
        return str(value)
    try:
        return _as_number(value)
    except ValueError:
        return str(_as_text(value))


def _as_date(value: Any) -> date:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        if DATE.fullmatch(str(value)):
            return date.fromisoformat(str(value))
    except ValueError:
        pass
    raise ValueError(f"'{value}' is not a date; write it as 2023-04-01")


def _as_compared(value: Any) -> Written:
    text = _as_text(value)
    return text if text == EVERYONE else _as_expression(text)


def _as_priority(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch("[1-9][0-9]{0,3}", str(value)):
        raise ValueError("must be a whole number from 1 to 9999; the highest gives way first")
    return int(value)


def _as_amount(value: Any) -> Written:
    text = _as_text(value)
    return text if text == "rest" else _as_expression(text)


Text = Annotated[Any, BeforeValidator(_as_text), WithJsonSchema(_TEXT_SCHEMA)]
Number = Annotated[float, BeforeValidator(_as_number), WithJsonSchema(VALUE_SCHEMA)]
Value = Annotated[Any, BeforeValidator(_as_value), WithJsonSchema(VALUE_SCHEMA)]
Day = Annotated[date, BeforeValidator(_as_date), WithJsonSchema({"type": "string", "format": "date"})]
Formula = Annotated[
    Any,
    BeforeValidator(_as_expression),
    WithJsonSchema(_TEXT_SCHEMA | {"description": "an SQL expression over columns and parameters"}),
]
Compared = Annotated[
    Any,
    BeforeValidator(_as_compared),
    WithJsonSchema(
        _TEXT_SCHEMA | {"description": "everyone, or an SQL condition over columns and parameters"}
    ),
]
Priority = Annotated[
    int, BeforeValidator(_as_priority), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 9999})
]
Amount = Annotated[
    Any,
    BeforeValidator(_as_amount),
    WithJsonSchema(_TEXT_SCHEMA | {"description": "£, a % of the money left once floors are met, or rest"}),
]


def or_bare_value(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a part that may be written as one value."""
    return {"anyOf": [VALUE_SCHEMA, schema]}


class Part(BaseModel):
    """What every part of a document has in common: it is frozen and refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ShortPart(Part):
    """A part that may be written as one value: that of the key `short`."""

    short: ClassVar[str]

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return or_bare_value(handler.resolve_ref_schema(handler(core)))

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return given if isinstance(given, (dict, cls)) else {cls.short: given}


def exactly_one(part: BaseModel, keys: tuple[str, ...]) -> None:
    """Check that exactly one of some keys was given."""
    given = [key for key in keys if getattr(part, key) is not None]
    if len(given) != 1:
        had = f"has {' and '.join(given)}" if given else "has none of them"
        raise ValueError(f"needs exactly one of {', '.join(keys)} but {had}; keep one")

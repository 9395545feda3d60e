"""A document held against a model: every way in which it does not fit, in plain words, with its place."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from allocate.errors import DocumentError, Problem, nearest
from allocate.language.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    Model = TypeVar("Model", bound=BaseModel)

MOST_PROBLEMS = 1_000
"""Problems of one document that are told each with its place and what to do; the rest are counted."""

_PLAIN = {
    "model_type": "must be a mapping; write it as 'key: value' lines",
    "model_attributes_type": "must be a mapping; write it as 'key: value' lines",
    "dict_type": "must be a mapping; write it as 'key: value' lines",
    "list_type": "must be a list; start each item with '- '",
    "tuple_type": "must be a list; start each item with '- '",
    "string_type": "must be text",
    "literal_error": "must be {expected}",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "too_short": "is empty; give at least one item, or leave the key out",
}
"""What is wrong, by the kind of error that pydantic tells; others say it themselves."""


@dataclass
class Document:
    """A document: its data (mappings, lists and `Written` text) and the place of every part."""

    file: str
    data: Any
    places: dict[tuple[Any, ...], Place] = field(default_factory=dict)
    """Where each value begins (a mapping or list: where its key is)."""
    keys: dict[tuple[Any, ...], Place] = field(default_factory=dict)
    """Where each key is."""
    problems: list[tuple[Place, Problem]] = field(default_factory=list)
    """What is wrong whatever the model: keys written twice, empty values."""

    def read_as(self, model: type[Model]) -> Model:
        """Check the data against a model.

        Raises:
            DocumentError: every way in which it does not fit, with its place.
        """
        from pydantic import ValidationError

        found, read = list(self.problems), None
        try:
            read = model.model_validate(self.data)
        except ValidationError as error:
            known = {str(where) for place, _ in found for where in (place, place.at(0))}
            errors = [each for each in error.errors(include_url=False) if not self._is_echo(each)]
            if (more := len(errors) - MOST_PROBLEMS) > 0:
                last = Place(self.file, sys.maxsize, 1)
                found.append((last, Problem(self.file, f"has {more:,} more problems", "mend these first")))
                errors = errors[:MOST_PROBLEMS]
            found += [
                each for each in (self._problem(each, model) for each in errors) if str(each[0]) not in known
            ]
        if read is None or found:
            in_order = sorted(dict.fromkeys(found), key=lambda each: (each[0].line, each[0].column))
            raise DocumentError([problem for _, problem in in_order])
        return read

    def _is_echo(self, error: ErrorDetails) -> bool:
        """Whether it only says that a list is too short because all of its items were refused."""
        value = self.data
        try:
            for step in error["loc"]:
                value = value[step]
        except (LookupError, TypeError):
            return False
        return error["type"] == "too_short" and bool(value)

    def _problem(self, error: ErrorDetails, model: type[BaseModel]) -> tuple[Place, Problem]:
        location, context = error["loc"], error.get("ctx", {})
        path = self._written(location) if self.places else location
        places = self.keys if location[-1:] == ("[key]",) else self.places
        place = context.get("place") or places.get(path, Place(self.file, 1, 1)).at(context.get("offset", 0))
        if error["type"] == "extra_forbidden":
            place = self.keys.get(location, place)
        what, fix = in_words(error, model)
        if what.startswith(("is ", "must ", "needs ")):
            what = f"{_shown(path)} {what}"
        return place, Problem(str(place), what, fix)

    def _written(self, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
        """The location as far as it is written; steps that a short form leaves out are passed over."""
        path: tuple[int | str, ...] = ()
        for step in location:
            path = (*path, step) if (*path, step) in self.places else path
        return path


def in_words(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and what to do, of an error of pydantic's about something read as a model."""
    location = error["loc"]
    if error["type"] == "missing":
        return f"'{location[-1]}' is missing", "add it"
    if error["type"] == "extra_forbidden":
        return f"unknown key '{location[-1]}'", nearest(str(location[-1]), keys_of(model, location[:-1]))
    what = _PLAIN.get(error["type"], "").format(**error.get("ctx", {}))
    what, _, fix = (what or error["msg"].removeprefix("Value error, ")).partition("; ")
    return what, fix


def options_problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """What is wrong with what a program gave, each problem with the option, such as ``budget.growth``."""
    found = []
    for each in error.errors(include_url=False):
        is_of_keys = each["type"] in ("missing", "extra_forbidden")
        where = ".".join(map(str, each["loc"][:-1] if is_of_keys else each["loc"]))
        found.append(Problem(where, *in_words(each, model)))
    return found


def _shown(location: tuple[int | str, ...]) -> str:
    if not location:
        return "the document"
    last = location[-1]
    return f"item {last + 1}" if isinstance(last, int) else f"'{last}'"


@lru_cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model, made once: a document may have thousands of unknown keys."""
    return model.model_json_schema()


def keys_of(model: type[BaseModel], location: tuple[int | str, ...] = ()) -> set[str]:
    """Every key that a document of this model may use at a location."""
    schema = _schema(model)
    parts = [schema]
    for step in location:
        parts = [inner for part in parts for inner in _inside(part, step, schema)]
    return {key for part in parts for each in _forms(part, schema) for key in each.get("properties", {})}


def _inside(part: dict[str, Any], step: int | str, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for form in _forms(part, schema):
        inner = form.get("items") if isinstance(step, int) else form.get("properties", {}).get(step)
        inner = inner or form.get("additionalProperties")
        if isinstance(inner, dict):
            yield inner


def _forms(part: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The forms that a part of a schema may take, with references followed."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    yield part
    for form in part.get("anyOf", ()):
        yield from _forms(form, schema)

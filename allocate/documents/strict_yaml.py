"""YAML read strictly: every scalar is text that knows where it was written.

YAML guesses types (`no` is false, `012` is ten, `1e3` is text, a date is a date). Here nothing is guessed:
the models of `rulebook` and `scenario` say what each value must be and read it from the text. Anchors,
aliases, tags, duplicate keys and empty values are refused. Every problem of a document is reported at once,
each as ``file:line:column: what; what to do``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from allocate.errors import DocumentError, Problem, Problems, nearest
from allocate.files.reading import read_whole, unreadable
from allocate.language.places import Place, Written
from allocate.unseen import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    Model = TypeVar("Model", bound=BaseModel)

MOST_BYTES = 1_000_000
"""Rule books and scenarios are read by people; a longer document is refused."""

DEEPEST = 30
"""Levels of nesting; a need tree rarely has five."""

MOST_PROBLEMS = 1_000
"""Problems of one document that are told each with its place and what to do; the rest are counted."""

TOO_DEEP = (f"is nested more than {DEEPEST} deep", "simplify it")

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def read_document(path: Path, name: str | None = None) -> Document:
    """Read a YAML file.

    Args:
        path: the file.
        name: what to call it in messages; by default the path as it was given.

    Raises:
        DocumentError: it is not there, not text, not YAML, or uses what is refused here.
    """
    name = name or str(path)
    try:
        raw = read_whole(path, MOST_BYTES)
    except (OSError, ValueError) as error:  # of a name with a NUL in it, Python says ValueError
        raise DocumentError([unreadable(name, error)]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DocumentError([Problem(f"{name}:{line}:1", "is not UTF-8 text", "save it as UTF-8")]) from None
    return parse_document(text, name)


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text; `file` is its name in messages.

    Raises:
        DocumentError: it is not YAML, or uses what is refused here. Keys written twice and empty values are
            kept for `Document.read_as` to report with everything else.
    """
    try:
        _refuse_unreadable(text, file)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        raise DocumentError([_no_yaml(error, text, file)]) from None
    document = Document(file, {})
    if node is not None:
        document.data = _Builder(text, document).build(node, ())
    return document


def _no_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    marks: list[Any] = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    end = len(text.rstrip())
    index = next((mark.index for mark in marks if mark.index < end), end)
    if "nesting depth" in str(error.problem):  # newer releases of PyYAML have a limit of their own
        return Problem(_where(text, index, file), *TOO_DEEP)
    tab = text[index : index + 1] == "\t"
    fix = "put text with special characters in quotes, and close what is open"
    what = ", ".join(filter(None, (error.context, error.problem)))
    return Problem(
        _where(text, index, file), f"is not YAML: {what}", "indent with spaces, not tabs" if tab else fix
    )


def _where(text: str, index: int, file: str) -> str:
    line = text.count("\n", 0, index)
    return f"{file}:{line + 1}:{index - text.rfind(chr(10), 0, index)}"


def _refuse_unreadable(text: str, file: str) -> None:
    """Refuse what would mislead, repeat, run or exhaust, before any tree is built."""
    problems, depth = Problems(), 0
    for unseen in islice(UNSEEN.finditer(text), 20):
        what = f"has the character U+{ord(unseen.group()):04X}, which nobody can see"
        problems.add(_where(text, unseen.start(), file), what, "remove it")
    problems.raise_any(DocumentError)
    for event in yaml.parse(text, Loader=Loader):
        mark: Any = event.start_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problems.add(where, "anchors and aliases are not used here", "write it out")
        if getattr(event, "tag", None):
            problems.add(where, "tags such as '!!str' are not used here", "remove it, or quote the text")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            problems.add(where, *TOO_DEEP)
            break
    problems.raise_any(DocumentError)


class _Builder:
    """Makes the data of a document of its YAML nodes, and notes the place of everything."""

    def __init__(self, text: str, document: Document) -> None:
        self.text, self.document = text, document

    def build(self, node: yaml.Node, path: tuple[Any, ...]) -> Any:
        """The data of a node; None if nothing is written there."""
        self.document.places[path] = place = self._place(node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self._item(each, (*path, i)) for i, each in enumerate(node.value)]
        self._refuse_unseen(node.value, place)
        return Written(node.value, place) if place.source else None

    def _refuse_unseen(self, text: str, place: Place) -> None:
        """Refuse characters that were written as escapes and could not be seen when they are shown."""
        if found := UNSEEN.search(text):
            what = f"has the character U+{ord(found.group()):04X}, which nobody can see"
            self._note(place.at(found.start()), what, "remove it")

    def _item(self, node: yaml.Node, path: tuple[Any, ...]) -> Any:
        value = self.build(node, path)
        if value is None:
            self._note(
                self.document.places[path], f"item {path[-1] + 1} is empty", "give it a value or remove it"
            )
        return value

    def _items(self, node: yaml.MappingNode, path: tuple[Any, ...]) -> Iterator[tuple[Written, Any]]:
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(place, "a key must be text", "write it as 'key: value'")
                continue
            self._refuse_unseen(key_node.value, place)
            key = Written(key_node.value, place)
            if key in seen:
                self._note(place, f"'{key}' is written twice", f"keep one (first: line {seen[key].line})")
                continue
            seen[key] = self.document.keys[*path, key] = place
            value = self.build(value_node, (*path, key))
            if not isinstance(value, Written):
                self.document.places[*path, key] = place
            if value is None:
                number = "write a number with commas as 2_850_000, or in quotes"
                fix = number if key.isdigit() else "give it a value or remove the key"
                self._note(place, f"'{key}' is empty", fix)
            yield key, value

    def _note(self, place: Place, what: str, fix: str) -> None:
        self.document.problems.append((place, Problem(str(place), what, fix)))

    def _place(self, node: yaml.Node) -> Place:
        start: Any = node.start_mark
        place = Place(self.document.file, start.line + 1, start.column + 1)
        if not isinstance(node, yaml.ScalarNode):
            return place
        source = self.text[start.index : node.end_mark.index]
        return Place(place.file, place.line, place.column, source, node.value)

"""YAML read strictly: every scalar is text that knows where it was written.

YAML guesses types (`no` is false, `012` is ten, `1e3` is text, a date is a date). Here nothing is guessed:
the models of `rulebook` and `scenario` say what each value must be and read it from the text. Anchors,
aliases, tags and duplicate keys are refused. Every problem of a document is reported at once, each as
``file:line:column: what; what to do``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from allocate.errors import DocumentError, Problem, Problems, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    Model = TypeVar("Model", bound=BaseModel)

MOST_BYTES = 1_000_000
"""Rule books and scenarios are read by people; a longer document is refused."""

DEEPEST = 30
"""Levels of nesting; a need tree rarely has five."""

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; lines and columns count from 1."""

    file: str
    line: int
    column: int
    text_begins: int | None = 0
    """How far after `column` the text of a scalar begins (1 if quoted); None if it spans lines."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def at(self, offset: int) -> Place:
        """The place of a character inside the text written here."""
        if self.text_begins is None:
            return self
        return Place(self.file, self.line, self.column + self.text_begins + offset)


class Written(str):
    """Text from a document, with the place it was written at (None if it came from a program)."""

    place: Place | None

    def __new__(cls, text: str, place: Place | None = None) -> Written:
        """Attach a place to text."""
        written = super().__new__(cls, text)
        written.place = place if place is not None else getattr(text, "place", None)
        return written

    def __getnewargs__(self) -> tuple[str, Place | None]:  # type: ignore[override]
        return str(self), self.place

    def where(self, offset: int = 0) -> str:
        """Say where for a message: ``file:line:column``, or nothing if it came from a program."""
        return str(self.place.at(offset)) if self.place else ""


@dataclass
class Document:
    """A document: its data (mappings, lists and `Written` text) and the place of every part."""

    file: str
    data: Any
    places: dict[tuple[Any, ...], Place] = field(default_factory=dict)
    """Where each value begins (a mapping or list: where its key is)."""
    keys: dict[tuple[Any, ...], Place] = field(default_factory=dict)
    """Where each key is."""

    def read_as(self, model: type[Model]) -> Model:
        """Check the data against a model.

        Raises:
            DocumentError: every way in which it does not fit, with its place.
        """
        from pydantic import ValidationError

        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            found = [self._problem(each, model) for each in error.errors(include_url=False)]
            in_order = sorted(dict.fromkeys(found), key=lambda each: (each[0].line, each[0].column))
            raise DocumentError([problem for _, problem in in_order]) from None

    def _problem(self, error: ErrorDetails, model: type[BaseModel]) -> tuple[Place, Problem]:
        location, context = error["loc"], error.get("ctx", {})
        place = self._nearest_place(location).at(context.get("offset", 0))
        key = str(location[-1]) if location else "the document"
        if error["type"] == "missing":
            return place, Problem(str(place), f"'{key}' is missing", "add it")
        if error["type"] == "extra_forbidden":
            place = self.keys.get(location, place)
            return place, Problem(str(place), f"unknown key '{key}'", nearest(key, keys_of(model)))
        what = _PLAIN.get(error["type"], error["msg"].removeprefix("Value error, "))
        if error["type"] in _PLAIN:
            what = f"'{key}' {what}"
        what, _, fix = what.partition("; ")
        return place, Problem(str(place), what, fix)

    def _nearest_place(self, location: tuple[int | str, ...]) -> Place:
        for length in range(len(location), -1, -1):
            if location[:length] in self.places:
                return self.places[location[:length]]
        return Place(self.file, 1, 1)


_PLAIN = {
    "model_type": "must be a mapping; write it as 'key: value' lines",
    "model_attributes_type": "must be a mapping; write it as 'key: value' lines",
    "dict_type": "must be a mapping; write it as 'key: value' lines",
    "list_type": "must be a list; start each item with '- '",
    "tuple_type": "must be a list; start each item with '- '",
    "string_type": "must be text",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "too_short": "is empty; give at least one item, or leave the key out",
}


def keys_of(model: type[BaseModel]) -> set[str]:
    """Every key that a document of this model may use, at any depth."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


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
        raw = path.read_bytes()
    except OSError as error:
        raise DocumentError([Problem(name, f"cannot be read ({error.strerror})")]) from None
    if len(raw) > MOST_BYTES:
        raise DocumentError([Problem(name, f"is longer than {MOST_BYTES:,} bytes", "is it the right file?")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DocumentError([Problem(f"{name}:{line}:1", "is not UTF-8 text", "save it as UTF-8")]) from None
    return parse_document(text, name)


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text; `file` is its name in messages."""
    try:
        _refuse_unreadable(text, file)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        fix = "indent with spaces and quote text that has ': ' or ' #' in it"
        raise DocumentError([Problem(where, f"is not YAML: {error.problem or error.context}", fix)]) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise DocumentError([Problem(file, f"is not YAML: {reason}", "remove the character")]) from None
    document, problems = Document(file, {}), Problems()
    if node is not None:
        document.data = _build(node, (), document, problems)
    problems.raise_any(DocumentError)
    return document


def _refuse_unreadable(text: str, file: str) -> None:
    """Refuse what would repeat, run or exhaust, before any tree is built."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        mark: Any = event.start_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DocumentError([Problem(where, "anchors and aliases are not used here", "write it out")])
        if getattr(event, "tag", None):
            raise DocumentError([Problem(where, "tags such as '!!str' are not used here", "remove it")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise DocumentError([Problem(where, f"is nested more than {DEEPEST} deep", "simplify it")])


def _build(node: yaml.Node, path: tuple[Any, ...], document: Document, problems: Problems) -> Any:
    document.places[path] = place = _place(node, document.file)
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, path, document, problems))
    if isinstance(node, yaml.SequenceNode):
        return [_build(each, (*path, i), document, problems) for i, each in enumerate(node.value)]
    if node.value == "" and getattr(node, "style", None) is None:
        return None
    return Written(node.value, place)


def _items(
    node: yaml.MappingNode, path: tuple[Any, ...], document: Document, problems: Problems
) -> Iterator[tuple[Written, Any]]:
    seen: dict[str, Place] = {}
    for key_node, value_node in node.value:
        place = _place(key_node, document.file)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.add(str(place), "a key must be text", "write it as 'key: value'")
            continue
        key = Written(key_node.value, place)
        if key in seen:
            problems.add(str(place), f"'{key}' is written twice", f"keep one (first: line {seen[key].line})")
            continue
        seen[key] = place
        document.keys[*path, key] = place
        value = _build(value_node, (*path, key), document, problems)
        if not isinstance(value, Written):
            document.places[*path, key] = place
        yield key, value


def _place(node: yaml.Node, file: str) -> Place:
    begins: int | None = 0
    start: Any = node.start_mark
    if isinstance(node, yaml.ScalarNode):
        style: Any = node.style
        one_line = start.line == node.end_mark.line and style not in ("|", ">")
        begins = (1 if style in ("'", '"') else 0) if one_line else None
    return Place(file, start.line + 1, start.column + 1, begins)

"""YAML read strictly: every scalar is text that knows where it was written.

YAML guesses types (`no` is false, `012` is ten, `1e3` is text, a date is a date). Here nothing is guessed:
the models of `rulebook` and `scenario` say what each value must be and read it from the text. Anchors,
aliases, tags, duplicate keys and empty values are refused. Every problem of a document is reported at once
(`document`), each as ``file:line:column: what; what to do``.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from allocate.documents.document import Document
from allocate.errors import DocumentError, Problem, Problems
from allocate.files.reading import read_whole, unreadable
from allocate.language.places import Place, Written
from allocate.unseen import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 1_000_000
"""Rule books and scenarios are read by people; a longer document is refused."""

DEEPEST = 30
"""Levels of nesting; a need tree rarely has five."""

TOO_DEEP = (f"is nested more than {DEEPEST} deep", "simplify it")

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def _unseen(character: str) -> tuple[str, str]:
    return f"has the character U+{ord(character):04X}, which nobody can see", "remove it"


def _refuse_unreadable(text: str, file: str) -> None:
    """Refuse what would mislead, repeat, run or exhaust, before any tree is built."""
    problems, depth = Problems(), 0
    for unseen in islice(UNSEEN.finditer(text), 20):
        problems.add(_where(text, unseen.start(), file), *_unseen(unseen.group()))
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
            self._note(place.at(found.start()), *_unseen(found.group()))

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

"""Several rule books made into one policy: later books add to and override earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocate.documents.bundled import find_rulebook
from allocate.documents.document import Document
from allocate.documents.rulebook import Parameter, Rule, Rulebook, Tranche
from allocate.documents.strict_yaml import read_document
from allocate.errors import DocumentError, InputError, Problem, Problems, nearest
from allocate.language.expressions import BUILT_IN
from allocate.language.places import Written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

MOST_RULES = 60
"""Policies have ten or twenty. Each that binds is priced by solving again, so a hundred take 20 s."""

MOST_PRIORITIES = 10
"""For each, whether its rules can hold is asked some fifty times, of all rules each time."""

MOST_TRANCHES = 100
"""Slices of the money; policies have two or three."""

MOST_COLUMNS = 200
"""Named columns; policies have ten or twenty."""

DEFAULT_TRANCHE = Tranche(name="level up", level_up="weighted_population")


@dataclass(frozen=True)
class Policy:
    """One policy: the merged book, and the books it came from."""

    merged: Rulebook
    books: tuple[tuple[str, Rulebook], ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in order, each with a source (its own, or its book's)."""
        return self.merged.rules

    @property
    def tranches(self) -> tuple[Tranche, ...]:
        """Its share-out; one levelling up if no book says otherwise."""
        return self.merged.share_out or (DEFAULT_TRANCHE,)

    def settings(self, overrides: Mapping[str, Any], on: date | None) -> dict[str, float | str]:
        """The value of every parameter.

        Args:
            overrides: values of a scenario or command line, by name; each a value or a `Parameter`.
            on: the date at which dated parameters are read.

        Raises:
            DocumentError: an override of no parameter, or a dated parameter with no value on that date.
        """
        problems, parameters = Problems(), dict(self.merged.parameters)
        for name, value in overrides.items():
            if name not in self.merged.parameters:
                none = "" if self.merged.parameters else "no rule book of this scenario has any"
                fix = nearest(name, self.merged.parameters) or none
                problems.add(Written(name).where(), f"there is no parameter '{name}'", fix)
            parameters[name] = value if isinstance(value, Parameter) else Parameter.model_validate(value)
        settings = {str(name): _value_on(name, each, on, problems) for name, each in parameters.items()}
        problems.raise_any(DocumentError)
        return settings


def _value_on(name: str, parameter: Parameter, on: date | None, problems: Problems) -> Any:
    if not parameter.dated:
        return parameter.value
    where = Written(name).where()
    if on is None:
        fix = "add 'date: 2023-04-01' to the scenario"
        problems.add(where, f"'{name}' depends on the date and the scenario has none", fix)
        return 0.0
    begun = [day for day in parameter.dated if day <= on]
    if not begun:
        problems.add(where, f"'{name}' has no value on {on}", f"its first is from {min(parameter.dated)}")
        return 0.0
    return parameter.dated[max(begun)]


def books_of(rules: Any) -> list[str | Mapping[str, Any] | Rulebook]:
    """The rule books that a program gives, one or several, as a list.

    Raises:
        InputError: they are something else.
    """
    given = [rules] if isinstance(rules, (str, Mapping, Rulebook)) else rules
    if isinstance(given, Sequence) and all(isinstance(each, (str, Mapping, Rulebook)) for each in given):
        return list(given)
    fix = "give a name, a path, a Rulebook, a mapping in the form of one, or a list of these"
    raise InputError([Problem("rules", f"cannot be of type {type(rules).__name__}", fix)])


def load_policy(rules: Iterable[str | Mapping[str, Any] | Rulebook], folder: Path) -> Policy:
    """Read rule books and merge them.

    Args:
        rules: bundled names, paths relative to `folder`, or books made by a program.
        folder: where relative paths begin.

    Raises:
        InputError: every problem of every book.
    """
    problems = Problems()
    books: list[tuple[str, Rulebook]] = []
    for each in rules:
        with problems.caught():
            books.append(_load(each, folder))
    problems.raise_any()
    policy = Policy(merge([book for _, book in books]), tuple(books))
    _check_reserved(policy.merged, problems)
    _check_size(policy.merged, problems)
    problems.raise_any(DocumentError)
    return policy


def _load(rules: str | Mapping[str, Any] | Rulebook, folder: Path) -> tuple[str, Rulebook]:
    if isinstance(rules, Rulebook):
        return str(rules.title), rules
    if isinstance(rules, str):
        path = find_rulebook(rules, folder)
        shown = path.name if path.parent.name == "rules" else str(rules)
        return str(rules), read_document(path, shown).read_as(Rulebook)
    book = Document("rules", dict(rules)).read_as(Rulebook)
    return str(book.title), book


def merge(books: list[Rulebook]) -> Rulebook:
    """Merge books: parameters, columns and rules by name; need, targets and share-out as a whole."""
    if not books:
        return Rulebook(title="No rules")

    def last(key: str) -> Any:
        return next((value for book in reversed(books) if (value := getattr(book, key)) is not None), None)

    rules: dict[str, Rule] = {}
    for book in books:
        for rule in book.rules:
            rules[rule.name] = rule.model_copy(update={"source": rule.source or book.source})
    return Rulebook.model_construct(
        title=Written(" + ".join(book.title for book in books)),
        about=last("about"),
        source=last("source"),
        parameters={name: value for book in books for name, value in book.parameters.items()},
        need=last("need"),
        columns={name: value for book in books for name, value in book.columns.items()},
        rules=tuple(rules.values()),
        target=last("target"),
        closing_target=last("closing_target"),
        share_out=last("share_out"),
    )


def _check_size(book: Rulebook, problems: Problems) -> None:
    priorities = {rule.gives_way for rule in book.rules if rule.gives_way is not None}
    for count, most, what in (
        (len(book.rules), MOST_RULES, "rules"),
        (len(book.share_out or ()), MOST_TRANCHES, "tranches"),
        (len(book.columns), MOST_COLUMNS, "named columns"),
        (len(priorities), MOST_PRIORITIES, "different priorities"),
    ):
        if count > most:
            problems.add("", f"the rules have {count:,} {what}, more than {most:,}", "put some together")


def _check_reserved(book: Rulebook, problems: Problems) -> None:
    for kind, names in (("parameter", book.parameters), ("named column", book.columns)):
        for name in names:
            if name in BUILT_IN:
                what = f"a {kind} cannot be called '{name}': it means {BUILT_IN[name]}"
                problems.add(Written(name).where(), what, "choose another name")
    for name in filter(book.parameters.__contains__, book.columns):
        problems.add(Written(name).where(), f"'{name}' is both a parameter and a named column", "rename one")

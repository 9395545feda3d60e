"""Everything that can go wrong, as one tree.

    AllocateError
    ├── InputError                what was given cannot be used                    exit status 2
    │   ├── DocumentError         a rule book or scenario: file:line:column
    │   ├── ExpressionError       an expression in one of them: file:line:column
    │   ├── TableError            a table of areas: row and column
    │   ├── TooLarge              a table or a file: larger than it may be
    │   └── OutsideFolder         a file: not where files may be read
    ├── RulesCannotHold           the input is sound, the rules cannot all hold    exit status 1
    │   ├── BudgetTooSmall        the floors add up to more than the pot
    │   ├── LimitsClash           a floor is above a cap for some area
    │   └── MoneyLeftOver         caps stop the pot from being spent
    ├── OutputError               a result could not be written                    exit status 2
    ├── TookTooLong               it took longer than `bounded` allows               exit status 2
    └── ProofFailed               a defect in allocate: a result failed its own check

Every error carries all the problems found, one line each: where, what, and what to do.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.unseen import on_a_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it."""

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        where, what, fix = on_a_line(self.where), on_a_line(self.what), on_a_line(self.fix)
        line = f"{where}: {what}" if where else what
        return f"{line}; {fix}" if fix else line


class AllocateError(Exception):
    """The root of the tree. ``problems`` has them all; ``str()`` prints one line each."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[AllocateError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class InputError(AllocateError):
    """What was given cannot be used: a file, a table, an option, an argument."""


class DocumentError(InputError):
    """A rule book or a scenario is not what its format says."""


class ExpressionError(InputError):
    """An expression cannot be read, uses an unknown name, or gives no number for some area."""


class TableError(InputError):
    """A table of areas has missing columns or values that cannot be used."""


class TooLarge(InputError):
    """A table or a file is larger than it may be."""


class OutsideFolder(InputError):
    """A file is not in the folder that files may be read from."""


class TookTooLong(AllocateError):
    """The time that `bounded` allows was up before the result was found."""


class RulesCannotHold(AllocateError):
    """The rules contradict each other or the budget."""

    exit_status = 1


class BudgetTooSmall(RulesCannotHold):
    """The floors add up to more than the pot."""


class LimitsClash(RulesCannotHold):
    """For some area a floor is above a cap."""


class MoneyLeftOver(RulesCannotHold):
    """Caps leave money that no area may take."""


class OutputError(AllocateError):
    """A result could not be written; nothing was left half-written."""


class ProofFailed(AllocateError):
    """A finished allocation failed its own check: a defect in allocate, never the user's."""


class Problems:
    """Collects problems so that all of them are reported at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._kind: type[AllocateError] = InputError

    def add(self, where: str, what: str, fix: str = "") -> None:
        """Note one problem."""
        self.found.append(Problem(where, what, fix))

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Keep the problems of an `InputError` raised inside, and carry on."""
        try:
            yield
        except InputError as error:
            self._kind = type(error)
            self.found.extend(error.problems)

    def raise_any(self, kind: type[AllocateError] | None = None) -> None:
        """Raise all that was found, if anything, as `kind` (default: the kind last caught)."""
        if self.found:
            raise (kind or self._kind)(list(dict.fromkeys(self.found)))


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name is nearest, or list them when none is near and they are few."""
    from difflib import get_close_matches

    known = sorted(set(known))
    lowered = {each.lower(): each for each in reversed(known)}
    matches = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    if matches:
        return f"did you mean '{lowered[matches[0]]}'?"
    if known and len(known) <= 12:
        return f"known here: {', '.join(known)}"
    return ""


def first_line(error: BaseException, otherwise: str) -> str:
    """The first line of what a library says of an error, or `otherwise` if it says nothing."""
    return next(iter(str(error).strip().splitlines()), otherwise)


def listing(items: Sequence[str], most: int = 5, of: int | None = None) -> str:
    """Join items for a message, saying how many more there are past `most`.

    Args:
        items: the items, or only the first of them.
        most: how many to show.
        of: how many there are, if `items` are not all.
    """
    more = (len(items) if of is None else of) - most
    shown = ", ".join(items[:most])
    return f"{shown} and {more:,} more" if more > 0 else shown


def counted(number: int, what: str) -> str:
    """A number of things: ``1 area``, ``130 areas``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"

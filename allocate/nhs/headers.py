"""Columns recognised by what their headers mean, however the year wrote them.

The same figure is ``Global Sum`` in one year, ``GlobalSum_£`` in another and ``GLOBAL_SUM`` in a third. A
header is made plain (lower case, no years, only letters and digits) and compared with the patterns of each
meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from allocate.errors import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?:\s*[/_–-]\s*(?:20)?\d\d)?(?!\d)")
"""A calendar or financial year in a header: 2011, 2022/23, 2022-2023."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column can mean.

    Attributes:
        column: what it is called once it is read.
        example: a header that was published for it, shown when it is missing.
        patterns: regular expressions for plain headers; if several fit a file, the earliest counts.
        holds: text, or numbers (Float64).
        required: without it the file cannot be used.
    """

    column: str
    example: str
    patterns: tuple[str, ...]
    holds: Literal["text", "number"] = "number"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called, how it is given, what its columns can mean, its key first."""

    title: str
    option: str
    meanings: tuple[Meaning, ...]

    @property
    def key(self) -> str:
        """The column that says what a row is about."""
        return self.meanings[0].column

    def required(self) -> Iterator[Meaning]:
        """What no file of this kind may be without."""
        return (meaning for meaning in self.meanings if meaning.required)


def plain(header: str) -> str:
    """A header without what changes from year to year: ``Global_Sum (£) 2022/23`` is ``globalsum``."""
    return re.sub(r"[^a-z0-9]", "", YEAR.sub(" ", header).lower())


def candidates(meaning: Meaning, headers: Iterable[str]) -> list[str]:
    """The headers that the earliest fitting pattern of a meaning fits; a footnote's digit may follow."""
    plains = {header: plain(header) for header in headers}
    for pattern in meaning.patterns:
        fitting = [header for header, each in plains.items() if re.fullmatch(rf"(?:{pattern})\d?", each)]
        if fitting:
            return fitting
    return []


def recognise(headers: Sequence[str], kind: Kind) -> dict[str, str]:
    """Find which header has which meaning; meanings that no header has are left out.

    Raises:
        InputError: every required meaning that is missing, every one that two headers have, and all headers.
    """
    found = {meaning.column: candidates(meaning, headers) for meaning in kind.meanings}
    problems = Problems()
    for meaning in kind.meanings:
        fitting = found[meaning.column]
        if len(fitting) > 1:
            both = " and ".join(f"'{header}'" for header in fitting)
            problems.add("", f"{both} could each be the '{meaning.example}'", "rename or take out one")
        elif not fitting and meaning.required:
            fix = f"call the column that holds it '{meaning.example}'"
            problems.add("", f"has no column that is recognised as the '{meaning.example}'", fix)
    if problems.found:
        fix = "if these are no headers, take out the rows above the headers"
        problems.add("", f"its columns are: {', '.join(headers)}", fix)
    problems.raise_any()
    return {column: fitting[0] for column, fitting in found.items() if fitting}


def looks_like(headers: Sequence[str], kinds: Iterable[Kind]) -> Kind | None:
    """The kind whose every required meaning is among the headers, if there is one."""
    fits = (kind for kind in kinds if all(candidates(meaning, headers) for meaning in kind.required()))
    return next(fits, None)


def placed(problems: Iterable[Problem], where: str) -> Iterator[Problem]:
    """The same problems, with the name of their file."""
    return (Problem(where, problem.what, problem.fix) for problem in problems)


def absent(kind: Kind, taken: Mapping[str, str]) -> list[str]:
    """The columns that a file of its kind may have and this one has not."""
    return [meaning.column for meaning in kind.meanings if meaning.column not in taken]

"""Text that knows where it was written, to the character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

WRITTEN = {
    "'": re.compile(r"(''|\S)"),
    '"': re.compile(r"\\[\sntrvf_NLP]|(\\(?:x..|u.{4}|U.{8}|.)|\S)"),
    "": re.compile(r"(\S)"),
}
"""How a character is written, by the quotes around it; white space is in no group."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; lines and columns count from 1."""

    file: str
    line: int
    column: int
    source: str = ""
    """A scalar as it stands in the file: with its quotes, escapes and folded lines."""
    text: str = ""
    """What it says."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def at(self, offset: int) -> Place:
        """The place of a character (not white space) inside the text written here.

        Quotes, escapes and folding change white space and how characters are written, never their order:
        so the place is found by counting characters that are not white space.
        """
        quote = self.source[:1] if self.source[:1] in WRITTEN else ""
        begins = 1 if quote else self.source.find("\n") + 1 if self.source[:1] in ("|", ">") else 0
        pieces = WRITTEN[quote].finditer(self.source, begins)
        characters = (piece.start() for piece in pieces if piece.group(1))
        before = len("".join(self.text[:offset].split()))
        position = next(islice(characters, before, None), begins)
        lines = self.source.count("\n", 0, position)
        column = position - self.source.rfind("\n", 0, position) if lines else self.column + position
        return Place(self.file, self.line + lines, column)


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

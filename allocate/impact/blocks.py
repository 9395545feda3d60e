"""The parts of a document, whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading; 0 is the title of the document."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Words:
    """A paragraph or, of a list, one point."""

    text: str
    point: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; columns after the first few may be figures, which stand to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: int = 0
    """How many of the last columns are figures."""


Block = Heading | Words | Grid

TO_DO = "[to be completed: "
"""How what a person has to write begins."""


def to_do(what: str) -> str:
    """What a person has to write here."""
    return f"{TO_DO}{what}]"


def prompt(what: str) -> Words:
    """A paragraph that a person has to write."""
    return Words(to_do(what))

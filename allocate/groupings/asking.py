"""What to group by, as it is asked for: a column, perhaps with options after colons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocate.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = {"fifths": 5, "tenths": 10}
OPTIONS = (*PARTS, "reversed", "unordered")
"""What may follow a column after a colon."""


@dataclass(frozen=True)
class Asked:
    """A column to group by, and how: ``imd_score:tenths``, ``deprivation_fifth:reversed``."""

    column: str
    options: tuple[str, ...] = ()

    @property
    def parts(self) -> int | None:
        """How many parts to cut it into; None if nothing is asked."""
        return next((PARTS[each] for each in self.options if each in PARTS), None)

    @property
    def name(self) -> str:
        """What the grouping is called: as it was asked for."""
        return ":".join((self.column, *self.options))


def asked(text: str, columns: Sequence[str]) -> Asked:
    """Understand what to group by: a column, perhaps with options after colons.

    Raises:
        InputError: there is no such column or option.
    """
    name, *options = [text] if text in columns else text.split(":")
    if name not in columns:
        fix = nearest(name, columns) or "use a column of the table"
        raise InputError([Problem("by", f"there is no column '{name}'", fix)])
    if wrong := [each for each in options if each not in OPTIONS]:
        fix = nearest(wrong[0], OPTIONS)
        raise InputError([Problem("by", f"'{name}' cannot be grouped '{wrong[0]}'", fix)])
    if set(PARTS) <= set(options):
        raise InputError([Problem("by", f"'{text}' asks for fifths and for tenths", "choose one")])
    return Asked(name, tuple(each for each in OPTIONS if each in options))

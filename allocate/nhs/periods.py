"""Which year or month a file is about: its headers, its dates or its name say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_FINANCIAL = re.compile(r"(?<!\d)(?<!\d[/_–-])(?:20)?(\d\d)\s*[/_–-]\s*(?:20)?(\d\d)(?![/_–-]?\d)")
_NAMED_MONTH = re.compile(rf"(?<![a-z])({_NAMES})[\s_-]*(?:20)?(\d\d)(?!\d)", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?<!\d)20(\d\d)[/_-](0[1-9]|1[0-2])(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(0[1-9]|1[0-2])[/-]20(\d\d)(?!\d)")


class Month(NamedTuple):
    """A month of a year of this century."""

    year: int
    month: int

    def __str__(self) -> str:
        """As in column names with the month at the end: ``2025_03``."""
        return f"20{self.year:02}_{self.month:02}"

    @property
    def short(self) -> str:
        """As in column names that begin with the month: ``jul22``."""
        return f"{MONTHS[self.month - 1]}{self.year:02}"


def financial_year(*texts: str) -> str | None:
    """The first financial year that any of the texts names, as ``2022_23``; the texts in order."""
    for text in texts:
        for first, second in _FINANCIAL.findall(text):
            if int(second) == (int(first) + 1) % 100:
                return f"20{first}_{second}"
    return None


def months(texts: Iterable[str]) -> list[Month]:
    """Every month that the texts name, each once, in order: 01MAR2025, July 2022, 2022-07, 01/03/2025."""
    found = set[Month]()
    for text in texts:
        found |= {
            Month(int(year), MONTHS.index(name[:3].lower()) + 1) for name, year in _NAMED_MONTH.findall(text)
        }
        found |= {Month(int(year), int(month)) for year, month in _YEAR_FIRST.findall(text)}
        found |= {Month(int(year), int(month)) for month, year in _YEAR_LAST.findall(text)}
    return sorted(found)

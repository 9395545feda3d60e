"""Text that Excel cannot take for anything else, whatever it came from."""

from __future__ import annotations

import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
BREAKS = re.compile("[\t\r]+")
FORMULA = ("=", "+", "-", "@")
ESCAPE = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
"""What Excel reads as the code of a character; in cells XlsxWriter guards against it, in headers we do."""

MOST = 32_000
"""Characters in a cell; Excel has 32,767 and drops the cell if there are more."""


def harmless(text: str) -> str:
    """Text without control characters, short enough for a cell.

    Control characters become the replacement character, so that it can be seen that there was one; tabs and
    carriage returns become spaces.
    """
    cleaned = CONTROL.sub("\ufffd", BREAKS.sub(" ", text)) if not text.isprintable() else text
    return cleaned if len(cleaned) <= MOST else cleaned[: MOST - 1] + "…"


def starts_a_formula(text: str) -> bool:
    """Whether text would become a formula if somebody typed it, or saved it as CSV and opened that.

    Such cells get Excel's quote prefix as well: they are text in the file and stay text when edited.
    """
    return text.lstrip().startswith(FORMULA)


def headers(names: list[str]) -> list[str]:
    """Names as headers of a table: one line each, not empty, and no two alike but for case."""
    taken: set[str] = set()
    made = []
    for name in names:
        header = base = ESCAPE.sub("_ x", " ".join(harmless(name).split()) or "column")[:200]
        number = 2
        while header.lower() in taken:
            header, number = f"{base} ({number})", number + 1
        taken.add(header.lower())
        made.append(header)
    return made

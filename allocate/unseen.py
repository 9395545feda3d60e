"""Characters that nobody sees, or that make text look like something else, and how they are shown."""

from __future__ import annotations

import re

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
_DIRECTION = "\u202a-\u202e\u2066-\u2069"
"""Marks that make a terminal or an editor show the text that follows in another order."""

UNSEEN = re.compile(f"[{_CONTROL}{_DIRECTION}\u200b\u2060\ufeff]")
"""What documents may not have: control characters, other line ends, directions, spaces without width."""

_ON_A_LINE = re.compile(f"[{_CONTROL}{_DIRECTION}\t]")
_IN_A_TERMINAL = re.compile(f"\x1b\\[(?:[014]|3[123])m|[{_CONTROL}{_DIRECTION}\r]")
"""Bold, underlined, red, green and yellow are our own styles; the rest is shown."""

MOST_SHOWN = 1_000
"""Characters of a part of a message; of longer text the beginning and the end are shown."""


def on_a_line(text: str) -> str:
    """Text for a message: one line, every character seen, not too long."""
    line = _ON_A_LINE.sub(_written, " ".join(text.splitlines()))
    if len(line) <= MOST_SHOWN:
        return line
    return f"{line[: MOST_SHOWN * 3 // 4]} … {line[-MOST_SHOWN // 4 :]}"


def in_a_terminal(text: str) -> str:
    r"""Text for a terminal: what would move the cursor or turn text around becomes ``\u202e`` and the like.

    JSON stays the same JSON, for there it is how such characters may be written.
    """
    return _IN_A_TERMINAL.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    character = found.group()
    return f"\\u{ord(character):04x}" if len(character) == 1 else character

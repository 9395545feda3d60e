"""A document as Markdown; what comes from the data cannot become markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from allocate.impact.blocks import Grid, Heading, Words
from allocate.workbook.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.impact.blocks import Block

MARKUP = re.compile(r"([\\`*|]|\](?=\()|^[#>+=~-]|(?<=^\d)[.)])")


def to_markdown(blocks: Sequence[Block]) -> str:
    """The document as text."""
    return "\n".join(line for block in blocks for line in _lines(block)) + "\n"


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * (block.level + 1)} {_plain(block.text)}"
        yield ""
    elif isinstance(block, Words):
        text = f"**{_plain(block.text)}**" if block.strong else _plain(block.text)
        yield f"- {text}" if block.point else text
        yield ""
    else:
        yield from _table(block)
        yield ""


def _table(grid: Grid) -> Iterator[str]:
    words = len(grid.header) - grid.figures
    yield _row(grid.header)
    yield "|" + "|".join(["---"] * words + ["---:"] * grid.figures) + "|"
    for row in grid.rows:
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_plain, cells)) + " |"


def _plain(text: str) -> str:
    """Text that shows as it is."""
    one_line = " ".join(harmless(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    return MARKUP.sub(r"\\\1", one_line)

"""A document as Markdown; what comes from the data cannot become markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from allocate.impact.blocks import Grid, Heading, Words
from allocate.workbook.text import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.impact.blocks import Block

MARKUP = re.compile(r"[\\`*|]|\](?=\()")
AT_START = re.compile(r"^(\d*)([#>+=~.)-])")
"""What makes a paragraph a heading, a quotation, a list or a rule."""


def to_markdown(blocks: Sequence[Block]) -> str:
    """The document as text."""
    made, before = "", None
    for block in blocks:
        in_list = isinstance(block, Words) and block.point and isinstance(before, Words) and before.point
        made += ("" if before is None else "\n" if in_list else "\n\n") + _written(block)
        before = block
    return made + "\n"


def _written(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1)} {_plain(block.text)}"
    if isinstance(block, Words):
        text = AT_START.sub(r"\1\\\2", _plain(block.text))
        return ("- " if block.point else "") + (f"**{text}**" if block.strong else text)
    return _table(block)


def _table(grid: Grid) -> str:
    words = len(grid.header) - grid.figures
    line = "|" + "|".join(["---"] * words + ["---:"] * grid.figures) + "|"
    return "\n".join([_row(grid.header), line, *map(_row, grid.rows)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_plain, cells)) + " |"


def _plain(text: str) -> str:
    """Text that shows as it is."""
    one_line = " ".join(harmless(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    return MARKUP.sub(r"\\\g<0>", one_line)

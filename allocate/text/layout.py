"""Paragraphs and tables that fit a terminal; in a pipe or a file nothing is wrapped, cut or left out."""

from __future__ import annotations

import shutil
import sys
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "
"""Between the columns of a table."""

PROSE = 110
"""Lines of text are never longer on a terminal: the eye loses its way back."""

NARROWEST = 40
"""Terminals say that they have fewer columns only when they do not know."""


def terminal_width() -> int | None:
    """The columns of the terminal that is written to; None if it is none."""
    return max(shutil.get_terminal_size().columns, NARROWEST) if sys.stdout.isatty() else None


def paragraph(text: str, width: int | None, first: str = "", rest: str | None = None) -> list[str]:
    """Text after `first`, wrapped to `width`; later lines are indented by `rest`, or as far as the first."""
    if width is None:
        return [first + text]
    rest = " " * len(first) if rest is None else rest
    return wrap(
        text,
        min(width, PROSE),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first]


class Column(NamedTuple):
    """A column of a table."""

    header: str
    cells: Sequence[str]
    is_text: bool = False
    """Text stands on the left, figures on the right."""
    shortest: int | None = None
    """What its text may be cut to where there is no room; its header stays whole."""
    leave_out: int = 0
    """When to leave it out where there is no room, the lowest first; 0 for never."""

    @property
    def width(self) -> int:
        """What its widest cell takes."""
        return max(map(len, (self.header, *self.cells)))

    @property
    def least_width(self) -> int:
        """The least it takes."""
        return self.width if self.shortest is None else min(self.width, max(self.shortest, len(self.header)))

    def cut_to(self, width: int) -> Column:
        """The same column, its text no longer than `width`."""
        cells = [cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell in self.cells]
        return self._replace(cells=cells)


def table(columns: Sequence[Column], width: int | None) -> Iterator[str]:
    """The lines of a table, its header first; a last line says what there was no room for."""
    columns = [column for column in columns if width is None or any(column.cells)]
    shown = _fitted(columns, width)
    widths = [column.width for column in shown]
    for row, cells in enumerate(zip(*([column.header, *column.cells] for column in shown), strict=True)):
        padded = (
            cell.ljust(width) if column.is_text else cell.rjust(width)
            for column, cell, width in zip(shown, cells, widths, strict=True)
        )
        line = GAP.join(padded).rstrip()
        yield line if row else click.style(line, bold=True, underline=True)
    left_out = {column.header for column in columns} - {column.header for column in shown}
    if left_out:
        names = ", ".join(column.header for column in columns if column.header in left_out)
        yield from paragraph(f"No room here for: {names}.", width)


def _fitted(columns: Sequence[Column], width: int | None) -> Sequence[Column]:
    """Leave columns out until the rest fits, with the text in it cut short if need be."""
    if width is None:
        return columns
    shown = list(columns)
    spare = sorted((column for column in columns if column.leave_out), key=lambda column: column.leave_out)
    for column in spare:
        if _total(each.least_width for each in shown) <= width:
            break
        shown.remove(column)
    too_wide = _total(column.width for column in shown) - width
    for position, column in enumerate(shown):
        cut = min(max(too_wide, 0), column.width - column.least_width)
        if cut:
            shown[position] = column.cut_to(column.width - cut)
            too_wide -= cut
    return shown


def _total(widths: Iterator[int]) -> int:
    """What columns of these widths take, with the gaps between them."""
    return sum(width + len(GAP) for width in widths) - len(GAP)

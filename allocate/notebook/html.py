"""Tables and paragraphs as HTML, which is all that notebooks are shown."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import polars as pl

SHOWN = 10
"""Rows of a table that may be long."""

RIGHT = ' style="text-align:right"'
LEFT = ' style="text-align:left"'


def shown(title: str, *parts: Iterator[str]) -> str:
    """A result under its title."""
    return "\n".join(
        ["<div>", f"<h3>{escape(title)}</h3>", *(line for part in parts for line in part), "</div>"]
    )


def warning(*, invented: bool) -> Iterator[str]:
    """A word that figures are invented, if they are."""
    if invented:
        from allocate.text.show import INVENTED

        yield f"<p><strong>{escape(INVENTED)}</strong></p>"


def facts(rows: Mapping[str, str]) -> Iterator[str]:
    """Facts, each with what it is."""
    yield from table((), list(rows.items()), figures=0)


def notes(texts: Sequence[str]) -> Iterator[str]:
    """A paragraph each."""
    yield from (f"<p>{escape(text)}</p>" for text in texts)


def folded(summary: str, texts: Sequence[str]) -> Iterator[str]:
    """Sentences that are seen when asked for."""
    yield f"<details><summary>{escape(summary)}</summary>"
    yield from notes(texts)
    yield "</details>"


def frame(
    found: pl.DataFrame,
    columns: Mapping[str, str],
    where: str,
    *,
    most: int = SHOWN,
    written: Mapping[str, Callable[[Any], str]] | None = None,
) -> Iterator[str]:
    """Some columns of a data frame, with a word about the rows that are not shown.

    Args:
        found: the frame.
        columns: its columns to show, each with its heading; text first, then figures.
        where: where all of it is, such as ``.areas``.
        most: how many rows are shown.
        written: how to write the figures of a column, if not as any figure.
    """
    names, ways = list(columns), written or {}
    figures = sum(found[name].dtype.is_numeric() for name in names)
    cells = [[_cell(value, ways.get(name)) for value in found[name].head(most)] for name in names]
    yield from table(list(columns.values()), list(zip(*cells, strict=True)), figures)
    if (more := found.height - most) > 0:
        yield f"<p>{more:,} more rows are in <code>{where}</code>.</p>"


def _cell(value: Any, written: Callable[[Any], str] | None) -> str:
    if value is None:
        return ""
    if written is not None:
        return written(value)
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return str(value) if isinstance(value, (str, bool)) else f"{value:,}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], figures: int) -> Iterator[str]:
    """A table whose last columns are figures."""
    yield "<table>"
    if header:
        yield "<thead>" + _row(header, "th", figures) + "</thead>"
    yield "<tbody>"
    for row in rows:
        yield _row(row, "td", figures)
    yield "</tbody></table>"


def _row(cells: Sequence[str], tag: str, figures: int) -> str:
    sides = [LEFT] * (len(cells) - figures) + [RIGHT] * figures
    made = (f"<{tag}{side}>{escape(cell)}</{tag}>" for cell, side in zip(cells, sides, strict=True))
    return f"<tr>{''.join(made)}</tr>"

"""What the readers understood, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.errors import counted, listing
from allocate.money import short_pounds
from allocate.text.layout import Column, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.nhs.allocations import Published
    from allocate.nhs.building import Build
    from allocate.nhs.joining import Join
    from allocate.nhs.reading import Source

EXAMPLES = 5
"""Practices named where some did not join."""


def build_text(made: Build, width: int | None) -> str:
    """What each file was read as, what joined, and what is in the table."""
    lines: list[str] = []
    for source in made.sources:
        lines += [*_source_lines(source, width), ""]
    if made.joins:
        lines += [*_join_lines(made.joins, width), ""]
    people = made.areas["registered_patients"].sum()
    lines += _heading(
        f"{counted(made.areas.height, 'practice')} with {people:,.0f} registered patients", width
    )
    for note in made.notes:
        lines += paragraph(note, width, first="  - ")
    return "\n".join(lines)


def allocations_text(published: Published, name: str, width: int | None) -> str:
    """What a sheet was read as, and what is in the table."""
    frame = published.frame
    title = f"{name}: ICB allocations, {published.stream} {published.year} (sheet '{published.sheet}')"
    baseline, allocation = (
        short_pounds(round(frame[column].sum() * 100)) for column in ("baseline", "allocation")
    )
    total = f"{frame.height} ICBs: baselines of {baseline}, allocations of {allocation}"
    lines = [*_heading(title, width), *_taken_lines(published.taken, width), "", *_heading(total, width)]
    return "\n".join(lines)


def _source_lines(source: Source, width: int | None) -> Iterator[str]:
    yield from _heading(f"{source.name}: {source.kind.title}", width)
    yield from _taken_lines(source.taken, width)
    if source.not_there:
        yield from paragraph(f"not in this file: {', '.join(source.not_there)}", width, first="  - ")
    for note in source.notes:
        yield from paragraph(note, width, first="  - ")


def _taken_lines(taken: Mapping[str, str], width: int | None) -> Iterator[str]:
    headers = [" ".join(header.split()) for header in taken.values()]
    columns = [Column("taken as", list(taken), True), Column("its column", headers, True, 16)]
    yield from (f"  {line}" for line in table(columns, width and width - 2))


def _join_lines(joins: tuple[Join, ...], width: int | None) -> Iterator[str]:
    yield from _heading("Joined to the payments by practice code", width)
    for join in joins:
        yield from paragraph(f"{join.name}: {counted(join.found, 'practice')} found", width, first="  ")
        if join.missing:
            have = "1 has" if len(join.missing) == 1 else f"{len(join.missing):,} have"
            text = f"{have} no row in it: {listing(join.missing, EXAMPLES)}"
            yield from paragraph(text, width, first="  - ")
        if join.unused:
            text = f"{len(join.unused):,} of its practices are not in the payments file: "
            yield from paragraph(text + listing(join.unused, EXAMPLES), width, first="  - ")


def _heading(text: str, width: int | None) -> Iterator[str]:
    return (click.style(line, bold=True) for line in paragraph(text, width))

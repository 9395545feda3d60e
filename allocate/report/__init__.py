"""A report on finished runs: one HTML file for a board, which needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from allocate.report.subject import Subject


SUFFIXES = (".html", ".htm")


def check_report(path: str | Path) -> None:
    """Check that a report could be written, before it takes long to make.

    Raises:
        OutputError: the name ends in neither .html nor .htm, so it could be that of something else.
    """
    from pathlib import Path

    from allocate.errors import OutputError, Problem

    if Path(path).suffix.lower() not in SUFFIXES:
        raise OutputError([Problem(str(path), "is no web page", "name it .html")])


def save_report(
    subjects: Sequence[Subject], path: str | Path, *, by: Sequence[str] = (), large_print: bool = False
) -> None:
    """Write a report, whole or not at all.

    Args:
        subjects: the runs; the first is told in full, the others are compared with it.
        path: the HTML file.
        by: columns to group areas by, as an audit takes them; none: deprivation and place in charts, all of
            the usual ones in the audit.
        large_print: open in large print.

    Raises:
        InputError: a column is missing, or the packages that draw and write are not installed.
        OutputError: the file cannot be written.
    """
    from pathlib import Path

    from allocate.files.writing import write_files
    from allocate.report.page import page
    from allocate.results.runs import damage_told

    path = Path(path)
    check_report(path)
    with damage_told({each.label: each.run for each in subjects}):
        written = page(subjects, by=by, large_print=large_print).encode()
    write_files(path.parent, {path.name: written})

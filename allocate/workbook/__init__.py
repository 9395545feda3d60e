"""The Excel workbook of a run: every figure with where it comes from, live where it can honestly be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocate.errors import OutputError, Problem

if TYPE_CHECKING:
    from allocate.allocation import Allocation

SUFFIX = ".xlsx"

MOST_AREAS = 1_000_000
"""Excel has 1,048,576 rows; some are needed for titles."""


def is_workbook(path: str | Path) -> bool:
    """Whether a name is that of a workbook, not of a folder."""
    return Path(path).suffix.lower() == SUFFIX


def check_workbook(path: str | Path) -> None:
    """Check that a workbook could be written, before it takes long to make.

    Raises:
        OutputError: the name does not end in .xlsx, or the package that writes Excel is not installed.
    """
    if not is_workbook(path):
        raise OutputError([Problem(str(path), f"does not end in {SUFFIX}", f"name it {path}{SUFFIX}")])
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        what, fix = "cannot be written without another package", "pip install 'allocate[excel]'"
        raise OutputError([Problem(str(path), what, fix)]) from None


def save_workbook(allocation: Allocation, path: str | Path) -> None:
    """Write the workbook of a run, whole or not at all; see `Allocation.save_workbook`."""
    from allocate.files.writing import write_files

    check_workbook(path)
    if (size := allocation.prepared.areas.size) > MOST_AREAS:
        what = f"{size:,} areas are more than the {MOST_AREAS:,} that an Excel sheet has room for"
        raise OutputError([Problem(str(path), what, "write a folder instead")])
    from allocate.workbook.sheets import workbook_bytes

    path, content = Path(path), workbook_bytes(allocation)
    write_files(path.parent, {path.name: content}, keep=allocation.prepared.scenario.sources)

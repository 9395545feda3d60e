"""Which files a table of practices or ICBs can be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import OutputError, Problem
from allocate.records import TABLE_FORMATS

if TYPE_CHECKING:
    from pathlib import Path


def check_format(out: Path) -> None:
    """Refuse a file whose name says no format that can be written.

    Raises:
        OutputError: it is neither .parquet nor .csv.
    """
    if out.suffix.lower() not in TABLE_FORMATS:
        raise OutputError(
            [Problem(str(out), "is no table that can be written", "give a .parquet or .csv file")]
        )

"""Tables as the bytes of files, in the formats that can be written."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from allocate.errors import OutputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

FORMATS = (".parquet", ".csv")


def check_format(out: Path) -> None:
    """Refuse a file whose name says no format that can be written.

    Raises:
        OutputError: it is neither .parquet nor .csv.
    """
    if out.suffix.lower() not in FORMATS:
        raise OutputError(
            [Problem(str(out), "is no table that can be written", "give a .parquet or .csv file")]
        )


def table_bytes(frame: pl.DataFrame, suffix: str) -> bytes:
    """A table as the bytes of a file."""
    file = BytesIO()
    if suffix.lower() == ".csv":
        frame.write_csv(file)
    else:
        frame.write_parquet(file)
    return file.getvalue()

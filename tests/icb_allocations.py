"""NHS England's allocations to integrated care boards, read from its own workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

SHEETS = {
    "nhs-england-primary-medical-2023-24": "PMC Allocations 2023-24",
    "nhs-england-primary-medical-2024-25": "PMC Allocations 2024-25",
    "nhs-england-core-2023-24": "ICB Core Allocations 2023-24",
    "nhs-england-core-2024-25": "ICB Core Allocations 2024-25",
}
"""The sheet that each rule book is about."""

BOARDS = 42

COLUMNS = {
    "id": 2,
    "baseline": 4,
    "target": 5,
    "opening": 6,
    "base_growth": 8,
    "convergence": 9,
    "allocation": 10,
    "closing": 12,
}
"""Where these stand in all four sheets, counted from 0; money in thousands of £."""


def read_allocations(data: Path, book: str) -> pl.DataFrame:
    """The 42 boards that a rule book is about, as published; money in £, baselines in whole pence.

    Only the rows of the boards are read: with the totals below them columns would be text of nine decimals.
    """
    sheet = pl.read_excel(
        data / "raw" / "nhs_allocations_2023_2025.xlsx",
        sheet_name=SHEETS[book],
        columns=list(COLUMNS.values()),
        read_options={"header_row": 2, "skip_rows": 1, "n_rows": BOARDS},
    )
    thousands = pl.col("baseline", "target", "allocation") * 1_000
    return sheet.rename(dict(zip(sheet.columns, COLUMNS, strict=True))).with_columns(thousands)

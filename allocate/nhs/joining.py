"""Files joined to the payments by practice code: what met, what did not, and which practices are complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from allocate.nhs.starting import complete_name, population_of
from allocate.nhs.weights import BOARDS, boards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.nhs.reading import Source

KEY = "practice_code"


@dataclass(frozen=True)
class Join:
    """How a file's practices met those of the payments file.

    Attributes:
        name: the file.
        found: practices of the table that it has.
        missing: practices of the table that it has not.
        unused: its practices that are nowhere in the payments file.
    """

    name: str
    found: int
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def with_boards(practices: pl.DataFrame, weights: Source) -> pl.DataFrame:
    """Add the ICB and former CCG of each practice's sub-ICB, unless the payments file has them itself."""
    if "sub_icb_code" not in practices.columns:
        return practices
    known = [column for column in BOARDS if column in practices.columns]
    named = boards(practices, weights).drop(known, strict=False)
    return practices.join(named, on="sub_icb_code", how="left", maintain_order="left")


def join(table: pl.DataFrame, other: Source, everybody: pl.DataFrame) -> Join:
    """How a file's practices meet those of the table, and those of the whole payments file."""
    missing = table.join(other.frame, on=KEY, how="anti")[KEY].sort().to_list()
    unused = other.frame.join(everybody, on=KEY, how="anti")[KEY].sort().to_list()
    return Join(other.name, table.height - len(missing), tuple(missing), tuple(unused))


def complete(table: pl.DataFrame, joins: Sequence[Join], year: str | None) -> list[pl.Expr]:
    """1 for the practices that can be compared with others, else 0.

    ``complete_2022_23``: there are patients, a published need (if it was given) and no atypical mark (part of
    a year, lists that fluctuate). ``complete_core``: every file given has the practice, too.
    """
    comparable = pl.col("registered_patients") > 0
    if "atypical" in table.columns:
        comparable &= pl.col("atypical").is_null()
    if need := population_of(table):
        comparable &= pl.col(need).is_not_null()
    missing = {code for each in joins for code in each.missing}
    everywhere = comparable & ~pl.col(KEY).is_in(sorted(missing))
    named = (comparable.alias(complete_name(year)), everywhere.alias("complete_core"))
    return [each.fill_null(value=False).cast(pl.Int64) for each in named]

"""Need from persons, read to written, against polars adding up the same columns of the same file by area.

``python -m bench.weighing 20_000_000`` measures as many persons as three English regions have.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bench.side_by_side import Comparison, peak_memory, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

PRACTICES = 6_310

BLEND = """
title: Case mix and deprivation
need:
  blend:
  - {share: 85%, of: {column: case_mix}}
  - {share: 15%, of: {index: 1 + deprivation / 100}}
"""

PRODUCT = """
title: Case mix by age, and deprivation
need:
  blend:
  - share: 85%
    of:
      product:
      - {column: case_mix}
      - lookup: {column: age_band, table: {0: 2, 1: 1, 2: 0.9, 3: 1, 4: 1.2, 5: 1.5, 6: 2, 7: 2.7, 8: 3.1}}
  - {share: 15%, of: {index: 1 + deprivation / 100}}
"""

POLARS = """
import polars as pl
sums = pl.scan_parquet({file!r}).group_by("practice_code").agg(pl.col({columns!r}).sum())
sums.collect(engine="streaming").sort("practice_code").write_parquet({written!r})
"""


def compare(persons: int = 5_000_000) -> Iterator[Comparison]:
    """Each is a process of its own; the persons are invented."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        # A process starts with the peak of the one that starts it, so this one must stay small.
        code = f"from bench.weighing import invent; invent({persons}, {str(folder / 'persons.parquet')!r})"
        process("-c", code)()
        yield _against_polars(
            folder, persons, "by case mix and deprivation", BLEND, ["case_mix", "deprivation"]
        )
        columns = ["case_mix", "age_band", "deprivation"]
        yield _against_polars(folder, persons, "by case mix times age, and deprivation", PRODUCT, columns)


def _against_polars(folder: Path, persons: int, how: str, book: str, columns: list[str]) -> Comparison:
    file, rules = str(folder / "persons.parquet"), folder / "book.yaml"
    rules.write_text(book)
    weigh = ["-m", "allocate", "weigh", file, "--rules", str(rules), "--by", "practice_code"]
    weigh += ["--out", str(folder / "areas.parquet")]
    polars = POLARS.format(file=file, columns=columns, written=str(folder / "sums.parquet"))
    memory = f"{peak_memory(*weigh):,.0f} MB at most"
    return side_by_side(
        (f"`allocate weigh` of {persons:,} persons {how}, {memory}", process(*weigh)),
        (f"polars adding up the same {len(columns)} columns by practice", process("-c", polars)),
        target=1.5,
        times=9,
    )


def invent(persons: int, file: str) -> None:
    """Write a table of invented persons."""
    random = np.random.default_rng(2022)
    codes = pl.Series([f"P{number:05}" for number in range(PRACTICES)])
    frame = pl.DataFrame(
        {
            "practice_code": codes.gather(pl.Series(random.integers(0, PRACTICES, persons))),
            "case_mix": random.lognormal(0, 1, persons),
            "age_band": random.integers(0, 9, persons, dtype=np.int8),
            "deprivation": random.random(persons) * 60,
        }
    )
    frame.write_parquet(file)


if __name__ == "__main__":
    for found in compare(int(sys.argv[1])):
        print(found, flush=True)

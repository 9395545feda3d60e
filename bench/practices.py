"""A whole run of England's practices, read to written, against polars reading and writing the same rows."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.side_by_side import Comparison, process, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).parents[2] / "shared" / "data" / "england_practices_2022_23.csv"
"""Published figures of NHS England for 2022/23, kept beside the project and never copied into it."""

SCENARIO = """
title: England 2022/23, complete practices
areas: {table}
columns: {{id: practice_code, population: registered_patients, baseline: total_payments_ex_drugs_premises}}
where: complete_2022_23 = 1
rules: [need.yaml, level-up]
budget: {{growth: 2%}}
"""

NEED = """
title: Published need
need: {index: nhse_wp_primary_medical_final / nhse_pop_2022_23}
"""

POLARS = """
import polars as pl
table = pl.read_csv({table!r}, infer_schema_length=None)
table.filter(pl.col("complete_2022_23") == 1).write_csv({written!r})
"""


@contextmanager
def england(rules: str = "") -> Iterator[Path | None]:
    """A folder with the scenario, and more rules if given; None, and a word about it, without the table."""
    if not TABLE.is_file():
        print(f"no real practices at {TABLE}: that benchmark is left out", file=sys.stderr)
        yield None
        return
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "scenario.yaml").write_text(SCENARIO.format(table=TABLE))
        (folder / "need.yaml").write_text(NEED + rules)
        yield folder


def compare() -> Iterator[Comparison]:
    """Each is a process of its own, so both start from nothing."""
    with england() as folder:
        if folder is None:
            return
        polars = POLARS.format(table=str(TABLE), written=str(folder / "same.csv"))
        run = process("-m", "allocate", "run", str(folder), "--out", str(folder / "out"))
        yield side_by_side(
            ("`allocate run --out` of 6,310 real practices", run),
            ("polars reading and writing the same rows", process("-c", polars)),
            target=2,
        )

"""Fuzzing guided by coverage, outside the tests: ``python -m bench.fuzzing language -max_total_time=300``.

It needs ``pip install '.[fuzz]'``. The targets are the readers of what comes from others: ``language`` (an
expression, parsed and computed), ``documents`` (a rule book and a scenario), ``tables`` (the bytes of a .csv,
.parquet or .xlsx file) and ``runs`` (the record of a saved run). A target passes if nothing but an
`AllocateError` comes out of it. Options after the target are libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["allocate"]):
    import allocate
    from allocate.documents import parse_document
    from allocate.rulebook import Rulebook
    from allocate.runs import load_run
    from allocate.scenario import Scenario
    from allocate.sheet import read_table

import polars as pl

FRAME = pl.DataFrame(
    {"id": ["A", "B"], "population": [100, 200], "baseline": [1_000, 1_500], "place": ["x", "y"]}
)
FOLDER = Path(tempfile.mkdtemp(prefix="fuzzing"))


def language(given: bytes) -> None:
    """An expression as a floor of areas, of groups, and as a condition."""
    data = atheris.FuzzedDataProvider(given)
    kind, text = data.ConsumeIntInRange(0, 2), data.ConsumeUnicodeNoSurrogates(200)
    rule = {"name": "r", "floor": text} if kind < 2 else {"name": "r", "floor": "1", "where": text}
    book = {"title": "t", "rules": [rule | ({"by": "place"} if kind == 1 else {})]}
    allocate.solve(FRAME, book, budget={"new_money": 300})


def documents(given: bytes) -> None:
    """YAML read as a rule book and as a scenario."""
    text = given.decode("utf-8", "replace")
    for model in (Rulebook, Scenario):
        try:
            parse_document(text, "f").read_as(model)
        except allocate.AllocateError:
            continue


def tables(given: bytes) -> None:
    """A file of each kind; the first byte says which."""
    path = FOLDER / ("t.csv", "t.parquet", "t.xlsx")[given[0] % 3 if given else 0]
    path.write_bytes(given[1:])
    read_table(path)


def runs(given: bytes) -> None:
    """The record of a saved run."""
    if not (FOLDER / "table.parquet").exists():
        allocate.run("llr").save(FOLDER)
    (FOLDER / "run.json").write_bytes(given)
    load_run(FOLDER)


TARGETS = {target.__name__: target for target in (language, documents, tables, runs)}


def main() -> None:
    """Fuzz the target named first."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"name a target: {', '.join(TARGETS)}")

    def once(given: bytes) -> None:
        try:
            TARGETS[name](given)
        except allocate.AllocateError:
            return

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Fuzzing guided by coverage, outside the tests: ``python -m bench.fuzzing language -max_total_time=300``.

It needs ``pip install '.[fuzz]'`` (atheris). The targets are the readers of what comes from others, the rule
language and the command line. A target passes if nothing but an `AllocateError` comes out of it, within ten
seconds. Each begins with good inputs, which libFuzzer damages and puts together; options after the target
are libFuzzer's.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["allocate"]):
    import allocate

    for module in walk_packages(allocate.__path__, "allocate."):  # most are imported only when used
        if not module.name.endswith("__main__"):
            import_module(module.name)
    from allocate.cli import HOMES, main
    from allocate.documents.rulebook import Rulebook
    from allocate.documents.scenario import Scenario
    from allocate.documents.strict_yaml import parse_document
    from allocate.files.tables import read_table
    from allocate.language.grammar import AGGREGATES, FUNCTIONS, KEYWORDS

from click.testing import CliRunner

from bench.embedding import FOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = Path(tempfile.mkdtemp(prefix="fuzzing-"))
LLR = Path(__file__).parents[1] / "scenarios" / "llr"
ENDINGS = ("csv", "parquet", "xlsx")
ELSEWHERE = ("/", "..", "dask", "workers")
"""Arguments that could write elsewhere, connect to another machine, or start many processes."""


def language(given: bytes) -> None:
    """An expression as a floor of areas, of groups, and as a condition."""
    kind, text = given[:1], given[1:].decode("utf-8", "replace")
    rule = {"name": "r", "floor": "1", "where": text} if kind == b"w" else {"name": "r", "floor": text}
    book = {"title": "t", "rules": [rule | ({"by": "place"} if kind == b"g" else {})]}
    allocate.solve(FOUR, book, budget={"new_money": 300})


def documents(given: bytes) -> None:
    """YAML read as a rule book and as a scenario."""
    text = given.decode("utf-8", "replace")
    problems = []
    for model in (Rulebook, Scenario):
        try:
            parse_document(text, "f").read_as(model)
        except allocate.AllocateError as error:
            problems.append(str(error))


def tables(given: bytes) -> None:
    """A file of each kind, of which the first byte says the kind, allocated to."""
    path = FOLDER / f"areas.{ENDINGS[given[0] % len(ENDINGS)] if given else 'csv'}"
    path.write_bytes(given[1:])
    allocate.solve(read_table(path).frame, budget={"growth": "3%"})


def runs(given: bytes) -> None:
    """A saved run with another record, or other amounts, audited and compared."""
    folder = FOLDER / "run"
    if not folder.exists():
        allocate.run("llr").save(folder)
        (folder / "good.csv").write_bytes((folder / "allocations.csv").read_bytes())
    name = "run.json" if given[:1] == b"{" else "allocations.csv"
    (folder / "allocations.csv").write_bytes((folder / "good.csv").read_bytes())
    (folder / name).write_bytes(given)
    run = allocate.load_run(folder)
    run.equity(["place"])
    allocate.compare("llr", run, by="place")


def commands(given: bytes) -> None:
    """Arguments, a line each."""
    words = given.decode("utf-8", "replace").split("\n")
    if any(each in word for word in words for each in ELSEWHERE):
        return
    done = CliRunner().invoke(main, ["--seconds", "5", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), words
    assert done.exit_code in (0, 1, 2), (words, done.stderr)
    assert "a defect in allocate" not in done.stderr, (words, done.stderr)


def of_tables() -> Iterable[bytes]:
    """Good tables of each kind."""
    parquet, workbook = io.BytesIO(), io.BytesIO()
    FOUR.write_parquet(parquet)
    FOUR.write_excel(workbook)
    yield from (
        b"\0" + FOUR.write_csv(None).encode(),
        b"\1" + parquet.getvalue(),
        b"\2" + workbook.getvalue(),
    )
    yield b"\0" + 'id,name,population,baseline\n"A, B",\'=1,"1,000","£1,234.50"\nC,,5%,(20)\n'.encode()


def of_runs() -> Iterable[bytes]:
    """The files of a good run."""
    allocate.run("llr").save(FOLDER / "good")
    return [(FOLDER / "good" / name).read_bytes() for name in ("run.json", "allocations.csv")]


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterable[bytes]]]] = {
    "language": (
        language,
        lambda: [
            b"agreatest(baseline * 1.1, 0.95 * target)",
            b"gsum(baseline) * 1.01 + count(*)",
            b"wplace in ('north') and not population between 1 and 2",
            b"acase when fifth = 1 then 1e3 else coalesce(nullif(baseline, 0), 2) end",
            b"around(sum(baseline) over (partition by place) / 3, 2)",
        ],
    ),
    "documents": (
        documents,
        lambda: [path.read_bytes() for path in (LLR.parents[1]).glob("[rs]*/**/*.yaml")],
    ),
    "tables": (tables, of_tables),
    "runs": (runs, of_runs),
    "commands": (
        commands,
        lambda: [
            *(f"{name}\nllr\n--json".encode() for name in HOMES),
            b"run\nllr\n--budget\n112m\n--set\nceiling=8%\n--all",
            b"sweep\nllr\n--vary\nnew_money=1m:2m:3\n--sample\n4\n--seed\n1",
            b"cost\nllr\n--to\n95%\n--growth\n3%",
            b"uncertainty\nllr\n--need-error\n5%\n--draws\n10",
            b"audit\nllr\n--by\nimd_quintile:fifths,place",
        ],
    ),
}
"""What is done with an input, and good inputs to begin with."""


def dictionary() -> Path:
    """The words of the rule language, for libFuzzer to put in."""
    path = FOLDER / "words"
    words = {*KEYWORDS, *FUNCTIONS, *AGGREGATES, *FOUR.columns, "target", "new_money", "||", "<=", "''", '""'}
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"') for word in sorted(words))
    path.write_text("".join(f'"{word}"\n' for word in escaped), encoding="utf-8")
    return path


def fuzz() -> None:
    """Fuzz the target named first."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"name a target: {', '.join(TARGETS)}")
    target, good = TARGETS[name]

    def once(given: bytes) -> None:
        try:
            target(given)
        except allocate.AllocateError as error:
            str(error)

    found, seeds = FOLDER / "found", FOLDER / "seeds"
    for folder in (found, seeds):
        folder.mkdir()
    for number, content in enumerate(good()):
        (seeds / str(number)).write_bytes(content)
    words = [f"-dict={dictionary()}"] if name == "language" else []
    os.chdir(FOLDER)  # where an input that fails is written, and whatever commands write
    print(f"Inputs that fail are written to {FOLDER}")
    atheris.Setup(
        [sys.argv[0], "-timeout=10", "-max_len=100000", *words, *sys.argv[1:], str(found), str(seeds)], once
    )
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz()

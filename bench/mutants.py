"""How much of the solvers and limits the tests would miss: lines made wrong, one at a time, at random.

Usage: python -m bench.mutants COUNT [SEED] [FOLDER ...] [--at-once N]

COUNT mutants (`bench.mutating`) of `allocate/solver/` and `allocate/limits/`, or of the folders given, are
tried on copies of the project; the same COUNT and SEED are the same mutants. All tests run first without
any mutant, and have to pass (as has a file unchanged, tried as a mutant is); `bench.watching` notes which
functions each calls. Then a mutant meets the tests that call its function, those by hand first and the
fastest before the others, until one fails or takes far longer than before. What survives is printed with its
line, to be looked at: some mutants mean the same as the original, as `<` for `<=` where both sides are never
equal. The score counts every mutant that survives as missed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from multiprocessing import connection, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.mutating import Mutant, mutant_at, places
from bench.watching import TOO_SLOW, Choosing, Noting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
FOLDERS = ("allocate/solver", "allocate/limits")
BY_HAND = ("solver_parts", "proof_parts", "limits", "golden")
TESTS = (
    *BY_HAND,
    *("fill", "routes", "ratios", "shortfall", "giving_way", "clashes", "groups", "properties", "proof"),
    *("plan", "cost", "prices", "embedding", "bounds", "rule_books", "verify", "uncertainty", "nhs_data"),
)
LIBRARIES = ("highspy", "hypothesis.strategies", "numpy", "polars", "pulp", "pydantic")
"""Imported once, before each mutant gets a process of its own."""


class Test:
    """One test: how long it takes, and the functions it calls, by path and first line."""

    def __init__(self, copied: Path, seconds: float, called: list[tuple[str, int]]) -> None:
        self.seconds = seconds
        self.called = {(Path(path).relative_to(copied), begins) for path, begins in called}
        self.files = {path for path, _ in self.called}

    def may_notice(self, mutant: Mutant) -> bool:
        """Whether a mutant can make a difference to it."""
        if not mutant.begins:
            return mutant.path in self.files
        return (mutant.path, mutant.begins) in self.called


def copy_into(folder: Path) -> Path:
    """A copy of the project, beside the data that tests read."""
    copied = folder / "project" / "allocate"
    shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".*", "__pycache__", "_build"))
    (folder / "project" / "shared").symlink_to(ROOT.parent / "shared")
    return copied


def run_tests(copied: Path, files: list[str], watching: Noting | Choosing) -> int:
    """Run tests in a copy of the project, in this process; none may be skipped for want of data."""
    os.chdir(copied)
    sys.path[0] = str(copied)
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    options = ["-xq", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*options, *files], plugins=[watching]))


def note_tests(copied: Path, folders: tuple[str, ...]) -> None:
    """Run all tests and write down what they do; they have to pass without a mutant."""
    noting = Noting(tuple(copied / each for each in folders))
    code = run_tests(copied, [f"tests/test_{name}.py" for name in TESTS], noting)
    (copied / "noted.json").write_text(json.dumps(noting.notes), encoding="utf-8")
    sys.exit(code)


def try_mutant(mutant: Mutant, copied: Path, tests: Mapping[str, Test]) -> None:
    """Run the tests that may notice a mutant, and end as pytest does."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    (copied / mutant.path).write_text(mutant.source, encoding="utf-8")
    limits = {name: 20 + 10 * test.seconds for name, test in tests.items() if test.may_notice(mutant)}
    by_hand = tuple(f"tests/test_{name}.py" for name in BY_HAND)
    for first in (True, False):
        allowed = {name: limit for name, limit in limits.items() if name.startswith(by_hand) == first}
        files = sorted({name.partition("::")[0] for name in allowed})
        code = run_tests(copied, files, Choosing(allowed)) if allowed else 0
        if code:
            sys.exit(code)


def started(target: Any, *given: Any) -> Any:
    """A process of its own, with the libraries imported already."""
    process = get_context("fork").Process(target=target, args=given)
    process.start()
    return process


def endings(mutants: list[Mutant], folders: tuple[str, ...], at_once: int) -> Iterator[tuple[Mutant, str]]:
    """What becomes of each mutant, some tried at once, each in a copy of its own."""
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        kept, *free = [copy_into(Path(folder) / str(number)) for number in range(at_once + 1)]
        baseline = started(note_tests, free[0], folders)
        baseline.join()
        if baseline.exitcode:
            raise SystemExit("without any mutant, tests fail")
        noted = json.loads((free[0] / "noted.json").read_text(encoding="utf-8"))
        every = {name: Test(free[0], *each) for name, each in noted.items()}
        tests = dict(sorted(every.items(), key=lambda each: each[1].seconds))
        original = mutants[0]._replace(source=(ROOT / mutants[0].path).read_text(encoding="utf-8"))
        waiting, running = [*reversed(mutants), original], dict[Any, tuple[Any, Mutant, Path]]()
        while waiting or running:
            while waiting and free:
                mutant, copied = waiting.pop(), free.pop()
                process = started(try_mutant, mutant, copied, tests)
                running[process.sentinel] = process, mutant, copied
            for sentinel in connection.wait(list(running)):
                process, mutant, copied = running.pop(sentinel)
                process.join()
                shutil.copyfile(kept / mutant.path, copied / mutant.path)
                free.append(copied)
                ending = {0: "survives", TOO_SLOW: "too slow"}.get(process.exitcode, "noticed")
                if mutant is not original:
                    yield mutant, ending
                elif ending != "survives":
                    raise SystemExit("what is no mutant is taken for one: tests fail that passed before")


def main() -> None:
    """Try mutants in a random order; print what survives, and the score of each file."""
    asking = argparse.ArgumentParser()
    asking.add_argument("count", type=int)
    asking.add_argument("seed", type=int, nargs="?", default=1)
    asking.add_argument("folders", nargs="*", default=FOLDERS)
    asking.add_argument("--at-once", type=int, default=1)
    asked = asking.parse_args()
    paths = [path.relative_to(ROOT) for each in asked.folders for path in sorted((ROOT / each).rglob("*.py"))]
    every = [place for path in paths for place in places(ROOT, path)]
    random.Random(asked.seed).shuffle(every)
    mutants = [mutant_at(ROOT, *place) for place in every[: asked.count]]
    tried: Counter[Path] = Counter()
    missed: Counter[Path] = Counter()
    slow = 0
    for mutant, what in endings(mutants, tuple(asked.folders), asked.at_once):
        tried[mutant.path] += 1
        missed[mutant.path] += what == "survives"
        slow += what == "too slow"
        if what != "noticed":
            print(f"{mutant.path}:{mutant.line}: {what}: {mutant.what}", flush=True)
    for path in sorted(tried):
        print(f"{path}: {tried[path] - missed[path]} of {tried[path]}")
    count = sum(missed.values())
    print(f"{len(mutants)} of {len(every):,} mutants tried, {count} survived, {slow} were too slow:", end=" ")
    print(f"{1 - count / max(len(mutants), 1):.1%}")


if __name__ == "__main__":
    main()

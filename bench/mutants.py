"""How much of the solvers and limits the tests would miss: lines made wrong, one at a time, at random.

Usage: python -m bench.mutants COUNT [SEED] [FOLDER ...] [--at-once N]

COUNT mutants (`bench.mutating`) of `allocate/solver/` and `allocate/limits/`, or of the folders given, are
tried on copies of the project; the same COUNT and SEED are the same mutants. All tests run first without
any mutant, and have to pass; `bench.watching` notes which functions each calls. Then a mutant meets the tests
that call its function, the fastest first, until one fails or takes far longer than before. What survives is
printed with its line, to be looked at: some mutants mean the same as the original, as `<` for `<=` where both
sides are never equal. The score counts every mutant that survives as missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from bench.mutating import mutant_at, places
from bench.watching import TOO_SLOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.mutating import Mutant

ROOT = Path(__file__).parents[1]
FOLDERS = ("allocate/solver", "allocate/limits")
TESTS = (
    *("golden", "fill", "routes", "ratios", "shortfall", "giving_way", "clashes", "groups", "properties"),
    *(
        "proof",
        "proof_parts",
        "plan",
        "cost",
        "prices",
        "embedding",
        "bounds",
        "rule_books",
        "verify",
        "nhs_data",
    ),
)


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


def run_tests(copied: Path, tests: list[str], changes: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy of the project; none may be skipped for want of data."""
    command = [sys.executable, "-m", "pytest", "-xq", "-p", "bench.watching", "-p", "no:xdist", *tests]
    always = {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1", "CI": "1"}
    return subprocess.run(
        command, cwd=copied, env=os.environ | always | changes, capture_output=True, text=True, check=False
    )


def watched(copied: Path, folders: tuple[str, ...]) -> dict[str, Test]:
    """All tests, by name, the fastest first; they have to pass without a mutant."""
    noted = copied / "noted.json"
    changes = {"WATCH_INTO": str(noted), "WATCHED": ":".join(folders)}
    ran = run_tests(copied, [f"tests/test_{name}.py" for name in TESTS], changes)
    if ran.returncode:
        raise SystemExit(f"without any mutant, tests fail:\n{ran.stdout[-3000:]}{ran.stderr[-1000:]}")
    tests = {name: Test(copied, *each) for name, each in json.loads(noted.read_text()).items()}
    return dict(sorted(tests.items(), key=lambda each: each[1].seconds))


def ending(mutant: Mutant, copied: Path, tests: Mapping[str, Test]) -> str:
    """What becomes of a mutant: it is noticed, is too slow, or survives."""
    asked = {name: 20 + 10 * each.seconds for name, each in tests.items() if each.may_notice(mutant)}
    if not asked:
        return "survives: no test calls it"
    order, path = copied / "order.json", copied / mutant.path
    order.write_text(json.dumps(asked))
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    files = sorted({name.partition("::")[0] for name in asked})
    try:
        code = run_tests(copied, files, {"WATCH_BY": str(order)}).returncode
    finally:
        path.write_text(original, encoding="utf-8")
    return "survives" if code == 0 else "too slow" if code == TOO_SLOW else "noticed"


def endings(mutants: list[Mutant], folders: tuple[str, ...], at_once: int) -> Iterator[tuple[Mutant, str]]:
    """What becomes of each mutant, some tried at once, each in a copy of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(at_once) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(at_once):
            copies.put(copy_into(Path(folder) / str(number)))
        first = copies.get()
        tests = watched(first, folders)
        copies.put(first)
        print(f"{len(tests)} tests pass, in {sum(each.seconds for each in tests.values()):.0f} s", flush=True)

        def tried(mutant: Mutant) -> tuple[Mutant, str]:
            copied = copies.get()
            try:
                return mutant, ending(mutant, copied, tests)
            finally:
                copies.put(copied)

        yield from pool.map(tried, mutants)


def main() -> None:
    """Try mutants in a random order; print what survives, and the score of each file."""
    asking = argparse.ArgumentParser()
    asking.add_argument("count", type=int)
    asking.add_argument("seed", type=int, nargs="?", default=1)
    asking.add_argument("folders", nargs="*", default=FOLDERS)
    asking.add_argument("--at-once", type=int, default=1)
    asked = asking.parse_args()
    paths = [
        path.relative_to(ROOT) for folder in asked.folders for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    every = [place for path in paths for place in places(ROOT, path)]
    random.Random(asked.seed).shuffle(every)
    mutants = [mutant_at(ROOT, *place) for place in every[: asked.count]]
    tried: Counter[Path] = Counter()
    missed: Counter[Path] = Counter()
    slow = 0
    for mutant, what in endings(mutants, tuple(asked.folders), asked.at_once):
        tried[mutant.path] += 1
        missed[mutant.path] += what.startswith("survives")
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

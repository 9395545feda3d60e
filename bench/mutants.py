"""How much of the solvers and limits the tests would miss: lines made wrong, one at a time, at random.

Usage: python -m bench.mutants SECONDS [SEED] [FOLDER ...]

Each mutant changes one thing in one file of `allocate/solver/` or `allocate/limits/`, or of the folders
given: a comparison, an operation, a number, a condition, a call or a whole statement. The tests run on a
copy until one fails. What survives is printed with its line, to be looked at: some mutants mean the same as
the original, as `<` for `<=` where both sides are never equal. Texts are not changed: what messages say is
tested elsewhere, by reading them. The score counts every mutant that survives as missed.
"""

from __future__ import annotations

import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FOLDERS = ("allocate/solver", "allocate/limits")
TESTS = (
    *("golden", "fill", "routes", "ratios", "shortfall", "giving_way", "clashes", "groups", "properties"),
    *("proof", "plan", "cost", "prices", "embedding", "bounds", "rule_books", "verify", "nhs_data"),
)
LONGEST = 150
"""Seconds that the tests may take with a mutant; one that takes longer is noticed by that."""

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLED = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "argmin": "argmax",
    "argmax": "argmin",
    "sum": "max",
}


class Mutant(NamedTuple):
    """One thing changed in a file."""

    path: Path
    line: int
    what: str
    source: str


def places(path: Path) -> list[tuple[Path, int]]:
    """Every place of a file where something can be changed."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [(path, at) for at, node in enumerate(_computing(tree)) if _changed(copy.deepcopy(node))]


def mutant_at(path: Path, at: int) -> Mutant:
    """A file with one thing changed."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    node = next(islice(_computing(tree), at, None))
    before = ast.unparse(node).splitlines()[0]
    what = _changed(node)
    return Mutant(path, node.lineno, f"{what}: {before}", ast.unparse(ast.fix_missing_locations(tree)))


def _computing(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """What a program does when it runs: nothing of types, texts and what raises errors."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr, ast.Assert)):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from _computing(ast.Expression(node.value))
            continue
        if isinstance(node, ast.FunctionDef):
            yield from _computing(ast.Module(node.body, []))
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, (ast.expr, ast.stmt)):
            yield node
        yield from _computing(node)


def _changed(node: ast.AST) -> str | None:
    """Change a node and say what was changed; None if there is nothing to change."""
    match node:
        case ast.Compare(ops=[first, *rest]) if type(first) in COMPARED:
            node.ops = [COMPARED[type(first)](), *rest]
            return "comparison"
        case ast.BinOp(op=operation) | ast.AugAssign(op=operation) if type(operation) in OPERATED:
            node.op = OPERATED[type(operation)]()
            return "operation"
        case ast.BoolOp(op=operation):
            node.op = ast.Or() if isinstance(operation, ast.And) else ast.And()
            return "and, or"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
            return "condition"
        case ast.Call(func=ast.Name() | ast.Attribute()):
            return _called_otherwise(node.func)
        case _:
            return _valued_otherwise(node)


def _called_otherwise(called: ast.Name | ast.Attribute) -> str | None:
    key = "id" if isinstance(called, ast.Name) else "attr"
    if getattr(called, key) not in CALLED:
        return None
    setattr(called, key, CALLED[getattr(called, key)])
    return "call"


def _valued_otherwise(node: ast.AST) -> str | None:
    match node:
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            node.op = ast.Not() if isinstance(node.op, ast.Not) else ast.UAdd()
            node.operand = ast.UnaryOp(ast.Not(), operand) if isinstance(node.op, ast.Not) else operand
            return "sign"
        case ast.Constant(value=bool(value)):
            node.value = not value
            return "truth"
        case ast.Constant(value=int(value) | float(value)):
            node.value = value + 1
            return "number"
        case ast.Expr(value=ast.Call()):
            node.value = ast.Constant(None)
            return "left out"
        case ast.Return(value=ast.expr()):
            node.value = ast.Constant(None)
            return "nothing returned"
        case _:
            return None


def survives(mutant: Mutant, copied: Path) -> bool:
    """Whether all tests pass with a mutant in a copy of the project."""
    path = copied / mutant.path
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    first = sorted(TESTS, key=lambda name: ("proof" in mutant.path.parts) != (name in ("proof", "verify")))
    command = [sys.executable, "-m", "pytest", "-xq", *(f"tests/test_{name}.py" for name in first)]
    changes = {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1"}
    setting: dict[str, Any] = {"cwd": copied, "env": os.environ | changes, "capture_output": True}
    try:
        ran = subprocess.run(command, **setting, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(original, encoding="utf-8")
    return ran.returncode == 0


def main(seconds: float, seed: int, folders: tuple[str, ...]) -> None:
    """Try mutants for some time, in a random order, and print what survives and the score."""
    paths = [path.relative_to(ROOT) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    every = [place for path in paths for place in places(path)]
    random.Random(seed).shuffle(every)
    tried, missed, end = 0, 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "project" / "allocate"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".*", "__pycache__", "_build"))
        (Path(folder) / "project" / "shared").symlink_to(ROOT.parent / "shared")
        for place in every:
            if time.monotonic() > end:
                break
            mutant, tried = mutant_at(*place), tried + 1
            if survives(mutant, copied):
                missed += 1
                print(f"{mutant.path}:{mutant.line}: {mutant.what}", flush=True)
    print(
        f"{tried} of {len(every):,} mutants tried, {missed} survived: {(tried - missed) / max(tried, 1):.1%}"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), int((sys.argv[2:] or ["1"])[0]), tuple(sys.argv[3:]) or FOLDERS)

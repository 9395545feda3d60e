"""The house is built in layers, as ARCHITECTURE.md says: what imports what, read from the code."""

from __future__ import annotations

import ast
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).parents[1] / "allocate"

BOTH_WAYS = {frozenset({"proving", "years"})}
"""Years are proven as they are written, and the proof of years makes them ready again."""


def imported(path: Path) -> set[str]:
    """What a module imports of the project when it is imported itself; what only types need is not."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    modules = [each.module or "" for each in statements if isinstance(each, ast.ImportFrom)]
    modules += [name.name for each in statements if isinstance(each, ast.Import) for name in each.names]
    return {module for module in modules if module.startswith("allocate.")}


def parts() -> dict[str, set[str]]:
    """Each part of the house, a package or a module at the top, and the other parts that it imports."""
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        part = path.relative_to(ROOT).with_suffix("").parts[0]
        others = {module.split(".")[1] for module in imported(path)} - {part}
        found[part] = found.get(part, set()) | others
    return found


def test_no_two_parts_import_each_other() -> None:
    found = parts()
    both = {frozenset({a, b}) for a, b in combinations(found, 2) if b in found[a] and a in found[b]}
    assert both == BOTH_WAYS


def test_the_solvers_know_nothing_of_the_rest() -> None:
    assert parts()["solver"] == set()


def test_documents_and_the_rule_language_know_no_numbers() -> None:
    found = parts()
    numbers = {
        "need",
        "position",
        "limits",
        "sharing",
        "funding",
        "engine",
        "allocation",
        "results",
        "solver",
    }
    assert not found["documents"] & numbers
    assert not found["language"] & (numbers - {"solver"})  # the clock that bounds the time of any computation

"""The rule books and scenarios that ship with allocate."""

from __future__ import annotations

import re
from pathlib import Path

from allocate.errors import InputError, Problem, nearest
from allocate.language.places import Written

_PACKAGE = Path(__file__).parents[1]
_ROOT = _PACKAGE / "bundled" if (_PACKAGE / "bundled").is_dir() else _PACKAGE.parent
"""In a wheel the documents are inside the package; in a checkout they stand beside it."""

RULES = _ROOT / "rules"
SCENARIOS = _ROOT / "scenarios"
SCENARIO_FILE = "scenario.yaml"


def rulebook_names() -> list[str]:
    """Names of the bundled rule books."""
    return sorted(path.stem for path in RULES.glob("*.yaml"))


def scenario_names() -> list[str]:
    """Names of the bundled scenarios."""
    return sorted(path.parent.name for path in SCENARIOS.glob(f"*/{SCENARIO_FILE}"))


def find_rulebook(name: str, folder: Path) -> Path:
    """Find a rule book by its bundled name, or by a path relative to `folder`.

    Raises:
        InputError: there is none.
    """
    if name in rulebook_names():
        return RULES / f"{name}.yaml"
    path = folder / name
    if path.is_file():
        return path
    fix = nearest(name, rulebook_names()) or "see 'allocate rules list'"
    raise InputError([Problem(Written(name).where(), f"there is no rule book '{name}'", fix)])


def find_scenario(name: str) -> Path:
    """Find a scenario file by a bundled name, a file or a folder that has one.

    Raises:
        InputError: there is none.
    """
    path = Path(name)
    if path.is_dir() and (path / SCENARIO_FILE).is_file():
        return path / SCENARIO_FILE
    if path.is_file():
        return path
    if name in scenario_names():
        return SCENARIOS / name / SCENARIO_FILE
    if path.is_dir():
        raise InputError(
            [Problem(str(path), f"has no {SCENARIO_FILE}", "see 'allocate new' for a folder to start from")]
        )
    fix = nearest(name, scenario_names()) or "see 'allocate scenarios list'"
    raise InputError([Problem("", f"there is no scenario '{name}'", fix)])


def title_of(path: Path) -> str:
    """The title of a bundled document, without the cost of reading all of it."""
    found = re.search(r"^title: *(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1).strip("'\" ") if found else ""

"""Open whatever is given to be compared, and tell the runs apart."""

from __future__ import annotations

import reprlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allocate.allocation import Allocation
from allocate.documents.bundled import SCENARIO_FILE, scenario_names
from allocate.documents.scenario import Scenario
from allocate.engine import run as run_scenario
from allocate.errors import AllocateError, InputError, Problem, RulesCannotHold
from allocate.results.runs import ALLOCATIONS, RECORD, TABLE, Run, is_saved, open_run, run_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.comparing.grouping import Runs

Given = str | Path | Scenario | Allocation | Run
"""A name or path of a scenario or a saved run, or one that is there already."""


def open_all(given: Sequence[Given]) -> Runs:
    """Open everything that is given.

    Raises:
        InputError: something cannot be opened; also the problems of rules that cannot hold.
        RulesCannotHold: nothing else is wrong.
    """
    opened: list[Run] = []
    failed: list[AllocateError] = []
    for each in given:
        try:
            opened.append(_open(each))
        except (InputError, RulesCannotHold) as error:
            failed.append(type(error)([_in(_said(each), problem) for problem in error.problems]))
    if failed:
        worst = next((error for error in failed if isinstance(error, InputError)), failed[0])
        raise type(worst)(list(dict.fromkeys(each for error in failed for each in error.problems)))
    return dict(zip(_labels(given, opened), opened, strict=True))


def _open(given: Given) -> Run:
    if isinstance(given, Run):
        return given
    if isinstance(given, Allocation):
        return run_of(given)
    if isinstance(given, Scenario):
        return run_of(run_scenario(given))
    if not isinstance(given, (str, Path)):
        fix = "give a name, a path, a Scenario, a Run or an Allocation"
        raise InputError([Problem("", f"{reprlib.repr(given)} cannot be compared", fix)])
    if Path(given).name in (RECORD, ALLOCATIONS, TABLE) and is_saved(Path(given).parent):
        raise InputError(
            [Problem(str(given), "is a file of a saved run", f"give its folder, {Path(given).parent}")]
        )
    files = (RECORD, SCENARIO_FILE)
    known = str(given) in scenario_names() or any((Path(given) / name).is_file() for name in files)
    if Path(given).is_dir() and not known:
        what = f"is no run and no scenario: it has neither {RECORD} nor {SCENARIO_FILE}"
        raise InputError([Problem(str(given), what, "give the folder that 'allocate run --out' wrote")])
    return open_run(str(given))


def _said(given: Given) -> str:
    """What a run is called by whoever asked for it."""
    return str(given) if isinstance(given, (str, Path)) else str(getattr(given, "title", ""))


def _in(name: str, problem: Problem) -> Problem:
    """The same problem, saying in which of the runs it is unless it says so itself."""
    path = name.rstrip("/")
    if not name or f"{problem.where}:".startswith((f"{path}:", f"{path}/")) or f"'{name}'" in problem.what:
        return problem
    return replace(problem, where=f"{name}: {problem.where}" if problem.where else name)


def _labels(given: Sequence[Given], runs: Sequence[Run]) -> list[str]:
    """Names that tell runs apart: the last part of a path, all of it if others end so too, or the title.

    What is still the same, such as a run that is given twice, is numbered.
    """
    whole = [_said(each) or run.title for each, run in zip(given, runs, strict=True)]
    ends = [_end(each, name) for each, name in zip(given, whole, strict=True)]
    others = {end: {name for name, other in zip(whole, ends, strict=True) if other == end} for end in ends}
    labels: list[str] = []
    for name, end in zip(whole, ends, strict=True):
        called = end if len(others[end]) == 1 else name
        numbers = (f"{called} ({number})" for number in range(2, len(runs) + 2))
        labels.append(next(each for each in (called, *numbers) if each not in labels))
    return labels


def _end(given: Given, name: str) -> str:
    """The last part of a path; the folder of a scenario file that is called as it always is."""
    if not isinstance(given, (str, Path)):
        return name
    path = Path(name).absolute()
    if path.name == SCENARIO_FILE:
        path = path.parent
    return path.name.removesuffix(".yaml").removesuffix(".yml") or name

"""Compare runs: open whatever is given, tell the runs apart, and lay them side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.allocation import Allocation
from allocate.bundled import SCENARIO_FILE
from allocate.comparison import Comparison
from allocate.comparison_figures import fit_table, summary_table
from allocate.comparison_notes import notes
from allocate.comparison_tables import areas_table, groups_table, only_in_table, rules_table, side_by_side
from allocate.engine import run as run_scenario
from allocate.errors import AllocateError, InputError, Problem, RulesCannotHold, nearest
from allocate.runs import RECORD, Run, is_saved, open_run, run_of
from allocate.scenario import Scenario
from allocate.tables import ALLOCATION_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from allocate.comparison_tables import Runs

Given = str | Path | Scenario | Allocation | Run


def compare(*given: Given, by: str | Iterable[str] = ()) -> Comparison:
    """Lay runs side by side and hold them against the first.

    Args:
        given: one or more scenarios (bundled names, files, folders, `Scenario`), saved runs (folders),
            `Run` or `Allocation`.
        by: columns of the tables, or of the results, to group areas by; every run must have them.

    Raises:
        InputError: a run or a column is not there, or cannot be used; every problem at once.
        RulesCannotHold: the rules of a scenario contradict each other.
    """
    if not given:
        raise InputError([Problem("", "there is nothing to compare", "give one or more scenarios or runs")])
    columns = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    runs = _open_all(given)
    _check(runs, columns)
    frame = side_by_side(runs, columns)
    labels = tuple(runs)
    areas, summary = areas_table(frame, labels, columns), summary_table(runs, frame)
    return Comparison(
        labels,
        columns,
        notes(runs, frame, summary, columns),
        areas,
        groups=groups_table(frame, labels, columns),
        summary=summary,
        fit=fit_table(runs, frame),
        rules=rules_table(runs),
        only_in=only_in_table(areas, labels),
    )


def _open_all(given: Sequence[Given]) -> Runs:
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
        raise InputError([Problem("", f"{given!r} cannot be compared", fix)])
    if Path(given).is_dir() and not is_saved(given) and not (Path(given) / SCENARIO_FILE).is_file():
        what = f"is no run and no scenario: it has neither {RECORD} nor {SCENARIO_FILE}"
        raise InputError([Problem(str(given), what, "give the folder that 'allocate run --out' wrote")])
    return open_run(str(given))


def _said(given: Given) -> str:
    """What a run is called by whoever asked for it."""
    return str(given) if isinstance(given, (str, Path)) else str(getattr(given, "title", ""))


def _in(name: str, problem: Problem) -> Problem:
    """The same problem, saying in which of the runs it is."""
    if not name or name in str(problem):
        return problem
    return replace(problem, where=f"{name}: {problem.where}" if problem.where else name)


def _labels(given: Sequence[Given], runs: Sequence[Run]) -> list[str]:
    """Names that tell runs apart: the last part of a path, all of it if others end so too, or the title.

    What is still the same, such as a run that is given twice, is numbered.
    """
    whole = [
        str(each) if isinstance(each, (str, Path)) else run.title
        for each, run in zip(given, runs, strict=True)
    ]
    short = [
        _short(name) if isinstance(each, (str, Path)) else name
        for each, name in zip(given, whole, strict=True)
    ]
    ends = {
        end: len({name for name, other in zip(whole, short, strict=True) if other == end}) for end in short
    }
    names = [end if ends[end] == 1 else name for end, name in zip(short, whole, strict=True)]
    taken: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        number = taken[name] + 1
        while (label := name if number == 1 else f"{name} ({number})") in unique:
            number += 1
        taken[name] = number
        unique.append(label)
    return unique


def _short(name: str) -> str:
    """The last part of a path; the folder of a scenario file that is called as it always is."""
    path = Path(name).absolute()
    if path.name == SCENARIO_FILE:
        path = path.parent
    return path.name.removesuffix(".yaml").removesuffix(".yml") or name


def _check(runs: Runs, columns: Iterable[str]) -> None:
    """Every run is whole, and has every column.

    Raises:
        InputError: every problem found.
    """
    problems = [problem for label, run in runs.items() for problem in _damage(label, run)]
    for column in columns:
        problems += [problem for label, run in runs.items() for problem in _unknown(label, run, column)]
    if problems:
        raise InputError(problems)


def _unknown(label: str, run: Run, column: str) -> Iterator[Problem]:
    known = [*run.table.columns, *run.areas.columns]
    if column not in known:
        yield Problem(label, f"has no column '{column}'", nearest(column, known) or "see its table")
    elif run.column(column).dtype.is_nested():
        yield Problem(label, f"column '{column}' has lists, not values", "group by another column")


def _damage(label: str, run: Run) -> Iterator[Problem]:
    """What is missing of a saved run that was changed by hand, or comes from another version."""
    needed: dict[str, Sequence[str]] = {
        "summary": ("invented", "bound", "gave_way", "route"),
        "totals_pence": ("baseline", "budget", "unspent"),
        "hashes": ("areas", "rules"),
    }
    missing = [
        f"'{part}.{key}'" for part, keys in needed.items() for key in keys if not _has(run.record, part, key)
    ]
    missing += [
        f"column '{name}'" for name in ALLOCATION_TYPES if name != "name" and name not in run.areas.columns
    ]
    if missing:
        yield Problem(label, f"is not whole: it has no {', '.join(missing)}", "run it again")
        return
    amounts = run.areas.select(
        "id", "population", "weighted_population", "baseline", "fair_share", "allocation"
    )
    if sum(amounts.null_count().row(0)):
        yield Problem(label, "is not whole: ids, people or amounts are missing", "run it again")
    if run.areas["id"].is_duplicated().any():
        yield Problem(label, "has two rows for the same area", "run it again")


def _has(record: dict[str, Any], part: str, key: str) -> bool:
    return isinstance(record.get(part), dict) and key in record[part]

"""Compare runs: lay them side by side, and hold them against the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.comparing.comparison import Comparison
from allocate.comparing.figures import fit_table, summary_table
from allocate.comparing.grouping import check_columns, groupings_of
from allocate.comparing.notes import notes
from allocate.comparing.opening import open_all
from allocate.comparing.tables import areas_table, groups_table, only_in_table, rules_table, side_by_side
from allocate.errors import InputError, Problem, Problems
from allocate.results.runs import damage, damage_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allocate.comparing.grouping import Runs
    from allocate.comparing.opening import Given


def compare(*given: Given, by: str | Iterable[str] = ()) -> Comparison:
    """Lay runs side by side and hold them against the first.

    Args:
        given: one or more scenarios (bundled names, files, folders, `Scenario`), saved runs (folders),
            `Run` or `Allocation`.
        by: columns of the tables, or of the results, to group areas by, perhaps with options as in
            `allocate.equity.audit`; every run must have them.

    Raises:
        InputError: a run or a column is not there, or cannot be used; every problem at once.
        RulesCannotHold: the rules of a scenario contradict each other.
    """
    if not given:
        raise InputError([Problem("", "there is nothing to compare", "give one or more scenarios or runs")])
    return compare_runs(open_all(given), [by] if isinstance(by, str) else by)


def compare_runs(runs: Runs, by: Iterable[str]) -> Comparison:
    """Lay finished runs side by side, each by what it is called; see `compare`.

    Raises:
        InputError: a run cannot be used, or has not some column.
    """
    columns = tuple(dict.fromkeys(by))
    with damage_told(runs):
        _check(runs, columns)
        frame, labels = side_by_side(runs), tuple(runs)
        groupings = groupings_of(runs, frame, columns)
        areas, summary = areas_table(frame, labels, groupings), summary_table(runs, frame)
        return Comparison(
            labels,
            columns,
            notes(runs, frame, summary, columns),
            areas,
            groups=groups_table(frame, labels, groupings),
            summary=summary,
            fit=fit_table(runs, frame),
            rules=rules_table(runs),
            only_in=only_in_table(areas, labels),
        )


def _check(runs: Runs, columns: Iterable[str]) -> None:
    """Every run is whole, and has every column.

    Raises:
        InputError: every problem found.
    """
    problems = Problems()
    problems.found.extend(problem for label, run in runs.items() for problem in damage(label, run))
    with problems.caught():
        check_columns(runs, columns)
    problems.raise_any(InputError)

"""Compare runs: lay them side by side, and hold them against the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.comparing.comparison import Comparison
from allocate.comparing.figures import fit_table, summary_table
from allocate.comparing.notes import notes
from allocate.comparing.opening import damage, open_all, was_saved
from allocate.comparing.tables import areas_table, groups_table, only_in_table, rules_table, side_by_side
from allocate.errors import InputError, Problem, nearest
from allocate.money import exact_decimals
from allocate.runs import taken_at_their_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allocate.comparing.opening import Given
    from allocate.comparing.tables import Runs
    from allocate.runs import Run


@exact_decimals()
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
    runs = open_all(given)
    saved = [label for label, each in zip(runs, given, strict=True) if was_saved(each)]
    with taken_at_their_word(saved):
        _check(runs, columns)
        return _laid(runs, columns)


def _laid(runs: Runs, columns: tuple[str, ...]) -> Comparison:
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


def _check(runs: Runs, columns: Iterable[str]) -> None:
    """Every run is whole, and has every column.

    Raises:
        InputError: every problem found.
    """
    problems = [problem for label, run in runs.items() for problem in damage(label, run)]
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

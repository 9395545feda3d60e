"""What to know of the data before relying on a report, and how to make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import counted
from allocate.money import pounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.report.subject import Subject

MOST_COLUMNS = 20
"""Columns with missing values that are named; there may be hundreds that nothing uses."""


def caveats(subject: Subject) -> list[str]:
    """Sentences about the data and the result, the weightiest first."""
    return [*_result(subject), *_warnings(subject), *_missing(subject)]


def _result(subject: Subject) -> Iterator[str]:
    summary = subject.summary
    yield from summary["notes"]
    for rule, number in summary["held"].items():
        yield f"'{rule}' comes out below the baseline of {counted(number, 'area')}; the baseline outranks it."
    for rule, strength in summary["gave_way"].items():
        yield f"'{rule}' gave way because not all rules can hold: {strength:.1%} of it is left."
    if summary["unspent"]:
        yield f"{pounds(summary['unspent'] * 100)} is not spent: the caps let no area take it."
    if summary["rounding"]:
        yield f"{pounds(summary['rounding'] * 100)} of the pot is less than a rounding unit."
    after = summary["closing_target"]
    yield f"Distances before are from target, a share of today's total; afterwards from {after}."


def _warnings(subject: Subject) -> Iterator[str]:
    """What `allocate check` warns of."""
    if subject.allocation is None:
        yield "This report is of a saved run: 'allocate check' on its scenario looks for unusual figures."
        return
    from allocate.quality import warnings_of

    yield from warnings_of(subject.allocation.prepared.areas)


def _missing(subject: Subject) -> Iterator[str]:
    table = subject.run.table
    missing = {name: nulls for name in table.columns if (nulls := table[name].null_count())}
    if not missing:
        yield f"No value is missing in the {counted(len(table.columns), 'column')} of the table."
        return
    for name, nulls in list(missing.items())[:MOST_COLUMNS]:
        yield f"Column '{name}' has no value for {counted(nulls, 'area')} of {table.height:,}."
    if len(missing) > MOST_COLUMNS:
        yield f"{len(missing) - MOST_COLUMNS:,} more columns have missing values."


def recipe(subject: Subject) -> list[tuple[str, str]]:
    """What a run was made from: the facts that make it again, to the byte."""
    record = subject.run.record
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    facts = [
        ("Software", f"allocate {record['allocate']}; {versions}"),
        ("Table, SHA-256", record["hashes"]["areas"]),
        ("Rules, SHA-256", record["hashes"]["rules"]),
        ("Solved by", record["summary"]["route"]),
    ]
    values = ", ".join(f"{name} = {value}" for name, value in record["parameters"].items())
    return [*facts, ("Parameters", values)] if values else facts


def scenario_yaml(subject: Subject) -> str:
    """The scenario as it was run."""
    import yaml

    text: str = yaml.safe_dump(subject.run.record["scenario"], sort_keys=False, allow_unicode=True, width=100)
    return text

"""Whether inputs are still what a run was made of: table, rule books and scenario, each by its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.documents.policy import load_policy
from allocate.documents.scenario import load_scenario
from allocate.engine import read_areas_of
from allocate.errors import AllocateError
from allocate.files.fingerprints import of_amounts, of_document, of_table
from allocate.files.values import typed
from allocate.prepared import Prepared, prepare
from allocate.proving.verdict import BREACHED, HOLDS, Check
from allocate.results.records import plain, rules_of
from allocate.results.runs import ALLOCATIONS, RECORD, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allocate.documents.scenario import Scenario
    from allocate.proving.saved import Saved
    from allocate.solver.arrays import Pence

OF_THE_COMMAND = ("budget", "parameters", "route")
"""Parts of a scenario that options of a command change, so that its file may say otherwise."""


def copies(saved: Saved, amounts: Pence | None) -> Iterator[Check]:
    """Whether the copies in the folder of a run are those that the run wrote: a check of each.

    Args:
        saved: the run.
        amounts: what its own ``allocations.csv`` has; None if others are looked at.
    """
    ids = saved.prepared.areas.ids
    found = {
        "rows": (TABLE, of_table(saved.table, ids)),
        "rules": (RECORD, of_document(saved.record["rules"])),
        "scenario": (RECORD, of_document(saved.record["scenario"])),
    }
    if amounts is not None:
        found["allocations"] = (ALLOCATIONS, of_amounts(ids, amounts))
    for what, (file, now) in found.items():
        yield _copy(what, file, same=saved.hashes.get(what) == now)


def _copy(what: str, file: str, *, same: bool) -> Check:
    says = "as the run wrote it" if same else "changed after the run wrote it"
    return checked(f"{what} in {file}", says, same=same)


def checked(what: str, says: str, *, same: bool) -> Check:
    """A check of an input, which holds if it is the same."""
    return Check(what, "input", HOLDS if same else BREACHED, 1, breaches=int(not same), says=says)


def originals(saved: Saved, file: Path) -> Iterator[Check]:
    """Whether the files that a run was made from still say what they did: a check of each."""
    try:
        scenario = load_scenario(file)
    except AllocateError as error:
        yield _changed(file.name, f"cannot be used any more: {error.problems[0]}")
        return
    yield _scenario(saved, scenario, file.name)
    for number, name in enumerate(scenario.rules):
        yield _book(saved, scenario, number, str(name))
    yield _table(saved, scenario)


def _same(file: str) -> Check:
    return checked(file, "says what it did when the run was made", same=True)


def _changed(file: str, what: str) -> Check:
    return checked(file, what, same=False)


def _scenario(saved: Saved, scenario: Scenario, name: str) -> Check:
    had, has = (
        {key: value for key, value in each.items() if key not in OF_THE_COMMAND}
        for each in (saved.record["scenario"], plain(scenario))
    )
    changed = sorted({str(key) for key in {*had, *has} if had.get(key) != has.get(key)})
    return _changed(name, f"has changed since the run: {', '.join(changed)}") if changed else _same(name)


def _book(saved: Saved, scenario: Scenario, number: int, name: str) -> Check:
    books = saved.record["rules"]
    try:
        policy = load_policy([name], scenario.folder)
    except AllocateError as error:
        return _changed(name, f"cannot be used any more: {error.problems[0]}")
    now = {"name": name} | plain(policy.books[0][1])
    if number >= len(books) or books[number] != now:
        return _changed(name, "has changed since the run: these are not its rules")
    return _same(name)


def _table(saved: Saved, scenario: Scenario) -> Check:
    name = str(scenario.areas)
    try:
        table = read_areas_of(scenario)
        if table.sha256 == saved.hashes.get("areas"):
            return _same(name)
        policy = load_policy(scenario.rules, scenario.folder)
        rows = prepare(scenario, policy, table).areas
    except AllocateError as error:
        return _changed(name, f"cannot be used any more: {error.problems[0]}")
    told = difference(saved.table, saved.prepared.areas.ids, rows.table.frame, rows.ids)
    if told is None:
        return _same(name)._replace(says="was saved again since the run, and says what it did")
    return _changed(name, f"has changed since the run: {told}")


def difference(had: pl.DataFrame, ids: pl.Series, has: pl.DataFrame, ids_now: pl.Series) -> str | None:
    """In what two tables differ, whatever the order of their rows and columns; None if in nothing."""
    before, after = set(ids.to_list()), set(ids_now.to_list())
    if before != after:
        gone, new = len(before - after), len(after - before)
        return f"{new:,} areas are new and {gone:,} gone"
    if set(had.columns) != set(has.columns):
        return f"other columns: {', '.join(sorted(set(had.columns) ^ set(has.columns)))}"
    first, second = had[ids.arg_sort()], has[ids_now.arg_sort()]
    order = ids.sort()
    for name in had.columns:
        one, other = typed(first[name]), typed(second[name])
        if one.dtype != other.dtype:
            one, other = one.cast(pl.String), other.cast(pl.String)
        if (unlike := one.ne_missing(other)).any():
            area, count = order.filter(unlike)[0], int(unlike.sum())
            return f"'{name}' of {area}" if count == 1 else f"'{name}' of {count:,} areas, such as {area}"
    return None


def of_run(saved: Saved, prepared: Prepared) -> Iterator[Check]:
    """Whether a scenario is the one that a run was made of: checks of its rules and its table."""
    yield same_rules(saved.record, prepared)
    areas = prepared.areas
    unlike = difference(saved.table, saved.prepared.areas.ids, areas.table.frame, areas.ids)
    says = "is that of the run" if unlike is None else f"is not that of the run: {unlike}"
    yield checked("table", says, same=unlike is None)


def same_rules(record: Mapping[str, Any], prepared: Prepared) -> Check:
    """Whether a scenario has the rules of a run, as the record of that has them."""
    same = of_document(rules_of(prepared)) == of_document(record.get("rules"))
    return checked("rules", "are those of the run" if same else "are not those of the run", same=same)

"""A saved run read back from its folder and nothing else, ready to be run again or checked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.engine import prepare
from allocate.errors import InputError, Problem
from allocate.giving import Give
from allocate.giving_way import for_whole_units
from allocate.policy import load_policy
from allocate.runs import RECORD, TABLE, damage
from allocate.scenario import Scenario
from allocate.sheet import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allocate.engine import Prepared
    from allocate.funding import Funded
    from allocate.giving import Gives
    from allocate.policy import Policy
    from allocate.runs import Run


def prepare_again(run: Run) -> Prepared:
    """A saved run as far as it does not depend on its pot: its scenario, its rules and its rows.

    Raises:
        InputError: it is the last of several years, whose first table it does not keep; or its record or its
            table has been changed into what cannot be used.
    """
    if problems := list(damage(RECORD, run)):
        raise InputError(problems)
    if "years" in run.record:
        what = "is of several years, and keeps the rows of the last one only"
        raise InputError([Problem(run.title, what, "run its scenario again")])
    with _readable("scenario"):
        scenario = Scenario.model_validate(run.record["scenario"])
    return prepare(scenario, policy_of(run.record), Table(run.table, TABLE))


def policy_of(record: Mapping[str, Any]) -> Policy:
    """The rules of a run, as its record has them.

    Raises:
        InputError: they cannot be used; every problem of every book.
    """
    with _readable("rules"):
        names = [str(book["name"]) for book in record["rules"]]
        books = [{key: part for key, part in book.items() if key != "name"} for book in record["rules"]]
    try:
        policy = load_policy(books, Path())
    except InputError as error:
        raise InputError(
            [replace(each, where=f"{RECORD}: {each.where}") for each in error.problems]
        ) from None
    read = (book for _, book in policy.books)
    return replace(policy, books=tuple(zip(names, read, strict=True)))


def fund_again(run: Run, prepared: Prepared) -> Funded:
    """A saved run with its pot.

    Raises:
        InputError: its record does not say it.
    """
    with _readable("totals_pence"):
        budget = int(run.record["totals_pence"]["budget"])
    return prepared.fund(budget)


def gave_way(run: Run, funded: Funded) -> Gives:
    """What the record says gave way, of the rules that may.

    Raises:
        InputError: it does not say it in its form.
    """
    with _readable("gave_way"):
        kept = {each["rule"]: Give(float(each["strength"])) for each in run.record["gave_way"]}
    rules = enumerate(funded.prepared.policy.rules)
    gives = {at: kept[rule.name] for at, rule in rules if rule.gives_way is not None and rule.name in kept}
    return {at: for_whole_units(funded.measured, at, give) for at, give in gives.items()}


@contextmanager
def _readable(part: str) -> Iterator[None]:
    """Say that a part of the record is not in its form, if it is not."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        what = f"'{part}' is not what a run writes ({reason})"
        raise InputError([Problem(RECORD, what, "run it again")]) from None

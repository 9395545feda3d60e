"""A saved run made ready to be run again or checked, from what its folder keeps and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allocate.engine import prepare
from allocate.errors import InputError, Problem
from allocate.policy import load_policy
from allocate.runs import RECORD, TABLE
from allocate.scenario import Scenario
from allocate.sheet import Table

if TYPE_CHECKING:
    from allocate.engine import Prepared
    from allocate.runs import Run


def prepare_again(run: Run) -> Prepared:
    """A saved run as far as it does not depend on its pot: its scenario, its rules and its rows.

    Raises:
        InputError: it is the last of several years, whose first table it does not keep; or its record or its
            table has been changed into what cannot be used.
    """
    record = run.record
    if "years" in record:
        what = "is of several years, and keeps the rows of the last one only"
        raise InputError([Problem(run.title, what, "run its scenario again")])
    try:
        scenario = Scenario.model_validate(record["scenario"])
        books = [{key: part for key, part in book.items() if key != "name"} for book in record["rules"]]
    except (KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        what = f"has no scenario or rules that can be read ({reason})"
        raise InputError([Problem(RECORD, what, "run it again")]) from None
    policy = load_policy(books, Path())
    named = [(str(book["name"]), read) for book, (_, read) in zip(record["rules"], policy.books, strict=True)]
    return prepare(scenario, replace(policy, books=tuple(named)), Table(run.table, TABLE))

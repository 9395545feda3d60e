"""A second look at persons when a first pass found something wrong: what, for how many, and in which row.

It takes a pass of its own, so it is made only then. It also finds the largest of every weight, from which
finer grids are made if nothing is wrong after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.errors import ExpressionError, Problems, TableError
from allocate.expressions import shown
from allocate.nodes import node_error, where_is
from allocate.person_need import column_of
from allocate.persons import ROW, SURE, is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.person_need import Leaf
    from allocate.weighing import Weighing

Found = dict[str, Any]
"""Figures by name; None where there is nobody."""

FIX = "give the figure, use coalesce(..., 0), or leave them out with 'where'"


def largest_weights(weighing: Weighing) -> dict[str, float]:
    """The largest of every weight, once nothing is found to be wrong.

    Raises:
        InputError: every kind of thing that is wrong, with how many persons it is about and their first row.
    """
    found = _survey(weighing)
    problems = Problems()
    _tell_of_table(weighing, found, problems)
    problems.raise_any(TableError)
    for number, leaf in enumerate(weighing.tree.leaves):
        _tell_of_leaf(leaf, number, found, problems)
    problems.raise_any(ExpressionError)
    largest = {column_of(each): float(found[column_of(each)] or 0.0) for each in weighing.tree.products}
    if any(weight == float("inf") for weight in largest.values()):
        raise node_error(weighing.tree.root.node, "is too large for some persons", "check its units")
    return largest


def _survey(weighing: Weighing) -> Found:
    """Every figure of this look, by name, from one pass."""
    leaves = weighing.tree.leaves
    facts = {_fact(n, i): fact.value for n, leaf in enumerate(leaves) for i, fact in enumerate(leaf.facts)}
    frame = weighing.frame(numbered=True).with_columns(**facts)
    weights = weighing.tree.weights(frame, weighing.by, ROW, SURE, *facts)
    looks = [*_count("unsure", pl.col(SURE).is_null()), *_count("nowhere", is_missing(pl.col(weighing.by)))]
    for number, leaf in enumerate(leaves):
        weight = pl.col(column_of((number,)))
        looks += _count(f"{number} negative", weight < 0)
        for place, _ in enumerate(leaf.facts):
            looks += _count(f"{number} {place} gap", _gap(leaf, _fact(number, place), weight))
        if leaf.table is not None:
            looks += _unlisted(number, weight)
    looks += [pl.col(column_of(each)).max() for each in weighing.tree.products]
    with weighing.persons.reading():
        return weights.select(looks).collect(engine="streaming").row(0, named=True)


def _fact(leaf: int, place: int) -> str:
    return f"__allocate_fact_{leaf}_{place}"


def _count(name: str, bad: pl.Expr) -> Iterator[pl.Expr]:
    """How many persons something is wrong with, and the row of the first."""
    bad = bad.fill_null(value=False)
    yield bad.sum().alias(f"{name} persons")
    yield pl.col(ROW).filter(bad).min().alias(f"{name} row")


def _gap(leaf: Leaf, fact: str, weight: pl.Expr) -> pl.Expr:
    if leaf.table is not None:
        return pl.col(fact).is_null()
    return pl.col(fact).is_null() | pl.col(fact).is_finite().not_() | _overflow(leaf, weight)


def _overflow(leaf: Leaf, weight: pl.Expr) -> pl.Expr:
    """Figures whose sum is beyond all numbers, as only that of bands can be."""
    return weight.is_finite().not_() if len(leaf.facts) > 1 else pl.lit(value=False)


def _unlisted(number: int, weight: pl.Expr) -> Iterator[pl.Expr]:
    fact = pl.col(_fact(number, 0))
    unlisted = weight.is_null() & fact.is_not_null()
    yield from _count(f"{number} unlisted", unlisted)
    yield fact.filter(unlisted).cast(pl.String).min().alias(f"{number} example")


def _tell_of_table(weighing: Weighing, found: Found, problems: Problems) -> None:
    if found["nowhere persons"]:
        fix = f"give it, or leave them out with 'where': {weighing.by} is not null"
        problems.add(
            weighing.persons.name, f"column '{weighing.by}' is empty for {_whom(found, 'nowhere')}", fix
        )
    if found["unsure persons"]:
        what = f"{shown(weighing.where or '')} is neither true nor false for {_whom(found, 'unsure')}"
        problems.add("where", what, "give the missing values or use coalesce(...)")


def _tell_of_leaf(leaf: Leaf, number: int, found: Found, problems: Problems) -> None:
    """Each of the three things that can be wrong with a leaf, wherever there is somebody."""
    for place, fact in enumerate(leaf.facts):
        if found[f"{number} {place} gap persons"]:
            what = "gives no finite number" if leaf.table is None else "has nothing to look up"
            whom = _whom(found, f"{number} {place} gap")
            where = fact.written.where() or where_is(leaf.node)
            problems.add(where, f"{shown(fact.written)} {what} for {whom}", FIX)
    errors = []
    if leaf.table is not None and found[f"{number} unlisted persons"]:
        what = f"has no index for {found[f'{number} example']} in column {shown(leaf.facts[0].written)}"
        whom = _whom(found, f"{number} unlisted")
        errors.append(node_error(leaf.node, f"{what}, as for {whom}", "add a line to its table"))
    if found[f"{number} negative persons"]:
        columns = ", ".join(shown(fact.written) for fact in leaf.facts)
        what = f"is negative for {_whom(found, f'{number} negative')}, from {columns}"
        errors.append(node_error(leaf.node, what, "need cannot be below nought"))
    for error in errors:
        problems.found.extend(error.problems)


def _whom(found: Found, name: str) -> str:
    persons, row = int(found[f"{name} persons"] or 0), found[f"{name} row"]
    return f"the person in row {row}" if persons == 1 else f"{persons:,} persons, the first in row {row:,}"

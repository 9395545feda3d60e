"""A second look at persons when a first pass found something wrong: what, for how many, and in which row.

It takes a pass of its own, so it is made only then. It also finds the largest of every weight, from which
finer grids are made if nothing is wrong after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from allocate.documents.nodes import title_of, where_is
from allocate.errors import Problems, TableError
from allocate.language.expressions import shown
from allocate.persons.need import column_of
from allocate.persons.table import CODE, ROW, SURE, no_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.documents.need_node import NeedNode
    from allocate.persons.need import Fact, Leaf
    from allocate.persons.weighing import Weighing

LEAVE_OUT = "or leave them out with 'where'"
GIVE = f"give the figures, use coalesce(..., 0), {LEAVE_OUT}"


class Fault(NamedTuple):
    """Something that may be wrong with a person, and how to say so: "`what` 3 persons, the first in ..."."""

    bad: pl.Expr
    """Where it is so; missing counts as no."""
    where: str
    what: str
    fix: str
    more: str = ""
    """What to say after the persons."""
    example: pl.Expr | None = None
    """A value to show at the end."""


def largest_weights(weighing: Weighing) -> dict[str, float]:
    """The largest of every weight, once nothing is found to be wrong.

    Raises:
        TableError: everything that is wrong, with how many persons it is about and the row of the first.
    """
    faults, problems = list(_faults(weighing)), Problems()
    facts = {_fact(*place): fact.value for place, fact in _places(weighing)}
    frame = weighing.frame(numbered=True).with_columns(**facts)
    weights = weighing.tree.weights(frame, CODE, ROW, SURE, *facts)
    columns = [column_of(each) for each in weighing.tree.products]
    looks = [look for number, fault in enumerate(faults) for look in _looks(number, fault)]
    with weighing.persons.reading():
        found = weights.select(*looks, pl.col(columns).max()).collect(engine="streaming").row(0, named=True)
    for number, fault in enumerate(faults):
        if persons := found[f"{number} persons"]:
            whom = _whom(persons, found[f"{number} row"])
            example = "" if fault.example is None else f" {found[f'{number} example']}"
            problems.add(fault.where, f"{fault.what} {whom}{fault.more}{example}", fault.fix)
    problems.raise_any(TableError)
    return {column: found[column] for column in columns}


def _looks(number: int, fault: Fault) -> Iterator[pl.Expr]:
    bad = fault.bad.fill_null(value=False)
    yield bad.sum().alias(f"{number} persons")
    yield pl.col(ROW).filter(bad).min().alias(f"{number} row")
    if fault.example is not None:
        yield fault.example.filter(bad).cast(pl.String).min().alias(f"{number} example")


def _whom(persons: int, row: int) -> str:
    return f"the person in row {row}" if persons == 1 else f"{persons:,} persons, the first in row {row}"


def _faults(weighing: Weighing) -> Iterator[Fault]:
    where, fix = shown(weighing.where or ""), f"give it, {LEAVE_OUT}"
    yield Fault(no_code(), weighing.persons.name, f"column '{weighing.by}' is empty for", fix)
    fix = "give the missing values or use coalesce(...)"
    yield Fault(pl.col(SURE).is_null(), "where", f"{where} is neither true nor false for", fix)
    for number, leaf in enumerate(weighing.tree.leaves):
        yield from _lookup_faults(number, leaf) if leaf.node.lookup is not None else _gaps(number, leaf)
        weight = pl.col(column_of((number,)))
        columns = ", ".join(shown(fact.written) for fact in leaf.facts)
        yield _of_node(
            leaf.node, weight < 0, "is negative for", "need cannot be below nought", f": {columns}"
        )
    for each in weighing.tree.products:
        endless = pl.col(column_of(each)).is_infinite()
        node = weighing.tree.leaves[each[0]].node if len(each) == 1 else weighing.tree.root.node
        fine = pl.all_horizontal(pl.col(name).is_finite() for name in _parts(weighing, each))
        yield _of_node(node, endless & fine, "is too large for", "check its columns and their units")


def _of_node(
    node: NeedNode, bad: pl.Expr, what: str, fix: str, more: str = "", example: pl.Expr | None = None
) -> Fault:
    return Fault(bad, where_is(node), f"need '{title_of(node)}' {what}", fix, more, example)


def _gaps(number: int, leaf: Leaf) -> Iterator[Fault]:
    for place, (written, _) in enumerate(leaf.facts):
        value = pl.col(_fact(number, place))
        gap = value.is_null() | value.is_finite().not_()
        yield Fault(gap, written.where(), f"{shown(written)} gives no finite number for", GIVE)


def _lookup_faults(number: int, leaf: Leaf) -> Iterator[Fault]:
    column, value = shown(leaf.facts[0].written), pl.col(_fact(number, 0))
    unlisted = value.is_not_null() & pl.col(column_of((number,))).is_null()
    what, fix = "has nothing to look up for", f"give the missing values, {LEAVE_OUT}"
    yield _of_node(leaf.node, value.is_null(), what, fix, f": {column} is missing")
    what, fix = "has no index for", "add a line to its table"
    yield _of_node(leaf.node, unlisted, what, fix, f": column {column} has", value)


def _parts(weighing: Weighing, product: tuple[int, ...]) -> list[str]:
    """What a product is made of: the facts of a leaf, or the weights of several."""
    if len(product) > 1:
        return [column_of((leaf,)) for leaf in product]
    leaf = weighing.tree.leaves[product[0]]
    facts = [] if leaf.node.lookup is not None else leaf.facts
    return [_fact(product[0], place) for place, _ in enumerate(facts)] or [column_of(product)]


def _places(weighing: Weighing) -> Iterator[tuple[tuple[int, int], Fact]]:
    for number, leaf in enumerate(weighing.tree.leaves):
        for place, fact in enumerate(leaf.facts):
            yield (number, place), fact


def _fact(leaf: int, place: int) -> str:
    return f"__allocate_fact_{leaf}_{place}"

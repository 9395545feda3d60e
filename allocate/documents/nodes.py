"""What is known of a need node before anything is measured: how it weighs, its name and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from allocate.errors import ExpressionError, Problem
from allocate.language.expressions import as_name
from allocate.language.places import Written
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.documents.need_node import Lookup, NeedNode


class Recipe(NamedTuple):
    """How a node weighs: expressions, each times a number, added up; none for one that is made of others.

    Whatever measures, checks or describes need asks for this, so a kind of node is known here alone.
    """

    title: str
    """What to call the node if it has no name."""
    sentence: str
    terms: tuple[tuple[Written, float], ...] = ()
    per_head: bool = True
    """Whether the terms are need per head, to be multiplied by people."""


def recipe_of(node: NeedNode) -> Recipe:
    """How a node weighs, in numbers and in words."""
    if node.column is not None:
        sentence = f"the published weighted population in column '{node.column}'"
        return Recipe(str(node.column), sentence, ((as_expression(node.column), 1.0),), per_head=False)
    if node.index is not None:
        return Recipe(str(node.index), f"per head: {node.index}", ((Written(node.index), 1.0),))
    if node.lookup is not None:
        column = node.lookup.column
        return Recipe(f"by {column}", f"looked up by column '{column}'", ((as_expression(column), 1.0),))
    if node.bands is not None:
        work = ", ".join(f"{band} {number:g}" for band, number in node.bands.items())
        terms = tuple((as_expression(band), number) for band, number in node.bands.items())
        return Recipe("workload by band", f"people × workload: {work}", terms, per_head=False)
    if node.product is not None:
        return Recipe("product", "these indices multiplied:")
    return Recipe("blend", "a blend of:")


def title_of(node: NeedNode) -> str:
    """What to call a node: its name, or what it is made of."""
    return str(node.name or recipe_of(node).title)


def keys_and_indices(
    node: NeedNode, lookup: Lookup, *, numeric: bool
) -> tuple[list[float] | list[str], list[float]]:
    """The table of a lookup, its keys as numbers if the column that is looked up holds numbers.

    Raises:
        ExpressionError: a key is no number, or two keys are the same number.
    """
    indices = list(lookup.table.values())
    if not numeric:
        return [str(key) for key in lookup.table], indices
    try:
        keys = [float(parse_number(key)) for key in lookup.table]
    except ValueError as error:
        raise node_error(node, f"looks up numbers, and {error}", "write the values of the column") from None
    twice = [written for at, written in enumerate(lookup.table) if keys[at] in keys[:at]]
    if twice:
        raise node_error(node, f"looks up numbers, and {twice[0]} is in its table twice", "keep one")
    return keys, indices


def check_shares(node: NeedNode, shares: Sequence[float]) -> None:
    """Check that the shares of a blend add up to 1.

    Raises:
        ExpressionError: they do not, or one is below nought.
    """
    if abs(sum(shares) - 1) > 1e-9 or min(shares) < 0:
        written = " + ".join(f"{share:.4g}" for share in shares)
        raise node_error(node, f"has shares {written} = {sum(shares):.6g}", "make them add up to 1 (100%)")


def as_expression(column: str) -> Written:
    """A column's name as the expression that gives it, with its place."""
    return Written(as_name(column), Written(column).place)


def node_error(node: NeedNode, what: str, fix: str) -> ExpressionError:
    """The error to raise for a node that cannot be measured."""
    return ExpressionError([Problem(where_is(node), f"need '{title_of(node)}' {what}", fix)])


def where_is(node: NeedNode) -> str:
    """Where a node is written: the first text in it."""
    texts = [node.name, *(term for term, _ in recipe_of(node).terms), *(share for share, _ in node.parts)]
    places = [Written(text).where() for text in texts if text is not None]
    return places[0] if places else where_is(node.parts[0][1])

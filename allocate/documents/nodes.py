"""What is known of a node of the need tree before anything is measured: its kind, name, place and table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.errors import ExpressionError, Problem
from allocate.language.expressions import as_name
from allocate.language.places import Written
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.documents.rulebook import Lookup, NeedNode


def kind_of(node: NeedNode) -> str:
    """Which kind of node it is: column, index, bands, lookup, product or blend."""
    from allocate.documents.rulebook import NEED_KINDS

    return next(kind for kind in NEED_KINDS if getattr(node, kind) is not None)


def title_of(node: NeedNode) -> str:
    """What to call a node: its name, or what it is made of."""
    if node.name:
        return str(node.name)
    kind = kind_of(node)
    if kind == "lookup" and node.lookup is not None:
        return f"by {node.lookup.column}"
    return str(node.column or node.index or {"bands": "workload by band"}.get(kind, kind))


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


def as_expression(column: Written | None) -> Written:
    """A column's name as the expression that gives it, with its place."""
    column = Written(column or "")
    return Written(as_name(column), column.place)


def node_error(node: NeedNode, what: str, fix: str) -> ExpressionError:
    """The error to raise for a node that cannot be measured."""
    return ExpressionError([Problem(where_is(node), f"need '{title_of(node)}' {what}", fix)])


def where_is(node: NeedNode) -> str:
    """Where a node is written: the first text in it."""
    texts = [node.name, node.column, node.index, *(node.bands or ())]
    texts += [node.lookup.column] if node.lookup else []
    texts += [part.share for part in node.blend or ()]
    places = [Written(text).where() for text in texts if text is not None]
    return places[0] if places else where_is(node.product[0]) if node.product else ""

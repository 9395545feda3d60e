"""Indices that a rule book leaves out where a table has no columns for them: ``if_missing: leave_out``.

A formula is often published with more parts than a table has facts for. What is left out is never silent:
`explain`, the notes of the summary and `check` name it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from allocate.documents.nodes import title_of
from allocate.documents.stages import missing_columns
from allocate.errors import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from allocate.documents.need_node import NeedNode
    from allocate.documents.policy import Policy
    from allocate.files.sheet import Table


class LeftOut(NamedTuple):
    """An index that is left out, and the columns that the table lacks for it."""

    name: str
    columns: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why it is left out."""
        columns = "columns" if len(self.columns) > 1 else "column"
        names = listing([f"'{name}'" for name in self.columns])
        return f"left out, as the table has no {columns} {names}"

    def __str__(self) -> str:
        return f"Need is measured without '{self.name}': {self.reason}."


def leave_out(
    policy: Policy, settings: Mapping[str, float | str], table: Table
) -> tuple[Policy, tuple[LeftOut, ...]]:
    """A policy without the indices that its books leave out for this table, and what those are.

    Of a product something must be left: if nothing would be, its missing columns are the errors that they
    are without the key.
    """
    need, found = policy.merged.need, list[LeftOut]()
    if need is None:
        return policy, ()
    kept = _kept(need, lambda node: missing_columns(node, policy, settings, table), found)
    return replace(policy, merged=policy.merged.model_copy(update={"need": kept})), tuple(found)


def _kept(node: NeedNode, missing: Callable[[NeedNode], list[str]], found: list[LeftOut]) -> NeedNode:
    """A node without the parts that are left out, which are added to `found`."""
    if node.blend is not None:
        blend = tuple(part.model_copy(update={"of": _kept(part.of, missing, found)}) for part in node.blend)
        return node.model_copy(update={"blend": blend})
    if node.product is None:
        return node
    parts, lost = [], list[LeftOut]()
    for part in node.product:
        whole = _kept(part, missing, lost)
        lacking = missing(whole) if part.if_missing else []
        if lacking:
            lost.append(LeftOut(title_of(part), tuple(lacking)))
        else:
            parts.append(whole)
    if not parts:
        return node
    found += lost
    return node.model_copy(update={"product": tuple(parts)})

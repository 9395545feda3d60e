"""The tree of exceptions as Markdown."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from allocate import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


def tree(
    root: type[errors.AllocateError] = errors.AllocateError, depth: int = 0
) -> Iterator[tuple[int, type]]:
    """Every exception with its depth in the tree."""
    yield depth, root
    for each in root.__subclasses__():
        yield from tree(each, depth + 1)


def table() -> str:
    """A row an exception: its name, what it means, the exit status of the command."""
    lines = ["| exception | when it is raised | exit status |", "|---|---|:-:|"]
    for depth, kind in tree():
        name = f"{'&emsp;' * depth}`{kind.__name__}`"
        what = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
        lines.append(f"| {name} | {what} | {kind.exit_status} |")
    return "\n".join(lines)

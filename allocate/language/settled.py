"""What is the same for every pot, and so computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

Found = TypeVar("Found")


class Settled:
    """What was computed of names that are known whatever the pot; names and all copies of them share it.

    Args:
        open_names: those that a pot is still to give a value.
    """

    def __init__(self, open_names: Collection[str]) -> None:
        self._open = frozenset(open_names)
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, used: Collection[str], compute: Callable[[], Found]) -> Found:
        """Compute something, or find it if it was computed before and uses no open name.

        Args:
            key: what is computed, and of what.
            used: the names that it uses.
            compute: how; what it gives back is never changed.
        """
        if not self._open.isdisjoint(used):
            return compute()
        if key not in self._found:
            found = compute()
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
            self._found[key] = found
        settled: Found = self._found[key]
        return settled

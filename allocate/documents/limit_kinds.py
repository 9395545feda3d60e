"""The kinds of limits that a rule can set: which sides they have, and how they are said.

Whatever makes pence of limits, checks or describes them asks here, so a kind is known in one place.
"""

from __future__ import annotations

from typing import NamedTuple


class LimitKind(NamedTuple):
    """A kind of limit."""

    is_floor: bool
    is_cap: bool
    says: str
    """What an area does by it: ``gets at least``."""
    relaxed: str
    """What relaxing it by £1 is called: ``£1 less``."""
    change: str
    """How it would change so that all rules can hold: ``lower it by {}``."""
    broken: str
    """Where an amount stands that breaks it: ``below``."""


LIMIT_KINDS = {
    "floor": LimitKind(True, False, "gets at least", "£1 less", "lower it by {}", "below"),
    "cap": LimitKind(False, True, "gets at most", "£1 more", "raise it by {}", "above"),
    "set": LimitKind(True, True, "gets exactly", "£1 either way", "let it be off by up to {}", "off"),
}
"""By the key of a rule that has the amount."""

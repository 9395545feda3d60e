"""What came of a proof: a check of every rule and every promise: it holds, is breached or was not checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import polars as pl

HOLDS, BREACHED, NOT_CHECKED = "holds", "breached", "not checked"
"""What a check can say."""


class Check(NamedTuple):
    """One rule or promise, and whether it holds."""

    what: str
    """Its name: of a rule of the book, or what is promised of every allocation."""
    kind: str
    """``promise``, ``floor``, ``cap``, ``set``, ``tranche``, ``rounding`` or ``input``."""
    verdict: str
    """`HOLDS`, `BREACHED` or `NOT_CHECKED`."""
    checked: int
    """How many areas or groups it is about."""
    worst: str = ""
    """The area or group that breaks it by most."""
    by: int | None = None
    """By how much that is, in pence."""
    breaches: int = 0
    """How many areas or groups break it."""
    says: str = ""
    """How it was proven, how it is breached, or why it was not checked."""


def check(what: str, kind: str, checked: int, doubts: list[str], says: str = "") -> Check:
    """A check that holds unless there are doubts, which it then tells."""
    if not doubts:
        return Check(what, kind, HOLDS, checked, says=says)
    return Check(what, kind, BREACHED, checked, says="; ".join(dict.fromkeys(doubts)))


@dataclass(frozen=True)
class Verdict:
    """Whether an allocation is what its rules ask for."""

    title: str
    areas: int
    checks: tuple[Check, ...]
    invented: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing that was checked is breached."""
        return not any(each.verdict == BREACHED for each in self.checks)

    @property
    def complete(self) -> bool:
        """Whether everything was checked."""
        return not any(each.verdict == NOT_CHECKED for each in self.checks)

    @property
    def breached(self) -> tuple[Check, ...]:
        """The checks that are breached."""
        return tuple(each for each in self.checks if each.verdict == BREACHED)

    @property
    def table(self) -> pl.DataFrame:
        """One row a check, money in £ as Decimal(18, 2)."""
        import polars as pl

        from allocate.results.tables import in_pounds

        rows = [each._asdict() for each in self.checks]
        text = dict.fromkeys(("what", "kind", "verdict"), pl.String)
        schema = text | {"checked": pl.Int64, "worst": pl.String, "by": pl.Int64, "breaches": pl.Int64}
        frame = pl.DataFrame(rows, schema=schema | {"says": pl.String}, orient="row")
        return in_pounds(frame, ["by"])

    def to_dict(self) -> dict[str, Any]:
        """As for JSON: whether it holds, whether everything was checked, and the checks."""
        checks = [each._asdict() for each in self.checks]
        for each in checks:
            each["by_pence"] = each.pop("by")
        return {
            "title": self.title,
            "holds": self.holds,
            "complete": self.complete,
            "areas": self.areas,
            "checks": checks,
        }

    def __str__(self) -> str:
        from allocate.proving.text import verdict_text

        return verdict_text(self)

"""What a check of a run found: a verdict for each promise and each rule."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from allocate.money import pounds

if TYPE_CHECKING:
    import polars as pl

HOLDS, BREACHED, NOT_CHECKED = "holds", "breached", "not checked"


@dataclass(frozen=True)
class Check:
    """One promise or rule, and whether the amounts keep it."""

    what: str
    """The promise, or the name of the rule."""
    verdict: str
    """One of `HOLDS`, `BREACHED` and `NOT_CHECKED`."""
    says: str
    """What was checked, or why it was not."""
    breaches: int = 0
    """How many areas or groups break it."""
    worst: str | None = None
    """The area or group that breaks it by most."""
    by: int | None = None
    """By how much that is, in pence."""

    def __str__(self) -> str:
        line = f"{self.what}: {self.verdict}"
        if self.worst is not None and self.by is not None:
            more = f", and {self.breaches - 1:,} more" if self.breaches > 1 else ""
            line += f"; {self.worst} by {pounds(self.by)}{more}"
        return f"{line} ({self.says})"


@dataclass(frozen=True)
class Verdict:
    """All that was checked of a run."""

    title: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is breached."""
        return all(each.verdict != BREACHED for each in self.checks)

    @property
    def table(self) -> pl.DataFrame:
        """One row a check: ``what``, ``verdict``, ``says``, ``breaches``, ``worst``, ``by_pence``."""
        import polars as pl

        types: dict[str, Any] = {"what": pl.String, "verdict": pl.String, "says": pl.String}
        types |= {"breaches": pl.Int64, "worst": pl.String, "by_pence": pl.Int64}
        rows = [
            (each.what, each.verdict, each.says, each.breaches, each.worst, each.by) for each in self.checks
        ]
        return pl.DataFrame(rows, schema=types, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """The object that ``allocate verify --json`` prints."""
        return {"title": self.title, "holds": self.holds, "checks": [asdict(each) for each in self.checks]}

    def __str__(self) -> str:
        verdict = "Everything that was checked holds." if self.holds else "NOT ALL OF IT HOLDS."
        return "\n".join([self.title, *(f"  {each}" for each in self.checks), verdict])

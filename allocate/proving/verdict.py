"""What came of a proof: a line for every rule and every promise, each held, broken or not checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import polars as pl

HOLDS, BROKEN, UNCHECKED = "holds", "broken", "not checked"
"""What a line can say."""


class Line(NamedTuple):
    """One rule or promise, and whether it holds."""

    rule: str
    """Its name: of a rule of the book, or what is promised of every allocation."""
    kind: str
    """``promise``, ``floor``, ``cap``, ``set``, ``tranche``, ``rounding`` or ``input``."""
    status: str
    """`HOLDS`, `BROKEN` or `UNCHECKED`."""
    checked: int
    """How many areas or groups it is about."""
    where: str = ""
    """The area or group where it is broken most."""
    short: int | None = None
    """By how much it is broken there, in pence."""
    broken: int = 0
    """For how many areas or groups it is broken."""
    told: str = ""
    """How it was proven, how it is broken, or why it was not checked."""


def line(rule: str, kind: str, checked: int, doubts: list[str], told: str = "") -> Line:
    """A line that holds unless there are doubts, which it then tells."""
    if not doubts:
        return Line(rule, kind, HOLDS, checked, told=told)
    return Line(rule, kind, BROKEN, checked, told="; ".join(dict.fromkeys(doubts)))


@dataclass(frozen=True)
class Verdict:
    """Whether an allocation is what its rules ask for."""

    title: str
    areas: int
    lines: tuple[Line, ...]
    invented: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing that was checked is broken."""
        return not any(each.status == BROKEN for each in self.lines)

    @property
    def complete(self) -> bool:
        """Whether everything was checked."""
        return not any(each.status == UNCHECKED for each in self.lines)

    @property
    def broken(self) -> tuple[Line, ...]:
        """The lines that are broken."""
        return tuple(each for each in self.lines if each.status == BROKEN)

    @property
    def table(self) -> pl.DataFrame:
        """One row a line, money in £ as Decimal(18, 2)."""
        import polars as pl

        from allocate.tables import MONEY

        rows = [each._asdict() for each in self.lines]
        text = dict.fromkeys(("rule", "kind", "status"), pl.String)
        schema = text | {"checked": pl.Int64, "where": pl.String, "short": pl.Int64, "broken": pl.Int64}
        frame = pl.DataFrame(rows, schema=schema | {"told": pl.String}, orient="row")
        return frame.with_columns((pl.col("short").cast(MONEY) / 100).cast(MONEY))

    def to_dict(self) -> dict[str, Any]:
        """As for JSON: whether it holds, whether everything was checked, and the lines."""
        lines = [each._asdict() for each in self.lines]
        for each in lines:
            each["short_pence"] = each.pop("short")
        return {
            "title": self.title,
            "holds": self.holds,
            "complete": self.complete,
            "areas": self.areas,
            "lines": lines,
        }

    def __str__(self) -> str:
        from allocate.proving.text import verdict_text

        return verdict_text(self)

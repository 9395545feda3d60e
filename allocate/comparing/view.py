"""What the parts of a printed comparison have in common: how runs are headed, how figures are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from allocate.comparing.comparison import Comparison

LONGEST = 16
"""Names of runs that are longer than this are numbered in the heads of tables."""

MONEY_WORDS = {"baseline": "historical", "fair_share": "fair share", "allocation": "levelled up"}


@dataclass(frozen=True)
class View:
    """A comparison on a page of some width; None wraps, cuts and leaves out nothing."""

    shown: Comparison
    width: int | None

    @property
    def first(self) -> str:
        """The run that others are held against."""
        return self.shown.runs[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The runs that are held against it."""
        return self.shown.runs[1:]

    @cached_property
    def heads(self) -> dict[str, str]:
        """What stands over the columns of each run."""
        if all(len(run) <= LONGEST for run in self.shown.runs):
            return {run: run for run in self.shown.runs}
        return {run: f"run {number}" for number, run in enumerate(self.shown.runs, 1)}


def whole(values: pl.Series) -> list[str]:
    """Figures without decimals."""
    return [f"{value:,.0f}" for value in values]


def signed(money: Any) -> str:
    """A change in whole £."""
    return f"{money:+,.0f}" if money else "0"


def or_dash(value: float | None, form: str) -> str:
    """A figure, or a dash where there is none; what rounds to nought has no sign."""
    if value is None:
        return "-"
    written = f"{value:{form}}"
    return written if any(digit in written for digit in "123456789") else f"{0:{form.removeprefix('+')}}"

"""By when a growing pot is large enough."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from allocate.money import exact_decimals

if TYPE_CHECKING:
    from decimal import Decimal

EXACT_YEARS = 1_000
"""Beyond this many years nobody minds one more or less."""


@exact_decimals()
def years_until(now: int, needed: int, growth: Decimal) -> int | None:
    """The fewest whole years of growth after which a pot is large enough: now · (1 + growth)ʸ ≥ needed.

    All growth is taken as new money for the goal: areas that are not raised stay at their baselines in cash.
    Need and people stay as they are.

    Args:
        now: the pot today, in pence.
        needed: the pot that is needed, in pence.
        growth: by which share it grows a year.

    Returns:
        Years, from 0; None if it never is.
    """
    if needed <= now:
        return 0
    if now <= 0 or growth <= 0:
        return None
    rate, ratio = Fraction(growth), Fraction(needed, now)
    years = max(math.ceil(math.log(ratio) / math.log1p(growth)) - 1, 0)
    if years > EXACT_YEARS:
        return years + 1
    while (1 + rate) ** years < ratio:  # the logarithm may be a hair off; fractions are not
        years += 1
    return years

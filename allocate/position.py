"""Where areas stand: targets, fair shares and distance from target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats


def share_by_need(pot: float, weighted_population: Floats) -> Floats:
    """Each area's part of a pot by need: pot · W / ΣW.

    With today's total as the pot it is the target; with the budget, the fair share.

    Args:
        pot: £.
        weighted_population: people, not all nought.

    Returns:
        £ per area.
    """
    return pot * weighted_population / total(weighted_population)


def distance(money: Floats, target: Floats) -> Floats:
    """Distance from target, (money − target) / target, as NHS England defines it for its allocations.

    Args:
        money: £ per area: the baseline (opening) or the allocation (closing).
        target: £ per area.

    Returns:
        A share: -0.05 is 5% under target; NaN where the target is nought.
    """
    return np.divide(money - target, target, out=np.full_like(target, np.nan), where=target > 0)

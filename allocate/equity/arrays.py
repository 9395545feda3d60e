"""What the measures start from: two arrays that belong together, and shares of totals in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.sums import total

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from allocate.solver.arrays import Floats


def paired(amounts: npt.ArrayLike, heads: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Amounts and the heads that share them, as floats.

    Args:
        amounts: one finite number a unit.
        heads: people of each unit, more than 0; None for one head a unit.

    Raises:
        ValueError: they are empty, of different lengths, not finite, or there is a unit without heads.
    """
    first = np.asarray(amounts, dtype=np.float64)
    second = np.ones_like(first) if heads is None else np.asarray(heads, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape or not first.size:
        raise ValueError(f"give two lists of the same length, not shapes {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("every amount and number of heads must be finite")
    if (second <= 0).any():
        raise ValueError("every unit must have heads; leave out those without")
    return first, second


def shared_out(amounts: npt.ArrayLike, heads: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Amounts that can be shared out and the heads that share them; see `paired`.

    Raises:
        ValueError: they do not match, an amount is below 0, or they add up to nothing.
    """
    amount, people = paired(amounts, heads)
    if (amount < 0).any() or not amount.any():
        raise ValueError("amounts must be 0 or more, and not all 0")
    return amount, people


def shares(values: Floats) -> Floats:
    """Each value as a share of all; the same whatever the order."""
    return values / total(values)


def curve(people: Floats, amount: Floats) -> pl.DataFrame:
    """Shares of people and of an amount, added up from nothing to 1: ``people_share``, ``amount_share``."""
    import polars as pl

    points = [np.concatenate(([0.0], np.cumsum(each))) for each in (people, amount)]
    for each in points:
        each[-1] = 1.0
    return pl.DataFrame({"people_share": points[0], "amount_share": points[1]})


def midpoints(heads: Floats) -> Floats:
    """Where the middle of each group stands among all people, from 0 to 1, in the order given."""
    share = heads / heads.sum()
    middle: Floats = np.cumsum(share) - share / 2
    return middle

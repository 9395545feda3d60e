"""How unequal amounts a head are, whoever has them: Gini, Hoover, Theil and the Lorenz curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.equity.arrays import curve, shared_out, shares
from allocate.solver.sums import added_up, total

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from allocate.solver.arrays import Floats


class Theil(NamedTuple):
    """The Theil index, and what of it lies between and within groups."""

    total: float
    between: float
    """The index if everybody in a group had the group's mean."""
    within: float
    """The mean of the groups' own indices, weighted by their amounts."""


def gini(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> float:
    """The Gini index: 0 if every head has the same, towards 1 if one has all.

    1 - Σ pₖ(Lₖ + Lₖ₋₁) over units from the lowest amount a head to the highest, with pₖ a unit's share of the
    heads and Lₖ the cumulated share of the amount; which is half the mean difference between two heads over
    the mean, Σᵢ Σⱼ pᵢpⱼ|yᵢ - yⱼ| / 2μ. Heads of one unit count as having the same.

    Source: Gini (1914) as restated by Wagstaff, Paci and van Doorslaer (1991). Unverified: from the general
    literature; the two forms are held against each other by the tests.

    Args:
        amounts: of each unit, 0 or more.
        heads: people of each unit; None for one each.

    Raises:
        ValueError: the arrays do not match, or an amount is negative, or all are 0.
    """
    people, amount = _steps(*shared_out(amounts, heads))
    cumulated = np.cumsum(amount)
    # Rounding may take nought a hair below itself.
    return max(1 - total(people * (2 * cumulated - amount)), 0.0)


def hoover(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> float:
    """The Hoover index: what share of the amount would have to move for every head to have the same.

    ``½ Σ |sᵢ - pᵢ|``, with sᵢ a unit's share of the amount and pᵢ of the heads; the greatest distance between
    the Lorenz curve and the line of equality. 0 if all have the same, towards 1 if one has all.

    Source: Hoover (1936), Rev Econ Stat 18, 162-171. Unverified: the formula is from K. Goepel, Hoover Index,
    Theil Index and Shannon Entropy (bpmsg.com), not from the paper.

    Args:
        amounts: of each unit, 0 or more.
        heads: people of each unit; None for one each.

    Raises:
        ValueError: the arrays do not match, or an amount is negative, or all are 0.
    """
    amount, people = shared_out(amounts, heads)
    return total(np.abs(shares(amount) - shares(people))) / 2


def theil(
    amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None, groups: npt.ArrayLike | None = None
) -> Theil:
    """The Theil index (T), and its parts between and within groups, which add up to it.

    T = Σ sᵢ ln(sᵢ/pᵢ), with sᵢ a unit's share of the amount and pᵢ of the heads; a unit with no amount adds
    nothing. Between groups it is the same of the groups' totals, within them Σ S_g·T_g with S_g the group's
    share of the amount. 0 if all have the same; there is no fixed greatest value.

    Source: Theil (1967), Economics and Information Theory; that the parts add up: Bourguignon (1979),
    Econometrica 47, 901-920 (its abstract). Unverified: neither was at hand in full.

    Args:
        amounts: of each unit, 0 or more.
        heads: people of each unit; None for one each.
        groups: the group of each unit, any values; None for all in one.

    Raises:
        ValueError: the arrays do not match, or an amount is negative, or all are 0.
    """
    amount, people = shared_out(amounts, heads)
    labels = np.zeros(amount.size) if groups is None else np.asarray(groups)
    if labels.shape != amount.shape:
        raise ValueError(f"give a group for each of the {amount.size} units, not {labels.size}")
    _, codes = np.unique(labels, return_inverse=True)
    parts = int(codes.max()) + 1
    amounts_of, heads_of = added_up(amount, codes, parts), added_up(people, codes, parts)
    share, even = shares(amount), shares(people)
    group_share, group_even = shares(amounts_of), shares(heads_of)
    expected = even * group_share[codes] / group_even[codes]
    return Theil(_entropy(share, even), _entropy(group_share, group_even), _entropy(share, expected))


def lorenz_curve(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> pl.DataFrame:
    """The Lorenz curve: ``people_share`` and ``amount_share`` from 0 to 1, the lowest amounts a head first.

    Units with the same amount a head are one step. The curve is convex and never above the line of equality.

    Source: Lorenz (1905), Publ Am Stat Assoc 9, 209-219. Unverified: the paper itself was not at hand.

    Args:
        amounts: of each unit, 0 or more.
        heads: people of each unit; None for one each.

    Raises:
        ValueError: the arrays do not match, or an amount is negative, or all are 0.
    """
    return curve(*_steps(*shared_out(amounts, heads)))


def _steps(amount: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Shares of the heads and of the amount, by amount a head from the lowest; equal ones put together.

    Together, because their order among themselves would otherwise show in the last digits.
    """
    levels, codes = np.unique(amount / people, return_inverse=True)
    return shares(added_up(people, codes, levels.size)), shares(added_up(amount, codes, levels.size))


def _entropy(share: Floats, even: Floats) -> float:
    some = share > 0
    return max(total(share[some] * np.log(share[some] / even[some])), 0.0)

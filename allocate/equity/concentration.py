"""The concentration index: whether an amount lies with the first or with the last groups of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.equity.arrays import curve, midpoints, paired, shared_out, shares
from allocate.solver.sums import total

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl


class Bounded(NamedTuple):
    """Concentration indices of a variable that has a least and a greatest value, such as an uptake."""

    erreygers: float
    wagstaff: float


def concentration_index(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> float:
    """The (standard) concentration index of groups in order.

    C = 2 Σ sⱼ·Rⱼ - 1, with sⱼ the group's share of the amount and Rⱼ the midpoint of its share of the people,
    which is twice the area between the concentration curve and the line of equality. It lies between -1 and 1
    and never further from 0 than the Gini index of the same groups.

    Above 0 the amount lies with the last groups: with the most deprived first, the least deprived get more
    than their share. Below 0 the most deprived do.

    Source: Kakwani, Wagstaff and van Doorslaer (1997), J Econometrics 77, 87-103, as restated for grouped
    data in the World Bank's Quantitative Techniques for Health Equity Analysis, Technical Note 7.

    Args:
        amounts: of each group, 0 or more, the most deprived first.
        heads: people of each group; None for one each.

    Raises:
        ValueError: the arrays do not match, or an amount is negative, or all are 0.
    """
    amount, people = shared_out(amounts, heads)
    return 2 * total(shares(amount) * midpoints(people)) - 1


def generalised_index(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> float:
    """The generalised (absolute) concentration index: the mean amount a head times the standard one.

    In the amount's own unit a head, so that it says how far apart people are and not only by what factor. Its
    sign means what the standard one's does.

    Source: Wagstaff, Paci and van Doorslaer (1991), Soc Sci Med 33, 545-557. Unverified: the paper itself was
    not at hand.

    Args:
        amounts: of each group, 0 or more, the most deprived first.
        heads: people of each group; None for one each.

    Raises:
        ValueError: as `concentration_index`.
    """
    amount, people = paired(amounts, heads)
    return total(amount) / total(people) * concentration_index(amount, people)


def bounded_indices(
    amounts: npt.ArrayLike, heads: npt.ArrayLike, *, least: float = 0.0, greatest: float = 1.0
) -> Bounded:
    """The indices of Erreygers and of Wagstaff, for what has a least and a greatest value a head.

    With μ the mean a head and C the standard index: Erreygers' is 4μ/(greatest - least)·C, Wagstaff's
    μ(greatest - least)/((greatest - μ)(μ - least))·C. Both lie between -1 and 1, and both turn their sign,
    and nothing else, if people without are counted instead of people with; the standard index does not. They
    are for uptakes and the like, not for money, which has no greatest value. The sign means what the standard
    one's does.

    Source: Wagstaff (2005), Health Econ 14, 429-432, and for any bounds the authors of ``conindex``
    (O'Donnell, O'Neill, Van Ourti and Walsh (2016), Stata J 16, 112-138). Erreygers (2009),
    J Health Econ 28, 504-515: unverified, the paper itself was not at hand.

    Args:
        amounts: of each group: people with it, the most deprived first.
        heads: all people of each group.
        least: the least value that a head can have.
        greatest: the greatest.

    Returns:
        Wagstaff's is NaN where the mean is at a bound: nobody or everybody has it.

    Raises:
        ValueError: the arrays do not match, or a group has a value outside the bounds.
    """
    amount, people = paired(amounts, heads)
    value = amount / people
    if (value < least).any() or (value > greatest).any():
        raise ValueError(f"a value a head is outside {least:g} to {greatest:g}")
    mean, spread = total(amount) / total(people), greatest - least
    absolute = generalised_index(amount, people)
    room = (greatest - mean) * (mean - least)
    return Bounded(4 * absolute / spread, absolute * spread / room if room > 0 else np.nan)


def concentration_curve(amounts: npt.ArrayLike, heads: npt.ArrayLike | None = None) -> pl.DataFrame:
    """The concentration curve of groups in order: ``people_share`` and ``amount_share``, both from 0 to 1.

    Where it lies below the line of equality, the first groups have less than their share.

    Source: World Bank, Quantitative Techniques for Health Equity Analysis, Technical Notes 6 and 7.

    Args:
        amounts: of each group, 0 or more, the most deprived first.
        heads: people of each group; None for one each.

    Raises:
        ValueError: as `concentration_index`.
    """
    amount, people = shared_out(amounts, heads)
    return curve(shares(people), shares(amount))

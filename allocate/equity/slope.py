"""The slope and the relative index of inequality of ordered groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from allocate.equity.arrays import midpoints, paired

if TYPE_CHECKING:
    import numpy.typing as npt

    from allocate.solver.arrays import Floats

Transform = Literal["log", "logit"]


class Slope(NamedTuple):
    """A line fitted through ordered groups, from the first person of all to the last."""

    slope: float
    """Slope index (SII): the value fitted at the last person less that at the first, in the values' unit."""
    relative: float
    """Relative index (RII): the value fitted at the last person over that at the first; NaN if that is 0."""
    intercept: float
    """The value fitted at the first person."""


def slope_index(
    values: npt.ArrayLike,
    people: npt.ArrayLike,
    *,
    transform: Transform | None = None,
    multiplier: float = 1.0,
) -> Slope:
    """The slope index and the relative index of inequality.

    Groups stand in order on a line from 0 to 1, each at the midpoint of its share of the people:
    xⱼ = Σᵢ<ⱼ pᵢ + pⱼ/2. A line a + b·x is fitted through their values by least squares weighted by pⱼ. Then
    SII = b = Σ pⱼ(xⱼ - x̄)(yⱼ - ȳ) / Σ pⱼ(xⱼ - x̄)², and RII = (a + b) / a. With a transform the line is fitted
    through log y or logit y, and what it says at 0 and at 1 is turned back before the two are compared.

    An SII above 0 (an RII above 1) means that the value rises from the first group to the last: with the most
    deprived first, the least deprived have more.

    Source: SEER HD*Calc, Slope Index of Inequality (National Cancer Institute); World Health Organization,
    Health inequality monitoring, annex 11, for SII and RII from the fitted ends. Without a transform it gives
    the 20 cases published with OHID's PHEindicatormethods 2.1.0 (``phe_sii``: values, rates, proportions,
    multipliers), to 1e-9. Unverified: no published case has a transform.

    Args:
        values: a rate, mean or proportion a group, the most deprived first.
        people: of each group.
        transform: ``log`` for rates (above 0), ``logit`` for proportions (between 0 and 1).
        multiplier: multiplies SII and intercept, such as 100 for per cent. One below 0 turns an outcome
            round (people without it), and the RII over: 1/RII, as ``phe_sii`` does.

    Returns:
        All NaN if there are fewer than two groups.

    Raises:
        ValueError: the arrays do not match, or the transform does not apply to these values.
    """
    outcome, heads = paired(values, people)
    if outcome.size < 2:
        return Slope(np.nan, np.nan, np.nan)
    place, share = midpoints(heads), heads / heads.sum()
    fitted = _transformed(outcome, transform)
    from_middle = place - share @ place
    rise = float(share @ (from_middle * (fitted - share @ fitted)) / (share @ from_middle**2))
    first = float(share @ fitted - rise * (share @ place))
    low, high = _turned_back(first, transform), _turned_back(first + rise, transform)
    relative = high / low if low else np.nan
    if multiplier < 0:
        relative = 1 / relative if relative else np.nan
    return Slope((high - low) * multiplier, relative, low * multiplier)


def _transformed(values: Floats, transform: Transform | None) -> Floats:
    if transform is None:
        return values
    if (values <= 0).any() or (transform == "logit" and (values >= 1).any()):
        allowed = "above 0" if transform == "log" else "between 0 and 1"
        raise ValueError(f"the transform '{transform}' needs every value {allowed}")
    logs: Floats = np.log(values)
    return logs if transform == "log" else logs - np.log1p(-values)


def _turned_back(value: float, transform: Transform | None) -> float:
    if transform is None:
        return value
    return float(np.exp(value)) if transform == "log" else float(1 / (1 + np.exp(-value)))

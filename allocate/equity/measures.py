"""The measures of one amount over one grouping, all running the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.equity.concentration import bounded_indices, concentration_index, generalised_index
from allocate.equity.slope import slope_index
from allocate.equity.spread import gini, hoover, theil
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.groupings.groups import Grouping
    from allocate.solver.arrays import Floats, Positions

DIRECTION = (
    "Signed measures run from the first group of an order (the most deprived) to the last (the least): above "
    "0, or a ratio above 1, means that the last has more."
)

NO_SPREAD = 1e-12
"""A Theil index below which everybody has the same but for rounding: no share of it lies anywhere."""


def spread_measures(amounts: Floats, heads: Floats) -> dict[str, float]:
    """How unequal the amount a head is over all rows: ``mean``, ``gini``, ``hoover``, ``theil``."""
    if not amounts.any():
        return {"mean": 0.0} | dict.fromkeys(("gini", "hoover", "theil"), np.nan)
    return {
        "mean": total(amounts) / total(heads),
        "gini": gini(amounts, heads),
        "hoover": hoover(amounts, heads),
        "theil": theil(amounts, heads).total,
    }


def group_measures(
    grouping: Grouping, amounts: Floats, heads: Floats, *, bounded: bool = False
) -> dict[str, float]:
    """The measures of an amount over the groups of a grouping.

    ``gap`` is the last group's amount a head less the first's, and ``ratio`` the one over the other; of
    groups without an order, the highest and the lowest. Ordered groups have ``sii``, ``rii``,
    ``concentration_index`` and ``generalised_concentration_index`` too, and bounded amounts
    ``erreygers_index`` and ``wagstaff_index``. ``theil_between`` and ``theil_within`` add up to the Theil
    index of the rows that are in a group, and ``theil_between_share`` is what share of it lies between the
    groups.

    Args:
        grouping: of the rows.
        amounts: 0 or more, one a row.
        heads: more than 0, one a row.
        bounded: whether no head can have more than 1 of the amount, as for uptakes.

    Returns:
        By name; NaN where a measure says nothing: of one group only, or a ratio to nought.
    """
    inside = grouping.codes >= 0
    found = between_groups(grouping, grouping.totals(amounts), grouping.totals(heads), bounded=bounded)
    return found | _theil_parts(amounts[inside], heads[inside], grouping.codes[inside])


def between_groups(
    grouping: Grouping, sums: Floats, people: Floats, *, bounded: bool = False
) -> dict[str, float]:
    """Those of `group_measures` that the totals of the groups are enough for."""
    means = sums / people
    first, last = ends(grouping, means)
    found = {
        "mean": total(sums) / total(people),
        "gap": float(means[last] - means[first]) if means.size > 1 else np.nan,
        "ratio": float(means[last] / means[first]) if means.size > 1 and means[first] else np.nan,
    }
    if grouping.ordered:
        found |= _ordered_measures(sums, people, bounded=bounded)
    return found


def ends(grouping: Grouping, means: Floats) -> tuple[int, int]:
    """The two groups to compare: first and last of an order, else lowest and highest (the first if tied)."""
    if grouping.ordered:
        return 0, means.size - 1
    return int(means.argmin()), int(means.argmax())


def _ordered_measures(sums: Floats, people: Floats, *, bounded: bool) -> dict[str, float]:
    slope = slope_index(sums / people, people)
    found = {"sii": slope.slope, "rii": slope.relative}
    some = bool(sums.any())
    found["concentration_index"] = concentration_index(sums, people) if some else np.nan
    found["generalised_concentration_index"] = generalised_index(sums, people) if some else np.nan
    if bounded:
        both = bounded_indices(sums, people) if some else (np.nan, np.nan)
        found |= dict(zip(("erreygers_index", "wagstaff_index"), both, strict=True))
    return found


def _theil_parts(amounts: Floats, heads: Floats, codes: Positions) -> dict[str, float]:
    if not amounts.any():
        return dict.fromkeys(("theil_between", "theil_within", "theil_between_share"), np.nan)
    found = theil(amounts, heads, codes)
    share = found.between / found.total if found.total > NO_SPREAD else np.nan
    return {"theil_between": found.between, "theil_within": found.within, "theil_between_share": share}

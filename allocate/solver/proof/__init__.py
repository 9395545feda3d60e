"""An independent proof of a finished allocation, in whole pence and exact fractions.

It shares no code with the solvers and imports nothing of `solver` but the types of its data. What the solvers
say of their reasons is a hint that spares the search: all of it is checked, and a wrong one proves nothing.

    keeping     limits of areas, groups and ratios, the pot
    parts       money in whole parts of a penny, on which every sum is exact
    ties        rules that tie areas together: cells, rows, trees
    levels      that a fill is the fairest within limits, by its levels
    duality     bounds that prices prove
    shortfalls  the face on which shortfalls are least
    rounding    that whole units are the exact amounts by largest remainder
    nearest     that totals of cells are the nearest whole ones that rules allow
    room        how little floors take, and that nobody may take more
    transfers   that no penny can go from a better-funded area to a worse-funded one
"""

from __future__ import annotations

from allocate.solver.proof.keeping import check, check_groups, check_ratios
from allocate.solver.proof.transfers import improving_transfer

__all__ = ["check", "check_groups", "check_ratios", "improving_transfer"]

"""That whole pence are the exact amounts rounded, and that no penny should go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.money import NO_CAP, pounds
from allocate.proving.verdict import BREACHED, NOT_CHECKED, Check, check
from allocate.solver.proof.nearest import REACH, Cells, Open
from allocate.solver.proof.parts import ENDLESS
from allocate.solver.proof.rounding import Rounded, worst_pair, wrong_node, wrong_tie
from allocate.solver.proof.transfers import improving_transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.areas import Areas
    from allocate.limits.measured import Limits
    from allocate.proving.certificate import Certificate
    from allocate.proving.shares import Reached
    from allocate.solver.arrays import Pence, Positions

NEARER = 1e-6
"""Units by which distances from exact amounts may add up to more than their bound: noise of the prices."""


def rounding_checks(
    areas: Areas, limits: Limits, certificate: Certificate, reached: Reached, amounts: Pence, unit: int
) -> Iterator[Check]:
    """Check rounding, and transfers.

    Args:
        areas: whose ids decide ties.
        limits: of the areas, in pence.
        certificate: says whether groups are nested, and what prices whole units have.
        reached: the exact amounts, proven.
        amounts: whole pence.
        unit: the rounding unit in pence.
    """
    parts, ties = reached.parts, reached.ties
    whole = parts.of_pence(np.clip(amounts, 0, parts.pot))
    lower, upper = parts.of_pence(limits.lower), parts.of_limits(limits.upper)
    rounded = Rounded(reached.exact, whole, lower, upper, unit << parts.shift, parts)
    tree = None if certificate.order is None else ties.tree(certificate.order)
    of, count = (ties.cell_of, ties.cells) if tree is None else (tree.node_of, tree.root + 1)
    pair, told = worst_pair(rounded, of, count), f"each within {pounds(unit)} of its exact amount"
    if pair is None:
        pair = wrong_tie(rounded, of, _alike(reached, limits), areas.in_id_order)
    if pair is not None:
        yield _pair(areas, rounded, pair)
    elif tree is not None and wrong_node(rounded, tree):
        doubts = [f"{pounds(unit)} could go from one group to another and both would be nearer"]
        yield check("rounding", "rounding", areas.size, doubts)
    elif tree is None:
        yield _nearest(areas, certificate, reached, rounded)
    else:
        yield check("rounding", "rounding", areas.size, [], f"{told}, by largest remainder")
    if reached.levelled:
        allowance = unit if tree is not None else (1 + REACH) * unit
        yield _transfers(areas, reached, amounts, of, unit, allowance)


def _pair(areas: Areas, rounded: Rounded, pair: tuple[int, int]) -> Check:
    """A check on two areas of which one got what the other should have."""
    to, giver = pair
    errors = rounded.errors
    off = max(abs(int(errors[to])), abs(int(errors[giver])))
    who, exact = (to, giver)[abs(int(errors[giver])) > abs(int(errors[to]))], rounded.exact
    short = -(-off // rounded.parts.penny)
    told = (
        f"exactly {areas.ids[to]} has £{exact[to] / rounded.parts.penny / 100:,.4f} and {areas.ids[giver]} "
        f"£{exact[giver] / rounded.parts.penny / 100:,.4f}: by largest remainder the former gets more"
    )
    return Check("rounding", "rounding", BREACHED, areas.size, areas.ids[who], short, 1, told)


def _nearest(areas: Areas, certificate: Certificate, reached: Reached, rounded: Rounded) -> Check:
    """Check the totals of cells where groups overlap."""
    parts, ties, nearest = reached.parts, reached.ties, certificate.nearest
    told = "each cell by largest remainder, the cells by the nearest units that the rules allow"
    if nearest is None:
        why = "nothing says that no whole units within the rules are nearer"
        return Check("rounding", "rounding", NOT_CHECKED, areas.size, says=why)
    cells, noise = _cells(reached, rounded), NEARER + float(parts.slack * ties.cells) / rounded.unit
    totals = [0] * ties.cells
    for area, total in zip(nearest.cells, parts.nearest(nearest.totals).tolist(), strict=True):
        totals[int(ties.cell_of[area])] = total
    try:
        far = cells.distance(cells.whole)
        said = totals if far - cells.distance(totals) > noise and cells.allow(totals) else None
        nearer = said or cells.nearer(nearest.prices, noise)
    except Open:
        why = "the totals of cells are within the rules; the prices do not prove that no others are nearer"
        return Check("rounding", "rounding", NOT_CHECKED, areas.size, says=why)
    if nearer is None:
        return check("rounding", "rounding", areas.size, [], told)
    by = float(far - cells.distance(nearer))
    doubts = [f"other totals of cells, which the rules allow, are nearer by {by:.3g} units in all"]
    return check("rounding", "rounding", areas.size, doubts)


def _cells(reached: Reached, rounded: Rounded) -> Cells:
    parts, ties = reached.parts, reached.ties
    high = ties.most(rounded.upper, parts.whole)
    exact, whole, low = (ties.totals(each).tolist() for each in (rounded.exact, rounded.whole, rounded.lower))
    return Cells(exact, whole, low, high.tolist(), rounded.unit, parts.penny, ties)


def _transfers(
    areas: Areas, reached: Reached, amounts: Pence, of: Positions, unit: int, allowance: int
) -> Check:
    """Check transfers in whole units, in the last tranche."""
    shift = reached.parts.shift
    least = -((-reached.before) >> shift)
    most = np.where(reached.upper >= ENDLESS, NO_CAP // 2, reached.upper >> shift)
    pair = improving_transfer(amounts, reached.weight, least, most, unit, of=of, allowance=allowance)
    name = f"no {pounds(unit)} could go to somebody worse funded"
    if pair is None:
        told = f"but for {pounds(allowance)} of rounding"
        return check(name, "promise", areas.size, [], told)
    to, giver = (areas.ids[at] for at in pair)
    per = [float(amounts[at]) / float(reached.weight[at]) / 100 for at in pair]
    told = f"from {giver} (£{per[1]:,.6f} per unit) to {to} (£{per[0]:,.6f})"
    return Check(name, "promise", BREACHED, areas.size, to, unit, 1, told)


def _alike(reached: Reached, limits: Limits) -> Positions:
    """A number for each area, the same for those with the same weight and limits."""
    alike = np.zeros(reached.exact.size, dtype=np.intp)
    for values in (reached.weight, limits.lower, limits.upper):
        kinds, codes = np.unique(values, return_inverse=True)
        _, alike = np.unique(alike * kinds.size + codes, return_inverse=True)
    return alike

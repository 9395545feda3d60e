"""What limits that cannot all hold would have to give: one of them, or all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.highs import solve_to_optimal, summed, weighted_sum

if TYPE_CHECKING:
    from allocate.solver.programme import Programme, Solved
    from allocate.solver.reasons import Prices


def contradiction(programme: Programme, pot: float, *, leave: bool) -> Prices | None:
    """The prices that say why the limits do not allow a pot: those of breaking them by the least.

    Args:
        programme: limits of cells and rows that cannot all hold.
        pot: what all are to get, or no more than if some of it may be left (`leave`).
        leave: whether it may.
    """
    import pulp

    problem, scale = pulp.LpProblem("contradiction", pulp.LpMinimize), programme.scale
    between = np.column_stack([programme.lower, np.minimum(programme.upper, pot)]) / scale
    totals = [problem.add_variable(f"cell_{cell}", *limits) for cell, limits in enumerate(between.tolist())]
    broken = []
    for row, kind in programme.rows():
        by, total = (
            problem.add_variable(f"broken_{kind}_{row}", 0),
            weighted_sum(programme.members[row], totals),
        )
        if kind == "floor":
            bent = total + by >= float(programme.group_lower[row]) / scale
        else:
            bent = total - by <= float(programme.group_upper[row]) / scale
        problem.addConstraint(bent, f"{kind}_{row}")
        broken.append(by)
    over, short = problem.add_variable("over", 0), problem.add_variable("short", 0, 0 if leave else None)
    given = summed(totals) - over
    problem.addConstraint(given <= pot / scale if leave else given + short == pot / scale, "pot")
    problem.setObjective(summed([*broken, over, short]))
    return programme.reason(problem) if solve_to_optimal(problem) else None


def least_change(programme: Programme, row: int, kind: str, pot: float) -> float | None:
    """By how much one limit of one group has to give for all to hold; None if it alone cannot."""
    others = programme.only({each for each in programme.rows() if each != (row, kind)})
    limit, sign = (programme.group_lower, 1.0) if kind == "floor" else (programme.group_upper, -1.0)

    def gives(found: Solved) -> float:
        return sign * float(limit[row] - programme.members[row] @ found.totals)

    def missed(found: Solved) -> float:
        return max(gives(found) - found.value, float(found.totals.sum()) - pot)

    solved = others.closely(lambda each: _change(each, row, sign, limit[row], pot), missed)
    return None if solved is None else max(gives(solved), 0.0)


def _change(programme: Programme, row: int, sign: float, limit: float, pot: float) -> Solved | None:
    """The totals for which a limit, left out otherwise, gives least: a floor (sign 1) or a cap (-1)."""
    problem, totals = programme.problem()
    given = problem.add_variable("given", 0)
    from_limit = weighted_sum(sign * programme.members[row], totals) + given
    beyond = sign * float(limit - programme.members[row] @ programme.start) / programme.scale
    problem.addConstraint(from_limit >= beyond, "given")
    problem.addConstraint(summed(totals) <= programme.from_start(pot), "pot")
    problem.setObjective(summed([given]))
    return programme.solved(problem, totals)

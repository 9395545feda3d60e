"""HiGHS, asked through PuLP: on one thread, to one tolerance, so that the same programme has one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocate.solver.clock import check_time, seconds_left, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.solver.arrays import Floats

FEASIBLE = 1e-9
"""How far HiGHS may be from a limit, as a part of the largest figure."""


def summed(variables: Sequence[Any]) -> Any:
    """Variables added up."""
    import pulp

    check_time()
    return pulp.lpSum(variables)


def weighted_sum(coefficients: Floats, variables: list[Any]) -> Any:
    """Variables times coefficients, added up."""
    pairs = zip(variables, coefficients.tolist(), strict=True)
    return summed([variable if each == 1 else each * variable for variable, each in pairs if each])


def price_of(problem: Any, name: str) -> float:
    """The dual price of a constraint; nought if there is none of that name."""
    constraint = problem.get_constraint_by_name(name)
    return 0.0 if constraint is None else float(constraint.pi)


def solve_to_optimal(problem: Any, whole: float = FEASIBLE) -> bool:
    """Solve a programme with HiGHS on one thread; say whether an optimal solution was found.

    HiGHS itself is asked, for PuLP 3.3 calls what HiGHS had when its time was up optimal.

    Args:
        problem: the programme.
        whole: how far whole numbers and limits on them may be off, if there are any.
    """
    import highspy
    import pulp

    check_time()
    problem.solve(
        pulp.HiGHS(
            msg=False,
            timeLimit=seconds_left(),
            presolve="off",
            threads=1,
            primal_feasibility_tolerance=FEASIBLE,
            dual_feasibility_tolerance=FEASIBLE,
            mip_feasibility_tolerance=whole,
        )
    )
    outcome = problem.solverModel.getModelStatus()
    if outcome == highspy.HighsModelStatus.kTimeLimit:
        stopped()  # a programme that was stopped is not one that cannot be solved
    return bool(outcome == highspy.HighsModelStatus.kOptimal)

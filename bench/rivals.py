"""Levelling up against what one would otherwise take for it: programmes with a variable an area.

Each is written in the unit in which its solver comes nearest: £ for HiGHS, parts of the pot for cvxpy's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from allocate.solver.fill import fill
from bench.invented import weights_and_floors
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allocate.solver.arrays import Floats

SIZES = (131, 6_310, 33_755)
"""Practices of Leicester, Leicestershire and Rutland; of England; its small areas (LSOA 2021)."""

PENCE = 100

TARGETS = {6_310: 1 / 500, 33_755: 1 / 2_000}
"""Against PuLP: what a programme with a variable an area may take at the least."""


class Work(NamedTuple):
    """Areas with floors and a pot: raise the worst-funded as far as it goes. Amounts are pence."""

    weight: Floats
    lower: Floats
    pot: float

    @property
    def exact(self) -> Floats:
        """What `allocate` finds."""
        return fill(None, self.weight, self.lower, np.full(self.lower.size, np.inf), self.pot).amounts


def invented(areas: int) -> Work:
    """Areas with made-up people, need and money."""
    random = np.random.default_rng(2022)
    weight, lower = weights_and_floors(random, areas)
    return Work(weight, lower, float(np.rint(lower.sum() * 1.03)))


def compare() -> Iterator[Comparison]:
    """Caps are left out: one programme cannot level up the others once somebody has reached a cap."""
    for size in SIZES:
        work = invented(size)
        for name, rival in RIVALS.items():
            with suppress(ImportError):
                yield _against(work, name, rival, TARGETS.get(size) if rival is _pulp else None)
    with suppress(ImportError):  # with 20 areas it ends with an error
        yield _against(invented(5), "cvxpy-leximin", _leximin)


def small() -> Iterator[Comparison]:
    """One of them, fast enough for every change."""
    yield _against(invented(6_310), "PuLP with HiGHS", _pulp, TARGETS[6_310], times=1)


def _against(
    work: Work, name: str, rival: Callable[[Work], Floats], target: float | None = None, times: int = 3
) -> Comparison:
    off = float(np.abs(rival(work) - work.exact).max()) / PENCE
    said = f"off by up to £{off:,.2f}" if off >= 0.005 else "to the penny"
    size = f"{work.weight.size:,}"
    return side_by_side(
        (f"levelling up {size} areas with floors", lambda: work.exact),
        (f"the same in {name}, {said}", lambda: rival(work)),
        target=target,
        times=times,
    )


def _pulp(work: Work) -> Floats:
    import pulp

    problem = pulp.LpProblem("areas", pulp.LpMinimize)
    pounds = (work.lower / PENCE).tolist()
    money = [problem.add_variable(f"area_{at}", low, None) for at, low in enumerate(pounds)]
    level = problem.add_variable("level", 0)
    problem.setObjective(-1 * level)
    for each, weight in zip(money, work.weight.tolist(), strict=True):
        problem.addConstraint(each - weight * level >= 0, f"reaches_{each.name}")
    problem.addConstraint(pulp.lpSum(money) == work.pot / PENCE, "pot")
    problem.solve(pulp.HiGHS(msg=False, threads=1))
    return np.array([float(each.value()) for each in money]) * PENCE


def _scipy(work: Work) -> Floats:
    from scipy.optimize import linprog
    from scipy.sparse import eye, hstack

    size = work.weight.size
    reaches = hstack([-eye(size), work.weight.reshape(-1, 1)], format="csr")
    bounds = np.column_stack([np.append(work.lower / PENCE, 0), np.full(size + 1, np.inf)])
    found = linprog(
        np.append(np.zeros(size), -1),
        A_ub=reaches,
        b_ub=np.zeros(size),
        A_eq=np.append(np.ones(size), 0).reshape(1, -1),
        b_eq=[work.pot / PENCE],
        bounds=bounds,
        method="highs",
    )
    amounts: Floats = found.x[:-1] * PENCE
    return amounts


def _cvxpy(work: Work) -> Floats:
    import cvxpy

    money = cvxpy.Variable(work.weight.size)
    per_head = cvxpy.multiply(work.weight.max() / work.weight, money)
    constraints = [money >= work.lower / work.pot, cvxpy.sum(money) == 1]
    cvxpy.Problem(cvxpy.Maximize(cvxpy.min(per_head)), constraints).solve()
    amounts: Floats = money.value * work.pot
    return amounts


def _leximin(work: Work) -> Floats:
    import cvxpy
    from cvxpy_leximin import Leximin, Problem

    money = cvxpy.Variable(work.weight.size)
    per_head = [each * scale for each, scale in zip(money, work.weight.max() / work.weight, strict=True)]
    constraints = [money >= work.lower / work.pot, cvxpy.sum(money) == 1]
    Problem(Leximin(per_head), constraints).solve(solver="CLARABEL")
    amounts: Floats = money.value * work.pot
    return amounts


RIVALS = {
    "PuLP with HiGHS": _pulp,
    "`scipy.optimize.linprog` with HiGHS": _scipy,
    "cvxpy with its own choice of solver": _cvxpy,
}

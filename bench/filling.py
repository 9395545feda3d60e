"""Filling a pot under a million floors and caps, against sorting as many numbers once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.solver.fill import fill
from bench.invented import weights_and_floors
from bench.side_by_side import Comparison, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

AREAS = 1_000_000


def compare() -> Iterator[Comparison]:
    """The fill alone: need is measured, limits are known, pence come later."""
    random = np.random.default_rng(2022)
    weight, lower = weights_and_floors(random, AREAS)
    upper = np.rint(lower * random.uniform(1.02, 1.25, AREAS))
    pot = float(np.rint(lower.sum() + 0.4 * (upper - lower).sum()))
    unsorted = random.random(AREAS)
    yield side_by_side(
        ("filling 1,000,000 areas with floors and caps", lambda: fill(None, weight, lower, upper, pot)),
        ("`numpy.argsort` of 1,000,000 floats", lambda: np.argsort(unsorted)),
        target=1.5,
    )

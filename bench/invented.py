"""Invented areas: people, need and money as many as a benchmark asks for, the same on every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats

SEED = 2022


def weights_and_floors(random: np.random.Generator, areas: int) -> tuple[Floats, Floats]:
    """Weighted people, and what areas have today in pence: £50 a head or more."""
    weight = random.lognormal(9, 0.6, areas)
    return weight, np.rint(weight * random.normal(9_000, 900, areas).clip(min=5_000))


def table(areas: int) -> pl.DataFrame:
    """A table of areas with indices of need and groups that cut across one another."""
    random = np.random.default_rng(SEED)
    people, pence = weights_and_floors(random, areas)
    return pl.DataFrame(
        {
            "id": [f"A{number:07}" for number in range(areas)],
            "population": np.rint(people),
            "baseline": pence / 100,
            "need": random.uniform(0.7, 1.4, areas),
            "age": random.uniform(0.7, 1.4, areas),
            "deprivation": random.uniform(0.8, 1.3, areas),
            "avoidable": random.uniform(0.5, 1.9, areas),
            "place": random.integers(0, 40, areas),
            "fifth": random.integers(0, 5, areas),
        }
    )

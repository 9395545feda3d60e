"""What a program that embeds allocate can count on: bounds, threads, and nothing of its own changed."""

from __future__ import annotations

import decimal
import locale
import logging
import os
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import FOUR, make_scenario

import allocate
from allocate.errors import AllocateError, InputError, OutsideFolder, TookTooLong, TooLarge

BOOK = {
    "title": "Groups",
    "rules": [
        {"name": "place", "by": "place", "of": "growth", "floor": "0.01 * sum(baseline)"},
        {"name": "fifth", "by": "fifth", "of": "growth", "floor": "0.01 * sum(baseline)"},
    ],
}


def test_time_is_bounded() -> None:
    random = np.random.default_rng(2022)
    size = 200_000
    frame = pl.DataFrame(
        {
            "id": [f"A{at:06}" for at in range(size)],
            "population": random.lognormal(9, 0.6, size).round(),
            "baseline": random.lognormal(13, 0.6, size).round(2),
        }
    )
    with pytest.raises(TookTooLong), allocate.bounded(seconds=0.01):
        allocate.solve(frame, "level-up", budget={"growth": "3%"})
    assert allocate.solve(frame, "level-up", budget={"growth": "3%"}).amounts.size == size


def test_rows_bytes_and_folders_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(TooLarge), allocate.bounded(areas=3):
        allocate.solve(FOUR, BOOK, budget=5_000)
    scenario = make_scenario(tmp_path / "in", "id,population,baseline\nA,1,1\nB,2,3\n", None)
    with pytest.raises(TooLarge), allocate.bounded(file_bytes=10):
        allocate.run(scenario)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(OutsideFolder), allocate.bounded(within=tmp_path / "elsewhere"):
        allocate.run(scenario)
    with allocate.bounded(areas=10, file_bytes=10_000, within=tmp_path):
        assert allocate.run(scenario).amounts.size == 2


def test_the_narrower_of_two_bounds_holds() -> None:
    with allocate.bounded(areas=3), allocate.bounded(areas=100), pytest.raises(TooLarge):
        allocate.solve(FOUR, BOOK, budget=5_000)


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"areas": -1}, {"file_bytes": 0}])
def test_a_bound_is_above_nought(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError), allocate.bounded(**wrong):  # type: ignore[arg-type]
        pass


def test_what_exceeds_a_bound_is_in_the_tree_of_errors() -> None:
    assert all(issubclass(each, AllocateError) for each in (TookTooLong, TooLarge, OutsideFolder))


def test_eight_threads_give_the_same_pennies() -> None:
    def solve(more: int) -> list[int]:
        pence: list[int] = allocate.solve(FOUR, BOOK, budget=5_000 + more).amounts.tolist()
        return pence

    alone = [solve(more) for more in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(solve, range(40))) == alone


def test_nothing_of_the_caller_is_changed(tmp_path: Path) -> None:
    def state() -> list[object]:
        return [
            repr(decimal.getcontext()),
            locale.setlocale(locale.LC_ALL),
            list(warnings.filters),
            logging.getLogger().handlers[:],
            logging.getLogger().level,
            signal.getsignal(signal.SIGINT),
            dict(os.environ),
            Path.cwd(),
            np.geterr(),
            pl.Config.state(),
        ]

    decimal.getcontext().prec = 11
    allocate.solve(FOUR, BOOK, budget=5_000)  # what is imported once is imported
    before = state()
    allocate.solve(FOUR, BOOK, budget=5_000).save(tmp_path)
    allocate.run("llr").summary  # noqa: B018
    assert state() == before
    decimal.setcontext(decimal.Context())

"""How cost grows with areas, rules, tranches and years: each step as many times the first one."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import allocate
from bench.invented import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

TIMES = 5
PRACTICES = 6_310


class Growth(NamedTuple):
    """How long each step took as a multiple of the first; ``str()`` is a Markdown table."""

    of: str
    steps: tuple[int, ...]
    ratios: tuple[float, ...]

    def __str__(self) -> str:
        counts = " | ".join(f"{step:,}" for step in self.steps)
        ratios = " | ".join(f"{ratio:.3g}" for ratio in self.ratios)
        rule = "---:|" * len(self.steps)
        return f"| {self.of} | {counts} |\n|---|{rule}\n| time | {ratios} |"


def grow() -> Iterator[Growth]:
    """Whole solves from a table in memory to pence; all steps are done in turn."""
    frames = {size: table(size) for size in (131, 6_310, 33_755, 1_000_000)}
    yield _growth(
        "areas, with floors and caps", {size: _solve(frame, AREAS) for size, frame in frames.items()}
    )
    frame = frames[PRACTICES]
    rules = {count: _solve(frame, _overlapping(count)) for count in (1, 4, 16, 60)}
    yield _growth("overlapping rules for groups", rules)
    tranches = {count: _solve(frame, _tranches(count)) for count in (1, 2, 4, 8)}
    yield _growth("tranches", tranches)
    yield _growth("years", {count: _years(frame, count) for count in (1, 2, 5, 10, 20)})


AREAS = {
    "title": "Floors and caps",
    "need": {"index": "need"},
    "rules": [{"name": "floor", "floor": "baseline * 1.005"}, {"name": "cap", "cap": "baseline * 1.1"}],
}


def _overlapping(count: int) -> dict[str, Any]:
    """One rule in groups that cut across those of the others; a floor for one of its groups each."""
    rules = [
        {"name": f"rule {at}", "across": f"place = {at % 40} or fifth = {at % 5}", "of": "growth"}
        | {"floor": f"{1 + at % 3}% * sum(baseline)"}
        for at in range(count)
    ]
    return {"title": "Groups", "need": {"index": "need"}, "rules": rules}


def _tranches(count: int) -> dict[str, Any]:
    levels = [
        {"name": f"part {at}", "level_up": "weighted_population", "amount": f"{100 // count}% * money_left"}
        for at in range(count - 1)
    ]
    rest = {"name": "rest", "pro_rata": "population"}
    return {"title": "Tranches", "need": {"index": "need"}, "share_out": [*levels, rest]}


def _solve(frame: pl.DataFrame, book: dict[str, Any]) -> Callable[[], object]:
    return lambda: allocate.solve(frame, book, budget={"growth": "3%"}).amounts


def _years(frame: pl.DataFrame, count: int) -> Callable[[], object]:
    years = {"from": "2022/23", "to": f"{2021 + count}/{(22 + count) % 100:02}", "budget": {"growth": "2%"}}
    book = {"title": "Need", "need": {"index": "need"}}
    return lambda: allocate.solve_years(frame, book, years=years).areas


def _growth(of: str, steps: dict[int, Callable[[], object]]) -> Growth:
    for do in steps.values():
        do()
    seconds = [[_seconds(do) for do in steps.values()] for _ in range(TIMES)]
    ratios = tuple(median(row[at] / row[0] for row in seconds) for at in range(len(steps)))
    return Growth(of, tuple(steps), ratios)


def _seconds(do: Callable[[], object]) -> float:
    begun = perf_counter()
    do()
    return perf_counter() - begun

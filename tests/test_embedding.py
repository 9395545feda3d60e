"""What a program that embeds allocate is promised: bounds, typed errors, threads, no side effects."""

from __future__ import annotations

import decimal
import gc
import io
import locale
import logging
import os
import random
import re
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR, TABLE, make_scenario, problems_of

import allocate
from allocate.impact import save_impact
from allocate.solver import clock
from bench.leaking import grown

if TYPE_CHECKING:
    from collections.abc import Callable

OVERLAPPING = {
    "title": "t",
    "rules": [
        {"name": "p", "by": "place", "floor": "sum(baseline) * 1.01"},
        {"name": "f", "by": "fifth", "floor": "sum(baseline) * 1.02"},
    ],
}


def uses(folder: Path) -> dict[str, Callable[[], object]]:
    """Everything that a program can ask for, each with what makes it computed."""
    llr = allocate.run("llr")
    return {
        "run": lambda: allocate.run("llr"),
        "solve": lambda: allocate.solve(FOUR, OVERLAPPING, budget={"new_money": 300}),
        "faces": lambda: (llr.prices, llr.summary, llr.groups, llr.explain("P014"), llr._repr_html_()),
        "save": lambda: (llr.save(folder), allocate.load_run(folder)),
        "workbook": lambda: llr.save_workbook(folder / "run.xlsx"),
        "report": lambda: llr.save_report(folder / "report.html"),
        "impact": lambda: (save_impact(llr, folder / "i.docx"), save_impact(llr, folder / "i.md")),
        "equity": lambda: llr.equity(["imd_quintile", "place"]).to_dict(),
        "compare": lambda: allocate.compare("llr", llr, by="place").to_full_dict(),
        "cost": lambda: allocate.cost("llr", to="95%").to_dict(),
        "uncertainty": lambda: allocate.uncertainty("llr", "5%", draws=10).to_dict(),
        "sweep": lambda: allocate.sweep("llr", {"new_money": "1m:2m:3"}),
        "workers": lambda: allocate.sweep("llr", {"new_money": "1m:2m:3"}, workers=2),
        "years": lambda: allocate.run_years("llr-five-years").money,
        "error": lambda: problems_of(allocate.solve, FOUR, budget=1),
        "bounded": lambda: problems_of(in_no_time, "llr"),
    }


USES = list(uses(Path()))


def in_no_time(scenario: str) -> None:
    with allocate.bounded(seconds=1e-6):
        allocate.run(scenario)


def state() -> dict[str, Any]:
    """All of a process that a library could spoil for others."""
    context, mask = decimal.getcontext(), os.umask(0)
    os.umask(mask)
    return {
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "loggers": {
            name: (logger.level, list(logger.handlers), logger.disabled, logger.propagate)
            for name, logger in logging.root.manager.loggerDict.items()
            if isinstance(logger, logging.Logger)
        },
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings": list(warnings.filters),
        "decimal": (context.prec, context.rounding, dict(context.traps), dict(context.flags)),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "umask": mask,
        "streams": (sys.stdin, sys.stdout, sys.stderr, sys.excepthook, threading.excepthook),
        "recursion": sys.getrecursionlimit(),
        "collector": (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()),
        "random": (random.getstate(), str(np.random.get_state())),
        "numpy": np.geterr(),
        "path": list(sys.path),
        "clock": clock.DEADLINE.get(),
    }


class TestNothingIsChanged:
    @pytest.mark.parametrize("use", USES)
    def test_of_the_process(self, use: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        made = uses(tmp_path)
        made[use]()  # libraries that are imported for the first time have their own habits
        capfd.readouterr()
        before = state()
        made[use]()
        after = state()
        assert {name: after[name] for name in before if after[name] != before[name]} == {}
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("use", USES)
    def test_whatever_the_decimal_context(self, use: str, tmp_path: Path) -> None:
        """Any operation on decimals in the caller's context would raise here."""
        if use == "workers":
            pytest.skip("workers have contexts of their own")
        made = uses(tmp_path)
        hostile = decimal.Context(prec=1, rounding=decimal.ROUND_UP, traps=list(decimal.Context().flags))
        with decimal.localcontext(hostile):
            made[use]()

    def test_results_do_not_depend_on_it(self, tmp_path: Path) -> None:
        allocate.run("llr").save_report(tmp_path / "a.html")
        with decimal.localcontext(decimal.Context(prec=2)):
            allocate.run("llr").save_report(tmp_path / "b.html")
        assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()

    def test_the_frame_that_is_given(self) -> None:
        frame, before = FOUR.clone(), FOUR.to_dict(as_series=False)
        allocate.solve(frame, OVERLAPPING, budget={"new_money": 300})
        assert frame.to_dict(as_series=False) == before

    def test_warnings_that_are_errors_stop_nothing(self, tmp_path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for use in ("run", "faces", "save", "compare", "cost", "years"):
                uses(tmp_path)[use]()


class TestThreads:
    def test_eight_at_once_get_the_same_pennies(self) -> None:
        def once(turn: int) -> list[Any]:
            llr = allocate.run("llr", budget=111_850_000 + turn % 2)
            four = allocate.solve(FOUR, OVERLAPPING, budget={"new_money": 300})
            return [llr.amounts.tolist(), four.amounts.tolist(), str(llr.explain("P014"))]

        alone = [once(0), once(1)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(once, range(32)))
        assert all(each == alone[turn % 2] for turn, each in enumerate(found))

    def test_one_allocation_looked_at_by_eight(self) -> None:
        shared, alone = allocate.run("llr"), allocate.run("llr")
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: str(shared.prices.to_dicts()), range(8)))
        assert set(found) == {str(alone.prices.to_dicts())}

    def test_each_has_bounds_of_its_own(self) -> None:
        def bounded(turn: int) -> str:
            if turn % 2:
                return problems_of(in_no_time, "llr")[0]
            return str(int(allocate.run("llr").amounts.sum()))

        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(bounded, range(16)))
        assert found == {
            "11185000000",
            "took longer than the 1e-06 seconds it was given; give it more time, or less to do",
        }


ENDLESS = {
    "title": "t",
    "rules": [
        {"name": f"r{at}", "by": "place", "floor": "sum(baseline) * 1.1", "priority": at % 10 + 1}
        for at in range(60)
    ],
}
"""Rules that give way in ten steps: a quarter of a minute, or a whole one on a slow machine."""


class TestTime:
    def test_what_would_take_a_minute_is_stopped(self) -> None:
        begun = time.monotonic()
        with pytest.raises(allocate.TookTooLong), allocate.bounded(seconds=1):
            allocate.solve(FOUR, ENDLESS, budget={"new_money": 300})
        assert time.monotonic() - begun < 5

    @pytest.mark.parametrize(
        "call",
        [
            lambda: allocate.sweep("llr", {"new_money": "1m:9m:5000"}),
            lambda: allocate.sweep("llr", {"new_money": "1m:9m:5000"}, workers=2),
            lambda: allocate.uncertainty("llr", "5%", draws=10_000),
            lambda: [allocate.run_years("llr-five-years") for _ in range(1_000)],
        ],
        ids=["sweep", "workers", "uncertainty", "years"],
    )
    def test_long_things(self, call: Callable[[], object]) -> None:
        begun = time.monotonic()
        with pytest.raises(allocate.TookTooLong), allocate.bounded(seconds=1):
            call()
        assert time.monotonic() - begun < 30  # workers have to start, and the machine may be busy

    def test_time_enough_changes_nothing(self) -> None:
        with allocate.bounded(seconds=60):
            bounded = allocate.run("llr").amounts.tolist()
        assert bounded == allocate.run("llr").amounts.tolist()

    def test_the_narrower_of_two_holds_and_says_so(self) -> None:
        with allocate.bounded(seconds=60), pytest.raises(allocate.TookTooLong, match="1e-06 seconds"):
            in_no_time("llr")
        outer, inner = allocate.bounded(seconds=1e-6), allocate.bounded(seconds=60)
        with pytest.raises(allocate.TookTooLong, match="1e-06 seconds"), outer, inner:
            allocate.run("llr")

    def test_the_clock_stops_with_the_block(self) -> None:
        with allocate.bounded(seconds=0.01):
            pass
        time.sleep(0.02)
        assert allocate.run("llr").amounts.size == 130

    @pytest.mark.parametrize("bound", ["seconds", "areas", "file_bytes"])
    @pytest.mark.parametrize("value", [0, -1, float("nan")])
    def test_bounds_that_are_none(self, bound: str, value: float) -> None:
        block = allocate.bounded(**{bound: value})  # type: ignore[arg-type]
        with pytest.raises(allocate.InputError, match=f"{bound}: is not above nought"), block:
            pass


class TestSize:
    def test_rows(self, tmp_path: Path) -> None:
        make_scenario(tmp_path, TABLE, None)
        with allocate.bounded(areas=2):
            what = "has 3 rows, more than the 2 that are allowed; leave rows out"
            assert problems_of(allocate.run, tmp_path) == [f"areas.csv: {what}"]
            assert problems_of(allocate.solve, FOUR) == [f"frame: {what.replace('3', '4')}"]
        with allocate.bounded(areas=3):
            assert allocate.run(tmp_path).amounts.size == 3

    def test_bytes(self, tmp_path: Path) -> None:
        make_scenario(tmp_path, TABLE + "D,1,1,X\n" * 1_000, None)
        with allocate.bounded(file_bytes=5_000), pytest.raises(allocate.TooLarge, match=r"has 8,0\d\d bytes"):
            allocate.run(tmp_path)

    def test_groups_that_overlap_in_too_many_ways(self) -> None:
        size = 4_000
        frame = pl.DataFrame(
            {
                "id": [f"A{at}" for at in range(size)],
                "population": [100] * size,
                "baseline": [100] * size,
                "a": [at % 511 for at in range(size)],
                "b": [at % 512 for at in range(size)],
            }
        )
        rules = [{"name": name, "by": name, "floor": "sum(baseline) * 1.01"} for name in ("a", "b")]
        (line,) = problems_of(allocate.solve, frame, {"title": "t", "rules": rules}, budget={"growth": "5%"})
        assert line == (
            "rules: groups of the rules overlap in 4000 ways, more than can be solved for; "
            "use fewer or larger groups, or groups in groups"
        )


class TestWithin:
    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        (tmp_path / "secret.csv").write_text(TABLE)
        (tmp_path / "secret.yaml").write_text("title: secret\n")
        return tmp_path

    @pytest.mark.parametrize(
        "keys",
        [
            {"areas": "../secret.csv"},
            {"areas": "link.csv"},
            {"areas": "sub/../../secret.csv"},
            {"rules": ["../secret.yaml"]},
            {"rules": ["link.yaml"]},
        ],
    )
    def test_nothing_is_read_from_elsewhere(self, outside: Path, keys: dict[str, Any]) -> None:
        inside = outside / "inside"
        make_scenario(inside, TABLE, None, **keys)
        (inside / "sub").mkdir()
        (inside / "link.csv").symlink_to(outside / "secret.csv")
        (inside / "link.yaml").symlink_to(outside / "secret.yaml")
        allocate.run(inside)
        with allocate.bounded(within=inside), pytest.raises(allocate.OutsideFolder) as caught:
            allocate.run(inside)
        assert f"is outside {inside}, where alone files may be read; put the file there" in str(caught.value)

    def test_absolute_paths_scenarios_runs_and_persons(self, outside: Path) -> None:
        inside, run = outside / "inside", outside / "run"
        make_scenario(inside, TABLE, None, areas=str(outside / "secret.csv"))
        make_scenario(outside / "beside", TABLE, None)
        allocate.run(outside / "beside").save(run)
        calls: list[Callable[[], object]] = [
            lambda: allocate.run(inside),
            lambda: allocate.run(outside / "beside"),
            lambda: allocate.load_run(run),
            lambda: allocate.weigh(outside / "secret.csv", rules="level-up", by="place"),
        ]
        with allocate.bounded(within=inside):
            for call in calls:
                with pytest.raises(allocate.OutsideFolder):
                    call()

    def test_what_is_inside_or_bundled_is_read(self, outside: Path) -> None:
        make_scenario(outside / "inside", TABLE, None)
        with allocate.bounded(within=outside / "inside"):
            assert allocate.run(outside / "inside").amounts.size == 3
            assert allocate.run("llr").amounts.size == 130

    def test_a_block_inside_cannot_be_wider(self, outside: Path) -> None:
        (outside / "inside").mkdir()
        narrow, wide = allocate.bounded(within=outside / "inside"), allocate.bounded(within=outside)
        with narrow, pytest.raises(allocate.OutsideFolder), wide:
            pass


class TestErrorsAreTyped:
    @pytest.mark.parametrize(
        ("frame", "options"),
        [
            (None, {}),
            (3, {}),
            ("x", {}),
            (pl.DataFrame(), {}),
            (pl.DataFrame({"id": [[1]], "population": [1], "baseline": [1]}), {}),
            (pl.DataFrame({"id": [1], "population": [object()], "baseline": [1]}), {}),
            (FOUR, {"rules": "no-such-book"}),
            (FOUR, {"rules": {"title": [3]}}),
            (FOUR, {"rules": [None]}),
            (FOUR, {"rules": 3}),
            (FOUR, {"rules": []}),
            (FOUR, {"budget": "x"}),
            (FOUR, {"budget": float("nan")}),
            (FOUR, {"budget": {"new_money": float("inf")}}),
            (FOUR, {"budget": 10**5000}),
            (FOUR, {"budget": object()}),
            (FOUR, {"columns": {"id": 3}}),
            (FOUR, {"columns": {3: "id"}}),
            (FOUR, {"columns": 3}),
            (FOUR, {"nonsense": 1}),
            (FOUR, {"where": "("}),
            (FOUR, {"where": 3}),
            (FOUR, {"parameters": {"x": object()}}),
            (FOUR, {"round_to": "1e999999"}),
            (FOUR, {"date": 3}),
        ],
    )
    def test_whatever_is_given(self, frame: Any, options: dict[str, Any]) -> None:
        with pytest.raises(allocate.InputError) as caught:
            allocate.solve(frame, **{"budget": {"new_money": 300}, **options})
        assert all(problem.what for problem in caught.value.problems)
        assert len(str(caught.value)) < 3_000


def test_many_solves_leak_nothing() -> None:
    assert grown(600, warm_up=400) < 6_000


@pytest.mark.parametrize("number", range(3))
def test_the_examples_of_the_page(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[1] / "docs" / "embedding.md"
    example = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)[number]
    exec(compile(example, page.name, "exec"), {})
    printed = capsys.readouterr().out
    assert (
        printed
        == [
            "",
            "frame row 2, column 'population' (A) | '0' has nobody registered | leave it out "
            "(where: population > 0) or hold it at its baseline (zero_population: hold)\n",
            "",
        ][number]
    )


def test_the_page_has_no_other_examples() -> None:
    page = Path(__file__).parents[1] / "docs" / "embedding.md"
    assert page.read_text(encoding="utf-8").count("```python") == 3
    assert isinstance(sys.stdout, io.TextIOBase)

"""What a program that embeds allocate can count on; bounds are in `test_bounds.py`."""

from __future__ import annotations

import decimal
import gc
import re
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pulp
import pytest
from helpers import FOUR

import allocate
from allocate.engine import read_areas_of
from allocate.policy import load_policy
from allocate.solver import highs
from allocate.sweeps import points

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8"), re.DOTALL
)

PLACES = {"name": "places", "by": "place", "floor": "sum(baseline) * 1.01"}
FIFTHS = {"name": "fifths", "by": "fifth", "cap": "sum(baseline) * 1.3"}
BOOKS: dict[str, list[dict[str, str]]] = {
    "closed form": [],
    "nested": [PLACES],
    "linear programme": [PLACES, FIFTHS],
}
"""Rules for each way of sharing out."""


def solve(route: str, budget: Any = 4_800) -> allocate.Allocation:
    result = allocate.solve(FOUR, {"title": route, "rules": BOOKS[route]}, budget=budget)
    assert result.summary.route == route
    return result


def everything(folder: Path) -> list[Any]:
    """Results of every kind, as values that can be compared."""
    result, years = allocate.run("llr"), allocate.run_years("llr-five-years")
    found = allocate.cost("llr", to="95%", growth="3%")
    sweep = allocate.sweep("llr", {"new_money": "1234567.89:10m"}, sample=5)
    folder.mkdir()
    result.save_report(folder / "report.html")
    return [
        result.areas.to_dicts(),
        result.prices.to_dicts(),
        str(result.explain("P001")),
        str(result.equity()),
        (folder / "report.html").read_bytes(),
        years.areas.to_dicts(),
        str(years.explain("P001")),
        years.plan().planned.to_dicts(),  # type: ignore[union-attr]
        found.curve.to_dicts(),
        found.by_share,
        found.years,
        sweep.points.to_dicts(),
        allocate.compare("llr", result, by="place").runs,
    ]


class TestErrors:
    def test_time_that_is_up_is_caught_where_it_happens(self) -> None:
        with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong, match="1e-06 seconds"):
            solve("closed form")

    def test_the_block_whose_time_is_up_first_is_told(self) -> None:
        late = pytest.raises(allocate.TookTooLong, match="1e-06 seconds")
        with allocate.bounded(seconds=1e-6), allocate.bounded(seconds=60), late:
            solve("closed form")

    def test_a_sweep_whose_time_is_up_has_no_point_that_failed_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scenario = allocate.load_scenario("llr")
        policy, table = load_policy(scenario.rules, scenario.folder), read_areas_of(scenario)
        setup = points.set_up(scenario, policy, table, [], with_areas=False)
        monkeypatch.setattr(points, "check_time", lambda: None)  # so that it is up within a point
        with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong):
            list(points.compute(setup, [points.Point(1, ())]))

    @pytest.mark.parametrize("route", BOOKS)
    def test_what_was_stopped_may_be_asked_for_again(self, route: str) -> None:
        plain, result = solve(route), solve(route)
        with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong):
            result.explain("A")
        assert str(result.explain("A")) == str(plain.explain("A"))

    def test_enough_time_makes_no_difference(self) -> None:
        for route in BOOKS:
            with allocate.bounded(seconds=600):
                assert solve(route).amounts.tolist() == solve(route).amounts.tolist()

    def test_a_programme_that_was_stopped_is_not_one_that_is_solved(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        problem = pulp.LpProblem("many", pulp.LpMinimize)
        variables = [problem.add_variable(f"x{at}", 0, 5) for at in range(60)]
        for at in range(59):
            problem.addConstraint(variables[at] + 2 * variables[at + 1] >= 3 + at % 5 / 10, f"row_{at}")
        problem.setObjective(pulp.lpSum([(1 + at % 7) * each for at, each in enumerate(variables)]))
        assert highs.solve_to_optimal(problem)
        monkeypatch.setattr(highs, "seconds_left", lambda: 1e-9)
        with allocate.bounded(seconds=60), pytest.raises(allocate.TookTooLong):
            highs.solve_to_optimal(problem)

    def test_the_command_line_gives_up_in_one_line_and_writes_nothing(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        command = [sys.executable, "-m", "allocate", "run", "llr", "--out", str(out)]
        late = subprocess.run([*command, "--seconds", "1e-6"], capture_output=True, text=True, timeout=60)
        assert (late.returncode, late.stdout, out.exists()) == (2, "", False)
        told = "error: took longer than the 1e-06 seconds it was given; give it more time, or less to do\n"
        assert late.stderr == told
        wrong = subprocess.run([*command, "--seconds", "nan"], capture_output=True, text=True, timeout=60)
        assert (wrong.returncode, wrong.stderr) == (
            2,
            "error: seconds: is not above nought; leave it out for none\n",
        )
        in_time = subprocess.run([*command, "--seconds", "60"], capture_output=True, timeout=60)
        assert in_time.returncode == 0
        assert (out / "run.json").is_file()


class TestThreads:
    @pytest.mark.parametrize("route", BOOKS)
    def test_eight_at_once_get_what_one_gets(self, route: str) -> None:
        budgets = range(4_800, 4_840)
        alone = [solve(route, budget).amounts.tolist() for budget in budgets]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda budget: solve(route, budget).amounts.tolist(), budgets)) == alone

    def test_eight_may_share_a_result(self) -> None:
        plain, shared = solve("linear programme"), solve("linear programme")
        asked: list[Callable[[allocate.Allocation], Any]] = [
            lambda result: result.areas.to_dicts(),
            lambda result: result.prices.to_dicts(),
            lambda result: str(result.explain("A")),
            lambda result: result.to_dict()["summary"],
        ] * 2
        together = threading.Barrier(8, timeout=60)

        def ask(what: Callable[[allocate.Allocation], Any]) -> Any:
            together.wait()
            return what(shared)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, asked)) == [what(plain) for what in asked]

    def test_a_bound_is_of_one_thread(self) -> None:
        with allocate.bounded(seconds=1e-6), ThreadPoolExecutor(1) as pool:
            assert pool.submit(solve, "closed form").result().amounts.sum() == 480_000

    def test_eight_may_import_it_at_once(self) -> None:
        code = (
            "import sys, threading\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "sys.setswitchinterval(1e-5)\n"
            "import allocate\n"
            "names = ['solve', 'run', 'run_years', 'sweep', 'cost', 'uncertainty', 'compare', 'load_run']\n"
            "together = threading.Barrier(8, timeout=60)\n"
            "def ask(name):\n"
            "    together.wait()\n"
            "    return getattr(allocate, name).__name__\n"
            "with ThreadPoolExecutor(8) as pool:\n"
            "    assert list(pool.map(ask, names)) == names\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


STATE = """
import decimal, gc, locale, logging, os, random, signal, sys, threading, warnings
import numpy as np
import polars as pl

def state():
    root = logging.getLogger()
    return {
        "logging": (root.level, list(root.handlers), logging.root.manager.disable, logging.getLoggerClass()),
        "locale": [locale.setlocale(each) for each in (locale.LC_ALL, locale.LC_NUMERIC, locale.LC_TIME)],
        "warnings": (list(warnings.filters), warnings.showwarning),
        "decimals": (str(decimal.getcontext()), str(decimal.DefaultContext)),
        "signals": {each: signal.getsignal(each) for each in signal.valid_signals()},
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "numpy": (np.geterr(), str(np.get_printoptions())),
        "random": (random.getstate(), str(np.random.get_state())),
        "polars": str(pl.Config.state()),
        "python": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold()),
        "hooks": (sys.excepthook, threading.excepthook, sys.stdout, sys.stderr),
        "threads": threading.enumerate(),
    }

before = state()
import allocate
for name in allocate.__all__:
    getattr(allocate, name)
result = allocate.run("llr")
result.save(sys.argv[1] + "/run")
result.save_workbook(sys.argv[1] + "/run.xlsx")
result.save_report(sys.argv[1] + "/run.html")
result.prices, str(result.explain("P001")), str(result.equity())
allocate.run_years("llr-five-years").plan()
allocate.sweep("llr", {"new_money": "1m:10m"}, sample=3).points
allocate.cost("llr", to="95%", growth="3%").years
allocate.uncertainty("llr", "5%", draws=10).areas
allocate.compare("llr", sys.argv[1] + "/run", by="place")
with allocate.bounded(seconds=1e-6):
    try:
        allocate.run("llr")
    except allocate.TookTooLong:
        pass
try:
    allocate.run("llr", budget=1)
except allocate.BudgetTooSmall:
    pass
after = state()
print([name for name in before if before[name] != after[name]])
"""


class TestManners:
    def test_nothing_of_the_caller_is_changed_from_before_it_is_imported(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-c", STATE, str(tmp_path)], capture_output=True, text=True, timeout=300
        )
        assert (done.stdout, done.stderr) == ("[]\n", "")

    def test_nothing_of_the_caller_changes_a_result(self, tmp_path: Path) -> None:
        plain = everything(tmp_path / "plain")
        unlike = decimal.Context(prec=3, rounding=decimal.ROUND_UP, traps=[decimal.Inexact, decimal.Rounded])
        with decimal.localcontext(unlike) as context, np.errstate(all="raise"):
            assert everything(tmp_path / "unlike") == plain
            assert not any(context.flags.values())

    def test_amounts_of_a_sweep_keep_their_pennies(self) -> None:
        with decimal.localcontext(decimal.Context(prec=3)):
            swept = allocate.sweep("llr", {"new_money": ["1_234_567.89"]}).points
        assert swept["new_money"].to_list() == [Decimal("1234567.89")]

    def test_solving_leaves_nothing_behind(self) -> None:
        size = 1_000
        frame = pl.concat([FOUR] * (size // 4)).with_columns(
            id=pl.Series([f"A{at:04}" for at in range(size)])
        )

        def solve_all(times: int) -> None:
            for _ in range(times):
                for route, rules in BOOKS.items():
                    book = {"title": route, "rules": rules}
                    allocate.solve(frame, book, budget=1_200_000).areas  # noqa: B018
                    with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong):
                        allocate.solve(frame, book, budget=1_200_000)
                    with pytest.raises(allocate.BudgetTooSmall):
                        allocate.solve(frame, book, budget=1)
            gc.collect()

        def files() -> int:
            descriptors = Path("/proc/self/fd")
            return len(list(descriptors.iterdir())) if descriptors.is_dir() else 0

        solve_all(3)
        before = files(), threading.active_count()
        tracemalloc.start()
        try:
            solve_all(2)
            begun = tracemalloc.get_traced_memory()[0]
            solve_all(10)
            left = tracemalloc.get_traced_memory()[0] - begun
        finally:
            tracemalloc.stop()
        assert left < 30 * 8 * size / 2  # half of one array of floats a solve
        assert (files(), threading.active_count()) == before


def test_the_examples_of_the_page_work() -> None:
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(compile(example, "embedding.md", "exec"), names)
    baselines = int(names["result"].prepared.areas.baseline.sum())
    assert names["totals"] == [baselines + 100 * more for more in range(2_000_000, 4_000_000, 250_000)]
    assert names["answer"](budget="lots").startswith("budget: 'lots' is not a number")
    assert names["answer"](budget=1)[0].startswith("the floors of areas and groups need")
    assert isinstance(names["answer"](budget="112m"), int)


def test_a_stop_is_late_by_a_step_only() -> None:
    random = np.random.default_rng(2022)
    size, rules = 6_310, [PLACES, {**PLACES, "name": "fifths", "by": "fifth"}]
    people = random.integers(1_000, 20_000, size)
    frame = pl.DataFrame({"id": [f"A{at:04}" for at in range(size)], "population": people})
    frame = frame.with_columns(
        baseline=pl.Series((people * random.uniform(80, 120, size)).round(2)),
        place=pl.Series(random.integers(0, 42, size)),
        fifth=pl.Series(random.integers(0, 200, size)),
    )
    begun = time.perf_counter()
    whole = allocate.solve(frame, {"title": "x", "rules": rules}, budget={"growth": 0.05})
    took = time.perf_counter() - begun
    assert whole.summary.route == "linear programme"
    begun = time.perf_counter()
    with allocate.bounded(seconds=took / 4), pytest.raises(allocate.TookTooLong):
        allocate.solve(frame, {"title": "x", "rules": rules}, budget={"growth": 0.05})
    assert time.perf_counter() - begun < took / 4 + 2  # of a step, on a machine that is busy

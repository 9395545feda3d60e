"""What a program that embeds allocate can count on; bounds are in `test_bounds.py`."""

from __future__ import annotations

import decimal
import gc
import re
import subprocess
import sys
import threading
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR, ROUTES, solve_four

import allocate

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8"), re.DOTALL
)


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


class TestThreads:
    @pytest.mark.parametrize("route", ROUTES)
    def test_eight_at_once_get_what_one_gets(self, route: str) -> None:
        budgets = range(4_800, 4_840)
        alone = [solve_four(route, budget).amounts.tolist() for budget in budgets]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda budget: solve_four(route, budget).amounts.tolist(), budgets)) == alone

    def test_eight_may_share_a_result(self) -> None:
        plain, shared = solve_four("linear programme"), solve_four("linear programme")
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
            assert pool.submit(solve_four, "closed form").result().amounts.sum() == 480_000

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

def umask():
    os.umask(found := os.umask(0))
    return found

def state():
    root = logging.getLogger()
    return {
        "logging": (root.level, list(root.handlers), root.manager.disable, logging.getLoggerClass()),
        "locale": [locale.setlocale(each) for each in (locale.LC_ALL, locale.LC_NUMERIC, locale.LC_TIME)],
        "warnings": (list(warnings.filters), warnings.showwarning),
        "decimals": (str(decimal.getcontext()), str(decimal.DefaultContext)),
        "signals": {each: signal.getsignal(each) for each in signal.valid_signals()},
        "environment": dict(os.environ),
        "folder": (os.getcwd(), umask(), list(sys.path)),
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

    def test_warnings_that_are_errors_stop_nothing(self, tmp_path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            everything(tmp_path / "out")

    @pytest.mark.parametrize("route", ROUTES)
    def test_no_solver_prints_anything(self, route: str, capfd: pytest.CaptureFixture[str]) -> None:
        allocate.solve(FOUR, {"title": route, "rules": ROUTES[route]}, budget=4_800)
        assert capfd.readouterr() == ("", "")

    def test_the_frame_that_is_given_stays_as_it_is(self) -> None:
        frame, before = FOUR.clone(), FOUR.to_dict(as_series=False)
        allocate.solve(frame, {"title": "Any", "rules": ROUTES["linear programme"]}, budget=4_800)
        assert frame.to_dict(as_series=False) == before

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
                for route, rules in ROUTES.items():
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

"""Bounds that a program sets: of time, of size, and of where files are read; `allocate.bounded`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pulp
import pytest
from click.testing import CliRunner
from helpers import FOUR, PLACES, ROUTES, TABLE, make_scenario, problems_of, solve_four

import allocate
from allocate.cli import main
from allocate.documents.policy import load_policy
from allocate.engine import read_areas_of
from allocate.solver import highs
from allocate.sweeps import points

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def command(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("bound", ["seconds", "areas", "file_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_bound_is_above_nought(bound: str, value: float) -> None:
    block = allocate.bounded(**{bound: value})  # type: ignore[arg-type]
    with pytest.raises(allocate.InputError, match=f"{bound}: is not above nought"), block:
        pass


class TestTime:
    def test_what_would_take_a_minute_is_stopped(self) -> None:
        rules = [
            {"name": f"r{at}", "by": "place", "floor": "sum(baseline) * 1.1", "priority": at % 10 + 1}
            for at in range(60)
        ]
        begun = time.monotonic()
        with pytest.raises(allocate.TookTooLong), allocate.bounded(seconds=0.5):
            allocate.solve(FOUR, {"title": "Giving way", "rules": rules}, budget={"new_money": 300})
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
    def test_what_takes_many_solves_is_stopped(self, call: Callable[[], object]) -> None:
        begun = time.monotonic()
        with pytest.raises(allocate.TookTooLong), allocate.bounded(seconds=0.5):
            call()
        assert time.monotonic() - begun < 30  # workers have to start, and the machine may be busy

    def test_the_block_whose_time_is_up_first_is_told(self) -> None:
        short = {"seconds": 1e-6}, {"seconds": 60}
        for outer, inner in (short, short[::-1]):
            late = pytest.raises(allocate.TookTooLong, match="1e-06 seconds")
            with late, allocate.bounded(**outer), allocate.bounded(**inner):
                solve_four("closed form")

    def test_the_clock_stops_with_the_block(self) -> None:
        with allocate.bounded(seconds=1e-6):
            pass
        assert solve_four("closed form").amounts.sum() == 480_000

    def test_a_sweep_whose_time_is_up_has_no_point_that_failed_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scenario = allocate.load_scenario("llr")
        policy, table = load_policy(scenario.rules, scenario.folder), read_areas_of(scenario)
        setup = points.set_up(scenario, policy, table, [], with_areas=False)
        monkeypatch.setattr(points, "check_time", lambda: None)  # so that it is up within a point
        with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong):
            list(points.compute(setup, [points.Point(1, ())]))

    @pytest.mark.parametrize("route", ROUTES)
    def test_what_was_stopped_may_be_asked_for_again(self, route: str) -> None:
        plain, result = solve_four(route), solve_four(route)
        with allocate.bounded(seconds=1e-6), pytest.raises(allocate.TookTooLong):
            result.explain("A")
        assert str(result.explain("A")) == str(plain.explain("A"))

    def test_enough_time_makes_no_difference(self) -> None:
        for route in ROUTES:
            with allocate.bounded(seconds=600):
                amounts = solve_four(route).amounts.tolist()
            assert amounts == solve_four(route).amounts.tolist()

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

    def test_a_stop_is_late_by_a_step_only(self) -> None:
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

    def test_the_command_line_gives_up_in_one_line_and_writes_nothing(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        told = "error: took longer than the 1e-06 seconds it was given; give it more time, or less to do\n"
        assert command("--seconds", "1e-6", "run", "llr", "--out", str(out)) == (2, "", told)
        assert not out.exists()
        wrong = "error: seconds: is not above nought; leave it out for none\n"
        assert command("--seconds", "nan", "run", "llr") == (2, "", wrong)
        assert command("--seconds", "60", "run", "llr", "--out", str(out))[0] == 0
        assert (out / "run.json").is_file()


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

    def test_the_narrower_of_two_holds(self) -> None:
        with allocate.bounded(areas=3), allocate.bounded(areas=100), pytest.raises(allocate.TooLarge):
            allocate.solve(FOUR)

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

    def test_nor_is_it_told_whether_a_file_is_there(self, outside: Path) -> None:
        inside = make_scenario(outside / "inside", TABLE, None, areas="../nothing.csv").parent
        with allocate.bounded(within=inside), pytest.raises(allocate.OutsideFolder):
            allocate.run(inside)

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

"""Sweeps: what varies, what comes out, and that a sweep can be stopped, spread and refused."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import TABLE, make_scenario, problems_of
from hypothesis import given, settings
from hypothesis import strategies as st

import allocate
from allocate.errors import InputError
from allocate.sweeps.ranges import latin_hypercube, read_axis
from allocate.sweeps.running import JOURNAL
from allocate.sweeps.telling import sweep_text

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """
title: Rules to vary
parameters: {ceiling: 50%, label: X}
need:
  blend:
    - {share: 1 - 10% - 10%, of: {column: population, name: people}}
    - {share: 10%, of: {index: baseline / population, name: cost}}
    - {share: 10%, of: {index: 1, name: flat}}
rules:
  - {name: not too fast, cap: baseline * (1 + ceiling)}
  - {name: places, by: place, of: growth, floor: 1% * sum(baseline)}
  - {name: label, across: place = label, of: growth, floor: 5}
  - {name: even, across: place = 'X', compared_with: everyone, floor: 50%}
  - {name: everybody, of: growth, floor: 1, if_unaffordable: scale}
"""


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line, with its output as pipes."""
    run = [sys.executable, "-m", "allocate", "sweep", *arguments]
    return subprocess.run(run, capture_output=True, text=True, timeout=60, check=False, **options)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return make_scenario(tmp_path / "scenario", TABLE, BOOK)


# What a point is


@settings(max_examples=15)
@given(
    pot=st.integers(150_000_000, 2_000_000_000),
    share=st.floats(0, 1).map(lambda share: round(share, 6)),
    growth=st.sampled_from([0.0, 0.005, 0.01]),
)
def test_a_point_equals_a_run_to_the_penny(pot: int, share: float, growth: float) -> None:
    pounds = Decimal(pot) / 100
    vary = {"new_money": [pounds], "health_inequalities_share": [share, 0.15], "place_growth": [growth]}
    swept = allocate.sweep("llr", vary, areas=True)
    one = allocate.load_scenario("llr").with_changes(
        budget={"new_money": pounds},
        parameters={"health_inequalities_share": share, "place_growth": growth},
    )
    made = allocate.run(one)
    assert swept.areas is not None
    of_point = swept.areas.filter(pl.col("point") == 1).drop("point")
    assert of_point.equals(made.areas.select(of_point.columns))
    row = swept.points.row(0, named=True)
    summary = made.summary
    assert row["budget"] * 100 == summary.budget
    assert row["gaining"] == summary.gaining
    assert row["largest_gain"] * 100 == summary.largest_gain
    assert row["level"] == summary.level
    assert (row["closing_worst"], row["closing_best"]) == (summary.closing_worst, summary.closing_best)
    assert row["held by baseline"] == summary.bound["baseline"]


def test_measures_by_hand(tmp_path: Path) -> None:
    # A and C have £10 a head for 100 people each, B £7.50 for 200; £300 goes to B, half of £3,800 less £100.
    row = allocate.sweep(make_scenario(tmp_path, TABLE, None), {"new_money": 300}).points.row(0, named=True)
    expected = {"gaining": 1, "median_gain": 300, "largest_gain": 300, "under_target": 1, "shortfall": 250}
    expected |= {"closing_under": 1, "closing_shortfall": 100, "level": 9, "closing_best": 50 / 950}
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_targets_that_depend_on_a_parameter_are_those_of_the_point(tmp_path: Path) -> None:
    book = "title: T\nparameters: {aim: 0}\ntarget: baseline * (1 + aim)\nrules: [{name: t, floor: target}]\n"
    points = allocate.sweep(make_scenario(tmp_path, TABLE, book, budget=None), {"aim": "10%,20%"}).points
    assert points["budget"].to_list() == [3_850, 4_200]


@pytest.mark.parametrize(
    ("name", "value", "edited"),
    [
        ("budget", "3_800", {"budget": 3_800}),
        ("growth", "10%", {"budget": {"growth": "10%"}}),
        ("ceiling", "9%", {"parameters": {"ceiling": "9%"}}),
        ("label", "Y", {"parameters": {"label": "Y"}}),
        ("not too fast", "110%", {"book": ("baseline * (1 + ceiling)", "baseline * 1.1")}),
        ("not too fast", "1_600", {"book": ("baseline * (1 + ceiling)", "1600")}),
        ("places", "3%", {"book": ("1% * sum(baseline)", "3% * sum(baseline)")}),
        ("places", ["sum(baseline) / 20"], {"book": ("1% * sum(baseline)", "sum(baseline) / 20")}),
        ("even", "90%", {"book": ("floor: 50%", "floor: 90%")}),
        ("people", "60%", {"book": ("1 - 10% - 10%", "60%"), "again": ("share: 10%", "share: 20%")}),
    ],
)
def test_what_varies_is_what_the_documents_would_say(
    tmp_path: Path, scenario: Path, name: str, value: Any, edited: dict[str, Any]
) -> None:
    swept = allocate.sweep(scenario, {name: value}, areas=True)
    book = BOOK
    for old, new in (edited.pop("book", ("", "")), edited.pop("again", ("", ""))):
        assert old in book
        book = book.replace(old, new) if old else book
    by_hand = allocate.run(make_scenario(tmp_path / "edited", TABLE, book, **edited)).areas
    assert swept.points["error"].to_list() == [None]
    assert swept.areas is not None
    assert swept.areas["allocation"].to_list() == by_hand["allocation"].to_list()
    assert swept.areas["bound_by"].to_list() == by_hand["bound_by"].to_list()


NESTED = """
title: A blend in a product in a blend, with another beside it
need:
  blend:
    - share: 70%
      of:
        name: people and care
        product:
          - {column: population}
          - blend:
              - {share: 40%, of: {index: baseline / population, name: cost}}
              - {share: 60%, of: {index: 1, name: flat}}
    - share: 30%
      of:
        name: places
        blend:
          - {share: 50%, of: {index: case when place = 'X' then 2 else 1 end, name: X}}
          - {share: 50%, of: {index: case when place = 'Y' then 2 else 1 end, name: Y}}
"""


def test_what_varies_may_be_deep_in_the_need(tmp_path: Path) -> None:
    assert "share: 40%" in NESTED
    edited = NESTED.replace("share: 40%", "share: 10%").replace("share: 60%", "share: 90%")
    money: dict[str, Any] = {"budget": {"new_money": 3_000}}
    by_hand = allocate.run(make_scenario(tmp_path / "edited", TABLE, edited, **money)).areas
    swept = allocate.sweep(make_scenario(tmp_path, TABLE, NESTED, **money), {"cost": "10%"}, areas=True)
    assert swept.areas is not None
    assert swept.areas["allocation"].to_list() == by_hand["allocation"].to_list()
    as_written = allocate.run(make_scenario(tmp_path, TABLE, NESTED, **money)).areas
    assert by_hand["allocation"].to_list() != as_written["allocation"].to_list()


def test_a_name_of_several_parts_is_refused(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE, NESTED.replace("name: X", "name: flat"))
    assert problems_of(allocate.sweep, path, {"flat": "10%"}) == [
        "flat: is the name of several parts of the need; give each a name of its own"
    ]


def test_areas_that_depend_on_a_parameter_are_those_of_the_point(tmp_path: Path) -> None:
    book = "title: T\nparameters: {least: 0}\n"
    path = make_scenario(tmp_path, TABLE, book, where="population > least", budget={"growth": "10%"})
    swept = allocate.sweep(path, {"least": "0,150"}, areas=True)
    assert swept.areas is not None
    assert swept.areas.filter(pl.col("point") == 2)["id"].to_list() == ["B"]
    assert swept.points["budget"].to_list() == [3850, 1650]


def test_a_failed_point_is_a_row_with_its_reason(scenario: Path) -> None:
    swept = allocate.sweep(scenario, {"new_money": "-100,300", "people": "50%,120%"}, areas=True)
    assert swept.points["error"].is_not_null().to_list() == [True, True, False, True]
    assert swept.points["budget"].to_list() == [3400, None, 3800, None]
    first, second, _, fourth = swept.points["error"]
    assert first.startswith("the floors of areas and groups need")
    assert "has shares" in second == fourth or "has shares" in fourth
    assert swept.points["level"].null_count() == 3
    assert swept.areas is not None
    assert swept.areas["point"].unique().to_list() == [3]


def test_a_pot_that_is_too_large_is_a_failed_point_too(scenario: Path) -> None:
    swept = allocate.sweep(scenario, {"growth": ["1e12", "10%"]})
    first, second = swept.points["error"]
    assert first.startswith("budget: the pot of £")
    assert second is None


def test_a_rule_that_gives_way_says_what_is_left_of_it(scenario: Path) -> None:
    swept = allocate.sweep(scenario, {"everybody": "1,90,500", "ceiling": ["90%"]})
    assert swept.points["error"].to_list() == [None, None, None]
    kept = swept.points["kept of everybody"].to_list()
    assert kept[:2] == [1.0, 1.0]
    assert 0 < kept[2] < 1


# What values things take


def test_grids_and_lists_make_every_combination_in_order(scenario: Path) -> None:
    points = allocate.sweep(scenario, {"new_money": "100:1k:4", "ceiling": [0.5, "60%"]}).points
    money = [Decimal(each) for each in (100, 100, 400, 400, 700, 700, 1000, 1000)]
    assert points["new_money"].to_list() == money
    assert points["ceiling"].to_list() == [0.5, 0.6] * 4
    assert points["point"].to_list() == list(range(1, 9))


@pytest.mark.parametrize("given", [400, "400", Decimal(400), [400], np.array([400.0]), pl.Series([400])])
def test_values_may_come_from_a_program(scenario: Path, given: Any) -> None:
    assert allocate.sweep(scenario, {"new_money": given}).points["new_money"].to_list() == [400]


def test_a_grid_of_money_is_in_whole_pence(scenario: Path) -> None:
    points = allocate.sweep(scenario, {"new_money": "0:100:4"}).points
    assert points["new_money"].to_list() == [Decimal(each) for each in ("0", "33.33", "66.67", "100")]


def test_commas_in_quotes_and_brackets_do_not_part_values() -> None:
    case = "case when place = 'X, Y' then 0.05 else least(1, 2) end"
    assert [item.text for item in read_axis(f"{case}, 3%")] == [case, "3%"]


def test_a_latin_hypercube_draws_from_each_stratum_once() -> None:
    axes = [read_axis("0:100"), read_axis("-1:1"), read_axis("a,b,c,d")]
    drawn = latin_hypercube(axes, 100, seed=7)
    first, second, third = zip(*drawn, strict=True)
    assert sorted(int(item.number) for item in first) == list(range(100))
    assert sorted(int((item.number + 1) * 50) for item in second) == list(range(100))
    assert sorted(item.text for item in third) == sorted("abcd" * 25)
    assert latin_hypercube(axes, 100, seed=7) == drawn
    assert latin_hypercube(axes, 100, seed=8) != drawn


@pytest.mark.parametrize(
    ("vary", "options", "problem"),
    [
        ({}, {}, "nothing varies; say what does, such as new_money=1m:10m:19"),
        ({"cieling": "1%,2%"}, {}, "cieling: is nothing that can be varied; did you mean 'ceiling'?"),
        ({"peeple": "1%,2%"}, {}, "peeple: is nothing that can be varied; did you mean 'people'?"),
        ({"new_money": 1, "growth": "1%"}, {}, "new_money and growth are one pot; vary one of them"),
        ({"new_money": "1m:2m"}, {}, "1000000:2000000 says no number of values; write 1000000:2000000:9, or"),
        ({"new_money": "1m:2m:3"}, {"sample": 5}, "a sample draws from ranges; write them as from:to"),
        ({"new_money": "1m:2m:1"}, {}, "new_money: '1' is no number of values; write 2 or more of them"),
        ({"new_money": "1m:x:3"}, {}, "new_money: 'x' is not a number; write a range as from:to:count"),
        ({"new_money": "1:2:3:4"}, {}, "new_money: '1:2:3:4' is no range; write from:to:count"),
        ({"new_money": "5%"}, {}, "new_money: '5%' is not an amount in £; write one such as 2_850_000"),
        ({"new_money": "1e14"}, {}, "new_money: £1E+14 is not an amount that can be allocated; write a"),
        ({"new_money": "1,,2"}, {}, "new_money: a value is empty; write some with commas between them"),
        ({"new_money": {1, 2}}, {}, "new_money: '{1, 2}' is no list of values; give some, or a text"),
        ({"new_money": [None]}, {}, "new_money: 'None' is not a value; give numbers or text"),
        ({"people": "much"}, {}, "people: 'much' is not a number; write one such as 0.1 or 10%"),
        ({"places": "1%,300"}, {}, "places: '300' is £ where others are shares; write all with % or none"),
        ({"places": ["1 +"]}, {}, "places: a value is missing after '+'; write it"),
        ({"new_money": "1:2", "ceiling": "0:1"}, {"sample": 2_000_000}, "2,000,000 points are too many"),
        ({"new_money": "1:2:1000", "ceiling": "0:1:9000"}, {}, "9,000,000 points are too many"),
        ({"new_money": "1,2"}, {"workers": 0}, "workers: 0 cannot compute anything; give 1 or more"),
        ({"new_money": "1:2"}, {"sample": 3, "seed": -1}, "-1 is no seed; give a whole number from 0"),
        ({"new_money": "1,2"}, {"sample": 0}, "a sample of 0 points is none; draw 1 or more"),
    ],
)
def test_what_cannot_be_varied_is_refused(
    scenario: Path, vary: dict[str, Any], options: dict[str, Any], problem: str
) -> None:
    assert problems_of(allocate.sweep, scenario, vary, **options)[0].startswith(problem)


def test_all_problems_are_told_at_once(scenario: Path) -> None:
    problems = problems_of(allocate.sweep, scenario, {"new_money": "x:1:2", "ceiling": "1:1:2"})
    assert [each.partition(":")[0] for each in problems] == ["new_money", "ceiling"]


# What is done once


def test_the_table_is_read_and_need_measured_once(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allocate import prepared
    from allocate.sweeps import running

    counted: list[str] = []
    read, measure = running.read_areas_of, prepared.measure
    monkeypatch.setattr(running, "read_areas_of", lambda *given: (counted.append("read"), read(*given))[1])
    monkeypatch.setattr(prepared, "measure", lambda *given: (counted.append("need"), measure(*given))[1])
    allocate.sweep(scenario, {"new_money": "100:1k:4", "ceiling": "50%,60%", "places": "1%,2%"})
    assert counted == ["read", "need"]
    counted.clear()
    allocate.sweep(scenario, {"new_money": "100:1k:4", "people": "50%,60%"})
    assert counted == ["read", "need", "need", "need"]


# Wherever it is computed


def test_threads_and_processes_give_the_same_bytes(scenario: Path, tmp_path: Path) -> None:
    vary = ["--vary", "new_money=-50:1k:4", "--vary", "people=50%:80%:2", "--areas"]
    command(str(scenario), *vary, "--out", str(tmp_path / "one" / "points.csv"), "--workers", "1")
    command(str(scenario), *vary, "--out", str(tmp_path / "two" / "points.csv"), "--workers", "2")
    with ThreadPoolExecutor(3) as executor:
        allocate.sweep(
            scenario,
            {"new_money": "-50:1k:4", "people": "50%:80%:2"},
            areas=True,
            out=tmp_path / "threads" / "points.csv",
            executor=executor,
        )
    one = files_of(tmp_path / "one")
    assert sorted(one) == ["points-areas.csv", "points.csv", "points.json"]
    assert files_of(tmp_path / "two") == one
    assert files_of(tmp_path / "threads") == one


class Doomed(ThreadPoolExecutor):
    """An executor whose workers are killed, or are of another making."""

    def __init__(self, *_: Any, dies_of: Exception | None = None) -> None:
        super().__init__(1)
        self.error = dies_of or BrokenProcessPool()

    def submit(self, *_: Any) -> Any:
        future: Future[Any] = Future()
        future.set_exception(self.error)
        return future


def test_what_ails_a_worker_is_told_in_a_line(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vary = {"new_money": "100,200"}
    with Doomed(dies_of=ModuleNotFoundError("No module named 'allocate'")) as executor:
        assert problems_of(allocate.sweep, scenario, vary, executor=executor) == [
            "a worker could not compute its points (ModuleNotFoundError: No module named 'allocate'); "
            "see that it has the same Python, allocate and polars as this machine"
        ]
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", Doomed)
    (problem,) = problems_of(allocate.sweep, scenario, vary, workers=2)
    assert problem.startswith("a worker process ended before its time, perhaps for want of memory; use fewer")


def test_workers_of_another_version_are_refused(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_version(done: int, _: int) -> None:
        monkeypatch.setattr("allocate.__version__", "0.0.0")

    with ThreadPoolExecutor(1) as executor:
        (problem,) = problems_of(
            allocate.sweep, scenario, {"new_money": "100,200"}, executor=executor, progress=other_version
        )
    assert problem.startswith("a worker: has allocate 0.0.0, and the sweep was begun with ")


def test_a_defect_in_one_point_does_not_lose_the_others(
    scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allocate.sweeps import points

    measures = points._measures

    def faulty(allocation: allocate.Allocation) -> Any:
        return measures(allocation) | {"gaining": 1 // (allocation.budget - 380_000)}

    monkeypatch.setattr(points, "_measures", faulty)
    swept = allocate.sweep(scenario, {"new_money": "200,300,400"})
    first, second, third = swept.points["error"]
    assert first is third is None
    assert second.startswith("ZeroDivisionError: ")
    assert second.endswith("(a defect in allocate: please report this)")


# Stopped and run again


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    vary = ["llr", "--vary", "new_money=1.5m:10m:250", "--areas", "--workers", "1"]
    out = tmp_path / "killed" / "points.csv"
    journal = out.with_name(out.name + JOURNAL)
    run = [sys.executable, "-m", "allocate", "sweep", *vary, "--out", str(out)]
    begun = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        give_up = time.monotonic() + 30
        while not (journal.is_file() and journal.read_bytes().count(b"\n") > 20):
            assert begun.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.005)
    finally:
        begun.send_signal(signal.SIGKILL)
        begun.communicate()
    assert not out.exists()
    before = journal.read_bytes()
    before = before[: before.rfind(b"\n") + 1]
    done = before.count(b"\n") - 1
    assert done < 250
    journal.write_bytes(before + b'{"point":249,"gain')  # a line cut short

    seen: list[tuple[int, int]] = []
    vary = {"new_money": "1.5m:10m:250"}
    allocate.sweep("llr", vary, areas=True, out=out, progress=lambda *each: seen.append(each))
    assert seen == [(number, 250) for number in range(done, 251)]  # earlier points are not computed again
    allocate.sweep("llr", vary, areas=True, out=tmp_path / "whole" / "points.csv")
    assert files_of(out.parent) == files_of(tmp_path / "whole")


@pytest.fixture
def stopped(scenario: Path, tmp_path: Path) -> Path:
    """Where the output of a sweep would be that was stopped after its third point."""

    def stop(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    out = tmp_path / "out" / "points.csv"
    with pytest.raises(KeyboardInterrupt):
        allocate.sweep(scenario, {"new_money": "100:1k:9"}, out=out, progress=stop)
    assert [path.name for path in out.parent.iterdir()] == ["points.csv.journal"]
    return out


@pytest.mark.parametrize(
    "other",
    [{"vary": {"new_money": "100:1k:10"}}, {"areas": True}, {"parameters": {"ceiling": "40%"}}],
    ids=["other values", "with areas", "another parameter"],
)
def test_the_journal_of_another_sweep_is_refused(
    scenario: Path, stopped: Path, other: dict[str, Any]
) -> None:
    journal = stopped.with_name("points.csv.journal")
    before = journal.read_bytes()
    with pytest.raises(
        InputError, match=r"is the journal of another sweep \('Test', 9 points of new_money\)"
    ):
        allocate.sweep(scenario, **({"vary": {"new_money": "100:1k:9"}} | other), out=stopped)
    assert journal.read_bytes() == before


def test_another_table_makes_another_sweep(scenario: Path, stopped: Path) -> None:
    table = scenario.with_name("areas.csv")
    table.write_text(table.read_text().replace("1500", "1501"))
    with pytest.raises(InputError, match="is the journal of another sweep"):
        allocate.sweep(scenario, {"new_money": "100:1k:9"}, out=stopped)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"my notes", "points.csv.journal: is not the journal of a sweep; finish that one, remove it"),
        (b"my notes\n", "points.csv.journal:1: is not what a sweep writes; remove the journal"),
        (b'{"sweep":"x"}\n{"point":1\n{"point":2}\n', "points.csv.journal:2: is not what a sweep writes"),
    ],
)
def test_what_is_no_journal_is_left_alone(
    scenario: Path, tmp_path: Path, content: bytes, problem: str
) -> None:
    journal = tmp_path / "points.csv.journal"
    journal.write_bytes(content)
    vary = {"new_money": "100:1k:9"}
    assert problem in problems_of(allocate.sweep, scenario, vary, out=tmp_path / "points.csv")[0]
    assert journal.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b'{"sw', b'{"sweep":"of another"}\n'])
def test_a_journal_without_points_is_begun_again(scenario: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "points.csv.journal").write_bytes(content)
    allocate.sweep(scenario, {"new_money": "100:1k:9"}, out=tmp_path / "points.csv")
    assert not (tmp_path / "points.csv.journal").exists()


def test_what_was_stopped_before_it_was_written_is_only_written(scenario: Path, tmp_path: Path) -> None:
    def stop(done: int, count: int) -> None:
        if done == count:
            raise KeyboardInterrupt

    out, seen = tmp_path / "points.csv", list[tuple[int, int]]()
    with pytest.raises(KeyboardInterrupt):
        allocate.sweep(scenario, {"new_money": "100,200"}, out=out, progress=stop)
    allocate.sweep(scenario, {"new_money": "100,200"}, out=out, progress=lambda *each: seen.append(each))
    assert seen == [(2, 2)]
    assert out.exists()


def test_two_sweeps_cannot_write_one_journal(scenario: Path, tmp_path: Path) -> None:
    out, vary = tmp_path / "points.csv", {"new_money": "100:1k:9"}
    told: list[str] = []

    def begin_another(done: int, _: int) -> None:
        if done == 2:
            told.extend(problems_of(allocate.sweep, scenario, vary, out=out))

    allocate.sweep(scenario, vary, out=out, progress=begin_another)
    assert len(told) == 1
    assert "is being written by another sweep; wait for it, or choose another --out" in told[0]
    assert out.exists()


# What it leaves behind


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_is_saved_is_loaded_without_loss(scenario: Path, tmp_path: Path, suffix: str) -> None:
    vary = {"growth": "-1%,3%,1e-7", "label": ["X", "Y"], "places": ["1%", "sum(baseline) / 90"]}
    swept = allocate.sweep(scenario, vary, areas=True)
    written = swept.save(tmp_path / f"points{suffix}")
    assert written == [
        tmp_path / f"points{suffix}",
        tmp_path / "points.json",
        tmp_path / f"points-areas{suffix}",
    ]
    loaded = allocate.load_sweep(tmp_path / f"points{suffix}")
    assert loaded.points.equals(swept.points)
    assert loaded.points.schema == swept.points.schema
    assert swept.areas is not None
    assert loaded.areas is not None
    assert loaded.areas.equals(swept.areas)
    assert loaded.areas.schema == swept.areas.schema
    assert (loaded.title, loaded.record, loaded.varied) == (
        swept.title,
        swept.record,
        ["growth", "label", "places"],
    )


def test_what_is_no_sweep_is_told(scenario: Path, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    assert problems_of(allocate.load_sweep, path) == [
        f"{path}: cannot be read (No such file or directory); give the table that 'allocate sweep --out' "
        "wrote, with its .json beside it"
    ]
    allocate.sweep(scenario, {"new_money": "100,200"}).save(path)
    path.with_suffix(".json").write_text('{"title": "a run"}')
    assert problems_of(allocate.load_sweep, path) == [
        f"{path}: is not what a sweep writes ('sweep'); run it again"
    ]


def test_a_name_that_is_a_measure_too_is_told_apart(tmp_path: Path) -> None:
    book = "title: T\nparameters: {level: 1}\nrules: [{name: least, floor: baseline * level}]\n"
    points = allocate.sweep(make_scenario(tmp_path, TABLE, book), {"level": "1,1.05"}).points
    assert points["level (varied)"].to_list() == [1.0, 1.05]
    assert points["level"].null_count() == 0


def test_only_tables_are_written(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.txt"
    (problem,) = problems_of(allocate.sweep, scenario, {"ceiling": "1%,2%"}, out=out)
    assert problem == f"{out}: is no table that can be written; name it .csv or .parquet"


def test_the_table_it_is_made_from_is_never_replaced(scenario: Path) -> None:
    table = scenario.with_name("areas.csv")
    (problem,) = problems_of(allocate.sweep, scenario, {"ceiling": "1%,2%"}, out=table)
    assert problem == f"{table}: would replace the scenario's own table; choose another --out"
    assert table.read_text() == TABLE


def test_the_record_says_what_was_run(scenario: Path) -> None:
    record = allocate.sweep(scenario, {"ceiling": "30%:60%"}, sample=4, seed=3).record
    assert record["allocate"] == allocate.__version__
    assert record["sweep"]["vary"] == {"ceiling": "30%:60%"}
    assert (record["sweep"]["sample"], record["sweep"]["seed"]) == (4, 3)
    assert record["scenario"]["budget"] == {"new_money": "300"}
    assert set(record["hashes"]) == {"areas", "rows", "scenario", "rules"}


# The command


def test_the_command_shows_points_and_writes_them(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "points.csv"
    done = command(str(scenario), "--vary", "new_money=-5,100,300", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")  # no progress bar in a pipe
    assert "3 points of new_money" in done.stdout
    assert "1 of 3 points failed:\n  the floors of areas and groups need" in done.stdout
    assert done.stdout.endswith(f"Written: {out}, {out.with_suffix('.json')}\n")
    assert json.loads(out.with_suffix(".json").read_text())["sweep"]["points"] == 3


def test_many_points_and_many_reasons_are_told_in_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_scenario(tmp_path, TABLE, "title: T\nrules: [{name: least, floor: 1}]\n")
    swept = allocate.sweep(path, {"least": "100:4300:13"})
    assert swept.failed.height == 9  # all above £1,267, a third of £3,800
    monkeypatch.setattr("allocate.sweeps.telling.SHOWN", 4)
    text = sweep_text(swept)
    points = text[: text.index("... and 9 more between them: --all shows them, --out FILE writes them.")]
    assert [line.split()[0] for line in points.splitlines()[5:]] == ["1", "5", "9", "13"]
    assert "... and 4 more reasons: see the column 'error' of --out FILE." in text


def test_the_progress_bar_is_for_terminals(scenario: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        run = [sys.executable, "-m", "allocate", "sweep", str(scenario), "--vary", "new_money=100:300:3"]
        done = subprocess.run(run, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True)
        shown = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "3/3" in shown
    assert b"100%" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--vary", "new_money"], "'new_money' is not name=values, such as new_money=1m:10m:19"),
        (["--vary", "ceiling=1", "--vary", "ceiling=2"], "'ceiling' is given twice"),
        (["--vary", "nonsense=1,2"], "error: nonsense: is nothing that can be varied"),
        (["--vary", "ceiling=1", "--areas"], "--areas goes with --out FILE"),
        ([], "Missing option '--vary'"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(arguments: list[str], problem: str) -> None:
    done = command("llr", *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_what_takes_long_goes_on_in_workers(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allocate.sweeps import pools

    handed_over: list[int] = []

    def in_workers(setup: Any, points: Any, workers: int) -> Any:
        handed_over.append(len(points))
        return pools.in_process(setup, points)

    monkeypatch.setattr(pools, "in_workers", in_workers)
    monkeypatch.setattr(pools, "PATIENCE", 0.0)
    monkeypatch.setattr(pools, "WORTHWHILE", 0.0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    vary = {"new_money": "100:1k:9"}
    made = allocate.sweep(scenario, vary, workers=None)
    assert handed_over == [8]
    assert made.points.equals(allocate.sweep(scenario, vary).points)

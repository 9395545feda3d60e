"""The Python API: what a program that embeds allocate can rely on."""

from __future__ import annotations

import decimal
import errno
import inspect
import locale
import logging
import os
import pickle
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from helpers import make_scenario

import allocate

ROWS: dict[str, list[Any]] = {
    "code": ["B", "A", "C"],
    "list": [1000, 1000, 2000],
    "funding": [90_000.0, 60_000.0, 200_000.0],
    "place": ["north", "south", None],
}
ROLES = {"id": "code", "population": "list", "baseline": "funding"}
POT = 370_000
LEVELLED = [Decimal("90000.00"), Decimal("80000.00"), Decimal("200000.00")]


class ArrowOnly:
    """What a data frame of any other library looks like: a stream of Arrow, and nothing else."""

    def __init__(self) -> None:
        self._table = pa.table(ROWS)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


FRAMES = {
    "polars": lambda: pl.DataFrame(ROWS),
    "pandas": lambda: pd.DataFrame(ROWS, index=[7, 7, 9]),
    "pyarrow": lambda: pa.table(ROWS),
    "any Arrow stream": ArrowOnly,
}


def solve(frame: Any = None, **options: Any) -> allocate.Allocation:
    frame = pl.DataFrame(ROWS) if frame is None else frame
    return allocate.solve(frame, **{"rules": "level-up", "budget": POT, "columns": ROLES} | options)


class TestSolve:
    @pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
    def test_any_frame_that_exports_arrow(self, make: Any) -> None:
        result = solve(make())
        assert result.areas["id"].to_list() == ["B", "A", "C"]
        assert result.areas["allocation"].to_list() == LEVELLED

    @pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
    def test_the_frame_of_the_caller_is_unchanged(self, make: Any) -> None:
        frame = make()
        solve(frame, rules=[{"title": "x", "columns": {"list": "funding / 10"}}], where="place is not null")
        assert pl.DataFrame(frame).equals(pl.DataFrame(ROWS))
        assert type(frame) is type(make())

    def test_columns_named_as_their_roles_need_no_mapping(self) -> None:
        frame = pl.DataFrame(ROWS).rename({column: role for role, column in ROLES.items()})
        assert solve(frame, columns=None).areas["allocation"].to_list() == LEVELLED

    @pytest.mark.parametrize(
        "budget", [POT, "£370,000", Decimal(POT), {"new_money": "20k"}, {"growth": 20 / 350}]
    )
    def test_a_budget_may_be_written_in_many_ways(self, budget: Any) -> None:
        assert solve(budget=budget).budget == POT * 100

    def test_rules_may_be_a_book_a_mapping_or_several(self) -> None:
        mapping = {"title": "Most", "rules": [{"name": "most", "cap": "85_000"}]}
        book = allocate.Rulebook.model_validate(mapping)
        for rules in (mapping, book, ["level-up", mapping], [book]):
            result = solve(rules=rules, leave_unspent=True)
            assert result.areas["allocation"].to_list() == [
                Decimal(90_000),
                Decimal(80_000),
                Decimal(200_000),
            ]
            assert result.summary.held == {"most": 2}

    def test_still_a_function_once_it_has_run(self) -> None:
        solve()
        assert callable(allocate.solve)


class TestResult:
    def test_money_is_decimal_with_two_places(self) -> None:
        schema = solve().areas.schema
        for column in ("baseline", "target", "fair_share", "allocation", "gain"):
            assert schema[column] == pl.Decimal(18, 2)

    def test_the_summary(self) -> None:
        summary = solve().summary
        assert (summary.budget, summary.new_money, summary.gaining) == (37_000_000, 2_000_000, 1)
        assert summary.largest_gain == 2_000_000
        assert summary.level == 80.0
        assert summary.bound == {"baseline": 2}

    def test_an_explanation(self) -> None:
        explanation = solve().explain("A")
        assert explanation.area == "A"
        assert "It gets £80,000: £20,000 (33.33%) more than its baseline" in str(explanation)

    def test_saved_files_hold_the_table(self, tmp_path: Path) -> None:
        result = solve()
        result.save(tmp_path / "out")
        saved = pl.read_csv(tmp_path / "out" / "allocations.csv", schema=result.areas.schema)
        assert saved.equals(result.areas)
        assert (tmp_path / "out" / "run.json").is_file()

    def test_saving_replaces_all_files_or_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        tmp_path.joinpath("allocations.csv").write_text("yesterday's")
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(allocate.OutputError, match="No space left"):
                solve().save(tmp_path)
        tmp_path.joinpath("run.json").mkdir()
        with pytest.raises(allocate.OutputError, match=r"'run\.json' in it is a folder"):
            solve().save(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["allocations.csv", "run.json"]
        assert tmp_path.joinpath("allocations.csv").read_text() == "yesterday's"

    def test_a_scenario_is_loaded_by_name_or_path_and_run(self, tmp_path: Path) -> None:
        path = make_scenario(tmp_path, "id,population,baseline\nA,1,1\nB,1,2\n", None, budget=4)
        for name in (path, str(path), path.parent):
            scenario = allocate.load_scenario(name)
            assert allocate.run(scenario).amounts.tolist() == [200, 200]
        assert allocate.load_scenario("llr").invented
        assert allocate.run(path, budget=5).amounts.tolist() == [250, 250]
        assert allocate.run(path).amounts.tolist() == [200, 200]
        assert repr(allocate.run(path)) == "<Allocation 'Test': £4 for 2 areas>"
        (tmp_path / "empty").mkdir()
        with pytest.raises(
            allocate.InputError, match=r"empty: has no scenario\.yaml; see 'allocate new' for a"
        ):
            allocate.load_scenario(tmp_path / "empty")

    def test_a_rule_book_may_be_made_of_parts_of_another(self) -> None:
        one = allocate.Rulebook(title="One", parameters={"more": "1%"})
        other = allocate.Rulebook(
            title="Other", parameters=one.parameters, rules=[{"name": "r", "floor": "funding * (1 + more)"}]
        )
        assert solve(rules=other, budget=None).budget == 353_500_00


class TestErrors:
    @pytest.mark.parametrize(
        ("call", "kind", "problem"),
        [
            (lambda: allocate.load_scenario("lrl"), allocate.InputError, "there is no scenario 'lrl'"),
            (
                lambda: allocate.run("llr", budget="lots"),
                allocate.InputError,
                "budget: 'lots' is not a number",
            ),
            (lambda: allocate.run("llr", parameters={"x": 1}), allocate.DocumentError, "no parameter 'x'"),
            (lambda: solve(budget="lots"), allocate.InputError, "budget.total: 'lots' is not a number"),
            (
                lambda: solve(budgit=1),
                allocate.InputError,
                "unknown key 'budgit'; did you mean 'budget'?",
            ),
            (
                lambda: solve(budget={"new": 1}),
                allocate.InputError,
                "budget: unknown key 'new'; known here: growth, new_money, total",
            ),
            (
                lambda: solve(parameters=3),
                allocate.InputError,
                "parameters: must be a mapping; write it as 'key: value' lines",
            ),
            (
                lambda: solve(leave_unspent="maybe"),
                allocate.InputError,
                "leave_unspent: must be true or false",
            ),
            (
                lambda: solve(budget="1e99"),
                allocate.InputError,
                "budget.total: £1E+99 is not an amount that can be",
            ),
            (
                lambda: solve(budget="1e9999999999999999999"),
                allocate.InputError,
                "budget.total: '1e9999999999999999999' is not a number",
            ),
            (lambda: solve(parameters={"x": True}), allocate.InputError, "parameters.x.value: must be text"),
            (lambda: solve(leave_unspent=None), allocate.InputError, "leave_unspent: must be true or false"),
            (lambda: solve(round_to=0), allocate.InputError, "round_to: must be £0.01 or more; 0.01, 1, 100"),
            (lambda: solve(rules="levelup"), allocate.InputError, "did you mean 'level-up'?"),
            (
                lambda: solve(rules={"title": "x", "target": "lst"}),
                allocate.ExpressionError,
                "did you mean 'list'?",
            ),
            (lambda: solve(object()), allocate.TableError, "frame: is not a table"),
            (lambda: solve(columns={}), allocate.TableError, "no column is named as the id"),
            (lambda: solve(budget=1), allocate.BudgetTooSmall, "£349,999 more than the pot"),
            (lambda: solve().explain("D"), allocate.InputError, "there is no area 'D'; known here: A, B, C"),
            (lambda: solve().save(__file__), allocate.OutputError, "cannot be written"),
        ],
    )
    def test_each_kind_has_its_type_and_says_what_is_wrong(self, call: Any, kind: type, problem: str) -> None:
        with pytest.raises(allocate.AllocateError) as caught:
            call()
        assert type(caught.value) is kind
        assert problem in str(caught.value)
        assert all(each.what for each in caught.value.problems)

    def test_they_go_from_process_to_process(self) -> None:
        with pytest.raises(allocate.ExpressionError) as caught:
            solve(rules={"title": "x", "target": "lst"})
        again = pickle.loads(pickle.dumps(caught.value))
        assert type(again) is allocate.ExpressionError
        assert again.problems == caught.value.problems

    def test_input_that_cannot_be_used_is_told_from_rules_that_cannot_hold(self) -> None:
        assert not issubclass(allocate.BudgetTooSmall, allocate.InputError)
        assert {allocate.InputError.exit_status, allocate.OutputError.exit_status} == {2}
        assert {allocate.RulesCannotHold.exit_status, allocate.LimitsClash.exit_status} == {1}


class TestManners:
    def test_every_public_name_is_there_and_documented(self) -> None:
        for name in allocate.__all__:
            assert inspect.getdoc(getattr(allocate, name)), name
        assert set(allocate.__all__) <= set(dir(allocate))
        assert (Path(allocate.__file__).parent / "py.typed").is_file()
        with pytest.raises(AttributeError, match="solv"):
            allocate.solv  # noqa: B018

    def test_importing_it_imports_nothing_heavy(self) -> None:
        heavy = "{'click', 'highspy', 'numpy', 'polars', 'pulp', 'pydantic', 'yaml'} & set(sys.modules)"
        code = f"import sys, allocate; print(sorted({heavy}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"

    @pytest.mark.parametrize("arguments", ["--help", "rules list", "scenarios list", "run --help"])
    def test_commands_that_compute_nothing_import_nothing_heavy(self, arguments: str) -> None:
        code = (
            "import sys, allocate.cli\n"
            f"try: allocate.cli.main({arguments.split()})\n"
            "except SystemExit: pass\n"
            "print(sorted({'highspy', 'numpy', 'polars', 'pulp', 'pydantic', 'yaml'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.endswith("\n[]\n")

    def test_eight_threads_at_once_get_what_one_gets(self) -> None:
        alone = {money: solve(budget=money).areas for money in range(350_000, 350_008)}
        together = threading.Barrier(8, timeout=60)

        def run(money: int) -> pl.DataFrame:
            together.wait()
            return solve(budget=money).areas

        with ThreadPoolExecutor(8) as threads:
            for _ in range(5):
                found = dict(zip(alone, threads.map(run, alone), strict=True))
                assert all(found[money].equals(alone[money]) for money in alone)

    def test_the_decimal_context_of_the_caller_makes_no_difference(self) -> None:
        book = {"title": "x", "share_out": [{"name": "a", "amount": "12_345.67", "pro_rata": "list"}]}
        plain = solve(rules=book, budget="362_345.67")
        with decimal.localcontext(decimal.Context(prec=4, traps=[decimal.Inexact, decimal.FloatOperation])):
            assert solve(rules=book, budget="362_345.67").areas.equals(plain.areas)

    def test_it_prints_nothing_warns_of_nothing_and_changes_nothing(
        self, capfd: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        def state() -> tuple[Any, ...]:
            root = logging.getLogger()
            return locale.setlocale(locale.LC_ALL), str(decimal.getcontext()), root.level, list(root.handlers)

        before = state()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            result = allocate.run("llr")
            result.save(tmp_path)
            str(result.explain("P001"))
        assert result.summary.budget == 111_850_000_00
        assert capfd.readouterr() == ("", "")
        assert [str(each.message) for each in warned] == []
        assert state() == before

"""Saved runs checked without the solvers, and done again: what is right holds, every corruption is caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from helpers import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from test_routes import cases

import allocate
from allocate.cli import main
from allocate.errors import InputError, RulesCannotHold
from allocate.verifying.checks import Checks
from allocate.verifying.verdict import BREACHED

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = (
    "id,population,need,baseline,place,part,fifth\n"
    "A,1000,1.2,90000,n,n1,1\nB,2000,0.9,180000,n,n2,2\nC,1500,1.1,120000,s,s1,1\nD,900,1.0,99000,s,s2,2\n"
    "E,1200,1.3,100000,s,s1,1\nF,800,0.8,60000,n,n1,2\n"
)
NEED = "title: Rules\nneed: {index: need}\nrules:\n  - {name: slow, cap: baseline * 1.3}\n"
NESTED = NEED + "  - {name: places, by: place, of: growth, floor: 5_000}\n"
OVERLAPPING = NESTED + "  - {name: fifths, by: fifth, of: growth, floor: 8_000}\n"
PARITY = (
    NEED + "  - {name: parity, across: fifth = 1, compared_with: everyone, per: population, floor: 95%}\n"
)
BOOKS = {"closed form": NEED, "nested": NESTED, "linear programme": OVERLAPPING}


def saved(folder: Path, book: str, **keys: Any) -> Path:
    """A finished run in a folder."""
    scenario = make_scenario(folder / "scenario", TABLE, book, budget={"new_money": 30_000}, **keys)
    allocate.run(scenario).save(folder / "run")
    return folder / "run"


def breached(run: Path, allocations: Path | None = None) -> list[str]:
    """The checks that do not hold."""
    return [each.what for each in allocate.verify(run, allocations).checks if each.verdict == BREACHED]


@pytest.mark.parametrize("book", [*BOOKS.values(), PARITY])
def test_what_the_solvers_find_holds(tmp_path: Path, book: str) -> None:
    verdict = allocate.verify(saved(tmp_path, book))
    assert verdict.holds, str(verdict)
    assert verdict.table.height == len(verdict.checks) >= 8


@given(cases())
@settings(max_examples=100)
def test_every_allocation_passes(case: tuple[Any, Any, Any]) -> None:
    frame, book, options = case
    try:
        found = allocate.solve(frame, book, **options)
    except RulesCannotHold:
        return
    checks = Checks(found.funded, found.amounts, found.limits).all()
    assert not [str(each) for each in checks if each.verdict == BREACHED]


@given(cases(), st.data())
@settings(max_examples=100)
def test_a_transfer_to_a_better_funded_area_is_caught(
    case: tuple[Any, Any, Any], data: st.DataObject
) -> None:
    frame, book, options = case
    try:
        found = allocate.solve(frame, {**book, "share_out": None, "rules": []}, **options)
    except RulesCannotHold:
        return
    gains = np.flatnonzero(found.gains > 0)
    if gains.size == 0 or found.amounts.size < 2:
        return
    giver = int(data.draw(st.sampled_from(gains.tolist())))
    to = data.draw(st.integers(0, found.amounts.size - 1).filter(lambda at: at != giver))
    unit = found.prepared.unit
    amounts = found.amounts.copy()
    moved = min(3 * unit, int(found.gains[giver]) // unit * unit)
    amounts[giver], amounts[to] = amounts[giver] - moved, amounts[to] + moved
    if moved < 3 * unit:
        return
    assert any(each.verdict == BREACHED for each in Checks(found.funded, amounts, found.limits).all())


def rewrite(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Path], None]:
    def corrupt(run: Path) -> None:
        path = run / "allocations.csv"
        frame = pl.read_csv(path, schema_overrides={"allocation": pl.Decimal(18, 2)})
        change(frame).write_csv(path)

    return corrupt


def add(**pence: int) -> Callable[[Path], None]:
    """So many pence more, or less, for some areas."""
    more = pl.Series([0])

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        nonlocal more
        more = pl.Series([pence.get(each, 0) for each in frame["id"]]).cast(pl.Decimal(18, 2)) / 100
        return frame.with_columns((pl.col("allocation") + more).cast(pl.Decimal(18, 2)))

    return rewrite(change)


def swap(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(allocation=pl.Series([frame["allocation"][at] for at in (1, 0, 2, 3, 4, 5)]))


def edit_record(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def corrupt(run: Path) -> None:
        record = json.loads((run / "run.json").read_text())
        change(record)
        (run / "run.json").write_text(json.dumps(record))

    return corrupt


def other_rule(record: dict[str, Any]) -> None:
    record["rules"][0]["rules"][0]["cap"] = "baseline * 1.01"


def edit_table(run: Path) -> None:
    frame = pl.read_parquet(run / "table.parquet")
    fewer = pl.Series(["80000", *frame["baseline"][1:].to_list()])
    frame.with_columns(baseline=fewer).write_parquet(run / "table.parquet")


CORRUPTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a penny more than the pot": (add(A=1), "the pot is given out, to the penny"),
    "a penny less than the pot": (add(C=-1), "the pot is given out, to the penny"),
    "below a baseline": (add(B=-10_000_00, C=10_000_00), "no area below its baseline"),
    "above a cap": (add(F=50_000_00, C=-50_000_00), "slow"),
    "two areas swapped": (rewrite(swap), "no area below its baseline"),
    "a smaller pot recorded": (
        edit_record(lambda record: record["totals_pence"].update(budget=67_000_000)),
        "the pot is given out, to the penny",
    ),
    "another rule in the book": (edit_record(other_rule), "the rules are those of the run"),
    "another baseline in the table": (edit_table, "the rows are those of the run"),
    "a level raised for one area": (add(A=500, E=-500), "no money could help a worse-funded area"),
}


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_caught(tmp_path: Path, name: str, book: str) -> None:
    run = saved(tmp_path, BOOKS[book])
    corrupt, what = CORRUPTIONS[name]
    corrupt(run)
    assert what in breached(run)


def test_a_penny_moved_is_caught_where_no_rule_ties_areas_together(tmp_path: Path) -> None:
    run = saved(tmp_path, "title: None\nneed: {index: need}\n")
    gaining = pl.read_csv(run / "allocations.csv").filter(pl.col("gain") > 0)["id"].to_list()
    add(**{gaining[0]: 1, gaining[1]: -1})(run)
    assert breached(run)


def test_floors_of_groups_are_checked(tmp_path: Path) -> None:
    run = saved(tmp_path, OVERLAPPING.replace("5_000", "14_000"))
    frame = pl.read_csv(run / "allocations.csv")
    north = frame.filter(pl.col("id").is_in(["A", "B", "F"]) & (pl.col("gain") > 100))["id"][0]
    south = frame.filter(pl.col("id").is_in(["C", "D", "E"]) & (pl.col("gain") > 100))["id"][0]
    add(**{north: -5_000, south: 5_000})(run)
    assert {"places", "no money could help a worse-funded area"} & set(breached(run))


def test_parity_is_checked_in_exact_fractions(tmp_path: Path) -> None:
    run = saved(tmp_path, PARITY.replace("95%", "100%"))
    assert breached(run) == []
    frame = pl.read_csv(run / "allocations.csv")
    deprived = frame.filter(pl.col("id").is_in(["A", "C", "E"]) & (pl.col("gain") > 3_000))["id"][0]
    add(**{deprived: -300_000, "B": 300_000})(run)
    assert "parity" in breached(run)


def test_amounts_typed_by_hand_are_read(tmp_path: Path) -> None:
    run = saved(tmp_path, NEED)
    rows = pl.read_csv(run / "allocations.csv", schema_overrides={"allocation": pl.String})
    typed = [
        f" {name} ;£{float(amount):,.2f} " for name, amount in rows.select("id", "allocation").iter_rows()
    ]
    text = "\ufeffID;Allocation\n" + "\n".join(reversed(typed)) + "\n"
    (tmp_path / "typed.csv").write_text(text.replace(",", "").replace(";", ","), encoding="utf-8")
    assert allocate.verify(run, tmp_path / "typed.csv").holds


def test_every_row_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    run = saved(tmp_path, NEED)
    (tmp_path / "typed.csv").write_text("id,allocation\nA,1\nA,2\nX,3\nB,lots\nC,1.005\n")
    with pytest.raises(InputError) as caught:
        allocate.verify(run, tmp_path / "typed.csv")
    told = [str(each) for each in caught.value.problems]
    assert len(told) == 4
    assert "row 3, column 'id': 'A' is there twice" in told[0]
    assert "row 5, column 'allocation': 'lots' is no amount" in told[2]


@pytest.mark.parametrize(
    ("corrupt", "status"), [(None, 0), (add(A=1), 1), (lambda run: (run / "run.json").unlink(), 2)]
)
def test_the_command_line_says_it_by_its_status(
    tmp_path: Path, corrupt: Callable[[Path], None] | None, status: int
) -> None:
    run = saved(tmp_path, NESTED)
    if corrupt is not None:
        corrupt(run)
    result = CliRunner().invoke(main, ["verify", str(run)])
    assert result.exit_code == status
    as_json = CliRunner().invoke(main, ["verify", str(run), "--json"])
    assert status == 2 or json.loads(as_json.stdout)["holds"] == (status == 0)


@pytest.mark.parametrize(
    ("part", "value"),
    [("totals_pence", None), ("gave_way", 5), ("rules", 5), ("rules", [{"title": "T"}]), ("scenario", "llr")],
)
@pytest.mark.parametrize("command", ["verify", "rerun"])
def test_a_damaged_record_is_said_in_one_line(tmp_path: Path, command: str, part: str, value: Any) -> None:
    run = saved(tmp_path, NEED)
    edit_record(lambda record: record.update({part: value}))(run)
    result = CliRunner().invoke(main, [command, str(run)])
    if part == "gave_way" and command == "rerun":  # which it finds again by itself
        assert result.exit_code == 0
        return
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) == 1
    assert "run.json" in result.stderr
    assert part in result.stderr


def test_a_rule_book_damaged_in_the_record_is_said_to_be_there(tmp_path: Path) -> None:
    run = saved(tmp_path, NEED)
    edit_record(lambda record: record["rules"][0].update(ruls=[]))(run)
    result = CliRunner().invoke(main, ["verify", str(run)])
    assert result.exit_code == 2
    assert "run.json: rules:1:1: unknown key 'ruls'; did you mean 'rules'?" in result.stderr


def test_rules_that_gave_way_are_checked_as_far_as_they_did(tmp_path: Path) -> None:
    rule = "  - {name: grow, floor: baseline * 1.5, if_unaffordable: scale}\n"
    run = saved(tmp_path, "title: Scale\nneed: {index: need}\nrules:\n" + rule)
    assert json.loads((run / "run.json").read_text())["gave_way"]
    assert breached(run) == []


class TestRerun:
    @pytest.mark.parametrize("book", BOOKS.values())
    def test_the_same_again(self, tmp_path: Path, book: str) -> None:
        found = allocate.rerun(saved(tmp_path, book))
        assert found.same
        assert found.changes == ()

    def test_with_parameters_changed_on_the_command_line(self, tmp_path: Path) -> None:
        CliRunner().invoke(
            main, ["run", "llr", "--set", "place_growth=2%", "--budget", "113m", "--out", str(tmp_path)]
        )
        assert allocate.rerun(tmp_path).same

    def test_what_changed_is_said(self, tmp_path: Path) -> None:
        run = saved(tmp_path, NEED)
        edit_table(run)
        result = CliRunner().invoke(main, ["rerun", str(run)])
        assert result.exit_code == 1
        assert "The rows of the table changed" in result.stdout
        assert "DIFFERENT for" in result.stdout

    def test_years_cannot_be_run_again_from_their_folder(self, tmp_path: Path) -> None:
        allocate.run_years("llr-five-years").save(tmp_path)
        result = CliRunner().invoke(main, ["rerun", str(tmp_path)])
        assert result.exit_code == 2
        assert "is of several years" in result.stderr

    def test_another_order_of_rows_and_another_number_of_threads_give_the_same(self, tmp_path: Path) -> None:
        shuffled = TABLE.splitlines()
        shuffled[1:] = shuffled[:0:-1]
        first = pl.read_csv(saved(tmp_path / "a", OVERLAPPING) / "allocations.csv").sort("id")
        scenario = make_scenario(
            tmp_path / "b", "\n".join(shuffled) + "\n", OVERLAPPING, budget={"new_money": 30_000}
        )
        for threads, seed in (("1", "0"), ("2", "7")):
            environment = {**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": seed}
            out = tmp_path / f"out{threads}"
            command = [sys.executable, "-m", "allocate", "run", str(scenario), "--out", str(out)]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            assert pl.read_csv(out / "allocations.csv").sort("id").equals(first)

    def test_another_python_gives_the_same(self, tmp_path: Path) -> None:
        here = Path(sys.prefix).resolve()
        others = [each for each in here.parent.glob(".venv*/bin/python") if here not in each.parents]
        if not others:
            pytest.skip("there is no other Python with allocate beside this one")
        run = saved(tmp_path, OVERLAPPING)
        for other in others:
            done = subprocess.run(
                [other, "-m", "allocate", "rerun", str(run)], capture_output=True, text=True, check=False
            )
            if "No module named" in done.stderr:
                continue
            assert done.returncode == 0, done.stdout + done.stderr
            assert "The same pennies for all 6 areas." in done.stdout

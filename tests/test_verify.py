"""Saved runs proven and repeated: what is right holds, every corruption of a folder or a file is caught."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner
from helpers import make_scenario, problems_of

import allocate
from allocate.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = (
    "id,population,need,baseline,place,part,fifth\n"
    "A,1000,1.2,90000,n,n1,1\nB,2000,0.9,180000,n,n2,2\nC,1500,1.1,120000,s,s1,1\nD,900,1.0,99000,s,s2,2\n"
    "E,1200,1.3,100000,s,s1,1\nF,800,0.8,60000,n,n1,2\n"
)
NEED = "title: Rules\nneed: {index: need}\nrules:\n  - {name: slow, cap: baseline * 1.3}\n"
NESTED = NEED + "  - {name: places, by: place, of: growth, floor: 14_000}\n"
OVERLAPPING = NESTED + "  - {name: fifths, by: fifth, of: growth, floor: 8_000}\n"
BOOKS = {"closed form": NEED, "nested": NESTED, "linear programme": OVERLAPPING}


def saved(folder: Path, book: str = OVERLAPPING, table: str = TABLE, **keys: Any) -> Path:
    """A finished run in a folder, beside its scenario."""
    scenario = make_scenario(folder / "scenario", table, book, budget={"new_money": 30_000}, **keys)
    allocate.run(scenario).save(folder / "run")
    return folder / "run"


def breached(run: Path, *given: Any, **options: Any) -> dict[str, str]:
    """The checks that do not hold, with what they say."""
    return {each.what: each.says for each in allocate.verify(run, *given, **options).breached}


def amounts(run: Path) -> pl.DataFrame:
    columns = {"id": pl.String, "allocation": pl.Decimal(18, 2)}
    return pl.read_csv(run / "allocations.csv", schema_overrides=columns)


def on_pennies(change: Callable[[dict[str, int]], None]) -> Callable[[Path], None]:
    """Change what areas get in ``allocations.csv``, in pence by id."""

    def corrupt(run: Path) -> None:
        frame = amounts(run)
        pence = {area: int(money * 100) for area, money in frame.select("id", "allocation").iter_rows()}
        change(pence)
        money = pl.Series([pence[area] for area in frame["id"]]).cast(pl.Decimal(18, 2)) / 100
        frame.with_columns(allocation=money.cast(pl.Decimal(18, 2))).write_csv(run / "allocations.csv")

    return corrupt


def add(**more: int) -> Callable[[Path], None]:
    return on_pennies(lambda pence: pence.update({area: pence[area] + more[area] for area in more}))


def on_json(file: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def corrupt(run: Path) -> None:
        content = json.loads((run / file).read_text())
        change(content)
        (run / file).write_text(json.dumps(content))

    return corrupt


def put(content: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path, such as ``tranches/0/level``."""
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    part: Any = content
    for step in steps:
        part = part[step]
    part[last] = value


def on_text(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Change a file that the run was made from."""

    def corrupt(run: Path) -> None:
        path = run.parent / "scenario" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return corrupt


def edit_table(run: Path) -> None:
    frame = pl.read_parquet(run / "table.parquet")
    fewer = pl.Series(["80000", *frame["baseline"][1:].to_list()])
    frame.with_columns(baseline=fewer).write_parquet(run / "table.parquet")


def steeper(record: dict[str, Any]) -> None:
    record["rules"][0]["rules"][0]["cap"] = "baseline * 1.01"


CORRUPTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a penny more than the pot": (add(A=1), "the pot"),
    "a penny less than the pot": (add(C=-1), "the pot"),
    "a penny moved": (add(A=1, C=-1), "rounding"),
    "below a baseline": (add(B=-10_000_00, C=10_000_00), "baseline"),
    "above a cap": (add(F=50_000_00, C=-50_000_00), "slow"),
    "two areas swapped": (on_pennies(lambda pence: pence.update(A=pence["B"], B=pence["A"])), "baseline"),
    "a level raised for one area": (add(A=500, E=-500), "rounding"),
    "a level raised in the certificate": (
        on_json(
            "certificate.json", lambda found: found["tranches"][0].update(level=99.0, steps=[], groups=[])
        ),
        "level up",
    ),
    "a smaller pot recorded": (
        on_json("run.json", lambda record: record["scenario"].update(budget={"new_money": "29999.99"})),
        "the pot",
    ),
    "another rule in the record": (on_json("run.json", steeper), "rules in run.json"),
    "another baseline in the copy of the table": (edit_table, "rows in table.parquet"),
    "amounts that are not those of the run": (add(A=1, C=-1), "allocations in allocations.csv"),
    "a pot below the floors recorded": (
        on_json("run.json", lambda record: record["scenario"].update(budget={"total": 1})),
        "share-out",
    ),
    "a stale rule book": (on_text("book.yaml", "baseline * 1.3", "baseline * 1.2"), "book.yaml"),
    "a changed table": (on_text("areas.csv", "B,2000,0.9", "B,2001,0.9"), "areas.csv"),
    "a changed scenario": (
        on_text("scenario.yaml", "title: Test", "title: Test\nwhere: fifth = 1"),
        "scenario.yaml",
    ),
    "a scenario that cannot be read": (on_text("scenario.yaml", "title: Test", "title: ["), "scenario.yaml"),
    "a column of another name": (on_text("areas.csv", ",part,", ",portion,"), "areas.csv"),
    "a number that is text now": (on_text("areas.csv", "n,n1,1", "n,n1,one"), "areas.csv"),
    "an area gone from the table": (on_text("areas.csv", "F,800,0.8,60000,n,n1,2\n", ""), "areas.csv"),
    "a rule book that is no more": (lambda run: (run.parent / "scenario/book.yaml").unlink(), "book.yaml"),
}


class TestVerify:
    @pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
    def test_what_was_saved_holds(self, tmp_path: Path, book: str) -> None:
        run = saved(tmp_path, book)
        verdict = allocate.verify(run)
        assert verdict.holds, verdict.breached
        assert verdict.complete
        assert verdict.table.height == len(verdict.checks)
        assert {"slow", "baseline", "the pot", "level up", "rounding"} <= set(verdict.table["what"])
        assert allocate.verify(allocate.run(run.parent / "scenario")).holds

    @pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
    @pytest.mark.parametrize("name", CORRUPTIONS)
    def test_every_corruption_is_caught(self, tmp_path: Path, name: str, book: str) -> None:
        run = saved(tmp_path, book)
        corrupt, what = CORRUPTIONS[name]
        corrupt(run)
        assert what in breached(run)

    def test_it_says_what_has_changed(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_text("areas.csv", "B,2000,0.9", "B,2001,0.9")(run)
        assert breached(run) == {"areas.csv": "has changed since the run: 'population' of B"}
        assert breached(run, alone=True) == {}

    def test_a_verdict_and_a_run_again_print_themselves(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        alone = str(allocate.verify(allocate.run(run.parent / "scenario")))
        assert "it holds: 9 lines checked on 6 areas" in alone
        assert "Unchanged" not in alone
        assert "Unchanged" in str(allocate.verify(run))
        assert "the pennies are the same" in str(allocate.rerun(run))

    def test_a_run_that_does_not_say_what_it_was_made_from_stands_for_itself(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        (run / "inputs.json").write_text("[]")
        on_text("areas.csv", "B,2000,0.9", "B,2001,0.9")(run)
        assert breached(run) == {}

    def test_a_table_that_was_only_saved_again_has_not_changed(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        header, *rows = TABLE.splitlines()
        again = "\r\n".join([header, *reversed(rows), ""]).replace("1000,1.2", " 1000.00 ,1.20")
        (tmp_path / "scenario" / "areas.csv").write_text(again, encoding="utf-8-sig", newline="")
        verdict = allocate.verify(run)
        assert verdict.holds, verdict.breached
        (line,) = (each for each in verdict.checks if each.what == "areas.csv")
        assert "saved again" in line.says

    def test_a_folder_stands_for_itself(self, tmp_path: Path) -> None:
        run = saved(tmp_path, where="place = 'n'")
        moved = shutil.move(run, tmp_path / "elsewhere" / "deep")
        shutil.rmtree(tmp_path / "scenario")
        assert allocate.verify(moved).holds
        assert allocate.rerun(moved).same

    def test_against_another_scenario(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        scenario = tmp_path / "scenario"
        assert breached(run, scenario=scenario) == {}
        on_text("book.yaml", "baseline * 1.3", "baseline * 1.05")(run)
        assert {"rules", "slow"} <= set(breached(run, scenario=scenario))

    def test_rules_that_gave_way(self, tmp_path: Path) -> None:
        rule = "  - {name: grow, floor: baseline * 1.5, if_unaffordable: scale}\n"
        run = saved(tmp_path, "title: Scale\nneed: {index: need}\nrules:\n" + rule)
        verdict = allocate.verify(run)
        assert verdict.holds, verdict.breached
        (line,) = (each for each in verdict.checks if each.what == "grow")
        assert "gave way" in line.says

    @pytest.mark.parametrize(("corrupt", "status"), [(None, 0), (add(A=1), 1), (edit_table, 1)])
    def test_the_command_line_says_it_by_its_status(
        self, tmp_path: Path, corrupt: Callable[[Path], None] | None, status: int
    ) -> None:
        run = saved(tmp_path)
        if corrupt is not None:
            corrupt(run)
        result = CliRunner().invoke(main, ["verify", str(run)])
        assert result.exit_code == status
        assert ("it holds" in result.stdout) == (status == 0)
        as_json = CliRunner().invoke(main, ["verify", str(run), "--json"])
        assert json.loads(as_json.stdout)["holds"] == (status == 0)

    @pytest.mark.parametrize("file", ["run.json", "certificate.json", "table.parquet", "allocations.csv"])
    def test_a_folder_without_a_file_is_told(self, tmp_path: Path, file: str) -> None:
        run = saved(tmp_path)
        (run / file).unlink()
        result = CliRunner().invoke(main, ["verify", str(run)])
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")

    @pytest.mark.parametrize("command", ["verify", "rerun"])
    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("rules", 5),
            ("rules", [{"title": "T"}]),
            ("scenario", 5),
            ("scenario", None),
            ("hashes", []),
            ("hashes", "x"),
            ("versions", None),
        ],
    )
    def test_a_damaged_record_is_said_in_one_line(
        self, tmp_path: Path, command: str, part: str, value: Any
    ) -> None:
        run = saved(tmp_path)
        on_json("run.json", lambda record: record.update({part: value}))(run)
        result = CliRunner().invoke(main, [command, str(run)])
        assert result.exit_code == 2, result.output
        assert len(result.stderr.strip().splitlines()) == 1
        assert f"run.json: '{part}' is not what a run writes" in result.stderr

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("tranches/0/steps/0/prices/rows/0/0", 99),
            ("tranches/0/steps/0/prices/pot", float("nan")),
            ("tranches/0/steps/0/stopped/0", 7),
            ("rounding/cells/0", []),
            ("tranches/0/placed_pence", "lots"),
        ],
    )
    def test_a_damaged_certificate_is_said_in_one_line(self, tmp_path: Path, path: str, value: Any) -> None:
        run = saved(tmp_path)
        on_json("certificate.json", lambda found: put(found, path, value))(run)
        result = CliRunner().invoke(main, ["verify", str(run)])
        assert result.exit_code == 2, result.output
        (line,) = result.stderr.strip().splitlines()
        assert "certificate.json: is no certificate of these areas and rules (" in line

    def test_a_rule_book_damaged_in_the_record_is_said_to_be_there(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_json("run.json", lambda record: record["rules"][0].update(ruls=[]))(run)
        result = CliRunner().invoke(main, ["verify", str(run)])
        assert result.exit_code == 2
        assert "run.json" in result.stderr
        assert "unknown key 'ruls'; did you mean 'rules'?" in result.stderr

    def test_what_is_no_run_is_told(self, tmp_path: Path) -> None:
        (problem,) = problems_of(allocate.verify, tmp_path)
        assert "is no saved run; give a folder that 'allocate run --out' wrote" in problem
        run = saved(tmp_path)
        for content in ("{}", "[]"):
            (run / "run.json").write_text(content)
            (problem,) = problems_of(allocate.verify, run)
            assert problem == f"{run / 'run.json'}: is not the record of a run; run it again"

    def test_a_run_that_fails_its_proof_is_not_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = allocate.run("starter")
        result.shared.amounts[0] += 100
        result.shared.amounts[1] -= 100
        with pytest.raises(allocate.ProofFailed, match="please report this"):
            result.save(tmp_path / "run")
        assert not (tmp_path / "run").exists()


def typed(run: Path, file: Path, write: Callable[[str, float], str], header: str = "ID , Allocation") -> Path:
    """What somebody typed: other columns, another order of rows."""
    rows = [write(area, float(money)) for area, money in amounts(run).select("id", "allocation").iter_rows()]
    random.Random(1).shuffle(rows)
    file.write_text("\ufeff" + "\r\n".join([header, *rows]) + "\r\n", encoding="utf-8")
    return file


WRITTEN: dict[str, Callable[[str, float], str]] = {
    "plain": lambda area, money: f"{area},{money:.2f}",
    "pounds and commas": lambda area, money: f'{area},"£{money:,.2f}"',
    "spaces": lambda area, money: f'  {area} ," £ {money:,.2f} "',
    "computed": lambda area, money: f"{area},{money + 3e-10:.10f}",
}


class TestTyped:
    @pytest.mark.parametrize("name", WRITTEN)
    def test_amounts_are_read_as_people_write_them(self, tmp_path: Path, name: str) -> None:
        run = saved(tmp_path)
        file = typed(run, tmp_path / "typed.csv", WRITTEN[name])
        verdict = allocate.verify(run, file)
        assert verdict.holds, verdict.breached
        assert allocate.verify(run.parent / "scenario", file).holds  # without a run: its certificate is made

    def test_in_excel(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        frame = (
            amounts(run)
            .select(id="id", allocation=pl.col("allocation").cast(float))
            .sort("id", descending=True)
        )
        frame.write_excel(tmp_path / "typed.xlsx")
        assert allocate.verify(run, tmp_path / "typed.xlsx").holds
        assert allocate.verify(run, frame).holds
        assert not allocate.verify(run, frame.with_columns(pl.col("allocation").reverse())).holds

    def test_a_penny_typed_wrongly_is_found(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        file = typed(
            run, tmp_path / "typed.csv", lambda area, money: f"{area},{money + 0.01 * (area == 'C'):.2f}"
        )
        result = CliRunner().invoke(main, ["verify", str(run), "--allocations", str(file)])
        assert result.exit_code == 1
        assert "the pot" in result.stdout

    def test_every_row_that_cannot_be_used_is_told(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        rows = ["A,1", "A,2", "X,3", "B,lots", "C,1.005", ",7", "D,", "E,nan", "F,5%"]
        (tmp_path / "typed.csv").write_text("id,allocation\n" + "\n".join(rows) + "\n")
        told = problems_of(allocate.verify, run, tmp_path / "typed.csv")
        for part in (
            "row 3: 'A' is there twice, first in row 2; keep one row an area",
            "row 4: there is no area 'X' in the scenario",
            "row 5, column 'allocation' (B): 'lots' is not an amount; write it as 1234.50",
            "row 6, column 'allocation' (C): '1.005' has a fraction of a penny",
            "row 7: has no id",
            "row 8, column 'allocation' (D): is empty",
            "row 9, column 'allocation' (E): 'nan' is not an amount",
            "row 10, column 'allocation' (F): '5%' is not an amount",
        ):
            assert any(part in line for line in told), part
        assert len(told) == 8

    def test_of_very_many_problems_some_are_told(self, tmp_path: Path) -> None:
        strangers = pl.DataFrame({"id": [f"X{row}" for row in range(200)], "allocation": [1] * 200})
        told = problems_of(allocate.verify, saved(tmp_path), strangers)
        assert told[20] == "allocations: has 180 more problems like the last"
        assert told[21:] == [f"allocations: has no row for '{area}'; add it" for area in "ABCDEF"]

    def test_brackets_mean_less_than_nothing(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        file = typed(
            run,
            tmp_path / "typed.csv",
            lambda area, money: f'{area},"{f"({money:,.2f})" if area == "A" else money}"',
        )
        (line,) = (each for each in allocate.verify(run, file).breached if each.what == "baseline")
        assert (line.worst, line.by) == ("A", 186_000_00)

    def test_what_is_no_table_is_told(self, tmp_path: Path) -> None:
        (problem,) = problems_of(allocate.verify, saved(tmp_path), object())
        assert problem.startswith("allocations: is not a table (")
        assert problem.endswith("; give a data frame")

    @pytest.mark.parametrize("name", ["Total", "GRAND TOTAL", "Sum"])
    def test_a_row_of_totals_is_to_be_taken_out(self, tmp_path: Path, name: str) -> None:
        run = saved(tmp_path)
        file = typed(run, tmp_path / "typed.csv", WRITTEN["plain"])
        file.write_text(file.read_text() + f"{name},6000\n")
        (line,) = problems_of(allocate.verify, run, file)
        assert line.endswith(f"there is no area '{name}' in the scenario; take the row out")

    def test_a_table_without_the_columns_is_told(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        (tmp_path / "typed.csv").write_text("area,money\nA,1\n")
        (problem,) = problems_of(allocate.verify, run, tmp_path / "typed.csv")
        assert "has no column 'id' with the areas' ids" in problem


class TestRerun:
    @pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
    def test_the_same_again(self, tmp_path: Path, book: str) -> None:
        found = allocate.rerun(saved(tmp_path, book))
        assert found.same
        assert found.changes == ()

    def test_with_options_of_the_command_line(self, tmp_path: Path) -> None:
        options = ["--set", "place_growth=2%", "--budget", "113m", "--out", str(tmp_path)]
        assert CliRunner().invoke(main, ["run", "llr", *options]).exit_code == 0
        found = allocate.rerun(tmp_path)
        assert found.same
        assert found.changes == ()
        assert allocate.verify(tmp_path).holds

    def test_what_a_changed_copy_does_is_said(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        edit_table(run)
        result = CliRunner().invoke(main, ["rerun", str(run)])
        assert result.exit_code == 1
        assert "rows in table.parquet changed after the run wrote it" in result.stdout
        assert "the pennies are NOT the same" in result.stdout

    def test_a_changed_file_is_named_and_its_pennies_are_told(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_text("areas.csv", "C,1500,1.1", "C,1900,1.1")(run)
        found = allocate.rerun(run)
        assert not found.same
        assert found.different.is_empty()  # from the copies in the folder it is the same
        now = found.repeats[1].different
        assert "C" in now["id"]
        assert now["now"].sum() == now["was"].sum()
        assert found.changes == ("areas.csv has changed since the run: 'population' of C",)
        result = CliRunner().invoke(main, ["rerun", str(run)])
        assert result.exit_code == 1
        assert "areas get another amount, such as" in result.stdout
        assert CliRunner().invoke(main, ["rerun", str(run), "--alone"]).exit_code == 0

    def test_a_file_that_changes_no_penny(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_text("areas.csv", "n1,2\n", "n9,2\n")(run)
        found = allocate.rerun(run)
        assert found.same
        assert found.changes == ("areas.csv has changed since the run: 'part' of F",)

    def test_files_that_cannot_be_run_any_more(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        (tmp_path / "scenario" / "areas.csv").write_text("id\n")
        result = CliRunner().invoke(main, ["rerun", str(run)])
        assert result.exit_code == 1
        assert "cannot be done" in result.stdout
        as_json = json.loads(CliRunner().invoke(main, ["rerun", str(run), "--json"]).stdout)
        assert as_json["same"] is False

    def test_what_cannot_be_repeated_is_status_2(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_json("run.json", lambda record: record["scenario"].update(budget="1"))(run)
        for folder in (run, tmp_path / "nowhere"):
            result = CliRunner().invoke(main, ["rerun", str(folder)])
            assert result.exit_code == 2, result.stdout
            assert result.stderr.startswith("error: ")

    def test_years_cannot_be_repeated_from_their_folder(self, tmp_path: Path) -> None:
        allocate.run_years("llr-five-years").save(tmp_path)
        result = CliRunner().invoke(main, ["rerun", str(tmp_path)])
        assert result.exit_code == 2
        assert "is a run of several years" in result.stderr

    def test_other_versions_are_told(self, tmp_path: Path) -> None:
        run = saved(tmp_path)
        on_json("run.json", lambda record: record["versions"].update(numpy="1.0"))(run)
        found = allocate.rerun(run)
        assert found.same
        assert any(each.startswith("numpy was 1.0, is ") for each in found.changes)


@pytest.fixture(scope="module")
def made() -> allocate.Years:
    return allocate.run_years("llr-five-years")


class TestYears:
    def test_every_year_is_proven(self, tmp_path: Path, made: allocate.Years) -> None:
        made.save(tmp_path)
        verdict = allocate.verify(tmp_path)
        assert verdict.holds, verdict.breached
        assert verdict.complete
        assert {each.what.partition(":")[0] for each in verdict.checks} == {"rules", *made.labels}

    def test_a_penny_moved_in_some_year_is_found(self, tmp_path: Path, made: allocate.Years) -> None:
        made.save(tmp_path)
        text = (tmp_path / "years.csv").read_text()
        row = made.areas.row(150, named=True)
        begin, old = f"{row['year']},{row['id']},", f",{row['allocation']},"
        at = text.index(old, text.index(begin))
        (tmp_path / "years.csv").write_text(
            text[:at] + text[at:].replace(old, f",{float(row['allocation']) + 0.01:.2f},", 1)
        )
        broken = {each.what for each in allocate.verify(tmp_path).breached}
        assert f"{row['year']}: the pot" in broken

    def test_a_level_raised_in_some_year_is_found(self, tmp_path: Path, made: allocate.Years) -> None:
        made.save(tmp_path)

        def raised(found: dict[str, Any]) -> None:
            step = found["years"][made.labels[2]]["tranches"][0]["steps"][-1]
            step["level"] *= 1 + 1e-9

        on_json("certificate.json", raised)(tmp_path)
        broken = {each.what for each in allocate.verify(tmp_path).breached}
        assert f"{made.labels[2]}: level up" in broken

    def test_years_or_areas_that_are_not_the_scenarios_are_told(
        self, tmp_path: Path, made: allocate.Years
    ) -> None:
        made.save(tmp_path / "run")
        shorter = allocate.load_scenario("llr-five-years")
        path = make_scenario(tmp_path, "id\n", None)  # for its folder only
        table = shorter.folder / str(shorter.areas)
        text = (shorter.folder / "scenario.yaml").read_text().replace("to: 2025/26", "to: 2026/27")
        path.write_text(text.replace(str(shorter.areas), str(table.resolve())))
        broken = breached(tmp_path / "run", scenario=path)
        assert broken["years"].startswith("the scenario has other years: 2021/22, ")
        assert broken["years"].endswith(", 2025/26, 2026/27")
        rows = (tmp_path / "run" / "years.csv").read_text().splitlines(keepends=True)
        for content, which in ((rows[:-1], "P130"), ([*rows, rows[-1]], "some are twice")):
            (tmp_path / "run" / "years.csv").write_text("".join(content))
            (problem,) = problems_of(allocate.verify, tmp_path / "run")
            assert problem == (
                f"years.csv: has other areas in 2025/26 than the scenario ({which}); run the scenario again"
            )
        (tmp_path / "run" / "certificate.json").write_text("{}")
        (problem,) = problems_of(allocate.verify, tmp_path / "run")
        assert problem.endswith("has no certificates of several years; run the scenario again")

    @pytest.mark.parametrize("part", ["planned", "events", "tolerance", "asked"])
    def test_a_damaged_record_is_said_in_one_line(
        self, tmp_path: Path, made: allocate.Years, part: str
    ) -> None:
        made.save(tmp_path)
        on_json("run.json", lambda record: record["years"].pop(part))(tmp_path)
        (problem,) = problems_of(allocate.verify, tmp_path)
        assert problem == f"{tmp_path / 'run.json'}: is not what a run writes ('{part}'); run it again"

    def test_without_their_scenario_it_has_to_be_said(self, tmp_path: Path, made: allocate.Years) -> None:
        made.save(tmp_path)
        (tmp_path / "inputs.json").write_text("{}")
        (problem,) = problems_of(allocate.verify, tmp_path)
        assert "say where it is with --scenario" in problem
        result = CliRunner().invoke(main, ["verify", str(tmp_path), "--scenario", "llr-five-years"])
        assert result.exit_code == 0


class TestReproducible:
    def test_hashes_are_over_what_files_mean(self, tmp_path: Path) -> None:
        header, *rows = TABLE.splitlines()
        shuffled = "\r\n".join([header, *reversed(rows)]) + "\r\n"
        book = "rules:\n  - {cap: baseline * 1.3, name: slow}\ntitle: Rules\nneed: {index: need}\n"
        first, second = saved(tmp_path / "a", NEED), saved(tmp_path / "b", book, shuffled)
        one, other = (json.loads((run / "run.json").read_text())["hashes"] for run in (first, second))
        assert one.pop("areas") != other.pop("areas")  # of the file as it is
        assert one == other
        assert set(one) == {"rows", "scenario", "rules", "allocations"}

    @pytest.mark.parametrize(("threads", "seed"), [("1", "0"), ("2", "7")])
    def test_threads_hash_seeds_and_the_order_of_rows(self, tmp_path: Path, threads: str, seed: str) -> None:
        header, *rows = TABLE.splitlines()
        random.Random(int(seed)).shuffle(rows)
        expected = amounts(saved(tmp_path / "a")).sort("id")
        table = "\n".join([header, *rows]) + "\n"
        scenario = make_scenario(tmp_path / "b", table, OVERLAPPING, budget={"new_money": 30_000})
        environment = {**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "allocate", "run", str(scenario), "--out", str(tmp_path / "out")]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        assert amounts(tmp_path / "out").sort("id").equals(expected)

    @pytest.mark.parametrize("scenario", [None, "llr"])
    def test_another_python_gives_the_same(self, tmp_path: Path, scenario: str | None) -> None:
        """Every virtual environment beside this one repeats a run of this one, and proves it."""
        here = Path(sys.prefix).resolve()
        others = [each for each in here.parent.glob(".venv*/bin/python") if here not in each.parents]
        usable = [each for each in others if _has_what_is_needed(each)]
        if not usable:
            pytest.skip("there is no other Python with what allocate needs beside this one")
        run = tmp_path / "run"
        if scenario is None:
            run = saved(tmp_path)
        else:
            allocate.run(scenario).save(run)
        for other in usable:
            for command in ("rerun", "verify"):
                done = subprocess.run(
                    [other, "-m", "allocate", command, str(run)], capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stdout + done.stderr


def _has_what_is_needed(python: Path) -> bool:
    command = [python, "-c", "import click, highspy, numpy, polars, pulp, pydantic, yaml"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0

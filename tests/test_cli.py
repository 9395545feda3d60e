"""The command line, run as a process: what it prints, what it writes, how it fails."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from helpers import run

import allocate
from allocate.cli import HOMES

LLR = Path(__file__).parents[1] / "scenarios" / "llr"
RULES = Path(__file__).parents[1] / "rules"

COLUMNS = ["id", "population", "weighted_population", "need_index", "baseline", "target", "opening_distance"]
COLUMNS += ["fair_share", "allocation", "gain", "gain_percent", "closing_distance", "bound_by"]
MONEY = ("baseline", "target", "fair_share", "allocation", "gain")
COLOUR = "\x1b["


def run_on_terminal(*arguments: str | Path, columns: int = 80, **environment: str) -> list[str]:
    """Run the command line on a terminal of its own; returns the lines that it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "allocate", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=kept | environment,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65_536):
            shown += chunk
    except OSError:  # Linux says so when the other side has hung up
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0
    return shown.decode().splitlines()


def uncoloured(line: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", line)


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def problems(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The problems of a failed run, checked to be one line each on standard error and nothing else."""
    lines = done.stderr.splitlines()
    assert all(line.startswith("error: ") for line in lines)
    assert done.stdout == ""
    return [line.removeprefix("error: ") for line in lines]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that does not exist yet, two levels deep."""
    return tmp_path_factory.mktemp("run") / "of" / "today"


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    """What the default run prints."""
    return succeeded(run("run", "--out", out, PYTHONHASHSEED="1"))


@pytest.fixture(scope="module")
def written(out: Path, printed: str) -> Path:
    """The folder that the default run wrote."""
    return out


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A folder with three practices, not in the order of their ids, and a cap that is a parameter."""
    folder = tmp_path / "three practices"
    folder.mkdir()
    folder.joinpath("areas.csv").write_text(
        "practice,list,funding\nC,1000,90000.00\nA,1000,60000.01\nB,2000.5,200000\n"
    )
    folder.joinpath("ours.yaml").write_text(
        "title: Ours\nparameters: {ceiling: 25%}\n"
        "rules:\n  - {name: ceiling, cap: baseline * (1 + ceiling), source: the board}\n"
    )
    folder.joinpath("scenario.yaml").write_text(
        "title: Three practices\nareas: areas.csv\nrules: [ours.yaml]\nbudget: 370_000.01\n"
        "columns: {id: practice, population: list, baseline: funding}\n"
    )
    return folder


class TestRun:
    def test_the_summary_says_what_a_finance_director_asks(self, printed: str) -> None:
        facts = dict(re.findall(r"^  (\w+(?: \w+)?)  +(.+)$", printed, re.MULTILINE))
        assert facts["Pot"] == "£111,850,000 for 130 areas with 1,200,000 people"
        assert facts["New money"].startswith("£2,850,000 (+2.61%)")
        assert facts["Losing"] == "none: no area is below its baseline"
        assert set(facts) >= {"Gaining", "Before", "After", "Held by"}

    def test_invented_figures_are_called_so_wherever_they_are_printed(self, printed: str) -> None:
        for shown in (printed, run("explain", "llr", "P001").stdout, run("check").stdout):
            assert "INVENTED FIGURES" in shown

    def test_the_largest_gains_come_first(self, printed: str, written: Path) -> None:
        gains = sorted((Decimal(row["gain"]) for row in rows_of(written / "allocations.csv")), reverse=True)
        shown = [line.split() for line in printed.splitlines() if re.match(r"P\d", line)]
        assert all(f"{gain:,}" in line for gain, line in zip(gains[:15], shown, strict=True))
        assert "... and 115 more" in printed

    def test_all_areas_on_request(self) -> None:
        shown = succeeded(run("run", "--all"))
        assert len(re.findall(r"^P\d", shown, re.MULTILINE)) == 130

    def test_what_was_written_is_said(self, printed: str, written: Path) -> None:
        assert f"Written: {written / 'allocations.csv'}, {written / 'run.json'}" in printed
        assert sorted(file.name for file in written.iterdir()) == [
            "allocations.csv",
            "certificate.json",
            "inputs.json",
            "run.json",
            "table.parquet",
        ]

    def test_budget_and_parameters_from_the_command_line(self, scenario: Path) -> None:
        settings = ("--budget", "£390,000", "--set", "ceiling = 12.5%", "--set", "ceiling=60%")
        data = json.loads(succeeded(run("run", scenario, *settings, "--json")))
        assert data["totals_pence"]["budget"] == data["totals_pence"]["allocation"] == 390_000_00
        assert data["parameters"] == {"ceiling": 0.6}
        assert [row["allocation"] for row in data["areas"]] == [95_000.0, 95_000.0, 200_000.0]


class TestFiles:
    def test_the_columns_of_allocations(self, written: Path) -> None:
        rows = rows_of(written / "allocations.csv")
        assert [column for column in rows[0] if column in COLUMNS] == COLUMNS

    def test_areas_are_in_the_order_of_the_table(self, scenario: Path, written: Path, tmp_path: Path) -> None:
        succeeded(run("run", scenario, "--out", tmp_path))
        assert [row["id"] for row in rows_of(tmp_path / "allocations.csv")] == ["C", "A", "B"]
        given = [row["practice_code"] for row in rows_of(LLR / "areas.csv")]
        assert [row["id"] for row in rows_of(written / "allocations.csv")] == given

    def test_money_has_two_decimals(self, written: Path) -> None:
        rows = rows_of(written / "allocations.csv")
        assert all(re.fullmatch(r"\d+\.\d\d", row[column]) for row in rows for column in MONEY)

    def test_the_pot_closes_to_the_penny_and_nobody_loses(self, written: Path) -> None:
        rows = rows_of(written / "allocations.csv")
        money = {column: [Decimal(row[column]) for row in rows] for column in MONEY}
        assert sum(money["allocation"]) == sum(money["baseline"]) + 2_850_000
        assert all(gain >= 0 for gain in money["gain"])
        assert [a - b for a, b in zip(money["allocation"], money["baseline"], strict=True)] == money["gain"]

    def test_run_json_says_what_was_run_and_what_came_out(self, written: Path) -> None:
        data = json.loads((written / "run.json").read_text(encoding="utf-8"))
        assert data["totals_pence"] == {
            "baseline": 109_000_000_00,
            "allocation": 111_850_000_00,
            "budget": 111_850_000_00,
            "unspent": 0,
            "rounding": 0,
        }
        assert data["allocate"] == allocate.__version__
        assert data["summary"]["invented"] is True
        assert data["scenario"]["columns"]["population"] == "registered_patients"
        assert data["parameters"] == {
            "health_inequalities_share": 0.15,
            "deprived_share": 0.4,
            "place_growth": 0.01,
        }
        assert [each["group"] for each in data["groups"] if each["binds"]] == ["Leicestershire", "Rutland"]
        assert [book["title"] for book in data["rules"]] == [
            "NHS England primary medical care need",
            "Level up",
            "A share for the most deprived, and every place keeps pace",
        ]
        assert data["hashes"]["areas"] == hashlib.sha256((LLR / "areas.csv").read_bytes()).hexdigest()
        assert set(data["versions"]) == {"python", "polars", "numpy", "pulp", "highspy"}

    def test_json_prints_the_same_object_with_the_rows(self, written: Path) -> None:
        data = json.loads(succeeded(run("run", "llr", "--json")))
        rows = data.pop("areas")
        assert data == json.loads((written / "run.json").read_text(encoding="utf-8"))
        in_file = rows_of(written / "allocations.csv")
        assert [list(row) for row in rows] == [list(row) for row in in_file]
        assert [f"{row['allocation']:.2f}" for row in rows] == [row["allocation"] for row in in_file]

    def test_the_same_input_gives_the_same_bytes_from_any_folder(self, written: Path, tmp_path: Path) -> None:
        succeeded(run("run", LLR / "scenario.yaml", "--out", "again", folder=tmp_path, PYTHONHASHSEED="2"))
        for name in ("allocations.csv", "run.json"):
            assert (tmp_path / "again" / name).read_bytes() == (written / name).read_bytes()

    def test_a_run_that_fails_leaves_the_folder_as_it_was(self, scenario: Path, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        folder.mkdir()
        folder.joinpath("allocations.csv").write_text("yesterday's")
        assert run("run", scenario, "--out", folder, "--budget", "1").returncode == 1
        assert {file.name: file.read_text() for file in folder.iterdir()} == {
            "allocations.csv": "yesterday's"
        }

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        tmp_path.joinpath("file").write_text("in the way")
        done = run("run", "--out", tmp_path / "file" / "out")
        assert done.returncode == 2
        assert problems(done) == [
            f"{tmp_path / 'file' / 'out'}: cannot be written (Not a directory); choose another folder"
        ]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
    def test_standard_output_that_cannot_be_written(self) -> None:
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "allocate", "rules", "list"]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (2, "error: standard output: No space left on device\n")

    def test_a_reader_who_has_seen_enough_is_no_error(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "allocate", "rules", "list"]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writing)
        assert done.stderr == ""


class TestOtherCommands:
    def test_explain_tells_the_story_in_order(self, scenario: Path) -> None:
        story = succeeded(run("explain", scenario, "A"))
        titles = "People Need Today Fair share Guarantees Share-out Result What binds Next £1,000"
        chapters = re.findall(r"^  (\S.*?)  +", story, re.MULTILINE)
        assert " ".join(chapters) == titles
        assert "£75,000.01: £15,000 (25.00%) more than its baseline" in story
        assert "It says: cap baseline * (1 + ceiling). Source: the board. " in story
        assert "One more £1,000 in the pot would give it £0." in story

    def test_check_reports_without_allocating(self, scenario: Path) -> None:
        report = succeeded(run("check", scenario))
        assert "3 kept of 3 in areas.csv" in report
        assert re.search(r"^list +population +3 +100.0%$", report, re.MULTILINE)
        assert "No warnings." in report

    def test_check_lists_every_problem_of_the_data(self, scenario: Path) -> None:
        table = scenario / "areas.csv"
        table.write_text(table.read_text() + "A,-5,1\nD,*,1\n")
        done = run("check", scenario)
        assert done.returncode == 2
        assert "5 kept of 5" in done.stdout
        where = [line.partition(": ")[2] for line in done.stderr.splitlines()]
        assert [line.split(" (")[0] for line in where] == [
            "areas.csv row 3, column 'practice': 'A' is there twice; keep one row an area",
            "areas.csv row 5, column 'practice': 'A' is there twice; keep one row an area",
            "areas.csv row 6, column 'list'",
            "areas.csv row 5, column 'list'",
        ]

    def test_rules_are_listed_by_name_and_title(self) -> None:
        listed = succeeded(run("rules", "list")).splitlines()
        assert [line.split()[0] for line in listed] == sorted(book.stem for book in RULES.glob("*.yaml"))
        assert re.search(r"^level-up +Level up$", "\n".join(listed), re.MULTILINE)

    def test_a_rule_book_is_shown_as_a_person_would_read_it(self, scenario: Path) -> None:
        shown = succeeded(run("rules", "show", "ours.yaml", folder=scenario))
        assert "ceiling = 0.25" in shown
        assert "ceiling (cap): every area gets at most £ baseline * (1 + ceiling) [the board]" in shown

    def test_scenarios_are_listed(self) -> None:
        assert re.search(r"^llr +LLR .*invented", succeeded(run("scenarios", "list")), re.MULTILINE)

    def test_a_new_folder_is_ready_to_run(self, tmp_path: Path) -> None:
        assert "allocate run 'my work'" in succeeded(run("new", "my work", folder=tmp_path))
        assert "INVENTED FIGURES" in succeeded(run("run", "my work", folder=tmp_path))
        again = run("new", "my work", folder=tmp_path)
        assert again.returncode == 2
        assert problems(again) == ["my work: is there already; choose a new or empty folder"]

    @pytest.mark.parametrize(("document", "key"), [("rules", "share_out"), ("scenario", "round_to")])
    def test_the_schema_is_json(self, document: str, key: str) -> None:
        schema: dict[str, Any] = json.loads(succeeded(run("schema", document)))
        assert key in schema["properties"]
        assert schema["additionalProperties"] is False

    def test_version_and_help(self) -> None:
        assert succeeded(run("--version")) == f"allocate {allocate.__version__}\n"
        text = succeeded(run("--help"))
        for command in HOMES:
            assert re.search(rf"^  {command} +\w.*\.$", text, re.MULTILINE)
        assert "..." not in text.partition("Commands:")[2]


class TestFailing:
    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ("run lrl", "there is no scenario 'lrl'; did you mean 'llr'?"),
            ("run --budget lots", "budget: 'lots' is not a number; write an amount in £ such as 2_850_000"),
            (
                "run --budget 3%",
                "budget: '3%' is a share, not an amount in £; for the budget write {growth: 3%}",
            ),
            (
                "run --set deprived=1",
                "there is no parameter 'deprived'; did you mean 'deprived_share'?",
            ),
            ("explain llr p014", "there is no area 'p014'; did you mean 'P014'?"),
            ("rules show levelup", "there is no rule book 'levelup'; did you mean 'level-up'?"),
        ],
    )
    def test_bad_input_is_status_2_and_says_what_to_do(self, arguments: str, problem: str) -> None:
        done = run(*arguments.split())
        assert (done.returncode, problems(done)) == (2, [problem])

    @pytest.mark.parametrize("arguments", ["run --set ceiling", "run --bugdet 5", "explain llr", "allocate"])
    def test_bad_usage_is_status_2(self, arguments: str) -> None:
        done = run(*arguments.split())
        assert (done.returncode, done.stdout) == (2, "")
        assert "Usage: allocate" in done.stderr
        assert "Traceback" not in done.stderr

    def test_every_problem_of_a_document_is_a_line_with_its_place(self, scenario: Path) -> None:
        scenario.joinpath("ours.yaml").write_text(
            "title: Ours\nparameter: 1\nrules:\n  - {name: x, cap: bseline}\n  - cap: 1\n"
        )
        done = run("run", "scenario.yaml", folder=scenario)
        assert done.returncode == 2
        assert problems(done) == [
            "ours.yaml:2:1: unknown key 'parameter'; did you mean 'parameters'?",
            "ours.yaml:5:5: 'name' is missing; add it",
        ]

    def test_a_problem_is_one_line_even_where_the_input_has_several(self, scenario: Path) -> None:
        table, book = scenario / "areas.csv", scenario / "ours.yaml"
        book.write_text("title: Ours\nrules:\n  - name: x\n    cap: |\n      baseline\n      / 0\n")
        (problem,) = problems(run("run", "scenario.yaml", folder=scenario))
        assert problem.startswith("ours.yaml:5:7: 'baseline / 0' gives no finite number")
        table.write_text(table.read_text() + '"D\nE",-5,1\n')
        (problem,) = problems(run("run", "scenario.yaml", folder=scenario))
        assert problem.startswith("areas.csv row 5, column 'list' (D E): '-5' is negative")

    def test_rules_that_cannot_hold_are_status_1(self, scenario: Path) -> None:
        left = run("run", scenario, "--set", "ceiling=1%")
        assert left.returncode == 1
        assert [line.split(" of the pot")[0] for line in problems(left)] == [
            "ours.yaml:4:12: £16,500",
            "ours.yaml:4:12:   'ceiling'; raise it by £5,500 for each area and the rest can hold",
        ]
        short = run("run", scenario, "--budget", "350_000")
        assert short.returncode == 1
        assert problems(short) == [
            "the floors add up to £350,000.01, £0.01 more than the pot of £350,000;"
            " raise the budget to £350,000.01 or lower these floors",
            "  baselines: £350,000.01",
        ]


class TestTerminal:
    def test_colour_only_on_a_terminal(self, printed: str) -> None:
        assert any(COLOUR in line for line in run_on_terminal("rules", "list"))
        assert COLOUR not in printed
        assert COLOUR not in run("run", "lrl").stderr

    def test_no_color_is_respected(self) -> None:
        assert not any(COLOUR in line for line in run_on_terminal("rules", "list", NO_COLOR="1"))

    @pytest.mark.parametrize(
        "arguments", ["run", "explain llr P014", "check", "rules show universal-then-level-up"]
    )
    def test_lines_fit_the_terminal(self, arguments: str) -> None:
        lines = [uncoloured(line) for line in run_on_terminal(*arguments.split(), columns=72)]
        assert len(lines) > 10
        assert max(map(len, lines)) <= 72

    def test_prose_has_no_longer_lines_however_wide_the_terminal_is(self) -> None:
        lines = map(uncoloured, run_on_terminal("rules", "show", "universal-then-level-up", columns=200))
        assert 100 < max(map(len, lines)) <= 110

    def test_columns_left_out_for_want_of_room_are_named(self) -> None:
        narrow = "\n".join(map(uncoloured, run_on_terminal("run", columns=64)))
        assert re.search(r"^area +name +allocation £ +gain £ +gain$", narrow, re.MULTILINE)
        assert "No room here for: people, baseline £, fair share £, before,\nafter, held by." in narrow
        wide = "\n".join(map(uncoloured, run_on_terminal("run", columns=160)))
        assert re.search("^area +name +people +baseline £ +fair share £ +allocation £", wide, re.MULTILINE)

    def test_a_pipe_gets_everything_unwrapped(self, printed: str) -> None:
        assert run("run", COLUMNS="60").stdout == printed.partition("\n\nWritten")[0] + "\n"

"""Whatever happens while files are written, a folder holds one whole result: the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

import allocate
from allocate.errors import OutputError
from allocate.writing import READY, write_files

if TYPE_CHECKING:
    from pathlib import Path

RUN = [sys.executable, "-m", "allocate", "run", "llr", "--out"]
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from allocate.cli import main
main(sys.argv[1:])
"""


def is_whole(folder: Path) -> bool:
    """Whether all files of a run are of the same result."""
    run = allocate.load_run(folder)
    given = int(run.areas["allocation"].sum() * 100)
    return given == run.record["totals_pence"]["allocation"] and run.table.height == run.areas.height


def left_over(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.startswith(".")]


def test_killed_at_any_moment_it_leaves_the_old_result_or_the_new_one(tmp_path: Path) -> None:
    allocate.run("llr").save(tmp_path)
    script = (
        "import allocate, sys\n"
        "runs = [allocate.run('llr', budget=112_000_000 + 500_000 * at) for at in range(4)]\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for each in runs: each.save(sys.argv[1])\n"
    )
    dice = random.Random(2022)
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(dice.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        assert is_whole(tmp_path)
    allocate.run("llr").save(tmp_path)
    assert left_over(tmp_path) == []
    assert is_whole(tmp_path)


def test_what_is_ready_counts_as_written(tmp_path: Path) -> None:
    allocate.run("llr").save(tmp_path / "new")
    allocate.run("llr", budget=113_000_000).save(tmp_path / "old")
    (tmp_path / "new").rename(tmp_path / "old" / READY)  # all complete, and then the process was killed
    assert allocate.load_run(tmp_path / "old").record["totals_pence"]["budget"] == 111_850_000_00
    write_files(tmp_path / "old", {"another.txt": b""})
    assert left_over(tmp_path / "old") == []
    assert is_whole(tmp_path / "old")


def test_two_runs_that_write_the_same_folder_leave_one_of_them(tmp_path: Path) -> None:
    budgets = ("112m", "113m", "114m", "115m")
    started = [
        subprocess.Popen([*RUN, tmp_path, "--budget", each], stdout=subprocess.DEVNULL) for each in budgets
    ]
    assert [each.wait(60) for each in started] == [0, 0, 0, 0]
    assert is_whole(tmp_path)
    assert left_over(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are those of Unix")
@pytest.mark.parametrize("command", ["run llr", "compare llr", "audit llr", "run llr-five-years"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, command: str) -> None:
    line = [sys.executable, "-c", LIMITED, *command.split(), "--out", str(tmp_path / "out")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_full_disk_keeps_the_old_result(tmp_path: Path) -> None:
    allocate.run("llr").save(tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    line = [sys.executable, "-c", LIMITED, "run", "llr", "--budget", "113m", "--out", str(tmp_path)]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 2
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        place = "/proc/self/out"  # nobody, not even root, makes a folder there
    else:
        tmp_path.chmod(0o500)
        place = str(tmp_path / "out")
    done = subprocess.run([*RUN, place], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert place in done.stderr


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    table = tmp_path / "allocations.csv"
    pl.DataFrame({"id": ["A"], "population": [1], "baseline": [1]}).write_csv(table)
    (tmp_path / "scenario.yaml").write_text(
        "title: T\nareas: allocations.csv\nrules: [level-up]\nbudget: {new_money: 5}\n"
    )
    before = table.read_bytes()
    with pytest.raises(OutputError):
        allocate.run(tmp_path).save(tmp_path)
    assert table.read_bytes() == before

"""Faults: kills, full disks, read-only folders, two at once, files that change. Nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.cli import main
from allocate.errors import OutputError
from allocate.files import reading, tables, writing
from allocate.files.reading import read_whole
from allocate.files.writing import PATIENCE, READY, STAGED, place_of, write_files
from allocate.persons.table import scan_persons

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]

SAVED = ("allocations.csv", "certificate.json", "inputs.json", "run.json", "table.parquet")
NAMES = ("a.csv", "b.json", "c.parquet")
OLD = dict.fromkeys((*NAMES, "old.csv"), b"old")
NEW = dict.fromkeys(NAMES, b"new" * 1000)

COMMANDS = {
    "run": ("run", "llr", "--out", "{}/results"),
    "run over": ("run", "llr", "--out", "{}"),
    "workbook": ("run", "llr", "--out", "{}/run.xlsx"),
    "report": ("report", "llr", "--out", "{}/report.html"),
    "compare": ("compare", "llr", "--out", "{}/compared"),
    "sweep": ("sweep", "llr", "--vary", "new_money=1m:2m:2", "--out", "{}/points.csv"),
    "years": ("years", "llr-five-years", "--out", "{}/years"),
    "impact word": ("impact", "llr", "--out", "{}/impact.docx"),
    "impact": ("impact", "llr", "--out", "{}/impact.md"),
    "cost": ("cost", "llr", "--to", "95%", "--out", "{}/curve.csv"),
    "uncertainty": ("uncertainty", "llr", "--need-error", "5%", "--draws", "10", "--out", "{}/sure.csv"),
    "audit": ("audit", "llr", "--out", "{}/audit"),
    "new": ("new", "{}/mine"),
    "nhs build": (
        "nhs",
        "build",
        "--payments",
        "{inputs}/payments-22-23.csv",
        "--area",
        "all",
        "--out",
        "{}/areas.parquet",
    ),
    "weigh": (
        "weigh",
        "{inputs}/persons.csv",
        "--by",
        "practice",
        "--rules",
        "{inputs}/b.yaml",
        "--out",
        "{}/weighed.csv",
    ),
}
"""Every command that writes, all to one place."""


def python(code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Run some lines in a process of their own."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stderr=subprocess.PIPE, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_whole(folder: Path) -> bool:
    """Whether all files of a run are of the same result."""
    run = allocate.load_run(folder)
    given = int(run.areas["allocation"].sum() * 100)
    return given == run.record["totals_pence"]["allocation"] and run.table.height == run.areas.height


def as_read(folder: Path, names: tuple[str, ...] = NAMES) -> dict[str, bytes]:
    """What whoever reads a folder through allocate finds there."""
    return {name: place_of(folder, name).read_bytes() for name in names}


class TestKilled:
    """A kill at any moment leaves what was there or what is new, never some of each."""

    KILLED_AT = """
        import os, signal, sys
        from pathlib import Path
        from allocate.files.writing import write_files

        folder, moment = Path(sys.argv[1]), int(sys.argv[2])
        steps = 0

        def count(event, details):
            global steps
            touches = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
            if event in touches and str(folder) in str(details[0]):
                steps += 1
                if steps == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        new = {name: b"new" * 1000 for name in ("a.csv", "b.json", "c.parquet")}
        write_files(folder, new, without=["old.csv"])
    """

    def test_at_every_step_of_writing(self, tmp_path: Path) -> None:
        found, moment, ended = [], 0, -signal.SIGKILL
        while ended == -signal.SIGKILL:
            moment += 1
            folder = tmp_path / str(moment)
            write_files(folder, OLD)
            process = python(self.KILLED_AT, folder, moment)
            process.communicate(timeout=60)
            ended = process.returncode
            found.append(as_read(folder))
            assert as_read(folder) in (dict.fromkeys(NAMES, b"old"), NEW)
            write_files(folder, {"d.csv": b"later"})  # whoever writes next finishes or clears away
            after = contents(folder)
            expected = NEW if found[-1] == NEW else OLD
            assert after == {**expected, "d.csv": b"later"}, f"killed at step {moment}"
        assert ended == 0
        assert moment > 12
        assert found[0] != found[-1]

    def test_saving_a_run_over_another_whenever_it_happens(self, tmp_path: Path) -> None:
        code = """
            import allocate, sys
            runs = [allocate.run("llr", budget=112_000_000 + 500_000 * at) for at in range(4)]
            print("ready", flush=True)
            while True:
                for each in runs:
                    each.save(sys.argv[1])
        """
        allocate.run("llr").save(tmp_path)
        dice = random.Random(2022)
        for _ in range(3):
            writer = python(code, tmp_path, stdout=subprocess.PIPE)
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(dice.uniform(0, 0.05))
            writer.kill()
            writer.communicate()
            assert is_whole(tmp_path)
        allocate.run("llr").save(tmp_path)
        assert is_whole(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == [*SAVED]

    def test_stopping_leaves_nothing_and_says_so(self, tmp_path: Path) -> None:
        code = """
            import sys
            from allocate.cli import main
            from allocate.sureness import uncertainty
            begin = uncertainty.uncertainty
            def begun(*arguments, **options):
                print("ready", flush=True)
                return begin(*arguments, **options)
            uncertainty.uncertainty = begun
            main(sys.argv[1:])
        """
        command = (*COMMANDS["uncertainty"][:-3], "10000", "--out", tmp_path / "sure.csv")
        process = python(code, *command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (130, "Stopped; what is not finished was not written.\n")
        assert contents(tmp_path) == {}

    def test_stopping_is_no_defect_where_a_library_makes_an_error_of_it(self, tmp_path: Path) -> None:
        """PuLP calls HiGHS "not available" if Ctrl-C comes while it is loaded."""
        code = """
            import signal, sys
            from allocate.cli import main
            from allocate.sureness import uncertainty
            def begun(*arguments, **options):
                try:
                    signal.raise_signal(signal.SIGINT)
                except KeyboardInterrupt:
                    raise ValueError("not available") from None
            uncertainty.uncertainty = begun
            main(sys.argv[1:])
        """
        process = python(code, *COMMANDS["uncertainty"][:-1], tmp_path / "sure.csv")
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (130, "Stopped; what is not finished was not written.\n")


def test_a_call_after_one_that_was_stopped_tells_its_own_errors() -> None:
    main._interrupts.append(signal.SIGINT)
    result = CliRunner().invoke(main, ["run", "no-such-scenario"])
    assert result.exit_code == 2
    assert "no-such-scenario" in result.stderr


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of its own."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk can be mounted by root alone, and not in every container")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill a disk to the last byte."""
    path = disk / "fill"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        path.unlink()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that commands read."""
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "payments-22-23.csv").write_text(
        "Practice Code,Practice Name,Sub ICB Code,Contract Type,Average Number of Registered Patients,"
        "Global Sum,Total NHS Payments to General Practice\n"
        "P10001,Amber Invented Surgery,04C,GMS,1000.25,95000.10,150000\n"
    )
    (folder / "persons.csv").write_text("practice,need\nA,1\nB,2\n")
    (folder / "b.yaml").write_text("title: b\nneed: {index: need}\n")
    return folder


def run_command(name: str, folder: Path, inputs: Path) -> Any:
    """Run one of the commands that write."""
    return CliRunner().invoke(main, [each.format(folder, inputs=inputs) for each in COMMANDS[name]])


def assert_told_in_a_line(done: Any) -> None:
    assert done.exit_code == 2, done.output
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")
    assert "cannot be written (" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_writes_where_there_is_room(name: str, tmp_path: Path, inputs: Path) -> None:
    done = run_command(name, tmp_path, inputs)
    assert (done.exit_code, done.stderr) == (0, "")
    assert contents(tmp_path)
    assert not [path for path in contents(tmp_path) if STAGED in path]


@pytest.mark.parametrize("name", COMMANDS)
class TestNoRoom:
    def test_a_full_disk(self, name: str, small_disk: Path, inputs: Path) -> None:
        folder = small_disk / f"{name}{token_hex(4)}"
        folder.mkdir()
        write_files(folder, {"allocations.csv": b"old", "run.json": b"old"})
        with filled(small_disk):
            done = run_command(name, folder, inputs)
            assert contents(folder) == {"allocations.csv": b"old", "run.json": b"old"}
            assert sorted(path.name for path in folder.iterdir()) == ["allocations.csv", "run.json"]
        shutil.rmtree(folder)
        assert_told_in_a_line(done)
        assert "No space left on device" in done.stderr

    def test_a_folder_that_is_read_only(self, name: str, small_disk: Path, inputs: Path) -> None:
        folder = small_disk / f"{name}{token_hex(4)}"
        folder.mkdir()
        write_files(folder, {"allocations.csv": b"old"})
        mount = ["mount", "-o", "remount,{}", str(small_disk)]
        subprocess.run([each.format("ro") for each in mount], check=True)
        try:
            done = run_command(name, folder, inputs)
            assert contents(folder) == {"allocations.csv": b"old"}
        finally:
            subprocess.run([each.format("rw") for each in mount], check=True)
            shutil.rmtree(folder)
        assert_told_in_a_line(done)
        assert "Read-only file system" in done.stderr


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """What happens on a full disk, for those who may mount none."""
    code = """
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
        from allocate.cli import main
        main(sys.argv[1:])
    """
    allocate.run("llr").save(tmp_path)
    before = contents(tmp_path)
    process = python(code, "run", "llr", "--budget", "113m", "--out", tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said == f"error: {tmp_path}: cannot be written (File too large); choose another folder\n"
    assert contents(tmp_path) == before


def test_a_folder_without_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o555)
    try:
        (line,) = problems_of(write_files, tmp_path / "new", NEW)
    finally:
        tmp_path.chmod(0o755)
    assert "cannot be written (Permission denied)" in line


class TestTwoAtOnce:
    WRITER = """
        import sys, time
        from pathlib import Path
        from allocate.files.writing import write_files
        for turn in range(60):
            time.sleep(0.005)
            content = f"{sys.argv[2]} {turn}".encode()
            write_files(Path(sys.argv[1]), {name: content for name in ("a.csv", "b.json", "c.parquet")})
    """

    def test_two_that_write_and_one_that_reads(self, tmp_path: Path) -> None:
        write_files(tmp_path, NEW)
        writers = [python(self.WRITER, tmp_path, name) for name in ("one", "two")]
        seen = set()
        while any(writer.poll() is None for writer in writers):
            with writing.reading(tmp_path):
                found = as_read(tmp_path)
            assert len(set(found.values())) == 1
            seen |= set(found.values())
        for writer in writers:
            assert writer.communicate()[1] == ""
            assert writer.returncode == 0
        assert len(set(contents(tmp_path).values())) == 1
        assert sorted(contents(tmp_path)) == list(NAMES)
        assert len(seen) > 2

    def test_waiting_has_an_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert PATIENCE == 30
        monkeypatch.setattr(writing, "PATIENCE", 0.1)
        with writing._locked(tmp_path, alone=True):
            assert problems_of(write_files, tmp_path, NEW) == [
                f"{tmp_path}: cannot be written (another run is still writing there); choose another folder"
            ]
            assert problems_of(allocate.load_run, tmp_path) == [
                f"{tmp_path}: cannot be read (another run is still writing there); wait for it and try again"
            ]
        assert contents(tmp_path) == {}

    def test_runs_of_the_command(self, tmp_path: Path) -> None:
        command = (sys.executable, "-m", "allocate", "run", "llr", "--out", str(tmp_path), "--budget")
        runs = [
            subprocess.Popen([*command, pot], cwd=ROOT, stdout=subprocess.DEVNULL)
            for pot in ("112m", "113m", "114m")
        ]
        assert [run.wait(60) for run in runs] == [0, 0, 0]
        assert is_whole(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == [*SAVED]


class TestNothingIsLost:
    def test_a_result_never_replaces_what_it_is_made_from(self, tmp_path: Path) -> None:
        make_scenario(tmp_path, TABLE, None)
        (tmp_path / "areas.csv").rename(tmp_path / "allocations.csv")
        path = tmp_path / "scenario.yaml"
        path.write_text(path.read_text().replace("areas.csv", "allocations.csv"))
        before = contents(tmp_path)
        done = CliRunner().invoke(main, ["run", str(tmp_path), "--out", str(tmp_path)])
        assert (done.exit_code, done.stderr) == (
            2,
            f"error: {tmp_path / 'allocations.csv'}: would be replaced, and the result is made from it; "
            "choose another place\n",
        )
        assert contents(tmp_path) == before

    @pytest.mark.parametrize("name", ["areas.csv", "page", "book.yaml"])
    def test_a_report_is_named_as_one(self, tmp_path: Path, name: str) -> None:
        done = CliRunner().invoke(main, ["report", "llr", "--out", str(tmp_path / name)])
        assert (done.exit_code, done.stderr) == (
            2,
            f"error: {tmp_path / name}: is no web page; name it .html\n",
        )

    def test_nhs_files_are_not_written_over(self, tmp_path: Path) -> None:
        (tmp_path / "payments.csv").write_text("a,b\n1,2\n")
        given = ["--payments", str(tmp_path / "payments.csv"), "--area", "llr"]
        done = CliRunner().invoke(main, ["nhs", "build", *given, "--out", str(tmp_path / "payments.csv")])
        assert "is the table that is read; write to another file" in done.stderr
        assert (tmp_path / "payments.csv").read_text() == "a,b\n1,2\n"

    def test_what_is_no_ordinary_file_is_not_replaced(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "run.json")
        (line,) = problems_of(write_files, tmp_path, {"run.json": b"new"})
        assert "'run.json' in it is no ordinary file" in line
        assert (tmp_path / "run.json").is_fifo()

    def test_a_link_is_replaced_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("mine")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a.csv").symlink_to(tmp_path / "elsewhere")
        write_files(tmp_path / "out", NEW)
        assert (tmp_path / "elsewhere").read_text() == "mine"
        assert not (tmp_path / "out" / "a.csv").is_symlink()

    def test_files_have_the_permissions_that_the_user_wants(self, tmp_path: Path) -> None:
        before = os.umask(0o077)
        try:
            write_files(tmp_path / "out", NEW)
        finally:
            os.umask(before)
        assert (tmp_path / "out" / "a.csv").stat().st_mode & 0o777 == 0o600

    def test_folders_made_in_vain_are_taken_away(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError):
            write_files(tmp_path / "new" / "folder", {"\0": b""})
        with pytest.raises(OutputError):
            write_files(tmp_path / "file" / "folder", NEW)
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_what_is_ready_is_read_where_nobody_can_move_it(self, tmp_path: Path) -> None:
        write_files(tmp_path, OLD)
        (tmp_path / READY).mkdir()
        (tmp_path / READY / "a.csv").write_bytes(b"new")
        assert as_read(tmp_path)["a.csv"] == b"new"
        assert READY.startswith(STAGED)


class TestChangedWhileRead:
    @staticmethod
    def _while_reading(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
        """Do something after a file was opened and looked at, before its end was read."""
        real, calls = os.fstat, []

        def fstat(handle: int) -> os.stat_result:
            found = real(handle)
            if found.st_size == len(TABLE) and not calls:
                calls.append(found)
                change()
            return found

        monkeypatch.setattr(reading.os, "fstat", fstat)

    def test_a_table_that_grows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_scenario(tmp_path, TABLE, None)
        table = tmp_path / "areas.csv"
        scenario = allocate.load_scenario(tmp_path)
        self._while_reading(monkeypatch, lambda: table.write_text(TABLE + "D,100,1000,X\n"))
        assert problems_of(allocate.run, scenario) == [
            "areas.csv: cannot be read (it was changed while it was read); try again when nobody writes to it"
        ]

    @pytest.mark.parametrize("content", ["", "x" * len(TABLE), TABLE * 2])
    def test_however_it_changes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
        table = tmp_path / "areas.csv"
        table.write_text(TABLE)
        os.utime(table, ns=(0, 0))
        self._while_reading(monkeypatch, lambda: table.write_text(content))
        with pytest.raises(OSError, match="changed while it was read"):
            read_whole(table, 1_000)

    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc is of Linux")
    def test_what_says_that_it_is_empty_and_is_not(self) -> None:
        with pytest.raises(OSError, match="changed while it was read"):
            read_whole(Path("/proc/self/status"), 1_000_000)

    def test_a_file_put_in_its_place_is_another_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever replaces a file as a whole, as allocate does, disturbs nobody who reads it."""
        (tmp_path / "areas.csv").write_text(TABLE)
        self._while_reading(monkeypatch, lambda: write_files(tmp_path, {"areas.csv": b"other"}))
        assert read_whole(tmp_path / "areas.csv", 1_000).decode() == TABLE

    def test_a_table_put_in_its_place_after_it_was_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The hash that is recorded is of the rows that were used, for both come from the same bytes."""
        make_scenario(tmp_path, TABLE, None)
        other = TABLE.replace("1000", "9000")

        def read_and_replace(path: Path, most: int) -> bytes:
            content = read_whole(path, most)
            write_files(tmp_path, {path.name: other.encode()})
            return content

        monkeypatch.setattr(tables, "read_whole", read_and_replace)
        run = allocate.run(tmp_path)
        run.save(tmp_path / "out")
        assert (tmp_path / "areas.csv").read_text() == other
        saved = allocate.load_run(tmp_path / "out")
        assert saved.record["hashes"]["areas"] == hashlib.sha256(TABLE.encode()).hexdigest()
        assert saved.areas["baseline"].cast(float).to_list() == [1000, 1500, 1000]
        assert saved.table["baseline"].to_list() == ["1000", "1500", "1000"]

    def test_persons(self, tmp_path: Path) -> None:
        """A table of persons is read in several passes; between two of them it must not change."""
        table = tmp_path / "persons.csv"
        table.write_text("practice,need\n" + "A,1\nB,2\n" * 50)
        book = {"title": "b", "need": {"index": "need"}}
        scanned = scan_persons(table, "practice")
        table.write_text("practice,need\n" + "A,1\n" * 50)
        (line,) = problems_of(scanned.count)
        what = "cannot be read (it was changed while it was read)"
        assert line == f"persons.csv: {what}; try again when nobody writes to it"
        assert allocate.weigh(table, rules=book, by="practice").height == 1

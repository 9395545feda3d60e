"""A sweep on a real Dask cluster: a scheduler and a worker, processes of their own on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from helpers import TABLE, make_scenario, problems_of

import allocate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None and not os.environ.get("CI"),
    reason="Dask is not installed (pip install 'allocate[dask]'); CI must have it",
)
QUIET = ("--no-dashboard", "--host", "127.0.0.1")
PATIENCE = 60
"""Seconds after which something is wrong, on however slow a machine."""


def dask(*arguments: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a part of a cluster as its user would: ``dask scheduler``, ``dask worker``."""
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-m", "dask", *arguments], stdout=file, stderr=file)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler that has no workers yet."""
    folder = tmp_path_factory.mktemp("dask")
    said = folder / "scheduler.json"
    started = dask(
        "scheduler", *QUIET, "--port", "0", "--scheduler-file", str(said), log=folder / "scheduler.log"
    )
    try:
        give_up = time.monotonic() + PATIENCE
        while not (said.is_file() and said.read_text()):
            log = (folder / "scheduler.log").read_text()
            assert started.poll() is None, log
            assert time.monotonic() < give_up, log
            time.sleep(0.05)
        yield json.loads(said.read_text())["address"]
    finally:
        end(started)


@pytest.fixture
def cluster(scheduler: str, tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with a worker of two threads."""
    options = ("--nthreads", "2", "--no-nanny", "--local-directory", str(tmp_path / "scratch"))
    worker = dask("worker", scheduler, *QUIET, *options, log=tmp_path / "worker.log")
    try:
        yield scheduler
    finally:
        end(worker)


@needs_dask
def test_a_cluster_without_workers_is_told(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allocate.sweeps.pools.CONNECTING", 1)
    vary, scenario = {"new_money": "100,200"}, make_scenario(tmp_path, TABLE, None)
    problems = problems_of(allocate.sweep, scenario, vary, dask=scheduler)
    fix = f"start one with 'dask worker {scheduler}'"
    assert problems == [f"{scheduler}: is a Dask scheduler without workers; {fix}"]


@needs_dask
def test_a_cluster_gives_the_same_bytes_as_this_process(cluster: str, tmp_path: Path) -> None:
    vary = ["--vary", "new_money=1m:10m:5", "--vary", "health_inequalities_share=0:30%:3", "--areas"]
    sweep = [sys.executable, "-m", "allocate", "sweep", "llr", *vary]
    for name, where in (("one", ("--workers", "1")), ("cluster", ("--dask", cluster))):
        run = [*sweep, *where, "--out", str(tmp_path / name / "points.parquet")]
        done = subprocess.run(run, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "cluster" / path.name).read_bytes() == path.read_bytes()


@needs_dask
def test_no_cluster_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allocate.sweeps.pools.CONNECTING", 1)
    vary, scenario = {"new_money": "100,200"}, make_scenario(tmp_path, TABLE, None)
    (problem,) = problems_of(allocate.sweep, scenario, vary, dask="tcp://127.0.0.1:9")
    assert problem.startswith("tcp://127.0.0.1:9: is no Dask scheduler (")
    assert problem.endswith("; start one with 'dask scheduler' and give the address it prints")


def test_without_dask_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    vary, scenario = {"new_money": "100,200"}, make_scenario(tmp_path, TABLE, None)
    (problem,) = problems_of(allocate.sweep, scenario, vary, dask="tcp://127.0.0.1:9")
    assert problem == (
        "dask: computing on a cluster needs Dask, which is not installed; pip install 'allocate[dask]'"
    )

"""Runs saved and loaded again are the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.errors import InputError
from allocate.results.runs import damage_told, run_of

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_saved_is_loaded_without_loss(tmp_path: Path) -> None:
    allocation = allocate.run("llr")
    allocation.save(tmp_path / "out")
    made, loaded = run_of(allocation), allocate.load_run(tmp_path / "out")
    assert loaded.title == made.title
    assert loaded.areas.equals(made.areas)
    assert loaded.areas.schema == made.areas.schema
    assert loaded.table.equals(made.table)
    assert loaded.record == made.record


def test_a_run_is_opened_by_its_folder_or_made_of_a_scenario(tmp_path: Path) -> None:
    scenario = make_scenario(tmp_path, TABLE, None)
    made = allocate.open_run(scenario)
    allocate.run(scenario).save(tmp_path / "out")
    assert allocate.open_run(tmp_path / "out").areas.equals(made.areas)
    assert made.column("place").to_list() == ["X", "Y", "X"]
    assert made.column("gain").sum() == 300


def test_a_defect_of_ours_is_not_blamed_on_a_folder(tmp_path: Path) -> None:
    made = run_of(allocate.run(make_scenario(tmp_path, TABLE, None)))
    with pytest.raises(KeyError), damage_told({"made": made}):
        raise KeyError("level")
    loaded = replace(made, record=dict(made.record))
    assert len(loaded.record) == len(made.record)
    with pytest.raises(InputError, match="is not what a run writes"), damage_told({"loaded": loaded}):
        raise KeyError("level")


def test_ids_stay_text(tmp_path: Path) -> None:
    scenario = make_scenario(tmp_path, "id,population,baseline\n007,100,1000\n012,200,1500\n", None)
    allocate.run(scenario).save(tmp_path / "out")
    assert allocate.load_run(tmp_path / "out").areas["id"].to_list() == ["007", "012"]


def test_a_column_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="has no column 'plac'; did you mean 'place'"):
        allocate.open_run("llr").column("plac")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("run.json", b"{", "is not what a run writes"),
        ("run.json", b"[]", "is not the record of a run"),
        ("table.parquet", b"PAR1", "is not what a run writes"),
        ("allocations.csv", None, "cannot be read (No such file or directory)"),
        ("allocations.csv", b"id,baseline\nA,1.00\n", "has 1 area, and table.parquet 3"),
    ],
)
def test_a_folder_that_is_no_run_says_why(
    tmp_path: Path, name: str, content: bytes | None, what: str
) -> None:
    allocate.run(make_scenario(tmp_path, TABLE, None)).save(tmp_path / "out")
    if content is None:
        (tmp_path / "out" / name).unlink()
    else:
        (tmp_path / "out" / name).write_bytes(content)
    assert what in problems_of(allocate.load_run, tmp_path / "out")[0]


def test_the_table_is_saved_as_it_was_read(tmp_path: Path) -> None:
    allocate.run(make_scenario(tmp_path, TABLE, None, where="place = 'X'")).save(tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out" / "table.parquet")["id"].to_list() == ["A", "C"]


def test_what_takes_solving_again_is_found_only_when_it_is_looked_at() -> None:
    made = allocate.run("llr")
    run = run_of(made)
    run.equity("place")
    allocate.compare(made, run, by="place")
    assert "priced" not in made.__dict__
    assert "next_gains" not in made.__dict__
    assert [each["rule"] for each in run.record["prices"]] == made.prices["rule"].to_list()
    assert "priced" in made.__dict__

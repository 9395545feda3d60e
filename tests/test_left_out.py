"""`if_missing: leave_out`: an index whose columns a table lacks is left out, and everything says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.documents.describe import book_text
from allocate.documents.policy import load_policy
from allocate.quality import inspect

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """title: Two indices
parameters: {per_resident: 0.5}
need:
  name: all of it
  product:
  - {name: rough, index: roughness}
  - {name: homes, index: 1 + per_resident * residents / population, if_missing: leave_out}
"""
ROUGH = "id,population,baseline,roughness\nA,100,1000,1\nB,200,1500,2\nC,100,1000,3\n"
COMPLETE = "id,population,baseline,roughness,residents\nA,100,1000,1,200\nB,200,1500,2,0\nC,100,1000,3,0\n"
SAID = "'homes': left out, as the table has no column 'residents'."


def weighted(result: allocate.Allocation) -> list[float]:
    return [round(each, 9) for each in result.areas["weighted_population"]]


def test_an_index_without_its_columns_is_left_out(tmp_path: Path) -> None:
    result = allocate.run(make_scenario(tmp_path, ROUGH, BOOK))
    # 100 · 1 + 200 · 2 + 100 · 3 = 800, so half of each counts.
    assert weighted(result) == [50, 200, 150]


def test_it_counts_where_the_table_has_them(tmp_path: Path) -> None:
    result = allocate.run(make_scenario(tmp_path, COMPLETE, BOOK))
    # rough: 0.5, 1, 1.5; homes: 2, 1, 1 of 500 / 400: 1.6, 0.8, 0.8. Products 0.8, 0.8, 1.2 make
    # 80 + 160 + 120 = 360 people.
    assert weighted(result) == pytest.approx([80 / 0.9, 160 / 0.9, 120 / 0.9])
    assert not result.summary.notes
    assert "homes: 1.600" in str(result.explain("A"))


def test_the_results_and_check_say_that_it_was(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, ROUGH, BOOK)
    result = allocate.run(path)
    assert result.summary.notes == (f"Need is measured without {SAID}",)
    assert "- homes: left out, as the table has no column 'residents'" in str(result.explain("A"))
    assert result.to_dict()["summary"]["notes"] == result.summary.notes
    report = inspect(allocate.load_scenario(path))
    assert f"Need is measured without {SAID}" in report.warnings
    assert report.error is None


def test_the_book_says_that_it_may_be(tmp_path: Path) -> None:
    make_scenario(tmp_path, ROUGH, BOOK)
    text = book_text(load_policy(["book.yaml"], tmp_path))
    assert (
        "homes: per head: 1 + per_resident * residents / population (left out where the table lacks" in text
    )
    assert "rough: per head: roughness\n" in text


def test_without_the_key_a_missing_column_is_an_error(tmp_path: Path) -> None:
    (line,) = problems_of(allocate.run, make_scenario(tmp_path, TABLE, BOOK))
    assert line.startswith("book.yaml:6:26: unknown name 'roughness'")


def test_a_named_amount_must_have_its_columns(tmp_path: Path) -> None:
    book = BOOK.replace("residents / population", "living_there").replace(
        "need:", "columns: {living_there: residents / population}\nneed:"
    )
    (line,) = problems_of(allocate.run, make_scenario(tmp_path, ROUGH, book))
    assert line.startswith("book.yaml:3:25: unknown name 'residents'")


def test_a_column_with_gaps_is_an_error_all_the_same(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, COMPLETE.replace("1,200", "1,"), BOOK)
    (line,) = problems_of(allocate.run, path)
    assert "gives no finite number for A (row 2)" in line


def test_a_column_that_the_scenario_names_must_be_there(tmp_path: Path) -> None:
    columns = {"residents": "in_homes"}
    path = make_scenario(tmp_path, ROUGH, BOOK, columns=columns)
    assert "in_homes" in "".join(problems_of(allocate.run, path))


def test_something_must_be_left(tmp_path: Path) -> None:
    book = BOOK.replace("index: roughness", "index: roughness, if_missing: leave_out")
    path = make_scenario(tmp_path, TABLE, book)
    lines = problems_of(allocate.run, path)
    assert [line.split(";")[0] for line in lines] == [
        "book.yaml:6:26: unknown name 'roughness'",
        "book.yaml:7:45: unknown name 'residents'",
    ]
    report = inspect(allocate.load_scenario(path))
    assert str(report.error).splitlines() == lines
    assert not report.warnings


DEEP = """title: Deep
need:
  blend:
  - share: 100%
    of:
      product:
      - {index: roughness}
      - {name: homes, index: residents / population, if_missing: leave_out}
"""


def test_what_is_left_out_may_be_deep_in_the_tree(tmp_path: Path) -> None:
    result = allocate.run(make_scenario(tmp_path, ROUGH, DEEP))
    assert weighted(result) == [50, 200, 150]
    assert result.summary.notes == (f"Need is measured without {SAID}",)


@pytest.mark.parametrize(
    ("need", "problem"),
    [
        ("{index: x, if_missing: leave_out}", "not for the whole of need; remove it"),
        (
            "{blend: [{share: 1, of: {index: x, if_missing: leave_out}}]}",
            "'if_missing' is for parts of a product; the shares of a blend must add up to 1",
        ),
        ("{product: [{index: x, if_missing: zero}]}", "'leave_out'"),
    ],
)
def test_it_is_for_parts_of_products(tmp_path: Path, need: str, problem: str) -> None:
    (line,) = problems_of(allocate.run, make_scenario(tmp_path, TABLE, f"title: t\nneed: {need}\n"))
    assert problem in line

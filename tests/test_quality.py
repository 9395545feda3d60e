"""The report on the data of a scenario, before any money is allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from helpers import make_scenario, problems_of

from allocate.documents.scenario import load_scenario
from allocate.errors import InputError
from allocate.quality import Quality, inspect
from allocate.text.quality import quality_text

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """id,name,population,baseline,place,list_2,gap
A,Ash,100,1000,X,100,1
B,Birch,200,2200,X,205,*
C,Cedar,100,900,Y,,3
D,Date,100,1100,Z,150,4
"""
BOOK = "title: t\nrules: [{name: r, cap: baseline * 9, where: place = 'X' and gap is null}]\n"


@pytest.fixture
def look(tmp_path: Path) -> Any:
    def looking(table: str = TABLE, book: str | None = BOOK, compare: Any = (), **keys: Any) -> Quality:
        return inspect(load_scenario(make_scenario(tmp_path, table, book, **keys)), compare)

    return looking


def test_rows_kept_and_left_out_are_counted(look: Any) -> None:
    report = look(where="place in ('X', 'Y')")
    assert (report.table, report.rows, report.dropped) == ("areas.csv", 3, 1)
    assert (look().rows, look().dropped) == (4, 0)


def test_every_column_in_use_says_how_complete_it_is(look: Any) -> None:
    assert [(each.column, each.used_as, each.present, each.rows) for each in look().columns] == [
        ("id", "id", 4, 4),
        ("population", "population", 4, 4),
        ("baseline", "baseline", 4, 4),
        ("name", "name", 4, 4),
        ("place", "rules", 4, 4),
        ("gap", "rules", 3, 4),
    ]


def test_a_column_is_shown_by_its_own_name_and_its_role(look: Any) -> None:
    book = "title: t\nneed: {column: weight}\nrules: [{name: r, cap: people * 99}]\n"
    table = "code,people,money,wp\nA,1,1,5\nB,2,2,*\n"
    columns = {"id": "code", "population": "people", "baseline": "money", "weight": "wp"}
    assert [
        (each.column, each.used_as, each.present) for each in look(table, book, columns=columns).columns
    ] == [
        ("code", "id", 2),
        ("people", "population", 2),
        ("money", "baseline", 2),
        ("wp", "rules", 1),
    ]


def test_names_of_the_engine_are_not_taken_for_columns(look: Any) -> None:
    book = "title: t\nparameters: {name_2: 1}\nrules: [{name: r, floor: 0 * target * name_2}]\n"
    table = "id,population,baseline,target,name_2\nA,1,1,9,9\n"
    assert [each.column for each in look(table, book).columns] == ["id", "population", "baseline"]


def test_totals(look: Any) -> None:
    # £5,200 over 500 people; £10, £11, £9 and £11 a head.
    assert look().totals == (
        "4 areas, 500 people, £5,200.00 of baselines",
        "£ per head from 9.00 to 11.00, median 10.50",
    )


def test_columns_that_should_agree_are_compared(look: Any) -> None:
    # A agrees, B differs by 2.4%, C has no other figure, D differs by 50 of 150.
    assert look(compare=[("population", "list_2")]).warnings == (
        "D (row 5): population is 100 and list_2 is 150",
    )
    assert look(compare=[("population", "population")]).warnings == ()


def test_ten_percent_apart_still_agree(look: Any) -> None:
    table = "id,population,baseline,other\nA,90,900,100\nB,100,1000,90\nC,100,1000,111.2\n"
    assert look(table, None, [("population", "other")]).warnings == (
        "C (row 4): population is 100 and other is 111",
    )


def test_many_differences_are_counted(look: Any) -> None:
    table = "id,population,baseline,other\n" + "".join(f"P{i},100,1000,200\n" for i in range(12))
    warnings = look(table, None, [("population", "other")]).warnings
    assert len(warnings) == 11
    assert warnings[-1] == "2 more rows where population and other differ by more than 10%"


def test_a_column_to_compare_that_is_not_there_is_a_problem(look: Any) -> None:
    report = look(compare=[("population", "lst_2"), ("populatoin", "gap")])
    assert problems_of(report.raise_problems) == [
        "--compare: areas.csv has no column 'lst_2'; did you mean 'list_2'?",
        "--compare: areas.csv has no column 'populatoin'; did you mean 'population'?",
    ]
    assert report.totals


def test_money_a_head_far_from_the_median_is_reported(look: Any) -> None:
    # The median is £10: £31 is more than three times it, £3 less than a third; £30 is neither.
    table = "id,population,baseline\n" + "".join(
        f"{name},100,{money}00\n"
        for name, money in [("A", 10), ("B", 10), ("C", 31), ("D", 3), ("E", 30), ("F", 10)]
    )
    assert look(table, None).warnings == (
        "C (row 4): £31.00 per head; the median is £10.00",
        "D (row 5): £3.00 per head; the median is £10.00",
    )


def test_many_areas_far_from_the_median_are_counted(look: Any) -> None:
    table = "id,population,baseline\n" + "".join(f"P{i:02},10,{400 if i < 12 else 100}\n" for i in range(30))
    warnings = look(table, None).warnings
    assert len(warnings) == 11
    assert warnings[-1] == "2 more areas are as far from the median £ per head"


def test_areas_without_people_are_no_outliers(look: Any) -> None:
    report = look("id,population,baseline\nA,10,100\nB,0,100\n", None, zero_population="hold")
    assert report.warnings == ("1 area without people is held at its baseline (£100.00 in all).",)
    table = "id,population,baseline\nempty,0,100\nA,10,100\nB,10,100\nC,10,400\n"
    assert look(table, None, zero_population="hold").warnings[1:] == (
        "C (row 5): £40.00 per head; the median is £10.00",
    )


@pytest.mark.parametrize("written", ["C1/C2", "C1 & C2", "C1+C2", "C1;C2", "Ash and Birch"])
def test_an_id_that_looks_like_two_is_reported(look: Any, written: str) -> None:
    report = look(f"id,population,baseline\n{written},1,1\nB,1,1\nSandy,1,1\n", None)
    assert report.warnings == (f"ids that look like several areas in one: {written}",)


def test_ids_that_differ_only_in_how_they_are_written_are_reported(look: Any) -> None:
    report = look("id,population,baseline\nC-81,1,1\nc81,1,1\nC82,1,1\n", None)
    assert report.warnings == ("ids that differ only in how they are written: C-81, c81",)


@pytest.mark.parametrize(
    ("total", "told"), [("600,300.03", True), ("600,300.05", False), ("599,300.03", False)]
)
def test_a_row_of_totals_is_told(look: Any, total: str, told: bool) -> None:
    report = look(f"id,population,baseline\nA,100,50.01\nB,200,100\nC,300,150.02\nTotal,{total}\n", None)
    what = "Total (row 5) has as many people and as much money as all other rows together"
    fix = "if it is a total, leave it out: where: id <> 'Total'."
    assert report.warnings == ((f"{what}; {fix}",) if told else ())


def test_of_three_areas_one_may_be_as_large_as_the_others(look: Any) -> None:
    assert look("id,population,baseline\nA,100,100\nB,200,200\nC,300,300\n", None).warnings == ()


def test_the_notes_on_the_areas_are_among_the_warnings(look: Any) -> None:
    assert look("id,population,baseline\nA,1,1.001\n", None).warnings == (
        "1 baseline had a fraction of a penny and was rounded up to the penny.",
    )


def test_problems_are_carried_and_raised_together(look: Any) -> None:
    report = look(TABLE.replace("900", "x"), "title: t\nneed: {index: nead}\n", [("population", "list_2")])
    assert report.rows == 4
    assert [each.column for each in report.columns] == ["id", "population", "baseline", "name"]
    assert report.totals == ()
    assert report.warnings == ("D (row 5): population is 100 and list_2 is 150",)
    assert [line.split(": ")[0] for line in problems_of(report.raise_problems)] == [
        "book.yaml:2:15",
        "areas.csv row 4, column 'baseline' (C)",
    ]


def test_a_sound_scenario_raises_nothing(look: Any) -> None:
    report = look()
    report.raise_problems()
    assert report.error is None
    assert report.title == "Test"


def test_the_text_says_what_is_left_out_and_warned_of(look: Any) -> None:
    report = look("id,population,baseline\nC1/C2,1,1\nB,1,1.001\nZ,1,1\n", None, where="id <> 'Z'")
    text = click.unstyle(quality_text(report, invented=False))
    assert "Rows     2 kept of 3 in areas.csv" in text
    assert "1 left out by 'where'" in text
    assert "warning: ids that look like several areas in one: C1/C2" in text
    assert "No warnings" not in text


def test_what_cannot_be_read_at_all_is_raised(look: Any) -> None:
    for keys in ({"where": "plce = 'X'"}, {"areas": "no.csv"}, {"rules": ["no-such-book"]}):
        with pytest.raises(InputError):
            look(**keys)

"""The table of areas: read alike from any file, and every problem told at once with its row and column."""

from __future__ import annotations

import re
import sys
import zipfile
from csv import writer
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import make_scenario, problems_of
from hypothesis import given
from hypothesis import strategies as st

import allocate
from allocate.areas import MOST_SHOWN, Areas, check_areas
from allocate.files.sheet import Table
from allocate.files.tables import read_table
from allocate.files.values import MARKS, to_numbers, typed
from allocate.money import short_pounds

ROLES = {"id": "id", "population": "population", "baseline": "baseline"}
HEAD = "id,population,baseline\n"
FIX = "give the figure, or leave the row out with 'where'"
NOBODY = (
    "has nobody registered; leave it out (where: population > 0) "
    "or hold it at its baseline (zero_population: hold)"
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Read the text or the bytes of a file as a table."""

    def reading(content: str | bytes, name: str = "t.csv") -> Table:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path)

    return reading


def areas_of(table: Table, roles: dict[str, str] = ROLES, **options: Any) -> Areas:
    return check_areas(table.known_as(roles, roles.get("id")), roles, **options)


def workbook(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_excel(file)
    return file.getvalue()


def zipped() -> bytes:
    """A .zip that is no workbook."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "not a workbook")
    return file.getvalue()


ZIPPED = zipped()


def cells(rows: list[list[Any]]) -> bytes:
    """A workbook with the cells as given; None is an empty cell."""
    from xlsxwriter import Workbook

    file = BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


# --- files


def test_csv_parquet_and_excel_read_alike(read: Any) -> None:
    frame = pl.DataFrame(
        {
            "id": ["A", "B", "C"],
            "population": [1_000.25, 2_000.0, 1 / 3],
            "baseline": [2 / 3, 1e-7, 1_234_567.89],
            "code": ["012", "04C", None],
            "mark": ["*", "1", "2"],
        }
    )
    parquet = BytesIO()
    frame.write_parquet(parquet)
    tables = [
        read(frame.write_csv()),
        read(parquet.getvalue(), "t.parquet"),
        read(workbook(frame), "t.xlsx"),
    ]
    for table in tables:
        assert table.frame.columns == frame.columns
        for name in ("population", "baseline"):
            assert table.values(name).to_list() == frame[name].to_list()
        assert table.values("code").to_list() == ["012", "04C", None]
        assert table.values("mark").to_list() == [None, 1, 2]
        assert table.rows.tolist() == [2, 3, 4]


def test_a_csv_may_have_a_byte_order_mark(read: Any) -> None:
    assert areas_of(read("\ufeff" + HEAD + "A,1,2\n")).ids.to_list() == ["A"]


def test_a_csv_may_be_windows_1252(read: Any) -> None:
    areas = areas_of(read((HEAD + "Café – Nord,1,£2\n").encode("cp1252")))
    assert areas.ids.to_list() == ["Café – Nord"]
    assert areas.baseline.tolist() == [200]
    assert areas_of(read(HEAD.encode() + b"caf\xe9 \x81,1,2\n")).ids.to_list() == ["café \ufffd"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(read: Any, end: str) -> None:
    assert areas_of(read((HEAD + "A,1,2\nB,3,4\n").replace("\n", end))).population.tolist() == [1, 3]


def test_names_and_ids_lose_the_space_around_them(read: Any) -> None:
    assert areas_of(read(" id , population,baseline \n A ,1,2\n")).ids.to_list() == ["A"]
    assert areas_of(read(cells([["id ", "population", "baseline"], [" A", 1, 2]]), "t.xlsx")).ids[0] == "A"


def test_blank_rows_are_passed_over_and_counted(read: Any) -> None:
    table = read("\n" + HEAD + "A,1,2\n,,\n\n  , ,\t\nB,x,4\n,,\n")
    assert table.rows.tolist() == [3, 7]
    assert problems_of(areas_of, table) == [
        "t.csv row 7, column 'population' (B): 'x' is not a number; write it as 1234.50"
    ]


def test_blank_rows_of_a_workbook_are_counted_too(read: Any) -> None:
    rows = [[], ["id", "population", "baseline"], ["A", 1, 2], [], ["B", "x", 4], []]
    assert problems_of(areas_of, read(cells(rows), "t.xlsx")) == [
        "t.xlsx row 5, column 'population' (B): 'x' is not a number; write it as 1234.50"
    ]


def test_quoted_cells_may_hold_commas_quotes_and_line_ends(read: Any) -> None:
    table = read('id,population,baseline,"a, ""b"""\n"A\nand, ""so""","1,000",2,x\nB,y,1,\n')
    assert table.frame.columns[-1] == 'a, "b"'
    assert table.frame["id"][0] == 'A\nand, "so"'
    assert problems_of(areas_of, table)[0].startswith("t.csv row 3, column 'population' (B)")


def test_columns_without_a_name_are_left_out(read: Any) -> None:
    assert read("id,,population,baseline,\nA,x,1,2,\n").frame.columns == ["id", "population", "baseline"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.txt", HEAD, "is no table that can be read; give a .csv, .parquet or .xlsx file"),
        ("t.xls", HEAD, "is no table that can be read"),
        ("t.csv", "", "is not a table: it is empty; is it the right file?"),
        ("t.csv", "\n\n", "is not a table: it is empty"),
        ("t.csv", ",,\n1,2,3\n", "is not a table: it has no column names; write them in its first row"),
        (
            "t.csv",
            "id;population;baseline\n",
            "is not a table: its columns are not separated by commas; save",
        ),
        ("t.csv", "id\tpopulation\n", "is not a table: its columns are not separated by commas"),
        (
            "t.csv",
            HEAD.encode("utf-16"),
            "is not a table: it is not text, or it is UTF-16; save it as 'CSV UTF",
        ),
        ("t.csv", HEAD + "A,1,2\nB,12,34,2\n", "is not a table: row 3 has 4 cells and the header has 3; put"),
        ("t.csv", HEAD + '"A,1,2\nB,1,2\n', "is not a table: its quotation marks do not match; look for"),
        ("t.csv", HEAD + 'A"x,1,2\n', "is not a table: its quotation marks do not match"),
        (
            "t.csv",
            "id,population,population\n",
            "is not a table: two of its columns are called 'population'; ",
        ),
        ("t.xlsx", b"", "is not a table: "),
        ("t.xlsx", b"PK\x03\x04 no workbook", "is not a table: "),
        (
            "t.xlsx",
            cells([]),
            "is not a table: its first sheet is empty; say with 'sheet:' which sheet has",
        ),
        ("t.xlsx", cells([["a", "a"]]), "is not a table: two of its columns are called 'a'; rename one"),
        ("t.xlsx", ZIPPED, "is not a table: calamine error: Cannot detect file format; open it and save it"),
        ("t.parquet", b"PAR1", "is not a table: "),
    ],
)
def test_a_file_that_is_no_table_says_why(read: Any, name: str, content: str | bytes, problem: str) -> None:
    (line,) = problems_of(read, content, name)
    assert line.startswith(f"{name}: {problem}")
    assert "; " in line


def test_without_the_package_that_reads_excel_it_says_what_to_install(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    (line,) = problems_of(read, cells([["id"]]), "t.xlsx")
    assert line == "t.xlsx: cannot be read without another package; pip install 'allocate[excel]'"


class TestSheets:
    """A workbook whose first sheet is about the others, as official ones are."""

    @pytest.fixture
    def scenario(self, tmp_path: Path) -> Path:
        from xlsxwriter import Workbook

        with Workbook(tmp_path / "t.xlsx") as book:
            book.add_worksheet("Notes").write_row(0, 0, ["Please read this first"])
            sheet = book.add_worksheet("Practices")
            for number, row in enumerate([["id", "population", "baseline"], ["A", 10, 100], ["B", 20, 200]]):
                sheet.write_row(number, 0, row)
            book.add_worksheet("Nothing")
        return tmp_path

    def run(self, folder: Path, **changes: str) -> allocate.Allocation:
        lines = {"title": "t", "areas": "t.xlsx", "rules": "[level-up]", "budget": "450", **changes}
        path = folder / "scenario.yaml"
        path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()))
        return allocate.run(path)

    def test_the_sheet_that_is_named_is_read(self, scenario: Path) -> None:
        assert self.run(scenario, sheet="Practices").amounts.tolist() == [15_000, 30_000]

    def test_without_a_name_the_message_says_how_to_give_one(self, scenario: Path) -> None:
        told = problems_of(self.run, scenario)
        assert all("or what 'sheet:' says" in line for line in told if "has no column" in line), told
        assert told

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("practices", "t.xlsx: is not a table: it has no sheet 'practices'; did you mean 'Practices'?"),
            (
                "Nothing",
                "t.xlsx: is not a table: its sheet 'Nothing' is empty; say with 'sheet:' which sheet",
            ),
        ],
    )
    def test_a_sheet_without_a_table_says_so(self, scenario: Path, name: str, problem: str) -> None:
        (line,) = problems_of(self.run, scenario, sheet=name)
        assert line.startswith(problem)

    def test_only_workbooks_have_sheets(self, scenario: Path) -> None:
        (scenario / "t.csv").write_text(HEAD + "A,1,1\n")
        (line,) = problems_of(self.run, scenario, areas="t.csv", sheet="Practices")
        assert line == "t.csv: is no workbook and has no sheet 'Practices'; take 'sheet:' out"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert problems_of(read_table, tmp_path / "no.csv") == [
        "no.csv: cannot be read (No such file or directory)"
    ]


# --- figures


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.5", 1234.5),
        ("1,234.50", 1234.5),
        ("12,345,678", 12_345_678),
        ("1 234 567", 1_234_567),
        ("£1,234", 1234),
        ("£ 5", 5),
        ("-£5", -5),
        ("£-5", -5),
        ("(1,234)", -1234),
        ("(£5.50)", -5.5),
        ("£(5)", -5),
        ("5.4%", 0.054),
        ("5 %", 0.05),
        ("(5%)", -0.05),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5),
        ("1e-05", 1e-05),
        ("1.5E3", 1500),
        ("\u00a05\u00a0", 5),
    ],
)
def test_a_number_is_read_as_spreadsheets_write_it(text: str, number: float) -> None:
    assert typed(pl.Series([text])).to_list() == [pytest.approx(number, rel=1e-15)]


SLIPS = "1O 1_000 1,23 12,34,567 (5 5) (-5) --5 5%% £ 5£ 0x10 inf 1e400 TRUE 1.2.3 1-2 ٣ 5k %"


@pytest.mark.parametrize("text", [*SLIPS.split(), "1 2", "12 34", "1 23", "1 234 5"])
def test_what_may_be_a_slip_is_no_number(text: str) -> None:
    assert to_numbers(pl.Series([text, "1,000"])).to_list() == [None, 1000]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_survives_being_written(value: float) -> None:
    assert to_numbers(pl.Series([repr(value), "£1"])).to_list() == [value, 1]
    cents = round(value) / 100
    assert to_numbers(pl.Series([f"£{abs(cents):,.2f}", "x"])).to_list() == [pytest.approx(abs(cents)), None]


def test_codes_stay_text() -> None:
    assert typed(pl.Series(["012", "345", None])).to_list() == ["012", "345", None]
    assert typed(pl.Series(["04C", "03W"])).to_list() == ["04C", "03W"]
    assert typed(pl.Series(["0.5", "0", "00.5"])).to_list() == [0.5, 0, 0.5]


def test_marks_are_missing_figures() -> None:
    assert typed(pl.Series([*MARKS, " * ", "", "5"])).to_list() == [None] * (len(MARKS) + 2) + [5]
    assert typed(pl.Series(["*", None])).to_list() == [None, None]
    assert typed(pl.Series([1.0, float("nan"), None])).to_list() == [1, None, None]


@pytest.mark.parametrize(
    ("pence", "written"),
    [
        (999_499, "£9,994.99"),
        (999_500, "£10.0k"),
        (99_949_999, "£999.5k"),
        (99_950_000, "£1.00m"),
        (-285_000_000, "-£2.85m"),
        (99_950_000_000, "£1.00bn"),
    ],
)
def test_money_in_short_has_no_four_digits_before_its_unit(pence: int, written: str) -> None:
    assert short_pounds(pence) == written


def test_population_may_be_fractional() -> None:
    frame = pl.DataFrame({"id": ["A"], "population": ["1234.75"], "baseline": ["1"]})
    assert areas_of(Table(frame, "t")).population.tolist() == [1234.75]


def test_a_fraction_of_a_penny_is_rounded_up_and_noted(read: Any) -> None:
    areas = areas_of(read(HEAD + "A,1,100.001\nB,1,99.999\nC,1,5.50\nD,1,0.07\n"))
    assert areas.baseline.tolist() == [10_001, 10_000, 550, 7]
    assert areas.notes == ("2 baselines had fractions of a penny and were rounded up to the penny.",)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=20))
def test_whole_pence_are_kept_to_the_penny(pence: list[int]) -> None:
    pounds = [f"{each // 100}.{each % 100:02d}" for each in pence]
    frame = pl.DataFrame({"id": list(map(str, range(len(pence)))), "population": "1", "baseline": pounds})
    areas = areas_of(Table(frame, "t"))
    assert areas.baseline.tolist() == pence
    assert areas.notes == ()


# --- what is refused


def test_every_problem_is_told_at_once_with_its_row_and_column(read: Any) -> None:
    text = (
        HEAD + "A,10,100\n,20,200\n,20,200\nA,30,300\nC,abc,-5\nD,nan,inf\nE,*,#N/A\nF,-,..\nG,,\nH,0,1e14\n"
    )
    suppressed = f"is a mark for a missing or suppressed figure; {FIX}"
    assert problems_of(areas_of, read(text)) == [
        "t.csv row 3, column 'id': is empty; give the area an id",
        "t.csv row 4, column 'id': is empty; give the area an id",
        "t.csv row 2, column 'id': 'A' is there twice; keep one row an area",
        "t.csv row 5, column 'id': 'A' is there twice; keep one row an area",
        f"t.csv row 10, column 'population' (G): is empty; {FIX}",
        f"t.csv row 7, column 'population' (D): 'nan' {suppressed}",
        f"t.csv row 8, column 'population' (E): '*' {suppressed}",
        f"t.csv row 9, column 'population' (F): '-' {suppressed}",
        "t.csv row 6, column 'population' (C): 'abc' is not a number; write it as 1234.50",
        f"t.csv row 10, column 'baseline' (G): is empty; {FIX}",
        f"t.csv row 8, column 'baseline' (E): '#N/A' {suppressed}",
        f"t.csv row 9, column 'baseline' (F): '..' {suppressed}",
        "t.csv row 7, column 'baseline' (D): 'inf' is not a number; write it as 1234.50",
        "t.csv row 6, column 'baseline' (C): '-5' is negative; correct it, or leave the row out with 'where'",
        "t.csv row 11, column 'baseline' (H): '1e14' is too large; check its unit",
        f"t.csv row 11, column 'population' (H): '0' {NOBODY}",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, None, 0.0])
def test_numbers_of_a_frame_are_checked_like_text(value: float | None) -> None:
    frame = pl.DataFrame({"id": ["A", "B"], "population": [1.0, value], "baseline": [1, 2]})
    (line,) = problems_of(areas_of, Table(frame, "frame"))
    assert line.startswith("frame row 3, column 'population' (B): ")
    assert value is None or f"'{value}' " in line


def test_the_target_is_checked_like_the_rest(read: Any) -> None:
    table = read("id,population,baseline,goal\nA,1,2,5\nB,1,2,*\n")
    assert problems_of(areas_of, table, ROLES | {"target": "goal"})[0].startswith(
        "t.csv row 3, column 'goal' (B): '*' is a mark"
    )


def test_many_problems_of_one_kind_are_counted(read: Any) -> None:
    lines = problems_of(areas_of, read(HEAD + "".join(f"P{i},x,1\n" for i in range(MOST_SHOWN + 5))))
    assert len(lines) == MOST_SHOWN + 1
    assert lines[-1].startswith(
        "t.csv: 5 more rows like it: in column 'population' the value is not a number"
    )


def test_a_missing_column_is_told_with_the_nearest(read: Any) -> None:
    assert problems_of(areas_of, read("ID,populaton,money\nA,1,2\n")) == [
        "t.csv: has no column 'id' (the id); did you mean 'ID'?",
        "t.csv: has no column 'population' (the population); did you mean 'populaton'?",
        "t.csv: has no column 'baseline' (the baseline); known here: ID, money, populaton",
    ]


def test_a_role_without_a_column_says_where_to_name_it(read: Any) -> None:
    assert problems_of(areas_of, read(HEAD), {"id": "id", "population": "population"}) == [
        "t.csv: no column is named as the baseline; add 'baseline: COLUMN' under 'columns:'"
    ]


def test_a_table_with_a_header_only_has_no_areas(read: Any) -> None:
    assert problems_of(areas_of, read(HEAD)) == ["t.csv: has no areas; give at least one row"]


def test_short_rows_lack_their_last_cells(read: Any) -> None:
    assert problems_of(areas_of, read(HEAD + "A,1,2\nB,1\n")) == [
        f"t.csv row 3, column 'baseline' (B): is empty; {FIX}"
    ]


def test_ids_may_be_anything_but_empty_or_twice() -> None:
    ids = ["a (b)", "7", "x/y", "É"]
    frame = pl.DataFrame({"id": ids, "population": ["x", "1", "1", "1"], "baseline": ["1"] * 4})
    assert "(a (b)): 'x' is not a number" in problems_of(areas_of, Table(frame, "t", id_column="id"))[0]
    numbers = pl.DataFrame({"id": [1, 2], "population": [1, 1], "baseline": [1, 1]})
    assert areas_of(Table(numbers, "t")).ids.to_list() == ["1", "2"]


@pytest.mark.parametrize("column", ["id", "population", "baseline", "other"])
def test_a_column_of_lists_is_no_column(column: str) -> None:
    frame = pl.DataFrame({"id": ["A"], "population": [1], "baseline": [1], column: [[1, 2]]})
    book = {"title": "t", "rules": [{"name": "r", "cap": "other"}]} if column == "other" else "level-up"
    assert problems_of(allocate.solve, frame, book) == [
        f"column '{column}' holds List(Int64), which is neither numbers nor text; "
        "turn it into text or leave it out"
    ]


# --- areas without people


def test_nobody_registered_is_refused_with_both_ways_out(read: Any) -> None:
    assert problems_of(areas_of, read(HEAD + "A,0,100\nB,20,200\n")) == [
        f"t.csv row 2, column 'population' (A): '0' {NOBODY}"
    ]


def test_an_area_without_people_may_be_held_at_its_baseline(tmp_path: Path) -> None:
    table = HEAD + "A,100,1000\nempty,0,123.45\nB,200,1500\n"
    result = allocate.run(make_scenario(tmp_path, table, None, zero_population="hold"))
    assert result.prepared.areas.held.tolist() == [False, True, False]
    assert result.gains.tolist()[1] == 0
    assert result.amounts.sum() == 292_345
    assert result.prepared.areas.notes == ("1 area without people is held at its baseline (£123.45 in all).",)


def test_an_area_that_is_held_meets_no_condition_and_needs_no_facts(tmp_path: Path) -> None:
    table = "id,population,baseline,fact\nA,100,1000,1\nempty,0,100,*\nB,200,1500,2\n"
    book = "title: t\nrules: [{name: r, cap: baseline + fact, where: distance > -9 and fact > 0}]\n"
    keys = {"zero_population": "hold", "leave_unspent": True}
    assert allocate.run(make_scenario(tmp_path, table, book, **keys)).gains.tolist() == [100, 0, 200]


def test_a_table_without_any_people_has_no_use(read: Any) -> None:
    table = read(HEAD + "A,0,100\n")
    assert problems_of(areas_of, table, zero_population="hold") == [
        "t.csv: has no area with people; check the population column"
    ]


# --- in a scenario


def test_where_keeps_rows_and_their_numbers(tmp_path: Path) -> None:
    table = "id,population,baseline,kind\nA,x,1,PMS\nB,10,1,GMS\nC,y,1,GMS\n"
    path = make_scenario(tmp_path, table, None, where="kind = 'GMS'")
    assert problems_of(allocate.run, path)[0].startswith("areas.csv row 4, column 'population' (C): 'y'")


def test_where_may_leave_out_what_cannot_be_used(tmp_path: Path) -> None:
    table = "id,people,baseline\nA,0,1\nB,10,1\nC,5,1\n"
    columns = {"population": "people"}
    result = allocate.run(make_scenario(tmp_path, table, None, where="population > 0", columns=columns))
    assert result.prepared.areas.ids.to_list() == ["B", "C"]
    assert result.prepared.areas.dropped == 1


def test_where_that_leaves_out_everything_says_so(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, HEAD + "A,1,1\nB,1,1\n", None, where="id = 'Z'")
    assert problems_of(allocate.run, path) == [
        "areas.csv: has no areas; 'where' left out all 2 rows; widen it"
    ]


@pytest.mark.parametrize("keys", [{}, {"where": "weight > 1"}])
def test_a_name_for_a_column_that_is_not_there_is_told(tmp_path: Path, keys: dict[str, str]) -> None:
    book = "title: t\nneed: {index: weight}\n"
    path = make_scenario(tmp_path, HEAD + "A,1,1\n", book, columns={"weight": "basline"}, **keys)
    assert problems_of(allocate.run, path) == [
        "areas.csv: has no column 'basline' (the weight); did you mean 'baseline'?"
    ]


def test_where_needs_a_value_in_every_row(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, HEAD + "A,*,1\nB,1,1\n", None, where="population > 0")
    (line,) = problems_of(allocate.run, path)
    assert "'population > 0' is neither true nor false for A (row 2)" in line


def test_a_wrong_column_is_told_before_where_stumbles_over_it(tmp_path: Path) -> None:
    columns = {"population": "poplation"}
    path = make_scenario(tmp_path, HEAD + "A,1,1\n", None, where="population > 0", columns=columns)
    assert problems_of(allocate.run, path) == [
        "areas.csv: has no column 'poplation' (the population); did you mean 'population'?"
    ]


def test_a_suppressed_value_that_a_rule_uses_names_the_row(tmp_path: Path) -> None:
    table = "id,population,baseline,floor_of\nA,1,1,5\nB,1,1,*\n"
    book = "title: t\nrules: [{name: r, floor: floor_of}]\n"
    (line,) = problems_of(allocate.run, make_scenario(tmp_path, table, book))
    assert line.startswith("book.yaml:2:26: 'floor_of' gives no finite number for B (row 3); ")
    narrowed = "title: t\nrules: [{name: r, floor: floor_of, where: floor_of is not null}]\n"
    assert allocate.run(make_scenario(tmp_path, table, narrowed)).amounts.tolist()[0] >= 500


def test_a_column_called_like_a_built_in_is_noted(tmp_path: Path) -> None:
    table = "id,pop,population,baseline,target\nA,1,x,1,5\nB,1,y,1,6\n"
    result = allocate.run(make_scenario(tmp_path, table, None, columns={"population": "pop"}))
    fix = "to use it, give it another name under 'columns:'."
    assert result.prepared.areas.notes == (
        f"In expressions 'population' is the column 'pop', not the column 'population'; {fix}",
        "In expressions 'target' is fair share of today's total, £, per area, not the column 'target'; "
        + fix,
    )
    named = allocate.run(
        make_scenario(tmp_path, table, None, columns={"population": "pop", "target": "target"})
    )
    assert len(named.prepared.areas.notes) == 1


def test_another_name_reaches_such_a_column(tmp_path: Path) -> None:
    table = "id,population,baseline,target\nA,100,100,120\nB,100,100,150\n"
    book = "title: t\nrules: [{name: r, floor: published}]\n"
    path = make_scenario(tmp_path, table, book, columns={"published": "target"})
    assert np.all(allocate.run(path).amounts >= [12_000, 15_000])


CELLS = st.text(st.sampled_from("ab1= ,;\"\n\r'é£|"), max_size=6)
MARKED = r"^'(?='*(\s*=|[\n\r]))"
"""A mark that keeps spreadsheets from taking text for a formula, and is no part of the text."""


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_a_csv_reads_back_what_was_written(rows: list[tuple[str, str]]) -> None:
    file = StringIO(newline="")
    writer(file).writerows([("id", "note"), *rows])
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text(file.getvalue(), encoding="utf-8", newline="")
        table = read_table(path)
    plain = [tuple(re.sub(MARKED, "", cell) for cell in row) for row in rows]
    kept = [(number, row) for number, row in enumerate(plain, start=2) if any(cell.strip() for cell in row)]
    assert table.rows.tolist() == [number for number, _ in kept]
    assert table.frame.fill_null("").rows() == [row for _, row in kept]

"""The workbook of a run, recalculated by another program: its figures are the run's, its level is live."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import zipfile
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from helpers import make_scenario, problems_of

import allocate
from allocate.text.say import binding_sentence, price_sentence
from allocate.workbook.text import headers
from allocate.workbook.working import Working
from tests.office import Cells, cells_of, column, fact, recalculated, with_number

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = ["=1+1", "+2", "-3", "@SUM(A1)", "\tTAB", "a\x07bell", "http://x.example", "{=1}", "x" * 40_000]
HOSTILE += ["'quoted", "<b>&amp;", "_x0041_", "=cmd|'/c calc'!A1", "1e5", "TRUE", "#N/A"]

AREAS = "\n".join(
    ["id,population,baseline,place,fifth,wanted"]
    + [
        f"A{n:02},{100 + 7 * n},{900 + 61 * (n % 5) + n / 100:.2f},{'XYZ'[n % 3]},{n % 5 + 1},{2000 - n}"
        for n in range(40)
    ]
)
LEVEL_UP = "share_out: [{name: up, level_up: weighted_population}]"
RULES = "rules: [{name: roof, cap: baseline * 1.2}, {name: base, floor: baseline + 1.005, where: fifth = 1}]"
BOOKS = {
    "live": f"title: T\nneed: {{index: fifth}}\n{RULES}\n{LEVEL_UP}\n",
    "steps": f"title: T\n{RULES}\nshare_out:\n  - {{name: all, amount: 30%, pro_rata: population}}\n"
    "  - {name: up, level_up: weighted_population}\n",
    "groups": "title: T\nrules: [{name: pace, by: place, floor: sum(baseline) * 1.02}, "
    "{name: deep, across: fifth = 1, of: growth, floor: 700}]\n" + LEVEL_UP,
    "to": "title: T\nshare_out: [{name: up, level_up: weighted_population, to: fair_share}]\n",
    "closing": f"title: T\nneed: {{index: fifth}}\nclosing_target: 10 * population\n{LEVEL_UP}\n",
}
KEYS = {"live": {}, "steps": {"round_to": 10}, "groups": {}, "to": {"leave_unspent": True}, "closing": {}}
ALL = [*BOOKS, "llr", "hostile"]
"""The runs whose workbooks are recalculated, all in one go since LibreOffice takes seconds to start."""


def hostile_table() -> pl.DataFrame:
    count = len(HOSTILE)
    return pl.DataFrame(
        {
            "id": [f"{text}{n}" for n, text in enumerate(HOSTILE)],
            "name": HOSTILE,
            "population": [100.0 + n for n in range(count)],
            "baseline": [1000.0] * count,
            "=evil()": ["=1", "*x", "<5", "A"] * (count // 4),
            "place": ["x", "X", "a*", "ab"] * (count // 4),
        }
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, allocate.Allocation]:
    made = {}
    for name, book in BOOKS.items():
        folder = tmp_path_factory.mktemp(name)
        made[name] = allocate.run(
            make_scenario(folder, AREAS, book, budget={"new_money": 3000}, **KEYS[name])
        )
    made["llr"] = allocate.run("llr")
    made["hostile"] = allocate.solve(hostile_table(), budget={"new_money": 500}, title="=HYPERLINK()")
    return made


@pytest.fixture(scope="module")
def written(
    runs: dict[str, allocate.Allocation], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("workbooks")
    for name, run in runs.items():
        run.save_workbook(folder / f"{name}.xlsx")
    return {name: folder / f"{name}.xlsx" for name in runs}


LEVEL = 8.5
"""£ per weighted head that a reviewer tries."""


@pytest.fixture(scope="module")
def office(written: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    folder = tmp_path_factory.mktemp("office")
    changed = with_number(written["live"], "level_per_head", LEVEL, folder / "changed.xlsx")
    return recalculated([*written.values(), changed], folder)


@pytest.mark.parametrize("name", ALL)
class TestEveryFigure:
    def test_of_the_areas_is_the_runs(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        rows, areas = office[name]["Allocations"], runs[name].areas
        for header, of in FIGURES.items():
            expected = areas[of].cast(pl.Float64).to_numpy() / (100 if of == "gain_percent" else 1)
            near = 0.0051 if of in ("target", "fair_share") else 1e-9
            found = np.array(
                [math.nan if cell is None else cell for cell in column(rows, header)], dtype=float
            )
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=near, equal_nan=True)
        assert [cell or "" for cell in column(rows, "Held by")] == [each or "" for each in areas["bound_by"]]

    def test_is_the_same_before_and_after_recalculation(
        self, name: str, written: dict[str, Path], office: dict[str, Cells]
    ) -> None:
        for sheet, rows in cells_of(written[name]).items():
            again = office[name][sheet]
            for row, other in zip(rows, again, strict=False):
                for one, two in zip(row, other, strict=False):
                    if isinstance(one, float) and isinstance(two, float):
                        assert one == pytest.approx(two, rel=1e-9, abs=1e-7)
                    else:
                        assert one == two, (sheet, row)

    def test_of_the_checks_is_zero(self, name: str, office: dict[str, Cells]) -> None:
        rows = office[name]["Summary"]
        at = next(number for number, row in enumerate(rows) if row[0] == "Checks: each must be zero")
        checks = rows[at + 1 : next(n for n, row in enumerate(rows) if row[0] == "In the run") - 1]
        assert len(checks) >= 3
        assert all(check[1] == 0 for check in checks)

    def test_of_the_groups_is_the_runs(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        groups = runs[name].groups
        if groups.is_empty():
            return
        rows = office[name]["Groups"]
        for header, of in {"Baseline £": "baseline", "Gets £": "allocation", "Gain £": "gain"}.items():
            assert column(rows, header) == pytest.approx(groups[of].cast(pl.Float64).to_list())

    def test_of_the_pot_is_the_runs(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        rows, run = office[name]["Summary"], runs[name]
        assert fact(rows, "Pot") == run.budget / 100
        assert fact(rows, "Allocated") == run.amounts.sum() / 100
        assert fact(rows, "Areas gaining") == run.summary.gaining
        assert fact(rows, "Least") == pytest.approx(run.summary.level)
        assert fact(rows, "Median gain") == run.summary.median_gain / 100
        (about,) = [row[2] for row in rows if row[0] == "Median gain"]
        assert str(about).endswith(f"the smallest is £{run.summary.smallest_gain / 100:,.2f}")

    def test_of_how_much_each_rule_binds_is_the_runs(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        run, rules = runs[name], runs[name].prepared.policy.rules
        if not rules:
            return
        told = column(office[name]["Rules"], "How much it binds")[: len(rules)]
        for position, (rule, said) in enumerate(zip(rules, told, strict=True)):
            assert str(said).startswith(binding_sentence(run, position))
            prices = [price_sentence(run, each) for each in run.priced if each.rule == position]
            assert [each for each in prices if each not in str(said)] == [], rule.name
            assert str(said).count(" would move ") == len(prices)

    def test_of_equity_adds_up_to_the_run(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        frame = runs[name].prepared.areas.table.frame
        rows = [
            row
            for row in office[name]["Equity"]
            if len(row) > 8 and row[0] in ("place", "fifth", "imd_quintile", "=evil()")
        ]
        assert rows
        for row in rows:
            of = (frame[row[0]].cast(pl.String) == _label(row[1])).to_numpy()
            assert row[3] == of.sum()
            money = runs[name].amounts[of].sum() / 100
            assert row[8] == pytest.approx(money)
            assert row[11] == pytest.approx(money / runs[name].prepared.areas.population[of].sum())

    def test_of_the_measures_is_the_audits(
        self, name: str, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        rows, audit = office[name]["Equity"], runs[name].equity()
        overall = next(n for n, row in enumerate(rows) if row[0] == "All areas")
        for at, measure in enumerate(("hoover", "gini", "theil"), overall + 1):
            for per, kinds in audit.spread.items():
                first = rows[overall].index(f"Historical, {per}")
                expected = [found[measure] for found in kinds.values()]
                assert rows[at][first : first + 3] == pytest.approx(expected)
        for each in audit.compared:
            at = next(n for n, row in enumerate(rows) if row[0] == f"By {each.grouping.name}")
            first = rows[at].index(f"Historical, {each.per}")
            below = takewhile(lambda row: row[0] is not None, rows[at + 1 :])
            block = {str(row[0]): row[first : first + 3] for row in below}
            for measure, label in MEASURES.items():
                if measure not in each.measures["historical"]:
                    continue
                expected = [found[measure] for found in each.measures.values()]
                found = [math.nan if cell is None else cell for cell in block[label]]
                # The audit's fair shares are in whole pence, the sheet's are not rounded.
                assert found == pytest.approx(expected, abs=2e-4, rel=1e-5, nan_ok=True), (measure, name)

    def test_has_no_error_in_any_cell(self, name: str, office: dict[str, Cells]) -> None:
        given = HOSTILE if name == "hostile" else []
        for rows in office[name].values():
            assert not [cell for row in rows for cell in row if cell in ERRORS and cell not in given]


ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "Err:502", "Err:508", "Err:522")


MEASURES = {
    "mean": "Mean of all groups £",
    "gap": "Gap £",
    "ratio": "Ratio",
    "sii": "Slope index (SII) £",
    "rii": "Relative index (RII)",
    "concentration_index": "Concentration index",
    "generalised_concentration_index": "Generalised concentration index £",
    "theil_between_share": "Theil, between groups",
}
"""The measures of an audit, and what sheet Equity calls them."""

FIGURES = {
    "People": "population",
    "Weighted people": "weighted_population",
    "Baseline £": "baseline",
    "Target £": "target",
    "Before": "opening_distance",
    "Fair share £": "fair_share",
    "Allocation £": "allocation",
    "Gain £": "gain",
    "Gain %": "gain_percent",
    "After": "closing_distance",
}
"""The columns of sheet Allocations, and those of ``allocations.csv`` that they are."""


def _label(cell: str | float | None) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


class TestLevel:
    def test_a_change_moves_every_allocation(
        self, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        run, rows = runs["live"], office["changed"]["Allocations"]
        weighted, limits = run.prepared.need.weighted_population, run.limits
        expected = np.clip(weighted * LEVEL, limits.lower / 100, limits.most / 100)
        found = np.array(column(rows, "Unrounded £"), dtype=float)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        amounts = np.array(column(rows, "Allocation £"), dtype=float)
        assert (np.abs(amounts - expected) < 0.01).all()
        assert (amounts != run.amounts / 100).sum() > 5
        gains = np.array(column(rows, "Gain £"), dtype=float)
        np.testing.assert_allclose(gains, amounts - run.prepared.areas.baseline / 100, atol=1e-9)

    def test_a_change_moves_the_gap_between_groups(
        self, runs: dict[str, allocate.Allocation], office: dict[str, Cells]
    ) -> None:
        weighted, cells = runs["live"].prepared.need.weighted_population, office["changed"]
        amounts = np.array(column(cells["Allocations"], "Allocation £"), dtype=float)
        places = runs["live"].prepared.areas.table.frame["place"].to_numpy()
        means = [amounts[places == each].sum() / weighted[places == each].sum() for each in "XYZ"]
        rows = cells["Equity"]
        at = next(n for n, row in enumerate(rows) if row[0] == "By place")
        gap = next(row for row in rows[at:] if row[0] == "Gap £")
        found = gap[rows[at].index("Levelled up, weighted head")]
        assert found == pytest.approx(max(means) - min(means))
        assert found != pytest.approx(runs["live"].equity("place").compared[0].measures["levelled up"]["gap"])

    def test_the_check_says_by_how_much_the_pot_is_missed(self, office: dict[str, Cells]) -> None:
        cells = office["changed"]
        spent = sum(column(cells["Allocations"], "Allocation £"))  # type: ignore[arg-type]
        missed = fact(cells["Summary"], "Pot not closed by")
        assert missed == pytest.approx(spent - fact(cells["Summary"], "Money to share out"), abs=1e-6)  # type: ignore[operator]
        assert missed != 0
        assert fact(cells["Summary"], "Areas below their baseline") == 0

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("steps", "the money is shared out in 2 steps"),
            ("groups", "rules for groups tie areas together"),
            ("to", "'up' lifts nobody above £ fair_share"),
        ],
    )
    def test_what_is_not_live_says_why(self, name: str, why: str, written: dict[str, Path]) -> None:
        sheets = cells_of(written[name])
        for sheet in ("Summary", "Allocations"):
            assert any(why in str(cell) for row in sheets[sheet] for cell in row)

    def test_nor_what_is_not_levelled_up_by_people(self) -> None:
        frame = pl.DataFrame({"id": ["A"], "population": [1], "baseline": [9]})
        growth = allocate.solve(frame, "fair-share-growth", budget=10)
        assert Working(growth).why_values == (
            "'growth by need' does not level up by people or weighted people alone"
        )


@pytest.fixture(scope="module")
def left_out(tmp_path_factory: pytest.TempPathFactory) -> list[list[str | float | None]]:
    folder = tmp_path_factory.mktemp("left_out")
    table = "id,population,baseline,imd_quintile\nA,100,900,1\nB,100,1000,5\nC,100,800,\nD,0,50,1\n"
    made = allocate.run(make_scenario(folder, table, None, zero_population="hold"))
    made.save_workbook(folder / "a.xlsx")
    return cells_of(folder / "a.xlsx")["Equity"]


class TestEquity:
    """Areas that an audit leaves out have rows of their own, so that each column adds up to all areas."""

    def test_of_unknown_group_or_without_people_are_apart(
        self, left_out: list[list[str | float | None]]
    ) -> None:
        assert column(left_out, "Group")[:4] == [1, 5, "not known", "no people or need"]
        assert sum(each or 0 for each in column(left_out, "Historical £")[:4]) == 2750  # type: ignore[misc]

    def test_of_coverage_is_told_first(self, left_out: list[list[str | float | None]]) -> None:
        told = [str(row[0]) for row in left_out[:3]]
        assert told[1].startswith("imd_quintile is not known for 1 of 3 areas: its figures leave out 100")

    def test_of_unknown_group_is_in_no_measure(self, left_out: list[list[str | float | None]]) -> None:
        assert next(row for row in left_out if row[0] == "Gap £")[9] == pytest.approx(1)  # £9 and £10 a head

    def test_without_money_says_so(self, tmp_path: Path) -> None:
        made = allocate.run(make_scenario(tmp_path, "id,population,baseline\nA,9,0\n", None, budget=0))
        made.save_workbook(tmp_path / "a.xlsx")
        assert "There is nothing to audit" in str(cells_of(tmp_path / "a.xlsx")["Equity"][1][0])


def test_the_sheet_need_tells_every_index_that_is_left_out(tmp_path: Path) -> None:
    indices = [
        f"  - {{name: {name}, index: {name}, if_missing: leave_out}}" for name in ("one", "two", "three")
    ]
    book = "\n".join(["title: T", "need:", "  product:", "  - {name: own, index: fifth}", *indices, ""])
    made = allocate.run(make_scenario(tmp_path, AREAS, book, budget={"new_money": 3000}, invented=True))
    made.save_workbook(tmp_path / "a.xlsx")
    rows = cells_of(tmp_path / "a.xlsx")["Need"]
    told = [str(row[0]) for row in rows if str(row[0]).startswith("Left out: ")]
    assert [each.split(": ")[1] for each in told] == ["one", "two", "three"]
    assert column(rows, "Area")[0] == "A00"


class TestText:
    def test_from_the_data_is_never_a_formula(
        self, written: dict[str, Path], office: dict[str, Cells]
    ) -> None:
        found = column(office["hostile"]["Allocations"], "Name")
        for given, cell in zip(HOSTILE, found, strict=True):
            kept = given.replace("\t", " ").replace("\x07", "\ufffd").strip()
            assert cell == float(kept) if isinstance(cell, float) else str(cell).strip()[:99] == kept[:99]
        with zipfile.ZipFile(written["hostile"]) as parts:
            formulas = [parts.read(part).decode() for part in parts.namelist() if "/worksheets/sheet" in part]
            everything = b"".join(map(parts.read, parts.namelist()))
        assert not [each for each in formulas if "<f>1+1" in each or "cmd" in each]
        assert b"externalLink" not in everything
        assert b"<hyperlink" not in everything
        assert not [
            control for control in range(32) if control not in (9, 10, 13) and bytes([control]) in everything
        ]

    def test_that_looks_like_a_formula_stays_text_when_edited(self, written: dict[str, Path]) -> None:
        with zipfile.ZipFile(written["hostile"]) as parts:
            assert b'quotePrefix="1"' in parts.read("xl/styles.xml")

    def test_headers_are_one_line_and_differ(self) -> None:
        assert headers(["a\nb", "A B", "", "  "]) == ["a b", "A B (2)", "column", "column (2)"]
        assert headers(["_x0041_"]) == ["_ x0041_"]


TABLES = ["Allocations", "Need", "Rules", "Groups", "Equity", "Explain"]
"""The sheets that have a table."""


class TestFile:
    def test_the_same_run_gives_the_same_bytes(self, written: dict[str, Path], tmp_path: Path) -> None:
        command = [sys.executable, "-m", "allocate", "run", "llr", "--out", str(tmp_path / "llr.xlsx")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert f"Written: {tmp_path / 'llr.xlsx'}" in done.stdout
        assert (tmp_path / "llr.xlsx").read_bytes() == written["llr"].read_bytes()

    def test_all_sheets_say_that_figures_are_invented(self, written: dict[str, Path]) -> None:
        sheets = cells_of(written["llr"])
        assert list(sheets) == ["Summary", *TABLES, "About"]
        for rows in sheets.values():
            assert any("INVENTED FIGURES" in str(cell) for row in rows for cell in row)

    def test_shows_words_where_nobody_is_served(self, written: dict[str, Path]) -> None:
        # The place in the queue that nobody has is larger than any cell is wide.
        with zipfile.ZipFile(written["live"]) as parts:
            assert '"[&gt;=1000000000000000]&quot;nobody&quot;;0"' in parts.read("xl/styles.xml").decode()

    def test_has_no_macros_and_named_tables(self, written: dict[str, Path]) -> None:
        with zipfile.ZipFile(written["llr"]) as parts:
            names = parts.namelist()
            tables = "".join(parts.read(name).decode() for name in names if name.startswith("xl/tables"))
        assert not [name for name in names if "vba" in name.lower()]
        for name in TABLES:
            assert f'name="{name}Table"' in tables

    def test_long_tables_have_rows_of_one_height(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first rows say it for all: measuring every story of a nation would take too long."""

        def heights(name: str) -> set[str]:
            allocate.run(tmp_path).save_workbook(tmp_path / name)
            with zipfile.ZipFile(tmp_path / name) as book:
                sheets = [book.read(each).decode() for each in book.namelist() if "worksheets/sheet" in each]
            stories = max(sheets, key=lambda each: each.count(" ht="))
            return set(re.findall(r'<row r="[^>]* ht="([\d.]+)"', stories)[-30:])  # of the last areas

        make_scenario(tmp_path, AREAS, BOOKS["live"], budget={"new_money": 3000})
        assert len(heights("short.xlsx")) > 1
        monkeypatch.setattr("allocate.workbook.grid.SAMPLE", 3)
        assert len(heights("long.xlsx")) == 1

    def test_more_areas_than_rows_are_refused(
        self, runs: dict[str, allocate.Allocation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("allocate.workbook.MOST_AREAS", 39)
        (problem,) = problems_of(runs["live"].save_workbook, tmp_path / "a.xlsx")
        assert "40 areas are more than the 39 that an Excel sheet has room for; write a folder" in problem

    def test_another_name_is_refused(self, runs: dict[str, allocate.Allocation], tmp_path: Path) -> None:
        (problem,) = problems_of(runs["live"].save_workbook, tmp_path / "results")
        assert problem.endswith("does not end in .xlsx; name it " + str(tmp_path / "results.xlsx"))

    def test_a_folder_in_its_place_is_one_line(
        self, runs: dict[str, allocate.Allocation], tmp_path: Path
    ) -> None:
        (tmp_path / "a.xlsx").mkdir()
        (problem,) = problems_of(runs["live"].save_workbook, tmp_path / "a.xlsx")
        assert "'a.xlsx' in it is a folder" in problem
        assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]

    def test_without_the_package_it_says_what_to_install(self, tmp_path: Path) -> None:
        code = "import sys; sys.modules['xlsxwriter'] = None; from allocate.cli import main; main()"
        command = [sys.executable, "-c", code, "run", "llr", "--out", str(tmp_path / "a.xlsx")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        what = "cannot be written without another package; pip install 'allocate[excel]'"
        assert done.stderr == f"error: {tmp_path / 'a.xlsx'}: {what}\n"
        assert not list(tmp_path.iterdir())

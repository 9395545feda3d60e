"""Scenarios in which what is out of the ordinary happens: every face of the result says so."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import click
import polars as pl
import pytest
from click.testing import CliRunner
from helpers import make_scenario
from office import cells_of

import allocate
from allocate.cli import main
from allocate.impact.assessment import assess
from allocate.impact.markdown import to_markdown
from allocate.report.stories import pack_stories
from allocate.report.subject import open_subjects
from allocate.text.show import allocation_text

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """\
id,population,need,baseline,place,remark
A,1000,1.2,90000,north,
B,2000,0.9,180000,north,small
C,1500,1.1,120000,south,
D,900,1.0,99000,south,
E,700,1.0,60000,elsewhere,
"""
BOOK = """
title: Everything at once
about: Rules that cannot all hold, and caps that leave money.
parameters: {kept: elsewhere, ceiling: {value: 2%, unit: share}}
need: {index: need}
closing_target: fair_share * 0.98
rules:
  - {name: growth for all, floor: baseline * 1.5, if_unaffordable: scale}
  - {name: ceiling for all, cap: baseline * (1 + ceiling)}
share_out:
  - {name: shortfalls, least_shortfall: need, amount: 50%}
  - {name: the others, level_up: weighted_population}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scenario(
        tmp_path_factory.mktemp("everything"),
        TABLE,
        BOOK,
        budget={"new_money": "50000.37"},
        where="place <> kept",
        leave_unspent=True,
        round_to="1",
    )


@pytest.fixture(scope="module")
def result(scenario: Path) -> allocate.Allocation:
    return allocate.run(scenario)


def printed(*arguments: object) -> str:
    done = CliRunner().invoke(main, [*map(str, arguments)])
    assert done.exit_code == 0, done.stderr
    return " ".join(done.stdout.split())


def test_it_all_happens(result: allocate.Allocation) -> None:
    summary = result.summary
    assert (summary.areas, result.prepared.areas.dropped) == (4, 1)
    assert summary.gave_way["growth for all"] < 0.05
    assert summary.unspent > 4_000_000
    assert summary.rounding == 37
    assert allocate.verify(result).holds


def test_on_the_terminal(scenario: Path) -> None:
    text = printed("run", scenario)
    for part in ("Unspent", "£40,220", "growth for all"):
        assert part in text


def test_in_the_report(result: allocate.Allocation, tmp_path: Path) -> None:
    result.save_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for part in (
        "gave way because not all rules can hold",
        "is not spent: the caps let no area take it",
        "£0.37 of the pot is less than a rounding unit",
    ):
        assert part in page


def test_in_the_impact_assessment(scenario: Path, tmp_path: Path) -> None:
    printed("impact", scenario, "--out", tmp_path / "impact.md")
    page = " ".join((tmp_path / "impact.md").read_text(encoding="utf-8").split())
    for part in (
        "1 row of the table is left out by the scenario",
        "because not all rules could hold",
        "Money stays unspent",
        "closing the shortfalls from fair share with the highest need first",
    ):
        assert part in page


def test_in_the_workbook(result: allocate.Allocation, tmp_path: Path) -> None:
    text = workbook_text(result, tmp_path)
    assert "As the rules define it: fair_share * 0.98" in text["Allocations"]
    assert "gave way" in text["Rules"]


def test_where_targets_come_from_and_what_baselines_outrank(tmp_path: Path) -> None:
    rules = [{"name": "low", "cap": "80_000", "where": "id = 'B'"}]
    frame = pl.read_csv(TABLE.encode()).with_columns(target=pl.col("baseline") * 1.1)
    columns = {"target": "target"}
    published = allocate.solve(
        frame, {"title": "T", "rules": rules}, columns=columns, budget={"growth": "1%"}
    )
    text = workbook_text(published, tmp_path)
    assert "As published: column 'target'" in text["Allocations"]
    held = "It comes out below the baseline of 1 area (£180,000), which outranks it."
    assert held in text["Rules"]
    published.save_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "comes out below the baseline of 1 area; the baseline outranks it." in page
    own = allocate.solve(frame, {"title": "T", "target": "baseline * 1.2"}, budget={"growth": "1%"})
    assert "As the rules define it: baseline * 1.2" in workbook_text(own, tmp_path)["Allocations"]


def workbook_text(result: allocate.Allocation, folder: Path) -> dict[str, str]:
    """The words of each sheet of the workbook of a run."""
    result.save_workbook(folder / "run.xlsx")
    return {
        sheet: " ".join(str(cell) for row in rows for cell in row)
        for sheet, rows in cells_of(folder / "run.xlsx").items()
    }


def test_no_story_of_money_that_cannot_be_placed(tmp_path: Path) -> None:
    rules = [{"name": "most", "cap": "baseline * 1.01"}]
    frame = pl.read_csv(TABLE.encode())
    result = allocate.solve(frame, {"title": "T", "rules": rules}, budget={"new_money": 5_000})
    assert result.next_gains is None
    result.save(tmp_path / "run")
    [subject] = open_subjects([str(tmp_path / "run")])
    assert "One more £1,000" not in str(pack_stories(subject))


def test_in_the_rule_book_as_it_is_shown_on_a_scenario(scenario: Path) -> None:
    text = printed("rules", "show", scenario.parent / "book.yaml", "--on", scenario)
    for part in (
        "kept = elsewhere",
        "Closing distance is measured from £ fair_share * 0.98",
        "if not all rules can hold it is scaled down (priority 1)",
        "closing the shortfalls from fair share with the highest need first; ties level up",
        "gave way",
    ):
        assert part in text


def test_in_a_rule_book_that_joins_those_of_a_scenario(scenario: Path) -> None:
    text = printed("rules", "show", "level-up", "--on", scenario)
    assert "lift them together until the new money is spent" in text


# Another: an area without people beside others that had nothing, all of one place


@pytest.fixture(scope="module")
def from_nothing(tmp_path_factory: pytest.TempPathFactory) -> allocate.Allocation:
    table = "id,population,baseline,place,imd_score\nA,100,0,X,30\nB,200,0,X,10\nC,0,0,X,20\n"
    folder = tmp_path_factory.mktemp("nothing")
    return allocate.run(make_scenario(folder, table, None, zero_population="hold"))


EMPTY = "1 area without people is held at its baseline (£0.00 in all)."


def test_money_for_areas_that_had_none_grows_by_no_share(from_nothing: allocate.Allocation) -> None:
    for text in (allocation_text(from_nothing), from_nothing._repr_html_(), str(from_nothing.equity())):
        assert "nan" not in text
        assert "inf" not in text
    assert "£300 on baselines of £0" in allocation_text(from_nothing)
    assert EMPTY in allocation_text(from_nothing)
    assert f"<p>Note: {EMPTY}</p>" in from_nothing._repr_html_()


def test_nothing_is_spread_in_no_way(from_nothing: allocate.Allocation) -> None:
    text = str(from_nothing.equity("imd_score"))
    assert "move: by fair share 0.0% (Gini 0.0000, Theil 0.00000); levelled up" in text
    assert "Concentration index per weighted head: the money lies by fair share evenly (0);" in text
    measures = from_nothing.equity("imd_score").compared[0].measures["historical"]
    assert measures["gap"] == 0
    assert all(math.isnan(measures[name]) for name in ("ratio", "concentration_index", "theil_within"))


def test_its_assessment_compares_nothing_that_is_one(from_nothing: allocate.Allocation) -> None:
    page = to_markdown(assess(from_nothing, ["place"]))
    assert EMPTY in page
    assert "| X | 3 | 300 | 0.00 | 1.00 | - | 0.00 | 1.00 | 100.0% | 100.0% |" in page
    for comparison in ("grow by less than the average", "Areas stand", "Between the best and the worst"):
        assert comparison not in page


def test_its_charts_show_what_is_new(from_nothing: allocate.Allocation) -> None:
    assert "20.0% of the new money, 20.0% of the need" in from_nothing.plot.concentration().says
    with pytest.raises(allocate.InputError, match="fewer than two groups of 'place' have need"):
        from_nothing.plot.per_weighted_head("place")


def test_its_report_has_dashes(from_nothing: allocate.Allocation, tmp_path: Path) -> None:
    from_nothing.save_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.search(r"Ratio(<[^>]*>|\s)*–(<[^>]*>|\s)*1\.0000", page)
    assert "The lowest-funded area rises from £0.00 to £1.00 per weighted head" in page


def test_its_workbook_says_where_there_is_one_group(tmp_path: Path) -> None:
    table = "id,population,baseline,kind\nA,100,0,X\nB,200,0,X\nC,0,0,Y\nD,0,0,Y\n"
    path = make_scenario(tmp_path, table, None, zero_population="hold")
    allocate.run(path).save_workbook(tmp_path / "run.xlsx")
    words = [cell for row in cells_of(tmp_path / "run.xlsx")["Equity"] for cell in row]
    assert "There is nothing to compare." in words


def test_without_new_money_nobody_gains(tmp_path: Path) -> None:
    table = "id,population,baseline,place\nA,100,1000,X\nB,100,900,Y\n"
    result = allocate.run(make_scenario(tmp_path, table, None, budget={"new_money": 0}))
    assert re.search(r"Gaining +no area\n", click.unstyle(allocation_text(result)))
    page = to_markdown(assess(result, ["place"]))
    assert "0 areas with 0 people get more than their baseline" in page
    assert "By place, the funding of all groups grows alike (+0.00%)." in page

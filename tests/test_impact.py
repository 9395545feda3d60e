"""The draft of an impact assessment: its figures are the run's, and what it cannot know it leaves open."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from docx import Document
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.impact import save_impact
from allocate.impact.assessment import assess
from allocate.impact.blocks import Grid, Heading, Words
from allocate.impact.characteristics import CHARACTERISTICS
from allocate.impact.markdown import to_markdown
from allocate.impact.word import to_docx

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.impact.blocks import Block

BY = ("imd_quintile", "place", "race=ethnic_minority_share")


@pytest.fixture(scope="module")
def run() -> allocate.Allocation:
    return allocate.run("llr")


@pytest.fixture(scope="module")
def draft(run: allocate.Allocation) -> list[Block]:
    return assess(run, BY)


def grid(draft: list[Block], title: str) -> Grid:
    """The first table after a heading."""
    at = next(n for n, each in enumerate(draft) if isinstance(each, Heading) and each.text == title)
    return next(each for each in draft[at:] if isinstance(each, Grid))


def test_the_effect_by_group_is_the_runs(draft: list[Block], run: allocate.Allocation) -> None:
    rows = {row[0]: row[1:] for row in grid(draft, "By place").rows}
    leicester = (run.prepared.areas.table.frame["place"] == "Leicester").to_numpy()
    people, money = run.prepared.areas.population[leicester].sum(), run.amounts[leicester].sum() / 100
    had = run.prepared.areas.baseline[leicester].sum() / 100
    share = (money - had) / 2_850_000
    expected = (
        "54",
        f"{people:,.0f}",
        f"{had / people:,.2f}",
        f"{money / people:,.2f}",
        f"{money / had - 1:+.2%}",
    )
    assert rows["Leicester"][:5] == expected
    assert rows["Leicester"][8] == f"{share:.1%}" == "74.4%"
    assert list(rows) == ["Leicester", "Leicestershire", "Rutland"]


def test_a_column_of_figures_is_cut_into_fifths(draft: list[Block]) -> None:
    # As an audit cuts it: as many people in each fifth as whole areas allow.
    rows = grid(draft, "By ethnic_minority_share (race)").rows
    assert sum(int(row[1]) for row in rows) == 130
    assert [row[0].partition(" (")[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert all(19 < float(row[8].rstrip("%")) < 21 for row in rows)
    text = to_markdown(draft)
    assert "ethnic_minority_share has 109 values: cut into fifths by people, the lowest first." in text


def test_characteristics_are_open_unless_a_column_is_given(draft: list[Block]) -> None:
    rows = {row[0]: row[1:] for row in grid(draft, "5. Protected characteristics").rows}
    assert list(rows) == list(CHARACTERISTICS.values())
    assert rows["Race"][0] == "By area only, in 'ethnic_minority_share': see above"
    assert all(says == "Not covered by the table" for name, (says, _) in rows.items() if name != "Race")
    assert all("[to be completed: " in rest for _, rest in rows.values())


def test_every_part_leaves_something_to_a_person(draft: list[Block]) -> None:
    text = to_markdown(draft)
    for part in text.split("\n## ")[1:10]:
        assert "[to be completed: " in part, part[:40]
    assert "No area is below its baseline" in text
    assert "every place keeps pace (floor): each place, all its areas together, grows by" in text
    assert "INVENTED FIGURES" in text


def test_missing_values_are_said(tmp_path: Path) -> None:
    table = TABLE.replace("1000,X\nB", "1000,\nB")
    scenario = make_scenario(tmp_path, table, None)
    text = to_markdown(assess(allocate.run(scenario), ["place"]))
    assert "The column 'place' has a value for 2 of 3 areas, with 75.0% of the people." in text


def test_what_stands_out_is_told_with_its_figures(tmp_path: Path) -> None:
    # X has £10.00 a head and Y £7.50: all £300 go to B in Y, which then has £9.00. Targets are £875 for A and
    # C and £1,750 for B, fair shares £950 and £1,900.
    text = to_markdown(assess(allocate.run(make_scenario(tmp_path, TABLE, None)), ["place"]))
    assert "By place, the funding of 'Y' grows most (+20.00%), 'X' least (+0.00%)." in text
    assert "the gap narrows: £2.50 per weighted head before, £1.00 after." in text
    assert "2 areas grow by less than the average of 8.57%: their share falls." in text
    assert "Before, 1 area is under target, by £250.00." in text
    assert "After, 1 is under fair share of the new pot, by £100.00 in all." in text
    assert "The largest gain is £300 (the fastest growth 20.0%)" in text


def test_one_area_is_told_as_one(tmp_path: Path) -> None:
    scenario = make_scenario(tmp_path, TABLE, None, where="place = 'Y'", budget={"new_money": 10})
    text = to_markdown(assess(allocate.run(scenario)))
    assert "among 1 area: baselines of" in text
    assert "1 area with 200 people gets more than its baseline" in text
    scenario = make_scenario(tmp_path, TABLE, None, where="place = 'X'", budget={"new_money": 0})
    text = to_markdown(assess(allocate.run(scenario)))
    assert "1 row of the table is left out by the scenario: it keeps place = 'X'." in text
    assert "2 areas with 200 people get exactly their baseline." in text


def test_without_groups_it_says_so(tmp_path: Path) -> None:
    table = "\n".join(line.rpartition(",")[0] for line in TABLE.splitlines())
    text = to_markdown(assess(allocate.run(make_scenario(tmp_path, table, None))))
    assert "No column of the table sorts the areas into a few groups." in text


@pytest.mark.parametrize("suffix", ["md", "docx"])
def test_the_same_run_gives_the_same_bytes(suffix: str, run: allocate.Allocation, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "allocate", "impact", "llr", "--out", str(tmp_path / f"a.{suffix}")]
    command += [word for each in BY for word in ("--by", each)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Written: {tmp_path / f'a.{suffix}'}\n")
    save_impact(run, tmp_path / f"b.{suffix}", BY)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_word_has_what_markdown_has(draft: list[Block]) -> None:
    document = Document(BytesIO(to_docx(draft)))
    words = [each.text for each in draft if isinstance(each, Words)]
    assert [each.text for each in document.paragraphs if each.text and each.style.name[:7] != "Heading"][
        1:
    ] == words
    tables = [each for each in draft if isinstance(each, Grid)]
    assert len(document.tables) == len(tables)
    assert [cell.text for cell in document.tables[1].rows[1].cells] == list(tables[1].rows[0])
    assert document.core_properties.created.year == 2000


def test_text_from_the_data_is_text() -> None:
    evil = "# a\x00 | b\n<script> [x](http://x.example) *c*"
    blocks = [Heading(evil), Words(evil), Grid((evil, "n"), ((evil, "1"),), 1)]
    text = to_markdown(blocks)
    assert "<script>" not in text
    assert "[x](" not in text
    assert text.splitlines()[2].startswith("\\# a\ufffd \\| b &lt;script>")
    assert Document(BytesIO(to_docx(blocks))).tables[0].rows[1].cells[1].text == "1"


def test_problems_are_a_line_each(run: allocate.Allocation, tmp_path: Path) -> None:
    asked = ["plaec", "rice=place", "practice_name"]
    assert problems_of(save_impact, run, tmp_path / "a.md", asked) == [
        "by: there is no column 'plaec'; did you mean 'place'?",
        "by: there is no protected characteristic 'rice'; did you mean 'race'?",
        "by: 'practice_name' would make a group of every area;"
        " give a column whose values several areas share",
    ]
    assert problems_of(save_impact, run, tmp_path / "a.pdf") == [
        f"{tmp_path / 'a.pdf'}: is neither .docx nor .md; name the file so"
    ]
    assert not list(tmp_path.iterdir())


def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['docx'] = None; from allocate.cli import main; main()"
    command = [sys.executable, "-c", code, "impact", "llr", "--out", str(tmp_path / "a.docx")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    what = "cannot be written without another package; pip install 'allocate[documents]', or write .md"
    assert done.stderr == f"error: {tmp_path / 'a.docx'}: {what}\n"

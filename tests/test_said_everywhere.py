"""One scenario in which everything out of the ordinary happens: every face of the result says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from helpers import make_scenario

import allocate
from allocate.cli import main

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
        "1 rows of the table are left out by the scenario",
        "because not all rules could hold",
        "Money stays unspent",
        "closing the shortfalls from fair share with the highest need first",
    ):
        assert part in page


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

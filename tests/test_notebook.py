"""In a notebook: what an allocation shows, and the example, whose cells run in order."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

import allocate

EXAMPLE = Path(__file__).parents[1] / "docs" / "developers" / "example.ipynb"


class Tags(HTMLParser):
    """The tags and the text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name != "style"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_an_allocation_shows_facts_groups_and_the_largest_gains() -> None:
    shown = Tags(allocate.run("llr")._repr_html_())
    assert shown.open == []
    for expected in (
        "355,871.32",
        "Stonechat Gate Health Centre",
        "every place keeps pace",
        "Leicestershire",
    ):
        assert expected in shown.text
    assert "£111,850,000 for 130 areas with 1,200,000 people" in shown.text
    assert any("INVENTED FIGURES" in text for text in shown.text)
    assert any("120 more areas" in text for text in shown.text)


def test_every_result_shows_itself_without_scripts() -> None:
    llr = allocate.run("llr")
    years = allocate.run_years("llr-five-years")
    shown: list[tuple[Any, str]] = [
        (years, "no area loses cash in any year."),
        (allocate.compare(llr, years.allocations[-1]), "The pots differ"),
        (allocate.sweep("llr", {"new_money": "1m:2m:2"}), "1 point failed"),
        (allocate.cost("llr", to="95%"), "£1,996,617.07 of new money"),
        (allocate.cost("starter", to="95%"), "of new money"),
        (allocate.uncertainty("llr", "5%", draws=20), "Too uncertain to act on"),
        (llr.equity(), "per weighted head"),
    ]
    for result, expected in shown:
        tags = Tags(result._repr_html_())
        assert tags.open == []
        assert not tags.seen & {"script", "img", "iframe", "link"}
        assert any(expected.lower() in text.lower() for text in tags.text), expected
        assert any("INVENTED FIGURES" in text for text in tags.text), type(result)


def test_shares_are_in_per_cent_and_money_in_pounds_and_pence() -> None:
    swept = allocate.sweep("llr", {"new_money": "3m:4m:2"})
    worst = swept.points["closing_worst"][0]
    assert f"−{-worst:.1%}" in Tags(swept._repr_html_()).text
    cost = allocate.cost("llr", to="95%")
    first = cost.curve.row(0, named=True)
    assert {f"{first['level']:.2f}", f"{first['fair_share']:.1%}"} <= set(Tags(cost._repr_html_()).text)
    sure = allocate.uncertainty("llr", "5%", draws=20)
    unsure = sure.areas.filter(position="too uncertain").row(0, named=True)
    shown = Tags(sure._repr_html_()).text
    assert f"{unsure['p_gains']:.0%}" in shown[shown.index(unsure["id"]) :]


def test_an_audit_shows_the_means_of_the_groups() -> None:
    audit = allocate.run("llr").equity("place")
    shown = Tags(audit._repr_html_()).text
    row = shown[shown.index("Leicester") :]
    (found,) = [each for each in audit.compared if each.per == "weighted head"]
    assert row[1:4] == [f"{means[0]:,.2f}" for means in found.means.values()]


def test_nothing_from_the_data_becomes_html() -> None:
    evil = "<script>alert('&')</script>"
    frame = pl.DataFrame(
        {"id": [evil, "B"], "name": [evil, '"><img src=x>'], "population": [1.0, 2], "baseline": [5, 4]}
    )
    book = {"title": evil, "rules": [{"name": evil, "across": "population > 0", "floor": "0"}]}
    shown = Tags(allocate.solve(frame, book, budget={"new_money": 1}, title=evil)._repr_html_())
    assert shown.seen <= {"div", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "code"}
    assert shown.text.count(evil) >= 3


def test_the_example_runs_and_stores_no_output() -> None:
    cells: list[dict[str, Any]] = json.loads(EXAMPLE.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert not [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None]
    names: dict[str, Any] = {}
    for cell in code:
        exec(compile("".join(cell["source"]), EXAMPLE.name, "exec"), names)
    assert names["mine"].amounts.sum() == 42_500_000
    assert names["more"].summary.level > names["result"].summary.level

"""The charts of results: each says what it shows, shows itself in notebooks and can be saved."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import polars as pl
import pytest
from helpers import make_scenario

import allocate
from allocate.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allocate.charts.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def llr() -> allocate.Allocation:
    return allocate.run("llr")


@pytest.fixture(scope="module")
def years() -> allocate.Years:
    return allocate.run_years("llr-five-years")


@pytest.fixture(scope="module")
def comparison(llr: allocate.Allocation) -> allocate.Comparison:
    return allocate.compare(llr, allocate.run("llr", budget=114_000_000), by=["place", "imd_quintile"])


def texts(figure: Figure) -> list[str]:
    """The words drawn in a chart."""
    return [each.text or "" for each in ElementTree.fromstring(figure.to_svg()).iter(f"{SVG}text")]


def test_every_chart_of_an_allocation_is_that_of_the_report(llr: allocate.Allocation, tmp_path: Path) -> None:
    llr.save_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    plot = llr.plot
    for figure in (
        plot.distance(),
        plot.per_weighted_head(),
        plot.per_weighted_head("place"),
        plot.gain("imd_quintile"),
        plot.gain("place"),
        plot.concentration(),
        plot.rules(),
    ):
        assert figure.svg.partition(">")[2] in page


def test_a_saved_run_has_the_same_charts(llr: allocate.Allocation, tmp_path: Path) -> None:
    llr.save(tmp_path / "run")
    assert allocate.load_run(tmp_path / "run").plot.gain() == llr.plot.gain()


def test_findings_are_those_of_the_run(
    llr: allocate.Allocation, years: allocate.Years, comparison: allocate.Comparison
) -> None:
    assert llr.plot.gain().finding == "The most deprived fifth gains most: £1.46m, 51% of the new money"
    assert "£3.27m (+3.0%)" in texts(years.plot.money())
    came = years.within["year"].drop_nulls().len()
    assert years.plot.within().finding.startswith(f"{came} of {years.within.height} areas")
    worst = years.paths["2025/26"].drop_nulls().to_numpy().min()
    assert f"{-worst:.1%}" in years.plot.distance().finding
    leicester = comparison.groups.row(by_predicate=pl.col("value") == "Leicester", named=True)
    for run in comparison.runs:
        gain = float(leicester[f"gain:{run}"]) / 1e6
        assert f"£{gain:.2f}m" in comparison.plot.gain("place").says
    best = min(
        comparison.fit.filter(money="allocation", weights="own").to_dicts(), key=lambda row: row["misplaced"]
    )
    assert comparison.plot.fit().finding.startswith(f"'{best['run']}' is nearest to need")


def test_a_chart_says_how_many_are_under_target(llr: allocate.Allocation) -> None:
    before, after = (
        llr.areas.filter(pl.col(column) < -0.00005).height
        for column in ("opening_distance", "closing_distance")
    )
    says = llr.plot.distance().says
    assert re.findall(r"([\d,]+) of them under it", says) == [str(before), str(after)]
    assert before != after


def test_of_many_groups_a_chart_has_the_largest_gains() -> None:
    frame = pl.DataFrame(
        {
            "id": [f"A{at:02}" for at in range(40)],
            "population": 100,
            "baseline": [1_000 + 10 * (at // 2) for at in range(40)],
            "place": [f"place {at // 2:02}" for at in range(40)],
        }
    )
    figure = allocate.solve(frame, budget={"growth": "20%"}).plot.gain("place")
    assert re.findall(r"place (\d\d):", figure.says) == [f"{at:02}" for at in range(15)]
    assert "the 15 largest gains; 5 more in the table" in figure.units


def test_what_it_would_take_and_how_sure_it_is() -> None:
    cost = allocate.cost("llr", to="95%")
    assert f"£{cost.new_money / 100:,.2f}" in cost.plot.curve().finding
    sure = allocate.uncertainty("llr", "5%", draws=50)
    assert sure.plot.distance().finding.startswith(f"{sure.summary.too_uncertain:,} of 130 areas")
    sweep = allocate.sweep("llr", {"new_money": "2m:4m:3", "health_inequalities_share": "0:30%:2"})
    figure = sweep.plot.line("closing_worst")
    assert "health_inequalities_share 0.3" in texts(figure)
    assert "Closing worst" in figure.finding
    one = allocate.sweep("llr", {"new_money": "2m:4m:3"})
    first, last = (f"−{-one.points['closing_worst'][at]:.1%}" for at in (0, -1))
    assert one.plot.line("closing_worst").finding == f"Closing worst goes from {first} to {last}"


def test_it_shows_itself_with_a_text_alternative_and_nothing_from_the_data_becomes_html(
    tmp_path: Path,
) -> None:
    evil = "<script>alert('&')</script>"
    table = f"id,population,baseline,place\nA,100,1000,{evil}\nB,100,900,Y\n"
    figure = allocate.run(make_scenario(tmp_path, table, None)).plot.gain("place")
    shown = figure._repr_html_()
    assert "<script" not in shown
    root = ElementTree.fromstring(figure.to_svg())
    assert root.attrib["role"] == "img"
    assert [each.text for each in root[:2]] == [figure.finding, figure.says]


def test_a_chart_of_invented_figures_says_so_in_its_picture_its_caption_and_its_text(
    llr: allocate.Allocation, years: allocate.Years, comparison: allocate.Comparison
) -> None:
    for figure in (llr.plot.distance(), llr.plot.gain(), years.plot.money(), comparison.plot.gain()):
        assert texts(figure)[-1] == "INVENTED FIGURES"
        caption, _, told = figure.to_html().partition("</figcaption>")
        assert "INVENTED FIGURES: this table is made up" in caption
        assert "INVENTED FIGURES: this table is made up" in told.partition("</desc>")[0]
    real = allocate.solve(BARE.with_columns(place=pl.Series(["X", "Y"])), budget=20).plot.gain("place")
    assert "INVENTED" not in real.to_html()


@pytest.mark.parametrize("name", ["chart.svg", "chart.png", "chart.PNG"])
def test_it_is_saved_whole(llr: allocate.Allocation, tmp_path: Path, name: str) -> None:
    llr.plot.gain().save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert content.startswith(b"<svg " if name.endswith("svg") else b"\x89PNG")


def test_a_picture_has_its_text_whatever_fonts_there_are(llr: allocate.Allocation, tmp_path: Path) -> None:
    figure = llr.plot.gain()
    wordless = replace(figure, svg=re.sub("<text.*?</text>", "", figure.svg))
    figure.save(tmp_path / "with.png")
    wordless.save(tmp_path / "without.png")
    assert (tmp_path / "with.png").read_bytes() != (tmp_path / "without.png").read_bytes()


def test_another_format_is_refused(llr: allocate.Allocation, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"end it with \.svg or \.png"):
        llr.plot.gain().save(tmp_path / "chart.jpg")
    assert not list(tmp_path.iterdir())


BARE = pl.DataFrame({"id": ["A", "B"], "population": [1.0, 2], "baseline": [5, 4]})


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda run: run.plot.concentration(), "no column says how deprived areas are"),
        (lambda run: run.plot.gain("nowhere"), "there is no column 'nowhere'"),
        (lambda run: run.plot.gain(), "by"),
        (lambda run: allocate.compare(run, run).plot.gain(), "compared by no column"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw: Callable[[Any], Figure], said: str) -> None:
    with pytest.raises(InputError, match=said):
        draw(allocate.solve(BARE, budget=20))


NOTHING = BARE.with_columns(baseline=0, grade=None)
YEARS = {"from": "2023/24", "to": "2024/25", "budget": {"growth": "3%"}}


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (
            lambda: allocate.solve_years(NOTHING, years=YEARS).plot.distance(),
            "no area has a distance from its",
        ),
        (
            lambda: allocate.compare(allocate.solve(NOTHING), allocate.solve(NOTHING)).plot.fit(),
            "no run has need to fit money to",
        ),
        (
            lambda: allocate.compare(allocate.solve(NOTHING, budget=1), by="grade").plot.gain(),
            "'grade' has no groups or too many for a chart",
        ),
        (
            lambda: allocate.uncertainty(allocate.solve(NOTHING, budget=1), "5%", draws=20).plot.distance(),
            "no area",
        ),
        (
            lambda: allocate.solve(NOTHING.with_columns(imd_score=pl.Series([1, 2]))).plot.concentration(),
            "no money",
        ),
    ],
)
def test_without_money_there_is_nothing_to_draw(draw: Callable[[], Figure], said: str) -> None:
    with pytest.raises(InputError, match=said):
        draw()


def test_a_sweep_has_no_line_of_text() -> None:
    sweep = allocate.sweep("llr", {"new_money": "2m:3m:2"})
    with pytest.raises(InputError, match="there is no measure 'route'"):
        sweep.plot.line("route")
    assert repr(sweep.plot.line()) == f"<Figure: {sweep.plot.line().finding}>"
    assert sweep.plot.line().finding.startswith("Closing shortfall goes from £2.18m to £1.61m")
    kinds = allocate.sweep("llr", {"every place keeps pace": ["sum(baseline) / 90", "sum(baseline) / 80"]})
    with pytest.raises(InputError, match="or what varies is text"):
        kinds.plot.line()


def test_without_the_package_that_draws_it_says_what_to_install(
    llr: allocate.Allocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'allocate\[report\]'"):
        llr.plot.gain()

"""The report as a file: what it says, that it says nothing else, and that names from data stay text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import TABLE, make_scenario, problems_of
from hostile import HOSTILE, hostile_allocation

import allocate
from allocate.charts.concentration import concentration
from allocate.charts.every_area import distances
from allocate.charts.style import tidy
from allocate.documents.bundled import rulebook_names
from allocate.documents.policy import load_policy
from allocate.groupings.choosing import grouping_of, usual
from allocate.groupings.groups import Grouped, add_up
from allocate.report import save_report
from allocate.report.caveats import caveats
from allocate.report.facts import decision, five_numbers
from allocate.report.page import NEXT_CELL, _cells, page
from allocate.report.stories import pack_stories
from allocate.report.subject import Subject, open_subjects, subject_of
from allocate.results.records import record
from allocate.results.runs import run_of

if TYPE_CHECKING:
    from allocate.allocation import Allocation
    from allocate.results.runs import Run


def grouped(run: Run, column: str) -> Grouped:
    return add_up(run, grouping_of(run, column))


class Parsed(HTMLParser):
    """A page as a browser would see it: its elements, the rows of its tables, its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self.open = tag
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        elif tag in self.inside:
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open in self.inside:
            self.inside[self.open][-1] += data
        elif self.open in ("th", "td"):
            self.tables[-1][-1][-1] += data

    @property
    def areas(self) -> list[list[str]]:
        """The table of all areas."""
        which = [attributes for tag, attributes in self.elements if tag == "table"]
        return self.tables[next(at for at, each in enumerate(which) if each.get("id") == "areas")]


def unpack(stories: dict[str, Any], area: int) -> list[tuple[str, str]]:
    """What the page's script does with the packed stories."""
    which, *numbers = stories["areas"][area].split(" ")
    rest = iter(numbers)
    told = []
    for text in stories["sequences"][int(which)]:
        title, sentence = stories["texts"][text]
        told.append((title, re.sub("\x01", lambda _: next(rest), sentence)))
    return told


def captioned(html: str, caption: str) -> list[list[str]]:
    """The rows of the one table with a caption."""
    (table,) = re.findall(f"<caption>{re.escape(caption)}</caption>.*?</table>", html, re.DOTALL)
    return Parsed(f"<table>{table}").tables[0]


@pytest.fixture(scope="module")
def llr() -> Allocation:
    return allocate.run("llr")


@pytest.fixture(scope="module")
def html(llr: Allocation) -> str:
    return page([subject_of(llr)])


@pytest.fixture(scope="module")
def hostile() -> Allocation:
    return hostile_allocation()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two saved runs: as it is, and with most of the new money for the most deprived fifth."""
    folder = tmp_path_factory.mktemp("runs")
    allocate.run("llr").save(folder / "usual")
    allocate.run("llr", parameters={"deprived_share": "70%"}).save(folder / "deprived")
    return [str(folder / "usual"), str(folder / "deprived")]


class TestFirstScreen:
    def test_the_decision_is_one_sentence(self, llr: Allocation) -> None:
        said = decision(subject_of(llr))
        assert said == (
            "£2,850,000 of new money raises 70 of 130 areas, and no area falls below what it gets today."
        )

    def test_five_numbers(self, llr: Allocation) -> None:
        subject = subject_of(llr)
        numbers = five_numbers(subject, [grouped(subject.run, "imd_quintile")])
        assert [each.value for each in numbers] == [
            "£2.85m",
            "70 of 130",
            "−20.7% → −4.9%",
            "£72.04 → £88.63",
            "51%",
        ]
        assert numbers[1].what == "areas rise; the other 60 keep what they get; nobody falls"

    def test_without_groups_there_are_five_too(self, llr: Allocation) -> None:
        assert len(five_numbers(subject_of(llr), [])) == 5

    def test_no_new_money_raises_nobody(self, tmp_path: Path) -> None:
        result = allocate.run(make_scenario(tmp_path, TABLE, None, budget={"new_money": 0}))
        assert decision(subject_of(result)).startswith("All 3 areas keep what they get today")
        assert "Infinity" not in page([subject_of(result)])


class TestFindings:
    def test_titles_say_what_is_to_be_seen(self, html: str) -> None:
        for finding in (
            "70 of 130 areas rise; nobody falls",
            "The lowest-funded area rises from £72.04 to £88.63 per weighted head",
            "The most deprived fifth gains most: £1.46m, 51% of the new money",
            "The gap between highest and lowest narrows from £13.88 to £7.22 per weighted head",
            "The most deprived fifth of people get 57% of the new money and have 21% of the need",
            "60 areas held by the baseline, 37 by nothing",
        ):
            assert f"<h3>{finding}</h3>" in html

    def test_without_new_money_they_claim_nothing(self, tmp_path: Path) -> None:
        result = allocate.run(make_scenario(tmp_path, TABLE, None, budget={"new_money": 0}))
        said = page([subject_of(result)], by=["place"])
        assert "<h3>No group gains</h3>" in said
        assert "<h3>The gap between highest and lowest stays at £2.50 per weighted head</h3>" in said


class TestAreas:
    def test_every_figure_is_that_of_the_allocations(self, llr: Allocation, html: str) -> None:
        heading, *rows = Parsed(html).areas
        shown = pl.DataFrame(rows, schema=heading, orient="row")
        areas = llr.areas
        assert shown["Area"].to_list() == areas["id"].to_list()
        for column, name in [
            ("Baseline £", "baseline"),
            ("Fair share £", "fair_share"),
            ("Allocation £", "allocation"),
            ("Gain £", "gain"),
        ]:
            written = [f"{amount:.2f}" for amount in areas[name]]
            assert [cell.replace(",", "") for cell in shown[column]] == written
        for column, name, times in [
            ("People", "population", 1),
            ("Need index", "need_index", 1),
            ("Gain", "gain_percent", 1),
            ("Before", "opening_distance", 100),
            ("After", "closing_distance", 100),
        ]:
            cells = [float(re.sub("[,%+]", "", cell).replace("−", "-")) for cell in shown[column]]
            tolerance = {"People": 0.5, "Need index": 0.0005}.get(column, 0.05)
            assert np.allclose(cells, areas[name].to_numpy() * times, atol=tolerance + 1e-9, rtol=0)
        assert shown["Held by"].to_list() == areas["bound_by"].fill_null("").to_list()

    def test_rules_for_groups_are_those_of_the_allocation(self, llr: Allocation, html: str) -> None:
        rows = captioned(html, "Rules for groups of areas")[1:]
        assert [row[1] for row in rows] == llr.groups["group"].to_list()
        assert [row[5] for row in rows] == [f"{amount:,.2f}" for amount in llr.groups["allocation"]]
        assert [row[7] for row in rows] == ["yes" if binds else "no" for binds in llr.groups["binds"]]

    def test_groups_add_up(self, llr: Allocation) -> None:
        found = grouped(subject_of(llr).run, "place")
        assert [each.name for each in found.groups] == ["Leicester", "Leicestershire", "Rutland"]
        assert sum(each.gain for each in found.groups) == llr.areas["gain"].sum()
        assert sum(each.areas for each in found.groups) == 130

    def test_groups_of_numbers_are_in_order_and_unknown_ones_last(self) -> None:
        fifths = ["10", "9.0", None, "1"]
        frame = pl.DataFrame({"id": list("ABCD"), "population": 1, "baseline": 100, "imd_quintile": fifths})
        run = subject_of(allocate.solve(frame, budget=500)).run
        assert [each.name for each in grouped(run, "imd_quintile").groups] == [
            "1, most deprived",
            "9",
            "10, least deprived",
            "not known",
        ]

    def test_a_column_that_counts_the_people_of_a_tenth_is_no_tenth(self) -> None:
        # As 'allocate nhs build' makes them: the counts stand before the fifth, which is of text here.
        counts = {f"jul22_patients_imd_decile_{tenth}": [tenth * 400, 0, 17, 3] for tenth in (1, 2)}
        frame = pl.DataFrame({"id": list("ABCD"), "population": 1, "baseline": 100, **counts})
        run = subject_of(allocate.solve(frame, budget=500)).run
        assert usual(run, kinds=["deprivation"]) == []
        fifths = frame.with_columns(jul22_imd_quintile=pl.Series(["2", "1", "5", ""]))
        run = subject_of(allocate.solve(fifths, budget=500)).run
        [found] = usual(run, kinds=["deprivation"])
        assert (found.name, found.by_deprivation) == ("jul22_imd_quintile", True)
        assert not grouping_of(run, "jul22_patients_imd_decile_1").by_deprivation


class TestAudit:
    def test_its_figures_are_those_of_the_audit(self, llr: Allocation, html: str) -> None:
        audit = llr.equity()
        for each in audit.compared:
            rows = captioned(html, f"£ per {each.per}, by {each.grouping.name}")[1:-1]
            assert [row[0] for row in rows] == list(each.grouping.full_labels)
            for at, kind in enumerate(("historical", "fair share", "levelled up"), 1):
                assert [row[at] for row in rows] == [f"{mean:,.2f}" for mean in each.means[kind].tolist()]
        rows = captioned(html, "How far apart, per weighted head, by imd_quintile")
        measures = audit.compared[0].measures
        found = {row[0]: [float(cell.replace("−", "-")) for cell in row[1:]] for row in rows[1:]}
        for label, name in {
            "Slope index (SII) £": "sii",
            "Concentration index": "concentration_index",
        }.items():
            expected = [each[name] for each in measures.values()]
            assert found[label] == pytest.approx(expected, abs=0.0051 if name == "sii" else 0.000051)

    def test_it_says_what_the_audit_says(self, llr: Allocation, html: str) -> None:
        points = re.findall("<li>(.*?)</li>", html)
        told = [each for each in llr.equity().sentences if "per weighted head" in each]
        assert len(told) > 5
        assert set(told) <= set(points)

    def test_coverage_comes_first(self) -> None:
        frame = pl.DataFrame(
            {"id": list("ABCD"), "population": 100, "baseline": 100, "place": ["X", "Y", None, "Y"]}
        )
        said = page([subject_of(allocate.solve(frame, budget=500))])
        gap = "place is not known for 1 of 4 areas: its figures leave out 100 people (25.0%)."
        assert said.index(gap) < said.index("<h3>All areas</h3>") < said.index("<h3>By place</h3>")
        assert "<li>Column &#39;place&#39; has no value for 1 area of 4.</li>" in said

    def test_tables_of_many_groups_are_folded_and_have_no_chart(self) -> None:
        places = [f"place {at // 2:02}" for at in range(40)]
        frame = pl.DataFrame(
            {"id": [f"A{at}" for at in range(40)], "population": 100, "baseline": 100, "place": places}
        )
        subject = subject_of(allocate.solve(frame, budget=5_000))
        said = page([subject])
        assert "<details><summary>All 20 groups</summary>" in said
        assert len(captioned(said, "£ per weighted head, by place")) == 22
        assert "by place (the 15 largest gains" not in said
        assert "by place (the 15 largest gains; 5 more in the table)" in page([subject], by=["place"])

    def test_of_many_columns_with_gaps_some_are_named(self, tmp_path: Path) -> None:
        header = ",".join(["id,population,baseline", *(f"x{at}" for at in range(25))])
        table = f"{header}\nA,100,10{',' * 25}\nB,100,20{',1' * 25}\n"
        told = " ".join(caveats(subject_of(allocate.run(make_scenario(tmp_path, table, None)))))
        assert "Column 'x19' has no value for 1 area of 2." in told
        assert "'x20'" not in told
        assert "5 more columns have missing values." in told

    def test_without_money_there_is_none(self, tmp_path: Path) -> None:
        table = "id,population,baseline\nA,100,0\nB,100,0\n"
        made = allocate.run(make_scenario(tmp_path, table, None, budget=0))
        assert 'id="equity"' not in page([subject_of(made)])


class TestStories:
    def test_a_live_area_tells_what_explain_tells(self, llr: Allocation) -> None:
        stories = pack_stories(subject_of(llr))
        for area in (0, 13, 129):
            chapters = llr.explain(llr.areas["id"][area]).chapters
            told = [
                ("" if at else each.title, sentence)
                for each in chapters
                for at, sentence in enumerate(each.sentences)
            ]
            assert unpack(stories, area) == told

    def test_a_saved_area_tells_its_row(self, llr: Allocation, tmp_path: Path) -> None:
        llr.save(tmp_path / "out")
        [subject] = open_subjects([str(tmp_path / "out")])
        told = dict(unpack(pack_stories(subject), 13))
        assert told["Result"] == "It gets £1,901,182.67: £355,871.32 (23.03%) more than its baseline."
        assert told["Next £1,000"] == "One more £1,000 in the pot would give it £70.81."
        sentences = [sentence for _, sentence in unpack(pack_stories(subject), 13)]
        row = llr.areas.row(13, named=True)
        assert (
            f"Its target is £{row['target']:,}: it is {-row['opening_distance']:.1%} under target."
            in sentences
        )

    @pytest.mark.parametrize("saved", [False, True])
    def test_areas_without_people_have_stories(self, tmp_path: Path, saved: bool) -> None:
        table = "id,population,baseline\nA,100,1000\nB,0,1500\n"
        made = allocate.run(make_scenario(tmp_path, table, None, zero_population="hold"))
        made.save(tmp_path / "out")
        subject = open_subjects([str(tmp_path / "out")])[0] if saved else subject_of(made)
        assert len(pack_stories(subject)["areas"]) == 2
        assert [row[0] for row in Parsed(page([subject])).areas[1:]] == ["A", "B"]


class TestSafety:
    def test_names_never_become_elements(self, hostile: Allocation, html: str) -> None:
        parsed = Parsed(page([subject_of(hostile)]))
        usual = {tag for tag, _ in Parsed(html).elements}
        assert {tag for tag, _ in parsed.elements} - usual == set()
        assert [tag for tag, _ in parsed.elements].count("script") == 2
        assert not [at for _, attributes in parsed.elements for at in attributes if at.startswith("on")]
        ids = [row[0] for row in parsed.areas[1:]]
        assert ids == hostile.areas["id"].to_list()

    def test_no_name_can_make_a_cell(self) -> None:
        assert _cells(["a", "<b>"]) == "a<td>&lt;b&gt;"
        assert _cells(["a", f"b{NEXT_CELL}<c>"]) == f"a<td>b{NEXT_CELL}&lt;c&gt;"

    def test_stories_stay_data(self, hostile: Allocation) -> None:
        parsed = Parsed(page([subject_of(hostile)]))
        stories = json.loads(parsed.inside["script"][0])
        assert len(stories["areas"]) == len(HOSTILE)
        assert "<" not in parsed.inside["script"][0]
        told = " ".join(sentence for _, sentence in unpack(stories, 5))
        assert "together" in told
        assert "\ufffd 5,000" in told  # a control character cannot stand for a number that is not there

    def test_nothing_is_loaded_and_only_our_script_runs(self, html: str) -> None:
        parsed = Parsed(html)
        policy = next(a["content"] for tag, a in parsed.elements if tag == "meta" and "http-equiv" in a)
        script, style = parsed.inside["script"][1], parsed.inside["style"][0]
        for text in (script, style):
            hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"'sha256-{hashed}'" in str(policy)
        assert str(policy).startswith("default-src 'none'; ")
        assert not [a for _, attributes in parsed.elements for a in attributes if a in ("src", "style")]
        links = {a["href"] for _, a in parsed.elements if "href" in a}
        assert all(str(link).startswith("#") for link in links)
        assert "url(" not in style

    def test_charts_keep_only_what_can_be_seen(self) -> None:
        drawn = tidy(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="x()"><g style="a" class="b">'
            '<path d="M0,0" onclick="y()" aria-label="z"/><path d=""/></g></svg>'
        )
        assert drawn == '<svg viewBox="0 0 1 1"><g><path d="M0,0" /></g></svg>'


class TestFile:
    def test_the_same_run_gives_the_same_bytes(self, llr: Allocation, html: str) -> None:
        assert page([subject_of(allocate.run("llr"))]) == html

    def test_charts_have_text_alternatives(self, html: str) -> None:
        parsed = Parsed(html)
        charts = [attributes for tag, attributes in parsed.elements if tag == "svg"]
        ids = [a["id"] for _, a in parsed.elements if "id" in a]
        assert len(charts) == 8
        assert len(ids) == len(set(ids))
        for chart in charts:
            assert chart["role"] == "img"
            assert set(str(chart["aria-labelledby"]).split()) <= set(ids)

    def test_an_invented_scenario_is_said_to_be_invented(self, html: str, tmp_path: Path) -> None:
        assert html.count("INVENTED FIGURES") == 2
        real = allocate.run(make_scenario(tmp_path, TABLE, None))
        assert "INVENTED" not in page([subject_of(real)])

    @pytest.mark.parametrize("areas", [200, 6310])
    def test_it_is_small(self, areas: int) -> None:
        rng = np.random.default_rng(7)
        frame = pl.DataFrame(
            {
                "id": [f"A{at:05}" for at in range(areas)],
                "name": [f"The invented medical centre of {at}" for at in range(areas)],
                "population": rng.integers(1_000, 20_000, areas),
                "baseline": rng.integers(100_000, 2_000_000, areas),
                "imd_quintile": rng.integers(1, 6, areas),
                "place": [f"place {at % 12}" for at in range(areas)],
            }
        )
        result = allocate.solve(frame, budget={"growth": "3%"})
        assert len(page([subject_of(result)]).encode()) < 200_000 + 1_000 * areas

    def test_thousands_of_points_are_one_short_path(self) -> None:
        rng = np.random.default_rng(7)
        before = rng.normal(0, 0.2, 6310)
        assert len(distances(before, np.maximum(before, -0.05))) < 60_000

    def test_one_area_far_off_does_not_flatten_thousands(self) -> None:
        before = np.random.default_rng(7).normal(0, 0.1, 6310)
        before[0] = 50
        drawn = distances(before, before)
        assert "+20%" in drawn
        assert "00%" not in drawn

    def test_an_allocation_saves_it(self, llr: Allocation, html: str, tmp_path: Path) -> None:
        llr.save_report(tmp_path / "new" / "report.html")
        assert (tmp_path / "new" / "report.html").read_text(encoding="utf-8") == html
        llr.save_report(tmp_path / "large.html", by=["rurality"], large_print=True)
        assert '<html lang="en-GB" class="large">' in (tmp_path / "large.html").read_text(encoding="utf-8")

    def test_what_cannot_be_written_leaves_nothing(self, llr: Allocation, tmp_path: Path) -> None:
        (tmp_path / "report.html").mkdir()
        assert "cannot be written" in problems_of(llr.save_report, tmp_path / "report.html")[0]
        assert [each.name for each in tmp_path.iterdir()] == ["report.html"]

    def test_a_column_that_is_not_there(self, llr: Allocation, tmp_path: Path) -> None:
        lines = problems_of(llr.save_report, tmp_path / "report.html", by=["plac"])
        assert "there is no column 'plac'; did you mean 'place'?" in lines[0]


class TestRuns:
    def test_a_saved_run_shows_the_same_figures(self, folders: list[str], html: str) -> None:
        saved = Parsed(page(open_subjects(folders[:1])))
        assert saved.tables == Parsed(html).tables

    def test_several_runs_are_laid_side_by_side(self, folders: list[str]) -> None:
        subjects = [Subject(each.run, Path(each.label).name) for each in open_subjects(folders)]
        parsed = Parsed(page(subjects))
        totals = {row[0]: row[1:] for row in parsed.tables[0]}
        assert totals["New money £"] == ["2,850,000.00", "2,850,000.00"]
        assert totals["Areas that rise"] == ["70", "45"]
        assert parsed.tables[1][1] == ["1, most deprived", "1,455,868.81", "1,995,000.00"]
        heading, first, *_ = parsed.areas
        assert heading[-3:-1] == ["deprived: allocation £", "deprived: difference £"]
        other = subjects[1].run.areas["allocation"]
        assert first[-3] == f"{other[0]:,.2f}"
        assert first[-2] == f"{other[0] - subjects[0].run.areas['allocation'][0]:+,.2f}".replace("-", "−")

    def test_side_by_side_are_the_figures_of_compare(self, folders: list[str]) -> None:
        subjects = [Subject(each.run, Path(each.label).name) for each in open_subjects(folders)]
        totals = {row[0]: row[1:] for row in Parsed(page(subjects)).tables[0]}
        laid = allocate.compare(*folders).summary
        assert totals["Areas that get less than in the first"] == [f"{each:,}" for each in laid["losers"]]
        assert totals["They get more, £"] == [f"{each:,.2f}" for each in laid["won"]]
        fits = allocate.compare(*folders).fit.filter(weights="own", money="allocation")
        assert totals["£ above what need alone gives"] == [f"{each:,.2f}" for each in fits["misplaced"]]
        said = page(subjects)
        for note in allocate.compare(*folders).notes:
            assert escape(note.replace(folders[0], "usual").replace(folders[1], "deprived")) in said

    def test_years_are_told_one_by_one(self, tmp_path: Path) -> None:
        years = allocate.run_years("llr-five-years")
        years.save(tmp_path)
        for subject in open_subjects(["llr-five-years", str(tmp_path)]):
            html = page([subject])
            table = next(each for each in Parsed(html).tables if each[0][:2] == ["Year", "Areas"])
            assert [row[0] for row in table[1:]] == years.labels
            assert [row[2] for row in table[1:]] == [f"{each:,.2f}" for each in years.money["new_money"]]
            assert "no area loses cash in any year" in html
            assert "In 2025/26, the last of 5 years" in html
            for figure in (years.plot.money(), years.plot.distance(), years.plot.within()):
                assert figure.svg.partition(">")[2] in html

    def test_areas_that_another_run_lacks_have_no_figure_there(self, tmp_path: Path) -> None:
        full = subject_of(allocate.run(make_scenario(tmp_path / "a", TABLE, None)), "all")
        part = subject_of(allocate.run(make_scenario(tmp_path / "b", TABLE, None, where="place = 'X'")), "X")
        rows = {row[0]: row for row in Parsed(page([full, part])).areas[1:]}
        assert rows["B"][-3:-1] == ["–", "–"]
        assert rows["A"][-3] != "–"

    @pytest.mark.parametrize("name", rulebook_names())
    def test_every_rule_book_can_be_read_from_a_record(self, name: str) -> None:
        policy = load_policy([name], Path())
        plain = [
            book.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for _, book in policy.books
        ]
        assert load_policy(json.loads(json.dumps(plain)), Path()).merged == policy.merged


class TestConcentration:
    def test_by_hand(self) -> None:
        frame = pl.DataFrame(
            {
                "id": ["A", "B", "C", "D"],
                "population": [100, 100, 100, 100],
                "baseline": [100, 200, 300, 400],
                "imd_score": ["40", "30", "20", ""],
            }
        )
        found = concentration(run_of(allocate.solve(frame, budget=1000)))
        assert found is not None
        assert found.left_out == 1
        assert "gain" not in found.money
        assert found.money["baseline"][[0, 50, 100]] == pytest.approx([0, (100 + 100) / 600, 1])
        assert found.of_fifth("baseline") == pytest.approx(0.6 * 100 / 600)

    def test_ties_do_not_depend_on_the_order_of_rows(self) -> None:
        frame = pl.DataFrame(
            {"id": list("ABCD"), "population": 100, "baseline": [1, 2, 3, 4], "imd_quintile": [1, 1, 2, 2]}
        )
        one, other = (
            concentration(run_of(allocate.solve(each, budget=20))) for each in (frame, frame.reverse())
        )
        assert one is not None
        assert other is not None
        assert (one.money["baseline"] == other.money["baseline"]).all()

    def test_without_deprivation_there_is_none(self, tmp_path: Path) -> None:
        assert concentration(run_of(allocate.run(make_scenario(tmp_path, TABLE, None)))) is None


class TestCommand:
    def test_it_writes_the_file(self, tmp_path: Path, html: str) -> None:
        done = _command("report", "llr", "--out", tmp_path / "report.html")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"Written: {tmp_path / 'report.html'}\n"
        assert (tmp_path / "report.html").read_text(encoding="utf-8") == html

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("no-such",), "no-such"),
            (("llr", "llr"), "error: llr: is given more than once"),
            (("llr", "--by", "plac"), "error: by: there is no column 'plac'"),
        ],
    )
    def test_a_mistake_is_one_line(self, tmp_path: Path, arguments: tuple[str, ...], what: str) -> None:
        done = _command("report", *arguments, "--out", tmp_path / "report.html")
        assert (done.returncode, done.stdout) == (2, "")
        assert what in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not (tmp_path / "report.html").exists()

    def test_without_out_it_says_so(self) -> None:
        done = _command("report", "llr")
        assert done.returncode == 2
        assert "Missing option '--out'" in done.stderr

    @pytest.mark.parametrize("package", ["jinja2", "vl_convert"])
    def test_without_the_extra_it_says_how_to_install_it(self, tmp_path: Path, package: str) -> None:
        block = f"import sys; sys.modules[{package!r}] = None; from allocate.cli import main; main()"
        command = [sys.executable, "-c", block, "report", "llr", "--out", str(tmp_path / "report.html")]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
        assert done.returncode == 2
        assert done.stderr == (
            f"error: reports need packages that are not installed ({package}); "
            "pip install 'allocate[report]'\n"
        )
        assert not list(tmp_path.iterdir())


def _command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "allocate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)


def test_a_record_made_anew_is_that_of_the_allocation(llr: Allocation) -> None:
    assert subject_of(llr).run.record == json.loads(json.dumps(record(llr)))


def test_a_column_with_a_value_for_every_area_is_no_grouping(llr: Allocation) -> None:
    [line] = problems_of(save_report, [subject_of(llr)], "x.html", by=["practice_name"])
    assert "'practice_name' would make a group of every area" in line

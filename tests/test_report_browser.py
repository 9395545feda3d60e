"""The report in a real browser: sorting, choosing, explanations, the keyboard alone, access for everybody."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hostile import HOSTILE, hostile_allocation

import allocate
from allocate.report import save_report
from allocate.report.subject import open_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from allocate.allocation import Allocation

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install 'allocate[test]'")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")

QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ROWS = "#areas tbody tr:not(.story)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="module")
def llr() -> Allocation:
    return allocate.run("llr")


@pytest.fixture(scope="module")
def report(llr: Allocation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    llr.save_report(path)
    return path


class Opened:
    """A page in the browser, and everything it said or asked for."""

    def __init__(self, browser: Any, path: Path, width: int = 1280) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 800})
        self.page.set_default_timeout(10_000)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.path = path
        self.page.goto(path.as_uri())

    def rows(self, column: int) -> list[str]:
        """The cells of a column that are to be seen, counted from 1."""
        cells: list[str] = self.page.locator(f"{ROWS} > :nth-child({column})").all_inner_texts()
        return cells

    def violations(self) -> list[tuple[str, str]]:
        """What axe-core finds against WCAG 2.2 A and AA."""
        found = axe.Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}}).response
        return [(each["id"], node["html"][:120]) for each in found["violations"] for node in each["nodes"]]


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    page = Opened(browser, report)
    yield page
    assert page.said == []
    assert page.asked == [report.as_uri()]
    page.page.close()


def test_sorting(opened: Opened, llr: Allocation) -> None:
    gain = opened.page.get_by_role("button", name="Gain £", exact=True)
    heading = opened.page.locator("#areas thead th", has=gain)
    column = 1 + opened.page.locator("#areas thead th").all_inner_texts().index("Gain £")
    gain.click()
    assert heading.get_attribute("aria-sort") == "descending"
    largest = sorted(llr.areas["gain"], reverse=True)
    assert opened.rows(column) == [f"{amount:,.2f}" for amount in largest]
    gain.click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert opened.rows(column) == [f"{amount:,.2f}" for amount in reversed(largest)]
    opened.page.get_by_role("button", name="Before", exact=True).click()
    assert heading.get_attribute("aria-sort") == "none"


def test_choosing_and_searching(opened: Opened, llr: Allocation) -> None:
    page = opened.page
    place = page.locator("#choose select[data-column='2']")
    place.select_option("Rutland")
    assert page.locator("#shown").inner_text() == "4 of 130 areas shown"
    assert set(opened.rows(3)) == {"Rutland"}
    place.select_option("")
    page.get_by_label("Show").select_option("areas that rise")
    assert len(opened.rows(1)) == llr.summary.gaining
    page.get_by_label("Show").select_option("all areas")
    page.get_by_label("Search").fill("STONECHAT gate")
    assert [each.split("\n")[0] for each in opened.rows(1)] == ["P014"]
    page.get_by_label("Search").fill("")
    assert len(opened.rows(1)) == 130


@pytest.mark.parametrize("width", [375, 500, 760, 1100, 1280])
def test_no_number_of_the_first_screen_stands_alone(browser: Any, report: Path, width: int) -> None:
    opened = Opened(browser, report, width)
    right = "each => each.getBoundingClientRect().right"
    edge = opened.page.locator(".numbers").evaluate(right)
    assert opened.page.locator(".numbers li").last.evaluate(right) == pytest.approx(edge, abs=1)
    opened.page.close()


def test_an_explanation_opens_and_closes(opened: Opened, llr: Allocation) -> None:
    button = opened.page.get_by_role("button", name="P014", exact=True)
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    told = opened.page.locator(".story dd").all_inner_texts()
    sentences = [each.strip() for chapter in llr.explain("P014").chapters for each in chapter.sentences]
    assert told == sentences
    opened.page.get_by_label("Search").fill("P015")
    assert opened.page.locator(".story").count() == 0
    opened.page.get_by_label("Search").fill("P014")
    assert opened.page.locator(".story").count() == 1
    button.click()
    assert opened.page.locator(".story").count() == 0


def test_the_keyboard_alone_is_enough(opened: Opened) -> None:
    page, press = opened.page, opened.page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_label("Search").focus()
    page.keyboard.type("stonechat")
    for _ in range(30):
        press("Tab")
        if page.evaluate("document.activeElement.textContent") == "P014":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press("Space")
    assert page.locator(".story").count() == 1
    press("Enter")
    assert page.locator(".story").count() == 0
    page.get_by_role("button", name="Gain £", exact=True).focus()
    press("Enter")
    assert page.locator("#areas th[aria-sort=descending]").count() == 1


def test_large_print_is_at_least_16_points_on_paper(opened: Opened) -> None:
    page = opened.page
    page.get_by_role("button", name="Large print").click()
    assert page.locator("#large").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="P001", exact=True).click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 900})  # A4 without its margins
    small = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(
            (each) => each.childNodes.length && [...each.childNodes].some(
                (node) => node.nodeType === 3 && node.data.trim())
                && each.checkVisibility() && !each.closest('svg, title'))
            .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 16 * 96 / 72 - 0.01)
            .map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert small == []
    text = page.evaluate("() => document.querySelector('figure svg text').getScreenCTM().a * 14")
    assert text >= 16 * 96 / 72


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(browser: Any, report: Path, width: int) -> None:
    opened = Opened(browser, report, width)
    opened.page.get_by_label("Search").fill("P00")  # of rows that are alike a few are enough
    opened.page.get_by_role("button", name="P003", exact=True).click()
    assert opened.violations() == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.page.get_by_role("button", name="Large print").click()
    assert opened.violations() == []
    opened.page.close()


def test_what_is_not_accessible_would_be_found(browser: Any, report: Path, tmp_path: Path) -> None:
    spoilt = report.read_text(encoding="utf-8").replace('<html lang="en-GB">', "<html>")
    (tmp_path / "spoilt.html").write_text(spoilt, encoding="utf-8")
    opened = Opened(browser, tmp_path / "spoilt.html")
    opened.page.get_by_label("Search").fill("P001")
    assert [rule for rule, _ in opened.violations()] == ["html-has-lang"]
    opened.page.close()


def test_several_runs_are_accessible(browser: Any, tmp_path: Path) -> None:
    allocate.run("llr", parameters={"deprived_share": "70%"}).save(tmp_path / "deprived")
    subjects = open_subjects(["llr-five-years", "llr", str(tmp_path / "deprived")])
    save_report(subjects, tmp_path / "report.html")
    opened = Opened(browser, tmp_path / "report.html")
    opened.page.get_by_label("Search").fill("P00")
    assert opened.violations() == []
    assert opened.said == []
    opened.page.close()


def test_hostile_names_stay_text(browser: Any, tmp_path: Path) -> None:
    allocation = hostile_allocation()
    allocation.save_report(tmp_path / "report.html")
    opened = Opened(browser, tmp_path / "report.html")
    for at in range(len(HOSTILE)):
        opened.page.locator(f"{ROWS} button").nth(at).click()
    assert opened.page.locator(".story").count() == len(HOSTILE)
    assert opened.page.locator("main img, main script, main b").count() == 0
    names = opened.page.locator(f"{ROWS} th span").all_text_contents()
    assert names == allocation.areas["name"].to_list()
    assert opened.said == []
    assert len(opened.asked) == 1
    opened.page.close()


def test_thousands_of_areas_are_laid_out_as_they_are_asked_for(browser: Any, tmp_path: Path) -> None:
    import polars as pl

    areas = 1_000
    frame = pl.DataFrame({"id": [f"A{at:04}" for at in range(areas)], "population": 100, "baseline": 1000})
    allocate.solve(frame, budget={"growth": "1%"}).save_report(tmp_path / "report.html")
    opened = Opened(browser, tmp_path / "report.html")
    assert opened.page.locator("#shown").inner_text() == "1,000 of 1,000 areas, the first 300 shown"
    assert len(opened.rows(1)) == 300
    opened.page.get_by_role("button", name="Show all of them").click()
    assert len(opened.rows(1)) == areas
    assert opened.page.evaluate("document.activeElement.textContent") == "A0300"
    assert opened.said == []
    opened.page.close()

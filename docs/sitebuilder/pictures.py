"""Pictures of what allocate writes, made from the bundled scenarios when the site is built.

The report is opened in Chromium, the workbook in LibreOffice; charts are drawn by `allocate` itself. Where
one of the programs is missing its pictures are left out, and the page says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import allocate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allocate.charts.figure import Figure

DOCS = Path(__file__).parents[1]
FOLDER = DOCS / "_build" / "pictures"
SOURCES = ("allocate", "rules", "scenarios", "docs/sitebuilder")
"""What the pictures depend on: they are made again when something in there is newer."""


class Picture(NamedTuple):
    """What a picture shows, in a line below it and for those who do not see it."""

    caption: str
    alt: str


REPORT = Picture(
    "The first screen of `allocate report llr --out report.html`.",
    "The decision in one sentence, five figures, charts of distances from target and £ per weighted head.",
)
SUMMARY = Picture(
    "Sheet Summary of `allocate run llr --out results.xlsx`, opened in LibreOffice.",
    "A sheet with the money, who gains, the level reached, and checks that read zero.",
)
ALLOCATIONS = Picture(
    "Sheet Allocations: an area a row, and above each column where it comes from.",
    "A sheet with a row for each area, from its baseline to its allocation.",
)
TAKEN = {"report.png": REPORT, "workbook-summary.png": SUMMARY, "workbook-allocations.png": ALLOCATIONS}
"""Pictures of what other programs show."""

CHARTS: dict[str, Callable[[], Figure]] = {
    "distance.svg": lambda: allocate.run("llr").plot.distance(),
    "gain.svg": lambda: allocate.run("llr").plot.gain("imd_quintile"),
    "concentration.svg": lambda: allocate.run("llr").plot.concentration(),
    "years.svg": lambda: allocate.run_years("llr-five-years").plot.distance(),
    "cost.svg": lambda: allocate.cost("llr", end_shortfalls=True).plot.curve(),
}
"""Charts by `allocate` itself."""


def picture(name: str) -> str:
    """A picture with its caption; or what it would take to have it."""
    if not (FOLDER / name).is_file():
        missing = "the program that makes it was missing when the site was built"
        return f":::{{note}}\n`{name}` is not here: {missing}.\n:::"
    caption, alt = json.loads((FOLDER / "captions.json").read_text(encoding="utf-8"))[name]
    return f":::{{figure}} /_build/pictures/{name}\n:alt: {alt}\n\n{caption}\n:::"


def make_pictures() -> None:
    """Make all pictures that can be made here, unless they are newer than what they are made from."""
    done = FOLDER / "captions.json"
    newest = max(path.stat().st_mtime for each in SOURCES for path in (DOCS.parent / each).rglob("*.*"))
    if done.is_file() and done.stat().st_mtime > newest:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        _take_pictures(Path(folder))
    captions = {name: each for name, each in TAKEN.items() if (FOLDER / name).is_file()}
    done.write_text(json.dumps(captions | dict(_drawn())), encoding="utf-8")


def _take_pictures(folder: Path) -> None:
    """Pictures of the report and the workbook, as far as the programs are here."""
    result = allocate.run("llr")
    programs = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    if chromium := next(filter(None, programs), None):
        result.save_report(folder / "report.html")
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        size = ["--window-size=1100,1180", f"--screenshot={FOLDER / 'report.png'}"]
        _run(chromium, *quiet, f"--user-data-dir={folder}/c", *size, f"file://{folder / 'report.html'}")
    if shutil.which("soffice") and shutil.which("pdftoppm"):
        result.save_workbook(folder / "results.xlsx")
        quiet = [f"-env:UserInstallation=file://{folder / 'office'}", "--headless"]
        _run("soffice", *quiet, "--convert-to", "pdf", "--outdir", folder, folder / "results.xlsx")
        _page(folder / "results.pdf", 1, "workbook-summary", 115, "-W", "1250", "-H", "960")
        _page(folder / "results.pdf", 2, "workbook-allocations", 200, "-W", "1560", "-H", "760")


def _page(pdf: Path, page: int, name: str, sharpness: int, *crop: str) -> None:
    """A page of a printed workbook: its first two sheets begin on the first two pages."""
    pages = ["-f", str(page), "-l", str(page), "-singlefile"]
    _run("pdftoppm", "-png", "-r", str(sharpness), *pages, *crop, pdf, FOLDER / name)


def _run(*command: str | Path) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True, timeout=170)


def _drawn() -> Iterator[tuple[str, Picture]]:
    for name, draw in CHARTS.items():
        figure = draw()
        figure.save(FOLDER / name)
        yield name, Picture(f"**{figure.finding}.** {figure.units}", figure.says)

"""The sheet About: what made the workbook, how to make it again, and what not to read into it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from allocate.workbook.lines import Line, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.allocation import Allocation
    from allocate.workbook.book import Book

SHEET = "About"

SHEETS = {
    "Summary": "The money, who gains, the level, and checks that must be zero.",
    "Allocations": "From baseline to allocation, an area a row.",
    "Need": "People, the indices of need, weighted people, and the groups each area is in.",
    "Rules": "The rules in sentences, with sources and how much each binds.",
    "Groups": "What each rule for several areas guarantees, and what its areas get.",
    "Equity": "Money per head by group: historical, fair share and levelled up.",
    "Explain": "Every area's story.",
}

CAVEATS = (
    "A fair share is as good as the measure of need: what the table does not measure it cannot level.",
    "A mean of a group says nothing of the differences inside it.",
    "If a cell is changed, the workbook no longer shows the run; its sentences do not move.",
    "The date of creation in the file is fixed at 1 January 2000, so that the same run gives the same bytes.",
)


def write(book: Book, allocation: Allocation) -> None:
    """Write the sheet."""
    import xlsxwriter

    sheet = book.add_sheet(SHEET)
    row = book.heading(sheet, "About this workbook", [], 3)
    record = allocation.to_dict()
    versions = record["versions"] | {"xlsxwriter": xlsxwriter.__version__}
    lines = [Line("Sheets"), *(Line(name, "", about=text) for name, text in SHEETS.items())]
    lines += [Line("How to make it again"), *_again()]
    lines += [Line("Made with"), Line("allocate", record["allocate"])]
    lines += [Line(name, version) for name, version in versions.items()]
    lines += [Line("Hashes (SHA-256)"), *(_hash(*each) for each in record["hashes"].items())]
    lines += [Line("Caveats"), *(Line("", "", about=each) for each in CAVEATS)]
    lines += [Line("The scenario, as it was run"), *_pairs(record["scenario"])]
    lines += [Line("Parameters"), *_pairs(record["parameters"])]
    write_lines(book, sheet, row - 1, lines)


def _again() -> Iterator[Line]:
    command = "allocate run SCENARIO --out workbook.xlsx"
    yield Line("On the command line", "", about=f"{command}, with the scenario below and the same table")
    yield Line("From Python", "", about='allocate.run(SCENARIO).save_workbook("workbook.xlsx")')
    command = "allocate run SCENARIO --out DIR writes allocations.csv and run.json"
    yield Line("The same figures", "", about=command)


def _hash(name: str, value: object) -> Line:
    what = {"areas": "of the table as it was read", "rules": "of the rules as they were resolved"}
    return Line(name, "", about=f"{value}, {what.get(name, '')}")


def _pairs(values: dict[str, object]) -> Iterator[Line]:
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield Line(name, "", about=text)
    if not values:
        yield Line("none", "")

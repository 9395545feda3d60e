"""LibreOffice as an independent reader: workbooks recalculated from their formulas, without a screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from allocate.nhs.workbook import read_sheets

if TYPE_CHECKING:
    from pathlib import Path

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""
"""Settings under which every formula is computed again when a workbook is opened."""

Cells = dict[str, list[list[str | float | None]]]
"""The cells of each sheet: text, numbers, nothing."""


def recalculated(workbooks: list[Path], folder: Path) -> dict[str, Cells]:
    """Open workbooks in LibreOffice, compute every formula again, and read what comes out, by file name."""
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice (soffice) here to recalculate a workbook with")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "xlsx"]
    command += ["--outdir", str(folder / "again"), *map(str, workbooks)]
    subprocess.run(command, check=True, capture_output=True, timeout=170)
    return {each.stem: cells_of(folder / "again" / each.name) for each in workbooks}


def cells_of(workbook: Path) -> Cells:
    """Every cell of every sheet."""
    found: Cells = {}
    for sheet in read_sheets(workbook):
        found[sheet.name] = [[_cell(cell) for cell in row] for row in sheet.cells.rows()]
    return found


def _cell(text: str | None) -> str | float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text


def column(rows: list[list[str | float | None]], header: str) -> list[str | float | None]:
    """The cells below a header."""
    at = next(number for number, row in enumerate(rows) if header in row)
    return [row[rows[at].index(header)] for row in rows[at + 1 :]]


def fact(rows: list[list[str | float | None]], label: str) -> str | float | None:
    """The figure beside a label."""
    return next(row[1] for row in rows if row[0] == label)


def with_number(workbook: Path, name: str, value: float, made: Path) -> Path:
    """A copy of a workbook with another number in a named cell of the first sheet, as if typed there."""
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(made, "w") as new:
        book = old.read("xl/workbook.xml").decode()
        found = re.search(rf'<definedName name="{name}">Summary!\$B\$(\d+)</definedName>', book)
        assert found
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                cell = rf'(<c r="B{found[1]}"[^>]*><v>)[^<]*(</v>)'
                changed, times = re.subn(cell, rf"\g<1>{value!r}\g<2>", content.decode())
                assert times == 1
                content = changed.encode()
            new.writestr(part, content)
    return made

"""Files made to do harm, and a command line that must bear them."""

from __future__ import annotations

import io
import time
import zipfile
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from allocate.cli import TRACEBACK, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONGEST = 10.0
"""Seconds of computing that no input may take, and a sixth of those of a clock: the machine may be busy."""


def ask(*arguments: object) -> Any:
    """Run a command: it ends in time, by one of its exit statuses, without a traceback or a defect."""
    begun, computed = time.monotonic(), time.process_time()
    done = CliRunner(env={TRACEBACK: ""}).invoke(main, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), arguments
    assert done.exit_code in (0, 1, 2), done.stderr
    assert "a defect in allocate" not in done.stderr, (arguments, done.stderr)
    assert "Traceback" not in done.output
    assert (done.exit_code == 0) == (done.stderr == ""), done.stderr
    assert time.process_time() - computed < LONGEST
    assert time.monotonic() - begun < 6 * LONGEST
    return done


def errors(*arguments: object) -> list[str]:
    """The lines of a command that refuses its input."""
    done = ask(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return [line.removeprefix("error: ") for line in done.stderr.splitlines()]


def workbook(rows: list[list[Any]]) -> bytes:
    """An Excel workbook with one sheet."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return made.getvalue()


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def edited(raw: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return made.getvalue()


def renamed(raw: bytes, part: str, name: str) -> bytes:
    """The workbook with one of its parts called otherwise."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(name if each == part else each, old.read(each))
    return made.getvalue()


def files_in(folder: Path) -> set[str]:
    """All files of a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

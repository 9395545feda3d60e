"""Sheets that are written quickly: without this a workbook of all practices would take twice as long.

Two steps inside XlsxWriter are made for any workbook and are the largest part of the time of a large one:
thirty searches of every formula for functions newer than ours, and the XML of a cell as a list of attributes.
Both are replaced for the cells that we write; all others go the library's own way. The tests hold what comes
out against the run, cell by cell, so a release of the library that works otherwise cannot go unnoticed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


@cache
def worksheet_class() -> type[Worksheet]:
    """The class of our sheets; XlsxWriter is imported when it is asked for."""
    from xlsxwriter.utility import xl_col_to_name
    from xlsxwriter.worksheet import Worksheet

    letters = [xl_col_to_name(at) for at in range(256)]

    class Quick(Worksheet):  # type: ignore[misc]
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
            return formula.removeprefix("=")

        def _write_cell(self, row: int, col: int, cell: Any) -> None:
            kind, look = type(cell).__name__, cell.format
            if look is None or col >= len(letters):
                super()._write_cell(row, col, cell)
                return
            start = f'<c r="{letters[col]}{row + 1}" s="{look._get_xf_index()}"'
            if kind == "Number":
                self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
            elif kind == "String":
                self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
            elif kind == "Formula" and not isinstance(cell.value, str):
                self.fh.write(f"{start}><f>{_escaped(cell.formula)}</f><v>{cell.value}</v></c>")
            else:
                super()._write_cell(row, col, cell)

    return Quick


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""A document as .docx, the same bytes for the same document."""

from __future__ import annotations

import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from allocate.impact.blocks import Grid, Heading, Words
from allocate.workbook.text import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.impact.blocks import Block

CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
PACKED = (1980, 1, 1, 0, 0, 0)
"""Written as dates, so that the same document gives the same bytes."""


def to_docx(blocks: Sequence[Block]) -> bytes:
    """The document as the bytes of a file."""
    from docx import Document
    from docx.shared import Cm, Pt

    document = Document()
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Arial", Pt(10.5)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
    for block in blocks:
        _write(document, block)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "allocate"
    properties.title = harmless(next((each.text for each in blocks if isinstance(each, Heading)), ""))[:250]
    properties.created = properties.modified = CREATED
    properties.comments, properties.revision = "", 1
    made = BytesIO()
    document.save(made)
    return _packed_again(made)


def _write(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(harmless(block.text), block.level)
    elif isinstance(block, Words):
        paragraph = document.add_paragraph(style="List Bullet" if block.point else None)
        run = paragraph.add_run(harmless(block.text))
        run.bold = block.strong or None
        run.italic = block.text.startswith("[to be completed") or None
    else:
        _write_table(document, block)


def _write_table(document: Any, grid: Grid) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    table = document.add_table(rows=0, cols=len(grid.header), style="Light Grid Accent 1")
    for number, row in enumerate((grid.header, *grid.rows)):
        for at, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(harmless(text))
            run.font.size, run.bold = Pt(8.5), number == 0 or at == 0
            if at >= len(row) - grid.figures:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()


def _packed_again(made: BytesIO) -> bytes:
    """The same parts without the time at which they were packed."""
    packed = BytesIO()
    with ZipFile(made) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(ZipInfo(part.filename, PACKED), old.read(part), ZIP_DEFLATED)
    return packed.getvalue()

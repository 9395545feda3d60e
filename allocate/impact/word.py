"""A document as .docx, the same bytes for the same document."""

from __future__ import annotations

import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from allocate.impact.blocks import TO_DO, Grid, Heading, Words
from allocate.impact.word_style import (
    FIGURES_SHARE,
    MARGIN,
    PAGE,
    TEXT_WIDTH,
    bordered,
    dress,
    number_pages,
    repeated,
    shade,
    whole,
)
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
    from docx.shared import Cm

    document = Document()
    dress(document)
    for section in document.sections:
        section.page_width, section.page_height = (Cm(size) for size in PAGE)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
        number_pages(section.footer.paragraphs[0])
    for block in blocks:
        _write(document, block)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "allocate"
    properties.title = harmless(next((each.text for each in blocks if isinstance(each, Heading)), ""))[:250]
    properties.language, properties.comments, properties.revision = "en-GB", "", 1
    properties.created = properties.modified = CREATED
    made = BytesIO()
    document.save(made)
    return _packed_again(made)


def _write(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(harmless(block.text), block.level)
    elif isinstance(block, Words):
        paragraph = document.add_paragraph(style="List Bullet" if block.point else None)
        _say(paragraph, block.text).bold = block.strong or None
    else:
        _write_table(document, block)


def _say(paragraph: Any, text: str) -> Any:
    """Write text; what a person has to write stands out."""
    from docx.enum.text import WD_COLOR_INDEX

    run = paragraph.add_run(harmless(text))
    if text.startswith(TO_DO):
        run.italic, run.font.highlight_color = True, WD_COLOR_INDEX.YELLOW
    return run


def _write_table(document: Any, grid: Grid) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    table = document.add_table(rows=0, cols=len(grid.header), style="Table Grid")
    table.autofit = False
    bordered(table)
    widths = [Cm(width) for width in _widths(grid)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate((grid.header, *grid.rows)):
        line = table.add_row()
        whole(line)
        for at, (cell, text) in enumerate(zip(line.cells, row, strict=True)):
            cell.width, paragraph = widths[at], cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
            run = _say(paragraph, text)
            run.font.size, run.bold = Pt(8.5), number == 0 or at == 0
            if at >= len(row) - grid.figures:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if number == 0:
                shade(cell)
    repeated(table.rows[0])
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _widths(grid: Grid) -> list[float]:
    """How wide columns are, in cm: those of figures are narrow, those of words share the rest."""
    figure = TEXT_WIDTH * FIGURES_SHARE / max(grid.figures, 1) if grid.figures else 0.0
    words = len(grid.header) - grid.figures
    return [(TEXT_WIDTH - figure * grid.figures) / words] * words + [figure] * grid.figures


def _packed_again(made: BytesIO) -> bytes:
    """The same parts without the time at which they were packed."""
    packed = BytesIO()
    with ZipFile(made) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(ZipInfo(part.filename, PACKED), old.read(part), ZIP_DEFLATED)
    return packed.getvalue()

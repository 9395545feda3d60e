"""A draft of an impact assessment: what the numbers can answer, filled in; the rest left for a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocate.errors import OutputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.allocation import Allocation

WORD, MARKDOWN = ".docx", ".md"


def check_impact(path: str | Path) -> None:
    """Check that a draft could be written, before it takes long to make.

    Raises:
        OutputError: the name ends in neither .docx nor .md, or the package that writes .docx is missing.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (WORD, MARKDOWN):
        raise OutputError([Problem(str(path), f"is neither {WORD} nor {MARKDOWN}", "name the file so")])
    if suffix == WORD:
        try:
            import docx  # noqa: F401
        except ImportError:
            what = "cannot be written without another package"
            fix = "pip install 'allocate[documents]', or write .md"
            raise OutputError([Problem(str(path), what, fix)]) from None


def save_impact(allocation: Allocation, path: str | Path, by: Sequence[str] = ()) -> None:
    """Write a draft of a stage 1 equality, health inequality impact and risk assessment.

    Args:
        allocation: a finished run.
        path: a .docx or .md file; the same run gives the same bytes.
        by: columns of the table to show effects by, such as ``place``, or ``race=ethnic_minority_share`` to
            say which protected characteristic a column is about; by default the usual
            ones, as an audit takes them.

    Raises:
        InputError: there is no such column or characteristic.
        OutputError: the draft cannot be written.
    """
    from allocate.files.writing import write_files
    from allocate.impact.assessment import assess

    check_impact(path)
    path, blocks = Path(path), assess(allocation, by)
    if path.suffix.lower() == WORD:
        from allocate.impact.word import to_docx

        content = to_docx(blocks)
    else:
        from allocate.impact.markdown import to_markdown

        content = to_markdown(blocks).encode()
    write_files(path.parent, {path.name: content})

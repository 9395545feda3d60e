"""The documentation is true: what it shows works, and prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allocate.documents.rulebook import Rulebook
from allocate.documents.scenario import Scenario
from allocate.documents.strict_yaml import parse_document
from tests.pages import PAGES, ROOT, Reader, blocks, steps


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if steps(page)], ids=name_of)
def test_a_page_can_be_done_from_its_beginning_to_its_end(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for step in steps(page):
        shown = reader.do(step)
        if shown is not None:
            assert reader.printed == shown


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=name_of)
def test_the_documents_of_a_page_are_valid(page: Path) -> None:
    for text in blocks(page, "yaml"):
        document = parse_document(text, page.name)
        document.read_as(Scenario if "areas" in document.data else Rulebook)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_the_python_of_a_page_can_be_read(page: Path) -> None:
    for text in blocks(page, "python"):
        compile(text, page.name, "exec")


def test_the_map_names_every_module() -> None:
    words = set(re.findall(r"\w+", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    modules = [
        path.stem
        for path in (ROOT / "allocate").rglob("*.py")
        if path.parent.name != "commands" and not path.stem.startswith("__")
    ]
    assert [name for name in modules if name not in words] == []


def test_no_page_is_left_out_of_the_site() -> None:
    """Every page is in a table of contents."""
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in PAGES if "docs" in path.parts}
    listed = set()
    for page in PAGES:
        for contents in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            names = [line for line in contents.split() if not line.startswith(":")]
            listed |= {(page.parent / name).resolve().relative_to(ROOT / "docs") for name in names}
    assert pages - listed == {Path("index")}

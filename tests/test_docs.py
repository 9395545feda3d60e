"""The documentation is true: what it shows is what the commands print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from allocate.documents import parse_document
from allocate.rulebook import Rulebook
from allocate.scenario import Scenario

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SHOWN = [
    shown
    for page in PAGES
    for shown in re.findall(
        r"<!-- output: allocate (.+?) -->\n```text\n(.*?)\n```", page.read_text(encoding="utf-8"), re.DOTALL
    )
]


@pytest.mark.parametrize(("arguments", "shown"), SHOWN, ids=[each[0] for each in SHOWN])
def test_the_pages_show_what_is_printed(arguments: str, shown: str) -> None:
    command = [sys.executable, "-m", "allocate", *arguments.split()]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout.decode()
    assert printed.rstrip() == shown


def test_the_map_names_every_module() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    modules = [path.stem for path in (ROOT / "allocate").glob("*.py") if not path.stem.startswith("__")]
    assert not [name for name in modules if name not in text]


def test_the_catalogue_names_every_bundled_book() -> None:
    text = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")
    assert not [path.stem for path in (ROOT / "rules").glob("*.yaml") if f"`{path.stem}`" not in text]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_the_documents_of_the_docs_are_valid(page: Path) -> None:
    for text in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        document = parse_document(text, page.name)
        document.read_as(Scenario if "areas" in document.data else Rulebook)


def test_the_readmes_documents_are_valid() -> None:
    scenario, book, persons = re.findall(
        r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert parse_document(scenario, "README.md").read_as(Scenario).rules == ("my-rules.yaml", "level-up")
    assert len(parse_document(book, "README.md").read_as(Rulebook).rules) == 4
    assert parse_document(persons, "README.md").read_as(Rulebook).need is not None

"""What Sphinx does for this site: fills places from the code, links files of the project to one another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygments.lexers.special import TextLexer

from sitebuilder.filled import filled
from sitebuilder.pictures import make_pictures

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent

PAGES = {
    "README.md": "index",
    "ARCHITECTURE.md": "developers/architecture",
    "CHANGELOG.md": "changelog",
    "SECURITY.md": "security",
    "bench/RESULTS.md": "developers/results",
    "rules/README.md": "catalogue",
    "rules": "catalogue",
    "scenarios/llr/README.md": "scenario-llr",
    "scenarios/llr": "scenario-llr",
    "docs/developers/example.ipynb": "developers/notebook",
}
"""Files of the project that stand outside `docs`, and the pages that show them."""

LINK = re.compile(r"\]\((?!\w+:|#|/)([^)#\s]+)(#[^)\s]*)?\)")


def links_in(text: str, folder: Path) -> str:
    """A text with links to files of the project made links to their pages."""

    def page_of(found: re.Match[str]) -> str:
        target = (folder / found[1]).resolve()
        name = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
        if name in PAGES:
            return f"](/{PAGES[name]}.md{found[2] or ''})"
        if target.is_relative_to(DOCS) and target.suffix == ".md":
            return f"](/{target.relative_to(DOCS).as_posix()}{found[2] or ''})"
        return found[0]

    return LINK.sub(page_of, text)


def _read(_: Sphinx, name: str, source: list[str]) -> None:
    source[0] = links_in(filled(source[0]), (DOCS / name).parent)


def _included(_: Sphinx, path: Path, __: str, source: list[str]) -> None:
    source[0] = links_in(source[0], (DOCS / path).resolve().parent)


def _attribute(_: Sphinx, what: str, *rest: Any) -> None:
    """Napoleon takes what stands before a colon in the docstring of an attribute for its type."""
    lines = rest[-1]
    if what in ("attribute", "property", "data") and lines:
        lines[0] = lines[0].replace(": ", " \N{EN DASH} ", 1)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join in when pages are read."""
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-process-docstring", _attribute, priority=100)
    app.connect("builder-inited", lambda _: make_pictures())
    app.connect("source-read", _read)
    app.connect("include-read", _included)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

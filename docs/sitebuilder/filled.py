"""Places in the pages that are filled from the code, and which function fills them.

A page says ``<!-- from the code: commands -->`` and, up to ``<!-- end -->``, what stands there for those who
read it in the repository. On the site all of that is replaced by the Markdown that the function returns.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLACE = re.compile(r"<!-- from the code: (?P<what>\w+)(?P<words>[^>]*?) -->\n.*?<!-- end -->", re.DOTALL)

MAKERS = {
    "api": "sitebuilder.python:names",
    "catalogue": "sitebuilder.books:catalogue",
    "command_list": "sitebuilder.commands:overview",
    "commands": "sitebuilder.commands:reference",
    "errors": "sitebuilder.errors:table",
    "functions": "sitebuilder.models:functions",
    "keys": "sitebuilder.models:keys",
    "names": "sitebuilder.models:names",
    "notebook": "sitebuilder.notebook:cells",
    "picture": "sitebuilder.pictures:picture",
}
"""What can be filled in, and by which function of the words that follow its name."""


FILE = re.compile(r"<!-- file: (?P<name>.+?) -->\n```(?P<language>\w+)\n")


def filled(text: str) -> str:
    """A page with every place in it filled, and the names of files above what is in them."""
    named = FILE.sub(r"```{code-block} \g<language>\n:caption: \g<name>\n\n", text)
    return PLACE.sub(lambda found: made(found["what"], found["words"].split()), named)


def made(what: str, words: list[str]) -> str:
    """The Markdown for one place."""
    module, _, name = MAKERS[what].partition(":")
    maker: Callable[..., str] = getattr(import_module(module), name)
    return maker(*words)


def places(page: Path) -> Iterator[tuple[str, list[str]]]:
    """What a page asks for."""
    for found in PLACE.finditer(page.read_text(encoding="utf-8")):
        yield found["what"], found["words"].split()

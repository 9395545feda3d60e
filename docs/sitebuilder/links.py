"""Check a built site: every link inside it leads somewhere, and nothing is loaded from elsewhere.

python -m sitebuilder.links docs/_build/html
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("object", "data"),
    ("use", "href"),
    ("image", "href"),
}
"""What a browser loads by itself; stylesheets and icons are `link`."""

POINTS_TO = ("canonical", "search", "next", "prev", "index", "genindex")
"""What a `link` may be without being loaded."""


class Page(HTMLParser):
    """The anchors of a page, what it links to and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag has."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in POINTS_TO:
            self.loads.append(given.get("href", ""))
        self.loads += [given[name] for name in given if (tag, name) in LOADED]

    handle_startendtag = handle_starttag


def problems_of(site: Path) -> list[str]:
    """What is wrong with a built site, a line each."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site.resolve())}: {problem}"
        for path, page in pages.items()
        for problem in [*_dead(path, page, pages), *_elsewhere(page)]
    ] + [f"{path.relative_to(site)}: loads from elsewhere" for path in site.rglob("*.css") if _fetches(path)]


def _dead(path: Path, page: Page, pages: dict[Path, Page]) -> list[str]:
    dead = []
    for link in [*page.links, *page.loads]:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.is_file():
            dead.append(f"'{link}' leads nowhere")
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            dead.append(f"'{link}' leads to a page that has no such place")
    return dead


def _elsewhere(page: Page) -> list[str]:
    return [f"'{each}' is loaded from elsewhere" for each in page.loads if _is_outside(each)]


def _is_outside(link: str) -> bool:
    return urlsplit(link).scheme not in ("", "data") or bool(urlsplit(link).netloc)


def _fetches(style: Path) -> bool:
    text = style.read_text(encoding="utf-8")
    return "url(http" in text or "url(//" in text or "@import" in text


def main() -> None:
    """Print what is wrong, and say so with the exit status."""
    site = Path(sys.argv[1])
    found = problems_of(site)
    print("\n".join(found) or f"Every link in {site} leads somewhere, and nothing is loaded from elsewhere.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

"""The rule catalogue: every bundled book, with its formula and its checks from `rules/README.md`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from allocate.documents.bundled import rulebook_names
from allocate.documents.describe import chapters
from allocate.documents.policy import load_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Row(NamedTuple):
    """What `rules/README.md` says of a book."""

    chapter: str
    does: str
    formula: str
    who: str
    needs: str
    proven: str


def rows() -> dict[str, Row]:
    """What `rules/README.md` says, by book, in its order."""
    found, chapter = {}, ""
    for line in (ROOT / "rules" / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            chapter = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| `") and len(cells) == 6:
            found |= {name: Row(chapter, *cells[1:]) for name in re.findall(r"`([\w-]+)`", cells[0])}
    return found


def catalogue() -> str:
    """Every bundled book, by chapter; a new book appears by itself."""
    told = rows()
    order = [*told, *(name for name in rulebook_names() if name not in told)]
    lines, chapter = [], ""
    for name in order:
        row = told.get(name, Row("More", "", "", "", "", ""))
        if row.chapter != chapter:
            chapter = row.chapter
            lines.append(f"## {chapter}")
        lines.append("\n\n".join(_book(name, row)))
    return "\n\n".join(lines)


def _book(name: str, row: Row) -> Iterator[str]:
    policy = load_policy([name], ROOT)
    book = policy.merged
    yield f"({name})=\n### {book.title}"
    yield f"`{name}`" + (f": {row.does}" if row.does else "")
    yield f"{book.about or ''}"
    if row.formula:
        yield _displayed(row.formula)
    yield "\n".join(
        f"{title}\n: {text}\n"
        for title, text in (
            ("Source", book.source),
            ("Who uses it", row.who),
            ("The table also needs", row.needs),
            ("Published checks", row.proven),
        )
        if text
    )
    yield _in_sentences(name)
    source = (ROOT / "rules" / f"{name}.yaml").read_text(encoding="utf-8")
    yield f"<details><summary>The book itself</summary>\n\n```yaml\n{source}```\n\n</details>"


def _displayed(formula: str) -> str:
    """A formula on a line of its own, and below it what its letters mean."""
    found = re.fullmatch(r"\$(?P<formula>[^$]+)\$(?P<words>.*)", formula)
    return f"$${found['formula']}$$\n\n{found['words'].strip()}" if found else formula


def _in_sentences(name: str) -> str:
    """What `allocate rules show` says of it, but for what stands above and what it leaves to other books."""
    policy = load_policy([name], ROOT)
    book = policy.merged
    says = {"": False, "Need": book.need, "Rules": book.rules, "Share-out": book.share_out}
    parts = [
        "\n".join([f"{title}\n: " + "\n\n  ".join(map(_escaped, sentences)), ""])
        for title, sentences in chapters(policy, None)
        if says.get(title, True)
    ]
    return "\n".join(parts)


def _escaped(sentence: str) -> str:
    return re.sub(r"([*_$<\[\]])", r"\\\1", sentence.strip())

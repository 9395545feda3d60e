"""Pages of the documentation as something that can be run.

What stands in a page is done in a folder of its own, in order:

- ``<!-- file: my-work/areas.csv -->`` before a block: the block is that file;
- ``<!-- run -->`` before a block of ``sh`` or ``python``: the block is run;
- ``<!-- output -->`` before a block of ``text``: it is what the block before it printed;
- ``<!-- output: allocate run llr -->`` before a block of ``text``: it is what that command prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "rules" / "README.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
)
"""Every page that users read."""

_BLOCK = re.compile(
    r"<!-- (?P<what>file|run|output)(?:: (?P<words>.+?))? -->\n```(?P<language>\w+)\n(?P<text>.*?)\n```",
    re.DOTALL,
)


class Step(NamedTuple):
    """A block of a page that can be done: write a file, run something, compare what it printed."""

    what: str
    words: str
    language: str
    text: str


def steps(page: Path) -> list[Step]:
    """What can be done with a page, in order."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Step(each["what"], each["words"] or "", each["language"], each["text"]) for each in found]


def blocks(page: Path, language: str) -> list[str]:
    """Every block of a language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


class Reader:
    """Somebody who does what a page says, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self.printed = ""
        command = folder / "bin" / "allocate"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m allocate "$@"\n', encoding="utf-8")
        command.chmod(0o755)

    def do(self, step: Step) -> str | None:
        """Do a step; say what it should have printed, if it is about that."""
        if step.what == "file":
            path = self.work / step.words
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text + "\n", encoding="utf-8")
            return None
        if step.what == "run":
            python = step.language == "python"
            self._run([sys.executable, "-c", step.text] if python else ["sh", "-ec", step.text])
            return None
        if step.words:
            self._run(["sh", "-ec", step.words])
        return step.text

    def _run(self, command: list[str]) -> None:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        known = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            command,
            capture_output=True,
            cwd=self.work,
            env=os.environ | {"PATH": path, "PYTHONPATH": known},
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stderr}"
        self.printed = done.stdout.rstrip()

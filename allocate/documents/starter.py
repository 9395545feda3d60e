"""A working folder to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocate.documents.bundled import SCENARIOS
from allocate.errors import OutputError, Problem
from allocate.files.writing import write_files

if TYPE_CHECKING:
    from pathlib import Path

STARTER = "starter"


def make_folder(folder: Path) -> list[Path]:
    """Copy the bundled starter scenario into a new or empty folder.

    Returns:
        The files made.

    Raises:
        OutputError: the folder has something in it, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError([Problem(str(folder), "is there already", "choose a new or empty folder")])
    files = {
        path.name: path.read_bytes() for path in sorted((SCENARIOS / STARTER).iterdir()) if path.is_file()
    }
    write_files(folder, files)
    return [folder / name for name in files]

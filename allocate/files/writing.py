"""Files written whole or not at all, whatever happens: the one way in which anything reaches a disk.

Files are first written into a folder of their own beside their places (`STAGED` and a random word) and
flushed. One file is then renamed to its place. Several cannot be renamed at once, so the folder that has them
all is renamed to `READY`: from that moment they count as written. They are then moved to their places, and if
the process is killed before the last of them is, whoever writes here next moves the rest, and whoever reads
here takes what is ready before what it replaces. Writers of a folder wait for each other, and readers for
them, on a lock that the system gives free when its holder ends, however it ends.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from contextlib import ExitStack, contextmanager, suppress
from itertools import takewhile
from secrets import token_hex
from typing import TYPE_CHECKING

from allocate.errors import InputError, OutputError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

STAGED = ".allocate-"
"""What the names of folders begin with in which files wait for their places."""

READY = f"{STAGED}ready"
"""The folder of files that are complete and count as written, though not all are in their places."""

GONE = ".gone"
"""What the name of an empty file in `READY` ends with that says that a file is to be taken away."""

PATIENCE = 30.0
"""Seconds to wait for another process that writes here; writing takes well under one."""


def write_files(
    folder: Path, files: Mapping[str, bytes], *, without: Collection[str] = (), keep: Collection[Path] = ()
) -> None:
    """Write files into a folder, all of them or none.

    Args:
        folder: made if it is not there.
        files: their contents by name.
        without: names of files that an earlier result may have left here and that this one has not.
        keep: files that this result was made from; none of them is replaced.

    Raises:
        OutputError: they cannot be written; nothing was replaced.
    """
    made: list[Path] = []
    try:
        _check_not_over(folder, files, keep)
        made = _missing(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, alone=True):
            _finish(folder)
            _clear(folder)
            _write(folder, files, [name for name in without if (folder / name).is_file()])
    except (OSError, ValueError) as error:  # of a name with a NUL in it, Python says ValueError
        for each in made:
            with suppress(OSError):
                each.rmdir()
        reason = getattr(error, "strerror", None) or str(error)
        what = f"cannot be written ({reason})"
        raise OutputError([Problem(str(folder), what, "choose another folder")]) from None


def _check_not_over(folder: Path, files: Mapping[str, bytes], keep: Collection[Path]) -> None:
    """Refuse to replace what a result was made from."""
    kept = {each.resolve() for each in keep}
    if over := [name for name in files if (folder / name).resolve() in kept]:
        what = "would be replaced, and the result is made from it"
        raise OutputError([Problem(str(folder / name), what, "choose another place") for name in over])


def _missing(folder: Path) -> list[Path]:
    """The folders that are to be made, the innermost first."""
    return list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))


def _write(folder: Path, files: Mapping[str, bytes], without: Collection[str]) -> None:
    for name in files:
        _check_place(folder / name)
    staged = folder / f"{STAGED}{token_hex(8)}"
    staged.mkdir()
    try:
        for name, content in files.items():
            _write_file(staged / name, content)
        for name in without:
            _write_file(staged / f"{name}{GONE}", b"")
        if len(files) + len(without) == 1:
            _move(staged, folder)
        else:
            staged.rename(folder / READY)
            _move(folder / READY, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _check_place(place: Path) -> None:
    """Refuse to put a file where a folder, a device or a pipe is."""
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, f"'{place.name}' in it is a folder")
    if place.exists() and not place.is_file():
        raise FileExistsError(errno.EEXIST, f"'{place.name}' in it is no ordinary file")


def _write_file(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(ready: Path, folder: Path) -> None:
    for path in sorted(ready.iterdir()):
        if path.name.endswith(GONE):
            (folder / path.name.removesuffix(GONE)).unlink(missing_ok=True)
            path.unlink()
        else:
            path.replace(folder / path.name)
    ready.rmdir()


def _finish(folder: Path) -> None:
    """Move the files of a writer that was killed to their places."""
    if (folder / READY).is_dir():
        _move(folder / READY, folder)


def _clear(folder: Path) -> None:
    """Take away what writers left that were killed before their files counted as written."""
    for each in folder.glob(f"{STAGED}*"):
        if each.name != READY and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)


def place_of(folder: Path, name: str) -> Path:
    """Where a file of a folder is to be read: what is ready goes before what it replaces."""
    ready = folder / READY / name
    return ready if ready.is_file() else folder / name


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep writers out of a folder while several of its files are read, so that all are of one result.

    Raises:
        InputError: another process is still writing here after `PATIENCE`.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(folder, alone=False))
        except TimeoutError as error:
            what = f"cannot be read ({error.strerror})"
            raise InputError([Problem(str(folder), what, "wait for it and try again")]) from None
        yield


@contextmanager
def _locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the lock of a folder; where the system has none (Windows, some network drives) there is none."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError, ValueError):  # a name with a NUL in it is told by whoever reads or writes
        yield
        return
    try:
        _wait_for(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, kind: int) -> None:
    import fcntl

    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another run is still writing there") from None
            time.sleep(0.02)
        except OSError:
            return  # a network drive without such locks
        else:
            return

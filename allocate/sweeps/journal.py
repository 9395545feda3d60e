"""The journal of a sweep: every finished point on a line of its own, so that a stopped sweep can go on.

It stands beside the output until that is written. The first line says which sweep it is of; it is only ever
added to, and a last line that was cut short when the sweep was stopped is dropped.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from allocate.errors import InputError, OutputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from allocate.sweeps.points import Row


class Journal:
    """A journal, open for one sweep; nobody else can open it meanwhile.

    Args:
        path: where it is, or is to be.
        fingerprint: what no other sweep has.
        about: the sweep in a few words, for whoever meets its journal.

    Raises:
        InputError: it is of another sweep, damaged, or in use.
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path, fingerprint: str, about: str) -> None:
        self.path = path
        self.rows: list[Row] = []
        """The points that were finished before."""
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("a+b")
        try:
            _lock(self._file, path)
            try:
                with _told(path):
                    self._begin({"sweep": fingerprint, "about": about})
            except OutputError:
                self._remove_if_empty()
                raise
        except BaseException:
            with suppress(OSError):  # what could not be written before cannot be now
                self._file.close()
            raise

    def _remove_if_empty(self) -> None:
        """Leave no journal that says nothing, for its first line found no room; it is ours, and locked."""
        with suppress(OSError):
            if self.path.stat().st_size == 0:
                self.path.unlink()

    def _begin(self, header: dict[str, Any]) -> None:
        """Read what is there, drop a line that was cut short, and write the header if nothing is left."""
        self._file.seek(0)
        content = self._file.read()
        lines = content.splitlines(keepends=True)
        cut_short = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        found = [self._parsed(line, number) for number, line in enumerate(lines, 1)]
        self._check_whose(found[0] if found else {}, header, finished=len(found) - 1, rest=cut_short)
        self.rows = found[1:]
        self._file.truncate(len(content) - len(cut_short) if self.rows else 0)
        if not self.rows:
            self._add([header])

    def _check_whose(
        self, found: dict[str, Any], header: dict[str, Any], *, finished: int, rest: bytes
    ) -> None:
        """Refuse the journal of another sweep that has finished points, and what is no journal at all."""
        if "sweep" in found:
            if finished and found["sweep"] != header["sweep"]:
                self._refuse(f"is the journal of another sweep ({found.get('about')})")
        elif found or not rest.startswith(b'{"sweep"'[: len(rest)]):
            self._refuse("is not the journal of a sweep")

    def _refuse(self, what: str) -> None:
        fix = "finish that one, remove it, or choose another --out"
        raise InputError([Problem(str(self.path), what, fix)])

    def _parsed(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            parsed = json.loads(line)
            if isinstance(parsed, dict) and (number == 1 or "point" in parsed):
                return parsed
        except ValueError:
            pass
        where = f"{self.path}:{number}"
        raise InputError([Problem(where, "is not what a sweep writes", "remove the journal and start again")])

    def add(self, rows: Iterable[Row]) -> None:
        """Write down finished points.

        Raises:
            OutputError: they cannot be written.
        """
        with _told(self.path):
            self._add(rows)

    def _add(self, lines: Iterable[dict[str, Any]]) -> None:
        written = "".join(json.dumps(line, allow_nan=False, separators=(",", ":")) + "\n" for line in lines)
        self._file.write(written.encode())
        self._file.flush()

    def remove(self) -> None:
        """Take it away: its sweep is finished and written."""
        with suppress(OSError):
            self.path.unlink()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one line why a journal cannot be written."""
    try:
        yield
    except OSError as error:
        what = f"cannot be written ({error.strerror or error})"
        raise OutputError([Problem(str(path), what, "choose another --out")]) from None


def _lock(file: BinaryIO, path: Path) -> None:
    """Keep a journal to one process; the system gives it free when that ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where two sweeps to one place are not kept apart
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        what = "is being written by another sweep"
        raise InputError([Problem(str(path), what, "wait for it, or choose another --out")]) from None

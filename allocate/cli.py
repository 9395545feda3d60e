"""The command line: read, call, print. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from allocate import __version__
from allocate.errors import AllocateError, Problem
from allocate.text.quiet import process_is_ours
from allocate.unseen import in_a_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

HOMES = {
    "run": "allocate.commands.running",
    "explain": "allocate.commands.running",
    "check": "allocate.commands.running",
    "compare": "allocate.commands.comparing",
    "years": "allocate.commands.years",
    "sweep": "allocate.commands.sweeping",
    "cost": "allocate.commands.costing",
    "uncertainty": "allocate.commands.costing",
    "audit": "allocate.commands.auditing",
    "report": "allocate.commands.reporting",
    "impact": "allocate.commands.impact",
    "nhs": "allocate.commands.nhs",
    "weigh": "allocate.commands.weighing",
    "verify": "allocate.commands.proving",
    "rerun": "allocate.commands.proving",
    "rules": "allocate.commands.documents",
    "scenarios": "allocate.commands.documents",
    "new": "allocate.commands.documents",
    "schema": "allocate.commands.documents",
}
"""Where each command is; its module is imported when it is called or listed."""


MOST_PROBLEMS = 200
"""Problems that are printed; nobody reads more of them before mending some."""

TRACEBACK = "ALLOCATE_TRACEBACK"
"""The variable of the environment that asks for the traceback of a defect."""

EXPECTED = (AllocateError, OSError, MemoryError)
"""What may go wrong without a defect in allocate."""

STOPPED = 130
"""The exit status of a command that was stopped with Ctrl-C, as shells have it."""


class Seen:
    """A stream on which names from tables can neither move the cursor nor turn text around."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text with what cannot be seen made visible."""
        self._stream.write(in_a_terminal(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _our_streams() -> Iterator[None]:
    """Print UTF-8 whatever the system has, and nothing that cannot be seen."""
    printed, told = sys.stdout, sys.stderr
    for stream in (printed, told):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout, sys.stderr = Seen(printed), Seen(told)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = printed, told


@contextmanager
def _noting_interrupts(noted: list[int]) -> Iterator[None]:
    """Note Ctrl-C besides raising `KeyboardInterrupt`, which libraries may turn into an error of theirs."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Commands(click.Group):
    """Commands whose errors are printed a line each, with the exit status of their kind."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._interrupts: list[int] = []

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line as a process of its own."""
        _leave_cycles_alone()
        process_is_ours()
        self._interrupts.clear()  # those of an earlier call are not those of this one
        with _our_streams(), _noting_interrupts(self._interrupts):
            return super().main(*arguments, **options)

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, as help lists them."""
        return list(HOMES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name."""
        if name not in HOMES:
            return None
        command: click.Command = getattr(import_module(HOMES[name]), name)
        return command

    def invoke(self, context: click.Context) -> Any:
        """Run a command; what goes wrong is told in lines on standard error, never as a traceback."""
        if os.environ.get("NO_COLOR"):
            context.color = False
        try:
            with _bounds(context.params):
                return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click tells these; if the pipe broke, whoever was reading has seen enough
        except (KeyboardInterrupt, Exception) as error:
            if isinstance(error, KeyboardInterrupt) or self._interrupts:
                click.echo("Stopped; what is not finished was not written.", err=True)
                context.exit(STOPPED)
            if os.environ.get(TRACEBACK) and not isinstance(error, EXPECTED):
                raise
            _tell(_problems(error))
            context.exit(getattr(error, "exit_status", AllocateError.exit_status))


def _bounds(given: dict[str, Any]) -> AbstractContextManager[None]:
    """What --seconds and --within ask for."""
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked:
        return nullcontext()
    from allocate.bounds import bounded

    return bounded(**asked)


def _problems(error: Exception) -> Sequence[Problem]:
    """What to tell of an error."""
    if isinstance(error, AllocateError):
        return error.problems
    if isinstance(error, OSError):
        return [Problem(str(error.filename or "standard output"), error.strerror or str(error))]
    if isinstance(error, MemoryError):
        return [Problem("", "there is not enough memory for this", "leave rows or columns out")]
    what = f"{type(error).__name__}: {error} (a defect in allocate)"
    return [Problem("", what, f"please report it, with what {TRACEBACK}=1 prints")]


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems[:MOST_PROBLEMS]:
        click.echo(f"{click.style('error', fg='red')}: {problem}", err=True)
    if (more := len(problems) - MOST_PROBLEMS) > 0:
        click.echo(f"... and {more:,} more.", err=True)


def _leave_cycles_alone() -> None:
    """A command is short, and looking for cycles while it imports and ends would take a fifth of its time."""
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="allocate %(version)s")
@click.option("--seconds", type=float, metavar="N", help="Give up after so many seconds.")
@click.option("--within", metavar="DIR", help="Read scenarios, tables and rule books from this folder alone.")
def main(**_: Any) -> None:
    """Level up funding by population need. No area ever falls below its baseline.

    SCENARIO is a bundled name, a file or a folder; with none, the bundled LLR scenario runs.
    """

"""The command line: read, call, print. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from allocate import __version__
from allocate.errors import AllocateError, Problem
from allocate.quiet import process_is_ours
from allocate.unseen import in_a_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

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

STOPPED = 130
"""The exit status of a command that was stopped with Ctrl-C, as shells have it."""


class Seen:
    """Standard output on which names from tables can neither move the cursor nor turn text around."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text with what cannot be seen made visible."""
        self._stream.write(in_a_terminal(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Commands(click.Group):
    """Commands whose errors are printed a line each, with the exit status of their kind."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line as a process of its own."""
        _leave_cycles_alone()
        process_is_ours()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        printed, sys.stdout = sys.stdout, Seen(sys.stdout)
        try:
            return super().main(*arguments, **options)
        finally:
            sys.stdout = printed

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
        except KeyboardInterrupt:
            click.echo("Stopped; what is not finished was not written.", err=True)
            context.exit(STOPPED)
        except Exception as error:
            problems = _problems(error)
            if problems is None:
                raise
            for problem in problems[:MOST_PROBLEMS]:
                click.echo(f"{click.style('error', fg='red')}: {problem}", err=True)
            if (more := len(problems) - MOST_PROBLEMS) > 0:
                click.echo(f"... and {more:,} more.", err=True)
            context.exit(getattr(error, "exit_status", AllocateError.exit_status))


def _problems(error: Exception) -> Sequence[Problem] | None:
    """What to tell of an error; None if its traceback is asked for."""
    if isinstance(error, AllocateError):
        return error.problems
    if isinstance(error, OSError):
        return [Problem(str(error.filename or "standard output"), error.strerror or str(error))]
    if isinstance(error, MemoryError):
        return [Problem("", "there is not enough memory for this", "leave rows or columns out")]
    if os.environ.get(TRACEBACK):
        return None
    what = f"{type(error).__name__}: {error} (a defect in allocate)"
    return [Problem("", what, f"please report it, with what {TRACEBACK}=1 prints")]


def _bounds(options: dict[str, Any]) -> AbstractContextManager[None]:
    """What --time-limit and --within ask for."""
    asked = {"seconds": options.get("time_limit"), "within": options.get("within")}
    if asked == {"seconds": None, "within": None}:
        return nullcontext()
    from allocate.bounds import bounded

    return bounded(**asked)


def _leave_cycles_alone() -> None:
    """A command is short, and looking for cycles while it imports and ends would take a fifth of its time."""
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="allocate %(version)s")
@click.option("--time-limit", metavar="SECONDS", type=float, help="Stop after so many seconds.")
@click.option("--within", metavar="DIR", help="Read scenarios, tables and rule books from this folder alone.")
def main(**_: Any) -> None:
    """Level up funding by population need. No area ever falls below its baseline.

    SCENARIO is a bundled name, a file or a folder; with none, the bundled LLR scenario runs.
    """

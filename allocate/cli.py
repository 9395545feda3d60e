"""The command line: read, call, print. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from allocate import __version__
from allocate.errors import AllocateError
from allocate.quiet import process_is_ours

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


class Commands(click.Group):
    """Commands whose errors are printed a line each, with the exit status of their kind."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line as a process of its own."""
        _leave_cycles_alone()
        process_is_ours()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
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
        """Run a command; an error of ours goes to standard error, never as a traceback."""
        if os.environ.get("NO_COLOR"):
            context.color = False
        try:
            return super().invoke(context)
        except AllocateError as error:
            for problem in error.problems:
                click.echo(f"{click.style('error', fg='red')}: {problem}", err=True)
            context.exit(error.exit_status)
        except BrokenPipeError:
            raise  # whoever was reading has seen enough, and click ends quietly
        except OSError as error:
            where = error.filename or "standard output"
            click.echo(f"{click.style('error', fg='red')}: {where}: {error.strerror}", err=True)
            context.exit(AllocateError.exit_status)


def _leave_cycles_alone() -> None:
    """A command is short, and looking for cycles while it imports and ends would take a fifth of its time."""
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="allocate %(version)s")
def main() -> None:
    """Level up funding by population need. No area ever falls below its baseline.

    SCENARIO is a bundled name, a file or a folder; with none, the bundled LLR scenario runs.
    """

"""What commands that take a scenario have in common: its name, and what may be changed of it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.documents.scenario import Scenario

DEFAULT_SCENARIO = "llr"

scenario_argument = click.argument("scenario", default=DEFAULT_SCENARIO)


def _settings(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise click.BadParameter(f"'{wrong[0]}' is not name=value, such as ceiling=8%")
    return {name.strip(): value.strip() for name, _, value in pairs}


set_option = click.option(
    "--set",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_settings,
    help="The value of a parameter; may be given several times.",
)

_OPTIONS = (
    click.option("--budget", metavar="£", help="The whole pot, instead of the scenario's."),
    set_option,
    click.option(
        "--route",
        metavar="ROUTE",
        help="Solve by 'closed form', 'nested' or 'linear programme'; by default the simplest that does.",
    ),
)


def with_changes(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --budget, --set and --route, and what they say as its argument `changes`."""

    @wraps(command)
    def gathered(*given: Any, **options: Any) -> None:
        changes = {name: options.pop(name) for name in ("budget", "parameters", "route")}
        command(*given, changes=changes, **options)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def load(name: str, changes: dict[str, Any] | None = None) -> Scenario:
    """Load a scenario, with changes."""
    from allocate.documents.scenario import load_scenario

    return load_scenario(name).with_changes(**(changes or {}))


def tell_written(out: str, *names: str) -> None:
    """Say what was written: a file, or some of these names into a folder."""
    from pathlib import Path

    files = [str(Path(out, name)) for name in names] or [out]
    click.echo(f"\nWritten: {', '.join(files)}")

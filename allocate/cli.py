"""The command line: read, call, print. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from allocate import __version__
from allocate.errors import AllocateError
from allocate.nhs.commands import nhs

if TYPE_CHECKING:
    from allocate.scenario import Scenario

DEFAULT_SCENARIO = "llr"


class Commands(click.Group):
    """Commands whose errors are printed a line each, with the exit status of their kind."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line as a process of its own."""
        _leave_cycles_alone()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        return super().main(*arguments, **options)

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


def _settings(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise click.BadParameter(f"'{wrong[0]}' is not name=value, such as ceiling=8%")
    return {name.strip(): value.strip() for name, _, value in pairs}


_scenario = click.argument("scenario", default=DEFAULT_SCENARIO)
_budget = click.option("--budget", metavar="£", help="The whole pot, instead of the scenario's.")
_set = click.option(
    "--set",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_settings,
    help="The value of a parameter; may be given several times.",
)


_route = click.option(
    "--route",
    metavar="ROUTE",
    help="Solve by 'closed form', 'nested' or 'linear programme'; by default the simplest that does.",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="allocate %(version)s")
def main() -> None:
    """Level up funding by population need. No area ever falls below its baseline.

    SCENARIO is a bundled name, a file or a folder; with none, the bundled LLR scenario runs.
    """


@main.command()
@_scenario
@click.option("--out", metavar="DIR", help="Write allocations.csv, run.json and table.parquet here.")
@_budget
@_set
@_route
@click.option("--json", "as_json", is_flag=True, help="Print run.json's object with the rows under 'areas'.")
@click.option("--all", "every", is_flag=True, help="Show every area, not only the largest gains.")
def run(
    scenario: str,
    out: str | None,
    budget: str | None,
    parameters: dict[str, str],
    route: str | None,
    as_json: bool,
    every: bool,
) -> None:
    """Allocate, and print a summary and the largest gains."""
    from pathlib import Path

    from allocate.engine import run as run_scenario
    from allocate.layout import terminal_width
    from allocate.records import record_with_areas, to_json
    from allocate.show import allocation_text

    allocation = run_scenario(_load(scenario, budget, parameters, route))
    if out is not None:
        allocation.save(out)
    if as_json:
        click.echo(to_json(record_with_areas(allocation)), nl=False)
        return
    click.echo(allocation_text(allocation, every=every, width=terminal_width()))
    if out is not None:
        names = ("allocations.csv", "run.json", "table.parquet")
        click.echo(f"\nWritten: {', '.join(str(Path(out, name)) for name in names)}")


@main.command()
@click.argument("scenario")
@click.argument("area")
@_budget
@_set
@_route
def explain(
    scenario: str, area: str, budget: str | None, parameters: dict[str, str], route: str | None
) -> None:
    """Tell why one area gets what it gets."""
    from allocate.engine import run as run_scenario
    from allocate.layout import terminal_width
    from allocate.show import explanation_text

    allocation = run_scenario(_load(scenario, budget, parameters, route))
    invented = allocation.prepared.scenario.invented
    click.echo(explanation_text(allocation.explain(area), invented=invented, width=terminal_width()))


@main.command()
@_scenario
@click.option(
    "--compare",
    nargs=2,
    metavar="COLUMN COLUMN",
    multiple=True,
    help="Warn where two columns, such as two years' lists, differ by more than 10%.",
)
def check(scenario: str, compare: tuple[tuple[str, str], ...]) -> None:
    """Report on a scenario's data and rules without allocating."""
    from allocate.layout import terminal_width
    from allocate.quality import inspect
    from allocate.show import quality_text

    loaded = _load(scenario)
    report = inspect(loaded, compare)
    click.echo(quality_text(report, invented=loaded.invented, width=terminal_width()))
    report.raise_problems()


@main.group()
def rules() -> None:
    """The bundled rule books."""


@rules.command("list")
def list_rules() -> None:
    """List the bundled rule books."""
    from allocate.bundled import RULES, rulebook_names, title_of

    _print_titles({name: title_of(RULES / f"{name}.yaml") for name in rulebook_names()})


@rules.command("show")
@click.argument("name")
@click.option("--on", "scenario", metavar="SCENARIO", help="Say how much each rule binds there.")
def show_rules(name: str, scenario: str | None) -> None:
    """Print a rule book as a person would read it; NAME is a bundled name or a file.

    With --on, the book joins the rules of that scenario if it is not one of them.
    """
    from pathlib import Path

    from allocate.describe import book_text
    from allocate.layout import terminal_width
    from allocate.policy import load_policy

    on = None
    if scenario is not None:
        from allocate.engine import run as run_scenario

        on = run_scenario(_load(scenario).with_book(name))
    click.echo(book_text(load_policy([name], Path()), terminal_width(), on))


@main.group()
def scenarios() -> None:
    """The bundled scenarios."""


@scenarios.command("list")
def list_scenarios() -> None:
    """List the bundled scenarios."""
    from allocate.bundled import SCENARIO_FILE, SCENARIOS, scenario_names, title_of

    _print_titles({name: title_of(SCENARIOS / name / SCENARIO_FILE) for name in scenario_names()})


@main.command()
@click.argument("folder", metavar="DIR")
def new(folder: str) -> None:
    """Make a folder to start from: a table, rules and a scenario."""
    from pathlib import Path
    from shlex import quote

    from allocate.starter import make_folder

    for path in make_folder(Path(folder)):
        click.echo(f"made {path}")
    click.echo(f"\nEdit them, then:  allocate run {quote(folder)}")


@main.command()
@click.argument("document", type=click.Choice(["rules", "scenario"]), default="rules")
def schema(document: str) -> None:
    """Print the JSON Schema of rule books or scenarios, for editors."""
    from allocate.records import to_json
    from allocate.rulebook import Rulebook
    from allocate.scenario import Scenario

    model = Rulebook if document == "rules" else Scenario
    click.echo(to_json(model.model_json_schema()), nl=False)


def _load(
    name: str,
    budget: str | None = None,
    parameters: dict[str, str] | None = None,
    route: str | None = None,
) -> Scenario:
    from allocate.scenario import load_scenario

    return load_scenario(name).with_changes(budget=budget, parameters=parameters, route=route)


def _print_titles(titles: dict[str, str]) -> None:
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{click.style(f'{name:<{width}}', bold=True)}  {title}")


main.add_command(nhs)

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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="allocate %(version)s")
def main() -> None:
    """Level up funding by population need. No area ever falls below its baseline.

    SCENARIO is a bundled name, a file or a folder; with none, the bundled LLR scenario runs.
    """


@main.command()
@_scenario
@click.option("--out", metavar="DIR", help="Write allocations.csv and run.json here.")
@_budget
@_set
@click.option("--json", "as_json", is_flag=True, help="Print run.json's object with the rows under 'areas'.")
@click.option("--all", "every", is_flag=True, help="Show every area, not only the largest gains.")
def run(
    scenario: str,
    out: str | None,
    budget: str | None,
    parameters: dict[str, str],
    as_json: bool,
    every: bool,
) -> None:
    """Allocate, and print a summary and the largest gains."""
    from pathlib import Path

    from allocate.engine import run as run_scenario
    from allocate.layout import terminal_width
    from allocate.records import record_with_areas, to_json
    from allocate.show import allocation_text

    allocation = run_scenario(_load(scenario, budget, parameters))
    if out is not None:
        allocation.save(out)
    if as_json:
        click.echo(to_json(record_with_areas(allocation)), nl=False)
        return
    click.echo(allocation_text(allocation, every=every, width=terminal_width()))
    if out is not None:
        click.echo(f"\nWritten: {Path(out, 'allocations.csv')}, {Path(out, 'run.json')}")


@main.command()
@click.argument("scenario")
@click.argument("area")
@_budget
@_set
def explain(scenario: str, area: str, budget: str | None, parameters: dict[str, str]) -> None:
    """Tell why one area gets what it gets."""
    from allocate.engine import run as run_scenario
    from allocate.layout import terminal_width
    from allocate.show import explanation_text

    allocation = run_scenario(_load(scenario, budget, parameters))
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


@main.command()
@click.argument("persons", metavar="PERSONS")
@click.option(
    "--rules", "books", metavar="BOOK", multiple=True, required=True, help="Whose need tree to measure."
)
@click.option("--by", metavar="COLUMN", required=True, help="The column with the code of each person's area.")
@click.option("--out", metavar="FILE", help="Write the areas here: a .parquet or .csv file.")
@click.option("--where", metavar="CONDITION", help="Which persons to weigh; default all.")
@click.option(
    "--date", metavar="DATE", help="The date at which dated parameters are read, such as 2023-04-01."
)
@_set
def weigh(
    persons: str,
    books: tuple[str, ...],
    by: str,
    out: str | None,
    where: str | None,
    date: str | None,
    parameters: dict[str, str],
) -> None:
    """Weigh persons by need and add them up by area.

    PERSONS is a .parquet or .csv file with one row a person.
    """
    from allocate.layout import terminal_width
    from allocate.records import check_areas_file, save_areas
    from allocate.show import weighed_text
    from allocate.weighing import prepare_weighing

    if out is not None:
        check_areas_file(out, not_over=persons)
    options = {"where": where, "parameters": parameters, "date": date}
    weighed = prepare_weighing(persons, books, by, options).weigh()
    if out is not None:
        save_areas(weighed.areas, out)
    click.echo(weighed_text(weighed, terminal_width()))
    if out is not None:
        click.echo(f"\nWritten: {out}")


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
def show_rules(name: str) -> None:
    """Print a rule book as a person would read it; NAME is a bundled name or a file."""
    from pathlib import Path

    from allocate.describe import book_text
    from allocate.layout import terminal_width
    from allocate.policy import load_policy

    click.echo(book_text(load_policy([name], Path()), terminal_width()))


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


def _load(name: str, budget: str | None = None, parameters: dict[str, str] | None = None) -> Scenario:
    from allocate.scenario import load_scenario

    return load_scenario(name).with_changes(budget=budget, parameters=parameters)


def _print_titles(titles: dict[str, str]) -> None:
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{click.style(f'{name:<{width}}', bold=True)}  {title}")

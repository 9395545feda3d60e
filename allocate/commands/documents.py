"""Commands on documents: what is bundled, how a rule book reads, where to start, the formats."""

from __future__ import annotations

import click

from allocate.commands.options import load


@click.group()
def rules() -> None:
    """The bundled rule books."""


@rules.command("list")
def list_rules() -> None:
    """List the bundled rule books."""
    from allocate.documents.bundled import RULES, rulebook_names, title_of

    _print_titles({name: title_of(RULES / f"{name}.yaml") for name in rulebook_names()})


@rules.command("show")
@click.argument("name")
@click.option("--on", "scenario", metavar="SCENARIO", help="Say how much each rule binds there.")
def show_rules(name: str, scenario: str | None) -> None:
    """Print a rule book as a person would read it; NAME is a bundled name or a file.

    With --on, the book joins the rules of that scenario if it is not one of them.
    """
    from pathlib import Path

    from allocate.documents.describe import book_text
    from allocate.documents.policy import load_policy
    from allocate.text.layout import terminal_width

    on = None
    if scenario is not None:
        from allocate.engine import run as run_scenario

        on = run_scenario(load(scenario).with_book(name))
    click.echo(book_text(load_policy([name], Path()), terminal_width(), on))


@click.group()
def scenarios() -> None:
    """The bundled scenarios."""


@scenarios.command("list")
def list_scenarios() -> None:
    """List the bundled scenarios."""
    from allocate.documents.bundled import SCENARIO_FILE, SCENARIOS, scenario_names, title_of

    _print_titles({name: title_of(SCENARIOS / name / SCENARIO_FILE) for name in scenario_names()})


@click.command()
@click.argument("folder", metavar="DIR")
def new(folder: str) -> None:
    """Make a folder to start from: a table, rules and a scenario."""
    from pathlib import Path
    from shlex import quote

    from allocate.documents.starter import make_folder

    for path in make_folder(Path(folder)):
        click.echo(f"made {path}")
    click.echo(f"\nEdit them, then:  allocate run {quote(folder)}")


@click.command()
@click.argument("document", type=click.Choice(["rules", "scenario"]), default="rules")
def schema(document: str) -> None:
    """Print the JSON Schema of rule books or scenarios."""
    from allocate.documents.rulebook import Rulebook
    from allocate.documents.scenario import Scenario
    from allocate.results.records import to_json

    model = Rulebook if document == "rules" else Scenario
    click.echo(to_json(model.model_json_schema()), nl=False)


def _print_titles(titles: dict[str, str]) -> None:
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{click.style(f'{name:<{width}}', bold=True)}  {title}")

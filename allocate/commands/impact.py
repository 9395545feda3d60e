"""The command that drafts an impact assessment."""

from __future__ import annotations

from typing import Any

import click

from allocate.commands.options import load, scenario_argument, with_changes


@click.command()
@scenario_argument
@click.option("--out", metavar="FILE", required=True, help="The draft to write: .docx or .md.")
@click.option(
    "--by",
    metavar="[CHARACTERISTIC=]COLUMN",
    multiple=True,
    help="Show effects by a column, such as place or race=ethnic_minority_share; may be given several times.",
)
@with_changes
def impact(scenario: str, out: str, by: tuple[str, ...], changes: dict[str, Any]) -> None:
    """Draft an equality and health inequality impact assessment.

    What the figures can answer is filled in; the rest is left for a person, marked [to be completed: ...].
    """
    from allocate.engine import run as run_scenario
    from allocate.impact import check_impact, save_impact

    check_impact(out)
    save_impact(run_scenario(load(scenario, changes)), out, by)
    click.echo(f"Written: {out}")
    click.echo("It is a draft: complete what is marked [to be completed: ...].")

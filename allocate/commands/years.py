"""The command on several years: run them one after the other, and beside a planned path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocate.commands.options import load, scenario_argument, tell_written, with_changes

if TYPE_CHECKING:
    from allocate.documents.scenario import Scenario
    from allocate.years.result import Years


@click.command()
@scenario_argument
@click.option("--out", metavar="DIR", help="Write years.csv, money.csv and the last year's run here.")
@click.option("--planned", is_flag=True, help="Compare with the path that sees all years; see the docs.")
@with_changes
@click.option("--json", "as_json", is_flag=True, help="Print run.json's object with the rows under 'areas'.")
@click.option("--all", "every", is_flag=True, help="Show the path of every area.")
def years(
    scenario: str, out: str | None, planned: bool, changes: dict[str, Any], as_json: bool, every: bool
) -> None:
    """Allocate year after year; nothing given is taken back."""
    show(run(load(scenario, changes), changes, planned=planned), out, as_json=as_json, every=every)


def run(scenario: Scenario, changes: dict[str, Any], *, planned: bool = False) -> Years:
    """Run a scenario's years, unless the command line changes what only each year can say."""
    from allocate.errors import InputError, Problem
    from allocate.years.running import run_years

    if changes["budget"] is not None:
        fix = "change 'budget:' under 'years:' in the scenario"
        raise InputError([Problem("--budget", "is the pot of one year, and this scenario has several", fix)])
    found = run_years(scenario)
    return found.plan() if planned else found


def show(years: Years, out: str | None, *, as_json: bool, every: bool) -> None:
    """Save years if asked to, and print them."""
    from allocate.results.records import FILES, to_json
    from allocate.text.layout import terminal_width
    from allocate.years.files import MONEY, PLANNED, YEARS
    from allocate.years.showing import years_text, years_with_areas

    if out is not None:
        years.save(out)
    if as_json:
        click.echo(to_json(years_with_areas(years)), nl=False)
        return
    click.echo(years_text(years, every=every, width=terminal_width()))
    if out is not None:
        planned = () if years.planned is None else (PLANNED,)
        tell_written(out, YEARS, MONEY, *FILES, *planned)

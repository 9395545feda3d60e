"""Commands on what a scenario would take, and on how sure its results are."""

from __future__ import annotations

from typing import Any

import click

from allocate.commands.options import load, scenario_argument, settings_option


@click.command()
@scenario_argument
@click.option("--to", metavar="%", help="Every area has this share of its fair share of the new pot.")
@click.option("--within", metavar="%", help="No area is further under its target of today than this.")
@click.option(
    "--to-percentile",
    metavar="N",
    help="Every area has what the area at this percentile has per weighted head today.",
)
@click.option("--end-shortfalls", is_flag=True, help="No area is under its target of today.")
@click.option("--growth", metavar="%", help="Say by when there is as much, if the pot grows so fast a year.")
@settings_option
@click.option("--out", metavar="FILE", help="Write the whole cost curve here, as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def cost(scenario: str, parameters: dict[str, str], out: str | None, as_json: bool, **goal: Any) -> None:
    """Say the least new money that brings every area to a goal, with nobody losing.

    Give one goal: --to 95%, --within 5%, --to-percentile 90 or --end-shortfalls.
    """
    from allocate.costing import cost as find_cost
    from allocate.costing_text import cost_text
    from allocate.layout import terminal_width
    from allocate.records import to_json

    found = find_cost(load(scenario), parameters=parameters, **goal)
    text = to_json(found.to_dict()) if as_json else f"{cost_text(found, terminal_width())}\n"
    if out is not None:
        found.save(out)
    click.echo(text, nl=False)
    if out is not None and not as_json:
        click.echo(f"\nWritten: {out}")

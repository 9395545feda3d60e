"""Commands on what a scenario would take, and on how sure its results are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocate.commands.options import load, scenario_argument, set_option, tell_written, with_changes

if TYPE_CHECKING:
    from allocate.documents.scenario import Scenario


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
@set_option
@click.option("--out", metavar="FILE", help="Write the whole cost curve here: .csv or .parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def cost(scenario: str, parameters: dict[str, str], out: str | None, as_json: bool, **goal: Any) -> None:
    """Say what it would take to bring every area to a goal.

    It is the least new money with which nobody loses. Give one goal: --to 95%, --within 5%,
    --to-percentile 90 or --end-shortfalls. Exit status 1 says that the scenario's other rules and the goal
    cannot all hold, whatever the pot.
    """
    from allocate.costing.cost import cost as find_cost
    from allocate.costing.text import cost_text
    from allocate.results.records import to_json
    from allocate.text.layout import terminal_width

    asked = _to_write(load(scenario), out)
    found = find_cost(asked, parameters=parameters, **goal)
    if out is not None:
        found.save(out)
    click.echo(to_json(found.to_dict()) if as_json else cost_text(found, terminal_width()), nl=not as_json)
    if out is not None and not as_json:
        tell_written(out)
    if found.clash is not None:
        raise found.clash


def _to_write(scenario: Scenario, out: str | None) -> Scenario:
    """The scenario, once it is clear that its answer can be written to a file."""
    from allocate.results.records import check_areas_file

    if out is not None:
        check_areas_file(out, not_over=scenario.sources)
    return scenario


def _errors(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Errors by the name of the part, which may have = in it; no name is the whole index."""
    errors: dict[str, str] = {}
    for each in given:
        part, _, size = (text.strip() for text in each.rpartition("="))
        if part in errors:
            raise click.BadParameter(f"'{part or 'the whole index'}' has an error already; give one")
        errors[part] = size
    return errors


@click.command()
@scenario_argument
@click.option(
    "--need-error",
    metavar="[PART=]%",
    multiple=True,
    required=True,
    callback=_errors,
    help="How far need may be off, such as 5%, or 'health inequalities=10%'; may be given for several parts.",
)
@click.option("--draws", metavar="N", default="1000", show_default=True, help="How many times to draw need.")
@click.option("--seed", metavar="N", default="1", show_default=True, help="The same seed, the same draws.")
@click.option(
    "--sure", metavar="%", default="95%", show_default=True, help="With which probability a position is sure."
)
@with_changes
@click.option("--out", metavar="FILE", help="Write a row an area here: .csv or .parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--all", "every", is_flag=True, help="Show every area, not only the largest gains.")
def uncertainty(
    scenario: str,
    changes: dict[str, Any],
    out: str | None,
    as_json: bool,
    every: bool,
    **options: Any,
) -> None:
    """Say how sure results are if need is measured with error."""
    from allocate.results.records import to_json
    from allocate.sureness.text import sureness_text
    from allocate.sureness.uncertainty import uncertainty as find_uncertainty
    from allocate.text.layout import terminal_width

    found = find_uncertainty(_to_write(load(scenario, changes), out), **options)
    if out is not None:
        found.save(out)
    text = to_json(found.to_dict()) if as_json else sureness_text(found, every=every, width=terminal_width())
    click.echo(text, nl=not as_json)
    if out is not None and not as_json:
        tell_written(out)

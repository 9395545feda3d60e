"""Commands on finished runs: prove one, repeat one."""

from __future__ import annotations

import click

alone_option = click.option(
    "--alone", is_flag=True, help="Look at the folder alone, not at the files that the run was made from."
)


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--allocations",
    metavar="FILE",
    help="What areas get, as typed in Excel or CSV (columns 'id' and 'allocation'), instead of the run's.",
)
@click.option(
    "--scenario", metavar="SCENARIO", help="Check against this scenario instead of the copies in the folder."
)
@alone_option
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def verify(run: str, allocations: str | None, scenario: str | None, alone: bool, as_json: bool) -> None:
    """Prove an allocation without the solver.

    RUN is a folder that 'allocate run --out' wrote; with --allocations it may be a scenario. Every rule is
    checked in whole pence, and that the share-out is the fairest within them in exact arithmetic. Exit
    status: 0 it holds, 1 something is broken, 2 the input cannot be used.
    """
    from allocate.proving.text import verdict_text
    from allocate.proving.verifying import verify as prove
    from allocate.results.records import to_json
    from allocate.text.layout import terminal_width

    verdict = prove(run, allocations=allocations, scenario=scenario, alone=alone)
    if as_json:
        click.echo(to_json(verdict.to_dict()), nl=False)
    else:
        click.echo(verdict_text(verdict, terminal_width()))
    click.get_current_context().exit(0 if verdict.holds else 1)


@click.command()
@click.argument("run", metavar="RUN")
@alone_option
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
def rerun(run: str, alone: bool, as_json: bool) -> None:
    """Repeat a saved run, and say whether the pennies are the same.

    RUN is a folder that 'allocate run --out' wrote. Files that have changed since are named, and the run is
    repeated from them too. Exit status: 0 the same, 1 not the same, 2 it cannot be repeated.
    """
    from allocate.errors import InputError, RulesCannotHold
    from allocate.proving.rerunning import rerun as repeat
    from allocate.proving.text import rerun_text
    from allocate.results.records import to_json
    from allocate.text.layout import terminal_width

    try:
        found = repeat(run, alone=alone)
    except RulesCannotHold as error:
        raise InputError(error.problems) from None
    if as_json:
        click.echo(to_json(found.to_dict()), nl=False)
    else:
        click.echo(rerun_text(found, terminal_width()))
    click.get_current_context().exit(0 if found.same else 1)

"""Saved runs checked without the solvers, and done again."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--allocations",
    metavar="FILE",
    help="A table with the columns id and allocation to check instead of the run's; .csv, .xlsx or .parquet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def verify(run: str, allocations: str | None, as_json: bool) -> None:
    """Check a saved run without the solvers that made it.

    RUN is the folder of a run saved with 'allocate run --out'. Its limits are worked out again, and every
    promise and rule is held against the amounts, to the penny. The exit status is 0 if all holds, 1 if
    something is breached, 2 if the run cannot be read.
    """
    from allocate.records import to_json
    from allocate.verifying.verifying import verify as check

    verdict = check(run, allocations)
    click.echo(to_json(verdict.to_dict()) if as_json else str(verdict), nl=not as_json)
    sys.exit(0 if verdict.holds else 1)


@click.command()
@click.argument("run", metavar="RUN")
def rerun(run: str) -> None:
    """Do a saved run again and compare the pennies.

    RUN is the folder of a run saved with 'allocate run --out', which keeps the rows, the rules and the
    scenario. The exit status is 0 if every area gets the same, 1 if not, 2 if the run cannot be read.
    """
    from allocate.rerunning import rerun as again

    found = again(run)
    click.echo(str(found))
    sys.exit(0 if found.same else 1)

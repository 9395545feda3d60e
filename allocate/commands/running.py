"""Commands on one scenario: run it, explain an area, check its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocate.commands.options import load, scenario_argument, tell_written, with_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.allocation import Allocation


@click.command()
@scenario_argument
@click.option(
    "--out",
    metavar="DIR|FILE.xlsx",
    help="Write allocations.csv, run.json and what proves them here, or an Excel workbook.",
)
@with_changes
@click.option("--json", "as_json", is_flag=True, help="Print run.json's object with the rows under 'areas'.")
@click.option("--all", "every", is_flag=True, help="Show every area, not only the largest gains.")
def run(scenario: str, out: str | None, changes: dict[str, Any], as_json: bool, every: bool) -> None:
    """Allocate, and print a summary and the largest gains.

    A scenario with 'years:' is run year after year; see 'allocate years'.
    """
    from allocate.engine import run as run_scenario
    from allocate.results.records import record_with_areas, to_json
    from allocate.text.layout import terminal_width
    from allocate.text.show import allocation_text
    from allocate.workbook import check_workbook, is_workbook

    loaded = load(scenario, changes)
    if loaded.years is not None:
        if out is not None and is_workbook(out):
            raise click.UsageError("a workbook is of one year; give a folder for a scenario with 'years:'")
        from allocate.commands.years import run as run_years
        from allocate.commands.years import show

        show(run_years(loaded, changes), out, as_json=as_json, every=every)
        return
    if out is not None and is_workbook(out):
        check_workbook(out)
    allocation = run_scenario(loaded)
    written = () if out is None else _write(allocation, out)
    if as_json:
        click.echo(to_json(record_with_areas(allocation)), nl=False)
        return
    click.echo(allocation_text(allocation, every=every, width=terminal_width()))
    if out is not None:
        tell_written(out, *written)


def _write(allocation: Allocation, out: str) -> Sequence[str]:
    """Write the files of a run, and give their names; or its workbook if that is what `out` says."""
    import gc

    from allocate.results.records import FILES
    from allocate.workbook import is_workbook

    if is_workbook(out):
        gc.disable()  # half a million cells are made, none in a cycle, and the command is about to end
        allocation.save_workbook(out)
        return ()
    allocation.save(out)
    return FILES


@click.command()
@click.argument("scenario")
@click.argument("area")
@with_changes
def explain(scenario: str, area: str, changes: dict[str, Any]) -> None:
    """Tell why one area gets what it gets."""
    from allocate.engine import run as run_scenario
    from allocate.text.layout import terminal_width
    from allocate.text.show import explanation_text

    loaded = load(scenario, changes)
    if loaded.years is not None:
        from allocate.commands.years import run as run_years

        story = run_years(loaded, changes).explain(area)
    else:
        story = run_scenario(loaded).explain(area)
    click.echo(explanation_text(story, invented=loaded.invented, width=terminal_width()))


@click.command()
@scenario_argument
@click.option(
    "--compare",
    nargs=2,
    metavar="COLUMN COLUMN",
    multiple=True,
    help="Warn where two columns, such as two years' lists, differ by more than 10%.",
)
def check(scenario: str, compare: tuple[tuple[str, str], ...]) -> None:
    """Report on a scenario's data and rules without allocating."""
    from allocate.quality import inspect
    from allocate.text.layout import terminal_width
    from allocate.text.quality import quality_text

    loaded = load(scenario)
    report = inspect(loaded.as_it_begins(), compare)
    click.echo(quality_text(report, invented=loaded.invented, width=terminal_width()))
    report.raise_problems()
    if loaded.years is not None:
        from allocate.years.running import check_years

        check_years(loaded)

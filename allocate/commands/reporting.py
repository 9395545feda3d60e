"""The command that writes a report."""

from __future__ import annotations

import click

from allocate.commands.options import DEFAULT_SCENARIO


@click.command()
@click.argument("runs", metavar="[SCENARIO|RUN]...", nargs=-1)
@click.option("--out", metavar="FILE", required=True, help="The HTML file to write.")
@click.option(
    "--by",
    metavar="COLUMN",
    multiple=True,
    help="Group areas by this column; may be given several times. By default as an audit does.",
)
@click.option("--large-print", is_flag=True, help="Open in large print: 16 pt and more on paper.")
def report(runs: tuple[str, ...], out: str, by: tuple[str, ...], large_print: bool) -> None:
    """Write a report for a board, as one HTML file.

    RUN is a folder that 'allocate run --out' wrote. Of several, the first is told in full and the
    others are laid beside it.
    """
    from allocate.charts.figure import check_packages
    from allocate.report import check_report, save_report
    from allocate.report.page import PACKAGES
    from allocate.report.subject import open_subjects

    check_packages("reports", PACKAGES)
    check_report(out)
    save_report(open_subjects(runs or (DEFAULT_SCENARIO,)), out, by=by, large_print=large_print)
    click.echo(f"Written: {out}")

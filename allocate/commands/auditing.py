"""The equity audit: who gets how much, and what levelling up does to the gaps."""

from __future__ import annotations

import click

from allocate.commands.options import DEFAULT_SCENARIO, tell_written


@click.command()
@click.argument("run", metavar="SCENARIO|RUN", default=DEFAULT_SCENARIO)
@click.option(
    "--by",
    metavar="COLUMN,...",
    multiple=True,
    help="Columns to group areas by; if none, deprivation, place, ethnicity, contract and rurality.",
)
@click.option("--out", metavar="DIR", help="Write audit.csv, curves.csv and audit.json here.")
@click.option("--json", "as_json", is_flag=True, help="Print audit.json's object.")
def audit(run: str, by: tuple[str, ...], out: str | None, as_json: bool) -> None:
    """Compare the money a head of groups of areas.

    Historical, fair share and levelled up, side by side. RUN is the folder of a run saved with 'allocate run
    --out'. A column of --by may be followed by :fifths or :tenths (cut so, by people), :reversed (the order
    the other way round) or :unordered.
    """
    from allocate.results.records import to_json
    from allocate.results.runs import open_run
    from allocate.text.layout import terminal_width

    found = open_run(run).equity(by or None)
    if out is not None:
        found.save(out)
    if as_json:
        click.echo(to_json(found.to_dict()), nl=False)
        return
    click.echo(found.text(terminal_width()))
    if out is not None:
        tell_written(out, "audit.csv", "curves.csv", "audit.json")

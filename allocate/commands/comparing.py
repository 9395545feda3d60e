"""The command that lays runs side by side."""

from __future__ import annotations

import click

from allocate.commands.options import tell_written


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--by", multiple=True, metavar="COLUMN,...", help="Group areas by these columns of the tables.")
@click.option("--out", metavar="DIR", help="Write comparison.csv, groups.csv and comparison.json here.")
@click.option("--json", "as_json", is_flag=True, help="Print comparison.json's object with all rows.")
def compare(runs: tuple[str, ...], by: tuple[str, ...], out: str | None, as_json: bool) -> None:
    """Compare scenarios and saved runs, side by side.

    RUN is a scenario, or a folder that 'allocate run --out' wrote. All runs are held against the first; a run
    alone is held against its historical money and its pure fair share.
    """
    from allocate.comparing.comparison import AREAS, GROUPS, RECORD
    from allocate.comparing.show import comparison_text
    from allocate.comparing.side_by_side import compare as compare_runs
    from allocate.results.records import to_json
    from allocate.text.layout import terminal_width

    columns = [name.strip() for each in by for name in each.split(",") if name.strip()]
    comparison = compare_runs(*runs, by=columns)
    if out is not None:
        comparison.save(out)
    if as_json:
        click.echo(to_json(comparison.to_full_dict()), nl=False)
        return
    click.echo(comparison_text(comparison, terminal_width()))
    if out is not None:
        tell_written(out, AREAS, GROUPS, RECORD)

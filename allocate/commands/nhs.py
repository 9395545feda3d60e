"""The commands of ``allocate nhs``: read official files, write a table, say what was understood."""

from __future__ import annotations

from typing import Any

import click

DEFAULT_STREAM = "pmc"


@click.group()
def nhs() -> None:
    """Make tables from official NHS files."""


@nhs.command()
@click.option(
    "--payments", metavar="FILE", required=True, help="NHS Payments to General Practice, practice level."
)
@click.option("--payments-baseline", metavar="FILE", help="The same file of an earlier year.")
@click.option(
    "--weights",
    metavar="FILE",
    multiple=True,
    help="NHS England practice weighted populations; of several, the first measures need.",
)
@click.option(
    "--ages", metavar="FILE", help="Patients Registered at a GP Practice, by sex and five-year age band."
)
@click.option(
    "--lsoa", metavar="FILE", help="Patients Registered at a GP Practice, by small area; needs --imd."
)
@click.option(
    "--imd", metavar="FILE", help="English Indices of Deprivation, scores by small area; needs --lsoa."
)
@click.option(
    "--area", metavar="AREA", required=True, help="llr, all, or sub-ICB or ICB codes with commas between."
)
@click.option("--out", metavar="FILE", required=True, help="The table to write: .parquet or .csv.")
def build(area: str, out: str, weights: tuple[str, ...], **files: Any) -> None:
    """Make a table of practices, and a scenario that runs on it."""
    from pathlib import Path
    from shlex import quote

    from allocate.nhs.building import build as build_table
    from allocate.nhs.starting import SCENARIO_FILE
    from allocate.nhs.telling import build_text
    from allocate.results.records import check_areas_file
    from allocate.text.layout import terminal_width

    check_areas_file(out, not_over=[*weights, *filter(None, files.values())])
    made = build_table(weights=weights, area=area, **files)
    written = made.save(out)
    click.echo(build_text(made, terminal_width()))
    click.echo(f"\nWritten: {', '.join(map(str, written))}")
    scenario = Path(out).parent / SCENARIO_FILE
    if scenario not in written:
        click.echo(f"{scenario} was there already and is as it was; 'areas:' in it names its table.")
    click.echo(f"Next: allocate run {quote(str(scenario))}")


@nhs.command()
@click.argument("workbook", metavar="FILE")
@click.option(
    "--stream", metavar="pmc|core", default=DEFAULT_STREAM, show_default=True, help="Which allocations."
)
@click.option("--year", metavar="YEAR", help="Such as 2023/24; the latest of the workbook if not given.")
@click.option("--out", metavar="FILE", required=True, help="The table to write: .parquet or .csv.")
def allocations(workbook: str, stream: str, year: str | None, out: str) -> None:
    """Make a table of ICBs from NHS England's allocations workbook."""
    from pathlib import Path

    from allocate.nhs.allocations import read_published
    from allocate.nhs.telling import allocations_text
    from allocate.results.records import check_areas_file, save_areas
    from allocate.text.layout import terminal_width

    place = Path(out)
    check_areas_file(place, not_over=[workbook])
    latest = max(read_published(workbook, stream=stream, year=year), key=lambda published: published.year)
    save_areas(latest.frame, place)
    click.echo(allocations_text(latest, Path(workbook).name, terminal_width()))
    click.echo(f"\nWritten: {place}")

"""The command on persons: weigh them by need and add them up by area."""

from __future__ import annotations

import click

from allocate.commands.options import set_option, tell_written


@click.command()
@click.argument("persons", metavar="PERSONS")
@click.option(
    "--rules", "books", metavar="BOOK", multiple=True, required=True, help="Whose need tree to measure."
)
@click.option("--by", metavar="COLUMN", required=True, help="The column with the code of each person's area.")
@click.option("--out", metavar="FILE", help="Write the areas here: a .parquet or .csv file.")
@click.option("--where", metavar="CONDITION", help="Which persons to weigh; default all.")
@click.option(
    "--date", metavar="DATE", help="The date at which dated parameters are read, such as 2023-04-01."
)
@set_option
def weigh(
    persons: str,
    books: tuple[str, ...],
    by: str,
    out: str | None,
    where: str | None,
    date: str | None,
    parameters: dict[str, str],
) -> None:
    """Weigh persons by need and add them up by area.

    PERSONS is a .parquet or .csv file with one row a person.
    """
    from allocate.persons.telling import weighed_text
    from allocate.persons.weighing import prepare_weighing
    from allocate.results.records import check_areas_file, save_areas
    from allocate.text.layout import terminal_width

    if out is not None:
        check_areas_file(out, not_over=[persons])
    options = {"where": where, "parameters": parameters, "date": date}
    weighed = prepare_weighing(persons, books, by, options).weigh()
    if out is not None:
        save_areas(weighed.areas, out)
    click.echo(weighed_text(weighed, terminal_width()))
    if out is not None:
        tell_written(out)

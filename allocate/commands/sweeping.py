"""The command that runs a scenario at many points."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from allocate.commands.options import load, scenario_argument, with_changes

if TYPE_CHECKING:
    from types import TracebackType


def _varied(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    split = [each.partition("=") for each in given]
    pairs = [(name.strip(), values.strip()) for name, _, values in split]
    if wrong := [each for each, pair in zip(given, pairs, strict=True) if not all(pair)]:
        raise click.BadParameter(f"'{wrong[0]}' is not name=values, such as new_money=1m:10m:19")
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise click.BadParameter(f"'{twice[0]}' is given twice; write all its values in one")
    return dict(pairs)


@click.command()
@scenario_argument
@click.option(
    "--vary",
    metavar="NAME=VALUES",
    multiple=True,
    required=True,
    callback=_varied,
    help="What varies: from:to:count, or a,b,c. NAME is budget, new_money, growth, a parameter, a rule or "
    "a part of the need. May be given several times.",
)
@click.option("--sample", metavar="N", type=int, help="N points of a Latin hypercube; ranges are from:to.")
@click.option(
    "--seed",
    metavar="N",
    type=int,
    default=0,
    help="Seed of the sample; the same seed, the same points.",
)
@click.option("--out", metavar="FILE", help="Write the points here, .csv or .parquet; goes on if stopped.")
@click.option("--areas", is_flag=True, help="With --out, write what every area gets too.")
@click.option("--workers", metavar="N", type=int, help="Worker processes; by default as many as speed it up.")
@click.option("--dask", metavar="ADDRESS", help="Compute on a Dask cluster, such as tcp://10.0.0.1:8786.")
@with_changes
@click.option("--all", "every", is_flag=True, help="Show every point.")
def sweep(
    scenario: str,
    vary: dict[str, str],
    sample: int | None,
    seed: int,
    out: str | None,
    areas: bool,
    workers: int | None,
    dask: str | None,
    changes: dict[str, Any],
    every: bool,
) -> None:
    """Run a scenario at many budgets, parameters and limits."""
    if areas and out is None:
        raise click.UsageError("--areas goes with --out FILE, which has room for them")
    from allocate.sweeps.result import places
    from allocate.sweeps.running import sweep as run_sweep
    from allocate.sweeps.telling import sweep_text
    from allocate.text.layout import terminal_width

    with _Bar() as bar:
        made = run_sweep(
            load(scenario, changes),
            vary,
            sample=sample,
            seed=seed,
            areas=areas,
            out=out,
            workers=workers,
            dask=dask,
            progress=bar.show,
        )
    click.echo(sweep_text(made, every=every, width=terminal_width()))
    if out is not None:
        points, of_areas, record = places(out)
        click.echo(f"\nWritten: {', '.join(map(str, (points, *([of_areas] if areas else []), record)))}")


class _Bar:
    """A progress bar with the time left, on standard error and only if that is a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._shown = 0

    def show(self, done: int, whole: int) -> None:
        """Show how many points are done; the first time says how many were done before."""
        if self._bar is None:
            label = f"{done:,} points done before" if done else "Points"
            self._bar = click.progressbar(
                length=whole - done,
                label=label,
                show_pos=True,
                file=sys.stderr,
                hidden=not sys.stderr.isatty(),
            )
            self._bar.__enter__()
        else:
            self._bar.update(done - self._shown)
        self._shown = done

    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)

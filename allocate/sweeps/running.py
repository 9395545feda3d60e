"""The one way through a sweep: what varies is read, points are computed where it pays, a table comes out."""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from allocate.documents.policy import load_policy
from allocate.documents.scenario import Scenario, load_scenario
from allocate.engine import read_areas_of, refuse_years
from allocate.errors import InputError, OutputError, Problem, Problems, counted
from allocate.money import exact_decimals
from allocate.results.records import inputs
from allocate.sweeps import pools
from allocate.sweeps.journal import Journal
from allocate.sweeps.knobs import Knob, Money, Value, find_knobs
from allocate.sweeps.points import Point, Setup, set_up
from allocate.sweeps.ranges import Axis, Item, Range, grid, latin_hypercube, listed, read_axis
from allocate.sweeps.result import Sweep, make_sweep, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

    from allocate.sweeps.points import Row

JOURNAL = ".journal"
"""What the name of a journal has after that of its output."""


@exact_decimals()
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any],
    *,
    sample: int | None = None,
    seed: int = 0,
    areas: bool = False,
    out: str | Path | None = None,
    workers: int | None = 1,
    executor: Executor | None = None,
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    **changes: Any,
) -> Sweep:
    """Run a scenario at many points.

    Args:
        scenario: a scenario, or the name of a bundled one, a file or a folder.
        vary: for each of ``budget``, ``new_money`` or ``growth``, a parameter, a rule or a part of a need
            blend the values it takes: ``[...]``, ``"a,b,c"``, ``"from:to:count"``, or ``"from:to"`` for a
            sample. Every combination is a point.
        sample: draw so many points instead, as a Latin hypercube.
        seed: the same seed draws the same points.
        areas: keep what every area gets too.
        out: where to save the result. Finished points are kept beside it until then, so that a sweep that
            was stopped goes on where it was when it is run again.
        workers: processes to compute in; 1 is this one, None for whatever pays.
        executor: compute on this instead; it stays open.
        dask: compute on the Dask cluster at this address instead.
        progress: called with the number of points done and of all points, first before anything is computed.
        changes: ``budget``, ``parameters`` and ``route`` of the scenario that do not vary.

    Returns:
        The same, to the byte, wherever and in whatever order its points were computed.

    Raises:
        InputError: the scenario cannot be used, or what varies; every problem at once.
        OutputError: the result cannot be written, or a worker ended before its time.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    setup, points, record = _plan(scenario.with_changes(**changes), vary, sample, seed, areas=areas)
    if workers is not None and workers < 1:
        raise InputError([Problem("workers", f"{workers} cannot compute anything", "give 1 or more")])
    place = None if out is None else _place(out, scenario)
    with _journal(place, setup, points) as journal:
        done = {} if journal is None else {row["point"]: row for row in journal.rows}
        left = sorted((point for point in points if point.number not in done), key=_in_groups(setup, points))
        if progress:
            progress(len(done), len(points))
        for rows in _computed(setup, left, workers, executor, dask):
            if journal is not None:
                journal.add(rows)
            done.update((row["point"], row) for row in rows)
            if progress:
                progress(len(done), len(points))
        made = make_sweep(setup, points, [done[point.number] for point in points], record)
        if place is not None and journal is not None:
            made.save(place)
            journal.remove()
    return made


def _place(out: str | Path, scenario: Scenario) -> Path:
    """Where the output goes; never over the table it is made from."""
    place, *others = places(out)
    table = (scenario.folder / scenario.areas).resolve()
    if table in [each.resolve() for each in (place, *others)]:
        what = "would replace the scenario's own table"
        raise OutputError([Problem(str(out), what, "choose another --out")])
    return place


def _computed(
    setup: Setup, points: Sequence[Point], workers: int | None, executor: Executor | None, dask: str | None
) -> Iterator[list[Row]]:
    if not points:
        return iter(())
    if dask is not None:
        return pools.on_dask(setup, points, dask)
    if executor is not None:
        return pools.on_executor(setup, points, executor)
    if workers is None:
        return pools.wherever_it_pays(setup, points)
    return pools.in_process(setup, points) if workers == 1 else pools.in_workers(setup, points, workers)


def _plan(
    scenario: Scenario, vary: Mapping[str, Any], sample: int | None, seed: int, *, areas: bool
) -> tuple[Setup, list[Point], dict[str, Any]]:
    """What is done once, the points, and the record as far as it is known."""
    refuse_years(scenario)
    policy = load_policy(scenario.rules, scenario.folder)
    axes = _read(vary)
    knobs = find_knobs({name: _some(axis) for name, axis in axes.items()}, policy)
    points = _points(knobs, list(axes.values()), sample, seed)
    funded = _with_a_budget(scenario, knobs, points)
    setup = set_up(funded, policy, read_areas_of(scenario), knobs, with_areas=areas)
    about: dict[str, Any] = {"title": str(scenario.title)}
    about |= {"vary": {name: _as_written(given) for name, given in vary.items()}}
    about |= {} if sample is None else {"sample": sample, "seed": seed}
    about |= {"points": len(points), "areas": areas}
    made_of = inputs(replace(setup.prepared, scenario=scenario))
    return setup, points, {"allocate": setup.version, "sweep": about, **made_of}


def _as_written(given: Any) -> str | list[str]:
    """The values of something that varies, for the record."""
    return given if isinstance(given, str) else [str(each) for each in listed(given)]


def _read(vary: Mapping[str, Any]) -> dict[str, Axis]:
    if not vary:
        raise InputError([Problem("", "nothing varies", "say what does, such as new_money=1m:10m:19")])
    problems, axes = Problems(), {}
    for name, given in vary.items():
        try:
            axes[name.strip()] = read_axis(given)
        except ValueError as error:
            problems.add(name, *_told(error))
    problems.raise_any()
    return axes


def _told(error: ValueError) -> tuple[str, str]:
    what, _, fix = str(error).partition("; ")
    return what, fix


def _some(axis: Axis) -> Sequence[Item]:
    """Some of the values that something takes, its ends among them."""
    return axis._replace(size=2).grid() if isinstance(axis, Range) else axis


def _points(knobs: Sequence[Knob], axes: Sequence[Axis], sample: int | None, seed: int) -> list[Point]:
    try:
        combined = grid(axes) if sample is None else latin_hypercube(axes, sample, seed)
    except ValueError as error:
        raise InputError([Problem("", *_told(error))]) from None
    problems, values = Problems(), []
    for at, knob in enumerate(knobs):
        turned: dict[Item, Value] = {}
        for item in dict.fromkeys(items[at] for items in combined):
            try:
                turned[item] = knob.value(item)
            except ValueError as error:
                problems.add(knob.name, *_told(error))
        values.append(turned)
    problems.raise_any()
    return [
        Point(number, tuple(turned[item] for turned, item in zip(values, items, strict=True)))
        for number, items in enumerate(combined, 1)
    ]


def _with_a_budget(scenario: Scenario, knobs: Sequence[Knob], points: Sequence[Point]) -> Scenario:
    """The scenario with the first of the budgets, so that its rules may speak of budgets."""
    for knob, value in zip(knobs, points[0].values, strict=True):
        if isinstance(knob, Money):
            return scenario.with_changes(budget=knob.budget(value))
    return scenario


def _in_groups(setup: Setup, points: Sequence[Point]) -> Callable[[Point], tuple[int, int]]:
    """An order in which points that have most work in common stand together."""
    order: dict[tuple[Value, ...], int] = {}
    for point in points:
        order.setdefault(setup.group(point), len(order))
    return lambda point: (order[setup.group(point)], point.number)


def _journal(
    place: Path | None, setup: Setup, points: Sequence[Point]
) -> AbstractContextManager[Journal | None]:
    """The journal beside an output; none if there is no output."""
    if place is None:
        return nullcontext()
    names = [knob.name for knob in setup.knobs]
    values = [point.values for point in points]
    what = [setup.version, inputs(setup.prepared), names, values, setup.with_areas]
    fingerprint = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    about = f"'{setup.prepared.scenario.title}', {counted(len(points), 'point')} of {', '.join(names)}"
    return Journal(place.with_name(place.name + JOURNAL), fingerprint, about)

"""`rerun`: a saved run repeated from its folder, and whether the pennies are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.documents.scenario import load_scenario
from allocate.engine import prepare_scenario
from allocate.errors import AllocateError
from allocate.proving.inputs import copies, originals
from allocate.proving.saved import reopen, where_inputs_are
from allocate.proving.typed import read_allocations
from allocate.proving.verdict import BREACHED
from allocate.results.tables import money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from allocate.allocation import Allocation
    from allocate.proving.saved import Saved
    from allocate.proving.verdict import Check
    from allocate.solver.arrays import Pence


@dataclass(frozen=True)
class Repeat:
    """A run repeated, and how its pennies differ from those saved."""

    what: str
    """What it was repeated from."""
    different: pl.DataFrame
    """One row an area that gets another amount: ``id``, ``was`` and ``now`` in £ (null where it is not)."""
    trouble: str = ""
    """Why it could not be repeated."""

    @property
    def same(self) -> bool:
        """Whether every area gets the same."""
        return self.different.is_empty() and not self.trouble

    def to_dict(self) -> dict[str, Any]:
        """As for JSON."""
        rows = self.different.with_columns(pl.col("was", "now").cast(pl.Float64)).to_dicts()
        return {"what": self.what, "same": self.same, "trouble": self.trouble, "different": rows}


@dataclass(frozen=True)
class Rerun:
    """A saved run repeated."""

    title: str
    invented: bool
    areas: int
    repeats: tuple[Repeat, ...]
    """From the folder alone and, where these have changed, from the files that the run was made from."""
    inputs: tuple[Check, ...]
    """Which of its files are still the same."""
    versions: Mapping[str, tuple[str, str]]
    """Python and packages that were others then: their versions then and now."""

    @property
    def same(self) -> bool:
        """Whether the pennies are the same."""
        return all(each.same for each in self.repeats)

    @property
    def different(self) -> pl.DataFrame:
        """What areas get that get another amount when the run is repeated from its folder."""
        return self.repeats[0].different

    @property
    def changes(self) -> tuple[str, ...]:
        """What has changed since, in words: files, then versions."""
        files = [f"{each.what} {each.says}" for each in self.inputs if each.verdict == BREACHED]
        return (*files, *(f"{name} was {then}, is {now}" for name, (then, now) in self.versions.items()))

    def to_dict(self) -> dict[str, Any]:
        """As for JSON."""
        return {
            "title": self.title,
            "same": self.same,
            "changes": list(self.changes),
            "repeats": [each.to_dict() for each in self.repeats],
            "inputs": [each._asdict() for each in self.inputs],
            "versions": {name: {"then": then, "now": now} for name, (then, now) in self.versions.items()},
        }

    def __str__(self) -> str:
        from allocate.proving.text import rerun_text

        return rerun_text(self)


def rerun(run: str | Path, *, alone: bool = False) -> Rerun:
    """Repeat a saved run and say whether the pennies are the same.

    It is repeated from the copies of its inputs in the folder. Where the files that it was made from are
    still at hand and have changed, these are named, and it is repeated from them as well.

    Args:
        run: the folder that `Allocation.save` or ``allocate run --out`` wrote.
        alone: only from the folder.

    Raises:
        InputError: the folder is not what a run leaves behind.
        RulesCannotHold: its copies have rules that contradict each other.
    """
    saved = reopen(run)
    had = read_allocations(saved.allocations, saved.prepared.areas, None)
    was = _amounts(saved.prepared.areas.ids, had, "was")
    repeats = [Repeat("the copies in the folder", _unlike(was, saved.prepared.allocate()))]
    file = None if alone else where_inputs_are(saved.folder)
    files = [] if file is None else list(originals(saved, file))
    if file is not None and any(each.verdict == BREACHED for each in files):
        repeats.append(_from_files(saved, file, was))
    scenario, inputs = saved.prepared.scenario, (*copies(saved, had), *files)
    return Rerun(
        str(scenario.title), scenario.invented, len(had), tuple(repeats), inputs, _other_versions(saved)
    )


def _amounts(ids: pl.Series, pence: Pence, name: str) -> pl.DataFrame:
    return pl.DataFrame({"id": ids, name: money(pence)})


def _unlike(was: pl.DataFrame, allocation: Allocation) -> pl.DataFrame:
    """The areas that get another amount than they did, or are there only once."""
    now = _amounts(allocation.prepared.areas.ids, allocation.amounts, "now")
    laid = was.join(now, on="id", how="full", coalesce=True)
    return laid.filter(pl.col("was").ne_missing(pl.col("now"))).sort("id")


def _from_files(saved: Saved, file: Path, was: pl.DataFrame) -> Repeat:
    """Repeated from the files as they are now, with the budget, parameters and route of the run."""
    what, then = "the files as they are now", saved.prepared.scenario
    try:
        scenario = load_scenario(file).with_changes(route=then.route)
        allocation = prepare_scenario(scenario, budget=then.budget, parameters=then.parameters).allocate()
    except AllocateError as error:
        return Repeat(what, was.head(0).with_columns(now="was"), str(error.problems[0]))
    return Repeat(what, _unlike(was, allocation))


def _other_versions(saved: Saved) -> dict[str, tuple[str, str]]:
    from allocate import __version__
    from allocate.results.records import versions

    then = {"allocate": saved.record.get("allocate", "?"), **saved.record.get("versions", {})}
    now = {"allocate": __version__, **versions()}
    return {name: (str(then.get(name, "?")), now[name]) for name in now if then.get(name) != now[name]}

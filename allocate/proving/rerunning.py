"""`rerun`: a saved run repeated from its folder, and whether the pennies are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from allocate.engine import prepare, read_areas_of
from allocate.errors import AllocateError
from allocate.policy import load_policy
from allocate.proving.inputs import copies, originals
from allocate.proving.saved import reopen
from allocate.proving.typed import read_allocations
from allocate.proving.verdict import BROKEN
from allocate.scenario import load_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from allocate.proving.saved import Saved
    from allocate.proving.verdict import Line
    from allocate.solver.arrays import Pence


class Repeat(NamedTuple):
    """A run repeated, and how its pennies differ from those saved."""

    what: str
    """What it was repeated from."""
    differ: int
    """How many areas get another amount, or are there only once."""
    where: str = ""
    """The area that differs most."""
    more: int = 0
    """By how much it gets more now than then, in pence."""
    trouble: str = ""
    """Why it could not be repeated."""

    @property
    def same(self) -> bool:
        """Whether every area gets the same."""
        return not (self.differ or self.trouble)


@dataclass(frozen=True)
class Rerun:
    """A saved run repeated."""

    title: str
    invented: bool
    areas: int
    repeats: tuple[Repeat, ...]
    """From the folder alone and, where these have changed, from the files that the run was made from."""
    inputs: tuple[Line, ...]
    """Which of its files are still the same."""
    versions: Mapping[str, tuple[str, str]]
    """Python and packages that were others then: their versions then and now."""

    @property
    def same(self) -> bool:
        """Whether the pennies are the same."""
        return all(each.same for each in self.repeats)

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that have changed since."""
        return tuple(each.rule for each in self.inputs if each.status == BROKEN)

    def to_dict(self) -> dict[str, Any]:
        """As for JSON."""
        return {
            "title": self.title,
            "same": self.same,
            "changed": list(self.changed),
            "repeats": [each._asdict() for each in self.repeats],
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
    repeats = [_compared("the copies in the folder", saved, had, _pence_of(saved))]
    lines = list(copies(saved, had))
    file = None if alone else saved.where_inputs_are()
    if file is not None:
        found = list(originals(saved, file))
        lines += found
        if any(each.status == BROKEN for each in found):
            repeats.append(_from_files(saved, file, had))
    scenario, repeated = saved.prepared.scenario, tuple(repeats)
    others = _other_versions(saved)
    return Rerun(str(scenario.title), scenario.invented, len(had), repeated, tuple(lines), others)


def _pence_of(saved: Saved) -> dict[str, int]:
    allocation = saved.prepared.allocate()
    ids = allocation.prepared.areas.ids.to_list()
    return dict(zip(ids, allocation.amounts.tolist(), strict=True))


def _compared(what: str, saved: Saved, had: Pence, now: Mapping[str, int]) -> Repeat:
    """How what each area gets now differs from what it had."""
    ids = saved.prepared.areas.ids.to_list()
    more = np.array([now.get(area, 0) for area in ids], dtype=np.int64) - had
    new = [area for area in now if area not in set(ids)]
    absent = np.array([area not in now for area in ids], dtype=bool)
    differ = int(np.count_nonzero((more != 0) | absent)) + len(new)
    if not differ:
        return Repeat(what, 0)
    if not (more.any() or absent.any()):
        return Repeat(what, differ, new[0], now[new[0]])
    at = int(np.argmax(np.abs(more)))
    return Repeat(what, differ, ids[at], int(more[at]))


def _from_files(saved: Saved, file: Path, had: Pence) -> Repeat:
    """Repeated from the files as they are now, with the budget, parameters and route of the run."""
    what = "the files as they are now"
    try:
        then = saved.prepared.scenario
        scenario = load_scenario(file).with_changes(
            budget=then.budget, parameters=dict(then.parameters), route=then.route
        )
        policy = load_policy(scenario.rules, scenario.folder)
        allocation = prepare(scenario, policy, read_areas_of(scenario)).allocate()
    except AllocateError as error:
        return Repeat(what, 0, trouble=str(error.problems[0]))
    ids = allocation.prepared.areas.ids.to_list()
    return _compared(what, saved, had, dict(zip(ids, allocation.amounts.tolist(), strict=True)))


def _other_versions(saved: Saved) -> dict[str, tuple[str, str]]:
    from allocate import __version__
    from allocate.records import versions

    then = {"allocate": saved.record.get("allocate", "?"), **saved.record.get("versions", {})}
    now = {"allocate": __version__, **versions()}
    return {name: (str(then.get(name, "?")), now[name]) for name in now if then.get(name) != now[name]}

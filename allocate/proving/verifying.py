"""`verify`: a saved run, or what somebody typed, held against its table and its rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.allocation import Allocation
from allocate.engine import prepare_scenario
from allocate.errors import InputError, Problem
from allocate.proving.certificate import certificate_of
from allocate.proving.certificate_file import CERTIFICATE, blamed_on, read_certificate
from allocate.proving.inputs import copies, of_run, originals
from allocate.proving.proof import prove
from allocate.proving.saved import is_of_years, reopen, where_inputs_are
from allocate.proving.typed import read_allocations
from allocate.results.runs import is_saved

if TYPE_CHECKING:
    from allocate.documents.scenario import Scenario
    from allocate.prepared import Prepared
    from allocate.proving.saved import Saved
    from allocate.proving.verdict import Check, Verdict
    from allocate.solver.arrays import Pence


def verify(
    run: Allocation | Scenario | str | Path,
    allocations: Any = None,
    *,
    scenario: Scenario | str | Path | None = None,
    alone: bool = False,
) -> Verdict:
    """Prove that an allocation is what its table and rules ask for, without the solver.

    Baselines, limits, rules for groups, the pot and the units are checked in whole pence, comparisons of
    groups in exact fractions; that it is the fairest by the levels and prices of its certificate, of which
    nothing is trusted. See ``docs/proof.md``.

    Args:
        run: the folder of a saved run, an allocation just made, or a scenario (then with `allocations`: the
            certificate is made by solving, and what was typed is proven with it all the same).
        allocations: what each area gets, instead of what the run has: a .csv, .xlsx or .parquet file or a
            frame with the columns ``id`` and ``allocation``, as people type them.
        scenario: a scenario whose table and rules to check against, instead of the copies in the folder.
        alone: check a folder by itself, not whether the files it was made from are still the same.

    Returns:
        The verdict: a check of each rule and promise.

    Raises:
        InputError: a file cannot be used, or an area is missing, unknown or there twice.
        RulesCannotHold: a scenario was given whose rules contradict each other.
    """
    if isinstance(run, Allocation):
        return _of_allocation(run, allocations)
    if isinstance(run, (str, Path)) and is_saved(run):
        return _of_folder(Path(run), allocations, scenario, alone=alone)
    if allocations is None:
        fix = "give a folder that 'allocate run --out' wrote, or the allocations with --allocations FILE"
        raise InputError([Problem(str(run), "is no saved run", fix)])
    return _of_allocation(prepare_scenario(scenario or run).allocate(), allocations)


def _of_allocation(allocation: Allocation, given: Any) -> Verdict:
    """Of an allocation whose certificate is at hand."""
    amounts = allocation.amounts if given is None else _read(given, allocation.prepared)
    return prove(allocation.funded, certificate_of(allocation), amounts)


def _of_folder(folder: Path, given: Any, scenario: Scenario | str | Path | None, *, alone: bool) -> Verdict:
    """Of a saved run, against the copies that its folder has of its inputs, or against a scenario."""
    if is_of_years(folder) and given is None:
        from allocate.proving.years import verify_years

        return verify_years(folder, scenario or where_inputs_are(folder))
    saved = reopen(folder)
    if scenario is not None:
        prepared = prepare_scenario(scenario)
        return _against(saved, prepared, given, [*copies(saved, None), *of_run(saved, prepared)])
    checks = list(copies(saved, None if given is not None else _read(saved.allocations, saved.prepared)))
    file = None if alone else where_inputs_are(folder)
    checks += [] if file is None else originals(saved, file)
    return _against(saved, saved.prepared, given, checks)


def _against(saved: Saved, prepared: Prepared, given: Any, checks: list[Check]) -> Verdict:
    where = str(saved.folder / CERTIFICATE)
    amounts = _read(saved.allocations if given is None else given, prepared)
    funded = prepared.fund()
    with blamed_on(where):
        certificate = read_certificate(saved.certificate, prepared.areas, prepared.policy, where)
        return prove(funded, certificate, amounts, checks)


def _read(given: Any, prepared: Prepared) -> Pence:
    role = prepared.scenario.columns.get("id")
    return read_allocations(given, prepared.areas, None if role is None else str(role))

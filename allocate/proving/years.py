"""Several years proven: each is a run that begins with what the one before gave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from allocate.documents.policy import load_policy
from allocate.documents.scenario import Scenario, load_scenario
from allocate.engine import read_areas_of
from allocate.errors import InputError, Problem
from allocate.prepared import with_targets
from allocate.proving.certificate_file import CERTIFICATE, blamed_on, certificates_of_years, read_certificate
from allocate.proving.inputs import checked, same_rules
from allocate.proving.proof import checks_of
from allocate.proving.verdict import Verdict
from allocate.results.runs import read_part
from allocate.years.ahead import look_ahead
from allocate.years.files import load_years

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from allocate.areas import Areas
    from allocate.proving.verdict import Check
    from allocate.solver.arrays import Pence
    from allocate.years.ahead import LookedAhead
    from allocate.years.result import Years


def verify_years(folder: Path, scenario: Scenario | str | Path | None) -> Verdict:
    """Prove every year of some saved years.

    Who is there in each year, with which people and need, is worked out again from the scenario: the folder
    has copies of the last year only.

    Args:
        folder: where the years were saved.
        scenario: what they were made from, as it is now.

    Raises:
        InputError: the files cannot be used, or the scenario is not at hand.
    """
    if scenario is None:
        what = "is of several years, and the scenario that they were made from is not where it was"
        raise InputError([Problem(str(folder), what, "say where it is with --scenario")])
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    years = load_years(folder)
    policy = load_policy(loaded.rules, loaded.folder)
    looked = look_ahead(loaded, policy, read_areas_of(loaded))
    found = certificates_of_years(read_part(folder, CERTIFICATE, json.loads), str(folder / CERTIFICATE))
    checks = [same_rules(years.record, looked.first)]
    labels = [year.label for year in looked.years]
    if labels != years.labels or list(found) != labels:
        checks.append(checked("years", f"the scenario has other years: {', '.join(labels)}", same=False))
    else:
        checks += _years(looked, years, found, str(folder / CERTIFICATE))
    return Verdict(years.title, len(set(years.areas["id"])), tuple(checks), years.invented)


def _years(looked: LookedAhead, years: Years, found: dict[str, object], where: str) -> Iterator[Check]:
    """Every check of every year, under its label."""
    amounts = looked.first.areas.baseline
    for year in looked.years:
        prepared = with_targets(year.beginning_with(year.baselines(amounts)))
        amounts, funded = _amounts(years, year.label, prepared.areas), prepared.fund()
        with blamed_on(where):
            certificate = read_certificate(found[year.label], prepared.areas, prepared.policy, where)
            checks = list(checks_of(funded, certificate, amounts))
        yield from (each._replace(what=f"{year.label}: {each.what}") for each in checks)


def _amounts(years: Years, label: str, areas: Areas) -> Pence:
    """What each area gets in a year, in pence, in the order of its areas.

    Raises:
        InputError: it has other areas.
    """
    rows = years.areas.filter(years.areas["year"] == label)
    pence = dict(zip(rows["id"].to_list(), (rows["allocation"] * 100).cast(int).to_list(), strict=True))
    ids = areas.ids.to_list()
    if set(ids) != set(pence) or rows.height != len(ids):
        unlike = sorted(set(ids) ^ set(pence))
        what = f"has other areas in {label} than the scenario ({', '.join(unlike[:5]) or 'some are twice'})"
        raise InputError([Problem("years.csv", what, "run the scenario again")])
    return np.array([pence[area] for area in ids], dtype=np.int64)

"""The result: what each area gets, as tables, in words and as files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocate.errors import InputError, Problem, ProofFailed, counted, nearest
from allocate.limits.measured import BASELINE, HELD
from allocate.money import pounds, to_pounds
from allocate.position import distance
from allocate.results.binding import binding_groups, binding_rule
from allocate.results.explain import Explanation, explain, step_sentence
from allocate.results.records import save
from allocate.results.summary import Summary, summarise
from allocate.sharing.giving_way import GaveWay, what_gave_way
from allocate.solver.proof import check, check_groups, check_ratios

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from allocate.charts.plots import RunPlots
    from allocate.equity.audited import Audit
    from allocate.funding import Funded
    from allocate.limits.measured import Limits
    from allocate.prepared import Prepared
    from allocate.results.prices import Price
    from allocate.sharing.share_out import SharedOut
    from allocate.solver.arrays import Floats, Pence, Positions


@dataclass(frozen=True, repr=False)
class Allocation:
    """A finished allocation; arrays have one entry an area, in the order of the table."""

    funded: Funded
    """What it was made from: the scenario, what its rules say, the pot."""
    limits: Limits
    shared: SharedOut

    def __post_init__(self) -> None:
        areas, limits, shared = self.prepared.areas, self.limits, self.shared
        spent = self.budget - self.rounding - shared.left
        breaches = check(shared.amounts, areas.baseline, limits.lower, limits.upper, spent)
        breaches += check_groups(shared.amounts, [each.partition for each in limits.groups])
        breaches += check_ratios(shared.amounts, [each.ratio for each in limits.ratios])
        if breaches:
            raise ProofFailed([Problem("", each, "please report this") for each in breaches])

    def __repr__(self) -> str:
        title, areas = str(self.prepared.scenario.title), self.prepared.areas.size
        return f"<Allocation '{title}': {pounds(self.budget)} for {counted(areas, 'area')}>"

    @property
    def prepared(self) -> Prepared:
        """The areas, the policy, need and targets."""
        return self.funded.prepared

    @property
    def budget(self) -> int:
        """The pot, in pence."""
        return self.funded.budget

    @property
    def fair_share(self) -> Floats:
        """£ per area."""
        return self.funded.fair_share

    @property
    def closing_target(self) -> Floats:
        """What closing distance is measured against, £ per area."""
        return self.funded.closing_target

    @property
    def amounts(self) -> Pence:
        """What each area gets, in whole pence."""
        return self.shared.amounts

    @property
    def rounding(self) -> int:
        """What of the pot is less than a rounding unit and stays in it, in pence."""
        return self.budget % self.prepared.unit

    @property
    def gains(self) -> Pence:
        """What each area gets more than its baseline, in whole pence."""
        return self.amounts - self.prepared.areas.baseline

    @property
    def opening_distance(self) -> Floats:
        """Distance from target today, a share; NaN where the target is nought."""
        return self.prepared.opening_distance

    @cached_property
    def closing_distance(self) -> Floats:
        """Distance of the allocation from the fair share, a share; NaN where that is nought."""
        return distance(to_pounds(self.amounts), self.closing_target)

    @cached_property
    def bound_by(self) -> list[str]:
        """For each area the rule that holds it where it is, ``baseline``, or an empty text."""
        labels = {BASELINE: "baseline", HELD: "baseline"}
        labels |= {i: str(rule.name) for i, rule in enumerate(self.prepared.policy.rules)}
        return [labels.get(rule, "") for rule in self.binding_rule.tolist()]

    @cached_property
    def binding_rule(self) -> Positions:
        """The position of the rule that holds each area; `BASELINE`, `HELD`, or `FREE` if none does."""
        return binding_rule(self.limits, self.shared, self.prepared.unit)

    @cached_property
    def binding_groups(self) -> dict[int, tuple[str, ...]]:
        """The groups that stand at a limit of each rule for groups, by the position of the rule."""
        return binding_groups(self.limits, self.amounts, self.prepared.unit)

    @cached_property
    def gave_way(self) -> tuple[GaveWay, ...]:
        """The rules that gave way because not all could hold, and how far."""
        return tuple(what_gave_way(self.funded.measured, self.funded.gives))

    @cached_property
    def priced(self) -> tuple[Price, ...]:
        """What £1 of relaxing each binding rule would do, area by area.

        Found by solving again for each of them, when first asked for.
        """
        from allocate.results.prices import find_prices

        return find_prices(self)

    @cached_property
    def prices(self) -> pl.DataFrame:
        """One row a rule that binds: what £1 of relaxing it would do, for each area or group that it holds.

        ``limits`` is how many areas or groups those are; ``worth`` by how much the worst-funded would rise,
        in £ per weighted head; ``moves`` how much money would change hands, in £; ``from`` and ``to`` whose.
        """
        from allocate.results.tables import prices_table

        return prices_table(self)

    @cached_property
    def groups(self) -> pl.DataFrame:
        """One row a group of each group rule: its limits, what it gets, and whether the rule binds there."""
        from allocate.results.tables import groups_table

        return groups_table(self)

    @cached_property
    def areas(self) -> pl.DataFrame:
        """One row an area, in the order of the table: the columns of ``allocations.csv``.

        Money is Decimal(18, 2) in £; indices, distances and ``gain_percent`` are floats (distances are
        shares, null where the target is nought); ``bound_by`` names the rule that holds the area.
        """
        from allocate.results.tables import areas_table

        return areas_table(self)

    @cached_property
    def summary(self) -> Summary:
        """The figures that a decision rests on."""
        return summarise(self)

    def position_of(self, area: str) -> int:
        """The row of an area, counted from 0.

        Raises:
            InputError: there is no such area.
        """
        ids = self.prepared.areas.ids
        found = ids.index_of(area)
        if found is None:
            fix = nearest(area, ids.to_list())
            raise InputError([Problem("", f"there is no area '{area}'", fix or "use an id of the table")])
        return found

    def explain(self, area: str) -> Explanation:
        """Tell an area's story in order: people, need, target, floors, tranches, rounding, the next £1,000.

        Raises:
            InputError: there is no such area.
        """
        return explain(self, self.position_of(area))

    @property
    def plot(self) -> RunPlots:
        """The charts, each an `allocate.charts.figure.Figure`: ``allocation.plot.gain("place")``."""
        from allocate.charts.plots import RunPlots
        from allocate.results.runs import run_of

        return RunPlots(run_of(self))

    def equity(self, by: str | Sequence[str] | None = None) -> Audit:
        """Audit who gets how much a head, historically, by fair share and levelled up; see `Run.equity`."""
        from allocate.results.runs import run_of

        return run_of(self).equity(by)

    @cached_property
    def next_gains(self) -> Pence | None:
        """What each area would get of one more £1,000 in the pot, in pence; None if it cannot be placed."""
        from allocate.results.prices import next_gains

        return next_gains(self)

    @cached_property
    def steps_told(self) -> tuple[str, ...]:
        """What each step of the share-out does, in words: the same in the story of every area."""
        return tuple(map(step_sentence, self.shared.parts))

    @cached_property
    def next_told(self) -> str:
        """Who would get the next £1,000, in words: the same in the story of every area."""
        from allocate.text.say import next_sentence

        return next_sentence(self)

    def to_dict(self) -> dict[str, Any]:
        """The object of ``run.json``: summary, scenario, rules, versions, hashes, totals in pence."""
        from allocate.results.records import record

        return record(self)

    def save(self, folder: str | Path) -> None:
        """Prove the allocation, and write it into a folder, whole or not at all.

        ``allocations.csv`` and ``run.json`` say what was run and what came out. ``table.parquet`` has the
        rows of the input as they were read, so that `load_run` gives all of a run back;
        ``certificate.json`` what proves it (`verify`); ``inputs.json`` where its scenario is, seen from the
        folder.

        Raises:
            OutputError: they cannot be written.
            ProofFailed: it is not what its rules ask for: a defect in allocate.
        """
        save(self, folder)

    def save_workbook(self, path: str | Path) -> None:
        """Write an Excel workbook (.xlsx) that a reviewer can follow, whole or not at all.

        It has the allocation as live formulas where a spreadsheet can honestly repeat it; the same run gives
        the same bytes. It needs ``pip install 'allocate[excel]'``.

        Raises:
            OutputError: it cannot be written, or the package that writes Excel is not installed.
        """
        from allocate.workbook import save_workbook

        save_workbook(self, path)

    def _repr_html_(self) -> str:
        """What Jupyter and marimo show: the facts, the rules for groups and the largest gains."""
        from allocate.notebook.allocation import to_html

        return to_html(self)

    def save_report(self, path: str | Path, *, by: Sequence[str] = (), large_print: bool = False) -> None:
        """Write a report for a board: one HTML file, which needs no network; whole or not at all.

        Args:
            path: the file.
            by: columns to group areas by, as `equity` takes them; none: deprivation and place in charts,
                all of the usual ones in the audit.
            large_print: open in large print.

        Raises:
            InputError: a column is missing, or the packages of ``allocate[report]`` are.
            OutputError: it cannot be written.
        """
        from allocate.report import save_report
        from allocate.report.subject import subject_of

        save_report([subject_of(self)], path, by=by, large_print=large_print)

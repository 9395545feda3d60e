"""How sure a result is when need is measured with error: the scenario run again for many draws of need.

Everything that need does not touch is kept from the plain run: the table, the pot, and what those rules say
that do not use need. In each draw targets, fair shares, the other rules and the share-out are found anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.allocation import Allocation
from allocate.asked import number_in
from allocate.documents.stages import rule_expressions
from allocate.engine import prepare_scenario
from allocate.errors import InputError, LimitsClash, Problem, RulesCannotHold
from allocate.money import exact_decimals, to_pence
from allocate.sharing.routes import DoesNotFit
from allocate.solver.sums import total
from allocate.sureness.need_error import NeedDraws, PartError, part_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from allocate.charts.plots import UncertaintyPlots
    from allocate.documents.scenario import Scenario
    from allocate.funding import Funded
    from allocate.prepared import Prepared
    from allocate.solver.arrays import Floats, Mask, Pence, Positions
    from allocate.sureness.tables import SurenessSummary

FROM_NEED = {"weighted_population", "need_index", "target", "distance", "fair_share"}
"""The names whose values follow from need."""

SURE = 0.95
"""An area's position is sure if it is under target, or is not, in at least this share of the draws: then the
5th to 95th percentile of its distance does not span the target. A convention, not a finding."""

MOST_FIGURES = 20_000_000
"""Draws times areas: a gigabyte while the percentiles are found."""


@dataclass(frozen=True)
class Draws:
    """What came out of every draw in which the rules could hold: one row a draw, one column an area."""

    fair_share: Pence
    """Half up to the penny."""
    allocation: Pence
    distance: Floats
    """From target today; NaN where the target is nought."""
    shortfall: Pence
    """By how much all areas together are under target today; one a draw."""
    under: Positions
    """In how many draws each area is under target today."""
    bound: Positions
    """In how many a rule holds it; the baseline is none."""
    failed: int
    """In how many the rules could not all hold: they are left out of everything else."""

    @property
    def count(self) -> int:
        """How many draws these are."""
        return len(self.allocation)


@dataclass(frozen=True)
class Uncertainty:
    """How sure a result is."""

    plain: Allocation
    """The result with need as measured."""
    errors: tuple[PartError, ...]
    seed: int
    sure: float
    draws: Draws

    @property
    def prepared(self) -> Prepared:
        """The areas, the policy, need and targets as measured."""
        return self.plain.prepared

    @cached_property
    def under_target(self) -> Floats:
        """The probability that each area is under target today."""
        return self.draws.under / self.draws.count

    @cached_property
    def too_uncertain(self) -> Mask:
        """The areas of which it is not sure whether they are under target."""
        under: Mask = (self.under_target < self.sure) & (self.under_target > 1 - self.sure)
        return under

    @cached_property
    def areas(self) -> pl.DataFrame:
        """One row an area, in the order of the table.

        As measured: ``id``, ``population``, ``need_index``, ``baseline``, ``fair_share``, ``allocation``,
        ``gain``, ``opening_distance`` (and ``name``). Over the draws: ``_p5``, ``_p50`` and ``_p95`` of
        ``fair_share``, ``allocation`` and ``opening_distance``, each a value that was drawn;
        ``p_under_target``, ``p_gains`` and ``p_bound`` (a rule holds it; the baseline is none), from 0 to 1;
        and ``position``: ``under target``, ``not under target`` or ``too uncertain``. Money is
        Decimal(18, 2) in £, distances are shares.
        """
        from allocate.sureness.tables import sureness_table

        return sureness_table(self)

    @cached_property
    def summary(self) -> SurenessSummary:
        """The figures that a decision rests on."""
        from allocate.sureness.tables import summarise

        return summarise(self)

    @property
    def plot(self) -> UncertaintyPlots:
        """The charts, each an `allocate.charts.figure.Figure`."""
        from allocate.charts.plots import UncertaintyPlots

        return UncertaintyPlots(self)

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        from allocate.notebook.results import uncertainty_to_html

        return uncertainty_to_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints: the summary, and the table under ``areas``; money in £."""
        from allocate.sureness.tables import sureness_record

        return sureness_record(self)

    def save(self, file: str | Path) -> None:
        """Write the table of areas as .csv or .parquet, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        from allocate.results.records import save_areas

        save_areas(self.areas, file)


@exact_decimals()
def uncertainty(
    scenario: Scenario | str | Path | Allocation,
    need_error: Any = None,
    *,
    draws: int = 1_000,
    seed: int = 1,
    sure: Any = SURE,
    budget: Any = None,
    parameters: Mapping[str, Any] | None = None,
) -> Uncertainty:
    """How sure the results of a scenario are when need is measured with error.

    Args:
        scenario: a scenario, the name of a bundled one, a file or a folder; or an allocation, for its own.
        need_error: ``"5%"`` for the whole index, or a mapping from names of parts of the need tree; see
            `need_error.part_errors`. The error is the coefficient of variation of a weighted population.
        draws: how many; percentiles need a few hundred.
        seed: a whole number from 0; the same one gives the same draws.
        sure: with which probability a position is sure, above 50% and below 100%.
        budget: £, the whole pot, instead of the scenario's.
        parameters: values of parameters, instead of the books' and the scenario's.

    Raises:
        InputError: the error, the table, the rules or the scenario cannot be used; every problem at once.
        RulesCannotHold: the rules cannot all hold with need as measured, or in none of the draws.
    """
    if need_error is None:
        raise InputError([Problem("need_error", "is missing", "say how far need may be off, such as 5%")])
    count, start = _whole("draws", draws, least=1), _whole("seed", seed, least=0)
    threshold = number_in(
        "sure", sure, "a share above 50% and below 100%, such as 95%", above=Decimal("0.5"), below=1
    )
    prepared = prepare_scenario(scenario, budget=budget, parameters=parameters)
    errors = part_errors(need_error, prepared.need.indices)
    most = MOST_FIGURES // prepared.areas.size
    if count > most:
        what = f"{count:,} draws of {prepared.areas.size:,} areas are more than fit in memory"
        raise InputError([Problem("draws", what, f"ask for {most:,} at the most")])
    plain = prepared.allocate()
    source = NeedDraws(prepared.need, prepared.areas, errors, start)
    return Uncertainty(plain, errors, start, float(threshold), _draw_all(plain, source, count))


def _whole(name: str, value: Any, **limits: int) -> int:
    fix = f"a whole number from {limits['least']}"
    number = number_in(name, value, fix, **limits)
    if number % 1 or number >= 2**63:
        raise InputError([Problem(name, f"'{value}' is not a whole number that can be used", f"give {fix}")])
    return int(number)


def _draw_all(plain: Allocation, source: NeedDraws, count: int) -> Draws:
    prepared, areas = plain.prepared, plain.prepared.areas
    again = _rules_of_need(prepared)
    shape = (count, areas.size)
    fair, amounts = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    distance, shortfall = np.empty(shape), np.empty(count, dtype=np.int64)
    under, bound = np.zeros(areas.size, dtype=np.intp), np.zeros(areas.size, dtype=np.intp)
    held = 0
    for _ in range(count):
        funded = prepared.with_need(source.draw()).fund_again(plain.funded, again)
        drawn = _allocated(funded)
        if drawn is None:
            continue
        short = np.maximum(funded.prepared.target * 100 - areas.baseline, 0.0)
        fair[held], amounts[held] = to_pence(drawn.fair_share, "half up"), drawn.amounts
        distance[held], shortfall[held] = drawn.opening_distance, round(total(short))
        under += short > 0.5
        bound += drawn.binding_rule >= 0
        held += 1
    if not held:
        what = f"the rules cannot all hold in any of {count:,} draws, though they can with need as measured"
        raise LimitsClash([Problem("", what, "relax the rules that depend on need, or ask for less error")])
    return Draws(fair[:held], amounts[:held], distance[:held], shortfall[:held], under, bound, count - held)


def _allocated(funded: Funded) -> Allocation | None:
    """A draw shared out, or None if the rules cannot all hold in it."""
    try:
        return Allocation(funded, *funded.share(funded.gives))
    except (DoesNotFit, RulesCannotHold):
        return None


def _rules_of_need(prepared: Prepared) -> list[int]:
    """The rules that may say something else when need is measured otherwise, by their positions."""
    names, found = prepared.names.copy(), []
    for position, rule in enumerate(prepared.policy.rules):
        used = {name for each in rule_expressions(rule) for name in names.used_in(each)}
        if rule.compared_with is not None:
            used |= names.used_in(rule.denominator)
        if used & FROM_NEED:
            found.append(position)
    return found

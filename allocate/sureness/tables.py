"""How sure a result is: a row an area, the figures that a decision rests on, and both as a record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl

from allocate.money import to_pence
from allocate.results.tables import money
from allocate.solver.sums import total

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence
    from allocate.sureness.uncertainty import Uncertainty

PERCENTILES = (5, 50, 95)
"""Of the draws: the middle, and what nine in ten lie between."""

UNDER, NOT_UNDER, TOO_UNCERTAIN = "under target", "not under target", "too uncertain"
"""The positions of areas."""

Drawn = TypeVar("Drawn", "Pence", "Floats")


@dataclass(frozen=True)
class SurenessSummary:
    """Money in pence; what is told of all draws is their 5th, 50th and 95th percentile."""

    title: str
    invented: bool
    draws: int
    failed: int
    """Draws in which the rules could not all hold; nothing else counts them."""
    seed: int
    sure: float
    need_error: dict[str, float]
    """The parts of the need tree that have an error, and how large it is."""
    areas: int
    under_target: int
    """Areas that are surely under target."""
    not_under_target: int
    """Areas that surely are not."""
    too_uncertain: int
    """All others, and the people in them."""
    people_too_uncertain: float
    gain: int
    """What all areas gain with need as measured, and how much of it goes to areas that are too uncertain."""
    gain_too_uncertain: int
    shortfall: tuple[int, ...]
    """By how much areas are under target today in all."""
    gaining: tuple[int, ...]
    """How many areas gain."""
    moved: tuple[int, ...]
    """How much of the pot would go to other areas than with need as measured."""


def summarise(found: Uncertainty) -> SurenessSummary:
    """The figures that a decision rests on."""
    scenario, areas, draws = found.prepared.scenario, found.prepared.areas, found.draws
    unsure = found.too_uncertain
    moved = np.abs(draws.allocation - found.plain.amounts).sum(axis=1) // 2
    gaining = (draws.allocation > areas.baseline).sum(axis=1)
    return SurenessSummary(
        title=str(scenario.title),
        invented=scenario.invented,
        draws=draws.count,
        failed=draws.failed,
        seed=found.seed,
        sure=found.sure,
        need_error={each.name: each.size for each in found.errors},
        areas=areas.size,
        under_target=int((found.under_target >= found.sure).sum()),
        not_under_target=int((found.under_target <= 1 - found.sure).sum()),
        too_uncertain=int(unsure.sum()),
        people_too_uncertain=round(total(areas.population[unsure]), 1),
        gain=int(found.plain.gains.sum()),
        gain_too_uncertain=int(found.plain.gains[unsure].sum()),
        shortfall=_middle(draws.shortfall),
        gaining=_middle(gaining),
        moved=_middle(moved),
    )


def _middle(values: Pence) -> tuple[int, ...]:
    return tuple(int(value) for value in drawn(values))


def drawn(values: Drawn) -> list[Drawn]:
    """The percentiles over draws, each the lowest value drawn with as many percent at or below it."""
    ranked = np.sort(values, axis=0)
    return [ranked[max(-(-len(ranked) * percent // 100) - 1, 0)] for percent in PERCENTILES]


def sureness_table(found: Uncertainty) -> pl.DataFrame:
    """One row an area; see `Uncertainty.areas`."""
    plain, draws, prepared = found.plain, found.draws, found.prepared
    areas = prepared.areas
    columns: dict[str, Any] = {
        "id": areas.ids,
        "population": areas.population,
        "need_index": prepared.need.index,
        "baseline": money(areas.baseline),
        "fair_share": money(to_pence(plain.fair_share, "half up")),
        **_ranges("fair_share", draws.fair_share),
        "allocation": money(plain.amounts),
        **_ranges("allocation", draws.allocation),
        "gain": money(plain.gains),
        "opening_distance": pl.Series(plain.opening_distance, nan_to_null=True),
        **_ranges("opening_distance", draws.distance),
        "p_under_target": found.under_target,
        "p_gains": (draws.allocation > areas.baseline).sum(axis=0) / draws.count,
        "p_bound": draws.bound / draws.count,
        "position": _positions(found),
    }
    if areas.names is not None:
        columns["name"] = areas.names
    return pl.DataFrame(columns)


def _ranges(name: str, values: Any) -> dict[str, pl.Series]:
    """The percentiles of draws of pence, or of shares."""
    of_money = values.dtype == np.int64
    return {
        f"{name}_p{percent}": money(each) if of_money else pl.Series(each, nan_to_null=True)
        for percent, each in zip(PERCENTILES, drawn(values), strict=True)
    }


def _positions(found: Uncertainty) -> list[str]:
    sure = np.where(found.under_target > 0.5, UNDER, NOT_UNDER)
    return [str(each) for each in np.where(found.too_uncertain, TOO_UNCERTAIN, sure)]


def sureness_record(found: Uncertainty) -> dict[str, Any]:
    """The object that ``allocate uncertainty --json`` prints; money in £."""
    import polars.selectors as cs

    summary = asdict(found.summary)
    for name in ("gain", "gain_too_uncertain"):
        summary[name] = summary[name] / 100
    for name in ("shortfall", "moved"):
        summary[name] = [pence / 100 for pence in summary[name]]
    return summary | {"areas": found.areas.with_columns(cs.decimal().cast(pl.Float64)).to_dicts()}

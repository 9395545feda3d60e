"""The scenario written beside a table of practices: it runs at once, and says what to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIO_FILE = "scenario.yaml"
AREAS = "AREAS-FILE"
"""Stands in a scenario's text for the name of the table's file."""

PLACES = {"all": "England", "llr": "Leicester, Leicestershire and Rutland"}
NEEDED = ("nhse_wp_primary_medical_need", "nhse_wp_health_inequalities")
"""The weighted populations that the rule book nhs-england-primary-medical-need blends."""

FULLY_GMS = 0.8
"""The share of the usual global sum per weighted patient below which a practice is not paid by it alone.

In 2022/23 the median in England was £95.09, and 98.9% of complete GMS practices had at least 90% of it. Of
the 45 below 80%, all but one had balance_of_pms as well: they changed contracts, or are GMS in name.
"""

TEXT = """\
# Written by 'allocate nhs build' from official NHS files. Edit it: building again keeps it.
title: "{title}: global sums of GMS practices, levelled up"
areas: {areas}
columns:
  id: practice_code
{columns}
  # Most PMS and APMS practices are paid by balance_of_pms or locally. For all contracts choose a baseline
  # that they have too, such as total_payments_ex_drugs_premises, and change 'where'.
  baseline: global_sum
# Left out by 'where':
{reasons}
where: "{where}"
{rules}
# An example, to replace: {{growth: 3.1%}}, {{new_money: 2_850_000}} or the whole pot in £.
budget: {{growth: 2%}}
"""

WITH_NEED = "rules: [nhs-england-primary-medical-need, level-up]   # 'allocate rules list' names others"
WITHOUT_NEED = """\
# Without NHS England's weighted populations (--weights) need is the number of patients. To measure it
# otherwise put a rule book of your own first: 'allocate new DIR' makes one to begin with.
rules: [level-up]"""


def complete_name(year: str | None) -> str:
    """The column that says which practices are complete in a year."""
    return f"complete_{year}" if year else "complete"


def population_of(table: pl.DataFrame) -> str | None:
    """The population that the first file of weighted populations measures need for, if one was given."""
    return next((column for column in table.columns if column.startswith("nhse_pop_")), None)


def scenario_text(table: pl.DataFrame, area: str, year: str | None) -> str:
    """A scenario for GMS practices by their global sum, with comments for whoever edits it.

    Args:
        table: what `build` made.
        area: as given to `build`.
        year: of the payments, as ``2022_23``, if their file says it.
    """
    place = PLACES.get(area.strip().lower(), area)
    conditions = dict(_conditions(table, complete_name(year)))
    return TEXT.format(
        title=f"{place} {year.replace('_', '/')}" if year else place,
        areas=AREAS,
        columns="\n".join(f"  {role}: {column}" for role, column in _roles(table)),
        reasons="\n".join(f"# - {reason}" for reason in conditions.values()),
        where=" and ".join(conditions),
        rules=WITH_NEED if population_of(table) else WITHOUT_NEED,
    )


def _roles(table: pl.DataFrame) -> Iterator[tuple[str, str]]:
    if "practice_name" in table.columns:
        yield "name", "practice_name"
    yield "population", "registered_patients"
    if population_of(table):
        yield from ((column.removeprefix("nhse_wp_"), column) for column in NEEDED)


def _conditions(table: pl.DataFrame, complete: str) -> Iterator[tuple[str, str]]:
    """What a practice must meet, and who does not."""
    if "contract_type" in table.columns:
        yield "contract_type = 'GMS'", "PMS and APMS practices"
    yield "global_sum > 0", "practices without a global sum"
    yield f"{complete} = 1", "part-year data, lists that fluctuate, no patients or no published need"
    if rate := _usual_rate(table, complete):
        usual = f"less than four fifths of the usual £{rate:.0f} per Carr-Hill weighted patient"
        yield (
            f"global_sum >= {FULLY_GMS * rate:.0f} * weighted_patients",
            f"{usual}: paid by balance_of_pms too",
        )
    if need := population_of(table):
        differs = "a list more than 10% from the one that need was measured on"
        yield f"abs(registered_patients / {need} - 1) <= 0.1", f"{differs}: a merger or a closure"


def _usual_rate(table: pl.DataFrame, complete: str) -> float | None:
    """The median global sum per weighted patient (£) of complete GMS practices, where it can be told."""
    if not {"contract_type", "weighted_patients"} <= set(table.columns):
        return None
    gms = (pl.col("contract_type") == "GMS") & (pl.col(complete) == 1) & (pl.col("weighted_patients") > 0)
    rates = table.filter(gms & (pl.col("global_sum") > 0)).select(
        pl.col("global_sum") / pl.col("weighted_patients")
    )
    return float(rates.median().item()) if rates.height else None

"""The scenario written beside a table of practices: it runs at once, and says what to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

SCENARIO_FILE = "scenario.yaml"
AREAS = "AREAS-FILE"
"""Stands in a scenario's text for the name of the table's file."""

NEEDED = ("nhse_wp_primary_medical_need", "nhse_wp_health_inequalities")
"""The weighted populations that the rule book nhs-england-primary-medical-need blends."""


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
    where = {"all": "England", "llr": "Leicester, Leicestershire and Rutland"}.get(area.strip().lower(), area)
    when = f" {year.replace('_', '/')}" if year else ""
    need = population_of(table)
    lines = [
        "# Written by 'allocate nhs build' from official NHS files. It is yours to edit: building again keeps it.",
        f'title: "{where}{when}: global sums of GMS practices, levelled up"',
        f"areas: {AREAS}",
        *_columns(table, need),
        *_where(table, complete_name(year), need),
        *_rules(need),
        *_budget(),
    ]
    return "\n".join(lines) + "\n"


def _columns(table: pl.DataFrame, need: str | None) -> list[str]:
    names = ["  name: practice_name"] if "practice_name" in table.columns else []
    needs = [f"  {column.removeprefix('nhse_wp_')}: {column}" for column in NEEDED] if need else []
    return [
        "columns:",
        "  id: practice_code",
        *names,
        "  population: registered_patients",
        "  # Most PMS and APMS practices are paid by balance_of_pms or locally: for all contracts choose a baseline",
        "  # that they have too, such as total_payments_ex_drugs_premises, and change 'where'.",
        "  baseline: global_sum",
        *needs,
    ]


def _where(table: pl.DataFrame, complete: str, need: str | None) -> list[str]:
    conditions = ["contract_type = 'GMS'"] if "contract_type" in table.columns else []
    conditions += ["global_sum > 0", f"{complete} = 1"]
    lines = [
        f"# {complete} = 1 leaves out practices without patients or published need, and those with part of a year or",
        "# a list that fluctuates: a few months' money looks like being far under target.",
    ]
    if rate := _usual_rate(table, complete):
        conditions.append(f"global_sum >= {0.8 * rate:.0f} * weighted_patients")
        lines += [
            f"# A GMS practice here is paid about £{rate:.0f} per Carr-Hill weighted patient; less than four fifths of that is",
            "# a practice that held a GMS contract for a part of the year only.",
        ]
    if need:
        conditions.append(f"abs(registered_patients / {need} - 1) <= 0.1")
        lines.append(
            "# A list more than 10% from the one that need was measured on is a merger or a closure: look at it."
        )
    return [*lines, f'where: "{" and ".join(conditions)}"']


def _usual_rate(table: pl.DataFrame, complete: str) -> float | None:
    """The median global sum per weighted patient (£) of complete GMS practices, where it can be told."""
    if not {"contract_type", "weighted_patients"} <= set(table.columns):
        return None
    paid = table.filter(
        (table["contract_type"] == "GMS")
        & (table[complete] == 1)
        & (table["global_sum"] > 0)
        & (table["weighted_patients"] > 0)
    )
    return (
        float(np.median((paid["global_sum"] / paid["weighted_patients"]).to_numpy())) if paid.height else None
    )


def _rules(need: str | None) -> list[str]:
    if need:
        return [
            "rules: [nhs-england-primary-medical-need, level-up]   # 'allocate rules list' names the others"
        ]
    return [
        "# Without NHS England's weighted populations (--weights) need is the number of patients: say how you measure",
        "# need in a rule book of your own, and put it first. 'allocate new DIR' makes one to begin with.",
        "rules: [level-up]",
    ]


def _budget() -> list[str]:
    return [
        "# An example, to replace with your own: {growth: 3.1%}, {new_money: 2_850_000} or the whole pot in £.",
        "budget: {growth: 2%}",
    ]

"""Random rules for groups on real practices: whatever fits must be proven; what is not is printed.

``python -m bench.doubting [SECONDS] [SEED]``; it is no benchmark, and found what `test_nhs_data` now holds.
"""

from __future__ import annotations

import random
import sys
import time
from typing import Any

import polars as pl

import allocate
from bench.practices import TABLE

NEED = {"title": "Need", "need": {"index": "nhse_wp_primary_medical_final / nhse_pop_2022_23"}}
COLUMNS = {
    "id": "practice_code",
    "population": "registered_patients",
    "baseline": "total_payments_ex_drugs_premises",
}
GROUPS = ("region_code", "icb_code", "contract_type", "imd_quintile_practices")
TWO_TRANCHES = [
    {"name": "half", "level_up": "weighted_population", "amount": "50%"},
    {"name": "rest", "pro_rata": "baseline"},
]


def rule(dice: random.Random, name: str) -> dict[str, str]:
    """A floor or a cap on groups, or a comparison of a fifth with everybody."""
    fifth = f"imd_quintile_practices = {dice.randint(1, 5)}"
    kind = dice.choice(("by", "across", "compared"))
    if kind == "by":
        floor = f"{dice.uniform(0.2, 1.1):.4f} * new_money * sum(baseline) / 9_000_000_000"
        return {"name": name, "by": dice.choice(GROUPS), "of": "growth", "floor": floor}
    if kind == "across":
        limit = f"new_money * {dice.uniform(0.05, 0.35):.4f}"
        return {"name": name, "across": fifth, "of": "growth", dice.choice(("floor", "cap")): limit}
    compared = {"compared_with": "everyone", "per": "population"}
    return {"name": name, "across": fifth, "floor": f"{dice.uniform(85, 101):.2f}%"} | compared


def book(dice: random.Random) -> dict[str, Any]:
    """One to four rules, for one tranche or two."""
    rules = [rule(dice, f"rule {number}") for number in range(dice.randint(1, 4))]
    tranches = {"share_out": TWO_TRANCHES} if dice.random() < 1 / 3 else {}
    return {"title": "Random", "rules": rules} | tranches


def main(seconds: float, seed: int) -> int:
    """Prove until the time is up; give back how many were not proven."""
    frame, dice, end = pl.read_csv(TABLE, infer_schema=False), random.Random(seed), time.monotonic() + seconds
    proven = clashes = wrong = 0
    while time.monotonic() < end:
        tried, growth = book(dice), dice.choice(("0.5%", "1%", "2%", "3%", "5%", "10%"))
        options: dict[str, Any] = {
            "budget": {"growth": growth},
            "round_to": dice.choice(("0.01", "1", "1000")),
        }
        where = "complete_2022_23 = 1"
        try:
            result = allocate.solve(frame, [NEED, "level-up", tried], columns=COLUMNS, where=where, **options)
        except allocate.RulesCannotHold:
            clashes += 1
            continue
        verdict = allocate.verify(result)
        proven += verdict.holds
        if not verdict.holds:
            wrong += 1
            print(tried, options, verdict.breached, sep="\n")
    print(f"{proven:,} proven, {clashes:,} that clash, {wrong:,} not proven")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1] if len(sys.argv) > 1 else 60), int((*sys.argv, 1, 1)[2]))))

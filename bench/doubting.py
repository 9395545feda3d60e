"""Random rules on real practices: whatever fits must be proven; what is not is printed.

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
SHARE_OUTS: tuple[list[dict[str, str]], ...] = (
    [{"name": "all", "level_up": "weighted_population"}],
    [
        {"name": "half", "level_up": "weighted_population", "amount": "50%"},
        {"name": "rest", "pro_rata": "baseline"},
    ],
    [
        {"name": "some", "pro_rata": "population", "amount": "30%"},
        {"name": "rest", "level_up": "weighted_population"},
    ],
    [{"name": "gaps", "least_shortfall": "6 - imd_quintile_practices"}],
    [
        {"name": "gaps", "least_shortfall": "1", "amount": "40%"},
        {"name": "rest", "level_up": "population"},
    ],
)


def rule(dice: random.Random, name: str) -> dict[str, Any]:
    """A limit on groups or areas, or a comparison of a fifth with everybody; one in three gives way."""
    fifth, limit = f"imd_quintile_practices = {dice.randint(1, 5)}", dice.choice(("floor", "cap"))
    soft = {"priority": dice.randint(1, 3)} if dice.random() < 1 / 3 else {}
    match dice.choice(("by", "by", "across", "compared", "areas")):
        case "by":
            share = dice.uniform(0.2, 1.3) if limit == "floor" else dice.uniform(1, 3)
            amount = f"{share:.4f} * new_money * sum(baseline) / 9_000_000_000"
            return {"name": name, "by": dice.choice(GROUPS), "of": "growth", limit: amount} | soft
        case "across":
            amount = f"new_money * {dice.uniform(0.05, 0.35):.4f}"
            return {"name": name, "across": fifth, "of": "growth", limit: amount} | soft
        case "compared":
            compared = {
                "compared_with": "everyone",
                "per": dice.choice(("population", "weighted_population")),
            }
            return {"name": name, "across": fifth, limit: f"{dice.uniform(85, 110):.2f}%"} | compared | soft
        case _:
            amount = f"{dice.uniform(1, 1.2):.4f} * baseline"
            return {"name": name, limit: amount, "where": fifth} | soft


def book(dice: random.Random) -> dict[str, Any]:
    """One to four rules, and how money is shared out."""
    rules = [rule(dice, f"rule {number}") for number in range(dice.randint(1, 4))]
    return {"title": "Random", "rules": rules, "share_out": dice.choice(SHARE_OUTS)}


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
        except allocate.ProofFailed as failure:  # what is made keeps all limits, or is not given back
            breached: Any = failure
        else:
            breached = allocate.verify(result).breached
        proven += not breached
        if breached:
            wrong += 1
            print(tried, options, breached, sep="\n", flush=True)
    print(f"{proven:,} proven, {clashes:,} that clash, {wrong:,} not proven")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1] if len(sys.argv) > 1 else 60), int((*sys.argv, 1, 1)[2]))))

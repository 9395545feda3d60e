"""`verify`: amounts held against the rows and rules of a saved run, without the solvers that made them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocate.again import fund_again, gave_way, prepare_again
from allocate.money import exact_decimals
from allocate.records import rules_hash
from allocate.runs import ALLOCATIONS, load_run
from allocate.sheet import rows_sha256
from allocate.verifying.amounts import read_amounts
from allocate.verifying.checks import Checks
from allocate.verifying.verdict import BREACHED, HOLDS, NOT_CHECKED, Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.runs import Run


@exact_decimals()
def verify(run: str | Path, allocations: str | Path | None = None) -> Verdict:
    """Check what a saved run gives each area, or what somebody else's table gives, against its rules.

    The floors and caps are worked out again from the rows and the rule books that the run keeps; amounts are
    held against them in whole pence and exact fractions. No solver has a part in it.

    Args:
        run: the folder of the run.
        allocations: a table with the columns ``id`` and ``allocation`` (£), ours or typed by hand; by default
            the ``allocations.csv`` of the run.

    Raises:
        InputError: the run or the table cannot be used; every problem at once.
    """
    folder = Path(run)
    saved = load_run(folder)
    prepared = prepare_again(saved)
    funded = fund_again(saved, prepared)
    amounts = read_amounts(folder / ALLOCATIONS if allocations is None else Path(allocations), prepared.areas)
    limits = funded.measured.limits(gave_way(saved, funded))
    checks = [*_as_recorded(saved), *Checks(funded, amounts, limits).all()]
    return Verdict(saved.title, tuple(checks))


def _as_recorded(saved: Run) -> Iterator[Check]:
    """Whether the rows and the rules that the folder keeps are those that the run was made from."""
    hashes = saved.record["hashes"]
    for what, recorded, now in (
        ("the rows are those of the run", hashes.get("rows"), rows_sha256(saved.table)),
        ("the rules are those of the run", hashes.get("rules"), rules_hash(saved.record["rules"])),
    ):
        verdict = NOT_CHECKED if recorded is None else HOLDS if recorded == now else BREACHED
        yield Check(what, verdict, "by the hashes in run.json")

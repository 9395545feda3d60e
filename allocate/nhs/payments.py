"""Payments and lists by practice, from NHS Payments to General Practice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from allocate.errors import Problem, Problems, TableError
from allocate.nhs.formats import PAYMENTS
from allocate.nhs.periods import financial_year
from allocate.nhs.reading import one_row_each, read_source, refuse_negative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from allocate.nhs.reading import Source

EARLIER = (
    "registered_patients",
    "weighted_patients",
    "global_sum",
    "total_payments",
    "total_payments_net",
)
"""What is taken from an earlier year's file, with the year added to the name."""

NOT_FOR_CARE = ("prescribing_fees", "dispensing_fees", "premises", "drugs_reimbursement")
"""What follows dispensing and buildings, not need: a sixth of all payments in 2022/23."""

PEOPLE = ("registered_patients", "weighted_patients")


def read_payments(path: str | Path) -> Source:
    """Read a year's payments, with the columns that follow from others.

    Adds ``total_payments_ex_drugs_premises`` (£; without premises, drugs, dispensing and prescribing fees),
    ``payments_per_registered`` and ``payments_per_weighted`` (£ a head from totals, unlike the published
    columns not rounded to pence; null without patients).

    Raises:
        InputError: see `read_source`; also practices with several rows, and negative lists.
    """
    source = one_row_each(read_source(path, PAYMENTS))
    problems = Problems()
    refuse_negative(source, PEOPLE, problems)
    problems.raise_any(TableError)
    frame = source.frame.with_columns(_tidy(source.frame))
    return replace(source, frame=frame.with_columns(_derived(frame)))


def read_earlier(path: str | Path) -> Source:
    """Read an earlier year's payments: `EARLIER`, each with the year at the end of its name.

    Raises:
        InputError: see `read_payments`; also a file whose name does not say its year.
    """
    source = read_payments(path)
    year = financial_year(source.name)
    if year is None:
        what = "does not say which year it is of"
        fix = "put the year in its name, such as nhspaymentsgp-21-22-prac-csv.csv"
        raise TableError([Problem(source.name, what, fix)])
    columns = [column for column in EARLIER if column in source.frame.columns]
    renamed = {column: f"{column}_{year}" for column in columns}
    frame = source.frame.select("practice_code", *columns).rename(renamed)
    taken = {renamed.get(column, column): header for column, header in source.taken.items()}
    kept = {column: header for column, header in taken.items() if column in frame.columns}
    return replace(source, frame=frame, taken=kept, not_there=())


def _tidy(frame: pl.DataFrame) -> Iterator[pl.Expr]:
    """Atypical characteristics come as ``| Part year of data || No registered patients |``."""
    if "atypical" in frame.columns:
        inside = pl.col("atypical").str.strip_chars("| ").str.replace_all(r"\s*\|+\s*", "; ")
        yield pl.when(inside != "").then(inside).alias("atypical")
    for column in ("sub_icb_code", "icb_code", "region_code"):
        if column in frame.columns:
            yield pl.col(column).str.to_uppercase()


def _derived(frame: pl.DataFrame) -> Iterator[pl.Expr]:
    if set(NOT_FOR_CARE) <= set(frame.columns):
        rest = pl.col("total_payments") - pl.sum_horizontal(NOT_FOR_CARE, ignore_nulls=False)
        yield rest.round(2).alias("total_payments_ex_drugs_premises")
    for column, people in zip(("payments_per_registered", "payments_per_weighted"), PEOPLE, strict=True):
        if people in frame.columns:
            per_head = pl.col("total_payments") / pl.col(people)
            yield pl.when(pl.col(people) > 0).then(per_head).alias(column)


def traps(frame: pl.DataFrame) -> Iterator[str]:
    """The known traps of payments, counted among some practices."""
    contract = pl.col("contract_type") if "contract_type" in frame.columns else pl.lit("")
    found = {
        "no registered patients": pl.col("registered_patients") == 0,
        "total payments below £0": pl.col("total_payments") < 0,
        "a global sum below £0": pl.col("global_sum") < 0,
        "contract type 'Unknown'": contract.str.to_uppercase() == "UNKNOWN",
        "a PMS contract and a global sum of £0: their income is in balance_of_pms": (
            (contract == "PMS") & (pl.col("global_sum") == 0)
        ),
    }
    for what, trap in found.items():
        if count := frame.filter(trap).height:
            yield f"{count:,} {'practice has' if count == 1 else 'practices have'} {what}"

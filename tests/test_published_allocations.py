"""The rule books that say what NHS England allocated give the published figures, every one of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from icb_allocations import BOARDS, SHEETS, read_allocations

import allocate
from allocate.policy import load_policy

EXACTLY = 1e-8
"""How near closing distances must come to the published ones.

A board's money rounded to £1,000 is up to £500 from the formula's: 5e-6 of the smallest target, £91m, so the
formula (1 + d)(1 + c) - 1 alone comes only so near. The published distances are those of the rounded money.
£1,000 more or less would move the distance of the largest target, £5.6bn, by 2e-7."""


def allocated(published: pl.DataFrame, book: str) -> allocate.Allocation:
    """Run a book on what was published before convergence: baselines, targets and base growth."""
    given = published.select("id", "base_growth", pl.col("baseline").round(2), pl.col("target").alias("fair"))
    # Nobody's need is measured here: the targets are given.
    given = given.with_columns(population=pl.lit(1))
    return allocate.solve(given, book, columns={"target": "fair"}, round_to=1_000)


@pytest.fixture(scope="module", params=SHEETS)
def book(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def published(data: Path, book: str) -> pl.DataFrame:
    return read_allocations(data, book)


@pytest.fixture(scope="module")
def result(published: pl.DataFrame, book: str) -> allocate.Allocation:
    return allocated(published, book)


def test_every_board_gets_what_was_published(published: pl.DataFrame, result: allocate.Allocation) -> None:
    assert result.areas.height == BOARDS
    amounts = result.areas["allocation"].cast(pl.Float64)
    assert amounts.to_list() == published["allocation"].to_list()
    # Nothing is shared out: the pot is what the amounts add up to.
    assert result.budget == round(published["allocation"].sum() * 100)
    assert not result.summary.held


def test_distances_are_those_published(published: pl.DataFrame, result: allocate.Allocation) -> None:
    for ours, theirs in (("opening_distance", "opening"), ("closing_distance", "closing")):
        assert (result.areas[ours] - published[theirs]).abs().max() < EXACTLY


def test_convergence_alone_closes_distances(published: pl.DataFrame, result: allocate.Allocation) -> None:
    """Targets grow as baselines do, so (1 + d)(1 + c) - 1 is left, but for the rounding of the money."""
    left = (1 + published["opening"]) * (1 + published["convergence"]) - 1
    rounding = 500 / (published["target"] * (1 + published["base_growth"]))
    assert ((result.areas["closing_distance"] - left).abs() <= rounding + EXACTLY).all()


def test_the_limits_of_convergence_are_those_of_the_sheet(published: pl.DataFrame, book: str) -> None:
    settings = load_policy([book], Path()).settings({}, None)
    assert settings["strongest_restraint"] == pytest.approx(-published["convergence"].min(), abs=EXACTLY)
    most = published["convergence"].max()
    reached = book != "nhs-england-primary-medical-2024-25"  # where its source says so
    assert (settings["fastest_catching_up"] == pytest.approx(most, abs=EXACTLY)) is reached
    assert most < settings["fastest_catching_up"] + EXACTLY


def test_growth_and_convergence_are_multiplied_not_added(published: pl.DataFrame) -> None:
    added = published["baseline"] * (1 + published["base_growth"] + published["convergence"])
    thousands = [int((Decimal(amount) / 1_000).quantize(Decimal(1), ROUND_HALF_UP)) for amount in added]
    wrong = [ours != theirs / 1_000 for ours, theirs in zip(thousands, published["allocation"], strict=True)]
    assert sum(wrong) > 20


@pytest.mark.parametrize("stream", ["PMC", "CORE"])
def test_2023_24_is_also_as_in_the_extract(data: Path, stream: str) -> None:
    """The same 84 rows as they were extracted from the workbook, by others, at full precision."""
    extract = pl.read_csv(data / "icb_allocations_2023_24.csv").filter(pl.col("stream") == stream)
    frame = extract.select(
        "base_growth",
        id="icb_code",
        baseline=pl.col("opening_baseline_gbp_k") * 1_000,
        target=pl.col("fair_shares_target_gbp_k") * 1_000,
    )
    name = {"PMC": "primary-medical", "CORE": "core"}[stream]
    result = allocated(frame, f"nhs-england-{name}-2023-24")
    amounts = result.areas["allocation"].cast(pl.Float64)
    assert amounts.to_list() == (extract["recurrent_allocation_gbp_k"] * 1_000).to_list()
    assert (result.areas["closing_distance"] - extract["closing_dft"]).abs().max() < EXACTLY


def test_the_four_books_differ_in_nothing_but_what_was_decided_each_year() -> None:
    """Each is a document of its year and stands alone; what they share must not drift apart."""
    merged = [load_policy([name], Path()).merged for name in SHEETS]
    for each in merged:
        assert each.columns == merged[0].columns
        assert [(rule.name, rule.amount) for rule in each.rules] == [("base growth and convergence", AMOUNT)]
        assert each.closing_target == merged[0].closing_target
        assert list(each.parameters) == list(merged[0].parameters)
    decided = [tuple(each.value for each in one.parameters.values()) for one in merged]
    assert decided == [
        (0.01, 0.04, 0.0038, 0.0038),
        (0.01, 0.04, 0.0040, 0.0042),
        (0.002, 0.03, 0.0071, 0.0071),
        (0.002, 0.03, 0.0136, 0.0138),
    ]


AMOUNT = "baseline * (1 + base_growth) * (1 + convergence)"

"""The rule books that say what NHS England allocated give the published figures, every one of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

import allocate
from allocate.documents.policy import load_policy
from allocate.nhs import read_allocations

BOOKS = {
    "nhs-england-primary-medical-2023-24": ("pmc", "2023/24"),
    "nhs-england-primary-medical-2024-25": ("pmc", "2024/25"),
    "nhs-england-core-2023-24": ("core", "2023/24"),
    "nhs-england-core-2024-25": ("core", "2024/25"),
}
"""The stream and the year that each book is about."""

BOARDS = 42

SCENARIO: dict[str, Any] = {"columns": {"id": "icb_code", "target": "target"}, "round_to": 1_000}
"""No budget: the pot is what the amounts add up to."""

EXACTLY = 1e-8
"""How near closing distances must come to the published ones.

A board's money rounded to £1,000 is up to £500 from the formula's: 5e-6 of the smallest target, £91m, so the
formula (1 + d)(1 + c) - 1 alone comes only so near. The published distances are those of the rounded money.
£1,000 more or less would move the distance of the largest target, £5.6bn, by 2e-7."""


@pytest.fixture(scope="module", params=BOOKS)
def book(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def published(data: Path, book: str) -> pl.DataFrame:
    stream, year = BOOKS[book]
    return read_allocations(data / "raw" / "nhs_allocations_2023_2025.xlsx", stream=stream, year=year)


@pytest.fixture(scope="module")
def result(published: pl.DataFrame, book: str) -> allocate.Allocation:
    return allocate.solve(published, book, **SCENARIO)


def test_every_board_gets_what_was_published(published: pl.DataFrame, result: allocate.Allocation) -> None:
    assert result.areas.height == BOARDS
    amounts = result.areas["allocation"].cast(pl.Float64)
    assert amounts.to_list() == published["allocation"].to_list()
    # Nothing is shared out: the pot is what the amounts add up to.
    assert result.budget == round(published["allocation"].sum() * 100)
    assert not result.summary.held


def test_distances_are_those_published(published: pl.DataFrame, result: allocate.Allocation) -> None:
    for which in ("opening_distance", "closing_distance"):
        assert (result.areas[which] - published[which]).abs().max() < EXACTLY


def test_convergence_alone_closes_distances(published: pl.DataFrame, result: allocate.Allocation) -> None:
    """Targets grow as baselines do, so (1 + d)(1 + c) - 1 is left, but for the rounding of the money."""
    left = (1 + published["opening_distance"]) * (1 + published["convergence"]) - 1
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


def test_a_scenario_of_files_gives_the_same(
    published: pl.DataFrame, book: str, result: allocate.Allocation, tmp_path: Path
) -> None:
    """As written in rules/README.md: the table that `allocate nhs allocations` writes, and a scenario."""
    published.write_csv(tmp_path / "icbs.csv")
    scenario = {"title": "As published", "areas": "icbs.csv", "rules": [book], **SCENARIO}
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(scenario), encoding="utf-8")
    assert allocate.run(tmp_path).areas["allocation"].equals(result.areas["allocation"])


@pytest.mark.parametrize(("stream", "name"), [("PMC", "primary-medical"), ("CORE", "core")])
def test_2023_24_is_also_as_in_the_extract(data: Path, stream: str, name: str) -> None:
    """The 84 rows of 2023/24 as others took them from the workbook."""
    extract = pl.read_csv(data / "icb_allocations_2023_24.csv").filter(pl.col("stream") == stream)
    frame = extract.select(
        "icb_code",
        "base_growth",
        population=pl.lit(1),
        baseline=pl.col("opening_baseline_gbp_k") * 1_000,
        target=pl.col("fair_shares_target_gbp_k") * 1_000,
    )
    result = allocate.solve(frame, f"nhs-england-{name}-2023-24", **SCENARIO)
    amounts = result.areas["allocation"].cast(pl.Float64)
    assert amounts.to_list() == (extract["recurrent_allocation_gbp_k"] * 1_000).to_list()
    assert (result.areas["closing_distance"] - extract["closing_dft"]).abs().max() < EXACTLY


def test_the_four_books_differ_in_nothing_but_what_was_decided_each_year() -> None:
    """Each is a document of its year and stands alone; what they share must not drift apart."""
    merged = [load_policy([name], Path()).merged for name in BOOKS]
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


AMOUNT = "baseline * (1 + base_growth) * (1 + pace_of_change)"

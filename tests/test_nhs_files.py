"""Tables made from the official NHS files equal those in ../shared/data, column by column."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

import allocate
from allocate.nhs import build

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.nhs import Build

UNITS_IN_THE_LAST_PLACE = 4
"""Of the expected total_payments_ex_drugs_premises, a difference of floats; ours is rounded to pence.

Everything else is compared exactly.
"""

NOT_FROM_THESE_FILES = {
    "imd2019_score": "practice scores from Fingertips",
    "imd2019_score_jul2022_calc": "made from another, unpublished count of patients",
    "imd_score_best": "Fingertips where there is one",
    "imd_source": "which of the two it is",
    "imd_quintile_practices": "fifths of imd_score_best",
    "jul22_ypll": "underlying indicators of the Indices of Deprivation",
    "jul22_illness_disability_ratio": "the same",
    "jul22_acute_morbidity": "the same",
    "jul22_mood_anxiety": "the same",
    "jul22_ethnic_minority_share_census2011": "Census 2011",
    "pct_65_plus_2023_gms_only": "another publication of lists by age",
}
"""Columns of the expected tables, and what they are from; QOF prevalence (qof2122_...) is from QOF."""


def official(data: Path) -> dict[str, Path | list[Path]]:
    """The files that the expected tables were made from, as the arguments of `build`."""
    raw = data / "raw"
    return {
        "payments": raw / "nhspaymentsgp-22-23-prac-csv.csv",
        "payments_baseline": raw / "nhspaymentsgp-21-22-prac-csv-v2.csv",
        "weights": [raw / f"nhse-weighted-populations-{year}.csv" for year in ("2022-23", "2025-26")],
        "ages": raw / "gp-reg-pat-prac-quin-age-llr-2025-03.csv",
        "lsoa": raw / "gp-registrations-by-lsoa-2022-07.parquet",
        "imd": raw / "imd-2019-by-lsoa.parquet",
    }


@pytest.fixture(scope="module")
def llr(data: Path) -> Build:
    return build(**official(data), area="llr")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def england(data: Path) -> Build:
    return build(**official(data), area="all")  # type: ignore[arg-type]


def differences(made: pl.DataFrame, expected: pl.DataFrame) -> dict[str, list[str]]:
    """For each column that both have, the practices for which it differs."""
    found = {}
    for column in expected.columns:
        if column in made.columns:
            ours, theirs = made[column], expected[column]
            same = ours.eq_missing(theirs) if ours.dtype == pl.String else _same_numbers(column, ours, theirs)
            if not same.all():
                found[column] = expected["practice_code"].filter(~same).to_list()
    return found


def _same_numbers(column: str, ours: pl.Series, theirs: pl.Series) -> pl.Series:
    one, other = ours.cast(pl.Float64), theirs.cast(pl.Float64)
    if column != "total_payments_ex_drugs_premises":
        return one.eq_missing(other)
    largest = max(abs(number) for number in other.drop_nulls())
    return (one - other).abs() <= UNITS_IN_THE_LAST_PLACE * math.ulp(largest)


def expected_table(file: Path) -> pl.DataFrame:
    return pl.read_csv(file, infer_schema=False)


def test_llr_equals_the_expected_table_in_every_column_both_have(llr: Build, data: Path) -> None:
    expected = expected_table(data / "llr_practices_2022_23.csv")
    assert llr.areas["practice_code"].equals(expected["practice_code"])
    assert differences(llr.areas, expected) == {}


def test_llr_has_every_column_that_the_files_give(llr: Build, data: Path) -> None:
    expected = expected_table(data / "llr_practices_2022_23.csv").columns
    missing = [column for column in expected if column not in llr.areas.columns]
    assert {column for column in missing if not column.startswith("qof2122_prev_")} == set(
        NOT_FROM_THESE_FILES
    )


def test_england_equals_the_expected_table_in_every_column_both_have(england: Build, data: Path) -> None:
    expected = expected_table(data / "england_practices_2022_23.csv")
    assert england.areas["practice_code"].equals(expected["practice_code"])
    assert differences(england.areas, expected) == {}
    missing = [column for column in expected.columns if column not in england.areas.columns]
    assert missing == ["imd_score_best", "imd_quintile_practices"]


def test_the_comparison_can_fail(llr: Build, data: Path) -> None:
    expected = expected_table(data / "llr_practices_2022_23.csv")
    cases = {"total_payments_ex_drugs_premises": 0.01, "jul22_imd_score": 1e-6, "male_0_4_2025_03": 1}
    for column, error in cases.items():
        wrong = llr.areas.with_columns(pl.col(column) + error)
        assert len(differences(wrong, expected)[column]) > 100
    wrong = llr.areas.with_columns(pl.col("icb_name").str.to_uppercase())
    assert list(differences(wrong, expected)) == ["icb_name"]


def test_what_did_not_join_is_said_both_ways(llr: Build, england: Build) -> None:
    joins = {join.name: join for join in england.joins}
    earlier = joins["nhspaymentsgp-21-22-prac-csv-v2.csv"]
    assert (earlier.found, len(earlier.missing), len(earlier.unused)) == (6603, 66, 155)
    weights = joins["nhse-weighted-populations-2022-23.csv"]
    assert (weights.found, len(weights.missing), len(weights.unused)) == (6497, 172, 57)
    assert {join.name: join.missing for join in llr.joins}["gp-registrations-by-lsoa-2022-07.parquet"] == (
        "C82657",
        "Y03587",
    )


def test_the_known_traps_are_counted(england: Build) -> None:
    notes = " ".join(england.notes)
    assert "206 practices have no registered patients" in notes
    assert "12 practices have total payments below £0" in notes
    assert "155 practices have contract type 'Unknown'" in notes
    assert "1,599 practices have a PMS contract and a global sum of £0" in notes


def test_llr_is_chosen_by_sub_icb(llr: Build, data: Path) -> None:
    codes = llr.areas["practice_code"]
    assert (~codes.str.starts_with("C82")).sum() == 7
    board = build(
        data / "raw" / "nhspaymentsgp-22-23-prac-csv.csv", weights=official(data)["weights"], area="qk1"
    )  # type: ignore[arg-type]
    assert board.areas["practice_code"].equals(codes)


def test_fifths_by_deprivation_count_one_as_the_most_deprived(england: Build) -> None:
    fifths = england.areas.drop_nulls("jul22_imd_quintile")
    scores = (
        fifths.group_by("jul22_imd_quintile").agg(pl.col("jul22_imd_score").mean()).sort("jul22_imd_quintile")
    )
    assert scores["jul22_imd_quintile"].to_list() == [1, 2, 3, 4, 5]
    assert scores["jul22_imd_score"].is_sorted(descending=True)


@pytest.mark.parametrize(("area", "areas"), [("llr", 112), ("all", 4287)])
def test_the_scenario_beside_the_table_runs(
    area: str, areas: int, llr: Build, england: Build, tmp_path: Path
) -> None:
    made = {"llr": llr, "all": england}[area]
    made.save(tmp_path / "areas.parquet")
    summary = allocate.run(tmp_path / "scenario.yaml").summary
    assert summary.areas == areas
    assert summary.gaining


def test_llr_levels_up_as_the_published_case_says(llr: Build, tmp_path: Path) -> None:
    """The facts in ../shared/data/README.md, where need is the published index on the registered list."""
    made = llr.areas.with_columns(
        (pl.col("nhse_wp_primary_medical_final") / pl.col("nhse_pop_2022_23")).alias("index")
    )
    llr.save(tmp_path / "areas.csv")
    scenario = allocate.load_scenario(tmp_path / "scenario.yaml")
    result = allocate.solve(
        made,
        [{"title": "index", "need": {"index": "index"}}, "level-up"],
        columns={"id": "practice_code", "population": "registered_patients", "baseline": "global_sum"},
        where=str(scenario.where),
        budget={"new_money": 2_850_000},
    )
    summary = result.summary
    assert (summary.areas, summary.under_target, summary.gaining) == (112, 48, 45)
    assert round(summary.shortfall / 1e8, 2) == 3.14


def test_the_command_makes_the_same_table_and_says_what_it_took(
    llr: Build, data: Path, tmp_path: Path
) -> None:
    arguments: list[str] = []
    for name, given in official(data).items():
        for file in given if isinstance(given, list) else [given]:
            arguments += [f"--{name.replace('_', '-')}", str(file)]
    out = tmp_path / "new folder" / "areas.csv"
    command = [
        sys.executable,
        "-m",
        "allocate",
        "nhs",
        "build",
        *arguments,
        "--area",
        "llr",
        "--out",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "registered_patients            Average Number of Registered Patients\n" in done.stdout
    assert "weighted_patients_2021_22    Number of Weighted Patients (Last Known Figure)\n" in done.stdout
    assert "155 of its practices are not in the payments file: A82034, " in done.stdout
    assert f"Written: {out}, {out.parent / 'scenario.yaml'}" in done.stdout
    schema = llr.areas.schema
    assert pl.read_csv(out, schema=schema).equals(llr.areas)

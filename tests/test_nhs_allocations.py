"""NHS England's allocations workbook: equal to ../shared/data, and its formulas hold on every row."""

from __future__ import annotations

import sys
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter
from helpers import problems_of, run

from allocate.nhs import read_allocations

if TYPE_CHECKING:
    from pathlib import Path

WORKBOOK = "raw/nhs_allocations_2023_2025.xlsx"
AS_EXPECTED = {
    "opening_baseline_gbp_k": "baseline",
    "fair_shares_target_gbp_k": "target",
    "opening_dft": "opening_distance",
    "base_growth": "base_growth",
    "convergence": "convergence",
    "closing_dft": "closing_distance",
    "recurrent_allocation_gbp_k": "allocation",
}
"""The columns of icb_allocations_2023_24.csv; those in £1,000 are in £ here."""

UNDER = {"pmc": (0.25, 0.01), "core": (1 / 15, 0.002)}
"""Convergence of an ICB under target: the share of its distance that it gets, and the most it gets."""

OVER = {
    ("pmc", "2023/24"): (1, 0.0038),
    ("pmc", "2024/25"): (1 / 1.05, 0.0040),
    ("core", "2023/24"): (1, 0.0071),
    ("core", "2024/25"): (1.36 / 1.38, 0.0136),
}
"""The same for an ICB over target, which gives up: by stream and year."""


CELL = 1e-8
"""How far a published convergence may be from these: the cells of core 2024/25 are a constant 5e-9 above."""


@pytest.fixture(scope="module")
def published(data: Path) -> pl.DataFrame:
    return read_allocations(data / WORKBOOK)


def test_every_icb_is_there_for_both_streams_and_years(published: pl.DataFrame) -> None:
    counts = published.group_by("stream", "financial_year").agg(
        pl.len(), pl.col("icb_code").n_unique().alias("codes")
    )
    assert sorted(counts.rows()) == [
        (stream, year, 42, 42) for stream in ("core", "pmc") for year in ("2023/24", "2024/25")
    ]
    assert published.null_count().sum_horizontal().item() == 0


def test_2023_24_equals_the_expected_table(published: pl.DataFrame, data: Path) -> None:
    expected = pl.read_csv(data / "icb_allocations_2023_24.csv").with_columns(
        pl.col("stream").str.to_lowercase()
    )
    both = expected.rename({"year": "financial_year"}).join(
        published, on=["stream", "financial_year", "icb_code"], how="inner", suffix="_ours"
    )
    assert (expected.height, both.height) == (84, 84)
    assert both["icb_name"].equals(both["icb_name_ours"], check_names=False)
    assert both["region"].equals(both["region_ours"], check_names=False)
    for theirs, ours in AS_EXPECTED.items():
        unit = 1000 if theirs.endswith("_gbp_k") else 1
        name = f"{ours}_ours" if ours in expected.columns else ours
        assert (both[theirs] * unit).equals(both[name], check_names=False), theirs


def test_allocations_are_baselines_with_growth_and_convergence_to_the_nearest_1000(
    published: pl.DataFrame,
) -> None:
    wrong = []
    for row in published.iter_rows(named=True):
        exact = (
            Decimal(row["baseline"]) * (1 + Decimal(row["base_growth"])) * (1 + Decimal(row["convergence"]))
        )
        if (exact / 1000).quantize(Decimal(1), ROUND_HALF_UP) * 1000 != Decimal(row["allocation"]):
            wrong.append((row["stream"], row["financial_year"], row["icb_code"]))
    assert published.height == 168
    assert wrong == []


@pytest.mark.parametrize(("stream", "year"), OVER)
def test_convergence_follows_the_distance_from_target(
    published: pl.DataFrame, stream: str, year: str
) -> None:
    rows = published.filter((pl.col("stream") == stream) & (pl.col("financial_year") == year))
    gets, most_gets = UNDER[stream]
    gives, most_gives = OVER[stream, year]
    d = rows["opening_distance"]
    convergence = [min(most_gets, gets * -each) if each < 0 else -min(most_gives, gives * each) for each in d]
    assert (rows["convergence"] - pl.Series(convergence)).abs().max() < CELL  # type: ignore[operator]
    assert min(d) < 0 < max(d)


def test_the_population_behind_the_published_amounts_per_head_is_the_same_in_both_streams(
    published: pl.DataFrame,
) -> None:
    by_stream = published.pivot("stream", index=["icb_code", "financial_year"], values="population")
    assert (by_stream["pmc"] / by_stream["core"] - 1).abs().max() < 1e-12  # type: ignore[operator]
    assert (
        55e6
        < published.filter((pl.col("stream") == "pmc") & (pl.col("financial_year") == "2023/24"))[
            "population"
        ].sum()
        < 65e6
    )


HEADERS = [
    "R24",
    "Region",
    "ICB24",
    "System Name",
    "2024/25 Adjusted recurrent baseline (£k)",
    "2024/25 Fair Shares Target (£k)",
    "2024/25 Distance from target (%)",
    "2025/26 Base growth (%)",
    "2025/26 Convergence (%)",
    "2025/26 Recurrent allocation (£k)",
]
ROW = ["Y99", "Nowhere", "QZZ", "NHS Invented ICB", 100.5, 100, 0.005, 0.05, -0.001, 105.4]


def workbook(
    path: Path, *rows: list[Any], title: str = "Allocations (primary medical care)", sheet: str = "A"
) -> Path:
    """An invented workbook: a sheet about something else, then one of allocations."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Contents").write(0, 0, "Allocations")
        page = book.add_worksheet(sheet)
        page.write(0, 0, title)
        for at, row in enumerate(rows):
            page.write_row(at + 2, 0, row)
    return path


def test_another_year_and_totals_below(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", HEADERS, [], ROW, [], ["", "", "Total", "ENGLAND", "100 ", 1, 1, 1, 1, 1]
    )
    made = read_allocations(path)
    assert made.height == 1
    row = made.row(0, named=True)
    assert (row["stream"], row["financial_year"], row["baseline"], row["allocation"]) == (
        "pmc",
        "2025/26",
        100_500,
        105_400,
    )
    assert (row["population"], row["closing_distance"]) == (None, None)


def test_sheets_that_are_empty_or_have_fewer_columns(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("Empty")
        for name, start in (("PMC 2025-26", 0), ("Core 2025-26", 2)):
            page = book.add_worksheet(name)
            page.write_row(0, 0, HEADERS[start:])
            page.write_row(1, 0, ROW[start:])
    made = read_allocations(tmp_path / "a.xlsx")
    assert made["stream"].to_list() == ["pmc", "core"]
    assert made["region"].to_list() == ["Y99", None]
    assert read_allocations(tmp_path / "a.xlsx", stream="PMC").height == 1


def test_a_header_never_seen_is_told_with_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*HEADERS[:8], "Pace of change", HEADERS[9]], ROW)
    found = problems_of(read_allocations, path)
    assert found[0] == (
        "a.xlsx, sheet 'A': has no column that is recognised as the 'Convergence (%)'; "
        "call the column that holds it 'Convergence (%)'"
    )
    assert found[1].startswith("a.xlsx, sheet 'A': its columns are: R24, Region, ICB24, ")


def test_every_problem_of_a_sheet_at_once(tmp_path: Path) -> None:
    other = ["Y99", "Nowhere", "QYY", "NHS Other ICB", 120, 100, 0.1, 0.05, "*", 105]
    path = workbook(tmp_path / "a.xlsx", HEADERS, ROW, ROW, other, title="Allocations")
    assert problems_of(read_allocations, path) == [
        "a.xlsx, sheet 'A': does not say its stream; name the sheet 'PMC ...' or 'Core ...'",
        "a.xlsx, sheet 'A': has figures missing for QYY; fill them in",
        "a.xlsx, sheet 'A': has several rows for QZZ; keep one row an ICB",
        "a.xlsx, sheet 'A': has distances that are not (baseline - target) / target for QYY; "
        "check that its columns are what their headers say",
    ]


@pytest.mark.parametrize(("distance", "fits"), [(0.00505, True), (0.0052, False)])
def test_a_distance_may_be_rounded_but_no_other(tmp_path: Path, distance: float, fits: bool) -> None:
    path = workbook(tmp_path / "a.xlsx", HEADERS, [*ROW[:6], distance, *ROW[7:]])
    if fits:
        assert read_allocations(path)["opening_distance"].to_list() == [distance]
    else:
        (problem,) = problems_of(read_allocations, path)
        assert "has distances that are not (baseline - target) / target for QZZ" in problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"stream": "gp"}, "--stream: there is no stream 'gp'; give pmc or core"),
        ({"year": "2023"}, "--year: '2023' is no financial year; write it as 2023/24"),
        ({"year": "2023-24"}, "a.xlsx: has no allocations for 2023-24; it has: pmc 2025/26"),
        ({"stream": "core"}, "a.xlsx: has no allocations for core; it has: pmc 2025/26"),
    ],
)
def test_what_is_not_there(tmp_path: Path, options: dict[str, str], problem: str) -> None:
    path = workbook(tmp_path / "a.xlsx", HEADERS, ROW)
    assert problems_of(read_allocations, path, **options) == [problem]


def test_what_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("icb_code\nQZZ\n")
    (found,) = problems_of(read_allocations, tmp_path / "a.xlsx")
    assert found.startswith("a.xlsx: is no Excel workbook: ")
    (found,) = problems_of(read_allocations, tmp_path / "none.xlsx")
    assert found == "none.xlsx: cannot be read (No such file or directory)"
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("readme.txt", "not a workbook")
    (found,) = problems_of(read_allocations, tmp_path / "zip.xlsx")
    assert found.startswith("zip.xlsx: is no Excel workbook: calamine error: ")
    assert found.endswith("; give the .xlsx file")


def test_without_the_package_that_reads_excel_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", HEADERS, ROW)
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    assert problems_of(read_allocations, path) == [
        "a.xlsx: cannot be read without another package; pip install 'allocate[excel]'"
    ]


def test_a_sheet_without_icbs_or_a_year(tmp_path: Path) -> None:
    undated = [each.removeprefix("2024/25 ").removeprefix("2025/26 ") for each in HEADERS]
    path = workbook(tmp_path / "a.xlsx", undated, ["Y99", "Nowhere", "Total", *ROW[3:]])
    assert problems_of(read_allocations, path) == [
        "a.xlsx, sheet 'A': does not say its year; name the sheet with its year, such as 2023-24",
        "a.xlsx, sheet 'A': has no row with an ICB's code; is it the right workbook?",
    ]


class TestCommand:
    def test_the_latest_year_is_written_and_named(self, data: Path, tmp_path: Path) -> None:
        done = run("nhs", "allocations", data / WORKBOOK, "--out", tmp_path / "icbs.parquet")
        assert (done.returncode, done.stderr) == (0, "")
        assert "ICB allocations, pmc 2024/25 (sheet 'PMC Allocations 2024-25')" in done.stdout
        assert "  baseline             2023/24 Adjusted recurrent baseline (£k)" in done.stdout
        made = pl.read_parquet(tmp_path / "icbs.parquet")
        assert made.equals(read_allocations(data / WORKBOOK, stream="pmc", year="2024/25"))

    def test_nothing_is_written_where_something_is_wrong(self, tmp_path: Path) -> None:
        made = workbook(tmp_path / "a.xlsx", HEADERS, ROW)
        out = tmp_path / "new" / "a.csv"
        done = run("nhs", "allocations", made, "--stream", "core", "--out", out)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "error: a.xlsx: has no allocations for core; it has: pmc 2025/26\n"
        assert not (tmp_path / "new").exists()

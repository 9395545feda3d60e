"""Every bundled rule book: that it runs, that it reads well, and what it gives, worked out by hand.

What can be held against published figures is in `test_published_allocations` and `test_published_practices`;
the books that only measure need or share out new money are in `test_golden` too.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from helpers import make_scenario

import allocate
from allocate.documents.bundled import rulebook_names
from allocate.documents.describe import book_text
from allocate.documents.policy import load_policy
from allocate.errors import BudgetTooSmall, DocumentError, ExpressionError, MoneyLeftOver
from allocate.quality import inspect
from allocate.text.show import allocation_text

AREAS = pl.DataFrame({"id": ["A", "B", "C"], "population": [100, 100, 200], "baseline": [900, 1_100, 2_600]})
"""£9, £11 and £13 a head; £4,600 and 400 people, so £11.50 on average."""


def given(book: str, frame: pl.DataFrame = AREAS, **options: Any) -> allocate.Allocation:
    return allocate.solve(frame, book, **options)


def amounts(book: str, frame: pl.DataFrame = AREAS, **options: Any) -> list[float]:
    return [float(each) for each in given(book, frame, **options).areas["allocation"]]


# --- every one of them


BOARDS = AREAS.with_columns(base_growth=pl.lit(0.05), published=pl.Series([1_000.0, 1_000.0, 2_700.0]))
GRANTS = AREAS.with_columns(population_last_year="population")
PRACTICES = AREAS.with_columns(weighted_patients="population")
PROTECTED = AREAS.with_columns(historic="baseline", formula=pl.col("baseline") - 90)

OWN_TABLES: dict[str, tuple[pl.DataFrame, dict[str, Any]]] = {
    "global-sum": (PRACTICES, {"date": "2022-04-01"}),
    "minimum-funding-guarantee": (GRANTS, {"budget": 4_700}),
    "mpig-phase-out": (PROTECTED, {"date": "2020-04-01"}),
} | {
    f"nhs-england-{stream}-{year}": (BOARDS, {"columns": {"target": "published"}, "round_to": 1})
    for stream in ("primary-medical", "core")
    for year in ("2023-24", "2024-25")
}
"""The books that need columns of their own, each with a table that has them and the keys of a scenario."""

PARAMETERS = {
    "collar-on-growth": {"least_growth": "1%"},
    "level-to-percentile": {"percentile": "35%"},
    "nobody-far-below-target": {"minimum_growth": "0.5%"},
}
"""What the 2.61% of growth in the bundled scenario pays for."""


def a_scenario_with(name: str, folder: Path) -> allocate.Scenario:
    """A scenario that uses a book: the bundled one, or one made for it in a folder."""
    if name in OWN_TABLES:
        frame, keys = OWN_TABLES[name]
        keys = {"rules": [name], "budget": None} | keys
        return allocate.load_scenario(make_scenario(folder, frame.write_csv(), None, **keys))
    bundled = allocate.load_scenario("llr").with_changes(parameters=PARAMETERS.get(name))
    need = bundled.rules[0]
    return bundled.model_copy(update={"rules": (need,) if name == need else (need, name)})


@pytest.mark.parametrize("name", rulebook_names())
def test_a_book_passes_the_check_and_runs(name: str, tmp_path: Path) -> None:
    scenario = a_scenario_with(name, tmp_path)
    inspect(scenario).raise_problems()
    result = allocate.run(scenario)
    assert result.summary.unspent == 0
    assert result.summary.gaining
    assert (result.gains >= 0).all()
    assert result.summary.title in allocation_text(result)
    assert "It gets £" in str(result.explain(result.areas["id"][0]))


@pytest.mark.parametrize("name", rulebook_names())
def test_a_book_reads_well(name: str) -> None:
    book = load_policy([name], Path()).merged
    text = book_text(load_policy([name], Path()))
    told = [
        book.title,
        book.about,
        book.source,
        *book.parameters,
        *book.columns,
        *(each.name for each in book.rules),
    ]
    assert all(str(each) in text for each in told)
    assert len(book.title) <= 60
    assert all(each.about and each.source for each in book.parameters.values())


def test_a_book_that_lacks_a_column_says_which() -> None:
    with pytest.raises(ExpressionError, match="unknown name 'weighted_patients'"):
        given("global-sum", date="2022-04-01")


# --- need

AGES = ("0_4", "5_14", "15_44", "45_64", "65_74", "75_84", "85_plus")
BANDS = [f"{sex}_{age}" for sex in ("male", "female") for age in AGES]


def test_every_band_has_its_workload() -> None:
    # One area a band, each with 100 people, all in that band.
    frame = pl.DataFrame({"id": BANDS, "population": 100, "baseline": 1_000}).with_columns(
        pl.when(pl.col("id") == band).then(100).otherwise(0).alias(band) for band in BANDS
    )
    index = given("workload-and-deprivation", frame).areas["need_index"]
    boys = index[BANDS.index("male_5_14")]
    assert (index / boys).to_list() == pytest.approx(
        [2.354, 1.000, 0.913, 1.373, 2.531, 3.254, 3.193, 2.241, 1.030, 1.885, 2.115, 2.820, 3.301, 3.090]
    )


def test_workload_multiplies_age_and_sex_deprivation_new_patients_and_care_homes() -> None:
    frame = pl.DataFrame(
        {
            "id": ["A", "B"],
            "population": [100, 100],
            "baseline": [1_000, 1_000],
            "imd_health_score": [0, 1],
            "new_registrations": [10, 0],
            "care_home_residents": [0, 20],
        }
    ).with_columns(pl.lit(0).alias(band) for band in BANDS)
    # A has 100 men of 15 to 44, ten of them new; B 100 women of 85 and over, twenty of them in a home.
    frame = frame.with_columns(male_15_44=pl.Series([100, 0]), female_85_plus=pl.Series([0, 100]))
    young, old = 0.913 * 1 * 1.046 * 1, 3.090 * 1.054 * 1 * 1.086
    shares = [200 * young / (young + old), 200 * old / (young + old)]
    result = given("workload-and-deprivation", frame)
    assert result.areas["weighted_population"].to_list() == pytest.approx(shares)
    assert not result.summary.notes
    # Without the facts on homes: 1.086 is left out.
    fewer = given("workload-and-deprivation", frame.drop("care_home_residents"))
    old /= 1.086
    assert fewer.areas["weighted_population"][0] == pytest.approx(200 * young / (young + old))
    assert "care-home residents: left out, as the table has no column" in str(fewer.explain("A"))


# --- NHS England's convergence, of which every published figure is in test_published_allocations


def test_a_board_under_target_catches_up_and_one_over_it_is_restrained() -> None:
    # Growth 5%. A is 10% under its target of £1,000: as far as 4% and farther, 1%. B is 10% over: -0.38%.
    # C, £2,600 of £2,700, is 3.70% under: a quarter of that, 0.926%.
    options = {"columns": {"target": "published"}}
    assert amounts("nhs-england-primary-medical-2023-24", BOARDS, **options) == [
        954.45,  # 900 · 1.05 · 1.01
        1_150.61,  # 1,100 · 1.05 · 0.9962
        2_755.28,  # 2,600 · 1.05 · (1 + 100 / 2,700 / 4)
    ]


# --- global sum


@pytest.mark.parametrize(
    ("day", "price"),
    [
        ("2019-04-01", 89.88),
        ("2020-04-01", 93.46),
        ("2021-04-01", 96.78),
        ("2022-04-01", 99.70),
        ("2023-04-01", 102.28),
        ("2024-03-31", 104.73),
        ("2024-04-01", 107.57),
        ("2025-03-31", 112.50),
        ("2025-04-01", 121.79),
        ("2025-08-01", 123.34),
    ],
)
def test_the_price_depends_on_the_date(day: str, price: float) -> None:
    one = pl.DataFrame({"id": ["A"], "population": [90], "baseline": [0], "weighted_patients": [100]})
    in_full = {"out_of_hours_deduction": 0}
    assert amounts("global-sum", one, date=day, parameters=in_full) == [pytest.approx(price * 100)]


def test_the_deduction_for_out_of_hours_care_is_made_unless_it_is_set_to_nought() -> None:
    # 100 · £99.70 · 0.9525 = £9,496.43 (half up).
    one = pl.DataFrame({"id": ["A"], "population": [90], "baseline": [0], "weighted_patients": [100]})
    assert amounts("global-sum", one, date="2022-04-01") == [9_496.43]


def test_a_practice_that_the_price_would_cut_is_held() -> None:
    frame = AREAS.with_columns(weighted_patients=pl.Series([100, 5, 200]))
    result = given("global-sum", frame, date="2022-04-01")
    assert float(result.areas["allocation"][1]) == 1_100
    assert result.summary.held == {"price per weighted patient": 1}


def test_a_price_before_the_first_is_not_guessed() -> None:
    with pytest.raises(DocumentError, match="'price_per_weighted_patient' has no value on 2018-04-01"):
        given("global-sum", PRACTICES, date=date(2018, 4, 1))


# --- the end of the MPIG


MPIG = pl.DataFrame(
    {
        "id": ["A", "B", "C"],
        "population": [100, 200, 100],
        "baseline": [1_300, 2_000, 1_000],
        "historic": [1_300, 1_900, 1_000],
        "formula": [1_000, 2_000, 1_000],
    }
)
"""A has a correction factor of £300; B gains by the formula, C gets what it had."""


@pytest.mark.parametrize(
    ("day", "phased"),
    [
        # In full.
        ("2013-04-01", [1_300, 2_000, 1_000]),
        # A seventh, £42.86, is withdrawn and shared out by people: £10.71, £21.43, £10.71.
        ("2014-04-01", [1_267.86, 2_021.43, 1_010.71]),
        # Six sevenths, £257.14: £64.29, £128.57, £64.29.
        ("2019-04-01", [1_107.14, 2_128.57, 1_064.29]),
        # All of it: £75, £150, £75; and so it stays.
        ("2020-04-01", [1_075, 2_150, 1_075]),
        ("2025-04-01", [1_075, 2_150, 1_075]),
    ],
)
def test_a_seventh_of_the_mpig_goes_each_year_but_nobody_loses(day: str, phased: list[float]) -> None:
    result = given("mpig-phase-out", MPIG, date=day)
    assert [float(each) for each in result.areas["target"]] == pytest.approx(phased)
    # A, which the phase-out would cut, is held at £1,300 and stands over what it would have got.
    held = [1_300, phased[1], phased[2]]
    assert [float(each) for each in result.areas["allocation"]] == pytest.approx(held)
    assert result.areas["closing_distance"][0] == pytest.approx(1_300 / phased[0] - 1, abs=1e-5)
    # What that costs: nothing for the real phase-out, which only moved money.
    assert result.summary.new_money == pytest.approx((1_300 - phased[0]) * 100, abs=1)


# --- guarantees, damping, collars


def test_gains_are_scaled_until_the_guarantees_are_paid_for() -> None:
    # Guarantees, 1% more: £909, £1,111, £2,626, in all £4,646; £54 of £4,700 is left. Fair shares are £1,175,
    # £1,175 and £2,350. A may gain to its cap of 6%, £954: £45; B to £1,166: £55; C nothing. 54 / 100 = 0.54.
    result = given("minimum-funding-guarantee", GRANTS, budget=4_700)
    assert [float(each) for each in result.areas["allocation"]] == [933.30, 1_140.70, 2_626]
    assert result.shared.parts[0].level == pytest.approx(0.54)


def test_what_caps_save_goes_to_those_with_the_least_for_their_need() -> None:
    # £4,800 pays for all gains and leaves £54; A and B are at their caps, so C has it.
    assert amounts("minimum-funding-guarantee", GRANTS, budget=4_800) == [954, 1_166, 2_680]


def test_gains_are_never_scaled_up() -> None:
    # B has 95 people: its fair share of £4,790, £1,152.03, is below its cap. All gains, £45 and £41.03, are
    # paid for, and the £57.97 left go to the lowest: B to its cap, and £44 to C.
    frame = GRANTS.with_columns(
        population=pl.Series([100, 95, 200]), population_last_year=pl.Series([100, 95, 200])
    )
    result = given("minimum-funding-guarantee", frame, budget=4_790)
    assert [float(each) for each in result.areas["allocation"]] == [954, 1_166, 2_670]
    by_formula, saved = result.shared.parts
    assert by_formula.level == pytest.approx(1, abs=0.001)
    assert (by_formula.placed, saved.placed) == (86_03, 57_97)


def test_the_minimum_per_head_is_checked_again_after_the_cap() -> None:
    # At least £9.60 a head: A gets £960, more than its cap of £954. £53 is left for B's gain of £55.
    parameters = {"minimum_per_head": 9.6}
    assert amounts("minimum-funding-guarantee", GRANTS, budget=4_750, parameters=parameters) == [
        960,
        1_164,
        2_626,
    ]


def test_the_guarantee_is_per_head() -> None:
    # A had 90 people: £10 a head for 100 is £1,000, and 1% more. B had 110: £1,010 is less than its baseline.
    frame = AREAS.with_columns(population_last_year=pl.Series([90, 110, 200]))
    result = given("minimum-funding-guarantee", frame)
    assert [float(each) for each in result.areas["allocation"]] == [1_010, 1_100, 2_626]
    assert result.areas["bound_by"].to_list() == ["guarantee per head", "baseline", "guarantee per head"]


def test_floors_are_paid_for_by_one_scaling_factor() -> None:
    # 2% more is £918, £1,122, £2,652: £4,692 of £4,830. Fair shares are £1,207.50, £1,207.50 and £2,415, so
    # £289.50 and £85.50 above the floors; 138 / 375 = 0.368.
    result = given("floor-damping", budget=4_830, parameters={"floor_growth": "2%"})
    assert [float(each) for each in result.areas["allocation"]] == [1_024.54, 1_153.46, 2_652]
    assert result.shared.parts[0].level == pytest.approx(0.368)
    assert "(£0.37 per unit of above_the_floor)" in str(result.explain("A"))
    (tranche,) = result.to_dict()["tranches"]
    assert tranche["level"] == pytest.approx(0.368)


def test_without_floors_that_bind_nothing_is_scaled() -> None:
    # £5,200 is £13 a head, and everybody has at most that.
    result = given("floor-damping", budget=5_200)
    assert [float(each) for each in result.areas["allocation"]] == [1_300, 1_300, 2_600]
    assert result.shared.parts[0].level == pytest.approx(1)


def test_a_floor_that_cannot_be_paid_for_is_refused() -> None:
    # The scaling factor would be (4,650 - 4,692) / ..., below nought.
    with pytest.raises(BudgetTooSmall) as refused:
        given("floor-damping", budget=4_650, parameters={"floor_growth": "2%"})
    assert refused.value.exit_status == 1
    assert "the floors add up to £4,692, £42 more than the pot of £4,650" in str(refused.value)
    assert "'the floor': £92 more" in str(refused.value)


def test_growth_stays_inside_the_collar() -> None:
    # C grows by 2.8% to £2,672.80 and A by 10% to £990; B, the lowest but for A, gets the rest of £4,830.
    assert amounts("collar-on-growth", budget=4_830) == [990, 1_167.20, 2_672.80]


@pytest.mark.parametrize(("budget", "error"), [(4_728.79, BudgetTooSmall), (5_060.01, MoneyLeftOver)])
def test_a_pot_outside_the_collar_is_refused(budget: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        given("collar-on-growth", budget=budget)
    assert sum(amounts("collar-on-growth", budget=4_728.80)) == pytest.approx(4_728.80)
    assert amounts("collar-on-growth", budget=5_060) == [990, 1_210, 2_860]


# --- levelling up


DEPRIVED = AREAS.with_columns(imd_score=pl.Series([40, 20, 50]))


def test_the_most_underfunded_rise_towards_the_average() -> None:
    # £15 of £150 by people · IMD of A and B, 4,000 : 2,000: £10 and £5. The £135 left lift A, the lowest.
    # C is over the average of £11.50 a head: the most deprived, it gets nothing.
    options = {"budget": {"new_money": 150}, "parameters": {"deprivation_share": "10%"}}
    assert amounts("llr-health-equity-payment", DEPRIVED, **options) == [1_045, 1_105, 2_600]


def test_nobody_rises_above_the_average() -> None:
    # A is £250 short and B £50.
    assert amounts("llr-health-equity-payment", DEPRIVED, budget={"new_money": 300}) == [1_150, 1_150, 2_600]
    with pytest.raises(MoneyLeftOver, match="'nobody is raised above the average'"):
        given("llr-health-equity-payment", DEPRIVED, budget={"new_money": 301})


def test_the_minimum_growth_tapers_and_nobody_stays_far_below_target() -> None:
    frame = pl.DataFrame(
        {
            "id": ["A", "B", "C", "D"],
            "population": [80, 100, 100, 100],
            "baseline": [900, 1_000, 1_075, 1_120],
            "published": [1_000.0] * 4,
        }
    )
    # The pot grows by 163.83 / 4,095 = 4.00073%, targets to £1,040.007. A gets 95% of that, £988.01. B, at
    # target, grows by 1.94% at least, C at 7.5% over by half of that to £1,085.43, D at 12% over by nothing.
    # The £45.99 left lift B, who has the least per head, from £1,019.40.
    result = given("nobody-far-below-target", frame, budget=4_258.83, columns={"target": "published"})
    assert [float(each) for each in result.areas["allocation"]] == [988.01, 1_065.39, 1_085.43, 1_120]
    assert result.areas["closing_distance"][0] == pytest.approx(-0.05, abs=1e-5)
    assert result.areas["bound_by"].to_list()[0] == "nobody far below target"
    assert result.areas["bound_by"].to_list()[2:] == ["minimum growth, tapered", "baseline"]


def test_what_it_costs_to_level_up_to_a_percentile() -> None:
    # Of £9, £11 and £13 a head the 90th percentile is 80% of the way from the second to the third: £12.60.
    # C counts once, though it has half of the people.
    result = given("level-to-percentile")
    assert [float(each) for each in result.areas["allocation"]] == [1_260, 1_260, 2_600]
    assert result.summary.new_money == 520_00
    assert amounts("level-to-percentile", parameters={"percentile": "50%"}) == [1_100, 1_100, 2_600]
    assert amounts("level-to-percentile", parameters={"percentile": 1}) == [1_300, 1_300, 2_600]


@pytest.mark.parametrize("book", ["level-to-percentile", "minimum-funding-guarantee"])
def test_an_area_without_people_is_passed_over(book: str) -> None:
    empty = pl.DataFrame({"id": ["Z"], "population": [0], "baseline": [50], "population_last_year": [0]})
    frame = pl.concat([GRANTS, empty], how="vertical_relaxed")
    budget = 4_750 if book == "minimum-funding-guarantee" else None
    with_it = amounts(book, frame, zero_population="hold", budget=budget)
    # £50 less in the pot for the others, which is what they would have had without it.
    assert with_it == [*amounts(book, GRANTS, budget=budget and budget - 50), 50]


def test_the_summary_says_what_closing_distances_are_measured_from() -> None:
    phased = allocation_text(given("mpig-phase-out", MPIG, date="2014-04-01"))
    assert "to +2.5% from closing target" in phased
    assert "from fair share of the new pot" in allocation_text(given("level-up", budget=4_700))


def test_a_book_says_what_its_targets_are() -> None:
    text = book_text(load_policy(["mpig-phase-out"], Path()))
    assert "An area's target is £ formula + correction - saved + recycled." in text
    assert "Closing distance is measured from £ target." in text
    assert "Targets" not in book_text(load_policy(["level-up"], Path()))
    assert "last_year_in_full = 2013 (year)" in text

"""Allocations small enough to follow by hand; the arithmetic stands beside each."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import allocate
from allocate.errors import BudgetTooSmall, LimitsClash, MoneyLeftOver

AREAS = pl.DataFrame({"id": ["A", "B", "C"], "population": [100, 100, 200], "baseline": [900, 1_100, 2_600]})
"""£9, £11 and £13 a head."""


def amounts(rules: Any, budget: Any, frame: pl.DataFrame = AREAS, **options: Any) -> list[float]:
    result = allocate.solve(frame, rules, budget=budget, **options)
    return [float(each) for each in result.areas["allocation"]]


def book(*rules: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"title": "By hand", "rules": list(rules), **keys}


def test_the_lowest_is_raised_first() -> None:
    # £100 lifts A from £9 to £10 a head.
    assert amounts("level-up", 4_700) == [1_000, 1_100, 2_600]


def test_then_the_lowest_two_together() -> None:
    # £200 lifts A to £11; £200 more lifts A and B (200 people) to £12.
    assert amounts("level-up", 5_000) == [1_200, 1_200, 2_600]


def test_then_everybody() -> None:
    # £600 lifts A and B to £13, where C is; £400 more is £1 for each of 400 people: £14.
    assert amounts("level-up", 5_600) == [1_400, 1_400, 2_800]


def test_a_cap_stops_one_and_the_rest_go_on() -> None:
    # A may grow by 10% to £990. Of £300, £210 is left for B: £13.10 a head is above C's £13,
    # so B stops at £13 (£200) and the last £10 lifts B and C, 300 people, by 3⅓p each.
    cap = {"name": "at most 10%", "cap": "baseline * 1.1", "where": "id = 'A'"}
    assert amounts(book(cap), 4_900) == [990, 1_303.33, 2_606.67]


def test_a_floor_comes_first() -> None:
    # C is promised 2% (£52); the £48 left lift A.
    floor = {"name": "at least 2%", "floor": "baseline * 1.02", "where": "id = 'C'"}
    assert amounts(book(floor), 4_700) == [948, 1_100, 2_652]


def test_set_is_a_floor_and_a_cap() -> None:
    fixed = {"name": "fixed", "set": "1_234.565", "where": "id = 'B'"}
    assert amounts(book(fixed), 4_900)[1] == 1_234.57  # half up, as Excel rounds


def test_a_rule_on_growth_adds_to_the_baseline() -> None:
    growth = {"name": "£50 each", "floor": "50", "of": "growth"}
    assert amounts(book(growth), 4_750) == [950, 1_150, 2_650]


def test_the_baseline_outranks_a_cap_and_a_set_amount() -> None:
    result = allocate.solve(
        AREAS,
        book({"name": "low cap", "cap": "1_000"}, share_out=[{"name": "all", "pro_rata": "population"}]),
        budget=4_650,
    )
    assert [float(each) for each in result.areas["allocation"]] == [950, 1_100, 2_600]
    assert result.summary.held == {"low cap": 2}
    assert "outranks" in str(result.explain("B"))
    assert "outranks" not in str(result.explain("A"))
    assert amounts(book({"name": "cut", "set": "500", "where": "id = 'C'"}), 4_600)[2] == 2_600


def test_pro_rata_shares_in_proportion() -> None:
    # £400 over 400 people.
    assert amounts("fair-share-growth", 5_000) == [1_000, 1_200, 2_800]


def test_universal_then_level_up() -> None:
    # 40% of £500 is 50p for each of 400 people: £950, £1,150, £2,700. The £300 left lifts A by £200 to
    # £11.50, where B is, and then both to £12.00.
    assert amounts("universal-then-level-up", 5_100) == [1_200, 1_200, 2_700]


def test_the_universal_share_can_be_set() -> None:
    assert amounts("universal-then-level-up", 5_000, parameters={"universal_share": "100%"}) == [
        1_000,
        1_200,
        2_800,
    ]


def test_close_the_gap_shares_by_shortfall() -> None:
    # £4,600 over 400 people is £11.50: A is £250 short, B £50. £150 closes half of both gaps.
    assert amounts("close-the-gap", 4_750) == [1_025, 1_125, 2_600]


def test_close_the_gap_leaves_what_would_lift_above_target() -> None:
    with pytest.raises(MoneyLeftOver, match="£100 of the pot cannot be placed"):
        amounts("close-the-gap", 5_000)
    result = allocate.solve(AREAS, "close-the-gap", budget=5_000, leave_unspent=True)
    assert [float(each) for each in result.areas["allocation"]] == [1_150, 1_150, 2_600]
    assert result.summary.unspent == 100_00


def test_level_up_to_stops_there_and_the_rest_goes_on() -> None:
    tranches = [
        {"name": "to £10 a head", "level_up": "population", "to": "10 * population"},
        {"name": "everybody", "pro_rata": "population"},
    ]
    # £100 lifts A to £10 a head; £400 more is £1 a head for all.
    assert amounts(book(share_out=tranches), 5_100) == [1_100, 1_200, 2_800]


def test_a_tranche_may_be_an_amount_or_a_percentage_of_what_floors_leave() -> None:
    floor = {"name": "£100 for C", "floor": "100", "of": "growth", "where": "id = 'C'"}
    tranches = [
        {"name": "half", "amount": "50%", "pro_rata": "population"},
        {"name": "£100", "amount": "100", "level_up": "population"},
        {"name": "rest", "pro_rata": "population"},
    ]
    # £900: £100 floor; half of £800 is £1 a head: 1,000 / 1,200 / 2,900; £100 lifts A to 1,100;
    # the £300 left are 75p a head.
    assert amounts(book(floor, share_out=tranches), 5_500) == [1_175, 1_275, 3_050]


@pytest.mark.parametrize("amount", ["-5", "-10%", "0 - sum(baseline)"])
def test_a_tranche_takes_nothing_back(amount: str) -> None:
    book = {"title": "T", "share_out": [{"name": "back", "amount": amount, "level_up": "population"}]}
    with pytest.raises(
        allocate.ExpressionError, match=f"{re.escape(amount)}' is negative; share out £0 or more"
    ):
        allocate.solve(AREAS, book, budget=5_000)


def test_without_a_budget_the_pot_is_what_the_floors_add_up_to() -> None:
    floor = {"name": "£12 a head", "floor": "12 * population"}
    result = allocate.solve(AREAS, book(floor))
    assert [float(each) for each in result.areas["allocation"]] == [1_200, 1_200, 2_600]
    assert result.summary.new_money == 400_00


def test_budget_by_growth() -> None:
    assert sum(amounts("level-up", {"growth": "10%"})) == 5_060


def test_the_odd_penny_goes_to_the_largest_fraction_then_the_lowest_id() -> None:
    # £1 over three equal areas: 33⅓p each, one penny over.
    even = pl.DataFrame({"id": ["c", "a", "b"], "population": [1, 1, 1], "baseline": [0, 0, 0]})
    assert amounts("level-up", 1, even) == [0.33, 0.34, 0.33]


def test_rounding_to_thousands_rounds_floors_up_and_caps_down() -> None:
    frame = pl.DataFrame({"id": ["A", "B"], "population": [1, 1], "baseline": [10_400, 20_000]})
    cap = {"name": "cap", "cap": "12_700", "where": "id = 'A'"}
    result = allocate.solve(frame, book(cap), budget=40_500, round_to=1_000)
    assert [float(each) for each in result.areas["allocation"]] == [12_000, 28_000]
    assert result.summary.rounding == 500_00


def test_published_targets_are_used_when_the_table_has_them() -> None:
    frame = AREAS.with_columns(published=pl.Series([1_000.0, 1_000.0, 2_000.0]))
    result = allocate.solve(frame, "close-the-gap", budget=4_650, columns={"target": "published"})
    assert result.areas["opening_distance"].to_list() == pytest.approx([-0.1, 0.1, 0.3])
    assert float(result.areas["allocation"][0]) == 950


def test_distance_is_money_over_target_less_one() -> None:
    # Target: 4,600 / 400 = £11.50 a head; fair share of 5,000: £12.50.
    result = allocate.solve(AREAS, "level-up", budget=5_000)
    opening, closing = result.areas["opening_distance"].to_list(), result.areas["closing_distance"].to_list()
    assert opening == pytest.approx([9 / 11.5 - 1, 11 / 11.5 - 1, 13 / 11.5 - 1])
    assert closing == pytest.approx([12 / 12.5 - 1, 12 / 12.5 - 1, 13 / 12.5 - 1])


def test_a_pot_below_the_floors_says_what_costs_how_much() -> None:
    floor = {"name": "5% for all", "floor": "baseline * 1.05"}
    with pytest.raises(BudgetTooSmall) as refused:
        amounts(book(floor), 4_700)
    text = str(refused.value)
    assert "the floors add up to £4,830, £130 more than the pot of £4,700" in text
    assert "baselines: £4,600" in text
    assert "'5% for all': £230 more" in text


def test_a_floor_above_a_cap_names_both_rules_and_the_worst_area() -> None:
    with pytest.raises(LimitsClash) as refused:
        amounts(book({"name": "much", "floor": "3_000"}, {"name": "little", "cap": "2_900"}), 20_000)
    assert "'much' is above 'little' for 3 areas" in str(refused.value)
    assert "at least £3,000 and at most £2,900" in str(refused.value)


def test_the_next_thousand_goes_where_the_level_is() -> None:
    # A and B stand level at £12 a head and share the next £1,000 until they meet C at £13 (£200);
    # the £800 left are £2 for each of 400 people: A and B gain £100 + £200, C £400.
    result = allocate.solve(AREAS, "level-up", budget=5_000)
    assert "would give it £300." in str(result.explain("A"))
    assert "would give it £400." in str(result.explain("C"))


def test_money_is_exact_at_the_edges() -> None:
    frame = pl.DataFrame({"id": ["A"], "population": [1], "baseline": ["£1,234,567.89"]})
    result = allocate.solve(frame, "level-up", budget="2_000_000.01")
    assert result.areas["baseline"].to_list() == [Decimal("1234567.89")]
    assert result.areas["allocation"].to_list() == [Decimal("2000000.01")]

"""What £1 of relaxing a rule is worth, and who gets the next £1,000: found by solving again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import FOUR
from hypothesis import given, settings
from strategies import RULES, Case, cases

import allocate
from allocate.text.say import price_sentence, small_pounds


def solved(budget: Any, *rules: dict[str, Any], **options: Any) -> allocate.Allocation:
    return allocate.solve(FOUR, {"title": "Priced", "rules": list(rules)}, budget=budget, **options)


def test_a_pound_off_a_floor_of_a_group_goes_to_the_worst_funded() -> None:
    # £100 are for the south; without them A (£1,000 with B) would rise: £1 less gives A and B 50p each.
    rule = {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"}
    result = solved(4_400, rule)
    (price,) = result.prices.to_dicts()
    assert price["rule"] == "south"
    assert price["limits"] == 1
    assert (price["from"], price["to"]) == (["place = 'south'"], ["the other areas"])
    assert price["moves"] == pytest.approx(1)
    assert price["worth"] == pytest.approx(0.5 / 100)  # £ per weighted head
    assert price_sentence(result, result.priced[0]) == (
        "£1 less would move £1 from place = 'south' to the other areas: "
        "worth £0.0050 per weighted head to the worst-funded."
    )


def test_a_pound_more_under_a_cap_that_holds_two_areas() -> None:
    # A and B may get £950 and £1,050; C and D share the rest. £1 more each: £2 come from C, or C and D.
    rule = {"name": "most", "cap": "baseline + 50", "where": "place = 'north'"}
    result = solved(4_400, rule)
    (price,) = result.prices.to_dicts()
    assert (price["limits"], price["kind"]) == (2, "cap")
    assert price["moves"] == pytest.approx(2)
    assert price["worth"] == pytest.approx(1 / 100)  # A is the worst-funded, and gets its £1
    assert "£1 more for each of the 2 areas it holds would move £2" in str(result.explain("A"))


def test_a_rule_that_does_not_bind_has_no_price() -> None:
    assert solved(4_400, {"name": "idle", "by": "place", "of": "growth", "floor": "0"}).prices.is_empty()


def test_two_rules_that_hold_the_same_areas_move_nothing_alone() -> None:
    rules = [
        {"name": "one", "across": "place = 'south'", "of": "growth", "floor": "100"},
        {"name": "two", "across": "id in ('C', 'D')", "of": "growth", "floor": "100"},
    ]
    result = solved(4_400, *rules)
    assert result.prices["worth"].to_list() == [0, 0]
    assert "£1 less would move nothing" in price_sentence(result, result.priced[0])


def test_prices_are_those_of_a_pound_whatever_the_rounding_unit() -> None:
    rule = {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"}
    (price,) = solved(4_400, rule, round_to=10).prices.to_dicts()
    assert price["moves"] == pytest.approx(1)
    assert price["worth"] == pytest.approx(0.5 / 100)


def test_prices_are_in_the_json() -> None:
    rule = {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"}
    data = solved(4_400, rule).to_dict()
    assert data["prices"][0]["rule"] == "south"
    assert data["next_1000"] == {"A": 325.0, "B": 325.0, "C": 125.0 + 0, "D": 225.0} or sum(
        data["next_1000"].values()
    ) == pytest.approx(1_000)


def test_the_next_thousand_goes_to_the_worst_funded() -> None:
    # £1,000 and £1,000 at £10 a head, C at £1,100 and D at £1,200: £1,000 more lift all four to £13.25.
    result = solved(4_300)
    assert result.next_gains is not None
    assert result.next_gains.tolist() == [325_00, 325_00, 225_00, 125_00]
    story = str(result.explain("C"))
    assert (
        "One more £1,000 in the pot would give it £225. It would go to 4 areas, the most to A: £325." in story
    )


def test_a_thousand_that_cannot_be_placed_says_so() -> None:
    result = solved(4_300, {"name": "most", "cap": "1_200"})
    assert result.next_gains is None
    assert result.to_dict()["next_1000"] is None


@given(cases())
@settings(max_examples=60)
def test_relaxing_a_rule_that_binds_never_hurts_the_worst_funded(case: Case) -> None:
    result = case.solve(RULES)
    for price in result.priced:
        assert price.worth >= -1e-9
        assert abs(price.gains.sum()) <= 1 + 0.1 * price.gains.size  # what one loses another gains


@given(cases())
@settings(max_examples=40)
def test_the_next_thousand_adds_up(case: Case) -> None:
    gains = case.solve(RULES).next_gains
    if gains is not None:
        assert int(np.sum(gains)) == 100_000


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "£0"), (0.5, "£0.50"), (1_234.5, "£1,234.50"), (0.0000039, "£0.0000039"), (-0.002, "£-0.0020")],
)
def test_small_amounts_show_two_figures(value: float, written: str) -> None:
    assert small_pounds(value) == written

"""Rules with a priority give way if not all can hold: the softest first, no further than they must."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR
from hypothesis import given, settings
from hypothesis import strategies as st

import allocate
from allocate.errors import BudgetTooSmall, DocumentError, LimitsClash, RulesCannotHold

ALL_PLUS_50 = {"name": "guarantee", "of": "growth", "floor": "50"}
NORTH_PLUS_100 = {"name": "north", "across": "place = 'north'", "of": "growth", "floor": "100"}


def solved(budget: Any, *rules: dict[str, Any], **options: Any) -> allocate.Allocation:
    return allocate.solve(FOUR, {"title": "Soft", "rules": list(rules)}, budget=budget, **options)


def gains(result: allocate.Allocation) -> list[float]:
    return [float(each) for each in result.areas["gain"]]


def test_guarantees_that_cannot_be_afforded_are_scaled_together() -> None:
    # £200 are guaranteed and £100 are there: half of each.
    result = solved(4_300, ALL_PLUS_50 | {"if_unaffordable": "scale"})
    assert gains(result) == [25, 25, 25, 25]
    (gave,) = result.gave_way
    assert (gave.strength, gave.short) == (pytest.approx(0.5), 100_00)
    assert result.summary.gave_way == {"guarantee": pytest.approx(0.5)}
    assert result.to_dict()["gave_way"][0]["short_pence"] == 100_00
    assert "'guarantee' gave way: 50.0000% of it could be met, £100 less than in full" in str(
        result.explain("A")
    )


def test_rules_of_one_priority_are_scaled_by_one_factor() -> None:
    twice = {"name": "more for D", "of": "growth", "floor": "150", "where": "id = 'D'"}
    # £50 for A to C and £150 for D are £300; £60 are there: a fifth.
    result = solved(4_260, *(rule | {"if_unaffordable": "scale"} for rule in (ALL_PLUS_50, twice)))
    assert gains(result) == [10, 10, 10, 30]


def test_what_can_be_afforded_is_not_scaled() -> None:
    result = solved(4_500, ALL_PLUS_50 | {"if_unaffordable": "scale"})
    assert result.gave_way == ()
    assert min(gains(result)) == 50


def test_the_softest_gives_way_first_and_alone_if_that_is_enough() -> None:
    # £200 for all and £100 for the north, which has them: £200 in all. £150 are there.
    rules = [ALL_PLUS_50 | {"priority": 2}, NORTH_PLUS_100 | {"priority": 1}]
    result = solved(4_350, *rules)
    assert {name: round(left, 9) for name, left in result.summary.gave_way.items()} == {"guarantee": 0.5}
    assert gains(result)[2:] == [25, 25]
    assert sum(gains(result)[:2]) == 100


def test_the_next_gives_way_only_when_the_softest_is_gone() -> None:
    rules = [ALL_PLUS_50 | {"priority": 2}, NORTH_PLUS_100 | {"priority": 1}]
    result = solved(4_260, *rules)
    assert {name: round(left, 9) for name, left in result.summary.gave_way.items()} == {
        "guarantee": 0,
        "north": 0.6,
    }
    assert "'guarantee' gave way entirely" in str(result.explain("C"))
    assert "north" not in str(result.explain("C"))


def test_a_soft_rule_that_is_not_in_the_way_stays_whole() -> None:
    clash = [
        {"name": "much", "across": "place = 'south'", "floor": "3_000"},
        {"name": "little", "across": "id in ('C', 'D')", "cap": "2_900", "priority": 1},
    ]
    result = solved(10_000, *clash, ALL_PLUS_50 | {"priority": 9})
    assert list(result.summary.gave_way) == ["little"]


def test_a_cap_gives_way_above_the_baseline() -> None:
    # Caps allow £40 of growth; £200 are to be placed. They rise to £50 each, 1.25 times as much.
    result = solved(
        4_400, {"name": "slowly", "cap": "baseline + 40", "of": "allocation", "priority": 1}, NO_HIGH
    )
    assert gains(result) == [50, 50, 50, 50]
    assert result.summary.gave_way == {"slowly": pytest.approx(0.8)}
    said = "'slowly' gave way: its caps are 1.25 times as far above the baselines"
    assert said in str(result.explain("A"))


NO_HIGH = {"name": "nothing", "floor": "0"}


def test_money_may_be_left_instead_of_raising_soft_caps() -> None:
    result = solved(4_400, {"name": "slowly", "cap": "baseline + 40", "priority": 1}, leave_unspent=True)
    assert result.summary.gave_way == {}
    assert result.summary.unspent == 40_00


def test_a_ratio_gives_way() -> None:
    parity = {"name": "parity", "across": "place = 'north'", "compared_with": "place = 'south'", "floor": "1"}
    result = solved(4_300, parity | {"priority": 1})
    # The north can have £2,000 at the most, 2,000 / 2,300 of the south's.
    assert result.summary.gave_way == {"parity": pytest.approx(2_000 / 2_300, abs=1e-5)}
    assert gains(result) == [100, 0, 0, 0]


def test_what_may_not_give_way_still_clashes_and_says_what_has_gone() -> None:
    hard = {"name": "hard", "floor": "baseline * 1.1"}
    with pytest.raises(BudgetTooSmall) as refused:
        solved(4_300, hard, ALL_PLUS_50 | {"priority": 1})
    text = str(refused.value)
    assert "the floors add up to £4,620" in text
    assert "'guarantee' has given way already, which is not enough" in text


def test_soft_rules_that_contradict_each_other_give_way_without_a_budget() -> None:
    rules = [
        {"name": "high", "floor": "1_500", "where": "id = 'A'"},
        {"name": "low", "cap": "1_200", "where": "id = 'A'"},
    ]
    with pytest.raises(LimitsClash, match="lower the floor or raise the cap"):
        solved(None, *rules)
    result = solved(None, rules[0] | {"priority": 1}, rules[1])
    assert gains(result)[0] == 300


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"cap": "1", "if_unaffordable": "scale"}, "'if_unaffordable' is for guarantees"),
        ({"floor": "1", "if_unaffordable": "shrink"}, "must be 'scale'"),
        ({"floor": "1", "priority": 0}, "must be a whole number from 1 to 9999"),
        ({"floor": "1", "priority": 1.5}, "must be a whole number from 1 to 9999"),
    ],
)
def test_what_the_format_refuses(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        solved(4_400, {"name": "wrong"} | keys)


@given(
    st.lists(st.integers(0, 200), min_size=4, max_size=4),
    st.lists(st.integers(0, 300), min_size=4, max_size=4),
    st.integers(0, 60_000),
)
@settings(max_examples=60)
def test_nobody_loses_and_no_more_gives_way_than_must(
    first: list[int], second: list[int], pence: int
) -> None:
    frame = FOUR.with_columns(first=pl.Series(first), second=pl.Series(second))
    rules = [
        {"name": "first", "of": "growth", "floor": "first", "priority": 1},
        {"name": "second", "of": "growth", "floor": "second", "priority": 2},
    ]
    result = allocate.solve(frame, {"title": "Soft", "rules": rules}, budget={"new_money": pence / 100})
    left = {each.rule: each.strength for each in result.gave_way}
    needs = [np.array(first) * left.get(0, 1.0), np.array(second) * left.get(1, 1.0)]
    assert (result.gains + 1 >= np.maximum(*needs) * 100).all()
    if 0 in left:
        assert left.get(1, 1.0) == 0 or sum(second) == 0 or np.maximum(*needs).sum() * 100 >= pence - 8
    if left:
        spare = pence - np.maximum(*needs).sum() * 100
        assert spare < 8  # pence: what rounding each floor up may leave


def test_without_priorities_nothing_gives_way() -> None:
    with pytest.raises(RulesCannotHold):
        solved(4_300, ALL_PLUS_50)

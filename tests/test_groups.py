"""Rules for groups of areas: places, deprivation fifths, ring-fences, alone, nested and overlapping."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Problem, leximin, rows_of

import allocate
from allocate.errors import (
    BudgetTooSmall,
    DocumentError,
    ExpressionError,
    LimitsClash,
    MoneyLeftOver,
    RulesCannotHold,
)
from allocate.money import NO_CAP
from allocate.solver.cells import find_cells
from allocate.solver.groups import GroupFill
from allocate.solver.partition import Partition

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence


def book(*rules: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"title": "Together", "rules": list(rules), **keys}


def amounts(rules: Any, budget: Any, **options: Any) -> list[float]:
    result = allocate.solve(FOUR, rules, budget=budget, **options)
    return [float(each) for each in result.areas["allocation"]]


# By hand


def test_a_floor_across_areas_is_met_and_the_rest_levels_up() -> None:
    # £200: levelling up alone gives A £150 and B £50. The south must get £100: C, the lower of its two,
    # rises by £100 to £12, where D is; the £100 left lift A to where B is.
    rule = {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"}
    assert amounts(book(rule), 4_400) == [1_000, 1_000, 1_200, 1_200]


def test_a_cap_by_place_sends_the_money_elsewhere() -> None:
    # Each place may grow by £120: A takes it to £10.20... with B: A to £10 (£100), then £10 each.
    # The £80 left go to the south: C.
    rule = {"name": "each place", "by": "place", "of": "growth", "cap": "120"}
    assert amounts(book(rule), 4_400) == [1_010, 1_010, 1_180, 1_200]


def test_overlapping_floors_are_met_together() -> None:
    rules = [
        {"name": "fifth", "across": "fifth = 2", "of": "growth", "floor": "60"},
        {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "60"},
    ]
    # £200: £60 must reach B and D, £60 C and D. What goes to D counts for both, so more is left to lift A:
    # with £40 for D, B and C get £20 each and A £120: the two lowest stand at £10.20. With less for D,
    # A would stand lower; with more, B would.
    assert amounts(book(*rules), 4_400) == [1_020, 1_020, 1_120, 1_240]


def test_a_set_total_is_exact() -> None:
    rule = {"name": "north", "across": "place = 'north'", "set": "2_000.01"}
    assert sum(amounts(book(rule), 4_400)[:2]) == pytest.approx(2_000.01)


def test_amounts_may_be_aggregates_of_the_group_and_shares_of_new_money() -> None:
    rules = [
        {"name": "pace", "by": "place", "floor": "sum(baseline) * 1.02"},
        {"name": "ring-fence", "across": "fifth = 2", "of": "growth", "floor": "0.4 * new_money"},
    ]
    result = allocate.solve(FOUR, book(*rules), budget={"new_money": 200})
    groups = result.groups
    assert groups["floor"].cast(pl.Float64).to_list() == [1_938, 2_346, 2_280]
    assert (groups["allocation"] >= groups["floor"]).all()


def test_pro_rata_goes_on_top_of_the_floors_of_groups() -> None:
    rule = {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"}
    tranche = {"name": "for all", "pro_rata": "population"}
    # The floor lifts C to £12; the £100 left are £25 for each area.
    assert amounts(book(rule, share_out=[tranche]), 4_400) == [925, 1_025, 1_225, 1_225]


def test_a_cap_stops_pro_rata_for_its_group_and_the_rest_go_on() -> None:
    rule = {"name": "north", "across": "place = 'north'", "of": "growth", "cap": "40"}
    tranche = {"name": "for all", "pro_rata": "population"}
    assert amounts(book(rule, share_out=[tranche]), 4_400) == [920, 1_020, 1_180, 1_280]


def test_the_baselines_outrank_a_cap_on_a_group() -> None:
    rule = {"name": "north", "across": "place = 'north'", "cap": "1_000"}
    result = allocate.solve(FOUR, book(rule), budget=4_250)
    assert [float(each) for each in result.areas["allocation"]] == [900, 1_000, 1_150, 1_200]
    assert any("outrank" in note for note in result.summary.notes)


def test_limits_of_groups_hold_in_whole_units() -> None:
    rule = {"name": "south", "across": "place = 'south'", "floor": "2_345"}
    assert amounts(book(rule), 4_500, round_to=10)[2:] == [1_150, 1_200]


def test_where_no_whole_units_meet_the_rules_the_run_says_so() -> None:
    # A + B = £2,100, B + C = A + C = £2,200 only if A and B get £1,050 each, which is no whole £100.
    rules = [
        {"name": "A and B", "across": "id in ('A', 'B')", "set": "2_100"},
        {"name": "B and C", "across": "id in ('B', 'C')", "set": "2_200"},
        {"name": "A and C", "across": "id in ('A', 'C')", "set": "2_200"},
    ]
    assert amounts(book(*rules), 4_500, round_to=10) == [1_050, 1_050, 1_150, 1_250]
    with pytest.raises(LimitsClash, match="no whole multiples of £100 meet 'A and B', 'B and C', 'A and C'"):
        amounts(book(*rules), 4_500, round_to=100)


def test_without_a_budget_the_pot_is_what_all_floors_cost_at_the_least() -> None:
    rules = [
        {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"},
        {"name": "fifth", "across": "fifth = 2", "of": "growth", "floor": "70"},
    ]
    # £70 for D counts for both; £30 more for C.
    result = allocate.solve(FOUR, book(*rules))
    assert [float(each) for each in result.areas["gain"]] == [0, 0, 30, 70]
    assert result.summary.new_money == 100_00


# What is said


def test_the_result_names_the_rule_that_binds() -> None:
    rule = {"name": "south first", "across": "place = 'south'", "of": "growth", "floor": "90"}
    result = allocate.solve(FOUR, book(rule), budget=4_400)
    assert result.bound_by[2] == "south first"
    assert result.summary.route == "nested"
    assert result.groups["binds"].to_list() == [True]
    story = str(result.explain("C"))
    assert "gives its 2 areas (place = 'south') at least £2,390 together" in story
    assert "The rule 'south first' holds it there" in story


def test_without_group_rules_no_programme_is_needed() -> None:
    assert allocate.solve(FOUR, "level-up", budget=4_400).summary.route == "closed form"


def test_too_small_a_budget_says_how_much_more_and_which_rule_could_give() -> None:
    rules = [
        {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"},
        {"name": "north", "across": "place = 'north'", "of": "growth", "floor": "150"},
    ]
    with pytest.raises(BudgetTooSmall) as refused:
        amounts(book(*rules), 4_400)
    text = str(refused.value)
    assert "need £4,450, £50 more than the pot of £4,400; raise the budget to £4,450" in text
    assert "'north': place = 'north' gets at least £2,050; lower it by £50" in text


def test_money_that_a_cap_on_groups_leaves_over_names_the_rule() -> None:
    rule = {"name": "slowly", "by": "place", "of": "growth", "cap": "50"}
    with pytest.raises(MoneyLeftOver, match="£100 of the pot cannot be placed: the caps 'slowly' stop it"):
        amounts(book(rule), 4_400)
    result = allocate.solve(FOUR, book(rule), budget=4_400, leave_unspent=True)
    assert result.summary.unspent == 100_00


def test_a_clash_names_only_the_rules_that_clash() -> None:
    rules = [
        {"name": "innocent", "by": "fifth", "of": "growth", "floor": "1"},
        {"name": "much", "across": "place = 'south'", "floor": "3_000"},
        {"name": "little", "across": "id in ('C', 'D')", "cap": "2_900"},
    ]
    with pytest.raises(LimitsClash) as refused:
        amounts(book(*rules), 10_000)
    text = str(refused.value)
    assert "cannot all hold, whatever the budget" in text
    assert "'much': place = 'south' gets at least £3,000; lower it by £100" in text
    assert "'little': id in ('C', 'D') gets at most £2,900; raise it by £100" in text
    assert "innocent" not in text


def test_a_floor_above_the_caps_of_its_areas_says_what_they_allow() -> None:
    rules = [
        {"name": "slowly", "cap": "baseline * 1.05"},
        {"name": "fast", "by": "place", "floor": "sum(baseline) * 1.08"},
    ]
    with pytest.raises(LimitsClash) as refused:
        amounts(book(*rules), 10_000)
    text = str(refused.value)
    assert "'slowly': at most £4,410 for 4 areas in all; raise it by £34.50 for each area" in text
    assert "'fast': north gets at least £2,052, and 'slowly' leaves its areas at most £1,995" in text
    assert "lower it by £57 (there are more clashes)" in text


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"across": "place = 'west'", "floor": "1"}, "matches no area"),
        ({"by": "plaice", "floor": "1"}, "did you mean 'place'"),
        ({"by": "place", "floor": "baseline"}, "does not give one number"),
        (
            {"by": "known", "floor": "1"},
            "'known' is missing for A .row 2.; give the missing values, or narrow",
        ),
    ],
)
def test_group_rules_that_cannot_be_computed_say_why(rule: dict[str, Any], message: str) -> None:
    known = {"known": "case when place = 'south' then place end"}
    with pytest.raises(ExpressionError, match=message):
        amounts(book({"name": "wrong"} | rule, columns=known), 4_400)


def test_across_goes_alone() -> None:
    rule = {"name": "both", "across": "fifth = 1", "by": "place", "floor": "1"}
    with pytest.raises(DocumentError, match="'across' goes without 'by'"):
        amounts(book(rule), 4_400)


# Against an oracle: leximin by linear programmes with one variable an area


@pytest.mark.parametrize("seed", range(60))
def test_overlapping_rules_give_the_leximin_allocation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 20))
    weight = np.where(rng.random(size) < 0.05, 0.0, rng.lognormal(0, 1, size) * 100)
    weight[0] = 100.0
    lower = np.rint(np.where(weight > 0, weight, 1) * rng.uniform(30, 200, size))
    upper = np.where(rng.random(size) < 0.3, lower + np.rint(rng.exponential(3_000, size)), np.inf)
    upper = np.where(weight > 0, upper, lower)
    rules = [_random_rule(rng, lower) for _ in range(int(rng.integers(1, 4)))]
    groups = GroupFill(find_cells(size, rules, NO_CAP, int(lower.sum() * 1.5)))
    room = groups.room(lower, upper)
    if room is None or room.most - room.least < 100:
        return  # these rules contradict each other; how that is told is tested above
    pot = float(np.rint(room.least + (room.most - room.least) * rng.uniform(0.02, 0.95)))
    reached = groups.level(None, weight, lower, upper, pot).amounts
    expected = leximin(Problem(weight, lower, upper, rows_of(rules), pot))
    assert np.abs(reached - expected).max() < 1  # a penny


def _random_rule(rng: np.random.Generator, lower: Floats) -> Partition:
    count = int(rng.integers(1, 5))
    codes = rng.integers(-1 if rng.random() < 0.5 else 0, count, lower.size)
    base = np.bincount(np.where(codes < 0, count, codes), lower, count + 1)[:count]
    floor: Pence = np.where(rng.random(count) < 0.5, np.rint(base * rng.uniform(1, 1.3, count)), 0).astype(
        np.int64
    )
    cap = np.rint(np.maximum(base * rng.uniform(1, 1.6, count), floor)).astype(np.int64)
    return Partition(codes, floor, np.where(rng.random(count) < 0.4, cap, NO_CAP))


# Properties, through the whole way


@st.composite
def grouped(draw: st.DrawFn) -> tuple[pl.DataFrame, dict[str, Any], int]:
    size = draw(st.integers(2, 8))
    column = lambda values: draw(st.lists(values, min_size=size, max_size=size))  # noqa: E731
    frame = pl.DataFrame(
        {
            "id": [f"A{number:02}" for number in range(size)],
            "population": column(st.sampled_from([1.0, 100.0, 100.0, 7_213.4])),
            "baseline": [pence / 100 for pence in column(st.integers(0, 10**7))],
            "place": column(st.sampled_from(["north", "south"])),
            "fifth": column(st.integers(1, 3)),
        }
    )
    share = draw(st.integers(0, 60))
    rules = [
        {"name": "fifths", "by": "fifth", "of": "growth", "floor": f"new_money * {share} / 300"},
        {
            "name": "places",
            "by": "place",
            "of": "growth",
            "cap": f"new_money * {draw(st.integers(50, 100))} / 100",
        },
    ]
    return frame, book(*rules[: draw(st.integers(1, 2))]), draw(st.integers(1, 10**8))


@given(grouped())
@settings(max_examples=60)
def test_every_allocation_keeps_every_promise(case: tuple[pl.DataFrame, dict[str, Any], int]) -> None:
    frame, rules, pence = case
    try:
        result = allocate.solve(frame, rules, budget={"new_money": pence / 100}, leave_unspent=True)
    except RulesCannotHold:
        return
    assert (result.gains >= 0).all()
    assert int(result.amounts.sum()) + result.shared.left == result.budget
    groups = result.groups
    assert (groups["allocation"] >= groups["floor"].fill_null(0)).all()
    assert (groups["allocation"] <= groups["cap"].fill_null(10**13)).all()
    shuffled = allocate.solve(
        frame.sample(fraction=1, shuffle=True, seed=1),
        rules,
        budget={"new_money": pence / 100},
        leave_unspent=True,
    )
    moved = shuffled.areas.sort("id")["gain"].cast(pl.Float64) - result.areas["gain"].cast(pl.Float64)
    assert moved.abs().max() <= 0.011  # the penny of a tie between cells


@given(grouped())
@settings(max_examples=40)
def test_a_group_rule_that_asks_for_nothing_changes_nothing(
    case: tuple[pl.DataFrame, dict[str, Any], int],
) -> None:
    frame, _, pence = case
    idle = book({"name": "idle", "by": "place", "floor": "0", "of": "growth"})
    plain = allocate.solve(frame, budget={"new_money": pence / 100})
    programmed = allocate.solve(frame, idle, budget={"new_money": pence / 100})
    assert programmed.summary.route == "nested"
    assert (np.abs(programmed.amounts - plain.amounts) <= 1).all()


def test_the_linear_programme_prints_nothing() -> None:
    program = "import allocate; allocate.run('llr')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""

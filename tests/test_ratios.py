"""Rules that compare the money per head of two groups (parity)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR
from oracle import Problem, leximin, rows_of

import allocate
from allocate.documents.describe import rule_sentence
from allocate.documents.rulebook import Rule
from allocate.errors import BudgetTooSmall, DocumentError, ExpressionError, LimitsClash
from allocate.money import NO_CAP
from allocate.solver.cells import find_cells
from allocate.solver.groups import GroupFill
from allocate.solver.partition import Ratio
from allocate.solver.proof import check_ratios

AREAS = FOUR.with_columns(adults=pl.Series([80, 50, 80, 50]))


def amounts(rule: dict[str, Any], budget: Any, **options: Any) -> list[float]:
    book = {"title": "Parity", "rules": [{"name": "parity"} | rule]}
    return [float(each) for each in allocate.solve(AREAS, book, budget=budget, **options).areas["allocation"]]


def test_a_group_gets_at_least_as_much_a_head_as_the_average() -> None:
    # £300: levelling up alone gives A £200 and B £100: all £11.00 but D's £12, so fifth 1 would have £11 a
    # head and everyone £11.25. With £2,250 of £4,500 fifth 1 stands at the average: A and C at £11.25; B
    # gets what is left of £2,250 for fifth 2, £1,050.
    assert amounts({"across": "fifth = 1", "compared_with": "everyone", "floor": "100%"}, 4_500) == [
        1_125,
        1_050,
        1_125,
        1_200,
    ]


def test_one_group_is_compared_with_another() -> None:
    # The north must get 95% of the south's: all new money goes to it, and the south cannot fall: £2,185.
    assert amounts(
        {"across": "place = 'north'", "compared_with": "place = 'south'", "floor": "95%"}, {"new_money": 300}
    ) == [1_100, 1_100, 1_100, 1_200]
    with pytest.raises(BudgetTooSmall, match="need £4,485, £85 more than the pot of £4,400"):
        amounts({"across": "place = 'north'", "compared_with": "place = 'south'", "floor": "95%"}, 4_400)


def test_heads_are_not_negative() -> None:
    rule = {"across": "fifth = 1", "compared_with": "everyone", "per": "adults - 60", "floor": "60%"}
    with pytest.raises(ExpressionError, match="'adults - 60' is negative for some areas; compare money per"):
        amounts(rule, 4_400)


def test_a_story_tells_only_of_comparisons_that_the_area_is_in() -> None:
    rule = {"name": "parity", "across": "fifth = 1", "compared_with": "everyone", "floor": "98%"}
    result = allocate.solve(AREAS, {"title": "T", "rules": [rule]}, budget=4_500)
    assert "'parity' gives its 2 areas (fifth = 1) at least" in str(result.explain("A"))
    assert "'parity'" not in str(result.explain("B"))


def test_each_group_of_a_column_is_compared() -> None:
    # No place may get more than 104% of the average a head: at £4,800 that is £2,496 for two of four areas.
    # Levelling up would give all £12: within it.
    assert amounts({"by": "place", "compared_with": "everyone", "cap": "104%"}, 4_800) == [1_200] * 4


def test_heads_are_what_per_says() -> None:
    # Fifth 1 has 160 adults, fifth 2 has 100. At £4,400 an adult of fifth 1 gets at least 60% of what one of
    # fifth 2 gets: F1 ≥ 0.6 · 1.6 · F2 = 0.96 F2. Levelling up gives £2,150 and £2,250: £2,160 is more, so
    # F1 = 0.96 · (4,400 - F1), £2,155.10.
    found = amounts(
        {"across": "fifth = 1", "compared_with": "fifth = 2", "floor": "60%", "per": "adults"}, 4_400
    )
    assert sum(found[::2]) == pytest.approx(4_400 * 0.96 / 1.96, abs=0.01)


def test_growth_may_be_compared_instead() -> None:
    rule = {"across": "fifth = 1", "compared_with": "fifth = 2", "of": "growth", "floor": "3"}
    found = amounts(rule, {"new_money": 400})
    # £300 and £100: three times the growth a head. Within fifth 1 £300 lift A and C to £11.50.
    assert found == [1_150, 1_100, 1_150, 1_200]


def test_a_set_ratio_is_met_to_a_unit() -> None:
    rule = {"across": "fifth = 1", "compared_with": "fifth = 2", "set": "97%"}
    found = amounts(rule, 4_500)
    assert sum(found[::2]) - 0.97 * sum(found[1::2]) == pytest.approx(0, abs=0.01)


def test_the_result_says_what_the_group_must_get_and_that_it_binds() -> None:
    rule = {"name": "parity", "across": "fifth = 1", "compared_with": "everyone", "floor": "100%"}
    result = allocate.solve(AREAS, {"title": "Parity", "rules": [rule]}, budget=4_500)
    (row,) = result.groups.to_dicts()
    assert row["group"] == "fifth = 1 (compared with everyone)"
    assert (float(row["floor"]), float(row["allocation"]), row["binds"]) == (2_250, 2_250, True)
    assert result.bound_by[0] == "parity"
    story = str(result.explain("A"))
    assert "gives its 2 areas (fifth = 1) at least 100% of the money per weighted head of everyone" in story
    # £1 less for fifth 1 goes to B, the lowest: 1p a head for 100 people.
    (price,) = result.prices.to_dicts()
    assert price["worth"] == pytest.approx(0.01)
    assert (price["from"], price["to"]) == (["fifth = 1"], ["the other areas"])


def test_a_clash_of_ratios_says_so() -> None:
    rules = [
        {"name": "more", "across": "fifth = 1", "compared_with": "everyone", "floor": "110%"},
        {"name": "less", "across": "fifth = 1", "compared_with": "everyone", "cap": "90%"},
    ]
    with pytest.raises(LimitsClash) as refused:
        allocate.solve(AREAS, {"title": "Clash", "rules": rules}, budget=10_000)
    text = str(refused.value)
    assert "'more': a head of fifth = 1 gets at least 110% of what a head of everyone gets" in text
    assert "'less': a head of fifth = 1 gets at most 90% of what a head of everyone gets" in text


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (
            {"compared_with": "everyone", "floor": "1"},
            DocumentError,
            "'compared_with' goes with 'by' or 'across'",
        ),
        (
            {"across": "fifth = 1", "per": "adults", "floor": "1"},
            DocumentError,
            "'per' goes with 'compared_with'",
        ),
        (
            {"across": "fifth = 1", "compared_with": "fifth = 9", "floor": "1"},
            ExpressionError,
            "'fifth = 9' matches no area",
        ),
        (
            {"across": "fifth = 1", "compared_with": "everyone", "floor": "-1"},
            ExpressionError,
            "'-1' is negative",
        ),
        (
            {"across": "fifth = 1", "compared_with": "everyone", "floor": "1", "per": "adult"},
            ExpressionError,
            "did you mean 'adults'",
        ),
        (
            {"across": "fifth = 1", "compared_with": "everyone", "floor": "1", "per": "adults * 0"},
            ExpressionError,
            "counts no heads for everyone",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(rule: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        amounts(rule, 4_400)


@pytest.mark.parametrize("seed", range(40))
def test_ratios_give_the_leximin_allocation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 12))
    weight = rng.lognormal(0, 1, size) * 100
    lower = np.rint(weight * rng.uniform(30, 200, size))
    inside, against = rng.random(size) < 0.4, rng.random(size) < 0.6
    inside[0] = against[-1] = True
    share = float(lower[inside].sum() / lower[against].sum()) * rng.uniform(0.9, 1.3)
    floor, cap = (0.0, np.inf) if seed % 2 else (-np.inf, float(rng.integers(0, 20_000)))
    ratio = Ratio(inside, against, share, floor, cap)
    endless, pot = np.full(size, np.inf), float(np.rint(lower.sum() * rng.uniform(1.2, 3)))
    groups = GroupFill(find_cells(size, [], NO_CAP, int(pot), [ratio]))
    room = groups.room(lower, endless)
    if room is None or room.most < pot:
        return
    reached = groups.level(None, weight, lower, endless, pot).amounts
    expected = leximin(Problem(weight, lower, endless, rows_of([], [ratio]), pot))
    assert np.abs(reached - expected).max() < 1  # a penny


def test_the_proof_is_exact() -> None:
    ratio = Ratio(np.array([True, False]), np.array([False, True]), 1 / 3, 0.0, np.inf)
    assert check_ratios(np.array([100, 300]), [ratio]) == []
    assert check_ratios(np.array([99, 300]), [ratio])
    assert Fraction(1 / 3) < Fraction(1, 3)  # the float, which is what is checked


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "together get at least 98% of what everyone gets, per weighted head"),
        ({"of": "growth"}, "together grow by at least 98% of what everyone grows by, per weighted head"),
        (
            {"compared_with": "fifth = 2", "per": "population", "priority": 2},
            "get at least 98% of what the areas where fifth = 2 get, per head;"
            " if not all rules can hold it gives way (priority 2, the highest first)",
        ),
    ],
)
def test_a_comparison_is_told_in_a_sentence(keys: dict[str, Any], sentence: str) -> None:
    given = {"name": "parity", "across": "fifth = 1", "compared_with": "everyone", "floor": "98%"} | keys
    assert sentence in rule_sentence(Rule.model_validate(given))

"""Three ways of sharing out: each where it applies, and all to the same penny."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR
from hypothesis import given, settings
from hypothesis import strategies as st

import allocate
from allocate.documents.scenario import ROUTES
from allocate.errors import InputError, RulesCannotHold
from allocate.money import NO_CAP
from allocate.solver.forest import plant
from allocate.solver.partition import Partition

SHARES_OUT: list[Any] = [
    None,
    [
        {"name": "all", "amount": "40%", "pro_rata": "population"},
        {"name": "up", "level_up": "weighted_population"},
    ],
    [
        {"name": "to", "amount": "30%", "level_up": "population", "to": "fair_share"},
        {"name": "on", "pro_rata": "weighted_population"},
    ],
    [
        {"name": "short", "amount": "70%", "least_shortfall": "priority"},
        {"name": "up", "level_up": "population"},
    ],
]
SHAPES = {
    "areas": [{"name": "most", "cap": "baseline * 1.5 + 1_000"}],
    "nested": [
        {"name": "most", "cap": "baseline * 1.5 + 1_000"},
        {"name": "places", "by": "place", "of": "growth", "floor": "new_money * {low} / 300"},
        {"name": "parts", "by": "part", "of": "growth", "cap": "new_money * {high} / 100"},
        {
            "name": "ones",
            "by": "part",
            "where": "fifth = 1",
            "of": "growth",
            "floor": "new_money * {low} / 999",
        },
    ],
    "overlapping": [
        {"name": "places", "by": "place", "of": "growth", "floor": "new_money * {low} / 400"},
        {"name": "fifths", "by": "fifth", "of": "growth", "cap": "new_money * {high} / 100"},
    ],
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[pl.DataFrame, dict[str, Any], dict[str, Any]]:
    """Areas in parts in places, in fifths across them; rules of every shape; every method."""
    size = draw(st.integers(1, 12))
    column = lambda values: draw(st.lists(values, min_size=size, max_size=size))  # noqa: E731
    places = column(st.sampled_from(["n", "s", "e"]))
    frame = pl.DataFrame(
        {
            "id": [f"A{number:02}" for number in range(size)],
            "population": column(st.sampled_from([1.0, 100.0, 100.0, 7_213.4])),
            "need": column(st.sampled_from([1e-3, 0.5, 1.0, 1.0, 3.0])),
            "baseline": [pence / 100 for pence in column(st.integers(0, 10**7))],
            "place": places,
            "part": [place + str(draw(st.integers(1, 2))) for place in places],
            "fifth": column(st.integers(1, 3)),
            "priority": column(st.sampled_from([0, 1, 1, 2])),
        }
    )
    shape = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    low, high = draw(st.integers(0, 60)), draw(st.integers(40, 100))
    rules = [{key: str(value).format(low=low, high=high) for key, value in rule.items()} for rule in shape]
    book: dict[str, Any] = {"title": "Any", "need": {"index": "need"}, "rules": rules}
    if (share_out := draw(st.sampled_from(SHARES_OUT))) is not None:
        book["share_out"] = share_out
    unit = draw(st.sampled_from(["0.01", "0.01", "1", "100"]))
    options = {"budget": {"new_money": draw(st.integers(1, 10**8)) / 100}, "round_to": unit}
    return frame, book, options | {"leave_unspent": True}


def by_route(frame: pl.DataFrame, book: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """What each route that applies gives: pence, or the message of rules that cannot hold."""
    found: dict[str, Any] = {}
    for route in ROUTES:
        try:
            found[route] = allocate.solve(frame, book, route=route, **options).amounts.tolist()
        except RulesCannotHold as error:
            found[route] = type(error)
        except InputError as error:
            assert "route" in str(error)  # noqa: PT017 - which routes apply is what is asked here
    return found


@given(cases())
@settings(max_examples=150)
def test_routes_agree_to_the_penny_wherever_they_apply(
    case: tuple[pl.DataFrame, dict[str, Any], dict[str, Any]],
) -> None:
    results = list(by_route(*case).values())
    assert all(each == results[0] for each in results)


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_areas_does_not_matter(
    case: tuple[pl.DataFrame, dict[str, Any], dict[str, Any]], random: Any
) -> None:
    frame, book, options = case
    order = list(range(frame.height))
    random.shuffle(order)
    try:
        straight = allocate.solve(frame, book, **options)
    except RulesCannotHold:
        return
    shuffled = allocate.solve(frame[order], book, **options)
    assert shuffled.amounts.tolist() == straight.amounts[order].tolist()


@given(cases())
@settings(max_examples=100)
def test_every_promise_is_kept(case: tuple[pl.DataFrame, dict[str, Any], dict[str, Any]]) -> None:
    frame, book, options = case
    try:
        result = allocate.solve(frame, book, **options)
    except RulesCannotHold:
        return
    unit = round(float(options["round_to"]) * 100)
    assert (result.gains >= 0).all()
    assert (result.amounts % unit == 0).all()
    assert int(result.amounts.sum()) + result.shared.left + result.rounding == result.budget
    groups = result.groups
    assert (groups["allocation"] >= groups["floor"].fill_null(0)).all()
    assert (groups["allocation"] <= groups["cap"].fill_null(10**13)).all()


FIFTHS = {"name": "fifths", "by": "fifth", "floor": "0"}
PLACES = {"name": "places", "by": "place", "floor": "0"}
PARITY = {"name": "parity", "across": "fifth = 1", "compared_with": "everyone", "floor": "50%"}
PRIORITY = [{"name": "short", "least_shortfall": "1"}]


@pytest.mark.parametrize(
    ("rules", "share_out", "route"),
    [
        ([], None, "closed form"),
        ([], PRIORITY, "closed form"),
        ([PLACES], None, "nested"),
        ([PLACES], PRIORITY, "linear programme"),
        ([PLACES, FIFTHS], None, "linear programme"),
        ([PARITY], None, "linear programme"),
    ],
)
def test_the_simplest_route_that_does_is_taken(rules: list[Any], share_out: Any, route: str) -> None:
    book = {"title": "Route", "rules": rules} | ({"share_out": share_out} if share_out else {})
    result = allocate.solve(FOUR, book, budget=4_400)
    assert result.summary.route == route
    assert result.to_dict()["summary"]["route"] == route


@pytest.mark.parametrize(
    ("rules", "share_out", "route", "why"),
    [
        ([PLACES], None, "closed form", "some rules tie areas together"),
        ([PLACES, FIFTHS], None, "nested", "some of these overlap"),
        ([PARITY], None, "nested", "some rules compare two groups"),
        ([PLACES], PRIORITY, "nested", "a tranche has least_shortfall"),
        ([], None, "nesting", "there is no route 'nesting'; did you mean 'nested'?"),
    ],
)
def test_a_route_that_does_not_apply_is_refused(
    rules: list[Any], share_out: Any, route: str, why: str
) -> None:
    book = {"title": "Route", "rules": rules} | ({"share_out": share_out} if share_out else {})
    with pytest.raises(InputError, match=why.replace("?", r"\?")):
        allocate.solve(FOUR, book, budget=4_400, route=route)


def partition(*codes: int) -> Partition:
    count = max(codes) + 1
    return Partition(np.array(codes), np.zeros(count, dtype=np.int64), np.full(count, NO_CAP))


def test_groups_in_groups_are_a_tree_whatever_the_order_of_the_rules() -> None:
    practices, parts, places = partition(0, 1, 2, -1), partition(0, 0, 1, -1), partition(0, 0, 0, 1)
    for rules in ([practices, parts, places], [places, practices, parts], [parts, places, practices]):
        forest = plant(4, rules, NO_CAP)
        assert forest is not None
        assert forest.size == 8
        chain = [int(forest.node_of[0])]
        while chain[-1] != forest.size - 1:
            chain.append(int(forest.parent[chain[-1]]))
        assert len(chain) == 4  # its practice, its part, its place and everybody


def test_overlapping_groups_are_no_tree() -> None:
    assert plant(4, [partition(0, 0, 1, 1), partition(0, 1, 1, 0)], NO_CAP) is None


def test_groups_that_lie_in_each_other_both_ways_are_no_tree() -> None:
    # Group 0 of the first lies in group 0 of the second, and group 1 of the second in group 1 of the first.
    assert plant(4, [partition(0, -1, 1, 1), partition(0, 0, 1, -1)], NO_CAP) is None

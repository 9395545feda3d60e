"""Rules that cannot all hold: the smallest set that clashes, and the smallest changes that would do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR, make_scenario, problems_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import allocate
from allocate.documents.policy import load_policy
from allocate.documents.scenario import Scenario
from allocate.errors import BudgetTooSmall, LimitsClash, MoneyLeftOver, RulesCannotHold
from allocate.files.sheet import Table
from allocate.limits.giving import Give
from allocate.prepared import prepare
from allocate.sharing.area_clashes import least_change
from allocate.sharing.routes import fits
from allocate.solver.breaking import least_change as least_change_of_row
from allocate.solver.programme import Programme

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.funding import Funded


def refused(budget: Any, *rules: dict[str, Any], **options: Any) -> RulesCannotHold:
    with pytest.raises(RulesCannotHold) as caught:
        allocate.solve(FOUR, {"title": "Clash", "rules": list(rules)}, budget=budget, **options)
    return caught.value


def test_places_and_amounts_are_told(tmp_path: Path) -> None:
    table = "id,population,baseline,place\nA,100,1000,X\nB,200,1500,Y\nC,100,1000,X\n"
    rules = (
        "title: Clash\n"
        "rules:\n"
        "  - {name: nobody fast, cap: baseline * 1.05}\n"
        "  - {name: X grows, across: place = 'X', of: growth, floor: 150}\n"
        "  - {name: unconcerned, across: place = 'Y', of: growth, floor: 10}\n"
    )
    assert problems_of(allocate.run, make_scenario(tmp_path, table, rules)) == [
        "these rules cannot all hold, whatever the budget",
        "book.yaml:3:12:   'nobody fast': at most £3,675 for 3 areas in all;"
        " raise it by £25 for each area and the rest can hold",
        "book.yaml:4:12:   'X grows': place = 'X' gets at least £2,150, and 'nobody fast' leaves its areas"
        " at most £2,100; lower it by £50 and the rest can hold",
    ]


def test_a_rule_without_which_the_others_still_clash_is_not_named(tmp_path: Path) -> None:
    table = "id,population,baseline,place,fifth\nA,100,0,X,1\nB,100,0,X,2\n"
    rules = (
        "title: Clash\n"
        "rules:\n"
        "  - {name: nobody fast, cap: baseline + 2}\n"
        "  - {name: places, by: place, of: growth, floor: 4}\n"
        "  - {name: fifths, by: fifth, of: growth, cap: 1}\n"
    )
    said = " ".join(problems_of(allocate.run, make_scenario(tmp_path, table, rules)))
    assert "'places': " in said
    assert "'fifths': " in said
    assert "nobody fast" not in said


def test_only_rules_that_clash_are_named_the_cheapest_first() -> None:
    error = refused(
        4_300,
        {"name": "everybody", "floor": "baseline + 20"},
        {"name": "south", "across": "place = 'south'", "of": "growth", "floor": "100"},
        {"name": "odd", "across": "fifth = 1", "of": "growth", "floor": "30"},
        {"name": "roof", "cap": "5_000"},
    )
    assert isinstance(error, BudgetTooSmall)
    lines = [str(problem) for problem in error.problems]
    # £100 for C and D, £20 each for A and B; C may have all of odd's £30.
    assert lines[0] == (
        "the floors of areas and groups need £4,340, £40 more than the pot of £4,300;"
        " raise the budget to £4,340"
    )
    assert lines[1:] == [
        "  'everybody': at least £4,280 for 4 areas in all;"
        " lower it by £20 for each area and the rest can hold",
        "  'south': place = 'south' gets at least £2,400; lower it by £40 and the rest can hold",
    ]


def test_floors_of_areas_say_what_each_adds_and_the_least_change() -> None:
    error = refused(
        4_300,
        {"name": "everybody", "floor": "baseline + 20"},
        {"name": "more for A", "floor": "1_000", "where": "id = 'A'"},
    )
    assert [str(problem) for problem in error.problems] == [
        "the floors add up to £4,360, £60 more than the pot of £4,300;"
        " raise the budget to £4,360 or lower these floors",
        "  baselines: £4,200",
        "  'everybody': £80 more; lower it by £20 for each area and the rest can hold",
        "  'more for A': £80 more; lower it by £60 for each area and the rest can hold",
    ]


def test_a_floor_above_a_cap_says_by_how_much() -> None:
    error = refused(
        9_000,
        {"name": "high", "floor": "1_500", "where": "place = 'north'"},
        {"name": "low", "cap": "baseline * 1.4"},
    )
    assert isinstance(error, LimitsClash)
    assert str(error) == (
        "'high' is above 'low' for 2 areas: A must get at least £1,500 and at most £1,260;"
        " lower the floor or raise the cap ('low') by £240, or add 'where' to one of them"
    )


def test_money_that_caps_leave_says_how_far_to_raise_them() -> None:
    error = refused(4_400, {"name": "slowly", "by": "place", "of": "growth", "cap": "50"})
    assert isinstance(error, MoneyLeftOver)
    assert "'slowly'; raise it by £50 for each group and the rest can hold" in str(error)
    error = refused(4_400, {"name": "slowly", "across": "place is not null", "of": "growth", "cap": "50"})
    assert "'slowly'; raise it by £150 and the rest can hold" in str(error)


def test_a_floor_of_a_group_that_the_share_out_leaves_out_says_so() -> None:
    places = {"name": "places", "by": "place", "floor": "sum(baseline) * 1.05"}
    north = [{"name": "north", "level_up": "case when place = 'north' then 1 else 0 end"}]
    with pytest.raises(LimitsClash) as caught:
        allocate.solve(FOUR, {"title": "Clash", "rules": [places], "share_out": north}, budget=5_000)
    assert str(caught.value) == (
        "floors of groups ask money for areas whose weight in the share-out is nought;"
        " share out by something that every area has"
    )


def test_the_command_line_ends_with_status_1(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from allocate.cli import main

    table = "id,population,baseline\nA,100,1000\nB,200,1500\n"
    rules = "title: Clash\nrules:\n  - {name: too much, across: population > 0, of: growth, floor: 1000}\n"
    scenario = make_scenario(tmp_path, table, rules)
    done = CliRunner().invoke(main, ["run", str(scenario), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "book.yaml:3:12:   'too much'" in done.stderr
    assert not (tmp_path / "out").exists()


# Whatever the rules, the changes that are told do, and smaller ones do not


def funded(rules: list[dict[str, Any]], frame: pl.DataFrame, pence: int) -> Funded:
    given = {"title": "t", "areas": "frame", "rules": ["r"], "budget": {"new_money": Decimal(pence) / 100}}
    policy = load_policy([{"title": "r", "rules": rules}], None)  # type: ignore[arg-type]
    return prepare(Scenario.model_validate(given), policy, Table(frame, "frame")).fund()


@st.composite
def clashing(draw: st.DrawFn) -> Funded:
    size = draw(st.integers(2, 6))
    frame = pl.DataFrame(
        {
            "id": [f"A{number}" for number in range(size)],
            "population": [100.0] * size,
            "baseline": [
                pence / 100 for pence in draw(st.lists(st.integers(0, 10**6), min_size=size, max_size=size))
            ],
            "place": draw(st.lists(st.sampled_from(["n", "s"]), min_size=size, max_size=size)),
            "fifth": draw(st.lists(st.integers(1, 2), min_size=size, max_size=size)),
        }
    )
    some = [
        {"name": "most", "cap": f"baseline + {draw(st.integers(0, 500))}"},
        {"name": "least", "floor": f"baseline + {draw(st.integers(0, 300))}"},
        {"name": "places", "by": "place", "of": "growth", "floor": f"{draw(st.integers(0, 2_000))}"},
        {"name": "fifths", "by": "fifth", "of": "growth", "cap": f"{draw(st.integers(0, 2_000))}"},
    ]
    rules = [rule for rule in some if draw(st.booleans())]
    return funded(rules, frame, draw(st.integers(0, 3 * 10**5)))


def test_the_least_change_is_right_to_the_penny_where_there_are_billions() -> None:
    """What a floor for all has to give is what overlapping caps keep them from; HiGHS may be a penny off."""
    random = np.random.default_rng(3)
    for cells in random.integers(3, 12, 20).tolist():
        lower = random.integers(0, 3_000_000_000, cells).astype(np.float64)
        room = random.integers(0, 90_000_000_000, cells).astype(np.float64)
        members = np.vstack([np.ones(cells), random.random((3, cells)) < 0.5])
        caps = np.array([np.inf, *np.floor(members[1:] @ (lower + 0.7 * room))])
        floors = np.array([(lower + room).sum() + 12_345_678_901, -np.inf, -np.inf, -np.inf])
        programme = Programme(lower, lower + room, members, floors, caps)
        reached = programme.only({(row, "cap") for row in (1, 2, 3)}).most(1e14)
        change = least_change_of_row(programme, 0, "floor", 1e14)
        assert reached is not None
        assert change == pytest.approx(floors[0] + reached.value, abs=0.01)


@given(clashing())
@settings(max_examples=80)
def test_the_least_change_of_a_rule_is_enough_and_a_penny_less_is_not(case: Funded) -> None:
    assume(not fits(case.measured, {}, case.pot, leave_unspent=True))
    for rule in range(len(case.measured.rules)):
        change, _ = least_change(case, rule)
        if change is None:
            assert not fits(case.measured, {rule: Give(0.0)}, case.pot, leave_unspent=True)
        else:
            assert fits(case.measured, {rule: Give(by=change)}, case.pot, leave_unspent=True)
            assert not fits(case.measured, {rule: Give(by=change - 1)}, case.pot, leave_unspent=True)


@given(clashing())
@settings(max_examples=80)
def test_the_budget_that_is_asked_for_is_enough_and_a_penny_less_is_not(case: Funded) -> None:
    try:
        case.allocate()
    except BudgetTooSmall as error:
        needed = round(
            Decimal(str(error.problems[0]).split("raise the budget to £")[1].split(" ")[0].replace(",", ""))
            * 100
        )
        assert fits(case.measured, {}, needed, leave_unspent=True)
        assert not fits(case.measured, {}, needed - 1, leave_unspent=True)
    except RulesCannotHold:
        pass


@given(clashing())
@settings(max_examples=80)
def test_without_any_rule_that_is_named_the_rest_can_hold(case: Funded) -> None:
    try:
        case.allocate()
    except LimitsClash as error:
        assume("whatever the budget" in str(error))
        named = [at for at, rule in enumerate(case.measured.rules) if f"'{rule.name}':" in str(error)]
        others = {at: Give(0.0) for at in range(len(case.measured.rules)) if at not in named}
        assert not fits(case.measured, others, 2**50, leave_unspent=True)
        for rule in named:
            assert fits(case.measured, others | {rule: Give(0.0)}, 2**50, leave_unspent=True)
    except RulesCannotHold:
        pass

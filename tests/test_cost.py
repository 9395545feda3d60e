"""What it would take to bring every area to a goal: by hand, against fractions, on real practices."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import TABLE, make_scenario, problems_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import RULES as RULES_OF_TABLE
from strategies import Case, cases

import allocate
from allocate.costing.enough import with_rule
from allocate.costing.growing import years_until
from allocate.costing.text import cost_text
from allocate.money import MOST_PENCE
from allocate.sharing.routes import fits

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.prepared import Prepared
    from allocate.solver.curve import Corners

few = settings(max_examples=20)

SHARES = st.sampled_from(["5%", "50%", "80%", "95%", "99%", "99.9%", "100%"])


def plain(case: Case) -> allocate.Allocation:
    """The case by levelling up alone, its pot the baselines."""
    book = {"title": "Level up", "need": {"index": "need"}}
    return case.having(pot=sum(case.baseline)).solve(book)


def cost(case: Case, **goal: Any) -> allocate.Cost:
    return allocate.cost(plain(case), **goal)


def money_of(call: allocate.Cost) -> Decimal:
    return Decimal(call.new_money) / 100


# --- by hand


@pytest.fixture
def three(tmp_path: Path) -> Path:
    # A and C have £10 a head for 100 people each, B £7.50 for 200: £3,500 for 400, £8.75 a head on average.
    return make_scenario(tmp_path, TABLE, "title: None\n", budget=None)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ({"end_shortfalls": True}, "250.00"),  # B to 200 · £8.75 = £1,750
        ({"within": "5%"}, "162.50"),  # B to 200 · 0.95 · £8.75 = £1,662.50
        # All at 95% of their fair share of the new pot: B at t with t · 400 = 0.95 · (2,000 + 200 t), so
        # t = 1,900 / 210 = £9.047619, and B gets £1,809.5238, £309.5238 more; rounded up to the penny.
        ({"to": "95%"}, "309.53"),
        ({"to": 1}, "500.00"),  # all at A's and C's £10 a head: only then does nobody stand above
        ({"to": "80%"}, "0.00"),  # B has 1,500 / (3,500 / 2) = 86% already
        ({"to_percentile": 90}, "500.00"),  # of £7.50, £10, £10: between the second and the third
        ({"to_percentile": "25%"}, "250.00"),  # halfway from £7.50 to £10
    ],
)
def test_a_goal_by_hand(three: Path, goal: dict[str, Any], expected: str) -> None:
    assert money_of(allocate.cost(three, **goal)) == Decimal(expected)


def test_the_curve_by_hand(three: Path) -> None:
    # At £7.50 a head nobody is below; at £10, B is: 200 people, 200 · £2.50. There it ends for good.
    found = allocate.cost(three, end_shortfalls=True)
    assert found.curve.rows() == [
        (7.5, 7.5 * 400 / 3_500, 7.5 / 8.75, Decimal("0.00"), 0, 0.0),
        (10.0, 1.0, 10 / 8.75, Decimal("500.00"), 1, 200.0),
    ]
    assert found.at(250_00) == (8.75, pytest.approx(8.75 * 400 / 3_750), 1.0, 1, 200.0)
    assert found.at(900_00).level == pytest.approx(
        11
    )  # beyond the last corner all rise together: £4,400 for 400
    assert found.for_level(11) == 900_00


def test_the_pot_is_rounded_up_to_the_unit(tmp_path: Path) -> None:
    # In whole £1,000 the baselines are £1,000, £2,000 and £1,000, £500 more. B then stands at £10 too.
    path = make_scenario(tmp_path, TABLE, "title: None\n", budget=None, round_to=1000)
    found = allocate.cost(path, to="95%")
    assert (found.new_money, found.for_level(0)) == (500_00, 500_00)
    assert found.at(1_600_00).level == 12.5  # of £5,100 only £5,000 are whole units, for 400 people
    assert problems_of(found.at, 100_00) == ["new money: 10000 pence is too little; give 50000 pence or more"]


def test_own_targets_are_what_shortfalls_are_from(tmp_path: Path) -> None:
    # Targets £1,200, £1,500, £1,100: A is £200 short, C £100. 95% of them: A £1,140, C £1,045.
    path = make_scenario(
        tmp_path, TABLE, "title: T\ntarget: 1100 + 100 * (id = 'A') + 400 * (id = 'B')\n", budget=None
    )
    found = allocate.cost(path, end_shortfalls=True)
    assert money_of(found) == 300
    assert money_of(allocate.cost(path, within="5%")) == 185
    assert found.curve["level"].null_count() == found.curve.height
    assert found.curve["target"].to_list() == pytest.approx([1000 / 1200, 1000 / 1100, 1.0])
    assert found.reached == (1.0, None, 1.0, 2, 200.0)
    assert found.by_share[Decimal("0.95")] == (None, 185_00)


def test_areas_without_people_are_not_raised_to_their_targets(tmp_path: Path) -> None:
    table = "id,population,baseline,target\nA,100,1000,1200\nB,0,500,900\n"
    path = make_scenario(
        tmp_path, table, "title: H\n", budget=None, zero_population="hold", columns={"target": "target"}
    )
    assert money_of(allocate.cost(path, end_shortfalls=True)) == 200


def test_areas_without_need_keep_money_that_counts_in_fair_shares(tmp_path: Path) -> None:
    # C has no need and keeps £1,000: A and B can have 90% of their fair share of the whole, never all of it.
    table = "id,population,baseline,need\nA,100,1000,1\nB,100,500,1\nC,100,1000,0\n"
    path = make_scenario(tmp_path, table, "title: N\nneed: {index: need}\n", budget=None)
    # Both at t per head: t · 200 = 0.9 · (1,000 + 200 t), so 200 t = £9,000: a pot of £10,000.
    assert money_of(allocate.cost(path, to="90%")) == 7_500
    assert problems_of(allocate.cost, path, to="100%") == [
        "to: no pot brings every area to its fair share: some without need keep money that counts in it; "
        "leave them out with 'where', or aim below 100%"
    ]


def test_with_no_money_today_there_is_nothing_to_level(tmp_path: Path) -> None:
    # Nobody has anything, so nobody stands above. With the rule A gets £5 and B 95% of two thirds of a pot of
    # £13.64, which £0 never grows into.
    table = "id,population,baseline\nA,100,0\nB,200,0\n"
    rules = "title: R\nrules: [{name: least, floor: 5}]\n"
    found = allocate.cost(make_scenario(tmp_path, table, rules, budget=None), to="95%", growth="3%")
    assert (found.new_money, found.new_money_with_rules) == (0, 13_64)
    assert (found.years, found.years_with_rules) == (0, None)
    text = cost_text(found)
    assert "now of 3% growth a year, all of it new money for this; never with the rules" in text
    assert "inf" not in text
    alone = allocate.cost(make_scenario(tmp_path, table, "title: None\n", budget=None), to="95%")
    assert "The cost has 1 corner; " in cost_text(alone)
    assert problems_of(alone.plot.curve) == ["no area is below its fair share: there is nothing to pay for"]


def test_targets_of_nought_are_refused(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE, "title: T\ntarget: 0\n", budget=None)
    assert problems_of(allocate.cost, path, end_shortfalls=True) == [
        "target: is nought for every area; give targets above £0"
    ]


def test_more_than_can_be_counted_is_refused_or_left_open(tmp_path: Path) -> None:
    # All at A's £10 trillion a head would take £1,000,010 trillion.
    table = "id,population,baseline\nA,1,10000000000000\nB,100000,1\n"
    path = make_scenario(tmp_path, table, "title: R\n", budget=None)
    found = allocate.cost(path, to="50%")
    assert found.by_share[Decimal("0.95")] == (None, 9_499_905_000_949_94)
    assert problems_of(allocate.cost, path, to="100%") == [
        "£10,000,000,000,000.00 per weighted head costs more than can be counted; lower the goal"
    ]


# --- against exact fractions


def exact_cost(case: Case, weight: list[Fraction], level: Fraction) -> Fraction:
    return sum(
        (max(Fraction(low), w * level) for low, w in zip(case.baseline, weight, strict=True)), Fraction(0)
    )


@given(cases())
def test_every_corner_is_exact(case: Case) -> None:
    found = cost(case, end_shortfalls=True)
    corners: Corners = found.levels.corners
    weight = [Fraction(w) for w in found.prepared.need.weighted_population.tolist()]
    expected = {Fraction(b) / w for b, w in zip(case.baseline, weight, strict=True) if w}
    assert len(corners.levels) == len({float(each) for each in expected})
    for level, money in zip(corners.levels.tolist(), corners.costs.tolist(), strict=True):
        nearest = min(expected, key=lambda each: abs(each - Fraction(level)))
        assert math.isclose(level, nearest, rel_tol=1e-15)
        assert math.isclose(money, exact_cost(case, weight, nearest), rel_tol=1e-14, abs_tol=1e-9)


@few
@given(cases(), SHARES)
def test_the_pot_for_a_share_of_the_fair_share_is_the_least(case: Case, share: str) -> None:
    try:
        found = cost(case, to=share)
        assume(found.new_money >= 0)
    except allocate.InputError:
        assume(False)
    part = Fraction(found.goal.share)
    weight = [Fraction(w) for w in found.prepared.need.weighted_population.tolist()]
    pot = found.baseline + found.new_money

    def needed(pot: Fraction) -> Fraction:
        """What all have if everybody is raised to the share of the fair share of a pot."""
        return exact_cost(case, weight, part * pot / sum(weight))

    assert needed(Fraction(pot)) <= pot + pot * Fraction(1, 10**12) + Fraction(2, 100)
    if found.new_money and part < 1:
        below = Fraction(pot) - 1 - pot * Fraction(1, 10**9)
        assert needed(below) > below


# --- what every cost must have


@few
@given(cases())
def test_more_money_reaches_a_higher_level_and_fewer_corners_are_left(case: Case) -> None:
    curve = cost(case, end_shortfalls=True).curve
    for name in ("level", "target", "fair_share"):
        assert (curve[name].diff().drop_nulls() >= -1e-12).all()
    for name in ("new_money", "areas_below", "people_below"):
        assert (curve[name].cast(pl.Float64).diff().drop_nulls() >= 0).all()


@few
@given(cases(), st.integers(0, 10**11))
def test_the_curve_inverts_the_level(case: Case, new_money: int) -> None:
    found = cost(case, end_shortfalls=True)
    level = found.at(new_money).level
    assert abs(found.for_level(level) - new_money) <= 1
    assert found.at(found.for_level(level)).level == pytest.approx(level, rel=1e-9)


@few
@given(cases(), SHARES)
def test_solving_with_the_money_reaches_the_level_and_nobody_loses(case: Case, share: str) -> None:
    try:
        found = cost(case, to=share)
        assume(found.baseline + found.new_money < MOST_PENCE // 10)
    except allocate.InputError:
        assume(False)
    assume(found.new_money > 0)
    book = {"title": "Level up", "need": {"index": "need"}}
    result = case.having(pot=found.baseline + found.new_money).solve(book)
    weight = result.prepared.need.weighted_population
    assert (result.gains >= 0).all()
    assert (result.amounts >= np.floor(weight * found.level * 100 * (1 - 1e-12)) - 1).all()
    assert result.shared.parts[0].level == pytest.approx(found.at(found.new_money).level, rel=1e-9)
    assert result.shared.parts[0].level >= found.level * (1 - 1e-12)


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_areas_does_not_matter(case: Case, random: Any) -> None:
    order = list(range(len(case.ids)))
    random.shuffle(order)
    straight, shuffled = cost(case, to="95%"), cost(case.taking(order), to="95%")
    assert straight.new_money == shuffled.new_money
    assert straight.curve.equals(shuffled.curve)


# --- with the other rules


RULES = [
    {"name": "a share for C", "across": "id = 'C'", "of": "growth", "floor": "0.4 * new_money"},
    {"name": "all grow", "floor": "baseline * 1.01"},
    {"name": "not all to B", "across": "id = 'B'", "of": "growth", "cap": "0.5 * new_money"},
    {"name": "X keeps pace", "by": "place", "of": "growth", "floor": "0.02 * sum(baseline)"},
    {"name": "parity", "across": "id = 'A'", "compared_with": "everyone", "floor": "99%"},
    {"name": "gives way", "floor": "baseline * 1.02", "where": "id = 'A'", "if_unaffordable": "scale"},
]


@given(
    st.lists(st.sampled_from(RULES), unique_by=lambda rule: rule["name"]),
    st.sampled_from(["90%", "95%", "99%"]),
)
@settings(max_examples=15)
def test_the_pot_with_rules_is_enough_and_a_penny_less_is_not(
    rules: list[dict[str, Any]], share: str
) -> None:
    frame = pl.DataFrame(
        {"id": ["A", "B", "C"], "population": [100, 200, 100], "baseline": [1000, 1500, 1000]}
    )
    frame = frame.with_columns(place=pl.Series(["X", "Y", "X"]))
    run = allocate.solve(frame, {"title": "R", "rules": rules}, budget=10_000)
    found = allocate.cost(run, to=share)
    asked = with_rule(found.prepared, found.goal.rule(found.prepared))
    try:
        pot = found.baseline + found.new_money_with_rules
    except allocate.RulesCannotHold:
        assert not any(
            can_hold(asked, int(found.baseline * times)) for times in (1.01, 1.1, 1.3, 2, 11, 1_001)
        )
        return
    assert pot >= found.baseline + found.new_money
    result = asked.allocate(pot)
    assert (result.gains >= 0).all()
    assert (result.closing_distance >= float(found.goal.share) - 1 - 1e-9).all()
    assert not can_hold(asked, pot - 1)


def can_hold(asked: Prepared, pot: int) -> bool:
    return fits(asked.fund(pot).measured, {}, pot, leave_unspent=True)


def test_rules_by_hand(tmp_path: Path) -> None:
    # B is to have 8.75 · 200 = £1,750, £250 more. 'C' gets 40% of new money, so that is 60%: £416.67 to the
    # penny, of which C gets 0.4 · 416.67 = £166.67 (rounded up), and B £250.
    rules = "title: R\nrules:\n- {name: for C, across: id = 'C', of: growth, floor: 0.4 * new_money}\n"
    path = make_scenario(tmp_path, TABLE, rules)
    found = allocate.cost(path, end_shortfalls=True, growth="3%")
    assert (found.new_money, found.new_money_with_rules) == (250_00, 416_67)
    assert (found.years, found.years_with_rules) == (
        3,
        4,
    )  # 7.1% and 11.9% more; 1.03³ is 1.0927


def test_the_curve_with_rules_by_hand(tmp_path: Path) -> None:
    # A gets £1,100 at least (£11 a head), B £1,700 (£8.50), C at most £1,050 (£10.50), so no more for all.
    # Up to £8.50 the floors cost £300; at £10 A has £1,100, B £2,000 and C £1,000, £600 more than today.
    rules = """
title: R
rules:
- {name: A, floor: 1100, where: id = 'A'}
- {name: B, floor: 1700, where: id = 'B'}
- {name: C, cap: 1050, where: id = 'C'}
"""
    curve = allocate.cost(make_scenario(tmp_path, TABLE, rules), to="90%").curve
    expected = [(7.5, 0, 300), (8.5, 200, 300), (10.0, 500, 600), (10.5, 700, 750), (11.0, 900, None)]
    assert curve.select("level", "new_money", "new_money_with_rules").rows() == expected


@given(cases())
@few
def test_the_curve_with_rules_is_what_the_rules_cost(case: Case) -> None:
    found = allocate.cost(case.solve(RULES_OF_TABLE), end_shortfalls=True)
    if "new_money_with_rules" not in found.curve.columns:
        return
    table = found.curve.drop_nulls("new_money_with_rules")
    assert (table["new_money_with_rules"] >= table["new_money"]).all()
    assert (table["new_money_with_rules"].diff().drop_nulls() >= 0).all()
    # The floors of the goal in whole pence, by the engine's own way: less than a penny an area more.
    guaranteed, level = found.levels.with_rules, found.level * 100
    if guaranteed is not None and level <= guaranteed.most * (1 - 1e-9):
        exact = guaranteed.corners.cost_at(level) - found.baseline
        assert -1 <= found.new_money_with_rules - exact <= len(case.ids) + 1


def test_a_goal_above_a_cap_clashes_and_says_with_what(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE, "title: R\nrules:\n- {name: least growth, cap: baseline * 1.05}\n")
    found = allocate.cost(path, end_shortfalls=True)
    assert found.new_money == 250_00
    first, second = str(found.clash).splitlines()
    assert first.startswith("no pot is large enough for the goal and these rules together")
    assert "'what every area is to have' is above 'least growth' for one area" in second
    with pytest.raises(allocate.RulesCannotHold):
        _ = found.new_money_with_rules


def test_a_rule_that_may_give_way_is_to_hold_in_full(tmp_path: Path) -> None:
    rule = "{name: least growth, cap: baseline * 1.05, priority: 1}"
    found = allocate.cost(make_scenario(tmp_path, TABLE, f"title: R\nrules: [{rule}]\n"), end_shortfalls=True)
    assert "'what every area is to have' is above 'least growth' for one area" in str(found.clash)


def test_all_of_the_fair_share_is_had_but_for_less_than_a_unit() -> None:
    # £100 a head for 21 people, and fair shares that are no whole pence: all of them rounded up are no pot.
    frame = pl.DataFrame({"id": ["A", "B", "C"], "population": [3, 7, 11], "baseline": [1_000, 100, 0]})
    rules = {"title": "R", "rules": [{"name": "nobody loses", "floor": "baseline"}]}
    found = allocate.cost(allocate.solve(frame, rules, budget=10_000), to="100%")
    assert found.clash is None
    assert 0 <= found.new_money_with_rules - found.new_money <= 3


def test_shares_of_new_money_that_add_up_to_all_of_it_are_never_enough(tmp_path: Path) -> None:
    rules = "title: R\nrules:\n"
    for area in "AC":
        rules += f"- {{name: for {area}, across: id = '{area}', of: growth, floor: 0.5 * new_money}}\n"
    found = allocate.cost(make_scenario(tmp_path, TABLE, rules, budget={"new_money": 0}), end_shortfalls=True)
    assert "no pot is large enough" in str(found.clash)
    assert "raise the budget" not in str(found.clash)  # a larger one would only ask for more again
    assert found.years_with_rules is None


def test_rules_that_clash_without_the_goal_have_no_curve(tmp_path: Path) -> None:
    rules = "title: R\nrules:\n- {name: least, floor: 1300}\n- {name: most, cap: 1200}\n"
    found = allocate.cost(make_scenario(tmp_path, TABLE, rules), to="95%")
    assert "new_money_with_rules" not in found.curve.columns
    assert found.to_dict()["new_money_with_rules"] is None
    assert "no pot is enough: the goal and the rules of the scenario clash" in cost_text(found)


# --- by when


@pytest.mark.parametrize(
    ("needed", "growth", "years"),
    [(100, "3%", 0), (103, "0.03", 1), (104, "0.03", 2), (121, "0.1", 2), (122, "0.1", 3)],
)
def test_years_are_counted_exactly(needed: int, growth: str, years: int) -> None:
    rate = Decimal(growth.removesuffix("%")) / (100 if growth.endswith("%") else 1)
    assert years_until(100, needed, rate) == years


def test_by_when_with_targets_that_stay_and_that_grow(three: Path) -> None:
    # £250 on £3,500 is 7.14%: 1.03² = 1.0609 is not enough, 1.03³ = 1.0927 is. If targets grow too it is
    # £500, 14.29%: 1.03⁴ = 1.1255, 1.03⁵ = 1.1593.
    found = allocate.cost(three, end_shortfalls=True, growth="3%")
    assert (found.years, found.years_if_targets_grow) == (3, 5)
    assert allocate.cost(three, to="100%", growth="3%").years == 5


def test_what_stays_as_it_is_by_then_is_said(three: Path, tmp_path: Path) -> None:
    percentile = allocate.cost(three, to_percentile=90, growth="3%")
    text = cost_text(percentile)
    assert "at least what an area at percentile 90 has per weighted head today" in text
    assert "after 5 years of 3% growth a year" in text
    assert "The goal stays as it is today" in text
    assert "years_if_targets_grow" not in percentile.to_dict()
    # Their own targets of £2,000 each: £2,500 on £3,500 is 71.4%, 1.03¹⁹ = 1.754.
    rules = "title: T\ntarget: 2000\nrules: [{name: most, cap: baseline * 3}]\n"
    own = allocate.cost(make_scenario(tmp_path, TABLE, rules), end_shortfalls=True, growth="3%")
    assert "100% of target" in cost_text(own)
    record = own.to_dict()
    assert [record[key] for key in ("level", "years", "years_with_rules", "new_money_with_rules")] == [
        None,
        19,
        19,
        2_500.0,
    ]


# --- real practices


def test_llr_reaches_the_average_for_314_million(data: Path) -> None:
    from test_nhs_data import COLUMNS, GMS, NEED

    llr = pl.read_csv(data / "llr_practices_2022_23.csv", infer_schema=False)
    run = allocate.solve(llr, [NEED, "level-up"], columns=COLUMNS, where=GMS, budget={"new_money": 2_850_000})
    found = allocate.cost(run, end_shortfalls=True)
    assert round(found.new_money / 1e8, 2) == 3.14
    assert (found.reached.areas_below, found.curve.height) == (48, 112)
    assert round(found.at(285_000_000).target, 3) == 0.992  # as README of the data: £2.85m reaches 99.2%
    # The same share of the fair share of the new pot is dearer, and all of it is out of reach: one practice
    # stands far above, and everybody would have to be at its £ per weighted head.
    assert found.new_money < allocate.cost(run, to="99%").new_money < allocate.cost(run, to="100%").new_money
    top = found.curve[-1]
    assert Decimal(allocate.cost(run, to="100%").new_money) / 100 == top["new_money"].item()


def test_england_at_the_90th_percentile_costs_what_the_book_says(data: Path) -> None:
    from test_nhs_data import COLUMNS, NEED

    england = pl.read_csv(data / "england_practices_2022_23.csv", infer_schema=False)
    columns = COLUMNS | {"baseline": "total_payments_ex_drugs_premises"}
    books, where = [NEED, "level-to-percentile"], "complete_2022_23 = 1"
    run = allocate.solve(england, books, columns=columns, where=where)
    found = allocate.cost(run, to_percentile=90)
    # The book's floors are each rounded up to the penny, the curve's total once.
    assert 0 <= run.summary.new_money - found.new_money < 6_310
    assert found.new_money_with_rules == run.summary.new_money
    assert found.curve.height > 6_000
    weight = run.prepared.need.weighted_population
    again = allocate.solve(
        england,
        [NEED, "level-up"],
        columns=columns,
        where=where,
        budget=Decimal(found.baseline + found.new_money) / 100,
    )
    assert (again.amounts / weight).min() == pytest.approx(found.level * 100, abs=1 / weight.min())


# --- the command line, and what it refuses


def run_cost(*arguments: str | Path, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "allocate", "cost", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if expect else done.stdout


def test_the_command_prints_saves_and_speaks_json(three: Path, tmp_path: Path) -> None:
    file = tmp_path / "curve.csv"
    shown = run_cost(three, "--to", "95%", "--growth", "3%", "--out", file)
    assert "New money  £309.53 (+8.84%): a pot of £3,809.53" in shown
    assert "after 3 years of 3% growth a year" in shown
    assert file.read_text().splitlines()[0] == "level,fair_share,target,new_money,areas_below,people_below"
    assert pl.read_csv(file).height == 2
    record = json.loads(run_cost(three, "--end-shortfalls", "--growth", "3%", "--json"))
    assert (record["new_money"], record["pot"], record["level"]) == (250.0, 3750.0, 8.75)
    assert (record["years"], record["years_if_targets_grow"]) == (3, 5)
    assert record["curve"][1]["new_money"] == 500.0
    assert "new_money_with_rules" not in record


def test_rules_that_cannot_hold_are_exit_status_1_after_what_can_be_said(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE, "title: R\nrules:\n- {name: least growth, cap: baseline * 1.05}\n")
    assert "no pot is large enough" in run_cost(path, "--end-shortfalls", expect=1)


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({}, "there is no goal; give one of: to 95%, within 5%, to_percentile 90, end_shortfalls"),
        ({"to": 1, "within": 0}, "to and within are several goals; give one of: "),
        ({"to": "105%"}, "to: '105%' is out of range; give a share above 0% and at most 100%, such as 95%"),
        ({"to": "lots"}, "to: 'lots' is not a number; give a share above 0%"),
        ({"within": "100%"}, "within: '100%' is out of range"),
        ({"to_percentile": 101}, "to_percentile: '101' is out of range; give a percentile from 0 to 100"),
        ({"to": "95%", "growth": 0}, "growth: '0' is out of range"),
    ],
)
def test_what_cannot_be_asked_is_one_line(three: Path, goal: dict[str, Any], message: str) -> None:
    (line,) = problems_of(allocate.cost, three, **goal)
    assert line.startswith(message)


def test_bad_goals_on_the_command_line_are_exit_status_2(three: Path) -> None:
    assert run_cost(three, expect=2).startswith("error: there is no goal")

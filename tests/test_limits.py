"""Limits in pence by hand: how they are rounded, what is left of rules that give way, who stands at one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import problems_of

from allocate.documents.rulebook import Rule
from allocate.engine import of_frame, prepare
from allocate.limits.giving import FIRM, Give, Least, limits_left
from allocate.limits.groups import GroupLimits
from allocate.limits.ratios import RatioAmounts
from allocate.money import MOST_PENCE, NO_CAP
from allocate.solver.partition import Partition, Ratio, exact_totals

FRAME = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100, 100, 100, 0],
        "baseline": [900.01, 1_000, 1_100, 50],
        "place": ["north", "north", "south", "south"],
        "band": [1.5, 2.0, None, 2.0],
    }
)
"""D has no people."""


def measured(*rules: dict[str, Any]) -> Any:
    named = [{"name": f"rule {at}"} | rule for at, rule in enumerate(rules)]
    book, options = {"title": "Limits", "rules": named}, {"round_to": "0.10", "zero_population": "hold"}
    return prepare(*of_frame(FRAME, book, budget=5_000, **options)).fund().measured


def a_rule(**keys: Any) -> Rule:
    return Rule.model_validate({"name": "rule"} | keys)


class TestGivingWay:
    """£100 had, and a rule that says £150.05, or £80, in units of 10p."""

    AMOUNTS, HAD = np.array([150.05, 80.0]), np.array([100.0, 100.0])

    def left(self, kind: str, give: Give) -> list[Any]:
        rule = a_rule(**{kind: "1"})
        return [
            None if each is None else each.tolist()
            for each in limits_left(rule, self.AMOUNTS, self.HAD, give, 10)
        ]

    def test_floors_are_rounded_up_caps_down_and_set_amounts_half_up(self) -> None:
        assert self.left("floor", FIRM) == [[150_10, 80_00], None]
        assert self.left("cap", FIRM) == [None, [150_00, 80_00]]
        assert self.left("set", FIRM) == [[150_10, 80_00], [150_10, 80_00]]

    def test_half_a_guarantee_is_half_of_what_it_adds(self) -> None:
        assert self.left("floor", Give(0.5)) == [[125_10, 80_00], None]  # £125.025

    def test_half_a_cap_allows_twice_as_much_above_what_was_had(self) -> None:
        assert self.left("cap", Give(0.5)) == [None, [200_10, 100_00]]

    def test_pennies_move_both_limits_out_of_the_way(self) -> None:
        assert self.left("set", Give(by=7)) == [[150_03, 79_93], [150_17, 80_07]]

    def test_of_a_rule_that_is_gone_nothing_is_left(self) -> None:
        assert self.left("set", Give(0.0)) == [None, None]
        assert Give(0.0).is_gone
        assert not Give(1e-9).is_gone
        assert not FIRM.is_gone

    def test_caps_stay_within_what_an_integer_holds(self) -> None:
        found = limits_left(a_rule(cap="1"), np.array([1e13]), np.array([0.0]), Give(1e-9), 1)
        assert found.upper is not None
        assert found.upper.tolist() == [MOST_PENCE]
        far = limits_left(a_rule(cap="1"), np.array([1e13]), np.array([0.0]), Give(1e-9, NO_CAP - 5), 1)
        assert far == Least(None, np.array([NO_CAP]))


class TestAreas:
    def test_the_highest_floor_and_the_lowest_cap_are_the_limits(self) -> None:
        rules = (
            {"floor": "1_000", "where": "id != 'C'"},
            {"floor": "1_100"},
            {"cap": "1_200"},
            {"cap": "1_300"},
            {"cap": "1_050", "where": "id = 'C'"},
        )
        limits = measured(*rules).limits()
        assert limits.lower.tolist() == [1_100_00, 1_100_00, 1_100_00, 50_00]
        assert limits.upper.tolist() == [1_200_00, 1_200_00, 1_100_00, 50_00]
        assert limits.floor_rule.tolist() == [1, 1, -1, -2]
        assert limits.cap_rule.tolist() == [2, 2, 4, -2]
        assert limits.floor_costs == (99_90, 200_00, 0, 0, 0)
        assert limits.baseline_cost == 3_050_10
        assert [(each.rule, each.areas.tolist()) for each in limits.held] == [(4, [2])]
        assert limits.most.tolist() == limits.upper.tolist()
        assert not limits.tie_areas_together
        assert measured(rules[0]).limits().cap_rule.tolist() == [-1, -1, -1, -2]

    def test_of_rules_that_say_the_same_the_first_is_named(self) -> None:
        twice = measured({"floor": "1_100"}, {"floor": "1_100"}, {"cap": "1_200"}, {"cap": "1_200"}).limits()
        assert (twice.floor_rule.tolist(), twice.cap_rule.tolist()) == ([0, 0, -1, -2], [2, 2, 2, -2])

    def test_a_floor_above_a_cap_is_a_clash_of_the_areas_where_it_is(self) -> None:
        about = measured({"floor": "1_100", "priority": 1}, {"cap": "1_050", "priority": 1})
        limits = about.limits()
        assert limits.contradict.tolist() == [True, True, False, False]
        one_gone = about.limits({1: Give(0.0)})
        assert one_gone.contradict.tolist() == [False] * 4
        assert one_gone.most.tolist() == [np.inf, np.inf, np.inf, 50_00]

    def test_rules_asked_again_take_the_place_of_what_they_said(self) -> None:
        rules = ({"floor": "1_000"}, {"by": "place", "floor": "2_000"}, {"cap": "1_300"})
        before, anew = measured(*rules), measured({"floor": "1_050"}, rules[1], {"cap": "1_250"})
        for kept, expected in ((0, [1_050, 1_300]), (1, [1_000, 1_250])):
            again = replace(anew, of_areas=(anew.of_areas[kept],), of_groups=())
            both = again.with_others_of(before)
            assert [each.rule for each in both.of_areas] == [0, 2]
            assert [each.amounts[0] for each in both.of_areas] == expected
            assert both.of_groups == before.of_groups

    def test_a_rule_is_about_the_areas_it_covers(self) -> None:
        about = measured(
            {"floor": "1_000", "where": "id = 'A'"},
            {"by": "place", "floor": "0", "where": "id != 'C'"},
            {"across": "id = 'B'", "compared_with": "everyone", "floor": "10%"},
            {"by": "place", "floor": "0", "where": "id = 'C'"},
        )
        assert [[about.is_about(rule, area) for area in range(4)] for rule in range(4)] == [
            [True, False, False, False],
            [True, True, False, False],
            [False, True, False, False],
            [False, False, True, False],
        ]
        assert about.limits().tie_areas_together


@pytest.mark.parametrize("by", [{}, {"by": "place"}])
def test_amounts_of_ninety_trillion_are_no_pounds(by: dict[str, Any]) -> None:
    measured({"floor": "9e13"} | by)
    for amount in ("9.1e13", "-9.1e13"):
        (problem,) = problems_of(measured, {"floor": amount} | by)
        assert "gives an amount too large to be £" in problem


class TestGroups:
    def test_totals_are_limited_above_the_baselines_rounded_up(self) -> None:
        rules = (
            {"by": "place", "floor": "1_900.1"},
            {"by": "place", "floor": "1_900.11"},
            {"by": "place", "cap": "1_899.99"},
            {"by": "place", "of": "growth", "set": "100"},
        )
        limits = measured(*rules[:2]).limits()
        north = [(int(each.partition.lower[0]), int(each.partition.upper[0])) for each in limits.groups]
        assert north == [(0, NO_CAP), (1_900_20, NO_CAP)]
        about = measured(rules[2], rules[3] | {"priority": 1})
        groups = about.limits({1: FIRM}).groups
        assert [each.held for each in groups] == [("north",), ()]
        assert [int(each.partition.upper[0]) for each in groups] == [1_900_10, 2_000_00]
        assert int(groups[1].partition.lower[0]) == 2_000_00
        assert [each.sizes.tolist() for each in groups] == [[2, 1], [2, 1]]

    def test_areas_without_people_and_those_left_out_are_in_no_group(self) -> None:
        (group,) = measured({"by": "place", "floor": "0", "where": "id != 'A'"}).limits().groups
        assert group.partition.codes.tolist() == [-1, 0, 1, -1]
        assert (group.groups, group.sizes.tolist()) == (("north", "south"), [1, 1])

    def test_groups_may_be_numbers(self) -> None:
        (group,) = measured({"by": "band", "floor": "0", "where": "id != 'C'"}).limits().groups
        assert (group.groups, group.partition.codes.tolist()) == (("1.5", "2"), [0, 1, -1, -1])

    def test_groups_that_stand_at_a_limit_bind(self) -> None:
        codes = np.array([0, 1, 2, 3, 4])
        lower, upper = np.array([5, 0, 4, 5, 1]), np.array([NO_CAP, NO_CAP, 9, 9, 9])
        limits = GroupLimits(0, tuple("ABCDE"), Partition(codes, lower, upper))
        assert limits.binds(np.array([5, 0, 9, 7, 1])).tolist() == [True, False, True, False, True]

    def test_totals_are_exact_in_whole_pence(self) -> None:
        amounts = np.array([2**53 - 1, 1, 7, 5])
        assert exact_totals(np.array([0, 0, -1, 2]), amounts, 4).tolist() == [2**53, 0, 5, 0]


class TestRatios:
    """A against B and C: half a head for each of theirs, at 90% of their money."""

    INSIDE, OTHERS = np.array([True, False, False]), np.array([False, True, True])

    def limited(self, kind: str, give: Give = FIRM, growth: tuple[int, int] | None = None) -> Any:
        amounts = RatioAmounts(0, "A", "the others", 0.9, 0.5, self.INSIDE, self.OTHERS, growth)
        return amounts.limits(a_rule(**{kind: "1", "across": "1", "compared_with": "everyone"}), give, 10)

    def test_the_limit_follows_what_the_others_get(self) -> None:
        money = np.array([440, 400, 600])  # 45% of £10 are £4.50
        floor, cap, exactly = (self.limited(kind) for kind in ("floor", "cap", "set"))
        assert (floor.floor(money), floor.cap(money)) == (450, None)
        assert (cap.floor(money), cap.cap(money)) == (None, 450)
        assert (exactly.floor(money), exactly.cap(money)) == (440, 460)  # to within one unit

    def test_growth_is_compared_with_growth(self) -> None:
        floor = self.limited("floor", growth=(400, 800))
        assert floor.floor(np.array([440, 400, 600])) == pytest.approx(490)  # £4 and 45% of £2

    def test_it_gives_way_by_a_share_or_by_pennies(self) -> None:
        money = np.array([440, 400, 600])
        assert self.limited("floor", Give(0.5)).floor(money) == 225
        assert self.limited("cap", Give(0.5)).cap(money) == 900
        assert self.limited("floor", Give(by=3)).floor(money) == 447
        assert self.limited("cap", Give(by=3)).cap(money) == 453
        assert self.limited("floor", Give(0.5)).share == 0.45

    def test_it_binds_within_two_units_of_rounding(self) -> None:
        floor, cap = self.limited("floor"), self.limited("cap")
        assert [floor.binds(np.array([450 + off, 400, 600]), 10) for off in (0, 19, 20)] == [
            True,
            True,
            False,
        ]
        assert [cap.binds(np.array([450 - off, 400, 600]), 10) for off in (0, 19, 20)] == [True, True, False]

    def test_what_a_penny_adds_to_the_difference(self) -> None:
        ratio = Ratio(np.array([True, True, False]), np.array([False, True, True]), 0.25, 0.0, 1.0)
        assert ratio.coefficients.tolist() == [1, 0.75, -0.25]
        assert ratio.difference(np.array([100, 40, 8])) == 128

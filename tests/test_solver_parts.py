"""Each part of the solvers on figures small enough to follow by hand."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from allocate.money import NO_CAP
from allocate.solver.breaking import contradiction, least_change
from allocate.solver.cells import find_cells
from allocate.solver.clock import DEADLINE, SOONEST, Deadline, check_time, seconds_left, stopped
from allocate.solver.curve import corners
from allocate.solver.forest import plant
from allocate.solver.groups import GroupFill
from allocate.solver.highs import solve_to_optimal
from allocate.solver.nested import NestedFill
from allocate.solver.partition import Partition, Ratio
from allocate.solver.paths import heights_of
from allocate.solver.pence import Rounding, to_units_in
from allocate.solver.programme import NoRoom, Programme
from allocate.solver.reasons import GroupLevel, Prices, Step
from allocate.solver.route import ClosedForm
from allocate.solver.shortfall import Wish, closed_face, segments, wish
from allocate.solver.sums import added_up, on_grid, steady, total
from allocate.solver.whole_units import nearest_whole

INF = np.inf


def whole(*numbers: int) -> Any:
    return np.array(numbers, dtype=np.int64)


def some(*numbers: float) -> Any:
    return np.array(numbers, dtype=np.float64)


PLACES = Partition(whole(0, 0, 1, 1), whole(0, 23), whole(NO_CAP, NO_CAP))
"""A and B in one place, C and D in another that is to get 23."""
INNER = Partition(whole(0, -1, 1, -1), whole(1, 2), whole(NO_CAP, 5))
"""Groups inside these: of A alone, and of C alone, which is to get no more than 5."""
FIFTHS = Partition(whole(0, 1, 0, 1), whole(0, 0), whole(NO_CAP, 30))
"""B and D in a fifth that is to get no more than 30."""


class TestTrees:
    def test_groups_in_groups(self) -> None:
        forest = plant(4, [PLACES, INNER], NO_CAP)
        assert forest is not None
        assert forest.order == (1, 0)
        assert (forest.node_of.tolist(), forest.parent.tolist()) == ([0, 2, 1, 3], [2, 3, 4, 4, 4])
        assert forest.lower.tolist() == [1, 2, 0, 23, 0]
        assert forest.upper.tolist() == [INF, 5, INF, INF, INF]
        assert forest.layers == (slice(0, 2), slice(2, 4), slice(4, 5))
        assert [each.tolist() for each in forest.codes] == [[0, -1, 1, -1], [2, 2, 3, 3], [4, 4, 4, 4]]
        assert [forest.rule_and_group(node) for node in range(4)] == [(1, 0), (1, 1), (0, 0), (0, 1)]
        assert [each.tolist() for each in forest.generations()] == [[2, 3], [0, 1]]

    def test_without_rules_there_is_everybody(self) -> None:
        forest = plant(3, [], NO_CAP)
        assert forest is not None
        assert (forest.size, forest.node_of.tolist(), list(forest.generations())) == (1, [0, 0, 0], [])
        assert (forest.lower.tolist(), forest.upper.tolist()) == ([0], [INF])

    def test_rules_that_do_not_meet_lie_side_by_side(self) -> None:
        one, two = (Partition(codes, whole(0), whole(9)) for codes in (whole(0, 0, -1), whole(-1, -1, 0)))
        forest = plant(3, [one, two], NO_CAP)
        assert forest is not None
        assert forest.parent.tolist() == [2, 2, 2]
        assert [each.tolist() for each in forest.generations()] == [[0, 1]]

    def test_many_groups_of_few_areas_are_nested_as_few_are(self) -> None:
        many = Partition(whole(1_999, 7, 7), np.zeros(2_000, dtype=np.int64), np.full(2_000, NO_CAP))
        pair = Partition(whole(0, 1, 1), whole(0, 0), whole(NO_CAP, NO_CAP))
        apart = Partition(whole(0, 0, 1), whole(0, 0), whole(NO_CAP, NO_CAP))
        assert plant(3, [many, pair], NO_CAP) is not None
        assert plant(3, [many, apart], NO_CAP) is None


class TestNested:
    def room(self, lower: Any, upper: Any, *rules: Partition) -> Any:
        forest = plant(4, rules, NO_CAP)
        assert forest is not None
        return NestedFill(forest).room(lower, upper)

    def test_groups_take_at_least_their_floors_and_at_most_their_caps(self) -> None:
        low, high = some(0, 4, 2, 3), some(9, 9, 9, 30)
        assert self.room(low, high, INNER, PLACES) == (28, 53)  # 1 and 4, 23; 18, 5 and 30
        assert self.room(low, some(9, 9, INF, INF), PLACES) == (27, INF)

    def test_a_floor_above_what_a_group_can_take_leaves_none(self) -> None:
        assert self.room(some(0, 0, 6, 0), some(9, 9, 9, 30), INNER, PLACES) is None
        assert self.room(some(0, 0, 5.4, 0), some(9, 9, 9, 30), INNER, PLACES) is not None
        assert self.room(some(0, 0, 0, 0), some(9, 9, 9, 9), INNER, PLACES) is None  # 5 and 9 for 23

    def test_each_group_that_a_limit_holds_has_a_level_of_its_own(self) -> None:
        rules = [
            PLACES._replace(lower=whole(0, 40)),
            INNER._replace(lower=whole(0, 0), upper=whole(4, NO_CAP)),
        ]
        forest = plant(4, rules, NO_CAP)
        assert forest is not None
        filled = NestedFill(forest).level(None, np.ones(4), some(1, 1, 1, 1), np.full(4, INF), 60.0)
        # The south gets 20 each; of the 20 left the group of A takes 4 and B the rest.
        assert filled.amounts.tolist() == [4, 16, 20, 20]
        assert np.isnan(filled.level)
        assert filled.reasons.level == 16
        assert filled.reasons.groups == (GroupLevel(1, 0, 4.0), GroupLevel(0, 1, 20.0))

    def test_levels_are_sought_until_time_is_up(self) -> None:
        forest = plant(4, [PLACES], NO_CAP)
        assert forest is not None
        groups = GroupFill(find_cells(4, [PLACES], NO_CAP, 60))
        token = DEADLINE.set(Deadline(time.monotonic() - 1, TimeoutError))
        try:
            for route in (NestedFill(forest), groups):
                with pytest.raises(TimeoutError):
                    route.level(None, np.ones(4), np.zeros(4), np.full(4, INF), 60.0)
        finally:
            DEADLINE.reset(token)

    def test_who_has_no_weight_stays(self) -> None:
        forest = plant(4, [PLACES], NO_CAP)
        assert forest is not None
        filled = NestedFill(forest).level(None, some(1, 1, 1, 0), np.zeros(4), np.full(4, INF), 60.0)
        assert filled.amounts.tolist() == [18.5, 18.5, 23, 0]
        with pytest.raises(NoRoom):  # nobody in the south could get its 23
            NestedFill(forest).level(None, some(1, 1, 0, 0), np.zeros(4), np.full(4, INF), 60.0)

    @pytest.mark.parametrize("times", [1e-15, 1.0, 1e15])
    def test_the_unit_of_weights_changes_nothing(self, times: float) -> None:
        forest = plant(4, [PLACES], NO_CAP)
        assert forest is not None
        weight = times * some(1, 2, 3, 4)
        filled = NestedFill(forest).level(None, weight, np.zeros(4), np.full(4, INF), 31.0)
        assert filled.amounts.tolist() == pytest.approx([8 / 3, 16 / 3, 23 * 3 / 7, 23 * 4 / 7], rel=1e-12)

    def test_more_than_there_is_leaves_no_room(self) -> None:
        forest = plant(4, [PLACES], NO_CAP)
        assert forest is not None
        lower, upper = some(1, 1, 1, 1), np.full(4, INF)
        with pytest.raises(NoRoom):
            NestedFill(forest).level(None, np.ones(4), lower, upper, 24.4)
        assert NestedFill(forest).level(None, np.ones(4), lower, upper, 24.6).amounts[2:].sum() == 23

    def test_the_order_of_areas_changes_nothing_at_all(self) -> None:
        for seed in range(30):
            rng = np.random.default_rng(seed)
            weight, lower = rng.lognormal(9, 1, 50), np.rint(rng.lognormal(14, 1, 50))
            codes, order = rng.integers(-1, 3, 50), rng.permutation(50)
            base = np.bincount(codes + 1, lower, 4)[1:].astype(np.int64)
            limits = base * 3 // 2, np.array([NO_CAP, NO_CAP, base[2] * 2])

            def filled(at: Any, weight=weight, lower=lower, codes=codes, limits=limits) -> Any:  # type: ignore[no-untyped-def]
                forest = plant(50, [Partition(codes[at], *limits)], NO_CAP)
                assert forest is not None
                pot = float(2 * lower.sum())
                return NestedFill(forest).level(None, weight[at], lower[at], np.full(50, INF), pot)

            straight, shuffled = filled(np.arange(50)), filled(order)
            assert np.array_equal(straight.amounts[order], shuffled.amounts)
            assert straight.reasons == shuffled.reasons

    def test_totals_are_rounded_from_the_outermost_groups_inwards(self) -> None:
        forest = plant(4, [PLACES._replace(lower=whole(0, 0))], NO_CAP)
        assert forest is not None
        zero, top = np.zeros(4, dtype=np.int64), np.full(4, 1_000)
        # 20.6 and 30.4: the penny goes to the first place, although the largest fraction is in the second.
        found = NestedFill(forest).whole(some(10.3, 10.3, 15.4, 15.0), 51, Rounding(zero, top, 1, np.sort))
        assert found.amounts.tolist() == [11, 10, 15, 15]

    def test_totals_are_rounded_to_any_unit_and_where_a_group_has_nothing_of_its_own(self) -> None:
        inner = Partition(whole(0, -1, -1, -1), whole(0), whole(NO_CAP))
        forest = plant(4, [PLACES._replace(lower=whole(0, 0)), inner], NO_CAP)
        assert forest is not None
        zero, top = np.zeros(4, dtype=np.int64), np.full(4, 100_000)
        rounding = Rounding(zero, top, 100, np.sort)
        # In hundreds 1.6 and 2.9 (of 4.5), and 0 and 3.5 (the tie with 4.5 goes to the first group).
        found = NestedFill(forest).whole(some(160, 290, 0, 350), 800, rounding)
        assert found.amounts.tolist() == [200, 300, 0, 300]


class TestCells:
    def test_areas_that_all_rules_treat_alike(self) -> None:
        ratio = Ratio(np.array([True] + [False] * 4), np.array([True] * 5), 0.25, 0.0, INF)
        places = Partition(whole(0, 0, 1, 1, -1), whole(0, 7), whole(9, NO_CAP))
        cells = find_cells(5, [places], NO_CAP, 100, [ratio])
        assert cells.count == 4
        none, first, second, third = (int(cells.of_area[at]) for at in (4, 0, 1, 2))
        assert cells.of_area.tolist() == [first, second, third, third, none]
        assert cells.first[[first, second, third, none]].tolist() == [0, 1, 2, 4]
        assert cells.members[:, [first, second, third, none]].tolist() == [
            [1, 1, 0, 0],
            [0, 0, 1, 0],
            [0.75, -0.25, -0.25, -0.25],
        ]
        assert cells.lower.tolist() == [-INF, 7, 0]
        assert cells.upper.tolist() == [9, INF, INF]
        assert cells.limited[[first, second, third, none]].tolist() == [True, True, True, True]
        assert cells.totals(some(1, 2, 3, 4, 5))[[first, second, third, none]].tolist() == [1, 2, 7, 5]
        caps = cells.caps(some(1, INF, 3, 4, 5))[[first, second, third, none]]
        assert caps.tolist() == [1, INF, 7, 5]

    def test_who_is_in_no_capped_group_may_have_all_there_is(self) -> None:
        cells = find_cells(4, [PLACES, FIFTHS], NO_CAP, 100)
        assert cells.limited[cells.of_area].tolist() == [False, True, False, True]

    def test_a_floor_for_some_is_a_cap_on_the_others(self) -> None:
        cells = find_cells(4, [PLACES, FIFTHS], NO_CAP, 100)
        rows, most, prices = cells.at_most(100.0)
        assert rows[:, cells.of_area].tolist() == [[1, 1, 0, 0], [0, 1, 0, 1]]
        assert most.tolist() == [77, 30]
        assert prices == [Prices({1: -1.0}, 1.0), Prices({3: 1.0}, 0.0)]

    def test_many_groups_of_few_areas_are_cells_as_few_are(self) -> None:
        many = Partition(whole(1_999, 7, 7), np.zeros(2_000, dtype=np.int64), np.full(2_000, NO_CAP))
        cells = find_cells(3, [many, Partition(whole(0, 0, 1), whole(0, 0), whole(9, 9))], NO_CAP, 100)
        assert (cells.count, len(set(cells.of_area.tolist()))) == (3, 3)


class TestProgrammes:
    """Two cells: the first gets 2 to 10, the second 3 or more; together with twice the second, 20 to 40."""

    def programme(self, low: float = 20, high: float = 40) -> Programme:
        return Programme(some(2, 3), some(10, INF), np.array([[1.0, 2.0]]), some(low), some(high))

    def test_the_least_and_the_most(self) -> None:
        least = self.programme().least()
        assert least is not None
        assert (least.value, least.totals.tolist()) == (pytest.approx(11), pytest.approx([2, 9]))
        assert least.reason == Prices({0: pytest.approx(-0.5)}, 0.0)
        most = self.programme().most(100.0)
        assert most is not None
        assert (most.value, most.totals.tolist()) == (pytest.approx(-25), pytest.approx([10, 15]))
        assert most.reason == Prices({0: pytest.approx(0.5)}, 0.0)
        pot = self.programme().most(14.0)
        assert pot is not None
        assert (pot.value, pot.reason.pot) == (pytest.approx(-14), pytest.approx(1))
        assert self.programme(low=50, high=7).least() is None
        assert self.programme(high=7).most(100.0) is None

    def test_the_least_shortfall_of_what_cells_need(self) -> None:
        both, first = np.array([True, True]), np.array([True, False])
        found = self.programme().shortfall(some(10, 10), both, 18.0)  # each is short by 1
        assert found.value == pytest.approx(1)
        assert found.totals.tolist() == pytest.approx([9, 9])
        assert found.prices.tolist() == pytest.approx([0.5, 0.5])
        assert self.programme().shortfall(some(10, 10), first, 18.0).value == pytest.approx(0, abs=1e-9)
        with pytest.raises(NoRoom):
            self.programme().shortfall(some(10, 10), both, 4.0)

    def test_it_is_the_same_wherever_totals_are_measured_from(self) -> None:
        finer = self.programme()
        finer.start, finer.scale = some(3, 8.5), 0.01
        found = finer.shortfall(some(10, 10), np.array([True, True]), 18.0)
        assert (found.value, found.totals.tolist()) == (pytest.approx(1), pytest.approx([9, 9]))
        most, least = finer.most(100.0), finer.least()
        assert most is not None
        assert most.totals.tolist() == pytest.approx([10, 15])
        assert least is not None
        assert least.totals.tolist() == pytest.approx([2, 9])

    def test_what_holds_and_what_nearly_does(self) -> None:
        programme = self.programme()
        assert programme.holds(some(2, 9))
        assert not programme.holds(some(2, 8.9999))
        for off, nearly in ((0.0009, True), (0.0011, False)):
            assert programme.nearly_holds(some(2 - off, 10)) == nearly
            assert programme.nearly_holds(some(10 + off, 10)) == nearly
            assert programme.nearly_holds(some(2, 9 - off / 2)) == nearly
            assert programme.nearly_holds(some(10, 15 + off / 2)) == nearly

    def test_by_how_much_one_limit_has_to_give(self) -> None:
        programme = Programme(
            some(2, 3), some(10, INF), np.array([[1.0, 2.0]] * 2), some(30, -INF), some(INF, 24)
        )
        assert least_change(programme, 0, "floor", 100.0) == pytest.approx(6)
        assert least_change(programme, 1, "cap", 100.0) == pytest.approx(6)
        assert least_change(programme, 1, "cap", 12.0) is None  # with 12 there are no 30
        assert programme.only({(1, "cap")}).least() is not None
        assert programme.least() is None

    def test_why_a_pot_is_not_allowed(self) -> None:
        # 11 are the least: one more in the pot makes two more for the row, half a penny each.
        near = pytest.approx
        for leave in (True, False):
            assert contradiction(self.programme(), 10.0, leave=leave) == Prices({0: near(-0.5)}, near(1))
        assert contradiction(self.programme(), 26.0, leave=False) == Prices({0: near(0.5)}, near(-1))
        assert contradiction(self.programme(), 26.0, leave=True) == Prices({}, 0.0)  # 25 are the most

    def test_which_rows_contradict_each_other(self) -> None:
        rows = np.array([[1.0, 1.0]] * 3)
        programme = Programme(some(2, 3), some(10, INF), rows, some(30, -INF, -INF), some(INF, 20, 100))
        for leave in (True, False):
            assert contradiction(programme, 25.0, leave=leave) == Prices({0: -1.0, 1: 1.0}, 0.0)


class TestAscent:
    """The example by hand of the documentation, in tens of pounds: C and D are to get 238, B and D 231."""

    RULES = (
        Partition(whole(-1, -1, 0, 0), whole(238), whole(NO_CAP)),
        Partition(whole(-1, 0, -1, 0), whole(231), whole(NO_CAP)),
    )

    def filled(self, pot: int) -> Any:
        groups = GroupFill(find_cells(4, self.RULES, NO_CAP, pot))
        return groups.level(None, np.ones(4), some(90, 100, 110, 120), np.full(4, INF), float(pot))

    def test_levels_one_after_the_other(self) -> None:
        found = self.filled(440)
        assert found.amounts.tolist() == [99, 103, 110, 128]
        assert np.isnan(found.level)
        assert found.reasons.steps == (
            Step(99.0, (0, 2), Prices({1: -1.0}, 1.0)),
            Step(103.0, (1,), Prices({0: -1.0}, 1.0)),
            Step(128.0, (3,), Prices({}, 1.0)),
        )

    def test_one_level_for_all_is_told(self) -> None:
        found = self.filled(600)
        assert (found.amounts.tolist(), found.level) == ([150] * 4, 150)
        assert found.reasons.steps == (Step(150.0, (0, 1, 2, 3), Prices({}, 1.0)),)

    def test_who_has_no_weight_stays(self) -> None:
        # C stays in any case; if D does as well, they cannot get the 238 they are to have together.
        groups = GroupFill(find_cells(4, self.RULES, NO_CAP, 440))
        lower, upper = some(90, 100, 110, 120), np.full(4, INF)
        found = groups.level(None, some(1, 1, 0, 1), lower, upper, 440.0)
        assert found.amounts.tolist() == [99, 103, 110, 128]
        with pytest.raises(NoRoom):
            groups.level(None, some(1, 1, 0, 0), lower, upper, 440.0)

    @pytest.mark.parametrize(("pot", "times"), [(600, 0), (440, 1)])
    def test_a_programme_is_solved_only_where_the_likely_totals_do_not_do(
        self, pot: int, times: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        solved = list[Any]()

        def noted(problem: Any, *given: Any) -> bool:
            solved.append(problem)
            return solve_to_optimal(problem, *given)

        monkeypatch.setattr("allocate.solver.programme.solve_to_optimal", noted)
        self.filled(pot)
        assert len(solved) == times

    def test_a_penny_too_little_leaves_no_room(self) -> None:
        # The floors take 90, 100 and 110, and 131 for D so that B and D have 231.
        assert self.filled(431).amounts.sum() == pytest.approx(431)
        with pytest.raises(NoRoom):
            self.filled(430)

    @pytest.mark.parametrize("pot", [10**3, 10**9, 10**12, 10**14])
    def test_a_penny_of_any_pot_that_floors_ask_for_too_much_leaves_no_room(self, pot: int) -> None:
        """From £100 million on HiGHS does not see it: either the pot is missed by it or a floor."""
        for more, fits in ((0, True), (1, False)):
            halves = Partition(whole(0, 0, 1, 1), whole(pot // 2, pot // 2 + more), whole(NO_CAP, NO_CAP))
            across = Partition(whole(-1, 0, -1, 0), whole(pot // 4), whole(NO_CAP))
            groups = GroupFill(find_cells(4, (halves, across), NO_CAP, pot))
            given = (None, np.ones(4), np.zeros(4), np.full(4, INF), float(pot))
            if fits:
                assert groups.level(*given).amounts.tolist() == [pot / 4] * 4
            else:
                with pytest.raises(NoRoom):
                    groups.level(*given)


class TestWholeUnits:
    def nearest(self, totals: list[float], pot: int, unit: int = 1, **changes: Any) -> Any:
        size = len(totals)
        members = np.array(changes.get("members", np.zeros((0, size))), dtype=np.float64).reshape(-1, size)
        least, most = changes.get("least", np.zeros(size)), changes.get("most", np.full(size, INF))
        low, high = some(*changes.get("low", [])), some(*changes.get("high", []))
        found = nearest_whole(Programme(least, most, members, low, high), some(*totals), pot, unit)
        return None if found is None else (found[0].tolist(), found[1])

    def test_the_largest_remainders_go_up(self) -> None:
        assert self.nearest([10.2, 20.7, 30.1], 61) == (
            [10, 21, 30],
            Prices({}, pytest.approx(1 - 0.7 - 0.2)),
        )
        assert self.nearest([10.2, 20.7, 30.1], 60) == ([10, 20, 30], Prices({}, pytest.approx(1 - 2 * 0.7)))
        assert self.nearest([102.0, 207.0, 301.0], 610, 10)[0] == [100, 210, 300]
        assert self.nearest([10.0, 20.0, 30.0], 60)[0] == [10, 20, 30]

    def test_limits_send_the_unit_elsewhere(self) -> None:
        assert self.nearest([10.2, 20.7, 30.1], 61, most=some(99, 20.7, 99))[0] == [11, 20, 30]
        near = pytest.approx
        capped = {"members": [[0, 1, 0]], "low": [-INF], "high": [20]}
        assert self.nearest([10.2, 20.7, 30.1], 61, **capped) == (
            [11, 20, 30],
            Prices({0: near(-1)}, near(0.6)),
        )
        floored = {"members": [[0, 0, 1]], "low": [31], "high": [INF]}
        assert self.nearest([10.2, 20.7, 30.1], 61, **floored) == (
            [10, 20, 31],
            Prices({0: near(1.2)}, near(-0.4)),
        )

    def test_rules_are_in_pence_whatever_the_unit(self) -> None:
        amounts, pot = [102.0, 207.0, 301.0], 610
        floored = {"members": [[0, 0, 1]], "low": [310], "high": [INF]}
        assert self.nearest(amounts, pot, 10, **floored)[0] == [100, 200, 310]
        capped = {"members": [[0, 1, 0]], "low": [-INF], "high": [200]}
        assert self.nearest(amounts, pot, 10, **capped)[0] == [110, 200, 300]
        assert self.nearest(amounts, pot, 10, most=some(990, 205, 990))[0] == [110, 200, 300]

    def test_totals_may_be_moved_by_more_than_a_unit(self) -> None:
        capped = {"members": [[0, 1, 1]], "low": [-INF], "high": [48]}
        assert self.nearest([10.2, 20.7, 30.1], 61, **capped)[0] in ([13, 20, 28], [13, 18, 30], [13, 19, 29])
        assert self.nearest([10.2, 20.7, 30.1], 61, **capped, least=some(0, 19, 29))[0] == [13, 19, 29]
        assert self.nearest([10.2, 20.7, 30.1], 61, **capped, least=some(0, 19, 30)) is None

    @pytest.mark.parametrize("unit", [1, 10])
    def test_where_halves_would_be_best_whole_units_are_asked_for(self, unit: int) -> None:
        # Of any two of the first three one may go up, so only one may; half of each would be nearer.
        pairs = [[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [1, 0, 1, 0, 0]]
        capped = {"members": pairs, "low": [-INF] * 3, "high": [21 * unit] * 3}
        totals = [each * unit for each in (10.5, 10.5, 10.5, 20.2, 30.3)]
        found, _ = self.nearest(totals, 82 * unit, unit, **capped)
        assert sorted(found[:3]) == [10 * unit, 10 * unit, 11 * unit]
        assert found[3:] == [20 * unit, 31 * unit]

    def test_a_limit_that_only_just_keeps_a_unit_away_keeps_it_away(self) -> None:
        # Three hundredths of a penny are less of £1,000 than a move may be from a whole one.
        unit = 100_000
        for more, expected in ((0.0, [11 * unit, 20 * unit]), (0.03, [10 * unit, 21 * unit])):
            capped = {"members": [[1, 0]], "low": [-INF], "high": [11 * unit - more]}
            assert self.nearest([10.9 * unit, 20.1 * unit], 31 * unit, unit, **capped)[0] == expected

    def test_where_no_whole_units_are_within_the_rules_there_are_none(self) -> None:
        # A + B, B + C and A + C are odd: no whole units add up to that.
        odd = {"members": [[1, 1, 0], [0, 1, 1], [1, 0, 1]], "low": [21, 21, 21], "high": [21, 21, 21]}
        assert self.nearest([10.5, 10.5, 10.5], 31, **odd) is None
        even = {**odd, "low": [21, 21, 22], "high": [21, 21, 22]}
        assert self.nearest([11.0, 10.0, 11.0], 32, **even)[0] == [11, 10, 11]


class TestPence:
    def test_each_parent_adds_up(self) -> None:
        zero, top = np.zeros(5, dtype=np.int64), np.full(5, 1_000)
        amounts, parent = some(10.4, 20.6, 5.5, 5.5, 5.0), whole(0, 0, 1, 1, 1)
        found = to_units_in(parent, whole(31, 16), amounts, Rounding(zero, top, 1, np.sort))
        assert found.tolist() == [10, 21, 6, 5, 5]
        last = to_units_in(
            parent, whole(31, 16), amounts, Rounding(zero, top, 1, lambda at: np.sort(at)[::-1])
        )
        assert last.tolist() == [10, 21, 5, 6, 5]

    @pytest.mark.parametrize("unit", [1, 10])
    @pytest.mark.parametrize("parents", [1, 4])
    def test_it_is_what_a_spreadsheet_gives(self, parents: int, unit: int) -> None:
        for seed in range(40):
            rng = np.random.default_rng(seed)
            size = int(rng.integers(1, 12))
            parent, rank = rng.integers(0, parents, size), rng.permutation(size)
            amounts = unit * (rng.integers(0, 9, size) + rng.choice([0, 0.25, 0.5, 0.5, 0.75], size))
            down = (amounts // unit).astype(np.int64) * unit
            upper = np.where(rng.random(size) < 0.2, down, 1_000)
            expected = down.copy()
            for each in range(parents):
                order = [at for at in np.flatnonzero(parent == each) if upper[at] > down[at]]
                order.sort(key=lambda at: (down[at] - amounts[at], rank[at]))
                expected[order[: int(rng.integers(0, len(order) + 1))]] += unit
            totals = np.bincount(parent, expected, parents).astype(np.int64)
            zero = np.zeros(size, dtype=np.int64)
            in_order = lambda at: at[np.argsort(rank[at])]  # noqa: B023, E731
            found = to_units_in(parent, totals, amounts, Rounding(zero, upper, unit, in_order))
            assert found.tolist() == expected.tolist()

    def test_units_are_taken_where_limits_rounded_too_much_up(self) -> None:
        # Both are at least 11 by their floors; the one that may fall, falls.
        low, top = whole(11, 0, 0), np.full(3, 1_000)
        rounding, parent = Rounding(low, top, 1, np.sort), np.zeros(3, dtype=np.intp)
        found = to_units_in(parent, whole(31), some(10.2, 10.3, 10.5), rounding)
        assert found.tolist() == [11, 10, 10]
        down = to_units_in(parent, whole(30), some(10.2, 10.3, 10.5), rounding)
        assert down.tolist() == [11, 9, 10]

    def test_one_parent_far_off_is_enough_to_refuse(self) -> None:
        rounding = Rounding(np.zeros(3, dtype=np.int64), np.full(3, 1_000), 1, np.sort)
        with pytest.raises(ValueError, match="rounding cannot mend"):
            to_units_in(whole(0, 0, 1), whole(21, 99), some(10.4, 10.6, 7.5), rounding)

    def test_two_units_an_area_may_be_mended_and_no_more(self) -> None:
        rounding = Rounding(np.zeros(2, dtype=np.int64), np.full(2, 1_000), 1, np.sort)
        together = np.zeros(2, dtype=np.intp)
        assert to_units_in(together, whole(24), some(10, 10), rounding).tolist() == [12, 12]
        assert to_units_in(together, whole(16), some(10, 10), rounding).tolist() == [8, 8]
        for pot in (25, 15):
            with pytest.raises(ValueError, match="5 pence off, which rounding cannot mend"):
                to_units_in(together, whole(pot), some(10, 10), rounding)

    def test_remainders_alike_to_six_decimals_are_a_tie(self) -> None:
        rounding = Rounding(np.zeros(2, dtype=np.int64), np.full(2, 1_000), 1, np.sort)
        together = np.zeros(2, dtype=np.intp)
        for more, expected in ((4e-7, [11, 10]), (6e-7, [10, 11])):
            assert to_units_in(together, whole(21), some(10.5, 10.5 + more), rounding).tolist() == expected

    def test_one_parent_without_room_is_enough_to_refuse(self) -> None:
        rounding = Rounding(np.zeros(2, dtype=np.int64), whole(10, 1_000), 1, np.sort)
        with pytest.raises(ValueError, match="the limits leave no room for 1 units of 1 pence"):
            to_units_in(whole(0, 1), whole(11, 20), some(10.5, 20), rounding)

    def test_several_units_go_round_after_round(self) -> None:
        zero, top = np.zeros(2, dtype=np.int64), whole(1_000, 11)
        found = to_units_in(
            np.zeros(2, dtype=np.intp), whole(24), some(10.5, 10.9), Rounding(zero, top, 1, np.sort)
        )
        assert found.tolist() == [13, 11]


class TestCurves:
    """10, 30 and 60 for weights of 1, 2 and 3: levels 10, 15 and 20; 5 without weight."""

    CURVE = corners(whole(60, 10, 30, 5), some(3, 1, 2, 0))
    PLAIN = corners(whole(60, 10, 30), some(3, 1, 2))

    def test_where_it_bends(self) -> None:
        assert self.CURVE.levels.tolist() == [10, 15, 20]
        assert self.CURVE.costs.tolist() == [105, 110, 125]
        assert self.CURVE.slope.tolist() == [0, 1, 3]
        assert (self.CURVE.weight, self.CURVE.resting) == (6, 5)

    def test_costs_and_levels_are_read_off(self) -> None:
        assert [self.CURVE.cost_at(level) for level in (5, 10, 12, 15, 18, 20, 30)] == [
            105,
            105,
            107,
            110,
            119,
            125,
            185,
        ]
        assert [self.CURVE.level_at(cost) for cost in (105, 107, 110, 119, 125, 185)] == [
            10,
            12,
            15,
            18,
            20,
            30,
        ]
        with pytest.raises(ValueError, match="before anybody is raised"):
            self.CURVE.level_at(104.9)

    def test_running_sums_have_twice_the_digits(self) -> None:
        rng = np.random.default_rng(1)
        weight = rng.random(3_000) * 10.0 ** rng.integers(-6, 6, 3_000)
        curve = corners(np.zeros(3_000, dtype=np.int64), weight)
        assert curve.weight == math.fsum(weight)

    def test_shares_of_fair_shares(self) -> None:
        assert self.PLAIN.share_at(10) == pytest.approx(10 * 6 / 100)
        assert self.PLAIN.share_at(18) == pytest.approx(18 * 6 / 114)
        assert [self.PLAIN.share_at(level) for level in (20, 30)] == [1, 1]
        assert self.CURVE.share_at(20) == pytest.approx(120 / 125)
        assert self.PLAIN.shares.tolist() == pytest.approx([0.6, 90 / 105, 1])
        assert self.PLAIN.level_of_share(108 / 114) == pytest.approx(18)
        assert self.PLAIN.level_of_share(0.6) == pytest.approx(10)
        assert self.PLAIN.level_of_share(0.3) == pytest.approx(5)
        assert self.PLAIN.level_of_share(1) == 20
        assert self.CURVE.level_of_share(180 / 185) == pytest.approx(30)
        with pytest.raises(ValueError, match="without weight"):
            self.CURVE.level_of_share(1)


class TestShortfalls:
    def test_priorities_are_parts_of_the_highest_and_goals_within_the_limits(self) -> None:
        found = wish(some(1, 4, 2), some(5, 9, 7), some(6, 0, 0), some(9, 8, 9))
        assert (found.priority.tolist(), found.goal.tolist()) == ([0.25, 1, 0.5], [6, 8, 7])
        assert wish(some(0.1, 0.4), some(1, 1), some(0, 0), some(2, 2)).priority.tolist() == [0.25, 1]
        assert wish(some(0, 0), some(1, 1), some(0, 0), some(2, 2)).priority.tolist() == [0, 0]

    def face(self, pot: float, priority: Any = (0.5, 1.0, 0.5, 0.0)) -> Any:
        wished = Wish(some(*priority), some(12, 12, 12, 20))
        found = closed_face(wished, some(9, 10, 11, 12), np.full(4, INF), pot)
        return found.lower.tolist(), found.upper.tolist(), found.prices.pot

    def test_the_highest_priorities_are_closed_first(self) -> None:
        assert self.face(43) == ([9, 10, 11, 12], [9, 12, 11, 12], 1.0)
        assert self.face(44) == ([9, 12, 11, 12], [12, 12, 12, 12], 0.5)  # B is closed; A and C are next
        assert self.face(47) == ([9, 12, 11, 12], [12, 12, 12, 12], 0.5)

    def test_when_all_are_closed_the_rest_is_free(self) -> None:
        assert self.face(48) == ([12, 12, 12, 12], [INF] * 4, 0.0)
        assert self.face(48, (0.5, 1.0, 0.5, 0.25)) == ([12, 12, 12, 12], [12, 12, 12, 20], 0.25)

    def test_areas_of_a_cell_with_the_same_priority_are_a_segment(self) -> None:
        wished = Wish(some(0.5, 1, 0.5, 0, 0.5), some(12, 12, 12, 20, 15))
        split = segments(wished, some(9, 10, 11, 12, 13), some(INF, 14, 15, 16, 16), whole(0, 0, 0, 1, 1), 2)
        assert split.of_area.tolist() == [0, 1, 0, -1, 2]
        assert split.cell.tolist() == [0, 0, 1, 0, 1]
        assert split.worth.tolist() == [0.5, 1, 0.5, 0, 0]
        assert split.room.tolist() == [4, 2, 2, INF, 5]
        assert split.rest == 3


class TestClock:
    def test_without_a_deadline_there_is_all_the_time(self) -> None:
        assert seconds_left() is None
        check_time()
        stopped()

    def test_when_time_is_up_what_was_asked_for_is_raised(self) -> None:
        for left, expected in ((60.0, 60.0), (-1.0, SOONEST)):
            token = DEADLINE.set(Deadline(time.monotonic() + left, TimeoutError))
            try:
                assert seconds_left() == pytest.approx(expected, abs=1)
                with pytest.raises(TimeoutError):
                    stopped()
                if left > 0:
                    check_time()
                else:
                    assert seconds_left() == SOONEST
                    with pytest.raises(TimeoutError):
                        check_time()
            finally:
                DEADLINE.reset(token)


class TestRoutes:
    def test_without_groups_limits_add_up(self) -> None:
        plain, low, high = ClosedForm(), some(1, 2), some(3, 9)
        assert plain.room(low, high) == (3, 12)
        assert (plain.least(low, high), plain.most(low, high)) == (3, 12)
        full = plain.level(None, some(1, 1), low, high, 12.0)
        assert full.amounts.tolist() == [3, 9]
        assert np.isnan(full.level)
        assert plain.level(None, some(1, 1), low, high, 8.0).level == 5


class TestPaths:
    def test_gaps_are_cut_where_they_end_in_some_year(self) -> None:
        slices = heights_of(np.array([[3.0, 5.0], [4.0, 4.0], [0.0, 0.0]]))
        assert (slices.unit.tolist(), slices.size.tolist()) == ([0, 0, 1], [3, 2, 4])
        assert slices.helps[slices.cell].tolist() == [[True, True], [False, True], [True, True]]


class TestSums:
    def test_numbers_are_put_on_a_grid_that_their_sum_decides(self) -> None:
        assert on_grid(some(1 / 3), 2.0**52 - 1).tolist() == [0.5]
        assert on_grid(some(0.3, 0.8, -0.8), 2.0**52).tolist() == [0, 1, -1]
        assert steady(some(0.3, 2.0**50)).tolist() == [0.5, 2.0**50]
        assert steady(some(0.3, -(2.0**50))).tolist() == [0.5, -(2.0**50)]
        assert steady(some(0.3, 2.0**50, 0, 0)).tolist() == [0, 2.0**50, 0, 0]

    def test_totals(self) -> None:
        assert total(some()) == 0
        assert total(np.full(40_000, 0.25)) == 10_000
        assert added_up(some(1, 2, 3, 4), whole(0, -1, 2, 2), 4).tolist() == [1, 0, 7, 0]

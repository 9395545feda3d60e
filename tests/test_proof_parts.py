"""Each part of the prover on figures small enough to follow by hand: what it accepts and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from allocate.money import NO_CAP
from allocate.solver.partition import Partition, Ratio
from allocate.solver.proof.duality import Problem, Read, largest, readings
from allocate.solver.proof.keeping import check, check_groups, check_ratios
from allocate.solver.proof.levels import Fill, prove
from allocate.solver.proof.nearest import Cells, Open
from allocate.solver.proof.parts import ENDLESS, Parts
from allocate.solver.proof.room import prove_full, prove_least
from allocate.solver.proof.rounding import Rounded, worst_pair, wrong_node, wrong_tie
from allocate.solver.proof.shortfalls import missing, on_face, wished
from allocate.solver.proof.ties import Row, Ties
from allocate.solver.proof.transfers import improving_transfer
from allocate.solver.reasons import Bound, GroupLevel, Prices, Reasons, Step


def whole(*numbers: int) -> Any:
    return np.array(numbers, dtype=np.int64)


def ones(size: int) -> Any:
    return np.ones(size)


PLACES = Partition(whole(0, 0, 1, 1), whole(0, 23), whole(NO_CAP, NO_CAP))
"""A and B in one place, C and D in another that is to get 23."""
FIFTHS = Partition(whole(0, 1, 0, 1), whole(0, 0), whole(NO_CAP, 30))
"""B and D in a fifth that is to get no more than 30."""
FIRST = Partition(whole(0, 1, 2), whole(0, 0, 0), whole(NO_CAP, NO_CAP, NO_CAP))
"""Three areas, each by itself."""


def tied(size: int, *partitions: Partition, ratios: tuple[Ratio, ...] = ()) -> Ties:
    return Ties(size, partitions, ratios, NO_CAP)


class TestLimits:
    def test_every_breach_is_told_with_who_is_worst_and_by_how_much(self) -> None:
        had, low, high = whole(101, 207, 290), whole(105, 207, 290), whole(500, 500, 298)
        assert check(whole(100, 200, 300), had, low, high, 601) == [
            "area 1 is 7 pence below its baseline",
            "area 1 is 7 pence below its floor",
            "area 2 is 2 pence above its cap",
            "the areas get 600 pence of a pot of 601",
        ]

    def test_who_stands_at_a_limit_keeps_it(self) -> None:
        stands = whole(100, 200, 300)
        assert check(stands, stands, stands, stands, 600) == []
        assert check_groups(stands, [Partition(whole(0, 0, -1), whole(300), whole(300))]) == []

    def test_groups_are_held_against_both_limits(self) -> None:
        places = Partition(whole(0, 0, 1, -1), whole(4, 0), whole(9, 2))
        assert check_groups(whole(1, 2, 3, 4), [PLACES._replace(lower=whole(0, 0)), places]) == [
            "group 0 of group rule 1 gets 3 pence, not 4 to 9",
            "group 1 of group rule 1 gets 3 pence, not 0 to 2",
        ]

    @pytest.mark.parametrize(("lower", "upper"), [(-1.0, 5.0), (-np.inf, 5.0), (-1.0, np.inf)])
    def test_ratios_are_held_against_their_limits(self, lower: float, upper: float) -> None:
        first, second = np.array([True, False]), np.array([False, True])
        ratio = Ratio(first, second, 0.5, lower, upper)  # what the first gets, less half of the second's
        assert check_ratios(whole(99, 200), [ratio]) == []
        assert check_ratios(whole(105, 200), [ratio]) == []
        assert bool(check_ratios(whole(98, 200), [ratio])) == np.isfinite(lower)
        assert bool(check_ratios(whole(106, 200), [ratio])) == np.isfinite(upper)

    def test_a_ratio_may_be_off_by_a_thousandth_of_a_penny_and_no_more(self) -> None:
        everybody, nobody = np.array([True]), np.array([False])
        for off, breached in ((0.0009, False), (0.0011, True)):
            low = Ratio(everybody, nobody, 1.0, 10 + off, np.inf)
            high = Ratio(everybody, nobody, 1.0, -np.inf, 10 - off)
            assert bool(check_ratios(whole(10), [low])) == breached
            assert bool(check_ratios(whole(10), [high])) == breached


class TestTransfers:
    """A penny from the better funded to the worse funded, if they are still so after it."""

    def found(self, *amounts: int, low: int = 0, high: int = 10**9, **options: Any) -> Any:
        size = len(amounts)
        weight = options.pop("weight", ones(size))
        return improving_transfer(whole(*amounts), weight, np.full(size, low), np.full(size, high), **options)

    def test_it_goes_from_the_best_funded_to_the_worst(self) -> None:
        assert self.found(100, 300, 200) == (0, 1)
        assert self.found(200, 100, 150, 300) == (1, 3)

    def test_two_pennies_apart_nothing_is_gained(self) -> None:
        assert self.found(100, 102) is None
        assert self.found(100, 103) == (0, 1)

    def test_units_and_allowances_are_what_may_lie_between_two(self) -> None:
        assert self.found(100, 120, unit=10) is None
        assert self.found(100, 130, unit=10) == (0, 1)
        assert self.found(100, 150, allowance=25) is None
        assert self.found(100, 151, allowance=25) == (0, 1)

    def test_limits_stop_it_only_where_they_leave_no_unit(self) -> None:
        assert self.found(100, 300, high=100) is None
        assert self.found(100, 300, high=101) == (0, 1)
        assert self.found(100, 300, low=300) is None
        assert self.found(100, 300, low=299) == (0, 1)

    def test_it_is_counted_per_unit_of_weight(self) -> None:
        assert self.found(100, 300, weight=np.array([1.0, 3.0])) is None
        assert self.found(100, 300, weight=np.array([1.0, 2.0])) == (0, 1)
        assert self.found(100, 300, weight=np.array([0.0, 1.0])) is None
        assert self.found(300, 100, weight=np.array([0.0, 1.0])) is None
        assert self.found(10, 23, weight=np.array([1.0, 2.0])) is None  # 11 each
        assert self.found(10, 24, weight=np.array([1.0, 2.0])) == (0, 1)

    def test_groups_keep_their_money(self) -> None:
        assert self.found(100, 300, of=np.array([0, 1])) is None
        assert self.found(100, 101, 500, 700, of=np.array([0, 0, 1, 1])) == (2, 3)
        # The first group is near enough to look at closely, and holds; the second does not.
        assert self.found(100, 102, 500, 700, of=np.array([0, 0, 1, 1])) == (2, 3)

    def test_those_near_the_extremes_are_compared_exactly_however_little_the_worst_has(self) -> None:
        weight = np.array([3.0, 7.0, 1.0])
        assert self.found(0, 0, 1_000, weight=weight) == (1, 2)
        assert self.found(0, 0, 1, weight=weight) is None

    def test_floats_that_look_alike_are_compared_exactly(self) -> None:
        big = 2**53
        assert self.found(big, big + 2, high=2**60) is None
        assert self.found(big, big + 3, high=2**60) == (0, 1)


class TestParts:
    def test_a_penny_has_as_many_parts_as_the_pot_leaves_room_for(self) -> None:
        pound, billions = Parts.of_pot(100, 3), Parts.of_pot(10**12, 3)
        assert (pound.penny, billions.penny) == (2**30, 2**20)
        assert (billions.pot, billions.whole) == (10**12, 10**12 * 2**20)
        assert Parts.of_pot(2**70, 3).penny == 1

    def test_what_sums_may_be_off_by(self) -> None:
        assert Parts.of_pot(100, 3).slack == 2**30 // 1000  # a thousandth of a penny
        nation = Parts.of_pot(10**12, 3)
        assert nation.slack / nation.penny == pytest.approx(0.2276, abs=1e-4)  # of £10 billion a quarter
        assert Parts.of_pot(10**12, 4 * 2**20).slack == pytest.approx(2 * nation.slack, rel=1e-2)
        assert Parts.of_pot(2**70, 3).slack >= 1
        assert Parts.of_pot(0, 1).noise(1) == 2

    def test_limits_above_the_pot_are_none(self) -> None:
        parts = Parts.of_pot(100, 1)
        assert parts.of_limits(whole(99, 100, 101)).tolist() == [99 << 30, 100 << 30, ENDLESS]
        assert parts.of_pence(whole(0, 7)).tolist() == [0, 7 << 30]

    def test_amounts_are_put_on_the_nearest_part(self) -> None:
        parts = Parts.of_pot(100, 1)
        near = parts.nearest(np.array([0.5, 1 / 3, -np.inf, np.inf]))
        assert near.tolist() == [1 << 29, round(2**30 / 3), -ENDLESS, ENDLESS]


class TestTies:
    def test_areas_with_the_same_memberships_are_a_cell(self) -> None:
        ratio = Ratio(np.array([True, True, False, False, False]), np.array([True] * 5), 0.5, 0.0, 3.0)
        places = Partition(whole(0, 0, 0, -1, 0), whole(7), whole(9))
        ties = tied(5, places, ratios=(ratio,))
        first, _, third, alone, _ = ties.cell_of.tolist()
        assert ties.cell_of.tolist() == [first, first, third, alone, third]
        assert ties.cells == 3
        assert ties.totals(whole(1, 2, 3, 4, 5))[[first, third, alone]].tolist() == [3, 8, 4]
        assert ties.rows == [
            Row({first: Fraction(1), third: Fraction(1)}, Fraction(7), Fraction(9)),
            Row(
                {first: Fraction(1, 2), third: Fraction(-1, 2), alone: Fraction(-1, 2)},
                Fraction(0),
                Fraction(3),
            ),
        ]

    def test_limits_that_there_are_none_of_are_none(self) -> None:
        nobody, everybody = np.array([False]), np.array([True])
        ratios = (Ratio(everybody, nobody, 1.0, -np.inf, 4.0), Ratio(everybody, nobody, 1.0, 4.0, np.inf))
        places = Partition(whole(0), whole(0), whole(NO_CAP))
        limits = [(row.lower, row.upper) for row in tied(1, places, ratios=ratios).rows]
        assert limits == [(None, None), (None, 4), (4, None)]

    def test_a_cell_that_may_have_far_more_than_the_pot_has_no_limit(self) -> None:
        upper = whole(3, 5, 100, ENDLESS)
        assert tied(4, FIFTHS).most(upper, 60).tolist() == [103, ENDLESS]
        assert tied(4, FIFTHS).most(upper, 51).tolist() == [ENDLESS, ENDLESS]

    def test_groups_in_groups_are_a_tree(self) -> None:
        inner = Partition(whole(0, -1, 1, -1), whole(1, 2), whole(NO_CAP, 5))
        ties = tied(4, inner, PLACES)
        tree = ties.tree([0, 1])
        assert tree is not None
        assert (tree.node_of.tolist(), tree.parent.tolist()) == ([0, 2, 1, 3], [2, 3, 4, 4, 4])
        assert tree.up(whole(1, 2, 30, 40)).tolist() == [1, 30, 3, 70, 73]
        assert tree.up(whole(1, 2, 30, 40), least=whole(5, 0, 0, 0, 0)).tolist() == [5, 30, 7, 70, 77]
        assert tree.up(whole(1, 2, 30, 40), most=whole(9, 8, 9, 50, 60)).tolist() == [1, 8, 3, 48, 51]
        assert tree.own(whole(1, 2, 30, 40)).tolist() == [1, 30, 2, 40, 0]
        assert tree.down({3: 7.0}, 1.5) == [1.5, 7.0, 1.5, 7.0, 1.5]
        lower, _, capped = tree.limits()
        assert lower.tolist() == [1, 2, 0, 23, 0]
        assert capped.tolist() == [False, True, False, False, False]

    def test_what_is_no_tree(self) -> None:
        ratio = Ratio(np.array([True] * 4), np.array([False] * 4), 1.0, 0.0, 1.0)
        assert tied(4, PLACES, FIFTHS).tree([0, 1]) is None
        assert tied(4, PLACES).tree([]) is None
        assert tied(4, PLACES, ratios=(ratio,)).tree([0]) is None
        assert tied(4, PLACES).tree([0]) is not None


class TestPrices:
    """What prices prove of two cells that share out 10, the first with at most 3 and at least 1."""

    ROWS = (Row({0: Fraction(1)}, Fraction(1), Fraction(3)), Row({1: Fraction(2)}, None, None))

    def bound(self, weights: list[int], rows: dict[int, int], pot: int, penny: int = 1) -> Any:
        problem = Problem([0 * penny, 2 * penny], [20 * penny, 9 * penny], self.ROWS, 10 * penny, penny)
        prices = {row: Fraction(price) for row, price in rows.items()}
        return problem.bound([Fraction(each) for each in weights], prices, Fraction(pot))

    def test_a_cap_bounds_what_its_cells_get(self) -> None:
        assert self.bound([1, 0], {0: 1}, 0) == 3
        assert self.bound([1, 0], {0: 1}, 0, penny=4) == 12

    def test_a_floor_of_some_bounds_what_the_others_get(self) -> None:
        assert self.bound([0, 1], {0: -1}, 1) == 9  # 10, less the 1 of the first
        assert self.bound([0, -1], {0: 1}, -1) == -7  # 10, less the 3 that the first may have

    def test_without_prices_there_are_the_limits_of_cells_and_the_pot(self) -> None:
        assert self.bound([1, 0], {}, 0) == 8  # of 10 the second has 2
        assert self.bound([0, 1], {}, 0) == 9  # its own limit
        assert self.bound([0, -1], {}, 0) == -2
        both = Problem([1, 2, 3], [20, 9, 9], self.ROWS, 10, 1)
        assert (
            both.bound([Fraction(1), Fraction(0), Fraction(0)], {}, Fraction(0)) == 5
        )  # of 10 the others have 5

    def test_a_price_of_a_limit_that_there_is_none_proves_nothing(self) -> None:
        assert self.bound([0, 1], {1: 1}, 0) is None
        assert self.bound([0, 1], {1: -1}, 0) is None
        assert self.bound([0, 1], {1: 0}, 0) == 9

    def test_prices_may_be_the_simple_ratios_they_are_near_to_or_what_they_say(self) -> None:
        a_third, a_half, none = 1 / 3 + 1e-12, 0.5 + 2e-9, 0.1234567
        simple, said = readings(Prices({0: a_third, 1: a_half}, none))
        assert simple == Read({0: Fraction(1, 3), 1: Fraction(a_half)}, Fraction(none))
        assert said == Read({0: Fraction(a_third), 1: Fraction(a_half)}, Fraction(none))

    def test_prices_are_parts_of_the_largest(self) -> None:
        prices = Prices({0: -4.0, 1: 3.0}, 2.0)
        assert largest(prices) == 4
        expected = Read({0: Fraction(-1), 1: Fraction(3, 4)}, Fraction(1, 2))
        assert list(readings(prices, largest(prices))) == [expected, expected]
        assert largest(Prices({}, 0.0)) == 1


def asked(ties: Ties, lower: Any, upper: Any, pot: int, **changes: Any) -> Fill:
    """A fill by equal weights, in pence."""
    parts = Parts.of_pot(pot, ties.size)
    limits = parts.of_pence(lower), parts.of_limits(upper)
    given = {"offset": None, "weight": ones(ties.size), "rows": ties.rows} | changes
    return Fill(parts, ties, lower=limits[0], upper=limits[1], pot=parts.whole, **given)


def in_pence(fill: Fill, amounts: Any) -> list[float]:
    return [float(each / fill.parts.penny) for each in amounts.tolist()]


FLOORS = whole(9, 10, 11, 12)
NO_CAPS = whole(NO_CAP, NO_CAP, NO_CAP, NO_CAP)


class TestLevels:
    """A, B, C and D have 9, 10, 11 and 12."""

    def test_one_level_for_all(self) -> None:
        fill = asked(tied(4), FLOORS, whole(NO_CAP, 10, NO_CAP, NO_CAP), 46)
        proven = prove(fill, Reasons(12.0), ())
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([12, 10, 12, 12], [])

    def test_a_level_that_misses_the_pot_by_more_than_noise_is_doubted(self) -> None:
        fill = asked(tied(4), FLOORS, NO_CAPS, 48)
        for off, doubts in ((0.0, 0), (1e-5, 0), (-1e-5, 0), (1e-3, 1), (-1e-3, 1)):
            assert len(prove(fill, Reasons(12.0 + off), ()).doubts) == doubts
        assert prove(fill, Reasons(12.0 + 1e-5), ()).gap == pytest.approx(4e-5 * fill.parts.penny, rel=1e-3)

    def test_who_has_no_weight_stays_and_who_starts_somewhere_rises_from_there(self) -> None:
        weight = np.array([2.0, 0.0, 1.0, 1.0])
        fill = asked(tied(4), FLOORS, NO_CAPS, 46, weight=weight)
        fill = asked(tied(4), FLOORS, NO_CAPS, 46, weight=weight, offset=fill.lower)
        proven = prove(fill, Reasons(1.0), ())
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([11, 10, 12, 13], [])

    def test_a_level_above_all_there_is_fills_everybody_up(self) -> None:
        fill = asked(tied(4), FLOORS, FLOORS + 1, 46)
        assert in_pence(fill, prove(fill, Reasons(None), ()).amounts) == [10, 11, 12, 13]
        weight = np.array([1.0, 0.0, 1.0, 1.0])
        fill = asked(tied(4), FLOORS, whole(10, 10, 12, 13), 45, weight=weight)
        assert in_pence(fill, prove(fill, Reasons(None), ()).amounts) == [10, 10, 12, 13]
        (doubt,) = prove(asked(tied(4), FLOORS, NO_CAPS, 46), Reasons(None), ()).doubts
        assert doubt == "areas would get more than the pot at its levels"

    def test_amounts_are_added_up_to_twice_the_pot(self) -> None:
        for level, doubt in (
            (23.0, "what areas get at its levels misses the pot or a rule for groups by 46p"),
            (23.5, "areas would get more than the pot at its levels"),
        ):
            assert prove(asked(tied(4), FLOORS, NO_CAPS, 46), Reasons(level), ()).doubts == [doubt]

    def test_a_group_at_its_floor_has_a_higher_level(self) -> None:
        south = PLACES._replace(lower=whole(0, 26))
        fill = asked(tied(4, south), FLOORS, NO_CAPS, 46)
        proven = prove(fill, Reasons(10.0, (GroupLevel(0, 1, 13.0),)), (0,))
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([10, 10, 13, 13], [])
        without = prove(
            fill, Reasons(11.0), (0,)
        )  # 11, 11, 11 and 12: one short of the pot, three of the floor
        assert without.gap == 3 * fill.parts.penny
        assert without.doubts == ["what areas get at its levels misses the pot or a rule for groups by 3p"]

    def test_a_group_at_its_cap_has_a_lower_level(self) -> None:
        north = PLACES._replace(lower=whole(0, 0), upper=whole(20, NO_CAP))
        fill = asked(tied(4, north), FLOORS, NO_CAPS, 46)
        proven = prove(fill, Reasons(13.0, (GroupLevel(0, 0, 10.0),)), (0,))
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([10, 10, 13, 13], [])

    @pytest.mark.parametrize(
        ("everybody", "group", "level"),
        [(10.0, 1, 13.0), (13.0, 0, 10.0)],
    )
    def test_a_group_that_stands_at_no_limit_has_the_level_around_it(
        self, everybody: float, group: int, level: float
    ) -> None:
        fill = asked(tied(4, PLACES), FLOORS, NO_CAPS, 46)
        proven = prove(fill, Reasons(everybody, (GroupLevel(0, group, level),)), (0,))
        assert proven.doubts == ["a group has another level than the group around it, and stands at no limit"]

    def test_a_level_that_makes_no_difference_is_harmless(self) -> None:
        # The south has 11 and 12 anyway, at 10 as at 9: but for that, it stands at no limit.
        fill = asked(tied(4, PLACES._replace(lower=whole(0, 0))), FLOORS, NO_CAPS, 43)
        assert prove(fill, Reasons(10.0, (GroupLevel(0, 1, 9.0),)), (0,)).doubts == []

    def test_groups_that_overlap_are_not_nested(self) -> None:
        fill = asked(tied(4, PLACES, FIFTHS), FLOORS, NO_CAPS, 42)
        proven = prove(fill, Reasons(9.0), (0, 1))
        assert proven.doubts[0] == "it takes groups for nested that are not"


class TestSteps:
    """Of 44, C and D are to get 23.8 and B and D 23.1 (here in tens: 238 and 231 of 440)."""

    ROWS = (
        Partition(whole(-1, -1, 0, 0), whole(238), whole(NO_CAP)),
        Partition(whole(-1, 0, -1, 0), whole(231), whole(NO_CAP)),
    )
    STEPS = (
        Step(99.0, (0, 2), Prices({1: -1.0}, 1.0)),
        Step(103.0, (1,), Prices({0: -1.0}, 1.0)),
        Step(128.0, (3,), Prices({}, 1.0)),
    )

    def proven(self, *steps: Step) -> tuple[list[float], list[str]]:
        fill = asked(tied(4, *self.ROWS), whole(90, 100, 110, 120), NO_CAPS, 440)
        found = prove(fill, Reasons(steps=steps), None)
        return in_pence(fill, found.amounts), found.doubts

    def test_levels_one_after_the_other(self) -> None:
        assert self.proven(*self.STEPS) == ([99, 103, 110, 128], [])

    def test_nested_groups_may_be_proven_step_by_step_as_well(self) -> None:
        fill = asked(tied(4, PLACES._replace(lower=whole(0, 26))), FLOORS, NO_CAPS, 46)
        steps = (Step(10.0, (0,), Prices({1: -1.0}, 1.0)), Step(13.0, (2,), Prices({}, 1.0)))
        proven = prove(fill, Reasons(steps=steps), (0,))
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([10, 10, 13, 13], [])

    def test_where_nobody_can_rise_nothing_has_to_be_said(self) -> None:
        fill = asked(tied(4, PLACES, FIFTHS), FLOORS, FLOORS, 42)
        proven = prove(fill, Reasons(), None)
        assert (in_pence(fill, proven.amounts), proven.doubts) == ([9, 10, 11, 12], [])

    def test_the_first_level_too_low(self) -> None:
        low = self.STEPS[0]._replace(level=98.0)
        _, doubts = self.proven(low, self.STEPS[1]._replace(level=104.0), self.STEPS[2])
        assert "the prices of level 1 do not prove that its cells can go no higher" in doubts

    def test_how_far_a_level_may_be_from_the_highest_is_told(self) -> None:
        # A hundred-thousandth of a penny that A could have, D has.
        low, high = self.STEPS[0]._replace(level=99 - 1e-5), self.STEPS[2]._replace(level=128 + 1e-5)
        fill = asked(tied(4, *self.ROWS), whole(90, 100, 110, 120), NO_CAPS, 440)
        found = prove(fill, Reasons(steps=(low, self.STEPS[1], high)), None)
        assert (found.doubts, float(found.gap / fill.parts.penny)) == ([], pytest.approx(1e-5, rel=1e-3))
        assert prove(fill, Reasons(steps=self.STEPS), None).gap == 0

    def test_prices_that_price_nobody_who_stops(self) -> None:
        _, doubts = self.proven(self.STEPS[0]._replace(prices=Prices({}, 0.0)), *self.STEPS[1:])
        assert doubts == ["the prices of level 1 do not prove that its cells can go no higher"]

    def test_prices_prove_as_much_as_they_do_for_who_is_priced_least(self) -> None:
        # A stands at its cap of 10; that of B is 11, and its small price leaves a penny open.
        caps = Partition(whole(0, 1), whole(0, 0), whole(10, 11))
        fill = asked(tied(2, caps), whole(0, 0), whole(NO_CAP, NO_CAP), 20)
        unproven = ["the prices of level 1 do not prove that its cells can go no higher"]
        for price in (0.0005, 0.0):
            step = Step(10.0, (0, 1), Prices({0: 1.0, 1: price}, 0.0))
            assert prove(fill, Reasons(steps=(step,)), None).doubts == unproven
        by_pot = Step(10.0, (0, 1), Prices({}, 1.0))
        assert prove(fill, Reasons(steps=(by_pot,)), None).doubts == []

    def test_a_price_near_to_a_simple_fraction_may_be_just_what_it_says(self) -> None:
        # A gets at least a part of the pot that is near to 361/455: B stops where the rest ends.
        times, pot = 0.79340659290863, 10**9
        assert abs(times - 361 / 455) < 1e-9
        parity = Ratio(np.array([True, False]), np.array([True, True]), times, 0.0, np.inf)
        fill = asked(tied(2, ratios=(parity,)), whole(0, 0), whole(NO_CAP, NO_CAP), pot)
        steps = (
            Step(pot * (1 - times), (1,), Prices({0: -1.0}, 1 - times)),
            Step(pot * times, (0,), Prices({}, 1.0)),
        )
        assert prove(fill, Reasons(steps=steps), None).doubts == []
        lower = steps[0]._replace(level=pot * (1 - times) - 0.01)
        doubts = prove(fill, Reasons(steps=(lower, steps[1]._replace(level=pot * times + 0.01))), None).doubts
        assert doubts == ["the prices of level 1 do not prove that its cells can go no higher"]

    def test_who_never_stops(self) -> None:
        _, doubts = self.proven(*self.STEPS[:2])
        assert doubts[0] == "1 cells never stop rising"

    def test_who_stops_twice(self) -> None:
        _, doubts = self.proven(*self.STEPS[:2], self.STEPS[2]._replace(stopped=(1, 3)))
        assert "level 3 stops a cell that has stopped before" in doubts

    def test_levels_in_another_order(self) -> None:
        # At 103 A and C would get 103 and 110, and then stop at less.
        _, doubts = self.proven(self.STEPS[1], self.STEPS[0], self.STEPS[2])
        assert "a cell does not get what it needs at a level before the one it stops at" in doubts

    def test_a_level_beyond_the_pot(self) -> None:
        _, doubts = self.proven(self.STEPS[0]._replace(level=1e6), *self.STEPS[1:])
        assert "at level 1 areas would get more than the pot" in doubts


class TestRounding:
    def rounded(self, exact: list[float], got: list[int], unit: int = 1, **limits: Any) -> Rounded:
        parts = Parts.of_pot(1_000, len(exact))
        size = len(exact)
        low, high = (
            limits.get("low", np.zeros(size, dtype=np.int64)),
            limits.get("high", np.full(size, 1_000)),
        )
        return Rounded(
            parts.nearest(np.array(exact)),
            parts.of_pence(whole(*got)),
            parts.of_pence(low),
            parts.of_pence(high),
            unit * parts.penny,
            parts,
        )

    def pair(self, *args: Any, of: Any = (0, 0, 0), **limits: Any) -> Any:
        return worst_pair(self.rounded(*args, **limits), np.array(of[: len(args[0])]), max(of) + 1)

    def test_the_largest_remainders_are_rounded_up(self) -> None:
        assert self.pair([10.2, 20.3, 30.5], [10, 20, 31]) is None
        assert self.pair([10.2, 20.3, 30.5], [10, 21, 30]) == (2, 1)
        assert self.pair([10.2, 20.3, 30.5], [11, 20, 30]) == (2, 0)

    def test_a_tie_may_go_either_way(self) -> None:
        assert self.pair([10.5, 20.5], [11, 20]) is None
        assert self.pair([10.5, 20.500001], [11, 20]) is None  # a millionth is noise
        assert self.pair([10.5, 20.50001], [11, 20]) == (1, 0)

    def test_a_unit_two_millionths_and_what_floats_are_off_by_may_be_between(self) -> None:
        rounded = self.rounded([10.0, 20.0], [11, 20])
        assert rounded.parts.penny == 1 << 30
        for apart, pair in ((2_147 + 8 * 2, None), (2_147 + 8 * 2 + 1, (1, 0))):
            exact = rounded.exact + whole(0, apart)
            assert worst_pair(rounded._replace(exact=exact), np.zeros(2, dtype=np.intp), 1) == pair

    def test_nobody_gives_or_takes_past_a_limit(self) -> None:
        assert self.pair([10.2, 20.7], [11, 20], low=whole(11, 0)) is None
        assert self.pair([10.2, 20.7], [11, 20], low=whole(10, 0)) == (1, 0)
        assert self.pair([10.2, 20.7], [11, 20], high=whole(99, 20)) is None
        assert self.pair([10.2, 20.7], [11, 20], high=whole(99, 21)) == (1, 0)

    def test_units_go_within_groups(self) -> None:
        assert self.pair([10.2, 20.7, 30.1], [11, 20, 30], of=(0, 1, 1)) is None
        assert self.pair([10.2, 20.7, 30.2], [10, 20, 31], of=(0, 1, 1)) == (1, 2)
        # What is said of a pair is of its group, whoever is as far off in another.
        assert self.pair([10.9, 20.2, 30.9], [10, 21, 30], of=(0, 1, 1)) == (2, 1)
        assert self.pair([10.2, 20.2, 30.9], [11, 21, 30], of=(0, 1, 1)) == (2, 1)
        assert self.pair([102.0, 207.0], [110, 200], 10) == (1, 0)
        assert self.pair([104.0, 204.0], [110, 200], 10) is None

    def test_of_areas_alike_the_earlier_id_gets_the_penny(self) -> None:
        forwards, backwards = (lambda at: at), (lambda at: at[::-1])
        rounded, of = self.rounded([0.5, 0.5, 0.5], [0, 1, 1]), np.zeros(3, dtype=np.intp)
        assert wrong_tie(rounded, of, of, forwards) == (0, 1)
        assert wrong_tie(rounded, of, of, backwards) is None
        assert wrong_tie(rounded, np.array([0, 1, 1]), of, forwards) is None
        assert wrong_tie(rounded, of, np.array([0, 1, 1]), forwards) is None
        assert wrong_tie(self.rounded([0.25, 0.75, 0.75], [0, 1, 1]), of, of, forwards) is None

    def node(self, exact: list[float], got: list[int], *partitions: Partition) -> bool:
        tree = tied(len(exact), *partitions).tree(range(len(partitions)))
        assert tree is not None
        return wrong_node(self.rounded(exact, got), tree)

    def test_totals_of_groups_are_rounded_from_the_outermost_inwards(self) -> None:
        places = PLACES._replace(lower=whole(0, 0))
        # 20.6 and 30.4: the penny belongs to the first place.
        assert not self.node([10.3, 10.3, 15.2, 15.2], [11, 10, 15, 15], places)
        assert self.node([10.3, 10.3, 15.2, 15.2], [10, 10, 16, 15], places)

    def test_a_group_gets_no_penny_that_its_cap_denies(self) -> None:
        capped = PLACES._replace(lower=whole(0, 0), upper=whole(20, NO_CAP))
        assert not self.node([10.3, 10.3, 15.2, 15.2], [10, 10, 16, 15], capped)
        floored = PLACES._replace(lower=whole(0, 31))
        assert not self.node([10.3, 10.3, 15.2, 15.2], [10, 10, 16, 15], floored)

    def test_areas_in_no_group_count_as_one_more(self) -> None:
        places = Partition(whole(0, 0, -1, -1), whole(0), whole(NO_CAP))
        assert not self.node([10.3, 10.3, 15.2, 15.2], [11, 10, 15, 15], places)
        assert self.node([10.3, 10.3, 15.2, 15.2], [10, 10, 16, 15], places)
        # Nothing goes to areas that there are none of.
        everybody = Partition(whole(0, 0), whole(0), whole(NO_CAP))
        assert not self.node([10.5, 10.5], [11, 10], everybody)


class TestNearest:
    """Totals of 10.5, 20.5 and 30: in whole units the first or the second goes up."""

    def cells(self, got: list[int], exact: tuple[float, ...] = (10.5, 20.5, 30.0), **changes: Any) -> Cells:
        ties = tied(3, *changes.get("rules", [FIRST._replace(upper=whole(NO_CAP, 20, NO_CAP))]))
        scaled = [round(10 * each) for each in exact]
        most = changes.get("most", [400, 400, 400])
        return Cells(scaled, [10 * each for each in got], changes.get("least", [0, 0, 0]), most, 10, 10, ties)

    def test_distances_add_up(self) -> None:
        assert self.cells([11, 20, 30]).distance([110, 200, 300]) == 1
        assert self.cells([11, 20, 30]).distance([130, 200, 280]) == Fraction(5)

    def test_what_is_allowed(self) -> None:
        cells = self.cells([11, 20, 30], most=[110, 400, 400], least=[0, 0, 280])
        assert cells.allow([110, 200, 300])
        assert cells.allow([110, 210, 290]) is False  # the second row
        assert cells.allow([120, 200, 290]) is False  # the most of the first
        assert cells.allow([110, 190, 310])
        assert cells.allow([130, 200, 270]) is False  # the least of the third
        assert cells.allow([105, 200, 305]) is False  # no whole units
        assert cells.allow([110, 200, 310]) is False  # another sum
        floors = [Partition(whole(0, 1, 1), whole(0, 50), whole(NO_CAP, NO_CAP)), FIRST]
        assert self.cells([11, 20, 30], rules=floors).allow([110, 200, 300])
        assert self.cells([11, 20, 30], rules=floors).allow([120, 200, 290]) is False

    def test_the_nearest_are_proven_by_prices(self) -> None:
        assert self.cells([11, 20, 30]).nearer(Prices({}, 0.0), 1e-6) is None
        assert self.cells([11, 20, 30]).nearer(Prices({}, 0.3), 1e-6) is None

    def test_what_is_nearer_is_found(self) -> None:
        assert self.cells([12, 20, 29]).nearer(Prices({}, 0.0), 1e-6) == [110, 200, 300]
        just = self.cells([12, 20, 29], least=[110, 200, 290], most=[120, 200, 300])
        assert just.nearer(Prices({}, 0.0), 1e-6) == [110, 200, 300]
        whole_already = self.cells([11, 19, 30], (10.0, 20.0, 30.0))
        assert whole_already.nearer(Prices({}, 0.0), 1e-6) == [100, 200, 300]
        assert self.cells([13, 19, 29]).nearer(Prices({}, 0.0), 1e-6) is not None
        assert self.cells([12, 20, 29]).nearer(Prices({}, 0.0), 2.5) is None  # they are nearer by 2 only

    def test_totals_up_to_three_units_from_the_exact_ones_are_looked_for(self) -> None:
        others = Partition(whole(-1, 0, 0), whole(0), whole(48))
        further = self.cells([14, 18, 29], (10.2, 20.7, 30.1), rules=[FIRST, others])
        assert further.allow([140, 180, 290])
        nearer = further.nearer(Prices({}, 0.0), 1e-6)
        assert nearer is not None
        assert (nearer[0], sum(nearer)) == (130, 610)

    def test_a_price_of_a_limit_that_there_is_none_leaves_it_open(self) -> None:
        with pytest.raises(Open):
            self.cells([12, 20, 29]).nearer(Prices({0: 1.0}, 0.0), 1e-6)

    def many(self, got: list[int], low: int = 0, high: int = NO_CAP) -> Cells:
        """Twenty cells of which each may as well go up as down, but for what the first two get together."""
        size = len(got)
        alone = Partition(np.arange(size), np.zeros(size, dtype=np.int64), np.full(size, NO_CAP))
        two = Partition(np.where(np.arange(size) < 2, 0, -1), whole(low), whole(high))
        scaled = [10 * each for each in got]
        cells = Cells([105] * size, scaled, [0] * size, [200] * size, 10, 10, tied(size, alone, two))
        assert cells.allow(scaled)
        return cells

    def test_only_totals_that_could_be_nearer_are_gone_through(self) -> None:
        # Whole totals, but for a cap that takes one from the first two: whatever else moves is further off.
        got = [9, 10, 11, *[10] * 17]
        cells = replace(self.many(got, high=19), exact=[100] * 20)
        assert cells.nearer(Prices({}, 0.0), 0.5) is None

    def test_too_many_totals_leave_it_open_that_prices_would_prove(self) -> None:
        capped = self.many([9, 10, *[10, 11] * 9], high=19)
        floored = self.many([12, 11, *[10, 11] * 9], low=23)
        more = self.many([12, 11, *[11] * 18])
        for cells, prices in (
            (capped, Prices({20: -1.0}, 0.0)),
            (floored, Prices({20: 1.0}, 0.0)),
            (more, Prices({}, 1.0)),
        ):
            assert cells.nearer(prices, 0.5) is None
        with pytest.raises(Open):
            capped.nearer(Prices({}, 0.0), 0.5)
        assert capped.nearer(Prices({}, 0.0), 1.0) is None


class TestRoom:
    def test_with_nested_groups_nobody_may_rise(self) -> None:
        north = PLACES._replace(lower=whole(0, 0), upper=whole(20, NO_CAP))
        fill = asked(tied(4, north), FLOORS, whole(15, 15, 11, 12), 100)
        full, free = fill.parts.of_pence(whole(10, 10, 11, 12)), fill.parts.of_pence(whole(9, 10, 11, 12))
        assert prove_full(fill, full, (0,), None) is None
        assert prove_full(fill, free, (0,), None) == "more could have been placed"

    def test_half_a_penny_is_left_to_rounding(self) -> None:
        fill = asked(tied(1), whole(9), whole(15), 100)
        almost, short = fill.parts.nearest(np.array([14.5])), fill.parts.nearest(np.array([14.49]))
        assert prove_full(fill, almost, (), None) is None
        assert prove_full(fill, short, (), None) == "more could have been placed"

    def test_where_groups_overlap_prices_say_that_no_more_may_be_placed(self) -> None:
        # B and D may get 30, A 10 and C 12.
        fill = asked(tied(4, PLACES, FIFTHS), FLOORS, whole(10, 50, 12, 50), 100)
        full, short = fill.parts.of_pence(whole(10, 15, 12, 15)), fill.parts.of_pence(whole(10, 14, 12, 15))
        right, wrong = Prices({3: 1.0}, 0.0), Prices({}, 0.0)
        assert prove_full(fill, full, None, Bound(right, (), np.array([]))) is None
        untrue = "the prices do not prove that no more could have been placed"
        assert prove_full(fill, short, None, Bound(right, (), np.array([]))) == untrue
        assert prove_full(fill, full, None, Bound(wrong, (), np.array([]))) == untrue
        assert prove_full(fill, full, None, Bound(Prices({0: 1.0}, 0.0), (), np.array([]))) == untrue
        assert prove_full(fill, full, None, None) == "nothing says that no more could have been placed"

    def test_what_floors_of_nested_groups_take(self) -> None:
        fill = asked(tied(4, PLACES._replace(lower=whole(25, 20))), FLOORS, NO_CAPS, 100)
        assert prove_least(fill, (0,), None, 48) is None  # 25 in the north, 11 and 12 in the south
        for wrong in (47, 49):
            assert prove_least(fill, (0,), None, wrong) == "floors take another sum at the least"

    def test_what_floors_of_groups_that_overlap_take(self) -> None:
        # The south lacks 2, the second fifth 3: what D gets counts for both.
        south, second = PLACES._replace(lower=whole(0, 25)), FIFTHS._replace(lower=whole(0, 25))
        fill = asked(tied(4, south, second), FLOORS, NO_CAPS, 100)
        prices, cells = Prices({1: 0.0, 3: -1.0}, 0.0), (0, 1, 2, 3)
        totals = np.array([9.0, 10.0, 11.0, 15.0])
        assert prove_least(fill, None, Bound(prices, cells, totals), 45) is None
        unproven = "the prices do not prove what floors take at the least"
        assert prove_least(fill, None, Bound(Prices({}, 0.0), cells, totals), 45) == unproven
        assert prove_least(fill, None, Bound(prices, cells, totals), 46) == unproven
        missed = "floors take more than is claimed"
        assert prove_least(fill, None, Bound(prices, cells, totals), 44) == missed
        for wrong in ([9, 10, 11, 14.9899], [8.98, 10, 11, 15.02], [9, 12, 11, 13], [9, 10.02, 11, 15]):
            assert prove_least(fill, None, Bound(prices, cells, np.array(wrong)), 45) == missed
        capped = asked(tied(4, south, second), FLOORS, whole(9, 10, 11, 15), 100)
        assert prove_least(capped, None, Bound(prices, cells, totals), 45) is None
        near = np.array([9, 10, 11, 14.99005])  # a hundredth is noise
        assert prove_least(fill, None, Bound(prices, cells, near), 45) is None

    def test_floors_that_the_areas_meet_already_need_no_prices(self) -> None:
        fill = asked(tied(4, PLACES, FIFTHS), FLOORS, NO_CAPS, 100)
        assert prove_least(fill, None, None, 42) is None
        nothing = "nothing says what floors take at the least"
        assert prove_least(fill, None, None, 43) == nothing
        short = asked(tied(4, PLACES._replace(lower=whole(0, 24)), FIFTHS), FLOORS, NO_CAPS, 100)
        assert prove_least(short, None, None, 42) == nothing
        above = asked(tied(4, PLACES, FIFTHS._replace(upper=whole(NO_CAP, 21))), FLOORS, NO_CAPS, 100)
        assert prove_least(above, None, None, 42) == nothing


class TestShortfalls:
    """Goals of 12 for all four; B counts three times as much as A, C twice, D not at all."""

    PRIORITY = np.array([1.0, 3.0, 2.0, 0.0])
    GOAL = np.array([12.0, 12.0, 12.0, 12.0])

    def fill(self, pot: int, *rules: Partition) -> Fill:
        return asked(tied(4, *rules), FLOORS, NO_CAPS, pot)

    def test_priorities_are_parts_of_the_highest_and_goals_within_the_limits(self) -> None:
        fill = asked(tied(4), FLOORS, whole(11, NO_CAP, NO_CAP, NO_CAP), 46)
        wish = wished(fill, self.PRIORITY, np.array([12.0, 12.0, 8.0, 12.0]))
        assert wish.priority.tolist() == pytest.approx([1 / 3, 1, 2 / 3, 0])
        assert in_pence(fill, wish.goal) == [11, 12, 11, 12]
        assert wished(fill, self.PRIORITY / 6, self.GOAL).priority.tolist() == pytest.approx(
            [1 / 3, 1, 2 / 3, 0]
        )
        assert wished(fill, np.zeros(4), self.GOAL).priority.tolist() == [0, 0, 0, 0]

    def test_who_is_worth_more_than_the_price_is_filled_and_who_is_worth_less_waits(self) -> None:
        fill = self.fill(46)
        face = on_face(fill, wished(fill, self.PRIORITY, self.GOAL), Prices({}, 1 / 3))
        assert in_pence(fill, face.lower) == [9, 12, 12, 12]
        assert in_pence(fill, face.upper) == [12, 12, 12, 12]
        dear = on_face(fill, wished(fill, self.PRIORITY, self.GOAL), Prices({}, 0.5))
        assert (in_pence(fill, dear.upper), in_pence(fill, dear.lower)) == ([9, 12, 12, 12], [9, 12, 12, 12])

    def test_if_money_costs_nothing_all_goals_are_met_and_the_rest_is_free(self) -> None:
        fill = self.fill(60)
        face = on_face(fill, wished(fill, self.PRIORITY, self.GOAL), Prices({}, 0.0))
        assert in_pence(fill, face.lower) == [12, 12, 12, 12]
        assert (face.upper == ENDLESS).all()

    def test_rows_that_are_priced_stand_at_their_limits(self) -> None:
        rule = Partition(whole(0, 0, 1, 1), whole(0, 23), whole(22, NO_CAP))
        fill = self.fill(46, rule)
        wish = wished(fill, self.PRIORITY, self.GOAL)
        face = on_face(fill, wish, Prices({0: 0.5, 1: -0.5}, 0.5))
        assert [(row.lower, row.upper) for row in face.rows] == [(22, 22), (23, 23)]
        # In the north a penny costs 1, in the south nothing: B may have any part of its shortfall.
        assert in_pence(fill, face.lower) == [9, 10, 12, 12]
        assert in_pence(fill, face.upper)[:2] == [9, 12]

    def test_an_allocation_that_closes_less_misses_what_it_could_be_worth(self) -> None:
        # Of 46 there are 4 to give: B gets 2, C 1 and A 1. All 4 to A lose 2 * 2/3 and 1 * 1/3.
        fill = self.fill(46)
        wish, prices = wished(fill, self.PRIORITY, self.GOAL), Prices({}, 1 / 3)

        def missed(*amounts: int) -> float:
            found = missing(fill, wish, fill.parts.of_pence(whole(*amounts)), prices)
            assert found is not None
            return float(found / fill.parts.penny)

        assert missed(10, 12, 12, 12) == pytest.approx(0, abs=1e-6)
        assert missed(12, 11, 11, 12) == pytest.approx(2 / 3 + 1 / 3)
        assert missed(9, 12, 12, 13) == pytest.approx(1 / 3)  # what is above a goal is worth nothing
        assert missed(9, 12, 12, 12) == pytest.approx(1 / 3)  # as is what is left in the pot

    def test_what_a_priced_row_leaves_is_missed(self) -> None:
        rule = Partition(whole(0, 0, 1, 1), whole(0, 24), whole(22, NO_CAP))
        fill = self.fill(46, rule)
        wish, amounts = wished(fill, self.PRIORITY, self.GOAL), fill.parts.of_pence(whole(9, 12, 12, 13))

        def missed(prices: Prices) -> float | None:
            found = missing(fill, wish, amounts, prices)
            return None if found is None else float(found / fill.parts.penny)

        # The north may have a penny more, at 1/2, and D's penny costs 1/3.
        assert missed(Prices({0: 0.5}, 1 / 3)) == pytest.approx(1 / 2 + 1 / 3)
        # The south has a penny more than its floor, at 1/4, so that D's costs 1/3 - 1/4.
        assert missed(Prices({1: -0.25}, 1 / 3)) == pytest.approx(1 / 4 + 1 / 12)
        assert missed(Prices({0: -0.5}, 1 / 3)) is None
        assert missed(Prices({1: 0.5}, 1 / 3)) is None

    def test_a_comparison_costs_each_side_its_part(self) -> None:
        # A gets no more than 4 above half of what B gets: at 1/2, A costs 1/3 + 1/2 and B 1/3 - 1/4.
        first, second = np.array([True, False, False, False]), np.array([False, True, False, False])
        ratio, prices = Ratio(first, second, 0.5, -np.inf, 4.0), Prices({0: 0.5}, 1 / 3)
        fill = asked(tied(4, ratios=(ratio,)), FLOORS, NO_CAPS, 46)
        wish = wished(fill, self.PRIORITY, self.GOAL)
        face = on_face(fill, wish, prices)
        assert (in_pence(fill, face.lower), in_pence(fill, face.upper)) == ([9, 12, 12, 12], [9, 12, 12, 12])
        assert [(row.lower, row.upper) for row in face.rows] == [(4, 4)]
        # Of 9 and 12 a penny is left of the limit, at 1/2; D's costs 1/3.
        found = missing(fill, wish, fill.parts.of_pence(whole(9, 12, 12, 13)), prices)
        assert found is not None
        assert float(found / fill.parts.penny) == pytest.approx(1 / 2 + 1 / 3)

    def test_prices_at_which_money_is_better_than_free_bound_nothing(self) -> None:
        fill = self.fill(46)
        wish = wished(fill, self.PRIORITY, self.GOAL)
        assert missing(fill, wish, fill.lower, Prices({}, -0.5)) is None

"""What every allocation must have, whatever the table (design, section 10). Never weakened."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import RULES, Case, cases

from allocate.solver.proof import improving_transfer

ALL_METHODS: dict[str, Any] = RULES | {
    "share_out": [
        {"name": "universal", "amount": "30%", "pro_rata": "population"},
        {"name": "to fair share", "amount": "1000", "level_up": "weighted_population", "to": "fair_share"},
        {"name": "level up", "level_up": "weighted_population"},
        {"name": "what caps and no need leave", "pro_rata": "1"},
    ]
}


def least_and_most(case: Case) -> tuple[np.ndarray, np.ndarray]:
    top = np.iinfo(np.int64).max
    return np.array(case.least), np.array([top if most is None else most for most in case.most])


@given(cases())
def test_nobody_loses(case: Case) -> None:
    assert (case.solve().amounts >= np.array(case.baseline)).all()


@given(cases())
def test_the_pot_closes_to_the_penny(case: Case) -> None:
    assert int(case.solve().amounts.sum()) == case.pot


@given(cases())
def test_every_limit_holds_in_whole_pence(case: Case) -> None:
    amounts, (least, most) = case.solve().amounts, least_and_most(case)
    assert amounts.dtype == np.int64
    assert (amounts >= least).all()
    assert (amounts <= most).all()


@given(cases())
def test_no_transfer_would_help_a_worse_off_area(case: Case) -> None:
    result = case.solve()
    assert (
        improving_transfer(result.amounts, result.prepared.need.weighted_population, *least_and_most(case))
        is None
    )


@given(cases(), st.integers(0, 10**9))
def test_more_budget_leaves_nobody_worse_off(case: Case, more: int) -> None:
    room = case.room
    more = more if room is None else min(more, sum(case.least) + room - case.pot)
    before, after = case.solve().amounts, case.having(pot=case.pot + more).solve().amounts
    assert (after >= before - 1).all()  # the penny is the largest-remainder method's (Alabama paradox)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_areas_does_not_matter(case: Case, random: Any) -> None:
    order = list(range(len(case.ids)))
    random.shuffle(order)
    straight, shuffled = (
        case.solve(ALL_METHODS, leave_unspent=True),
        case.taking(order).solve(ALL_METHODS, leave_unspent=True),
    )
    assert straight.areas.sort("id").equals(shuffled.areas.sort("id"))


@given(cases(), st.randoms(use_true_random=False))
def test_the_names_of_areas_decide_only_who_gets_a_tied_penny(case: Case, random: Any) -> None:
    names = list(case.ids)
    random.shuffle(names)
    renamed = case.having(ids=tuple(names)).solve()
    assert (np.abs(renamed.amounts - case.solve().amounts) <= 1).all()


@given(cases(), st.sampled_from([2, 3, 10, 1_000]))
def test_scaling_all_money_scales_the_result(case: Case, factor: int) -> None:
    scaled = case.having(
        baseline=tuple(each * factor for each in case.baseline),
        least=tuple(each * factor for each in case.least),
        most=tuple(None if each is None else each * factor for each in case.most),
        pot=case.pot * factor,
    )
    assert (np.abs(scaled.solve().amounts - case.solve().amounts * factor) <= factor + 1).all()


@given(cases(), st.sampled_from([0.125, 0.3, 7.0, 1e6]))
def test_scaling_all_need_changes_nothing(case: Case, factor: float) -> None:
    scaled = case.having(need=tuple(each * factor for each in case.need))
    assert (np.abs(scaled.solve().amounts - case.solve().amounts) <= 1).all()


@given(cases())
def test_splitting_an_area_in_proportion_changes_nothing_else(case: Case) -> None:
    assume(all(money[0] % 2 == 0 for money in (case.baseline, case.least) if money[0] is not None))
    assume(case.most[0] is None or case.most[0] % 2 == 0)
    first = case.taking([0, 0])
    halves = case.having(
        population=(case.population[0] / 2,) * 2 + case.population[1:],
        need=first.need + case.need[1:],
        baseline=(case.baseline[0] // 2,) * 2 + case.baseline[1:],
        least=(case.least[0] // 2,) * 2 + case.least[1:],
        most=(None if case.most[0] is None else case.most[0] // 2,) * 2 + case.most[1:],
        ids=("A00", "A00 other half", *case.ids[1:]),
    )
    whole, split = case.solve().amounts, halves.solve().amounts
    assert abs(int(split[:2].sum()) - int(whole[0])) <= 2
    assert (np.abs(split[2:] - whole[1:]) <= 1).all()


@given(cases())
def test_taking_out_an_area_with_its_money_leaves_the_rest_as_they_were(case: Case) -> None:
    assume(any(case.need[1:]))
    whole = case.solve().amounts
    rest = case.taking(list(range(1, len(case.ids)))).having(pot=case.pot - int(whole[0]))
    # What the rest get adds up to the rest of the pot, so it is feasible for them.
    assert (np.abs(rest.solve().amounts - whole[1:]) <= 1).all()


@given(cases())
def test_a_pot_of_the_baselines_returns_the_baselines(case: Case) -> None:
    plain = case.having(least=case.baseline, pot=sum(case.baseline))
    result = plain.solve()
    assert (result.amounts == np.array(case.baseline)).all()
    assert set(result.bound_by) <= {"baseline", "least", "most"}


@given(cases(), st.integers(0, 10**8))
def test_relaxing_a_rule_never_lowers_the_worst_off(case: Case, more: int) -> None:
    relaxed = case.having(
        least=case.baseline, most=tuple(None if each is None else each + more for each in case.most)
    )
    assume(relaxed.room is None or sum(relaxed.least) + relaxed.room >= case.pot)
    weight = case.solve().prepared.need.weighted_population
    live = weight > 0
    tight, loose = case.solve().amounts[live] / weight[live], relaxed.solve().amounts[live] / weight[live]
    assert loose.min() >= tight.min() - 1 / weight[live][np.argmin(loose)]


@given(cases(), st.sampled_from([100, 10_000, 100_000]))
def test_everything_is_in_whole_units_when_rounding_is_coarse(case: Case, unit: int) -> None:
    up = tuple(-(-each // unit) * unit for each in case.least)
    most = tuple(
        None if each is None else low + (each // unit) * unit for low, each in zip(up, case.most, strict=True)
    )
    coarse = case.having(least=up, most=most, pot=0)
    pot = sum(up) + (min(coarse.room, 5 * unit) if coarse.room is not None else 5 * unit)
    result = coarse.having(pot=pot).solve(round_to=unit / 100)
    assert (result.amounts % unit == 0).all()
    assert int(result.amounts.sum()) == pot
    assert (result.amounts >= np.array(case.baseline)).all()


@given(cases())
def test_what_caps_leave_over_is_reported_to_the_penny(case: Case) -> None:
    assume(case.room is not None)
    result = case.having(pot=sum(case.least) + (case.room or 0) + 12_345).solve(leave_unspent=True)
    assert result.shared.left == 12_345
    assert int(result.amounts.sum()) + 12_345 == result.budget


@given(cases())
def test_the_parts_of_the_story_add_up(case: Case) -> None:
    result = case.solve(ALL_METHODS, leave_unspent=True)
    placed = sum(part.placed for part in result.shared.parts)
    assert sum(case.least) + placed == int(result.amounts.sum())
    gains = sum((part.gains for part in result.shared.parts), np.array(case.least, dtype=float))
    assert (np.abs(gains - result.amounts) < 2).all()
    for area in result.areas["id"]:
        assert str(result.explain(area))


@given(cases())
def test_the_same_input_gives_the_same_table(case: Case) -> None:
    assert case.solve().areas.equals(case.solve().areas)
    assert isinstance(case.solve().areas["allocation"].dtype, pl.Decimal)

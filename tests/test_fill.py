"""The one primitive, against exact rational arithmetic; and whole pence."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocate.solver.fill import BLOCK, THIN, fill
from allocate.solver.pence import Rounding, to_units
from allocate.solver.sums import steady, total

INFINITY = float("inf")
WEIGHTS = st.one_of(st.sampled_from([0.0, 1.0, 1.0, 1e-9, 1e9]), st.floats(1e-6, 1e6))
PENCE = st.one_of(st.sampled_from([0, 1, 1, 100]), st.integers(0, 10**11))
AREA = st.tuples(st.one_of(st.just(0), PENCE), WEIGHTS, PENCE, st.one_of(st.none(), PENCE))


def clip(value: Fraction, low: int, high: int | None) -> Fraction:
    value = max(value, Fraction(low))
    return value if high is None else min(value, Fraction(high))


def exact_fill(areas: list[tuple[int, float, int, int | None]], pot: int) -> list[Fraction]:
    """The same by sorting every corner and walking to the segment that reaches the pot, in fractions."""

    def amounts(level: Fraction) -> list[Fraction]:
        return [clip(offset + Fraction(w) * level, low, high) for offset, w, low, high in areas]

    limits = [(o, w, limit) for o, w, low, high in areas for limit in (low, high) if w and limit is not None]
    corners = sorted({(limit - o) / Fraction(w) for o, w, limit in limits})
    corners = [corners[0] - 1, *corners]
    for left, right in pairwise(corners):
        if sum(amounts(right)) >= pot:
            low, high = sum(amounts(left)), sum(amounts(right))
            return amounts(left + (right - left) * ((pot - low) / (high - low) if high > low else 0))
    last = corners[-1]
    slope = sum(Fraction(w) for _, w, _, high in areas if high is None)
    return amounts(last + ((pot - sum(amounts(last))) / slope if slope else 0))


@given(st.lists(AREA, min_size=1, max_size=8), st.fractions(0, 1))
def test_it_agrees_with_exact_arithmetic(
    raw: list[tuple[int, float, int, int | None]], part: Fraction
) -> None:
    areas = [(o, w, low, None if more is None else low + more) for o, w, low, more in raw]
    if not any(w for _, w, _, _ in areas):
        return
    low = sum(each[2] for each in areas)
    room = [10**11 if high is None else high - low for _, w, low, high in areas if w]
    pot = low + int(sum(room) * part)
    offset, weight, lower = (np.array([float(each[i]) for each in areas]) for i in range(3))
    upper = np.array([INFINITY if high is None else float(high) for *_, high in areas])
    resting = np.clip(offset, lower, upper)  # without weight an area stays where its limits put it
    pot += int(np.sum((resting - lower)[weight == 0]))
    filled = fill(offset, weight, lower, upper, float(pot))
    exact = np.array([float(each) for each in exact_fill(areas, pot)])
    assert np.abs(filled.amounts - exact).max() <= 1e-9 * max(pot, 1)


@given(st.lists(AREA, min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_areas_changes_nothing_at_all(raw, random) -> None:  # type: ignore[no-untyped-def]
    areas = [(w, low) for _, w, low, _ in raw] + [(1.0, 0)]
    pot = float(sum(low for _, low in areas) + 12_345)
    order = list(range(len(areas)))
    random.shuffle(order)
    weight, lower = np.array([w for w, _ in areas]), np.array([float(low) for _, low in areas])
    upper = np.full(len(areas), INFINITY)
    straight = fill(None, weight, lower, upper, pot)
    shuffled = fill(None, weight[order], lower[order], upper, pot)
    assert shuffled.level == straight.level
    assert np.array_equal(shuffled.amounts, straight.amounts[order])


def test_a_large_table_is_filled_as_a_small_one() -> None:
    rng = np.random.default_rng(7)
    size = THIN * BLOCK + 12_345
    weight = rng.lognormal(9, 0.6, size)
    lower = np.rint(weight * 10_000 * rng.normal(1, 0.15, size).clip(0.5, 2))
    upper = np.rint(lower * rng.uniform(1, 1.3, size))
    pot = float(np.sum(lower)) + round(0.5 * float(np.sum(upper - lower)))
    filled = fill(None, weight, lower, upper, pot)
    assert abs(filled.amounts.sum() - pot) < 100  # pence, of £1.2 trillion: float error only
    free = (filled.amounts > lower) & (filled.amounts < upper)
    assert free.any()
    assert np.allclose(filled.amounts[free] / weight[free], filled.level, rtol=1e-12)
    assert (lower[~free] / weight[~free] >= filled.level * (1 - 1e-12)).sum() + (
        upper[~free] / weight[~free] <= filled.level * (1 + 1e-12)
    ).sum() >= (~free).sum()


def test_a_pot_outside_the_limits_is_refused() -> None:
    weight, lower, upper = np.array([1.0, 1.0]), np.array([5.0, 5.0]), np.array([8.0, 8.0])
    for pot in (9.0, 17.0):
        with pytest.raises(ValueError, match="limits do not allow"):
            fill(None, weight, lower, upper, pot)


def test_equal_amounts_at_any_of_several_levels_give_the_lowest() -> None:
    filled = fill(None, np.array([1.0, 1.0]), np.array([0.0, 50.0]), np.array([10.0, 90.0]), 60.0)
    assert filled.amounts.tolist() == [10.0, 50.0]
    assert filled.level == 10.0


def test_where_nobody_has_risen_the_level_is_that_of_the_first_who_would() -> None:
    filled = fill(None, np.array([1.0, 1.0]), np.array([5.0, 6.0]), np.array([INFINITY, INFINITY]), 11.0)
    assert (filled.amounts.tolist(), filled.level) == ([5.0, 6.0], 5.0)


@given(st.lists(st.floats(-1e12, 1e12), max_size=30), st.randoms(use_true_random=False))
def test_steady_sums_do_not_depend_on_the_order(values: list[float], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(values)
    random.shuffle(shuffled)
    assert total(np.array(values)) == total(np.array(shuffled))
    assert np.allclose(
        steady(np.array(values)), values, rtol=0, atol=1e-300 + 1e-13 * max(map(abs, values), default=0)
    )


def ids(positions: np.ndarray) -> np.ndarray:
    return np.sort(positions)


def test_missing_pence_go_to_the_largest_fractions_and_ties_to_the_lowest_id() -> None:
    amounts = np.array([10.5, 20.5, 30.25, 40.75])
    zero, top = np.zeros(4, dtype=np.int64), np.full(4, 1_000)
    assert to_units(amounts, 102, Rounding(zero, top, 1, ids)).tolist() == [11, 20, 30, 41]
    backwards = to_units(amounts, 102, Rounding(zero, top, 1, lambda positions: np.sort(positions)[::-1]))
    assert backwards.tolist() == [10, 21, 30, 41]


def test_rounding_never_passes_a_limit() -> None:
    amounts, upper = np.array([10.9, 20.1]), np.array([10, 1_000])
    assert to_units(amounts, 31, Rounding(np.zeros(2, dtype=np.int64), upper, 1, ids)).tolist() == [10, 21]


def test_amounts_far_from_the_pot_are_refused() -> None:
    zero = np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match="rounding cannot mend"):
        to_units(np.array([1.0, 2.0]), 90, Rounding(zero, zero + 100, 1, ids))
    with pytest.raises(ValueError, match="leave no room"):
        to_units(np.array([1.0, 2.0]), 5, Rounding(zero, zero + 2, 1, ids))

"""Measures of inequality: published cases, cases by hand, what each must have, and their definitions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocate import equity

if TYPE_CHECKING:
    from pathlib import Path

NEAR = 1e-9

UNITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(1, 5_000), st.integers(0, 3)), min_size=1, max_size=12
).filter(lambda units: any(amount for amount, _, _ in units))
"""Units with an amount, heads and a group; not all amounts are 0."""


def arrays(units: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    amounts, heads, groups = (np.array(each) for each in zip(*units, strict=True))
    return amounts.astype(float), heads.astype(float), groups


# --- published


def test_the_published_slope_and_relative_indices(data: Path) -> None:
    """Values, rates and proportions with their multipliers, of PHEindicatormethods 2.1.0."""
    expected = pl.read_csv(data / "sii_expected.csv", infer_schema_length=None)
    inputs = pl.read_csv(data / "sii_inputs.csv", infer_schema_length=None)
    assert expected.height == 20
    for case in expected.iter_rows(named=True):
        rows = inputs.filter(pl.col("case_id") == case["case_id"]).sort("Quantile")
        assert rows.height == case["n_quantiles"]
        found = equity.slope_index(rows["Value"], rows["Population"], multiplier=case["multiplier_implied"])
        assert found.slope == pytest.approx(case["sii"], abs=NEAR), case
        assert found.relative == pytest.approx(case["rii"], abs=NEAR), case
        if case["intercept"] is not None:
            assert found.intercept == pytest.approx(case["intercept"], abs=NEAR)


# --- by hand


def test_two_equal_groups_by_hand() -> None:
    # Shares of the amount 1/4 and 3/4; midpoints of the people 1/4 and 3/4.
    # C = 2 (1/4·1/4 + 3/4·3/4) - 1 = 1/4; so too Gini; Hoover = (1/4 + 1/4)/2 = 1/4.
    assert equity.concentration_index([1, 3]) == pytest.approx(0.25)
    assert equity.concentration_index([3, 1]) == pytest.approx(-0.25)
    assert equity.gini([3, 1]) == equity.gini([1, 3]) == pytest.approx(0.25)
    assert equity.hoover([1, 3]) == pytest.approx(0.25)
    # T = 1/4 ln(1/4 / 1/2) + 3/4 ln(3/4 / 1/2)
    assert equity.theil([1, 3]).total == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))
    # The generalised index is 2 a head times 1/4.
    assert equity.generalised_index([1, 3]) == pytest.approx(0.5)


def test_the_slope_of_two_groups_by_hand() -> None:
    # Midpoints 1/4 and 3/4: 3 to 6 over half the line is a rise of 6 over the whole, from 1.5 to 7.5.
    assert equity.slope_index([3, 6], [10, 10]) == pytest.approx((6, 5, 1.5))
    assert math.isnan(equity.slope_index([5], [1]).slope)
    # People 1 to 3: midpoints 1/8 and 5/8, so a rise of 3 over half the line.
    assert equity.slope_index([3, 6], [10, 30]).slope == pytest.approx(6)


def test_an_uptake_of_29_against_39_per_cent_by_hand() -> None:
    # μ = 34%, C = 2 (29/68·1/4 + 39/68·3/4) - 1 = 5/68; Erreygers 4μC = 0.1; Wagstaff C/(1 - μ) = 5/68/0.66.
    assert equity.concentration_index([29, 39], [100, 100]) == pytest.approx(5 / 68)
    found = equity.bounded_indices([29, 39], [100, 100])
    assert found == pytest.approx((0.1, 5 / 68 / 0.66))


def test_the_parts_of_theil_by_hand() -> None:
    # Groups (1, 3) and (4): shares 4/8 on 2/3 of the heads and 4/8 on 1/3.
    found = equity.theil([1, 3, 4], groups=["a", "a", "b"])
    assert found.between == pytest.approx(0.5 * math.log(0.5 * 3 / 2) + 0.5 * math.log(0.5 * 3))
    assert found.within == pytest.approx(0.5 * equity.theil([1, 3]).total)


def test_curves_by_hand() -> None:
    assert equity.lorenz_curve([3, 1]).rows() == [(0, 0), (0.5, 0.25), (1, 1)]
    assert equity.concentration_curve([3, 1]).rows() == [(0, 0), (0.5, 0.75), (1, 1)]


def test_everything_to_one_is_as_unequal_as_can_be() -> None:
    assert equity.gini([0, 0, 0, 1]) == equity.hoover([0, 0, 0, 1]) == pytest.approx(3 / 4)
    assert equity.theil([0, 0, 0, 1]).total == pytest.approx(math.log(4))


@pytest.mark.parametrize(
    ("values", "people", "what"),
    [
        ([], [], "same length"),
        ([1, 2], [1], "same length"),
        ([1, math.nan], [1, 1], "finite"),
        ([1, 2], [1, 0], "without"),
    ],
)
def test_what_does_not_match_is_refused(values: list[float], people: list[float], what: str) -> None:
    for measure in (equity.gini, equity.hoover, equity.theil, equity.concentration_index, equity.slope_index):
        with pytest.raises(ValueError, match=what):
            measure(values, people)


def test_what_cannot_be_shared_out_is_refused() -> None:
    for measure in (equity.gini, equity.hoover, equity.theil, equity.concentration_index):
        with pytest.raises(ValueError, match="0 or more"):
            measure([1, -1])
        with pytest.raises(ValueError, match="not all 0"):
            measure([0, 0])
    with pytest.raises(ValueError, match="outside 0 to 1"):
        equity.bounded_indices([3, 1], [2, 2])
    with pytest.raises(ValueError, match="every value above 0"):
        equity.slope_index([0, 1], [1, 1], transform="log")
    with pytest.raises(ValueError, match="between 0 and 1"):
        equity.slope_index([0.5, 1], [1, 1], transform="logit")
    with pytest.raises(ValueError, match="a group for each"):
        equity.theil([1, 2], groups=["a"])


# --- against their definitions


@given(UNITS)
def test_gini_is_half_the_relative_mean_difference(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    each, share = amounts / heads, heads / heads.sum()
    differences = np.abs(each[:, None] - each[None, :])
    mean = amounts.sum() / heads.sum()
    assert equity.gini(amounts, heads) == pytest.approx(share @ differences @ share / (2 * mean), abs=NEAR)


@given(UNITS)
def test_indices_are_areas_between_curves_and_equality(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    for curve, index in (
        (equity.lorenz_curve(amounts, heads), equity.gini(amounts, heads)),
        (equity.concentration_curve(amounts, heads), equity.concentration_index(amounts, heads)),
    ):
        area = np.trapezoid(curve["amount_share"], curve["people_share"])
        assert index == pytest.approx(1 - 2 * area, abs=NEAR)


@given(UNITS)
def test_the_slope_is_that_of_weighted_least_squares(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    assume(amounts.size > 1)
    share = heads / heads.sum()
    at, values = np.cumsum(share) - share / 2, amounts / heads
    for transform in (None, "log", "logit"):
        outcome = values if transform is None else (1 + values) / (2 + values.max())
        to = {None: lambda y: y, "log": np.log, "logit": lambda y: np.log(y / (1 - y))}[transform]
        back = {None: lambda y: y, "log": np.exp, "logit": lambda y: 1 / (1 + np.exp(-y))}[transform]
        root = np.sqrt(share)
        design = np.column_stack([np.ones_like(at), at]) * root[:, None]
        (first, rise), *_ = np.linalg.lstsq(design, to(outcome) * root, rcond=None)
        found = equity.slope_index(outcome, heads, transform=transform)
        scale = max(1.0, float(np.abs(outcome).max())) * 1e-6
        assert found.slope == pytest.approx(back(first + rise) - back(first), rel=1e-6, abs=scale)
        assert found.intercept == pytest.approx(back(first), rel=1e-6, abs=scale)


@given(UNITS)
def test_the_generalised_index_is_the_slope_times_twice_the_spread_of_the_ranks(
    units: list[tuple[int, int, int]],
) -> None:
    amounts, heads, _ = arrays(units)
    assume(amounts.size > 1)
    share = heads / heads.sum()
    at = np.cumsum(share) - share / 2
    variance = share @ (at - share @ at) ** 2
    slope = equity.slope_index(amounts / heads, heads).slope
    expected = 2 * variance * slope
    assert equity.generalised_index(amounts, heads) == pytest.approx(expected, rel=1e-7, abs=1e-7)


# --- what each must have


MEASURES = {
    "gini": equity.gini,
    "hoover": equity.hoover,
    "theil": lambda amounts, heads: equity.theil(amounts, heads).total,
    "concentration": equity.concentration_index,
}


@pytest.mark.parametrize("name", MEASURES)
@given(UNITS, st.floats(0.001, 1_000))
def test_scale_does_not_matter(name: str, units: list[tuple[int, int, int]], factor: float) -> None:
    amounts, heads, _ = arrays(units)
    measure = MEASURES[name]
    assert measure(factor * amounts, heads) == pytest.approx(measure(amounts, heads), abs=NEAR)
    assert measure(amounts, factor * heads) == pytest.approx(measure(amounts, heads), abs=NEAR)


@pytest.mark.parametrize("name", MEASURES)
@given(UNITS, st.integers(2, 4))
def test_copies_of_everybody_do_not_matter(name: str, units: list[tuple[int, int, int]], times: int) -> None:
    amounts, heads, _ = arrays(units)
    measure = MEASURES[name]
    copied = measure(np.repeat(amounts, times), np.repeat(heads, times))
    assert copied == pytest.approx(measure(amounts, heads), abs=NEAR)


@given(UNITS, st.randoms())
def test_the_order_of_rows_does_not_matter_to_the_last_digit(
    units: list[tuple[int, int, int]], random: object
) -> None:
    mixed = list(units)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    (amounts, heads, groups), (others, theirs, them) = arrays(units), arrays(mixed)
    assert equity.gini(amounts, heads) == equity.gini(others, theirs)
    assert equity.hoover(amounts, heads) == equity.hoover(others, theirs)
    assert equity.theil(amounts, heads, groups) == equity.theil(others, theirs, them)
    assert equity.lorenz_curve(amounts, heads).equals(equity.lorenz_curve(others, theirs))


@given(UNITS)
def test_the_lorenz_curve_is_convex_and_below_equality(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    curve = equity.lorenz_curve(amounts, heads)
    people, amount = curve["people_share"].to_numpy(), curve["amount_share"].to_numpy()
    assert (people[0], amount[0], people[-1], amount[-1]) == (0, 0, 1, 1)
    assert (amount <= people + NEAR).all()
    slopes = np.diff(amount) / np.diff(people)
    assert (np.diff(slopes) >= -1e-6 * max(1.0, slopes.max())).all()
    assert equity.hoover(amounts, heads) == pytest.approx((people - amount).max(), abs=NEAR)


@given(UNITS)
def test_the_parts_of_theil_add_up(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, groups = arrays(units)
    found = equity.theil(amounts, heads, groups)
    assert found.between + found.within == pytest.approx(found.total, abs=NEAR)
    within = 0.0
    for group in set(groups.tolist()):
        part = groups == group
        if amounts[part].any():
            own = equity.theil(amounts[part], heads[part]).total
            within += amounts[part].sum() / amounts.sum() * own
    assert found.within == pytest.approx(within, abs=NEAR)


@given(UNITS)
def test_indices_keep_their_bounds(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    gini, index = equity.gini(amounts, heads), equity.concentration_index(amounts, heads)
    assert 0 <= gini < 1
    assert abs(index) <= gini + NEAR
    assert equity.hoover(amounts, heads) <= gini + NEAR
    assert equity.theil(amounts, heads).total >= 0


@given(UNITS)
def test_signs_flip_with_the_order(units: list[tuple[int, int, int]]) -> None:
    amounts, heads, _ = arrays(units)
    back = amounts[::-1], heads[::-1]
    assert equity.concentration_index(*back) == pytest.approx(
        -equity.concentration_index(amounts, heads), abs=NEAR
    )
    if amounts.size > 1:
        there, again = (equity.slope_index(each / of, of) for each, of in ((amounts, heads), back))
        assert again.slope == pytest.approx(-there.slope, rel=1e-6, abs=1e-6)
        assert again.intercept == pytest.approx(there.intercept + there.slope, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(100, 200)), min_size=2, max_size=8))
def test_bounded_indices_turn_their_sign_when_people_without_are_counted(
    rows: list[tuple[int, int]],
) -> None:
    some, everybody = (np.array(each, dtype=float) for each in zip(*rows, strict=True))
    assume(some.any() and (some < everybody).any())
    with_it = equity.bounded_indices(some, everybody)
    without = equity.bounded_indices(everybody - some, everybody)
    assert without.erreygers == pytest.approx(-with_it.erreygers, abs=NEAR)
    assert without.wagstaff == pytest.approx(-with_it.wagstaff, abs=NEAR)
    assert max(abs(with_it.erreygers), abs(with_it.wagstaff)) <= 1 + NEAR


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=12), st.floats(0.01, 1_000))
def test_equal_amounts_are_not_unequal(heads: list[int], each: float) -> None:
    amounts = each * np.array(heads)
    assert equity.gini(amounts, heads) == pytest.approx(0, abs=NEAR)
    assert equity.hoover(amounts, heads) == pytest.approx(0, abs=NEAR)
    assert equity.theil(amounts, heads).total == pytest.approx(0, abs=NEAR)
    assert equity.concentration_index(amounts, heads) == pytest.approx(0, abs=NEAR)


def test_a_multiplier_below_nought_turns_the_outcome_round() -> None:
    plain = equity.slope_index([0.2, 0.1], [1, 1])
    turned = equity.slope_index([0.2, 0.1], [1, 1], multiplier=-100)
    assert turned.slope == pytest.approx(-100 * plain.slope)
    assert turned.relative == pytest.approx(1 / plain.relative)

"""The planned path: by hand, against a programme with a variable an area, and never worse than the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases
from test_years_properties import plans, run

import allocate
from allocate.solver.paths import heights_of, least_total_shortfall
from allocate.years.plan import shortfalls


def test_money_goes_where_it_helps_for_longest() -> None:
    # Two areas are £100 short. The first area's gap closes by itself after a year, the second's stays.
    gaps = np.array([[100.0, 0.0, 0.0], [100.0, 100.0, 100.0]])
    given_ = least_total_shortfall(gaps, np.array([100.0, 100.0, 100.0]), np.ones(3))
    assert given_.tolist() == [[0, 0, 0], [100, 100, 100]]


def test_a_gap_is_filled_from_below() -> None:
    # The first £50 of the gap last three years, the next £50 one.
    gaps = np.array([[100.0, 50.0, 50.0]])
    slices = heights_of(gaps)
    assert slices.size.tolist() == [50, 50]
    assert slices.helps[slices.cell].tolist() == [[True, True, True], [True, False, False]]
    assert least_total_shortfall(gaps, np.array([60.0, 60.0, 80.0]), np.ones(3)).tolist() == [[60, 60, 80]]


def test_areas_in_the_same_position_close_the_same_part_of_their_gaps() -> None:
    gaps = np.array([[100.0, 100.0], [300.0, 300.0]])
    given_ = least_total_shortfall(gaps, np.array([40.0, 200.0]), np.ones(2))
    assert given_.round(6).tolist() == [[10, 50], [30, 150]]


def test_noise_of_floating_point_makes_no_cells() -> None:
    noisy = np.array([[1e9, 1e9 + 1e-6, 1e9 - 1e-6], [1e-9, 0.0, 1e-9]])
    assert len(heights_of(noisy.round(3)).helps) == 1
    assert least_total_shortfall(noisy, np.zeros(3), np.ones(3)).tolist() == [[0, 0, 0], [0, 0, 0]]


def with_a_variable_an_area(gaps: Any, gains: Any, discount: Any) -> float:
    """The same question asked plainly: the least discounted sum of shortfalls."""
    problem = pulp.LpProblem("plain", pulp.LpMinimize)
    areas, years = gaps.shape
    grid = [(area, year) for area in range(areas) for year in range(years)]
    had = {each: problem.add_variable(f"had_{each[0]}_{each[1]}", 0) for each in grid}
    short = {each: problem.add_variable(f"short_{each[0]}_{each[1]}", 0) for each in grid}
    for area, year in grid:
        problem.addConstraint(
            short[area, year] + had[area, year] >= float(gaps[area, year]), f"s_{area}_{year}"
        )
        if year:
            problem.addConstraint(had[area, year] - had[area, year - 1] >= 0, f"m_{area}_{year}")
    for year in range(years):
        problem.addConstraint(
            pulp.lpSum([1 * had[area, year] for area in range(areas)]) == gains[year], f"p_{year}"
        )
    problem.setObjective(pulp.lpSum([float(discount[year]) * short[area, year] for area, year in grid]))
    problem.solve(pulp.HiGHS(msg=False, threads=1))
    return float(pulp.value(problem.objective))


@settings(max_examples=20)
@given(st.data())
def test_cells_find_what_a_variable_an_area_finds(data: st.DataObject) -> None:
    areas, years = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    row = st.lists(st.integers(-50, 100), min_size=years, max_size=years)
    gaps = np.array(data.draw(st.lists(row, min_size=areas, max_size=areas)), dtype=np.float64)
    room = np.minimum.accumulate(np.maximum(gaps, 0).sum(axis=0)[::-1])[::-1]
    parts = np.array(data.draw(st.lists(st.floats(0, 1), min_size=years, max_size=years)))
    gains = np.round(np.maximum.accumulate(np.minimum(room, room * parts)), 2)
    discount = 0.9 ** np.arange(years)
    found = least_total_shortfall(gaps, gains, discount)
    assert (np.diff(found, axis=1) >= -1e-9).all()
    assert np.allclose(found.sum(axis=0), gains, atol=1e-6)
    least = with_a_variable_an_area(gaps, gains, discount)
    assert float((np.maximum(gaps - found, 0) * discount).sum()) == pytest.approx(least, abs=1e-5)


@settings(max_examples=20)
@given(cases(), st.data())
def test_the_planned_path_falls_short_no_more_than_year_by_year(case: Any, data: st.DataObject) -> None:
    years = run(case, data.draw(plans(case)))
    planned = years.plan()
    assert planned.planned is not None
    found = shortfalls(planned)
    pennies = 3 * planned.planned.height  # whole pence, and fair shares in whole pence
    assert found.planned <= found.year_by_year + pennies + 1e-9 * found.year_by_year
    assert found.planned <= found.levelled + pennies + 1e-9 * found.levelled
    frame = planned.planned
    assert (frame["planned"] >= frame["baseline"]).all()
    totals = frame.group_by("year", maintain_order=True).agg(pl.col("planned", "allocation").sum())
    assert totals["planned"].equals(totals["allocation"].rename("planned"))


AREAS = pl.DataFrame({"id": ["A", "B", "C"], "population": [100, 100, 200], "baseline": [900, 1_100, 2_600]})


def test_shortfalls_by_hand() -> None:
    # £200 for C alone leaves A £300 and B £100 short of £1,200; levelling up leaves £200, as any plan.
    rules = [{"name": "for C", "across": "id = 'C'", "of": "growth", "floor": "new_money"}]
    years = [{"year": "2023/24", "budget": {"new_money": 200}}]
    found = shortfalls(allocate.solve_years(AREAS, {"title": "C", "rules": rules}, years=years).plan())
    assert found == pytest.approx((400_00, 200_00, 200_00))


def test_a_shortfall_a_year_later_counts_less() -> None:
    # Without new money A stays £250 short of £1,150, and B £50.
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}, "discount": "25%"}
    found = shortfalls(allocate.solve_years(AREAS, years=years).plan())
    assert found == pytest.approx((300_00 + 240_00,) * 3)


@pytest.mark.parametrize(("discount", "planned"), [("100%", [1_050, 1_050]), ("-50%", [1_000, 1_100])])
def test_the_plan_weighs_years_as_the_discount_says(discount: str, planned: list[int]) -> None:
    # £50 of £100 goes to B, short in both years; the rest to A, short in the first, or to B for the second.
    frame = pl.DataFrame({"id": ["A", "B"], "population": [100, 100], "baseline": [1_000, 1_000]})
    years = {"from": "2023/24", "to": "2024/25", "discount": discount, "budget": {"growth": 0}}
    years |= {"population": {"growth": "case when id = 'B' then 0.5 else -0.5 end"}}
    years |= {"each": [{"year": "2023/24", "budget": {"new_money": 100}}]}
    result = allocate.solve_years(frame, years=years).plan().planned
    assert result is not None
    assert result["planned"].head(2).to_list() == planned


def test_the_plan_waits_for_those_who_will_need_it() -> None:
    # B shrinks to nothing much: year by year it is raised first, planned the money waits for A.
    frame = pl.DataFrame({"id": ["A", "B"], "population": [100, 100], "baseline": [1_000, 900]})
    years = {"from": "2023/24", "to": "2026/27", "budget": {"new_money": 100}}
    years |= {"population": {"growth": "case when id = 'B' then -0.2 else 0.1 end"}}
    result = allocate.solve_years(frame, years=years).plan()
    assert result.planned is not None
    first = result.planned.head(2)
    assert first["allocation"].to_list() == [1_000, 1_000]
    assert float(first["planned"][0]) > 1_000
    found = shortfalls(result)
    assert found.planned < 0.8 * found.year_by_year

"""What several years must have, whatever the table and whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import RULES, Case, cases

import allocate
from allocate.years.plan import shortfalls

if TYPE_CHECKING:
    from pathlib import Path

NEED: dict[str, Any] = {"title": "Need", "need": RULES["need"]}
LABELS = ("2023/24", "2024/25", "2025/26", "2026/27")
SHARES = st.integers(0, 100).map(lambda share: f"{share}%")


def run(case: Case, plan: dict[str, Any], rules: Any = NEED) -> allocate.Years:
    frame = case.frame.drop("least", "most")
    return allocate.solve_years(frame, rules, zero_population="hold", **plan)


@st.composite
def happenings(draw: st.DrawFn, case: Case) -> list[dict[str, Any]]:
    """Events that can happen one after the other, in order of their years."""
    ids, events = list(case.ids), []
    for number, label in enumerate(sorted(draw(st.lists(st.sampled_from(LABELS), max_size=4)))):
        kind = draw(st.sampled_from(["merge", "close", "split", "open"]))
        area = draw(st.sampled_from(ids))
        others = [each for each in ids if each != area]
        new, share = f"N{number}", draw(st.integers(0, 100))
        event: dict[str, Any] = {"date": label, kind: area}
        if kind == "split":
            event["into"] = {area: f"{share}%", new: f"{100 - share}%"}
            ids.append(new)
        elif kind == "open":
            money = draw(st.integers(0, 10**9)) / 100
            event |= {
                "open": new,
                "like": area,
                "population": draw(st.integers(1, 10_000)),
                "baseline": money,
            }
            event["patients_from"] = {each: draw(SHARES) for each in draw(st.sets(st.sampled_from(ids)))}
            ids.append(new)
        elif not others:
            continue
        elif kind == "merge":
            other = draw(st.sampled_from(others))
            event |= {"merge": [area, other], "into": draw(st.sampled_from([area, new]))}
            ids = [each for each in ids if each not in (area, other)] + [event["into"]]
        else:
            one, two = draw(st.sampled_from(others)), draw(st.sampled_from(others))
            event["patients_to"] = [one] if one == two else {one: f"{share}%", two: f"{100 - share}%"}
            ids = others
        events.append(event)
    return events


@st.composite
def plans(draw: st.DrawFn, case: Case, *, with_events: bool = True) -> dict[str, Any]:
    """Years with budgets, growth and drift, and events between them."""
    rate = st.sampled_from(["0%", "1%", "-3%", "25%"])
    years = {
        "from": LABELS[0],
        "to": LABELS[-1],
        "budget": {"growth": draw(st.sampled_from(["0%", "2%", "7%"]))},
    }
    by_area = f"case when id = 'A00' then {draw(rate)[:-1]} / 100 else 0 end"
    years |= {"population": {"growth": by_area}, "need_drift": draw(rate)}
    return {"years": years, "events": draw(happenings(case)) if with_events else []}


@settings(max_examples=40)
@given(cases(), st.sampled_from(["0%", "3%"]))
def test_one_year_is_a_run_to_the_penny(case: Case, growth: str) -> None:
    years = run(case, {"years": [{"year": "2023/24", "budget": {"growth": growth}}]})
    frame = case.frame.drop("least", "most")
    single = allocate.solve(frame, NEED, budget={"growth": growth}, zero_population="hold", date="2023-04-01")
    assert years.allocations[0].areas.equals(single.areas)
    assert years.areas.drop("year").equals(single.areas)


@settings(max_examples=60)
@given(cases(), st.data())
def test_no_area_loses_in_any_year_whatever_happens(case: Case, data: st.DataObject) -> None:
    plan = data.draw(plans(case))
    years = run(case, plan)
    assert years.promise_breaches == ()
    for allocation in years.allocations:
        assert (allocation.gains >= 0).all()
        assert int(allocation.amounts.sum()) == allocation.budget
    people = years.money["population"].to_list()
    assert all(each > 0 for each in people)
    weighted = years.areas.group_by("year", maintain_order=True).agg(
        pl.col("weighted_population", "population").sum()
    )
    assert np.allclose(weighted["weighted_population"], weighted["population"])
    for area in set(years.areas["id"]):
        assert str(years.explain(area))


@settings(max_examples=20)
@given(cases(), st.data())
def test_each_year_begins_with_what_the_last_one_gave_and_what_events_bring(
    case: Case, data: st.DataObject
) -> None:
    money = run(case, data.draw(plans(case))).money
    assert money["before"][1:].to_list() == money["allocation"][:-1].to_list()
    assert (money["before"] + money["brought"]).to_list() == money["baseline"].to_list()
    assert (money["baseline"] + money["new_money"]).to_list() == money["budget"].to_list()


@settings(max_examples=20)
@given(cases(), st.integers(0, 100), st.booleans())
def test_merging_then_splitting_conserves_people_and_money(case: Case, share: int, anew: bool) -> None:
    if len(case.ids) < 2:
        return
    one, other = case.ids[:2]
    into = "M" if anew else one
    merger = {"date": "2023/24", "merge": [one, other], "into": into}
    split = {"date": "2024/25", "split": into, "into": {into: f"{share}%", "S": f"{100 - share}%"}}
    still = {"years": {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}}
    years = run(case, still | {"events": [merger, split]})
    parts = years.areas.filter((pl.col("year") == "2024/25") & pl.col("id").is_in([into, "S"]))
    assert int(parts["allocation"].sum() * 100) == sum(case.baseline[:2])
    assert np.isclose(parts["population"].sum(), sum(case.population[:2]))
    plain = run(case, still).areas.filter((pl.col("year") == "2024/25") & pl.col("id").is_in([one, other]))
    assert np.isclose(parts["weighted_population"].sum(), plain["weighted_population"].sum())


@settings(max_examples=20)
@given(cases())
def test_a_merger_leaves_the_targets_of_others_as_they_were(case: Case) -> None:
    if len(case.ids) < 3:
        return
    years = {"years": {"from": "2023/24", "to": "2023/24", "budget": {"growth": "3%"}}}
    merger = {"date": "2023/24", "merge": list(case.ids[:2]), "into": case.ids[0]}
    merged, plain = run(case, years | {"events": [merger]}), run(case, years)
    others = pl.col("id").is_in(case.ids[2:])
    for column in ("population", "weighted_population", "baseline", "target", "fair_share"):
        mine, theirs = (
            each.areas.filter(others)[column].cast(pl.Float64).to_numpy() for each in (merged, plain)
        )
        assert np.allclose(mine, theirs, rtol=1e-9, atol=0.011), column
    both = plain.areas.filter(~others)
    assert merged.areas.filter(~others)["baseline"].sum() == both["baseline"].sum()


@settings(max_examples=20)
@given(cases(), st.data(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case: Case, data: st.DataObject, random: Any) -> None:
    plan = data.draw(plans(case))
    order = list(range(len(case.ids)))
    random.shuffle(order)
    straight, shuffled = run(case, plan), run(case.taking(order), plan)
    assert straight.areas.sort("year", "id").equals(shuffled.areas.sort("year", "id"))
    assert straight.money.equals(shuffled.money)
    mine, theirs = straight.plan().planned, shuffled.plan().planned
    assert mine is not None
    assert theirs is not None
    assert mine.sort("year", "id").equals(theirs.sort("year", "id"))


ENGLAND: dict[str, Any] = {
    "title": "NHS England primary medical care index on the registered list",
    "need": {"index": "nhse_wp_primary_medical_final / nhse_pop_2022_23"},
}


def test_ten_years_of_england_keep_the_promise(data: Path) -> None:
    frame = pl.read_csv(data / "england_practices_2022_23.csv", infer_schema=False)
    codes = frame.filter(pl.col("complete_2022_23") == "1")["practice_code"].to_list()
    columns = {"id": "practice_code", "population": "registered_patients"}
    columns |= {"baseline": "total_payments_ex_drugs_premises"}
    years = {"from": "2022/23", "to": "2031/32", "budget": {"growth": "2%"}, "deflator": "2%"}
    years |= {"population": {"growth": "case when sub_icb_code = '04C' then 0.01 else 0.002 end"}}
    events = [
        {"date": "2024/25", "merge": codes[:3], "into": codes[0]},
        {"date": "2025/26", "close": codes[4], "patients_to": codes[5:8]},
        {"date": "2026/27", "split": codes[0], "into": {codes[0]: "55%", "new": "45%"}},
    ]
    where = {"where": "complete_2022_23 = 1", "columns": columns}
    result = allocate.solve_years(frame, [ENGLAND, "level-up"], years=years, events=events, **where)
    assert result.areas.height == 6_310 * 2 + 6_308 + 6_307 + 6_308 * 6
    assert result.promise_kept
    assert result.money["allocation_real"][0] == result.money["allocation"][0]
    single = allocate.solve(frame, [ENGLAND, "level-up"], budget={"growth": "2%"}, date="2022-04-01", **where)
    assert result.allocations[0].areas.equals(single.areas)
    planned = result.plan()
    assert planned.planned is not None
    assert (planned.planned["planned"] >= planned.planned["baseline"]).all()
    found = shortfalls(planned)
    assert found.planned <= found.year_by_year + planned.planned.height

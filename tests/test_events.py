"""Practices merge, close, split and open: by hand, and what goes wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from helpers import make_scenario, problems_of

import allocate

if TYPE_CHECKING:
    from pathlib import Path

AREAS = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100, 100, 200, 300],
        "baseline": [900.0, 1_100.0, 2_600.0, 3_000.01],
        "need": [1.0, 1.2, 0.9, 1.0],
        "quintile": [1, 2, 2, 5],
        "place": ["X", "X", "Y", "Y"],
    }
)
TWO_YEARS = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}
NEED = {"title": "Need", "need": {"index": "need"}}


def after(
    *events: Any, rules: Any = NEED, years: Any = TWO_YEARS, frame: pl.DataFrame = AREAS, **options: Any
) -> Any:
    """The years when events happen at the beginning of 2024/25."""
    dated = [{"date": "2024/25"} | event if isinstance(event, dict) else event for event in events]
    return allocate.solve_years(frame, [rules, "level-up"], years=years, events=dated, **options)


def last(years: allocate.Years, column: str) -> dict[str, float]:
    frame = years.areas.filter(pl.col("year") == years.labels[-1])
    return {area: round(float(value), 6) for area, value in frame.select("id", column).iter_rows()}


def test_a_merger_adds_up_people_need_and_money() -> None:
    years = after({"merge": ["A", "B"], "into": "B"})
    assert last(years, "baseline") == {"B": 2_000, "C": 2_600, "D": 3_000.01}
    assert last(years, "population") == {"B": 200, "C": 200, "D": 300}
    # Need is 100, 120, 180 and 300 parts of 700 people: one part is 1 person.
    assert last(years, "weighted_population") == {"B": 220, "C": 180, "D": 300}
    assert years.promise_kept


def test_a_closed_practices_people_and_money_go_where_the_event_says() -> None:
    # £3,000.01 in halves is 1,500.005 each: the odd penny goes to the first by id.
    years = after({"close": "D", "patients_to": {"B": "50%", "A": "50%"}})
    assert last(years, "baseline") == {"A": 2_400.01, "B": 2_600, "C": 2_600}
    assert last(years, "population") == {"A": 250, "B": 250, "C": 200}
    assert last(years, "weighted_population") == {"A": 250, "B": 270, "C": 180}
    assert "D closes: B gets 50% of its people, need and baseline" in str(years.explain("D"))
    assert "It is no area of its own any more" in str(years.explain("D"))


def test_or_to_one_area() -> None:
    years = after({"close": "D", "patients_to": "A"})
    assert last(years, "baseline") == {"A": 3_900.01, "B": 1_100, "C": 2_600}


def test_or_to_areas_by_their_size() -> None:
    years = after({"close": "D", "patients_to": ["A", "C"]})
    assert last(years, "population") == {"A": 200, "B": 100, "C": 400}
    # A third of £3,000.01 is 1,000.00333, two thirds 2,000.00667: the penny goes to the larger remainder.
    assert last(years, "baseline") == {"A": 1_900, "B": 1_100, "C": 4_600.01}


def test_a_split_may_part_people_need_and_money_differently() -> None:
    portion = {"people": "40%", "baseline": "30%", "need": "50%"}
    years = after(
        {"split": "D", "into": {"D": {"people": "60%", "baseline": "70%", "need": "50%"}, "E": portion}}
    )
    assert last(years, "population") == {"A": 100, "B": 100, "C": 200, "D": 180, "E": 120}
    assert last(years, "weighted_population") == {"A": 100, "B": 120, "C": 180, "D": 150, "E": 150}
    assert last(years, "baseline") == {"A": 900, "B": 1_100, "C": 2_600, "D": 2_100.01, "E": 900}


def test_a_practice_opens_with_people_from_others_and_from_elsewhere() -> None:
    opening = {"open": "N", "patients_from": {"D": "10%"}, "population": 100, "like": "B", "baseline": 500}
    years = after(opening)
    assert last(years, "population") == {"A": 100, "B": 100, "C": 200, "D": 270, "N": 130}
    # 100 people with B's need of 1.2 and 30 with D's of 1: 150 of 820 parts for 800 people.
    assert last(years, "weighted_population")["N"] == round(150 * 800 / 820, 6)
    assert last(years, "baseline") == {"A": 900, "B": 1_100, "C": 2_600, "D": 3_000.01, "N": 500}
    assert years.money["brought"].to_list() == [0, 500]
    assert years.promise_kept


def test_people_who_came_grow_like_those_they_are_like() -> None:
    opening = {"open": "N", "population": 100, "like": "D", "date": "2024/25"}
    growth = {"by": "place", "growth": {"Y": "10%"}}
    years = after(
        opening, years={"from": "2023/24", "to": "2025/26", "budget": {"growth": 0}, "population": growth}
    )
    assert last(years, "population")["N"] == 110


def test_people_of_an_area_that_opened_stay_when_a_column_says_how_many_others_have() -> None:
    frame = AREAS.with_columns(newer=pl.Series([110, 120, 130, 140]))
    book = {"title": "Need", "need": {"index": "case when year < 2025 then need else 1 end"}}
    years = {"from": "2023/24", "to": "2025/26", "budget": {"growth": 0}}
    years |= {"each": [{"year": "2025/26", "population": "newer"}]}
    result = after({"open": "N", "population": 100, "like": "B"}, rules=book, years=years, frame=frame)
    assert last(result, "population") == {"A": 110, "B": 120, "C": 130, "D": 140, "N": 100}
    # N keeps the need per head of 1.2 that it opened with: 120 of 620 parts for 600 people.
    assert last(result, "weighted_population")["N"] == round(120 * 600 / 620, 6)


def test_events_happen_by_their_dates_in_whatever_order_they_are_written() -> None:
    split = {"date": "2025/26", "split": "M", "into": {"A": "50%", "B": "50%"}}
    years = {"from": "2023/24", "to": "2025/26", "budget": {"growth": 0}}
    result = after(split, {"merge": ["A", "B"], "into": "M"}, years=years)
    assert result.money["areas"].to_list() == [4, 3, 4]


def test_events_of_one_year_happen_in_order() -> None:
    years = after({"merge": ["A", "B"], "into": "M"}, {"split": "M", "into": {"A": "50%", "B": "50%"}})
    assert last(years, "baseline") == {"C": 2_600, "D": 3_000.01, "A": 1_000, "B": 1_000}


def test_an_event_holds_from_the_first_year_that_begins_on_its_date_or_later() -> None:
    for date, there in (("2022-01-01", 0), ("2023-04-01", 0), ("2023-04-02", 1), ("2024-04-01", 1)):
        years = after({"merge": ["A", "B"], "into": "B", "date": date})
        counts = years.money["areas"].to_list()
        assert counts == ([3, 3], [4, 3])[there], date


def test_an_event_in_the_first_year_moves_the_baselines_of_the_table() -> None:
    years = after({"merge": ["A", "B"], "into": "B", "date": "2023/24"})
    assert years.areas.filter(pl.col("year") == "2023/24")["baseline"].to_list()[0] == Decimal(2_000)


BY_QUINTILE = NEED | {"rules": [{"name": "first", "across": "quintile = 2", "floor": "0"}]}


def test_facts_that_the_rules_use_and_that_differ_must_be_said() -> None:
    merger = {"merge": ["A", "B"], "into": "M"}
    problems = problems_of(after, merger, rules=BY_QUINTILE)
    assert "'M' has no one 'quintile', which the rules use: A has 1, B has 2" in problems[0]
    assert "say which: facts: {M: {quintile: ...}}" in problems[0]
    years = after(merger | {"facts": {"M": {"quintile": 1}}}, rules=BY_QUINTILE)
    assert years.allocations[-1].groups["areas"].to_list() == [1]  # C alone
    into_one = after({"merge": ["A", "B"], "into": "B"}, rules=BY_QUINTILE)
    assert into_one.allocations[-1].groups["areas"].to_list() == [2]  # B keeps its facts


def test_what_an_event_says_goes_on_to_areas_made_of_that_one() -> None:
    quintile_is = {"merge": ["A", "B"], "into": "M"}
    merger = quintile_is | {"facts": {"M": {"quintile": 2}}}
    years = after(merger, {"split": "M", "into": {"E": "50%", "F": "50%"}}, rules=BY_QUINTILE)
    assert years.allocations[-1].groups["areas"].to_list() == [3]  # C, E and F
    years = after(merger, {"merge": ["M", "C"], "into": "N"}, rules=BY_QUINTILE)  # both have 2
    assert years.allocations[-1].groups["areas"].to_list() == [1]
    merger = quintile_is | {"facts": {"M": {"quintile": 1}}}
    (problem,) = problems_of(after, merger, {"merge": ["M", "C"], "into": "N"}, rules=BY_QUINTILE)
    assert "'N' has no one 'quintile', which the rules use: M has 1, C has 2" in problem


def test_numbers_are_numbers_whatever_file_they_stand_in(tmp_path: Path) -> None:
    merger = {"date": "2024/25", "merge": ["A", "B"], "into": "M"}
    second = {"date": "2024/25", "merge": ["M", "C"], "into": "N"}
    for said, problem in ((2, ""), ("two", "'two' is not a number, as those of column 'quintile' are")):
        path = make_scenario(
            tmp_path,
            AREAS.write_csv(),
            "title: T\nrules: [{name: first, across: quintile = 2, floor: 0}]\n",
            budget=None,
            years=TWO_YEARS,
            events=[merger | {"facts": {"M": {"quintile": said}}}, second],
        )
        if problem:
            assert problem in problems_of(allocate.run_years, path)[0]
        else:
            assert allocate.run_years(path).money["areas"].to_list() == [4, 2]


def test_a_published_target_goes_where_people_go() -> None:
    frame = AREAS.with_columns(target=pl.Series([1_000.0, 1_000.0, 3_000.0, 3_000.0]))
    merger = {"merge": ["A", "B"], "into": "M"}
    opening = {"open": "N", "population": 100, "like": "C", "patients_from": {"D": "10%"}}
    columns = {"id": "id", "target": "target"}
    years = after(merger, opening, frame=frame, columns=columns)
    assert last(years, "target") == {"M": 2_000, "C": 3_000, "D": 2_700, "N": 300}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("close: A, ^patients_to: []", "'patients_to' is empty; give at least one item"),
        ("close: A, patients_to: {B: ^ten}", "'ten' is not a number; write one such as 0.1, 10%"),
        ("close: A, patients_to: {B: {^poeple: 1}}", "unknown key 'poeple'"),
        ("split: A, into: {A: -20%, E: ^120%}", "'E' is not between 0% and 100%; write a share such as 60%"),
        ("merge: [A, B], ^into: [A]", "'into' must be text"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, event: str, said: str) -> None:
    path = make_scenario(tmp_path, AREAS.write_csv(), None, budget=None, years=TWO_YEARS)
    line = f"  - {{date: 2024/25, {event}}}"
    text = path.read_text() + "events:\n"
    path.write_text(text + line.replace("^", ""))
    place = f"{path}:{text.count(chr(10)) + 1}:{line.index('^') + 1}"
    assert any(each.startswith(f"{place}: {said}") for each in problems_of(allocate.run_years, path))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"merge": ["A", "Z"], "into": "A"}, "there is no area 'Z' on 2024-04-01"),
        ({"merge": ["A"], "into": "A"}, "two or more different areas"),
        ({"merge": ["A", "A"], "into": "A"}, "two or more different areas"),
        ({"merge": ["A", "B"], "into": "C"}, "there is an area 'C' already"),
        ({"merge": ["A", "B"]}, "'merge' needs 'into' too"),
        ({"split": "A", "into": "B"}, "'split' needs the portion of each area"),
        ({"split": "A", "into": {"A": "50%", "E": "40%"}}, "'into' adds up to 0.9 of the people"),
        ({"split": "A", "into": {"A": "150%", "E": "-50%"}}, "not between 0% and 100%"),
        (
            {"split": "A", "into": {"A": {"people": 0, "need": 1}, "E": {"people": 1, "need": 0}}},
            "need without",
        ),
        ({"split": "A", "into": {"A": "50%", "B": "50%"}}, "there is an area 'B' already"),
        ({"close": "A", "patients_to": ["A"]}, "'A' closes and takes its own patients"),
        ({"close": "A", "patients_to": ["B", "B"]}, "'B' stands twice in 'patients_to'; write each area"),
        ({"close": "A"}, "'close' needs 'patients_to' too"),
        ({"close": "A", "patients_to": ["B"], "into": "C"}, "'into' goes with merge or split"),
        ({"open": "E"}, "'open' needs people"),
        ({"open": "E", "population": 10}, "'population' needs 'like'"),
        ({"open": "E", "population": 0, "like": "A"}, "'population' must be above nought"),
        ({"open": "E", "population": 1, "like": "A", "baseline": -1}, "may bring money, not take it"),
        ({"open": " ", "population": 1, "like": "A"}, "a new area has an empty id"),
        ({"open": "E", "population": 1, "like": ""}, "there is no area ''"),
        ({"open": "E", "patients_from": {"A": 2}}, "shares between 0% and 100%"),
        ({"open": "E", "patients_from": {"A": "100%"}}, "A has nobody registered from 2024-04-01 on"),
        ({"close": "A", "open": "E"}, "needs exactly one of merge, close, split, open"),
        ({"merge": ["A", "B"], "into": {"A": 1}}, "'merge' needs one id that they become; write into: P001"),
        (
            {"merge": ["A", "B"], "into": "A", "date": "soon"},
            "'soon' is no year; write a financial year such",
        ),
        ("merge A and B", "events.0: must be a mapping"),
        ({"merge": ["A", "B"], "into": "A", "facts": {"A": {"plce": "X"}}}, "did you mean 'place'?"),
        (
            {"merge": ["A", "B"], "into": "A", "facts": {"B": {"place": "X"}}},
            "there is no area 'B' after this event; known here: A, C, D",
        ),
        ({"merge": ["A", "B"], "into": "A", "facts": {"A": {"quintile": "x"}}}, "'x' is not a number"),
        ({"merge": ["A", "B"], "into": "A", "date": "2030/31"}, "after the last year has begun"),
    ],
)
def test_what_cannot_happen_is_told(event: Any, said: str) -> None:
    problems = problems_of(after, event)
    assert any(said in each for each in problems), problems

"""Several years: cases by hand, what a year may say, what goes wrong, the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.errors import BudgetTooSmall, InputError
from allocate.years.showing import years_text

if TYPE_CHECKING:
    from pathlib import Path

AREAS = pl.DataFrame(
    {
        "id": ["A", "B", "C"],
        "population": [100, 100, 200],
        "baseline": [900, 1_100, 2_600],
        "place": ["X", "X", "Y"],
        "later": [100, 110, 200],
        "need": [1, 1, 1],
    }
)
"""£9, £11 and £13 a head."""


def years_of(
    years: Any, frame: pl.DataFrame = AREAS, rules: Any = "level-up", **options: Any
) -> allocate.Years:
    return allocate.solve_years(frame, rules, years=years, **options)


def amounts(years: allocate.Years, year: str) -> list[float]:
    return [float(each) for each in years.areas.filter(pl.col("year") == year)["allocation"]]


def test_each_year_begins_where_the_last_one_ended() -> None:
    # £200 lifts A from £9 to £11 a head; £400 lifts A and B, 200 people, to £13; £400 lifts all 400 by £1.
    budgets = zip(("2023/24", "2024/25", "2025/26"), (200, 400, 400), strict=True)
    result = years_of([{"year": year, "budget": {"new_money": new}} for year, new in budgets])
    assert amounts(result, "2023/24") == [1_100, 1_100, 2_600]
    assert amounts(result, "2024/25") == [1_300, 1_300, 2_600]
    assert amounts(result, "2025/26") == [1_400, 1_400, 2_800]
    assert result.promise_kept


def test_a_growing_budget_grows_on_what_was_given() -> None:
    # £4,600 × 1.1 = £5,060, and that × 1.1 = £5,566.
    result = years_of({"from": "2023/24", "to": "2024/25", "budget": {"growth": "10%"}})
    assert result.money["allocation"].to_list() == [Decimal("5060.00"), Decimal("5566.00")]
    assert result.money["new_money"].to_list() == [Decimal("460.00"), Decimal("506.00")]


def test_people_grow_from_the_second_year_on_and_take_their_need_along() -> None:
    # After £200 A and B have £11 a head. A grows by 10% to 110 people: £10 a head, so £110 lifts it to £11.
    years = [
        {"year": "2023/24", "budget": {"new_money": 200}},
        {
            "year": "2024/25",
            "budget": {"new_money": 110},
            "population": {"growth": "case when id = 'A' then 0.1 else 0 end"},
        },
    ]
    assert amounts(years_of(years), "2024/25") == [1_210, 1_100, 2_600]


def test_a_rate_by_a_later_year_is_spread_over_the_years_until_then() -> None:
    # 21% by 2025/26 is 10% in each of two years; afterwards Y stays.
    years = {"from": "2023/24", "to": "2026/27", "budget": {"growth": 0}}
    years |= {"population": {"by": "place", "growth": {"Y": "21% by 2025/26"}, "otherwise": "1%"}}
    people = years_of(years).areas.filter(pl.col("id") == "C")["population"]
    assert people.round(6).to_list() == [200, 220, 242, 242]
    assert years_of(years).areas.filter(pl.col("id") == "A")["population"].round(6)[-1] == 103.0301


def test_rates_may_be_by_a_column_of_numbers() -> None:
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}
    years |= {"population": {"by": "baseline", "growth": {"£1,100": "10%", 2600: "20%"}}}
    assert years_of(years).areas["population"].round(9).to_list() == [100, 100, 200, 100, 110, 240]


def test_a_year_that_begins_on_another_day_is_called_by_it() -> None:
    years = {"from": "2023-01-01", "to": "2024-01-01", "budget": {"growth": "1%"}}
    assert years_of(years).labels == ["2023-01-01", "2024-01-01"]


def test_a_column_says_how_many_people_there_are() -> None:
    years = [
        {"year": "2023/24", "budget": {"growth": 0}},
        {"year": "2024/25", "budget": {"growth": 0}, "population": "later"},
        {"year": "2025/26", "budget": {"growth": 0}, "population": "10%"},
    ]
    people = years_of(years).areas["population"].to_list()
    assert [round(each, 9) for each in people] == [100, 100, 200, 100, 110, 200, 110, 121, 220]


def test_need_drifts_apart_from_people() -> None:
    # X's need per head doubles: 200 + 200 + 200 parts for 400 people.
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}
    years |= {"need_drift": {"by": "place", "growth": {"X": "100%"}}}
    last = years_of(years).areas.tail(3)
    assert last["weighted_population"].round(9).to_list() == [133.333333333] * 3
    assert last["population"].to_list() == [100, 100, 200]


def test_counts_of_need_grow_with_their_people() -> None:
    # A published weighted population is of the people it was published with.
    rules = [{"title": "Published", "need": {"column": "need"}}, "level-up"]
    frame = AREAS.with_columns(need=pl.Series([120, 100, 180]))
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}, "population": "100%"}
    last = years_of(years, frame, rules).areas.tail(3)
    assert last["weighted_population"].round(9).to_list() == [240, 200, 360]


def test_new_columns_of_need_are_measured_with_the_people_of_their_year() -> None:
    rules = [{"title": "Published", "need": {"column": "need"}}, "level-up"]
    frame = AREAS.with_columns(newer=pl.Series([200, 100, 100]))
    newer = {"year": "2024/25", "budget": {"growth": 0}, "columns": {"need": "newer"}}
    years = [{"year": "2023/24", "budget": {"growth": 0}}, newer | {"population": "later"}]
    last = years_of(years, frame, rules, columns={"need": "need"}).areas.tail(3)
    assert last["weighted_population"].round(9).to_list() == [205, 102.5, 102.5]  # 410 people by 2 : 1 : 1


def test_new_columns_of_need_leave_people_as_they_have_grown() -> None:
    rules = [{"title": "Need", "need": {"index": "need"}}, "level-up"]
    years = {"from": "2023/24", "to": "2025/26", "budget": {"growth": 0}, "population": "10%"}
    years |= {"each": [{"year": "2025/26", "columns": {"need": "baseline"}}]}
    last = years_of(years, AREAS, rules, columns={"need": "need"}).areas.tail(3)
    assert last["population"].round(9).to_list() == [121, 121, 242]


@pytest.mark.parametrize("brought", [{"population": "later"}, {"columns": {"population": "later"}}])
def test_a_column_of_people_takes_the_place_of_growth(brought: dict[str, Any]) -> None:
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}, "population": "10%"}
    years |= {"each": [{"year": "2024/25"} | brought]}
    assert years_of(years).areas.tail(3)["population"].to_list() == [100, 110, 200]


def test_need_that_a_parameter_changes_is_measured_with_the_people_it_was_first_measured_with() -> None:
    # £1 a case and £100 an area more, for the people of the table: 200, 210 and 300 for 100, 100 and 200.
    book = {"title": "Cases", "parameters": {"more": 0}, "need": {"index": "(later + more) / population"}}
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}
    years |= {"population": {"growth": "case when id = 'A' then 1 else 0 end"}}
    years |= {"each": [{"year": "2024/25", "parameters": {"more": 100}}]}
    last = years_of(years, rules=[book, "level-up"]).areas.tail(3)
    whole = 400 + 210 + 300  # A has twice as many people, and their need goes with them
    assert last["weighted_population"].to_list() == pytest.approx(
        [500 * raw / whole for raw in (400, 210, 300)]
    )


def test_need_that_depends_on_the_year_is_measured_in_each() -> None:
    book = {"title": "Year", "need": {"index": "case when id = 'A' and year > 2023 then 2 else 1 end"}}
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": 0}}
    areas = years_of(years, rules=[book, "level-up"]).areas
    assert areas["weighted_population"].round(9).to_list() == [100, 100, 200, 160, 80, 160]


def test_areas_are_chosen_once_for_all_years() -> None:
    frame = AREAS.with_columns(newer=pl.Series([3, 1, 1]))
    rules = [{"title": "Need", "need": {"index": "need"}}, "level-up"]
    newer = {"year": "2024/25", "budget": {"growth": 0}, "columns": {"need": "newer"}}
    years = [{"year": "2023/24", "budget": {"growth": 0}}, newer]
    result = years_of(years, frame, rules, columns={"need": "need"}, where="need < 2")
    assert result.money["areas"].to_list() == [3, 3]


def test_a_budget_of_the_scenario_is_that_of_every_year_without_one() -> None:
    years = [{"year": "2023/24"}, {"year": "2024/25", "budget": {"growth": 0}}]
    money = years_of(years, budget={"growth": "10%"}).money
    assert money["new_money"].to_list() == [Decimal("460.00"), Decimal("0.00")]


def test_dated_parameters_hold_from_their_dates() -> None:
    book = {
        "title": "Ceilings",
        "parameters": {"ceiling": {"2023-04-01": "1%", "2024-04-01": "100%"}},
        "rules": [{"name": "ceiling", "cap": "baseline * (1 + ceiling)"}],
    }
    years = {"from": "2023/24", "to": "2024/25", "budget": {"new_money": 100}}
    result = years_of(years, rules=book, leave_unspent=True)
    assert amounts(result, "2023/24") == [909, 1_111, 2_626]  # 1% of £4,600 is £46; £54 stay unspent
    assert float(result.money["unspent"][0]) == 54
    assert result.money["new_money"][1] == 100
    assert amounts(result, "2024/25")[0] == 1_009
    early = problems_of(years_of, years | {"from": "2022/23"}, rules=book)
    assert early == ["'ceiling' has no value on 2022-04-01; its first is from 2023-04-01"]


def test_rules_that_name_the_columns_see_what_holds_in_the_year() -> None:
    # A floor of 5% above last year's money, by the column's own name: £1,100 × 1.05² = £1,212.75.
    frame = AREAS.rename({"baseline": "funding"})
    book = {"title": "Floor", "rules": [{"name": "5%", "floor": "1.05 * funding"}]}
    years = {"from": "2023/24", "to": "2024/25", "budget": {"growth": "5%"}}
    result = years_of(years, frame, book, columns={"baseline": "funding"})
    assert amounts(result, "2024/25")[1] == 1_212.75


def test_the_view_in_real_terms_takes_prices_out() -> None:
    years = [
        {"year": "2023/24", "budget": {"growth": 0}},
        {"year": "2024/25", "budget": {"growth": "10%"}, "deflator": "10%"},
        {"year": "2025/26", "budget": {"growth": "5%"}, "deflator": "5%"},
    ]
    money = years_of(years).money
    assert money["allocation_real"].to_list() == [Decimal("4600.00")] * 3
    assert money["prices"].round(6).to_list() == [1.0, 1.1, 1.155]
    assert "allocation_real" not in years_of(years[:1]).areas.columns


def test_paths_and_the_year_in_which_areas_come_within_tolerance() -> None:
    # Fair shares are £1,200, £1,200 and £2,400 of £4,800 in the first year; then £5,200 and £5,600.
    budgets = zip(("2023/24", "2024/25", "2025/26"), (200, 400, 400), strict=True)
    entries = [{"year": year, "budget": {"new_money": new}} for year, new in budgets]
    result = years_of({"each": entries, "tolerance": "1%"})
    assert result.paths.columns == ["id", "before", "2023/24", "2024/25", "2025/26"]
    a = result.paths.row(0)
    assert [round(each, 4) for each in a[1:]] == [-0.2174, -0.0833, 0.0, 0.0]  # 900 of 1,150; 1,100 of 1,200
    assert result.within["year"].to_list() == ["2024/25", "2024/25", "2024/25"]
    assert result.to_dict()["years"]["within"] == {"2024/25": 3, "never": 0}
    # C has £2,600 of a fair share of £2,400 after the first year, A and B are £100 below £1,200.
    assert result.money["below"].to_list() == [2, 0, 0]
    assert result.money["shortfall"].to_list() == [200, 0, 0]
    without = years_of({"each": [{"year": "2023/24", "budget": {"growth": 0}}], "tolerance": "1%"})
    assert without.to_dict()["years"]["within"] == {"never": 3}


def test_what_is_less_than_a_rounding_unit_is_unspent() -> None:
    money = years_of([{"year": "2023/24", "budget": 4_850}], round_to=100).money
    assert (money["allocation"][0], money["unspent"][0]) == (4_800, 50)


def test_a_year_whose_rules_cannot_hold_is_named() -> None:
    book = {
        "title": "Floor",
        "rules": [{"name": "floor", "floor": "1_200", "where": "id = 'A' and year > 2023"}],
    }
    years = {"from": "2023/24", "to": "2025/26", "budget": {"new_money": 10}}
    with pytest.raises(BudgetTooSmall, match=r"^in 2024/25: the floors add up to £4,900"):
        years_of(years, rules=book)


def scenario(folder: Path, **keys: Any) -> Path:
    keys = {"years": {"from": "2023/24", "to": "2025/26", "budget": {"growth": "3%"}}} | keys
    return make_scenario(folder, TABLE, None, budget=None, **keys)


SPAN = {"from": "2023/24", "to": "2025/26"}


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ({"from": "2023/24"}, "needs 'from' and 'to', or a list of years"),
        ({"from": "2023/25", "to": "2025/26"}, "'2023/25' is no financial year; write 2023/24"),
        ({"from": "2023", "to": "2025/26"}, "'2023' is no year; write a financial year such as 2023/24, or"),
        ({"from": "2025/26", "to": "2023/24"}, "'to' must be the year of 'from' or one of the next"),
        ({"from": "2024-02-29", "to": "2025/26"}, "29 February"),
        (SPAN | {"budget": {"growth": "1e12"}}, "budget: in 2023/24: the pot of £"),
        (SPAN | {"population": {"growth": "1e300"}}, "for A (row 2); write a rate between"),
        ([{"year": "2024/25"}, {"year": "2023/24"}], "2023/24 does not come after"),
        (SPAN | {"each": [{"year": "2026/27"}]}, "2026/27 is not one of the years 2023/24 to 2025/26"),
        (SPAN | {"population": {"by": "place", "growth": {"Z": "1%"}}}, "no 'Z' in column 'place'"),
        (
            SPAN | {"population": {"by": "baseline", "growth": {"110": "1%"}}},
            "no '110' in column 'baseline'; known here: 1000, 1500",
        ),
        (
            SPAN | {"population": {"by": "baseline", "growth": {"few": "1%"}}},
            "no 'few' in column 'baseline'; known here: 1000, 1500",
        ),
        (SPAN | {"population": {"by": "place", "growth": {"X": "1% by 2023/24"}}}, "not after the first"),
        (SPAN | {"population": {"by": "place", "growth": {"X": "-100%"}}}, "'-100%' leaves nobody; write a"),
        (SPAN | {"population": {"growth": "1%", "otherwise": "2%"}}, "'otherwise' goes with 'by'; remove it"),
        (SPAN | {"population": {"about": "?"}}, "unknown key 'about'"),
        (SPAN | {"population": {"source": "?"}}, "needs a column of people or a growth; give one of them"),
        (
            SPAN | {"population": {"growth": "-200%"}},
            "is -200.0000% for A (row 2); write a rate between -99% and 1,000%",
        ),
        (SPAN | {"population": {"by": "place", "growth": "1%"}}, "goes with a rate for each value"),
        (SPAN | {"population": {"by": "place", "growth": {"X": "1%%"}}}, "'1%%' is no rate"),
        (SPAN | {"need_drift": {"growth": "plce * 2"}}, "unknown name 'plce'; did you mean 'place'?"),
        (SPAN | {"need_drift": {"by": "plce", "growth": {"X": "1%"}}}, "unknown name 'plce'; did you mean"),
        (SPAN | {"population": "list24"}, "a column says how many people there are in one year"),
        (SPAN | {"population": {"growth": "growth"}}, "change before money is known"),
        (SPAN | {"deflator": "-100%"}, "rates above -100%"),
        ([{"year": "2023/24", "population": "1%"}], "let growth begin in the year after"),
        ([{"year": "2023/24", "columns": {"baseline": "x"}}], "'baseline' is carried from year to year"),
        ([{"year": "2023/24"}, {"year": "2024/25", "population": "list24"}], "has no column 'list24'"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, years: Any, said: str) -> None:
    problems = problems_of(allocate.run_years, scenario(tmp_path, years=years))
    assert any(said in each for each in problems), problems


def test_dates_and_events_go_with_years_as_they_should(tmp_path: Path) -> None:
    problems = problems_of(allocate.run_years, scenario(tmp_path, date="2023-04-01"))
    assert "'date' goes without 'years'" in problems[0]
    merger = [{"date": "2023/24", "merge": ["A", "B"], "into": "A"}]
    problems = problems_of(allocate.run_years, scenario(tmp_path, years=None, events=merger))
    assert "'events' go with 'years'" in problems[0]


def test_problems_are_told_all_at_once_each_with_its_place(tmp_path: Path) -> None:
    path = scenario(
        tmp_path,
        years={"from": "2023/24", "to": "2024/25", "population": {"by": "place", "growth": {"Z": "1%"}}},
        events=[
            {"date": "2024/25", "close": "D", "patients_to": ["A"]},
            {"date": "2025/26", "merge": ["A", "B"], "into": "A"},
        ],
    )
    problems = problems_of(allocate.run_years, path)
    assert len(problems) == 3
    lines = path.read_text(encoding="utf-8").splitlines()
    for problem, written in zip(sorted(problems), ("Z", "D", "A"), strict=True):
        _, line, column = problem.split(": ")[0].rsplit(":", 2)
        assert lines[int(line) - 1][int(column) - 1 :].startswith(written), problem


def test_what_is_saved_is_loaded_without_loss(tmp_path: Path) -> None:
    events = [{"date": "2024/25", "merge": ["A", "C"], "into": "A"}]
    made = allocate.run_years(scenario(tmp_path, events=events)).plan()
    made.save(tmp_path / "out")
    loaded = allocate.load_years(tmp_path / "out")
    for name in ("areas", "money", "events", "planned", "paths", "within"):
        assert getattr(loaded, name).equals(getattr(made, name)), name
        assert getattr(loaded, name).schema == getattr(made, name).schema, name
    assert loaded.record == made.record
    assert loaded.to_dict() == made.to_dict()
    assert loaded.promise_kept
    assert str(loaded.explain("C")) == str(made.explain("C"))
    assert allocate.load_run(tmp_path / "out").areas.equals(made.allocations[-1].areas)
    with pytest.raises(InputError, match="was loaded"):
        loaded.plan()
    with pytest.raises(InputError, match="its files are there already; copy that folder"):
        loaded.save(tmp_path / "again")


def test_no_planned_path_of_another_run_stays_beside_the_years(tmp_path: Path) -> None:
    years = allocate.run_years(scenario(tmp_path))
    years.plan().save(tmp_path / "out")
    years.save(tmp_path / "out")
    assert not (tmp_path / "out" / "planned.csv").exists()
    assert allocate.load_years(tmp_path / "out").planned is None


def test_a_broken_promise_would_be_told() -> None:
    years = years_of({"from": "2023/24", "to": "2024/25", "budget": {"growth": "3%"}})
    assert "In no year does it get less" in str(years.explain("A"))
    lost = pl.when(id="A", year="2023/24").then(pl.col("baseline") - 1).otherwise("allocation")
    broken = replace(years, areas=years.areas.with_columns(allocation=lost))
    assert broken.promise_breaches == (
        "A loses in 2023/24",
        "the baselines of 2024/25 are not what was given the year before",
        "A does not begin 2024/25 with what it had",
    )
    assert "BROKEN, which is a defect of allocate: A loses in 2023/24" in years_text(broken)
    assert "In no year does it get less" not in str(broken.explain("A"))


def test_a_folder_without_years_says_so(tmp_path: Path) -> None:
    allocate.run(make_scenario(tmp_path, TABLE, None)).save(tmp_path / "out")
    assert "it has no years in it" in problems_of(allocate.load_years, tmp_path / "out")[0]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = scenario(tmp_path)
    for name in ("one", "other"):
        allocate.run_years(path).plan().save(tmp_path / name)
    for file in ("years.csv", "money.csv", "planned.csv", "run.json", "allocations.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_run_gives_the_last_year_and_solve_refuses_years(tmp_path: Path) -> None:
    path = scenario(tmp_path)
    assert allocate.run(path).areas.equals(allocate.run_years(path).allocations[-1].areas)
    assert "is the pot of one year" in problems_of(allocate.run, path, budget=5_000)[0]
    for of_one_year, asked in ((allocate.cost, "95%"), (allocate.sweep, {"new_money": "1,2"})):
        assert problems_of(of_one_year, path, asked) == [
            "Test: has several years, and this is about one; leave 'years:' and 'events:' out"
        ]
    assert (
        "call solve_years"
        in problems_of(allocate.solve, AREAS, years={"from": "2023/24", "to": "2024/25"})[0]
    )
    assert (
        "has no years" in problems_of(allocate.run_years, make_scenario(tmp_path / "other", TABLE, None))[0]
    )


def test_the_story_of_an_area_goes_through_the_years(tmp_path: Path) -> None:
    story = str(allocate.run_years(scenario(tmp_path)).explain("B"))
    assert "2023/24   It begins with £1,500 for 200 people" in story
    assert "It first comes within 5% of its fair share in" in story
    assert "did you mean" in problems_of(allocate.run_years(scenario(tmp_path)).explain, "b")[0]


def run_command(*arguments: str) -> tuple[int, str, str]:
    from click.testing import CliRunner

    from allocate.cli import main

    result = CliRunner().invoke(main, list(arguments), prog_name="allocate")
    return result.exit_code, result.stdout, result.stderr


def test_the_command_line_runs_all_years(tmp_path: Path) -> None:
    path = str(
        scenario(
            tmp_path, years={"from": "2023/24", "to": "2025/26", "budget": {"growth": "3%"}, "deflator": "2%"}
        )
    )
    status, shown, _ = run_command("years", path, "--planned", "--out", str(tmp_path / "out"))
    assert status == 0
    assert "kept: no area loses cash in any year" in shown
    assert "at the least, if all years were known" in shown
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "years.csv", "money.csv", "planned.csv", "allocations.csv", "run.json", "table.parquet",
        "certificate.json", "inputs.json",
    }  # fmt: skip
    years = pl.read_csv(tmp_path / "out" / "years.csv")
    assert years.height == 9
    assert years.columns[:2] == ["year", "id"]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["years"]["promise_kept"] is True


def test_run_and_explain_take_a_scenario_with_years(tmp_path: Path) -> None:
    path = str(scenario(tmp_path))
    assert run_command("run", path)[1] == run_command("years", path)[1]
    told = json.loads(run_command("run", path, "--json")[1])
    assert len(told["areas"]) == 9
    assert len(told["money"]) == 3
    assert "Over all" in run_command("explain", path, "A")[1]
    assert run_command("check", path)[0] == 0
    gone = str(scenario(tmp_path / "gone", events=[{"date": "2024/25", "close": "Q", "patients_to": ["A"]}]))
    assert run_command("check", gone)[0] == 2


def test_the_command_line_says_what_is_wrong(tmp_path: Path) -> None:
    path = str(scenario(tmp_path))
    status, shown, said = run_command("years", path, "--budget", "5000")
    assert (status, shown) == (2, "")
    assert "change 'budget:' under 'years:'" in said
    assert "has no years; add" in run_command("years", "llr")[2]
    assert "a workbook is of one year" in run_command("run", path, "--out", str(tmp_path / "run.xlsx"))[2]
    book = 'title: "F"\nrules:\n  - {name: floor, floor: 5_000, where: year > 2023}\n'
    years = {"from": "2023/24", "to": "2024/25", "budget": {"new_money": 10}}
    clash = make_scenario(tmp_path / "clash", TABLE, book, budget=None, years=years)
    status, _, said = run_command("years", str(clash), "--out", str(tmp_path / "none"))
    assert status == 1
    assert "in 2024/25: the floors add up to" in said
    assert not (tmp_path / "none").exists()


def test_five_years_of_the_bundled_practices_keep_every_rule_and_the_promise() -> None:
    years = allocate.run_years("llr-five-years")
    assert years.promise_kept
    assert years.money["areas"].to_list() == [130, 130, 129, 129, 128]
    for allocation in years.allocations:
        groups = allocation.groups
        assert (groups["allocation"] >= groups["floor"]).all()
    rutland = years.areas.filter(pl.col("id").is_in(["P127", "P128", "P129", "P130"]))
    people = rutland.group_by("year", maintain_order=True).agg(pl.col("population").sum())["population"]
    assert people[-1] / people[0] == pytest.approx(1.05)

"""The equity audit: figures by hand, coverage, groups, words, files, errors, and the real practices."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click import unstyle
from helpers import make_scenario, problems_of

import allocate
from allocate import equity
from allocate.results.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D"],
        "population": [100, 100, 200, 100],
        "baseline": [1_000, 1_400, 3_600, 1_000],
        "imd_quintile": ["1", "1", "2", "Unknown"],
        "place": ["X", "Y", "Y", None],
    }
)
"""£10, £14, £18 and £10 a head; £7,000 in all. D is in no group: 100 of 500 people."""

BOOK = {"title": "By population"}


def result(frame: pl.DataFrame = FRAME, **options: Any) -> allocate.Allocation:
    return allocate.solve(frame, BOOK, **({"budget": {"new_money": 500}} | options))


def value(audit: equity.Audit, grouping: str, measure: str, money: str | None = None, **more: Any) -> Any:
    """The one value of a measure in the tidy table; per weighted head, of a whole grouping, unless said."""
    wanted = {"grouping": grouping, "measure": measure, "money": money, "group": None}
    wanted |= {"per": "weighted head" if money else None} | more
    rows = audit.table.filter(pl.col(name).eq_missing(pl.lit(each)) for name, each in wanted.items())
    assert rows.height == 1, wanted
    return rows["value"][0]


# --- figures by hand


def test_money_a_head_of_each_group_by_hand() -> None:
    audit = result().equity(by=["imd_quintile", "place"])
    # Fifth 1 is A and B: £2,400 for 200 people; fifth 2 is C: £3,600 for 200.
    assert value(audit, "imd_quintile", "mean", "historical", group="1") == 12
    assert value(audit, "imd_quintile", "mean", "historical", group="2") == 18
    # £7,500 for 500 people is £15 a head for all.
    assert value(audit, "imd_quintile", "mean", "fair share", group="1") == 15
    # £500 raises A and D, the lowest, from £1,000 to £1,250 each.
    assert value(audit, "imd_quintile", "mean", "levelled up", group="1") == 13.25
    assert value(audit, "place", "mean", "historical", group="Y") == pytest.approx(5_000 / 300)
    assert value(audit, "imd_quintile", "areas", group="1") == 2
    assert value(audit, "imd_quintile", "people", group="1") == 200


def test_the_measures_by_hand() -> None:
    audit = result().equity(by="imd_quintile")

    def found(measure: str, money: str = "historical") -> Any:
        return value(audit, "imd_quintile", measure, money)

    assert (found("gap"), found("ratio"), found("mean")) == (6, 1.5, 15)
    # Midpoints 1/4 and 3/4: £6 over half the line is £12 over all of it, from £9 to £21.
    assert found("sii") == pytest.approx(12)
    assert found("rii") == pytest.approx(21 / 9)
    # Shares 2,400/6,000 and 3,600/6,000: 2 (0.4/4 + 0.6·3/4) - 1 = 0.1; times £15 a head.
    assert found("concentration_index") == pytest.approx(0.1)
    assert found("generalised_concentration_index") == pytest.approx(1.5)
    between = 0.4 * math.log(0.8) + 0.6 * math.log(1.2)
    within = 0.4 * (1_000 / 2_400 * math.log(10 / 12) + 1_400 / 2_400 * math.log(14 / 12))
    assert found("theil_between") == pytest.approx(between)
    assert found("theil_within") == pytest.approx(within)
    assert found("theil_between_share") == pytest.approx(between / (between + within))
    assert found("gap", "levelled up") == pytest.approx(18 - 13.25)
    # Over all areas the average is £14: A and D are £400 short each, which is 800/7,000 of the money.
    assert value(audit, "all areas", "hoover", "historical") == pytest.approx(800 / 7_000)


def test_groups_without_an_order_are_compared_highest_with_lowest() -> None:
    audit = result().equity(by="place")
    assert value(audit, "place", "gap", "historical") == pytest.approx(5_000 / 300 - 10)
    measures = set(audit.table.filter(pl.col("grouping") == "place")["measure"])
    assert not measures & {"sii", "rii", "concentration_index"}
    assert any("historically Y gets £6.67 (66.7%) more than X" in each for each in audit.sentences)


def test_the_same_amounts_are_told_as_such() -> None:
    sentences = result().equity(by="imd_quintile").sentences
    assert (
        "Historically the most deprived group gets £6.00 (33.3%) less per weighted head than the least "
        "deprived group; by fair share as much; levelled up £4.75 (26.4%) less." in sentences
    )
    slope = next(each for each in sentences if each.startswith("Slope"))
    assert "rises by £12.00 per weighted head historically (SII +£12.00, RII 2.333)" in slope
    assert "is level by fair share" in slope
    concentration = next(each for each in sentences if each.startswith("Concentration"))
    assert "historically towards the least deprived group (+0.1000)" in concentration


# --- coverage


def test_coverage_comes_first_and_says_whom_it_leaves_out() -> None:
    audit = result().equity(by=["imd_quintile", "place"])
    assert value(audit, "imd_quintile", "missing_areas") == 1
    assert value(audit, "imd_quintile", "missing_people") == 100
    assert value(audit, "imd_quintile", "share_left_out") == pytest.approx(0.2)
    assert audit.sentences[0] == (
        "imd_quintile is not known for 1 of 4 areas: its figures leave out 100 people (20.0%)."
    )
    text = audit.text()
    assert text.index("people in none") < text.index("All areas") < text.index("By imd_quintile")


@pytest.mark.parametrize("missing", [None, "", " ", "N/A", "*", "Unknown", "not stated", " Not Known "])
def test_what_says_nothing_is_missing(missing: str | None) -> None:
    frame = FRAME.with_columns(imd_quintile=pl.Series(["1", "1", "2", missing]), place=pl.lit("X"))
    (found,) = result(frame).equity(by="imd_quintile").coverage
    assert (found.missing_rows, found.missing_people) == (1, 100)


def test_areas_without_people_are_in_no_figure_and_a_note_says_so() -> None:
    frame = FRAME.with_columns(population=pl.Series([100, 100, 200, 0]))
    audit = result(frame, zero_population="hold").equity(by="place")
    assert audit.areas == 3
    assert audit.money["historical"] == 6_000
    assert "Areas without people or need are in no figure: 1, with £1,000.00 of baselines." in audit.notes


# --- groups


def groups_of(name: str, values: list[Any], people: list[float] | None = None, how: str = "") -> Any:
    frame = pl.DataFrame(
        {
            "id": [f"A{row:02}" for row in range(len(values))],
            "population": people or [100.0] * len(values),
            "baseline": [1_000] * len(values),
            name: values,
        }
    )
    audit = result(frame, budget={"new_money": 0}).equity(by=f"{name}{how}")
    return audit.compared[0].grouping


def test_many_numbers_are_cut_into_fifths_by_people() -> None:
    # The first area has half of the 2,000 people: their middle, 500, lies in the second fifth (400 to 800).
    # The others' middles are 1,050 and 1,150 (third), 1,250 to 1,550 (fourth), 1,650 to 1,950 (last).
    values = [float(value) for value in range(1, 12)]
    found = groups_of("share", values, [1_000.0, *[100.0] * 10])
    assert found.codes.tolist() == [0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    assert found.ends == ("the group with the lowest share", "the group with the highest share")
    assert found.note == (
        "share has 11 values: cut into fifths by people, the lowest first; 4 groups, as equal values and "
        "large areas are not split."
    )
    even = groups_of("share", [float(value) for value in range(20)])
    assert even.codes.tolist() == sorted([*range(5)] * 4)
    assert even.labels[0] == "1 (0 to 3)"


def test_equal_numbers_stay_together() -> None:
    found = groups_of("share", [0.5] * 10 + [float(value) for value in range(1, 12)])
    assert len(set(found.codes[:10].tolist())) == 1


def test_tenths_if_asked_for() -> None:
    assert len(groups_of("share", list(range(40)), how=":tenths").labels) == 10


@pytest.mark.parametrize(
    ("name", "values", "first"),
    [
        ("imd_quintile", [1, 2, 3, 4, 5], "1"),
        ("deprivation_decile", [1, 2, 9, 10], "1"),
        ("imd_score", [5.5, 30.1, 12.0], "30.1"),
        ("imd_rank", [1, 2, 3], "1"),
        ("imd_quintile:reversed", [1, 2, 3, 4, 5], "5"),
        ("IMD2019 score", [1, 2], "2"),
    ],
)
def test_deprivation_goes_from_the_most_deprived(name: str, values: list[float], first: str) -> None:
    column, _, how = name.partition(":")
    found = groups_of(column, values, how=f":{how}" if how else "")
    assert found.labels[0] == first
    assert found.ends[0].startswith("the most deprived")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("patients_imd_decile_1", [0, 14, 250]),
        ("share_most_deprived_quintile", [0.2, 0.5, 0.1]),
        ("timdone", [1, 2, 3]),
    ],
)
def test_what_only_sounds_like_deprivation_is_not_told_as_that(name: str, values: list[float]) -> None:
    assert "deprived " not in groups_of(name, values).ends[0].replace(name, "")


def test_the_usual_groupings_are_taken_where_they_compare_anything() -> None:
    frame = FRAME.with_columns(
        patients_imd_decile_1=pl.Series([5, 6, 7, 8]),
        contract_type=pl.lit("GMS"),
        rurality=pl.Series([*"RUUU"]),
    )
    names = [each.grouping for each in result(frame).equity().coverage]
    assert names == ["imd_quintile", "place", "rurality"]


def test_a_usual_column_that_makes_no_groups_is_passed_over() -> None:
    rows = range(30)
    frame = pl.DataFrame({"id": [f"A{row}" for row in rows], "population": 100, "baseline": 1_000})
    frame = frame.with_columns(place=pl.col("id"), locality=pl.Series(["north", "south"] * 15))
    assert [each.grouping for each in result(frame).equity().coverage] == ["locality"]
    assert "'place' would make a group of every area" in problems_of(result(frame).equity, "place")[0]


def test_an_order_may_be_taken_for_none() -> None:
    ordered, unordered = (
        result().equity(by=f"imd_quintile{option}").compared[0] for option in ("", ":unordered")
    )
    assert "sii" in ordered.measures["historical"]
    assert "sii" not in unordered.measures["historical"]
    assert unordered.measures["historical"]["gap"] == abs(ordered.measures["historical"]["gap"])


def test_without_the_usual_columns_those_of_few_values_are_taken() -> None:
    rows = range(60)
    frame = pl.DataFrame(
        {
            "id": [f"A{row}" for row in rows],
            "population": 100,
            "baseline": 1_000,
            "region": ["north", "south", None] * 20,
            "size": [row % 4 for row in rows],
            "share": [row % 4 / 8 for row in rows],  # a measurement, by its decimals
            "code": [f"X{row % 30}" for row in rows],  # too many
            "year": 2022,  # one only
        }
    )
    assert [each.grouping for each in result(frame).equity().coverage] == ["region", "size"]


def test_one_group_compares_nothing_and_says_so() -> None:
    audit = result(FRAME.with_columns(place=pl.lit("X"))).equity(by="place")
    assert math.isnan(audit.compared[0].measures["historical"]["gap"])
    assert "place has one group only: there is nothing to compare." in str(audit)


# --- the same input, the same bytes


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    table = allocate.open_run("llr").table
    books = allocate.load_scenario("llr")
    columns = {str(role): str(name) for role, name in books.columns.items()}
    written = []
    for at, frame in enumerate((table, table.reverse(), table.sample(fraction=1, shuffle=True, seed=3))):
        made = allocate.solve(
            frame,
            list(map(str, books.rules)),
            budget={"new_money": 2_850_000},
            columns=columns,
            date="2022-04-01",
        )
        made.equity().save(tmp_path / str(at))
        written.append({path.name: path.read_bytes() for path in (tmp_path / str(at)).iterdir()})
    assert sorted(written[0]) == ["audit.csv", "audit.json", "curves.csv"]
    assert written[0] == written[1] == written[2]


def test_a_saved_run_gives_the_same_audit(tmp_path: Path) -> None:
    made = allocate.run("llr")
    made.save(tmp_path)
    loaded = allocate.load_run(tmp_path)
    assert isinstance(loaded, Run)
    assert loaded.equity().to_dict() == made.equity().to_dict()


def test_curves_end_where_they_should() -> None:
    curves = result().equity(by="imd_quintile,place").curves
    assert curves.columns == ["grouping", "money", "per", "curve", "people_share", "money_share"]
    assert set(curves.select("grouping", "curve").unique().rows()) == {
        ("all areas", "lorenz"),
        ("imd_quintile", "concentration"),
    }
    for _, curve in curves.group_by("grouping", "money", "per", maintain_order=True):
        assert curve.row(0)[4:] == (0, 0)
        assert curve.row(-1)[4:] == (1, 1)


# --- uptake


def test_uptake_of_29_against_39_per_cent() -> None:
    """The percentages of the framework; the numbers of people behind them are invented."""
    table = pl.DataFrame({"imd_quintile": [1, 5], "had_it": [290, 390], "invited": [1_000, 1_000]})
    found = equity.gaps(table, "imd_quintile", "had_it", "invited")
    assert found.groups["value"].to_list() == [0.29, 0.39]
    assert found.measures["gap"] == pytest.approx(0.10)
    # With two equal groups Erreygers' index is the gap, and Wagstaff's C/(1 - μ) = (5/68)/0.66.
    assert found.measures["erreygers_index"] == pytest.approx(0.10)
    assert found.measures["wagstaff_index"] == pytest.approx(5 / 68 / 0.66)
    assert found.sentences[0] == (
        "The most deprived group has uptake 10.0 points (25.6%) lower than the least deprived group."
    )


def test_uptake_by_groups_apart_with_some_not_stated() -> None:
    table = {"ethnicity": ["one", "other", "Not stated"], "had_it": [14, 38, 10], "of": [100, 100, 50]}
    found = equity.gaps(table, "ethnicity", "had_it", "of", name="coverage")
    assert found.coverage.share_left_out == pytest.approx(0.2)
    assert found.measures["gap"] == pytest.approx(0.24)
    assert found.sentences == (
        "Highest against lowest: other has coverage 24.0 points (171.4%) higher than one.",
    )
    assert str(found).startswith("coverage by ethnicity\n- ethnicity is not known for 1 of 3 rows")
    assert "\x1b" not in str(found)


def test_an_order_that_is_given_is_kept() -> None:
    table = {"band": ["most", "middle", "least"], "had_it": [1, 2, 3], "of": [4, 4, 4]}
    found = equity.gaps(table, "band", "had_it", "of", order=["most", "middle", "least"])
    assert found.groups["group"].to_list() == ["most", "middle", "least"]
    # Midpoints 1/6, 1/2, 5/6: a quarter more for every third of the line is three quarters over all of it.
    assert found.measures["sii"] == pytest.approx(0.75)


def test_rows_of_a_group_are_added_up() -> None:
    table = {"g": ["a", "b", "a"], "had_it": [1, 2, 3], "of": [4, 4, 4]}
    assert equity.gaps(table, "g", "had_it", "of").groups["numerator"].to_list() == [4, 2]


def test_every_problem_of_an_uptake_table_is_told() -> None:
    table = {"g": ["a", "b"], "had_it": [1, 5], "of": [4, 0]}
    lines = problems_of(equity.gaps, table, "h", "had_itt", "off")
    assert lines == [
        "table: there is no column 'had_itt'; did you mean 'had_it'?",
        "table: there is no column 'off'; did you mean 'of'?",
        "by: there is no column 'h'; known here: g, had_it, of",
    ]
    lines = problems_of(equity.gaps, table, "g", "had_it", "of")
    assert len(lines) == 2
    assert "is not above 0 everywhere" in lines[0]
    assert "below 0 or above 'of' somewhere" in lines[1]
    assert "no numbers" in problems_of(equity.gaps, {"g": ["a"], "n": ["x"], "d": [1]}, "g", "n", "d")[0]
    assert (
        "is not in the order"
        in problems_of(equity.gaps, table | {"of": [4, 9]}, "g", "had_it", "of", order="a")[0]
    )
    assert "has no rows" in problems_of(equity.gaps, {"g": []}, "g", "n", "d")[0]
    endless = {"g": ["a", "b"], "had_it": [1.0, math.inf], "of": [4.0, math.inf]}
    assert problems_of(equity.gaps, endless, "g", "had_it", "of")[0] == (
        "table: 'had_it' or 'of' is infinite somewhere; correct the table"
    )
    unknown = {"g": ["not known", None], "had_it": [1, 2], "of": [4, 4]}
    assert (
        "has no value that is known" in problems_of(equity.gaps, unknown, "g", "had_it", "of", order="a,b")[0]
    )
    assert "is not a table" in problems_of(equity.gaps, object(), "g", "n", "d")[0]


# --- errors


def test_every_column_that_cannot_be_used_is_told_at_once() -> None:
    lines = problems_of(result().equity, "plac,id:tenths,imd_quintile:fifth,nothing at all,place:reversed")
    assert [each.split(":", 1)[1] for each in lines] == [
        " there is no column 'plac'; did you mean 'place'?",
        " 'id' is text, which has no order: it cannot be grouped 'tenths'; write 'id' alone",
        " 'imd_quintile' cannot be grouped 'fifth'; did you mean 'fifths'?",
        " there is no column 'nothing at all'; use a column of the table",
        " 'place' is text, which has no order: it cannot be grouped 'reversed'; write 'place' alone",
    ]
    assert "asks for fifths and for tenths" in problems_of(result().equity, "imd_quintile:tenths:fifths")[0]
    assert "names no column" in problems_of(result().equity, ",")[0]


def test_groups_that_say_nothing_are_refused() -> None:
    frame = FRAME.with_columns(place=pl.lit(None, pl.String))
    assert "no value that is known" in problems_of(result(frame).equity, "place")[0]
    assert "a group of every area" in problems_of(allocate.run("llr").equity, "practice_name")[0]
    assert "none of the usual columns" in problems_of(result(FRAME.drop("imd_quintile", "place")).equity)[0]


# --- the command line


def command(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "allocate", *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_the_command_tells_and_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = command("audit", "llr", "--by", "imd_quintile,place", "--by", "rurality", "--out", str(out))
    assert "Historically the most deprived fifth gets £13.88 (14.4%) less per weighted head" in done.stdout
    assert "levelled up £7.22 (7.5%) less" in done.stdout
    assert "INVENTED FIGURES" in done.stdout
    tidy = pl.read_csv(out / "audit.csv")
    assert tidy.columns == ["grouping", "group", "money", "per", "measure", "value"]
    assert tidy.drop("value").is_duplicated().sum() == 0
    record = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert record["invented"] is True
    assert [each["grouping"] for each in record["coverage"]] == ["imd_quintile", "place", "rurality"]


def test_the_command_audits_a_saved_run_as_json(tmp_path: Path) -> None:
    table = FRAME.write_csv()
    allocate.run(make_scenario(tmp_path, table, None)).save(tmp_path / "run")
    done = command("audit", str(tmp_path / "run"), "--json")
    assert json.loads(done.stdout) == allocate.load_run(tmp_path / "run").equity().to_dict()


def test_the_command_refuses_in_a_line_each(tmp_path: Path) -> None:
    done = command("audit", "llr", "--by", "plac,imd_quintil", code=2)
    assert done.stderr == (
        "error: by: there is no column 'plac'; did you mean 'place'?\n"
        "error: by: there is no column 'imd_quintil'; did you mean 'imd_quintile'?\n"
    )
    (tmp_path / "file").write_text("")
    assert "cannot be written" in command("audit", "llr", "--out", str(tmp_path / "file"), code=2).stderr


@pytest.mark.parametrize("width", [80, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = unstyle(allocate.run("llr").equity().text(width)).splitlines()
    assert max(map(len, lines)) <= width
    assert "No room here" not in "".join(lines)


# --- the real practices of Leicester, Leicestershire and Rutland


def test_the_real_practices(data: Path) -> None:
    frame = pl.read_csv(data / "llr_practices_2022_23.csv")
    need = {"index": "nhse_wp_primary_medical_final / nhse_pop_2022_23"}
    made = allocate.solve(
        frame,
        {"title": "Published need", "need": need},
        budget={"new_money": 2_850_000},
        columns={"id": "practice_code", "population": "registered_patients", "baseline": "global_sum"},
        where="contract_type = 'GMS' and global_sum > 50000 and registered_patients > 1000"
        " and abs(registered_patients / nhse_pop_2022_23 - 1) <= 0.1",
    )
    audit = made.equity(by=["imd_quintile_practices", "lad_name", "imd_score_best", "rurality"])
    assert audit.areas == 112
    by_hand = (
        made.areas.with_columns(
            fifth=frame.filter(pl.col("practice_code").is_in(made.areas["id"].implode()))[
                "imd_quintile_practices"
            ]
        )
        .group_by("fifth")
        .agg(pl.col("baseline", "weighted_population").cast(pl.Float64).sum())
        .sort("fifth")
    )
    means = (by_hand["baseline"] / by_hand["weighted_population"]).to_list()
    for group, mean in zip("12345", means, strict=True):
        found = value(audit, "imd_quintile_practices", "mean", "historical", group=group)
        assert found == pytest.approx(mean, rel=1e-12)
    for money, most in (("historical", 16.14), ("levelled up", 5.77)):
        assert value(audit, "imd_quintile_practices", "gap", money) == pytest.approx(most, abs=0.005)
    sii = [value(audit, "imd_quintile_practices", "sii", money) for money in ("historical", "levelled up")]
    assert 0 < sii[1] < sii[0] / 2
    assert value(audit, "all areas", "gini", "levelled up") < value(audit, "all areas", "gini", "historical")

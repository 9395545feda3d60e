"""Runs side by side: figures by hand, properties, the real England, and the command line by running it."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from helpers import TABLE, make_scenario, problems_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Case, cases
from test_cli import problems, run, run_on_terminal, succeeded, uncoloured

import allocate
from allocate.cli import main
from allocate.comparing.fit import fit
from allocate.results.runs import run_of

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {
        "id": ["A", "B", "C"],
        "population": [100, 200, 100],
        "baseline": [1000, 1500, 1000],
        "place": ["X", "Y", "X"],
        "fifth": [2, 10, None],
        "need": [1.0, 2.0, 1.0],
    }
)
"""400 people and £3,500; with £300 of new money the pot is £3,800, £9.50 a head."""

LEVEL_UP: dict[str, Any] = {"title": "Level up", "rules": [{"name": "most", "cap": "baseline + 500"}]}
A_HEAD: dict[str, Any] = {"title": "A head", "share_out": [{"name": "a head", "pro_rata": "population"}]}


def solved(rules: Any = LEVEL_UP, frame: pl.DataFrame = FRAME, **options: Any) -> allocate.Allocation:
    return allocate.solve(frame, rules, **{"budget": {"new_money": 300}, "title": "Up"} | options)


@pytest.fixture(scope="module")
def two() -> allocate.Comparison:
    """Levelling up against an equal amount a head."""
    return allocate.compare(solved(), solved(A_HEAD, title="Head"), by=["place", "fifth"])


def pounds_of(frame: pl.DataFrame, column: str) -> list[float | None]:
    return frame[column].cast(pl.Float64).to_list()


def same(one: allocate.Comparison, other: allocate.Comparison) -> bool:
    """Whether two comparisons are the same in everything, to the types of their columns."""
    pairs = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]
    return all(
        a.equals(b) and a.schema == b.schema if isinstance(a, pl.DataFrame) else a == b for a, b in pairs
    )


class TestByHand:
    # A and C have £10.00 a head, B £7.50: levelling up gives B all £300, £9.00 a head.
    # An equal amount a head gives £0.75 to each of 400 people: 75, 150, 75.
    def test_areas(self, two: allocate.Comparison) -> None:
        areas = two.areas
        assert areas["id"].to_list() == ["A", "B", "C"]
        assert pounds_of(areas, "baseline:Up") == [1000, 1500, 1000]
        assert pounds_of(areas, "fair_share:Up") == [950, 1900, 950]
        assert pounds_of(areas, "allocation:Up") == [1000, 1800, 1000]
        assert pounds_of(areas, "allocation:Head") == [1075, 1650, 1075]
        assert pounds_of(areas, "difference:Head") == [75, -150, 75]
        assert areas["per_head:Up"].to_list() == [10, 9, 10]
        assert areas["difference_per_head:Head"].to_list() == [0.75, -0.75, 0.75]
        assert areas["distance:Up"].to_list() == [0.052632, -0.052632, 0.052632]  # 50/950, -100/1900
        assert areas["bound_by:Up"].to_list() == ["baseline", None, "baseline"]

    def test_groups(self, two: allocate.Comparison) -> None:
        places = two.groups.filter(by="place")
        assert places["value"].to_list() == ["X", "Y"]
        assert places["areas:Up"].to_list() == [2, 1]
        assert pounds_of(places, "baseline:Up") == [2000, 1500]
        assert pounds_of(places, "fair_share:Up") == [1900, 1900]
        assert pounds_of(places, "allocation:Up") == [2000, 1800]
        assert pounds_of(places, "allocation:Head") == [2150, 1650]
        assert pounds_of(places, "difference:Head") == [150, -150]
        assert places["per_head:Head"].to_list() == [10.75, 8.25]
        assert places["difference_per_head:Head"].to_list() == [0.75, -0.75]

    def test_groups_are_in_the_order_of_their_numbers_and_those_without_come_last(
        self, two: allocate.Comparison
    ) -> None:
        assert two.groups.filter(by="fifth")["value"].to_list() == ["2", "10", None]
        assert pounds_of(two.groups.filter(by="fifth"), "allocation:Up") == [1000, 1800, 1000]

    def test_groups_are_made_as_an_audit_makes_them(self) -> None:
        frame = pl.DataFrame(
            {
                "id": [f"A{row:02}" for row in range(20)],
                "population": 100,
                "baseline": 1_000,
                "imd_score": [float(row) for row in range(20)],
                "place": ["X", "Unknown"] * 10,
            }
        )
        runs = solved(frame=frame), solved(A_HEAD, frame=frame, title="Head")
        compared = allocate.compare(*runs, by=["imd_score:tenths", "imd_score", "place"])
        labels = runs[0].equity("imd_score:tenths").compared[0].grouping.labels
        assert compared.groups.filter(by="imd_score:tenths")["value"].to_list() == list(labels)
        assert labels[0] == "1 (18 to 19)"  # the most deprived first
        assert compared.groups.filter(by="imd_score")["areas:Up"].to_list() == [4] * 5
        assert compared.groups.filter(by="place")["value"].to_list() == ["X", None]
        assert compared.areas["imd_score:tenths"][19] == labels[0]

    def test_a_group_is_the_same_however_its_number_is_written(self) -> None:
        frames = [
            FRAME.with_columns(fifth=pl.Series(values)) for values in ([1.0, 2.5, None], ["1.00", " 2.5", ""])
        ]
        compared = allocate.compare(*(solved(frame=frame) for frame in frames), by="fifth")
        assert compared.notes == ()
        assert compared.groups["value"].to_list() == [None, "1", "2.5", None]

    def test_the_summary_counts_winners_and_losers_against_the_first(self, two: allocate.Comparison) -> None:
        up, head = two.summary.to_dicts()
        assert (up["winners"], up["losers"], up["unchanged"], up["gaining"]) == (0, 0, 3, 1)
        assert (head["winners"], head["losers"], head["unchanged"], head["gaining"]) == (2, 1, 0, 3)
        assert (head["won"], head["lost"], head["difference"]) == (150, 150, 0)
        assert (head["same_areas"], head["shared_areas"]) == (True, 3)

    def test_fit_to_need(self, two: allocate.Comparison) -> None:
        def measured(run: str, money: str) -> tuple[Any, ...]:
            row = two.fit.filter(run=run, money=money, weights="own").drop("run", "money", "weights", "areas")
            return tuple(float(each) for each in row.row(0))

        # Shares of £3,500 by need are 875, 1750, 875: each is 1/7 away; half of 125 + 250 + 125 is misplaced.
        assert measured("Up", "baseline") == (0.142857, 0.071429, 250, 7.5, 10, 1.3333)
        # Shares of £3,800 are 950, 1900, 950: 50 + 100 + 50 away.
        assert measured("Up", "allocation") == (0.052632, 0.026316, 100, 9, 10, 1.1111)
        assert measured("Head", "allocation") == (0.131579, 0.065789, 250, 8.25, 10.75, 1.303)
        assert measured("Up", "fair_share") == (0, 0, 0, 9.5, 9.5, 1)

    def test_rules_that_bind(self, two: allocate.Comparison) -> None:
        assert two.rules.to_dicts() == [
            {"rule": "baseline", "areas:Up": 2, "areas:Head": 0},
            {"rule": "most", "areas:Up": 0, "areas:Head": None},
        ]

    def test_need_that_is_weighed_otherwise_is_told_and_compared_by_the_first_weights_too(self) -> None:
        # Weights 100, 400, 100 normalised to 400 people: 200/3, 800/3, 200/3. In shares of £3,800 by those,
        # 633.33, 2533.33 and 633.33, B is furthest below at £1,500: it gets all £300, £1,800 again.
        other = solved([{"title": "Need", "need": {"index": "need"}}, LEVEL_UP], title="Need")
        compared = allocate.compare(solved(), other)
        assert pounds_of(compared.areas, "difference:Need") == [0, 0, 0]
        assert compared.areas["per_weighted_head:Need"].to_list() == [15, 6.75, 15]
        assert compared.areas["per_weighted_head_by_first:Need"].to_list() == [10, 9, 10]
        assert compared.areas["difference_per_weighted_head:Need"].to_list() == [5, -2.25, 5]
        assert compared.areas["difference_per_weighted_head_by_first:Need"].to_list() == [0, 0, 0]
        by_first = compared.fit.filter(run="Need", money="allocation", weights="first")
        assert by_first["misplaced"].item() == 100
        (note,) = compared.notes
        # The typical index is 2/3; that of B is twice it.
        assert note.startswith("Need and Up weigh need differently in 1 of 3 areas, by up to 100.00%.")


class TestFit:
    def test_money_in_proportion_to_need_fits_perfectly(self) -> None:
        weights = np.array([1.0, 2.0, 4.0])
        found = fit(weights * 1000, weights, np.array([5.0, 1.0, 1.0]))
        assert (found.mean_distance, found.misplaced_share, found.misplaced, found.ratio) == (0, 0, 0, 1)

    def test_areas_without_need_are_left_out(self) -> None:
        found = fit(np.array([500.0, 100.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        assert (found.areas, found.misplaced, found.most) == (1, 0, 1.0)

    @pytest.mark.parametrize(
        ("money", "weights"), [([0.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [0.0, 0.0]), ([], [])]
    )
    def test_without_money_or_need_there_is_no_fit(self, money: list[float], weights: list[float]) -> None:
        found = fit(np.array(money), np.array(weights), np.ones(len(money)))
        assert (found.mean_distance, found.misplaced, found.ratio) == (None, None, None)

    def test_nothing_for_somebody_has_no_ratio(self) -> None:
        found = fit(np.array([0.0, 100.0]), np.ones(2), np.ones(2))
        assert (found.least, found.ratio, found.misplaced_share) == (0, None, 0.5)


@pytest.fixture(scope="module")
def compared() -> allocate.Comparison:
    """A, B and C against B, C and D."""
    extra = pl.concat([FRAME.tail(2), FRAME.head(1).with_columns(id=pl.lit("D"), place=pl.lit("Z"))])
    return allocate.compare(solved(), solved(frame=extra, title="Other"), by="place")


class TestDifferentAreas:
    def test_areas_of_only_one_run_are_told_with_their_money(self, compared: allocate.Comparison) -> None:
        only = compared.only_in.select("id", "run", "baseline", "missing_from").rows()
        assert only == [("A", "Up", Decimal(1000), "Other"), ("D", "Other", Decimal(1000), "Up")]
        assert compared.areas["id"].to_list() == ["A", "B", "C", "D"]
        assert pounds_of(compared.areas, "difference:Other") == [None, 0, 0, None]

    def test_totals_say_that_they_are_not_over_the_same_areas(self, compared: allocate.Comparison) -> None:
        other = compared.summary.row(1, named=True)
        assert (other["same_areas"], other["shared_areas"], other["shared_difference"]) == (False, 2, 0)
        assert compared.notes == (
            "Other and Up are not over the same areas: 2 are in both, 1 only in Other, 1 only in Up. Their"
            " totals differ by £0, of which £0 is over the areas in both.",
        )

    def test_areas_of_one_run_more_are_told_as_its_own(self) -> None:
        fewer = allocate.compare(solved(), solved(frame=FRAME.tail(2), title="Other"))
        assert fewer.notes[1].startswith(
            "Other and Up are not over the same areas: 2 are in both, 0 only in Other, 1 only in Up."
        )

    def test_a_group_of_one_run_is_there(self, compared: allocate.Comparison) -> None:
        places = compared.groups.filter(by="place").select(
            "value", "areas:Up", "areas:Other", "shared_areas:Other"
        )
        assert places.rows() == [("X", 2, 1, 1), ("Y", 1, 1, 1), ("Z", 0, 1, 0)]

    def test_runs_without_an_area_in_common(self) -> None:
        compared = allocate.compare(solved(frame=FRAME.head(1)), solved(frame=FRAME.tail(1), title="Other"))
        assert compared.summary["shared_areas"].to_list() == [1, 0]
        assert compared.only_in.height == 2
        assert compared.fit.filter(run="Other", weights="first")["mean_distance"].null_count() == 3


class TestNotes:
    def test_pots_baselines_people_and_groups_that_differ(self) -> None:
        changed = FRAME.with_columns(
            pl.Series("baseline", [1000, 1500, 900]), population=pl.Series([100, 200, 110]), place=pl.lit("Y")
        )
        other = solved(frame=changed, title="Other", budget=3800.5)
        assert allocate.compare(solved(), other, by="place").notes == (
            "The pots differ: £3,800 in Up, £3,800.50 in Other. Part of every difference is the size of the"
            " pot.",
            "The baselines of one area differ between Other and Up.",
            "The populations of one area differ between Other and Up.",
            "'place' differs between runs for 2 areas: the value in the first run that has one decides the"
            " group.",
        )

    def test_money_left_over_and_rules_that_gave_way(self) -> None:
        cap = {"title": "Cap", "rules": [{"name": "most", "cap": "baseline + 50"}]}
        keen = {
            "title": "Keen",
            "rules": [{"name": "all", "floor": "2 * baseline", "if_unaffordable": "scale"}],
        }
        notes = allocate.compare(
            solved(cap, leave_unspent=True, title="Cap"), solved(keen, title="Keen")
        ).notes
        assert notes == (
            "£150 of the pot of Cap is unspent: its caps let no area take it.",
            "In Keen not all rules could hold in full; these gave way: 'all'.",
        )


class TestNames:
    def test_the_same_run_twice_is_numbered(self) -> None:
        assert allocate.compare("llr", "llr").runs == ("llr", "llr (2)")
        assert allocate.compare(solved(), solved()).runs == ("Up", "Up (2)")

    def test_paths_are_called_by_their_ends_unless_these_are_the_same(self, tmp_path: Path) -> None:
        for name in ("a/out", "b/out", "b/last"):
            solved().save(tmp_path / name)
        found = allocate.compare(tmp_path / "a" / "out", tmp_path / "b" / "out", tmp_path / "b" / "last")
        assert found.runs == (f"{tmp_path}/a/out", f"{tmp_path}/b/out", "last")

    def test_a_scenario_file_is_called_by_its_folder(self, tmp_path: Path) -> None:
        path = make_scenario(tmp_path / "mine", TABLE, None)
        found = allocate.compare(path, allocate.load_scenario(path), allocate.run(path))
        assert found.runs == ("mine", "Test", "Test (2)")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Case, Case]:
    """Two cases, some of whose areas have the same ids."""
    return draw(cases()), draw(cases())


class TestProperties:
    @settings(max_examples=10)
    @given(cases())
    def test_a_run_differs_from_itself_by_nothing(self, case: Case) -> None:
        made = case.solve()
        compared = allocate.compare(made, made)
        differences = [name for name in compared.areas.columns if name.startswith("difference")]
        for column in differences:
            assert set(compared.areas[column].drop_nulls().cast(pl.Float64)) <= {0.0}
        assert compared.summary["unchanged"].to_list() == [len(case.ids)] * 2
        assert compared.only_in.is_empty()
        assert compared.notes == ()

    @settings(max_examples=10)
    @given(pairs())
    def test_differences_are_the_same_both_ways_and_add_up(self, pair: tuple[Case, Case]) -> None:
        one, other = (run_of(case.solve(title=title)) for case, title in zip(pair, "XY", strict=True))
        there, back = allocate.compare(one, other, by="least"), allocate.compare(other, one, by="least")
        for word in ("difference", "difference_per_head", "difference_per_weighted_head"):
            ours = there.areas.select("id", money=f"{word}:Y").sort("id")
            theirs = back.areas.select("id", money=-pl.col(f"{word}:X")).sort("id")
            assert ours["money"].cast(pl.Float64).equals(theirs["money"].cast(pl.Float64))
        self._groups_add_up(there)
        self._only_in_is_complete(there)

    @staticmethod
    def _groups_add_up(compared: allocate.Comparison) -> None:
        total, groups = compared.groups.row(0, named=True), compared.groups.filter(by="least")
        for label in compared.runs:
            for word in ("baseline", "fair_share", "allocation", "gain"):
                column = f"{word}:{label}"
                assert compared.areas[column].sum() == groups[column].sum() == total[column]
            assert groups[f"areas:{label}"].sum() == total[f"areas:{label}"]
        assert compared.areas["difference:Y"].sum() == groups["difference:Y"].sum() == total["difference:Y"]

    @staticmethod
    def _only_in_is_complete(compared: allocate.Comparison) -> None:
        ids = [set(compared.areas.drop_nulls(f"allocation:{run}")["id"]) for run in compared.runs]
        for label, ours, theirs in zip(compared.runs, ids, reversed(ids), strict=True):
            only = compared.only_in.filter(run=label)
            assert set(only["id"]) == ours - theirs
            money = compared.areas.filter(pl.col("id").is_in(list(ours - theirs)))[
                f"allocation:{label}"
            ].sum()
            assert only["allocation"].sum() == (money or 0)

    @settings(max_examples=10)
    @given(cases(), st.randoms(use_true_random=False))
    def test_the_order_of_rows_makes_no_difference(self, case: Case, random: Any) -> None:
        order = list(range(len(case.ids)))
        random.shuffle(order)
        first, second = (each.solve(title="first") for each in (case, case.taking(order)))
        other = case.solve(A_HEAD, title="other")
        here = allocate.compare(first, other, by="most")
        there = allocate.compare(second, other, by="most")
        assert here.areas.sort("id").equals(there.areas.sort("id"))
        assert here.groups.equals(there.groups)
        assert here.fit.equals(there.fit)
        assert here.summary.drop("areas_sha256").equals(there.summary.drop("areas_sha256"))


class TestFiles:
    def test_what_is_saved_is_loaded_without_loss(self, two: allocate.Comparison, tmp_path: Path) -> None:
        two.save(tmp_path)
        assert same(allocate.load_comparison(tmp_path), two)
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == ["comparison.csv", "comparison.json", "groups.csv"]

    def test_names_and_areas_of_one_run_survive_too(self, tmp_path: Path) -> None:
        some = allocate.load_scenario("llr").model_copy(update={"title": "Some"})
        frame = pl.read_csv(some.folder / "areas.csv", infer_schema=False).head(3)
        columns = {"id": "practice_code", "name": "practice_name", "population": "registered_patients"}
        made = allocate.solve(frame, columns=columns | {"baseline": "global_sum"}, budget={"growth": "1%"})
        compared = allocate.compare("llr", made, by=["place", "imd_quintile"])
        compared.save(tmp_path)
        assert same(allocate.load_comparison(tmp_path), compared)
        assert compared.only_in.height == 127

    def test_saved_and_unsaved_runs_compare_the_same(self, two: allocate.Comparison, tmp_path: Path) -> None:
        solved().save(tmp_path / "Up")
        solved(A_HEAD, title="Head").save(tmp_path / "Head")
        saved = allocate.compare(tmp_path / "Up", tmp_path / "Head", by=["place", "fifth"])
        assert same(saved, two)

    def test_money_in_files_has_two_decimals(self, two: allocate.Comparison, tmp_path: Path) -> None:
        two.save(tmp_path)
        frame = pl.read_csv(tmp_path / "comparison.csv", infer_schema=False)
        for word in ("baseline", "fair_share", "allocation", "gain"):
            assert frame[f"{word}:Up"].str.contains(r"^-?\d+\.\d\d$").all()
        assert two.areas.schema["difference:Head"] == pl.Decimal(18, 2)

    @pytest.mark.parametrize(
        ("name", "content", "what"),
        [
            ("comparison.json", b"{}", "is not what a comparison writes"),
            ("comparison.json", b"[1]", "is not what a comparison writes"),
            ("groups.csv", b"by\nplace\n", "is not what a comparison writes"),
            ("comparison.csv", None, "cannot be read (No such file or directory)"),
        ],
    )
    def test_a_folder_that_is_no_comparison_says_why(
        self, two: allocate.Comparison, tmp_path: Path, name: str, content: bytes | None, what: str
    ) -> None:
        two.save(tmp_path)
        (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
        (problem,) = problems_of(allocate.load_comparison, tmp_path)
        assert what in problem


class TestFailing:
    def test_every_problem_is_told_at_once(self, tmp_path: Path) -> None:
        make_scenario(tmp_path / "tight", TABLE, None, budget=1000)
        found = problems_of(allocate.compare, "lrl", tmp_path, tmp_path / "tight", 5)
        assert found[0] == "there is no scenario 'lrl'; did you mean 'llr'?"
        assert found[1].startswith(f"{tmp_path}: is no run and no scenario: it has neither run.json nor")
        assert found[2].startswith(f"{tmp_path}/tight: the floors add up to £3,500")
        assert found[-1].startswith("5 cannot be compared; give a name")

    def test_a_file_of_a_run_is_told_from_its_folder(self, tmp_path: Path) -> None:
        solved().save(tmp_path)
        (problem,) = problems_of(allocate.compare, tmp_path / "run.json")
        assert problem == f"{tmp_path}/run.json: is a file of a saved run; give its folder, {tmp_path}"

    def test_a_scenario_with_faults_is_named_once(self, tmp_path: Path) -> None:
        path = make_scenario(tmp_path, TABLE, None, budgit=1)
        (problem,) = problems_of(allocate.compare, path)
        assert problem.startswith(f"{path}:")
        assert problem.count("scenario.yaml") == 1

    def test_rules_that_cannot_hold_keep_their_kind(self, tmp_path: Path) -> None:
        make_scenario(tmp_path / "tight", TABLE, None, budget=1000)
        with pytest.raises(allocate.BudgetTooSmall, match="tight: the floors add up to"):
            allocate.compare("llr", tmp_path / "tight")

    def test_an_unknown_column_is_told_for_each_run(self) -> None:
        assert problems_of(allocate.compare, "llr", solved(), by=["plce", "rurality"]) == [
            "llr: has no column 'plce'; did you mean 'place'?",
            "Up: has no column 'plce'; did you mean 'place'?",
            "Up: has no column 'rurality'; see its table",
        ]

    def test_lists_are_no_groups(self) -> None:
        frame = FRAME.with_columns(tags=pl.Series([["a"], ["b"], []]))
        assert problems_of(allocate.compare, solved(frame=frame), by="tags") == [
            "Up: column 'tags' has lists, not values; group by another column"
        ]

    def test_nothing_to_compare(self) -> None:
        (problem,) = problems_of(allocate.compare)
        assert problem.startswith("there is nothing to compare")

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (lambda run: run.record.pop("totals_pence"), "is not whole: it has no 'totals_pence.baseline'"),
            (lambda run: run.areas.drop_in_place("fair_share"), "it has no column 'fair_share'"),
        ],
    )
    def test_a_run_that_is_not_whole_is_refused(self, change: Any, what: str) -> None:
        made = run_of(solved())
        damaged = allocate.Run(made.title, made.areas.clone(), made.table, dict(made.record))
        change(damaged)
        (problem,) = problems_of(allocate.compare, damaged)
        assert what in problem

    def test_rows_that_were_changed_by_hand_are_refused(self) -> None:
        made = run_of(solved())
        twice = made.areas.with_columns(id=pl.lit("A"), allocation=pl.lit(None, pl.Decimal(18, 2)))
        assert problems_of(allocate.compare, allocate.Run("Up", twice, made.table, made.record)) == [
            "Up: is not whole: ids, people or amounts are missing; run it again",
            "Up: has two rows for the same area; run it again",
        ]


class TestEngland:
    def test_every_practice_by_region_and_deprivation(self, data: Path) -> None:
        table = pl.read_csv(data / "england_practices_2022_23.csv", infer_schema=False)
        columns = {"id": "practice_code", "population": "registered_patients"}
        columns |= {"baseline": "total_payments_ex_drugs_premises"}
        need = {"title": "Need", "need": {"index": "nhse_wp_primary_medical_final / nhse_pop_2022_23"}}
        options: dict[str, Any] = {"columns": columns, "where": "complete_2022_23 = 1"}
        options |= {"budget": {"growth": "2%"}}
        up = allocate.solve(table, [need, "level-up"], title="up", **options)
        gap = allocate.solve(table, [need, "universal-then-level-up"], title="universal", **options)
        compared = allocate.compare(up, gap, by=["region_code", "imd_quintile_practices"])
        assert compared.areas.height == up.areas.height
        assert compared.summary["same_areas"].all()
        assert compared.notes == ()
        for column in ("region_code", "imd_quintile_practices"):
            groups = compared.groups.filter(by=column)
            for label, made in (("up", up), ("universal", gap)):
                assert groups[f"allocation:{label}"].sum() == Decimal(int(made.amounts.sum())).scaleb(-2)
        change = compared.areas["difference:universal"]
        assert change.sum() == 0
        fits = {
            run: compared.fit.filter(run=run, money="allocation", weights="own").row(0, named=True)
            for run in compared.runs
        }
        # Levelling up raises the least as far as any allocation can, and so leaves less in the wrong place.
        assert fits["up"]["least"] > fits["universal"]["least"]
        assert fits["up"]["misplaced"] < fits["universal"]["misplaced"]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small scenarios: levelling up with £300, and £310 over two of the three areas."""
    folder = tmp_path_factory.mktemp("options")
    make_scenario(folder / "up", TABLE, None, title="Level up", invented=True)
    make_scenario(
        folder / "fewer", TABLE, None, title="Fewer", where="place = 'X'", budget={"new_money": 310}
    )
    return folder


class TestCommand:
    def test_three_runs_of_which_one_is_saved(self, options: Path, tmp_path: Path) -> None:
        succeeded(run("run", options / "up", "--out", tmp_path / "saved"))
        shown = succeeded(run("compare", "up", "fewer", tmp_path / "saved", "--by", "place", folder=options))
        assert "INVENTED FIGURES" in shown
        assert re.search(r"^money +up +fewer +saved$", shown, re.MULTILINE)
        for label in ("historical £", "fair share £", "levelled up £"):
            assert re.search(rf"^{label} +[\d,]+ +[\d,]+ +[\d,]+$", shown, re.MULTILINE)
        assert "Note   The pots differ: £3,800 in up, £2,310 in fewer, £3,800 in saved." in shown
        assert re.search(r"^not in every run +in +historical £", shown, re.MULTILINE)
        assert re.search(r"^X +up +2 +2,000 +1,900 +2,000", shown, re.MULTILINE)
        assert re.search(r"^more in fewer +people", shown, re.MULTILINE)

    def test_only_invented_runs_are_called_so_and_groups_of_one_run_have_no_change(
        self, options: Path
    ) -> None:
        shown = succeeded(run("compare", "fewer", "up", "llr", "--by", "place", folder=options))
        assert "\n... and 125 more: --json prints them.\n" in shown
        assert "\nup has 3 that some run has not: £3,500 historical, £3,800 fair share, £3,800 lev" in shown
        assert "\nup, llr: INVENTED FIGURES" in shown
        assert re.search(r"^Y +up +1 +1,500 +1,900 +1,800 +- ", shown, re.MULTILINE)
        assert re.search(r"^all areas +fewer .*\n +up +3 +3,500 +3,800 +3,800 +-310\* ", shown, re.MULTILINE)

    def test_what_is_left_unspent_and_that_nobody_gains(self, tmp_path: Path) -> None:
        caps = "title: T\nrules: [{name: most, cap: baseline * 1.01}]\n"
        left = make_scenario(tmp_path / "left", TABLE, caps, leave_unspent=True)
        none = make_scenario(tmp_path / "none", TABLE, None, budget={"new_money": 0})
        beside, alone = (
            CliRunner().invoke(main, ["compare", *map(str, given)]).stdout for given in ([left, none], [none])
        )
        assert "unspent £" in beside
        assert "unspent £" not in alone
        assert "largest gains" not in alone

    def test_one_run_alone_and_what_was_written(self, tmp_path: Path) -> None:
        shown = succeeded(run("compare", "llr", "--out", tmp_path))
        assert re.search(
            r"^largest gains +name +people +historical £ +fair share £ +levelled up £", shown, re.MULTILINE
        )
        assert "change £" not in shown
        names = ("comparison.csv", "groups.csv", "comparison.json")
        assert f"Written: {', '.join(str(tmp_path / name) for name in names)}" in shown

    def test_files_and_json_are_the_same_bytes_again(self, options: Path, tmp_path: Path) -> None:
        arguments = ("compare", "up", "fewer", "--by", "place,id", "--by", "place", "--json", "--out")
        one = succeeded(run(*arguments, tmp_path / "1", folder=options, PYTHONHASHSEED="1"))
        two = succeeded(run(*arguments, tmp_path / "2", folder=options, PYTHONHASHSEED="2"))
        assert one == two
        for name in ("comparison.csv", "groups.csv", "comparison.json"):
            assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
        printed, written = json.loads(one), json.loads((tmp_path / "1" / "comparison.json").read_text())
        assert printed["by"] == ["place", "id"]
        assert {name: printed[name] for name in written} == written
        assert len(printed["areas"]) == 3
        assert allocate.load_comparison(tmp_path / "1").runs == ("up", "fewer")

    def test_failures(self, options: Path, tmp_path: Path) -> None:
        done = run("compare", options / "up", "lrl", "nowhere/at/all")
        assert (done.returncode, len(problems(done))) == (2, 2)
        done = run("compare", "up", "fewer", "--by", "pace", folder=options)
        assert done.returncode == 2
        assert problems(done)[1] == "fewer: has no column 'pace'; did you mean 'place'?"
        make_scenario(tmp_path / "tight", TABLE, None, budget=1000)
        done = run("compare", options / "up", "tight", folder=tmp_path)
        assert done.returncode == 1
        assert problems(done)[0].startswith("tight: the floors add up to")

    @pytest.mark.parametrize("columns", [72, 140])
    def test_lines_fit_the_terminal(self, columns: int, options: Path) -> None:
        names = ["llr", options / "up", options / "fewer", options / "fewer"]
        lines = run_on_terminal("compare", *names, "--by", "place", columns=columns)
        assert max(len(uncoloured(line)) for line in lines) <= columns

    def test_many_runs_are_printed_below_one_another_and_long_names_numbered(self, tmp_path: Path) -> None:
        make_scenario(tmp_path / "a name that is too long", TABLE, None)
        lines = run_on_terminal("compare", *[tmp_path / "a name that is too long"] * 6, columns=60)
        shown = "\n".join(map(uncoloured, lines))
        headers = re.findall(r"^money (.+)$", shown, re.MULTILINE)
        assert len(headers) > 1
        assert re.findall(r"run \d", " ".join(headers)) == [f"run {number}" for number in range(1, 7)]
        assert re.search(r"run 2 +a name that is too long \(2\): Test", shown)

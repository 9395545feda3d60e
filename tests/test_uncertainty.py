"""How sure results are when need is measured with error: the model, its reproducibility, what it tells."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import make_scenario, problems_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import RULES, Case, cases

import allocate
from allocate.sureness.need_error import NeedDraws, part_errors
from allocate.sureness.tables import drawn
from allocate.sureness.text import sureness_text

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {
        "id": [f"A{number:03}" for number in range(60)],
        "population": [1_000.0 + 37 * number for number in range(60)],
        "baseline": [90_000 + (number * 7_919) % 40_000 for number in range(60)],
        "gp": [900.0 + 31 * ((number * 17) % 60) for number in range(60)],
        "inequality": [800.0 + 45 * ((number * 29) % 60) for number in range(60)],
    }
)
BLEND: dict[str, Any] = {
    "title": "Blend",
    "need": {
        "name": "all need",
        "blend": [
            {"share": 0.85, "of": {"column": "gp", "name": "GP services"}},
            {"share": 0.15, "of": {"column": "inequality", "name": "inequalities"}},
        ],
    },
}
FLOOR = {"title": "Floor", "rules": [{"name": "near target", "floor": "0.97 * target"}]}
PARITY = {
    "title": "Parity",
    "rules": [{"name": "parity", "across": "id < 'A020'", "compared_with": "everyone", "floor": "101%"}],
}
GROWTH = {"title": "Growth", "rules": [{"name": "all grow", "floor": "baseline * 1.005"}]}


def solved(*books: dict[str, Any], frame: pl.DataFrame = FRAME, growth: str = "15%") -> allocate.Allocation:
    return allocate.solve(frame, [BLEND, *books], budget={"growth": growth})


# --- the model


def test_factors_have_the_mean_and_spread_that_were_asked_for() -> None:
    # With an error of the whole index only, a draw is the measured need times a lognormal factor, normalised.
    prepared = solved().prepared
    source = NeedDraws(prepared.need, prepared.areas, part_errors("20%", prepared.need.indices), seed=3)
    ratio = np.array([source.draw().weighted_population for _ in range(3_000)])
    ratio /= prepared.need.weighted_population
    assert ratio.mean() == pytest.approx(1, abs=0.002)
    # One area of 60 is part of what it is normalised by: its spread is that of m_i - Σ share_j m_j.
    share = prepared.need.weighted_population / prepared.need.weighted_population.sum()
    expected = 0.2 * np.sqrt((1 - share) ** 2 + (share**2).sum() - share**2)
    assert ratio.std(axis=0) == pytest.approx(expected, rel=0.08)


def test_a_part_with_an_error_moves_need_by_its_share_of_the_blend() -> None:
    prepared = solved().prepared
    errors = part_errors({"inequalities": "10%"}, prepared.need.indices)
    source = NeedDraws(prepared.need, prepared.areas, errors, seed=1)
    moved = np.array([source.draw().index for _ in range(500)]).std(axis=0)
    # 15% of the blend, with an index of its own, moves by 10%.
    expected = 0.15 * 0.1 * prepared.need.indices[2].values
    assert moved == pytest.approx(expected, rel=0.2)


def test_every_draw_adds_up_to_the_population_and_a_product_multiplies() -> None:
    book = {
        "title": "P",
        "need": {"product": [{"index": "gp / population"}, {"index": "inequality / population"}]},
    }
    prepared = allocate.solve(FRAME, book).prepared
    errors = part_errors({"gp / population": 0.1}, prepared.need.indices)
    source = NeedDraws(prepared.need, prepared.areas, errors, seed=1)
    for _ in range(5):
        assert source.draw().weighted_population.sum() == pytest.approx(FRAME["population"].sum())
    tree = NeedDraws(prepared.need, prepared.areas, (), seed=1)
    assert tree._weigh(0, {}) == pytest.approx(prepared.need.weighted_population, rel=1e-12)
    deep = {"title": "D", "need": {"product": [BLEND["need"], {"index": "gp / population"}]}}
    prepared = allocate.solve(FRAME, deep).prepared
    tree = NeedDraws(prepared.need, prepared.areas, (), seed=1)
    assert tree._weigh(0, {}) == pytest.approx(prepared.need.weighted_population, rel=1e-12)


def test_percentiles_are_values_that_were_drawn() -> None:
    # Of 1 to 20, the lowest with 5% at or below it is 1, with 50% it is 10, with 95% it is 19.
    assert [int(each) for each in drawn(np.arange(20, 0, -1))] == [1, 10, 19]
    assert [int(each) for each in drawn(np.array([7]))] == [7, 7, 7]


# --- what it must have


@given(cases(), st.integers(0, 2**62))
@settings(max_examples=25)
def test_without_error_every_draw_is_the_plain_run(case: Case, seed: int) -> None:
    plain = case.solve()
    found = allocate.uncertainty(plain, "0%", draws=2, seed=seed)
    for percent in (5, 50, 95):
        assert found.areas[f"allocation_p{percent}"].equals(
            plain.areas["allocation"].alias(f"allocation_p{percent}")
        )
        assert found.areas[f"fair_share_p{percent}"].equals(
            plain.areas["fair_share"].alias(f"fair_share_p{percent}")
        )
    assert set(found.areas["p_under_target"]) | set(found.areas["p_gains"]) <= {0.0, 1.0}
    assert found.summary.too_uncertain == found.summary.moved[2] == found.summary.failed == 0


@given(cases(), st.sampled_from(["1%", "20%", "100%"]), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_probabilities_ranges_seeds_and_the_order_of_rows(case: Case, error: str, random: Any) -> None:
    order = list(range(len(case.ids)))
    random.shuffle(order)
    found = allocate.uncertainty(case.solve(RULES), error, draws=8, seed=5)
    assert found.areas.equals(allocate.uncertainty(case.solve(RULES), error, draws=8, seed=5).areas)
    shuffled = allocate.uncertainty(case.taking(order).solve(RULES), error, draws=8, seed=5)
    assert found.areas.sort("id").equals(shuffled.areas.sort("id"))
    for name in ("p_under_target", "p_gains", "p_bound"):
        assert found.areas[name].is_between(0, 1).all()
    for name in ("allocation", "fair_share", "opening_distance"):
        low, middle, high = (found.areas[f"{name}_p{percent}"] for percent in (5, 50, 95))
        assert (low <= middle).all()
        assert (middle <= high).all()
    assert (found.draws.allocation >= np.array(case.baseline)).all()
    assert (found.draws.allocation.sum(axis=1) == case.pot).all()


def test_more_draws_begin_with_the_same_ones_and_another_seed_does_not() -> None:
    few, more = (allocate.uncertainty(solved(), "5%", draws=draws, seed=2).draws for draws in (3, 6))
    assert (more.allocation[:3] == few.allocation).all()
    assert (allocate.uncertainty(solved(), "5%", draws=3, seed=3).draws.allocation != few.allocation).any()


def test_a_draw_is_what_the_engine_gives_for_that_need() -> None:
    # Written into a table as published need, the need of a draw gives the same pence, rules and all.
    plain = solved(FLOOR, GROWTH, PARITY)
    found = allocate.uncertainty(plain, {"GP services": "8%", "inequalities": "4%"}, draws=3, seed=9)
    errors = part_errors({"GP services": "8%", "inequalities": "4%"}, plain.prepared.need.indices)
    source = NeedDraws(plain.prepared.need, plain.prepared.areas, errors, seed=9)
    for row in range(3):
        frame = FRAME.with_columns(published=source.draw().weighted_population)
        book = {"title": "Published", "need": {"column": "published"}}
        again = allocate.solve(frame, [book, FLOOR, GROWTH, PARITY], budget={"growth": "15%"})
        assert (found.draws.allocation[row] == again.amounts).all()


def test_only_rules_that_use_need_are_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from allocate.limits import measured

    plain, computed = solved(FLOOR, GROWTH), []
    amounts = measured._amounts
    monkeypatch.setattr(
        measured, "_amounts", lambda rule, *rest: computed.append(rule.name) or amounts(rule, *rest)
    )
    allocate.uncertainty(plain, "5%", draws=4)
    assert computed.count("near target") == computed.count("all grow") + 4


def test_a_comparison_by_weighted_heads_is_measured_again() -> None:
    frame = FRAME.with_columns(half=pl.Series(["one", "other"] * 30))
    parity = {"name": "parity", "across": "half = 'one'", "compared_with": "everyone", "floor": "98%"}
    plain = solved({"title": "P", "rules": [parity | {"per": "weighted_population"}]}, frame=frame)
    found = allocate.uncertainty(plain, "20%", draws=3)
    inside = (frame["half"] == "one").to_numpy()
    source = NeedDraws(plain.prepared.need, plain.prepared.areas, found.errors, seed=found.seed)
    for amounts in found.draws.allocation:
        weight = source.draw().weighted_population
        of_one = amounts[inside].sum() / weight[inside].sum()
        assert of_one >= 0.98 * amounts.sum() / weight.sum() - 1e-6


# --- what it tells


def test_positions_that_errors_can_turn_are_too_uncertain() -> None:
    # Without error: A is 20% under target, B 1% under, C 21% over. With 5%, only B's side is in doubt.
    frame = pl.DataFrame(
        {"id": ["A", "B", "C"], "population": [100, 100, 100], "baseline": [800, 990, 1_210]}
    )
    plain = allocate.solve(frame, {"title": "L"}, budget={"new_money": 100})
    found = allocate.uncertainty(plain, "5%", draws=150)
    assert found.areas["position"].to_list() == ["under target", "too uncertain", "not under target"]
    summary = found.summary
    assert (summary.under_target, summary.too_uncertain, summary.not_under_target) == (1, 1, 1)
    assert summary.people_too_uncertain == 100
    assert (summary.gain, summary.gain_too_uncertain) == (100_00, 0)
    assert found.areas["p_under_target"][0] == 1
    assert found.areas["p_gains"][2] == 0  # C has more than its share in every draw
    assert found.areas["p_bound"].to_list() == [0, 0, 0]  # and no rule but its baseline holds it
    # An area whose side is as sure as asked is sure.
    share = found.areas["p_under_target"][1]
    sure = allocate.uncertainty(plain, "5%", draws=150, sure=max(share, 1 - share))
    assert sure.summary.too_uncertain == 0


def test_what_moves_is_what_some_lose_of_it_and_others_gain() -> None:
    # Of two areas, what one gets more than with need as measured is what the other gets less.
    frame = pl.DataFrame({"id": ["A", "B"], "population": [100, 100], "baseline": [800, 1_000]})
    found = allocate.uncertainty(allocate.solve(frame, budget={"new_money": 600}), "10%", draws=40)
    draws, summary = found.draws, found.summary
    assert (found.plain.amounts == [1_200_00, 1_200_00]).all()
    assert summary.moved == tuple(np.sort(abs(draws.allocation[:, 0] - 1_200_00))[[1, 19, 37]])
    assert summary.moved[0] > 0
    assert summary.gaining == (2, 2, 2)
    # A is £100 under today's target and B over it, but for what need is off by.
    short = np.maximum(draws.fair_share * 1_800 / 2_400 - [800_00, 1_000_00], 0).sum(axis=1)
    assert summary.shortfall == pytest.approx(np.sort(short)[[1, 19, 37]], abs=1)


def test_draws_in_which_rules_cannot_hold_are_counted_and_left_out() -> None:
    plain = solved({"title": "Tight", "rules": [{"name": "near", "floor": "0.96 * target"}]}, growth="9.6%")
    found = allocate.uncertainty(plain, "4%", draws=60)
    assert 0 < found.summary.failed < 60
    assert found.summary.draws + found.summary.failed == 60
    assert f"{found.summary.failed} more draws, in which the rules cannot all hold" in sureness_text(found)
    assert len(found.draws.allocation) == found.summary.draws
    pot = {"title": "Tight", "rules": [{"name": "near", "floor": "0.97 * target"}]}
    floors = allocate.solve(FRAME, [BLEND, pot])  # the pot is just what the floors cost with need as measured
    (line,) = problems_of(allocate.uncertainty, floors, "60%", draws=5)
    assert line.startswith("the rules cannot all hold in any of 5 draws")


def test_england_keeps_every_promise_in_every_draw(data: Path) -> None:
    from test_nhs_data import NEED, total_payments

    england = pl.read_csv(data / "england_practices_2022_23.csv", infer_schema=False)
    assert NEED["need"]
    plain = total_payments(england, where="complete_2022_23 = 1")
    found = allocate.uncertainty(plain, "5%", draws=20, seed=4)
    assert found.draws.allocation.shape == (20, 6_310)
    assert (found.draws.allocation.sum(axis=1) == plain.budget).all()
    assert (found.draws.allocation >= plain.prepared.areas.baseline).all()
    assert found.summary.moved[1] > 0


# --- what it refuses, and the command line


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"need_error": None}, "need_error: is missing; say how far need may be off, such as 5%"),
        (
            {"need_error": "-1%"},
            "need_error: '-1%' is out of range; give a share from 0% to 100%, such as 5%",
        ),
        ({"need_error": "much"}, "need_error: 'much' is not a number; give a share from 0% to 100%"),
        (
            {"need_error": {"GP service": 0.1}},
            "need_error: need has no part 'GP service'; did you mean 'GP services'?",
        ),
        ({"need_error": "5%", "draws": 0}, "draws: '0' is out of range; give a whole number from 1"),
        ({"need_error": "5%", "draws": 2.5}, "draws: '2.5' is not a whole number that can be used"),
        (
            {"need_error": "5%", "draws": 10**7},
            "draws: 10,000,000 draws of 60 areas are more than fit in memory",
        ),
        ({"need_error": "5%", "seed": -1}, "seed: '-1' is out of range; give a whole number from 0"),
        ({"need_error": "5%", "sure": "50%"}, "sure: '50%' is out of range; give a share above 50%"),
    ],
)
def test_what_cannot_be_asked_is_one_line(given: dict[str, Any], message: str) -> None:
    (line,) = problems_of(allocate.uncertainty, solved(), given.pop("need_error"), **given)
    assert line.startswith(message)


def test_what_an_allocation_was_made_with_cannot_be_changed() -> None:
    (line,) = problems_of(allocate.uncertainty, solved(), "5%", budget=10)
    assert line.startswith("budget and parameters: cannot be changed of an allocation that is made")


def test_every_wrong_part_is_told_at_once() -> None:
    assert len(problems_of(allocate.uncertainty, solved(), {"heat": "5%", "GP services": "x"})) == 2


def run_uncertainty(*arguments: str | Path, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "allocate", "uncertainty", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if expect else done.stdout


def test_the_command_prints_saves_the_same_bytes_and_speaks_json(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, FRAME.write_csv(), json.dumps(BLEND), budget={"growth": "5%"})
    options = (path, "--need-error", "GP services=5%", "--need-error", "inequalities=10%", "--draws", "30")
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    shown = run_uncertainty(*options, "--out", files[0])
    assert "measured with error: 'GP services' 5%, 'inequalities' 10%" in shown
    assert "... and 45 more" in shown
    record = json.loads(run_uncertainty(*options, "--json", "--out", files[1]))
    assert files[0].read_bytes() == files[1].read_bytes()
    assert (record["draws"], record["seed"], len(record["areas"])) == (30, 1, 60)
    assert record["need_error"] == {"GP services": 0.05, "inequalities": 0.1}
    assert record["areas"][0].keys() == set(pl.read_csv(files[0]).columns)


def test_bad_input_is_exit_status_2_and_rules_that_clash_are_1(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, FRAME.write_csv(), json.dumps(BLEND | FLOOR), budget={"new_money": 0})
    assert "the floors add up to" in run_uncertainty(path, "--need-error", "5%", expect=1)
    twice = ("--need-error", "5%", "--need-error", "6%")
    assert "has an error already" in run_uncertainty(path, *twice, expect=2)

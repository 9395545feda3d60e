"""The prover: it accepts every allocation of ours, and nothing that was tampered with."""

from __future__ import annotations

import ast
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import FOUR, problems_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Case
from strategies import cases as single_areas
from test_properties import ALL_METHODS
from test_routes import cases as in_groups

import allocate
from allocate.documents.scenario import ROUTES
from allocate.errors import InputError, RulesCannotHold
from allocate.proving.certificate import certificate_of
from allocate.proving.certificate_file import read_certificate, to_dict
from allocate.proving.proof import prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocate.proving.verdict import Verdict

SOLVER = Path(allocate.__file__).parent / "solver"


def certificate_dict(result: allocate.Allocation) -> dict[str, Any]:
    return to_dict(certificate_of(result), result.prepared.areas, result.prepared.policy)


def verdict_on(
    result: allocate.Allocation, amounts: Any = None, certificate: dict[str, Any] | None = None
) -> Verdict:
    """The verdict on an allocation, with other amounts or another certificate than its own."""
    found = certificate_dict(result) if certificate is None else certificate
    read = read_certificate(found, result.prepared.areas, result.prepared.policy, "certificate")
    return prove(result.funded, read, result.amounts if amounts is None else np.asarray(amounts))


def assert_proven(result: allocate.Allocation) -> None:
    verdict = verdict_on(result)
    assert verdict.holds, verdict.breached
    assert verdict.complete, verdict.checks


class TestWhatWeMakeIsProven:
    @given(single_areas())
    def test_single_areas(self, case: Case) -> None:
        assert_proven(case.solve())
        assert_proven(case.solve(ALL_METHODS, leave_unspent=True))

    @given(single_areas(), st.sampled_from(["0.05", "1", "1000"]))
    def test_coarse_units(self, case: Case, unit: str) -> None:
        try:
            assert_proven(case.solve(round_to=unit, leave_unspent=True))
        except RulesCannotHold:  # rounded up, the floors ask for more than the pot
            return

    @given(in_groups())
    @settings(max_examples=150)
    def test_rules_for_groups_by_every_route(self, case: Any) -> None:
        frame, book, options = case
        for route in ROUTES:
            try:
                result = allocate.solve(frame, book, route=route, **options)
            except (RulesCannotHold, InputError):  # the rules clash, or that route is not for them
                continue
            assert_proven(result)

    @given(in_groups(), st.integers(50, 120), st.sampled_from(["population", "weighted_population"]))
    @settings(max_examples=60)
    def test_comparisons_of_groups(self, case: Any, share: int, per: str) -> None:
        frame, book, options = case
        parity = {"name": "parity", "across": "fifth = 1", "compared_with": "everyone", "per": per}
        book = book | {"rules": [*book["rules"], parity | {"floor": f"{share}%"}]}
        try:
            result = allocate.solve(frame, book, **options)
        except (RulesCannotHold, InputError):
            return
        verdict = verdict_on(result)
        assert verdict.holds, verdict.breached

    @given(in_groups())
    @settings(max_examples=60)
    def test_rules_that_give_way(self, case: Any) -> None:
        frame, book, options = case
        rules = [rule | {"priority": at + 1} for at, rule in enumerate(book["rules"])]
        too_much = {"name": "more than there is", "by": "place", "floor": "budget * 2 + 1_000", "priority": 2}
        try:
            result = allocate.solve(frame, book | {"rules": [*rules, too_much]}, **options)
        except RulesCannotHold:  # rounded up to whole units, the baselines are more than the pot
            return
        assert result.gave_way
        assert_proven(result)

    @pytest.mark.parametrize("name", ["llr", "starter"])
    def test_the_bundled_scenarios(self, name: str) -> None:
        assert_proven(allocate.run(name))

    def test_every_pot_that_a_parish_or_a_nation_may_have(self) -> None:
        frame = pl.DataFrame({"id": ["A", "B", "C"], "population": [3.0, 7.0, 11.0], "baseline": [0, 0, 0]})
        for power in range(14):
            assert_proven(allocate.solve(frame, budget=10**power))


SIZE = 12
FRAME = pl.DataFrame(
    {
        "id": [f"A{number:02}" for number in range(SIZE)],
        "population": [811.0 + 97 * number + 13 * number**2 for number in range(SIZE)],
        "baseline": [9_000.0 + 1_000 * number + (350 * number**2) % 3_100 for number in range(SIZE)],
        "place": ["north", "south", "east"] * 4,
        "fifth": [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3],
        "least": [9_400.0] + [0.0] * (SIZE - 1),
        "most": [1e6] * (SIZE - 1) + [24_111.11],
    }
)
OF_AREAS: list[dict[str, Any]] = [
    {"name": "least", "floor": "least"},
    {"name": "most", "cap": "most"},
]
PLACES = {"name": "places", "by": "place", "floor": "sum(baseline) * 1.3"}
FIFTHS = {"name": "fifths", "by": "fifth", "of": "growth", "cap": "0.38 * new_money"}
PARITY = {"name": "parity", "across": "fifth = 3", "compared_with": "fifth = 2", "floor": "99%"}
BOOKS: dict[str, list[dict[str, Any]]] = {
    "closed form": OF_AREAS,
    "nested": [*OF_AREAS, PLACES],
    "linear programme": [*OF_AREAS, PLACES, FIFTHS],
    "ratio": [*OF_AREAS, PARITY],
}


def solved(kind: str, **options: Any) -> allocate.Allocation:
    book = {"title": kind, "rules": BOOKS[kind]}
    result = allocate.solve(FRAME, book, budget={"new_money": 60_000}, **options)
    assert result.shared.route == ("linear programme" if kind == "ratio" else kind)
    assert_proven(result)
    return result


@pytest.fixture(scope="module", params=sorted(BOOKS))
def result(request: pytest.FixtureRequest) -> allocate.Allocation:
    return solved(request.param)


def moved(amounts: Any, to: int, giver: int, pence: int) -> Any:
    changed = np.array(amounts)
    changed[to] += pence
    changed[giver] -= pence
    return changed


class TestTamperedAmounts:
    def test_a_penny_moved_between_any_two_areas(self, result: allocate.Allocation) -> None:
        for to in range(SIZE):
            for giver in range(SIZE):
                if to != giver:
                    assert not verdict_on(result, moved(result.amounts, to, giver, 1)).holds, (to, giver)

    def test_two_areas_swapped(self, result: allocate.Allocation) -> None:
        changed = np.array(result.amounts)
        changed[[3, 4]] = changed[[4, 3]]
        assert not verdict_on(result, changed).holds

    def test_a_baseline_ignored(self, result: allocate.Allocation) -> None:
        giver = int(np.argmin(result.gains))
        taken = int(result.gains[giver]) + 1
        verdict = verdict_on(result, moved(result.amounts, 0, giver, taken))
        (line,) = (each for each in verdict.breached if each.what == "baseline")
        assert (line.worst, line.by, line.breaches) == (f"A{giver:02}", 1, 1)

    def test_a_floor_ignored(self, result: allocate.Allocation) -> None:
        taken = int(result.amounts[0]) - 940_000 + 250
        verdict = verdict_on(result, moved(result.amounts, 5, 0, taken))
        (line,) = (each for each in verdict.breached if each.what == "least")
        assert (line.kind, line.worst, line.by) == ("floor", "A00", 250)

    def test_a_cap_broken(self, result: allocate.Allocation) -> None:
        given = 2_411_111 - int(result.amounts[-1]) + 99
        verdict = verdict_on(result, moved(result.amounts, SIZE - 1, 5, given))
        (line,) = (each for each in verdict.breached if each.what == "most")
        assert (line.kind, line.worst, line.by) == ("cap", "A11", 99)

    @pytest.mark.parametrize("more", [1, -1])
    def test_a_pot_that_does_not_close(self, result: allocate.Allocation, more: int) -> None:
        changed = np.array(result.amounts)
        changed[4] += more
        broken = {each.what: each for each in verdict_on(result, changed).breached}
        assert broken["the pot"].by == 1

    def test_a_level_raised_for_one_cell(self, result: allocate.Allocation) -> None:
        inside = (FRAME["place"] == "south").to_numpy() & (FRAME["fifth"] == 1).to_numpy()
        changed = np.array(result.amounts)
        changed[inside] += changed[inside] // 100
        changed[5] -= int(changed.sum()) - int(result.amounts.sum())
        assert not verdict_on(result, changed).holds

    def test_what_everybody_gets_pro_rata_instead(self, result: allocate.Allocation) -> None:
        shares = np.floor(result.prepared.areas.baseline * (result.budget / FRAME["baseline"].sum() / 100))
        changed = shares.astype(np.int64)
        changed[1] += result.budget - int(changed.sum())
        assert not verdict_on(result, changed).holds

    def test_amounts_beyond_all_measure(self, result: allocate.Allocation) -> None:
        assert not verdict_on(result, moved(result.amounts, 0, 1, 10**15)).holds

    def test_a_floor_of_a_group_missed(self) -> None:
        result = solved("linear programme")
        rows = result.groups.filter(pl.col("binds") & (pl.col("rule") == "places"))
        assert rows.height, "the scenario must have a place at its floor"
        place = rows["group"][0]
        inside = np.flatnonzero((FRAME["place"] == place).to_numpy())
        outside = np.flatnonzero((FRAME["place"] != place).to_numpy())
        giver = int(inside[np.argmax(result.gains[inside])])
        verdict = verdict_on(result, moved(result.amounts, int(outside[0]), giver, 100))
        (line,) = (each for each in verdict.breached if each.what == "places")
        assert (line.worst, line.by) == (place, 100)

    def test_a_cap_of_a_group_broken(self) -> None:
        result = solved("linear programme")
        rows = result.groups.filter(pl.col("binds") & (pl.col("rule") == "fifths"))
        assert rows.height, "the scenario must have a fifth at its cap"
        inside = np.flatnonzero((FRAME["fifth"].cast(str) == rows["group"][0]).to_numpy())
        outside = np.flatnonzero((FRAME["fifth"].cast(str) != rows["group"][0]).to_numpy())
        giver = int(outside[np.argmax(result.gains[outside])])
        verdict = verdict_on(result, moved(result.amounts, int(inside[0]), giver, 77))
        (line,) = (each for each in verdict.breached if each.what == "fifths")
        assert (line.worst, line.by) == (rows["group"][0], 77)

    def test_a_ratio_broken(self) -> None:
        result = solved("ratio")
        assert result.groups["binds"].any()
        inside, against = ((FRAME["fifth"] == which).to_numpy() for which in (3, 2))
        giver, to = int(np.flatnonzero(inside)[-1]), int(np.flatnonzero(against)[0])
        verdict = verdict_on(result, moved(result.amounts, to, giver, 500))
        (line,) = (each for each in verdict.breached if each.what == "parity")
        assert line.by is not None
        assert line.by > 500  # what is taken, and what the others then have

    def test_the_earlier_id_gets_a_tied_penny(self) -> None:
        frame = pl.DataFrame({"id": ["B", "A"], "population": [1, 1], "baseline": [0, 0]})
        result = allocate.solve(frame, budget=0.01)
        assert result.amounts.tolist() == [0, 1]
        assert_proven(result)
        assert not verdict_on(result, [1, 0]).holds


class TestBeforeAnybodySeesIt:
    """An allocation checks its limits and its pot when it is made, with no certificate."""

    def altered(self, result: allocate.Allocation, amounts: Any) -> list[str]:
        return problems_of(replace, result, shared=replace(result.shared, amounts=np.asarray(amounts)))

    def test_a_baseline_and_the_pot(self, result: allocate.Allocation) -> None:
        amounts = result.amounts.copy()
        amounts[4] = result.prepared.areas.baseline[4] - 7
        told = self.altered(result, amounts)
        assert "area 4 is 7 pence below its baseline; please report this" in told
        pot = f"the areas get {amounts.sum()} pence of a pot of {result.budget}; please report this"
        assert pot in told

    def test_a_cap(self, result: allocate.Allocation) -> None:
        over = 2_411_111 - int(result.amounts[-1]) + 99
        told = self.altered(result, moved(result.amounts, SIZE - 1, 0, over))
        assert "area 11 is 99 pence above its cap; please report this" in told

    def test_a_group(self) -> None:
        result = solved("linear programme")
        inside = np.flatnonzero((FRAME["fifth"] == 1).to_numpy())
        outside = np.flatnonzero((FRAME["fifth"] != 1).to_numpy())
        spare = 10**6
        told = self.altered(result, moved(result.amounts, int(inside[0]), int(outside[-2]), spare))
        assert any("of group rule 1 gets" in each for each in told), told


def change(certificate: dict[str, Any], path: str, by: Callable[[Any], Any]) -> bool:
    """Change what a certificate has at a path, such as ``tranches/0/level``; say whether it has it."""
    *steps, last = (int(step) if step.lstrip("-").isdigit() else step for step in path.split("/"))
    part: Any = certificate
    try:
        for step in steps:
            part = part[step]
        if part[last] in (None, [], {}):
            return False
        had, part[last] = part[last], by(part[last])
        return bool(had != part[last])
    except (KeyError, IndexError, TypeError):
        return False


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("tranches/0/level", lambda level: level * (1 + 1e-9)),
    ("tranches/0/level", lambda level: level * (1 - 1e-9)),
    ("tranches/0/level", lambda level: -level),
    ("tranches/0/level", lambda level: None),
    ("tranches/0/placed_pence", lambda pence: pence - 1),
    ("tranches/0/placed_pence", lambda pence: pence + 1),
    ("tranches/0/placed_pence", lambda pence: 0),
    ("tranches/0/reached_pence", lambda pence: pence + 1),
    ("tranches/0/name", lambda name: name + "s"),
    ("tranches", lambda parts: []),
    ("tranches", lambda parts: parts * 2),
    ("tranches/0/groups", lambda groups: []),
    ("tranches/0/groups/0/2", lambda level: level * 1.001),
    ("tranches/0/groups/0/1", lambda group: (group + 1) % 3),
    ("tranches/0/steps/0/level", lambda level: level * (1 + 1e-9)),
    ("tranches/0/steps/0/level", lambda level: level * (1 - 1e-9)),
    ("tranches/0/steps/-1/level", lambda level: level * (1 + 1e-9)),
    ("tranches/0/steps/-1/level", lambda level: level * (1 - 1e-9)),
    ("tranches/0/steps/0/level", lambda level: level * 1e9),
    ("tranches/0/steps/0/prices/rows", lambda rows: []),
    ("tranches/0/steps/0/prices/rows/0/1", lambda price: -price),
    (
        "tranches/0/steps/0/prices",
        lambda prices: prices | {"pot": prices["pot"] + 0.37 * bool(prices["rows"])},
    ),
    ("tranches/0/steps/-1/prices/pot", lambda price: 0.0),
    ("tranches/0/steps/0/stopped", lambda cells: []),
    ("tranches/0/steps", lambda steps: steps[:-1]),
    ("tranches/0/steps", lambda steps: steps[::-1]),
    ("tranches/0/steps", lambda steps: [*steps, steps[-1]]),
    ("left_pence", lambda pence: 1),
]


class TestWrongCertificates:
    @pytest.mark.parametrize(
        ("path", "by"), WRONG, ids=[f"{at}:{path}" for at, (path, _) in enumerate(WRONG)]
    )
    def test_it_proves_nothing(self, path: str, by: Callable[[Any], Any]) -> None:
        changed = 0
        for kind in BOOKS:
            result = solved(kind)
            certificate = deepcopy(certificate_dict(result))
            if path == "left_pence":
                certificate["left_pence"] = 1
            elif not change(certificate, path, by):
                continue
            changed += 1
            assert not verdict_on(result, certificate=certificate).holds, (kind, path)
        assert changed, f"no certificate has {path}"

    def test_shortfalls_are_not_least_at_prices_below_nought(self) -> None:
        book = {"title": "Close", "share_out": [{"name": "close", "least_shortfall": "1"}]}
        result = allocate.solve(FRAME, book, budget={"new_money": 60_000})
        assert_proven(result)
        certificate = certificate_dict(result)
        certificate["tranches"][0]["face"]["pot"] = -0.5
        (line,) = (
            each for each in verdict_on(result, certificate=certificate).breached if each.what == "close"
        )
        assert "the prices do not prove that shortfalls are least" in line.says

    def test_groups_that_overlap_are_not_nested_because_it_says_so(self) -> None:
        result = solved("linear programme")
        without = certificate_dict(result) | {"order": [0, 1]}
        without["tranches"][0]["steps"], without["tranches"][0]["level"] = [], 9.9
        broken = {each.what: each.says for each in verdict_on(result, certificate=without).breached}
        assert "it takes groups for nested that are not" in broken["level up"]

    def test_without_prices_rounding_between_cells_is_not_checked(self) -> None:
        result = solved("linear programme")
        verdict = verdict_on(result, certificate=certificate_dict(result) | {"rounding": None})
        (line,) = (each for each in verdict.checks if each.verdict == "not checked")
        assert line.what == "rounding"
        assert verdict.holds
        assert not verdict.complete

    def test_nor_with_prices_of_limits_that_there_are_none(self) -> None:
        result = solved("linear programme")
        for price in (1.0, -1.0):
            certificate = certificate_dict(result)
            certificate["rounding"]["prices"]["rows"] = [[0, price], [len(PLACES), price]]
            verdict = verdict_on(result, certificate=certificate)
            assert not verdict.complete

    def test_shortfalls_are_least_by_prices_only(self) -> None:
        worst_first = [{"name": "worst first", "least_shortfall": "fifth"}]
        book = {"title": "L", "rules": BOOKS["linear programme"], "share_out": worst_first}
        result = allocate.solve(FRAME, book, budget={"new_money": 60_000})
        assert_proven(result)
        for face, said in (
            (lambda face: None, "nothing says that shortfalls are least"),
            (
                lambda face: face | {"rows": [[row, -price] for row, price in face["rows"]]},
                "the prices do not prove that shortfalls are least",
            ),
        ):
            certificate = certificate_dict(result)
            tranche = certificate["tranches"][0]
            tranche["face"] = face(tranche["face"])
            (line,) = (
                each
                for each in verdict_on(result, certificate=certificate).breached
                if each.what == "worst first"
            )
            assert said in line.says

    def test_money_may_be_left_by_prices_only(self) -> None:
        rules = [*OF_AREAS, PLACES | {"floor": "sum(baseline) * 1.1"}, FIFTHS | {"cap": "0.3 * new_money"}]
        book = {"title": "Left", "rules": rules}
        result = allocate.solve(FRAME, book, budget={"new_money": 60_000}, leave_unspent=True)
        assert result.summary.unspent
        assert_proven(result)
        certificate = certificate_dict(result)
        certificate["tranches"][0]["why_full"]["prices"]["rows"] = []
        (line,) = verdict_on(result, certificate=certificate).breached
        assert line.says == "the prices do not prove that no more could have been placed"
        certificate["tranches"][0]["why_full"] = None
        (line,) = verdict_on(result, certificate=certificate).breached
        assert line.says == "nothing says that no more could have been placed"

    def test_what_floors_ask_is_so_by_prices_only(self) -> None:
        half = {"name": "half", "amount": "50%", "pro_rata": "population"}
        book = {"title": "Half", "rules": BOOKS["linear programme"]}
        book["share_out"] = [half, {"name": "rest", "level_up": "population"}]
        result = allocate.solve(FRAME, book, budget={"new_money": 60_000})
        assert_proven(result)
        certificate = certificate_dict(result)
        certificate["why_floors"]["prices"]["rows"] = []
        (line,) = verdict_on(result, certificate=certificate).breached
        assert (line.what, line.says) == (
            "floors of groups",
            "the prices do not prove what floors take at the least",
        )

    def test_it_is_of_these_areas(self) -> None:
        result = solved("linear programme")
        certificate = certificate_dict(result)
        certificate["tranches"][0]["steps"][0]["stopped"] = ["nobody"]
        (problem,) = problems_of(verdict_on, result, certificate=certificate)
        assert "is no certificate of these areas and rules (there is no area 'nobody')" in problem

    def test_a_rule_cannot_be_said_to_have_given_way(self, result: allocate.Allocation) -> None:
        certificate = certificate_dict(result)
        certificate["gave_way"] = [{"rule": "least", "strength": 0.5, "by_pence": 0}]
        assert not verdict_on(result, certificate=certificate).holds

    def test_nor_where_groups_overlap(self) -> None:
        rules = [PLACES, FIFTHS, PARITY, {"name": "soft", "by": "place", "floor": "budget", "priority": 1}]
        result = allocate.solve(FRAME, {"title": "Soft", "rules": rules}, budget={"new_money": 60_000})
        assert_proven(result)
        certificate = certificate_dict(result)
        certificate["gave_way"][0]["strength"] -= 0.001
        assert not verdict_on(result, certificate=certificate).complete
        without = certificate_dict(result) | {"no_stronger": []}
        assert not verdict_on(result, certificate=without).complete

    def test_a_rule_cannot_give_way_further_than_it_must(self) -> None:
        rules = [{"name": "soft", "floor": "baseline * 3", "priority": 1}]
        book = {"title": "Soft", "rules": rules}
        result = allocate.solve(FRAME, book, budget={"new_money": 60_000})
        assert_proven(result)
        certificate = certificate_dict(result)
        certificate["gave_way"][0]["strength"] *= 0.999
        broken = verdict_on(result, certificate=certificate).breached
        assert "soft: no more than must be" in {each.what for each in broken}

    @pytest.mark.parametrize("content", [{}, [], {"format": 2}, {"format": 1, "gave_way": 3}, "x", None])
    def test_what_is_no_certificate_is_refused(self, content: Any) -> None:
        result = solved("closed form")
        with pytest.raises(InputError, match="is no certificate of these areas and rules"):
            verdict_on(result, certificate={"x": 1} if content is None else content)

    def test_it_does_not_grow_with_the_areas(self) -> None:
        frame = pl.concat([FRAME.with_columns(id=pl.col("id") + f"-{copy}") for copy in range(500)])
        few, many = (
            len(
                str(
                    certificate_dict(
                        allocate.solve(
                            each, {"title": "n", "rules": [PLACES, FIFTHS]}, budget={"growth": 0.3}
                        )
                    )
                )
            )
            for each in (FRAME, frame)
        )
        assert many < few + 200


class TestTransfers:
    @given(single_areas(), st.data())
    def test_a_penny_that_moves_is_caught_unless_rounding_is_tied(
        self, case: Case, data: st.DataObject
    ) -> None:
        result = case.solve()
        size = result.amounts.size
        if size == 1:
            return
        to, giver = data.draw(st.permutations(range(size)))[:2]
        verdict = verdict_on(result, moved(result.amounts, to, giver, 1))
        if verdict.holds:
            remainder = result.shared.exact - np.floor(result.shared.exact)
            assert abs(remainder[to] - remainder[giver]) < 2e-6 + 2.0**-45 * result.budget

    @given(in_groups(), st.data())
    @settings(max_examples=60)
    def test_a_pound_that_moves_is_always_caught(self, case: Any, data: st.DataObject) -> None:
        frame, book, options = case
        try:
            result = allocate.solve(frame, book, **options | {"round_to": "0.01"})
        except RulesCannotHold:
            return
        if frame.height == 1:
            return
        to, giver = data.draw(st.permutations(range(frame.height)))[:2]
        assert not verdict_on(result, moved(result.amounts, to, giver, 100)).holds


def test_the_proof_shares_no_code_with_the_solvers() -> None:
    """At run time it imports nothing of `solver`, and of `allocate` nothing else."""
    for path in sorted((SOLVER / "proof").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        types_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in types_only:
                module = node.module or ""
                assert not module.startswith("allocate") or module.startswith("allocate.solver.proof"), path


def test_the_example_by_hand_in_the_documentation() -> None:
    rules = [
        {"name": "south", "across": "place = 'south'", "floor": "2_380"},
        {"name": "second fifth", "across": "fifth = 2", "floor": "2_310"},
    ]
    result = allocate.solve(FOUR, {"title": "By hand", "rules": rules}, budget=4_400)
    assert result.amounts.tolist() == [990_00, 1_030_00, 1_100_00, 1_280_00]
    (tranche,) = certificate_dict(result)["tranches"]
    assert [(step["level"], step["stopped"]) for step in tranche["steps"]] == [
        (990.0, ["A", "C"]),
        (1030.0, ["B"]),
        (1280.0, ["D"]),
    ]
    assert [step["prices"] for step in tranche["steps"]] == [
        {"rows": [[1, -1.0]], "pot": 1.0},
        {"rows": [[0, -1.0]], "pot": 1.0},
        {"rows": [], "pot": 1.0},
    ]

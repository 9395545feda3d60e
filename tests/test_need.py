"""The need tree: every node by numbers worked out by hand, and what stops it from being measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import problems_of
from hypothesis import given
from hypothesis import strategies as st

from allocate.documents.rulebook import Rulebook
from allocate.documents.strict_yaml import parse_document
from allocate.files.sheet import Table
from allocate.language.names import Names
from allocate.need import Need, measure

POPULATION = np.array([100.0, 200.0, 100.0])
"""Areas A, B and C: 400 people."""

TABLE = pl.DataFrame(
    {
        "id": ["A", "B", "C"],
        "need": ["1", "2", "3"],
        "published": ["50", "100", "50"],
        "gap": ["1", "*", "3"],
        "place": ["X", "Y", "X"],
        "code": ["01", "02", "01"],
        "young": ["60", "100", "40"],
        "old": ["40", "100", "60"],
    }
)


def measured(tree: str, population: np.ndarray = POPULATION, **constants: float) -> Need:
    """Measure a tree written in YAML, as under `need:` in a rule book."""
    node = parse_document(f"title: t\nneed: {tree}", "f").read_as(Rulebook).need
    names = Names(Table(TABLE, "t.csv", id_column="id"), len(population))
    names.know(population=population)
    names.know_constants(constants)
    return measure(node, names, population)


def weighted(tree: str, **options: Any) -> Any:
    """The weighted population, to the last digits."""
    return pytest.approx(measured(tree, **options).weighted_population.tolist(), rel=1e-12)


# --- the kinds of node: W = w · 400 / Σw


def test_no_tree_weighs_nobody() -> None:
    need = measure(None, Names(Table(TABLE, "t"), 3), POPULATION)
    assert need.weighted_population.tolist() == [100, 200, 100]
    assert need.index.tolist() == [1, 1, 1]
    assert need.indices[0].name == "population as it is"


def test_column_is_a_published_weighted_population() -> None:
    # 50 + 100 + 50 = 200, so each counts twice.
    assert weighted("{column: published}") == [100, 200, 100]
    # need is 1 + 2 + 3 = 6 weighted people: 400 / 6 each.
    assert weighted("{column: need}") == [400 / 6, 800 / 6, 1200 / 6]


def test_index_is_need_per_head() -> None:
    # 100 · 1 + 200 · 2 + 100 · 3 = 800, so half of each counts.
    assert weighted("{index: need}") == [50, 200, 150]
    assert measured("{index: need}").index.tolist() == [0.5, 1, 1.5]


def test_bands_are_people_times_workload() -> None:
    # young · 1 + old · 3: 60 + 120 = 180, 100 + 300 = 400, 40 + 180 = 220; in all 800.
    assert weighted("{bands: {young: 1, old: 3}}") == [90, 200, 110]


def test_lookup_finds_an_index_by_text() -> None:
    # 100 · 1 + 200 · 3 + 100 · 1 = 800.
    assert weighted("{lookup: {column: place, table: {X: 1, Y: 3}}}") == [50, 300, 50]
    assert weighted("{lookup: {column: code, table: {01: 1, 02: 3}}}") == [50, 300, 50]


def test_lookup_finds_an_index_by_number_however_it_is_written() -> None:
    # 100 · 1 + 200 · 1 + 100 · 5 = 800.
    assert weighted("{lookup: {column: need, table: {1: 1, 2.0: 1, '3': 5}}}") == [50, 100, 250]


def test_product_multiplies_indices() -> None:
    # Indices need: 0.5, 1, 1.5; place: 0.5, 1.5, 0.5. Products 0.25, 1.5, 0.75;
    # people 25 + 300 + 75 = 400: nothing to normalise.
    tree = "{product: [{index: need}, {lookup: {column: place, table: {X: 1, Y: 3}}}]}"
    assert weighted(tree) == [25, 300, 75]
    # need twice: 0.25, 1, 2.25; people 25 + 200 + 225 = 450.
    twice = measured("{product: [{index: need}, {index: need}]}").weighted_population
    assert twice == pytest.approx([25 * 400 / 450, 200 * 400 / 450, 225 * 400 / 450], rel=1e-12)


def test_blend_adds_shares_of_weighted_populations() -> None:
    # 75% of 50, 200, 150 and 25% of 50, 300, 50.
    place = "{index: case place when 'Y' then 3 else 1 end}"
    tree = f"{{blend: [{{share: 75%, of: {{index: need}}}}, {{share: 25%, of: {place}}}]}}"
    assert weighted(tree) == [50, 225, 125]


def test_shares_may_be_parameters() -> None:
    tree = "{blend: [{share: 1 - s, of: {index: need}}, {share: s, of: {index: '1'}}]}"
    # Half of 50, 200, 150 and half of 100, 200, 100.
    assert weighted(tree, s=0.5) == [75, 200, 125]
    # 0.9 of the first and 0.1 of the second.
    assert weighted(tree, s=0.1) == [55, 200, 145]


def test_nodes_nest() -> None:
    # The blend is 75, 200, 125: indices 0.75, 1, 1.25. Times need, 0.5, 1, 1.5: 0.375, 1, 1.875.
    # People 37.5 + 200 + 187.5 = 425.
    blend = "{blend: [{share: 50%, of: {index: need}}, {share: 50%, of: {index: '1'}}]}"
    assert measured(f"{{product: [{blend}, {{index: need}}]}}").weighted_population == pytest.approx(
        [37.5 * 400 / 425, 200 * 400 / 425, 187.5 * 400 / 425], rel=1e-12
    )


# --- indices: every node, the whole tree first, each before its parts


def test_every_node_has_an_index_in_the_order_of_the_tree() -> None:
    need = measured(
        """
  name: all
  source: S
  product:
  - name: mixed
    blend:
    - {share: 60%, of: {name: a, index: need}}
    - {share: 40%, of: {column: published}}
  - {bands: {young: 1, old: 3}}
  - {lookup: {column: place, table: {X: 1, Y: 3}}}
  - {index: 1 + need}
"""
    )
    assert [(each.name, each.depth, each.share, each.source) for each in need.indices] == [
        ("all", 0, None, "S"),
        ("mixed", 1, None, None),
        ("a", 2, 0.6, None),
        ("published", 2, 0.4, None),
        ("workload by band", 1, None, None),
        ("by place", 1, None, None),
        ("1 + need", 1, None, None),
    ]
    assert need.index is need.indices[0].values
    for each in need.indices:
        assert each.values @ POPULATION == pytest.approx(400, rel=1e-12)


def test_areas_without_people_have_no_need_and_no_index() -> None:
    empty = np.array([100.0, 0.0, 100.0])
    # gap is missing for B, which nobody asks: 100 · 1 + 100 · 3 = 400 for 200 people.
    need = measured("{product: [{index: gap}, {index: '1'}]}", population=empty)
    assert need.weighted_population.tolist() == [50, 0, 150]
    assert need.index.tolist() == [0.5, 0, 1.5]
    found = measured("{lookup: {column: place, table: {X: 2}}}", population=empty)
    assert found.weighted_population.tolist() == [100, 0, 100]


TREES = [
    "{index: need}",
    "{column: published}",
    "{bands: {young: 2, old: 0.5}}",
    "{lookup: {column: place, table: {X: 1, Y: 4}}}",
    "{product: [{index: need}, {bands: {young: 1, old: 3}}]}",
    "{blend: [{share: 85%, of: {index: need}}, {share: 15%, of: {column: published}}]}",
]
PEOPLE = st.floats(0.01, 1e8)


@given(st.sampled_from(TREES), st.tuples(PEOPLE, PEOPLE, PEOPLE))
def test_the_weighted_population_always_adds_up_to_the_population(
    tree: str, people: tuple[float, ...]
) -> None:
    population = np.array(people)
    need = measured(tree, population=population)
    assert need.weighted_population.sum() == pytest.approx(population.sum(), rel=1e-9)
    assert need.index * population == pytest.approx(need.weighted_population, rel=1e-9)


@given(st.floats(1e-6, 1e6))
def test_the_scale_of_an_index_does_not_matter(scale: float) -> None:
    assert measured("{index: need * s}", s=scale).index == pytest.approx([0.5, 1, 1.5], rel=1e-12)


# --- what stops it


NO_NUMBER = "gives no finite number for B (row 3); give the missing values, use coalesce"


@pytest.mark.parametrize(
    ("tree", "column", "problem"),
    [
        ("{index: gap}", 15, f"'gap' {NO_NUMBER}"),
        ("{column: gap}", 16, f"'gap' {NO_NUMBER}"),
        ("{bands: {young: 1, gap: 2}}", 26, f"'gap' {NO_NUMBER}"),
        ("{index: 1 / (need - 2)}", 15, f"'1 / (need - 2)' {NO_NUMBER}"),
        (
            "{index: need / avg(gap)}",
            15,
            "'need / avg(gap)' passes over 'gap', which has no value for B (row 3);",
        ),
        ("{index: place}", 15, "'place' gives text or yes/no where a number is needed"),
        ("{index: need - 2}", 15, "need 'need - 2' is negative for A (row 2); need cannot be below nought"),
        ("{bands: {young: -1}}", 16, "need 'workload by band' is negative for A (row 2); need cannot"),
        ("{index: need * 0}", 15, "need 'need * 0' is nought everywhere; check its columns"),
        ("{bands: {}}", 8, "'bands' is empty; give at least one item, or leave the key out"),
    ],
)
def test_what_stops_need_is_told_with_its_place_and_the_area(tree: str, column: int, problem: str) -> None:
    (line,) = problems_of(measured, tree)
    assert line.startswith(f"f:2:{column}: {problem}")


@pytest.mark.parametrize(
    ("lookup", "problem"),
    [
        (
            "column: place, table: {X: 1}",
            "has no index for Y in column 'place', as for B (row 3); add a line",
        ),
        (
            "column: gap, table: {1: 1, 3: 1}",
            "has nothing to look up for B (row 3): 'gap' is missing; give the",
        ),
        ("column: need, table: {x: 1}", "looks up numbers, and 'x' is not a number; write the values"),
        ("column: need, table: {1: 1, 1.0: 2}", "looks up numbers, and 1.0 is in its table twice; keep one"),
    ],
)
def test_a_lookup_that_finds_nothing_says_why(lookup: str, problem: str) -> None:
    (line,) = problems_of(measured, f"{{lookup: {{{lookup}}}}}")
    column = lookup.split(",")[0].removeprefix("column: ")
    assert line.startswith(f"f:2:25: need 'by {column}' {problem}")


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        ("75%", "35%", "need 'blend' has shares 0.75 + 0.35 = 1.1; make them add up to 1 (100%)"),
        ("2", "-1", "need 'blend' has shares 2 + -1 = 1; make them add up to 1 (100%)"),
        ("need", "1", "'need' does not give one number; use an aggregate such as sum(...)"),
    ],
)
def test_shares_are_numbers_that_add_up_to_one(one: str, other: str, problem: str) -> None:
    parts = ", ".join(f"{{share: {share}, of: {{index: need}}}}" for share in (one, other))
    assert problems_of(measured, f"{{blend: [{parts}]}}") == [f"f:2:24: {problem}"]


def test_the_problems_of_all_nodes_are_told_at_once() -> None:
    lines = problems_of(
        measured, "{name: n, product: [{index: gap}, {bands: {gap: 1, nope: 2}}, {index: need - 2}]}"
    )
    assert [line.split(" ")[0] for line in lines] == ["f:2:35:", "f:2:50:", "f:2:58:", "f:2:77:"]


def test_columns_of_any_name_can_be_used() -> None:
    frame = TABLE.rename({"published": 'wp "2022", final'})
    node = parse_document("title: t\nneed:\n  column: 'wp \"2022\", final'", "f").read_as(Rulebook).need
    names = Names(Table(frame, "t"), 3)
    assert measure(node, names, POPULATION).weighted_population.tolist() == [100, 200, 100]

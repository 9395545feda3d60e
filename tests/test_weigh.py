"""Need from persons: every node by numbers worked out by hand, the same digits always, and what stops it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from helpers import problems_of, run
from hypothesis import given, settings
from hypothesis import strategies as st

import allocate
from allocate.documents.rulebook import Rulebook
from allocate.documents.strict_yaml import parse_document
from allocate.files.sheet import Table
from allocate.language.names import Names
from allocate.need import Need, measure
from allocate.persons.exact_sums import DIGITS, LARGEST, Grid

if TYPE_CHECKING:
    from pathlib import Path

PERSONS = pl.DataFrame(
    {
        "practice": ["B", "A", "A", "B", "A"],
        "acg": [2.0, 1.0, 3.0, 4.0, 0.0],
        "age": [30, 80, 5, 80, 30],
        "sex": ["F", "M", "F", "M", "M"],
        "visits": [1, 2, 0, 3, 4],
        "smoker": [True, False, False, True, False],
        "gap": [1.0, None, 3.0, float("nan"), 5.0],
        "below": [1.0, -2.0, 3.0, -4.0, 5.0],
        "huge": [1e308, 1e308, 1.0, 1.0, 1.0],
        "zeros": [0.0, 0.0, 0.0, 0.0, 0.0],
    }
)
"""Five invented persons: three of practice A, two of B."""


def book(tree: str, **parts: Any) -> Rulebook:
    """A rule book whose need tree is written in YAML."""
    node = parse_document(f"title: t\nneed: {tree}", "f").read_as(Rulebook).need
    return Rulebook.model_validate({"title": "t", **parts}).model_copy(update={"need": node})


def weigh(tree: str, frame: Any = PERSONS, by: str = "practice", **options: Any) -> pl.DataFrame:
    parts = {key: options.pop(key) for key in ("columns", "parameters_of_book") if key in options}
    if "parameters_of_book" in parts:
        parts["parameters"] = parts.pop("parameters_of_book")
    return allocate.weigh(frame, book(tree, **parts), by=by, **options)


def weighted(tree: str, **options: Any) -> Any:
    """The weighted population of practices A and B, to the last digits."""
    return pytest.approx(weigh(tree, **options)["weighted_population"].to_list(), rel=1e-14)


# --- the kinds of node: W = w · 5 / Σw, added up by practice


def test_a_column_is_a_weight_of_each_person() -> None:
    # A: 1 + 3 + 0 = 4, B: 2 + 4 = 6; in all 10 for 5 persons.
    assert weighted("{column: acg}") == [2, 3]


def test_an_index_is_an_expression_for_each_person() -> None:
    # A: 80 → 2, 5 → 1, 30 → 1; B: 30 → 1, 80 → 2: in all 7.
    assert weighted("{index: case when age >= 65 then 2 else 1 end}") == [20 / 7, 15 / 7]
    # A person is a population of 1.
    assert weighted("{index: population * acg}") == [2, 3]
    # Whole numbers divide as numbers do: (80 + 5 + 30) / 10 and (30 + 80) / 10.
    assert weighted("{index: age / 10}") == [115 / 225 * 5, 110 / 225 * 5]


def test_bands_are_counts_times_workload() -> None:
    # visits · 2 + acg: A 2 · 6 + 4 = 16, B 2 · 4 + 6 = 14.
    assert weighted("{bands: {visits: 2, acg: 1}}") == [16 / 6, 14 / 6]


def test_a_lookup_finds_an_index_by_number_or_text() -> None:
    # By age: A 3 + 1 + 1 = 5, B 1 + 3 = 4.
    assert weighted("{lookup: {column: age, table: {5: 1, 30: 1.0, '80': 3}}}") == [25 / 9, 20 / 9]
    # By sex: A 1 + 2 + 1 = 4, B 2 + 1 = 3.
    assert weighted("{lookup: {column: sex, table: {F: 2, M: 1}}}") == [20 / 7, 15 / 7]
    assert weighted("{lookup: {column: smoker, table: {'true': 2, 'false': 1}}}") == [15 / 7, 20 / 7]


def test_a_lookup_may_have_many_keys() -> None:
    table = {age: 1 + age / 10 for age in range(100)}
    # A 9 + 1.5 + 4 = 14.5, B 4 + 9 = 13.
    assert weighted(f"{{lookup: {{column: age, table: {table}}}}}") == [14.5 / 27.5 * 5, 13 / 27.5 * 5]
    del table[0], table[1]
    (line,) = problems_of(weigh, f"{{lookup: {{column: visits, table: {table}}}}}")
    assert line.endswith(
        "for 2 persons, the first in row 2: column 'visits' has 0.0; add a line to its table"
    )


def test_a_product_multiplies_person_by_person() -> None:
    # acg · sex: A 1·1 + 3·2 + 0·1 = 7, B 2·2 + 4·1 = 8. Multiplying the areas' means would give
    # A 4/3 · 4/3 · 3 = 16/3, B 3 · 3/2 · 2 = 9: another answer.
    tree = "{product: [{column: acg}, {lookup: {column: sex, table: {F: 2, M: 1}}}]}"
    assert weighted(tree) == [7 / 3, 8 / 3]


def test_a_blend_adds_shares_of_normalised_parts() -> None:
    # 75% of 2, 3 and 25% of everybody alike, 3, 2.
    assert weighted("{blend: [{share: 75%, of: {column: acg}}, {share: 25%, of: {index: '9'}}]}") == [
        2.25,
        2.75,
    ]


def test_a_blend_inside_a_product_has_its_parts_normalised_first() -> None:
    # Indices: half of acg / 2 and half of 1: F2 → 1, M1 → 0.75, F3 → 1.25, M4 → 1.5, M0 → 0.5.
    # Times 1 + smoker (F2 and M4): A 0.75 + 1.25 + 0.5 = 2.5, B 2 + 3 = 5.
    blend = "{blend: [{share: 50%, of: {column: acg}}, {share: 50%, of: {index: '7'}}]}"
    smoking = "{index: case when smoker then 2 else 1 end}"
    assert weighted(f"{{product: [{blend}, {smoking}]}}") == [5 / 3, 10 / 3]


def test_every_node_has_a_column_and_every_column_its_own_name() -> None:
    areas = weigh(
        """
  name: need_index
  blend:
  - {share: 50%, of: {name: mix, product: [{column: acg}, {column: acg}]}}
  - {share: 50%, of: {lookup: {column: sex, table: {F: 2, M: 1}}}}
"""
    )
    fixed = ["practice", "population", "weighted_population", "need_index"]
    assert areas.columns == [*fixed, "need_index (2)", "mix", "acg", "acg (2)", "by sex"]
    assert areas["practice"].to_list() == ["A", "B"]
    assert areas["population"].to_list() == [3, 2]
    for name in areas.columns[3:]:
        assert (areas[name] * areas["population"]).sum() == pytest.approx(5, rel=1e-14)
    # mix: squares 1 + 9 + 0 = 10 of 30 for 3 of 5 persons; by sex: 4 of 7.
    assert areas["mix"].to_list() == pytest.approx([10 / 30 * 5 / 3, 20 / 30 * 5 / 2], rel=1e-14)
    assert areas["by sex"].to_list() == pytest.approx([4 / 7 * 5 / 3, 3 / 7 * 5 / 2], rel=1e-14)


def test_a_book_without_a_need_tree_counts_persons() -> None:
    areas = allocate.weigh(PERSONS, {"title": "t"}, by="practice")
    assert areas["weighted_population"].to_list() == [3, 2]
    assert areas.columns[-1] == "population as it is"
    assert allocate.weigh(PERSONS, [], by="practice").equals(areas)


# --- what expressions may use


def test_parameters_dates_and_named_columns() -> None:
    dated = {"s": {"dated": {"2023-04-01": 0.5, "2024-04-01": 1}}}
    tree = "{blend: [{share: s, of: {column: acg}}, {share: 1 - s, of: {index: '1'}}]}"
    assert weighted(tree, parameters_of_book=dated, date="2024-03-31") == [2.5, 2.5]
    assert weighted(tree, parameters_of_book=dated, date="2024-04-01") == [2, 3]
    assert weighted(tree, parameters_of_book=dated, parameters={"s": "0%"}) == [3, 2]
    # twice · 2 is four times acg, in whatever order they are defined.
    named = {"more": "twice * 2", "twice": "acg * (year - 2022)"}
    assert weighted("{index: more + 2}", columns=named, date="2024-04-01") == [22 / 50 * 5, 28 / 50 * 5]
    assert weighted(
        "{lookup: {column: twice, table: {0: 1, 1: 1, 2: 1, 3: 1, 4: 4}}}", columns=named, date="2023-04-01"
    ) == [15 / 8, 25 / 8]


def test_where_says_who_is_weighed() -> None:
    # Without the two who are 80: A 3 + 0, B 2; in all 5 for 3 persons.
    assert weighted("{column: acg}", where="age < 80") == [9 / 5, 6 / 5]


def test_names_as_they_come() -> None:
    frame = PERSONS.rename({"acg": 'weight "2022", final', "practice": "GP code"})
    tree = "\n  column: 'weight \"2022\", final'"
    assert weighted(tree, frame=frame, by="GP code") == [2, 3]


FRAMES = {
    "lazy": PERSONS.lazy,
    "pandas": lambda: PERSONS.to_pandas(),
    "whole codes": lambda: PERSONS.with_columns(
        practice=pl.col("practice").replace_strict({"A": 7, "B": 12})
    ),
    "enum": lambda: PERSONS.with_columns(
        pl.col("sex").cast(pl.Enum(["F", "M"])), pl.col("acg").cast(pl.Decimal(9, 2))
    ),
}


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_any_frame(make: Any) -> None:
    tree = "{product: [{column: acg}, {lookup: {column: sex, table: {F: 2, M: 1}}}]}"
    areas = weigh(tree, frame=make())
    assert dict(zip(areas["practice"], areas["weighted_population"], strict=True)) == pytest.approx(
        {"12": 8 / 3, "7": 7 / 3} if areas["practice"][0] == "12" else {"A": 7 / 3, "B": 8 / 3}, rel=1e-14
    )


# --- agreement with the route over areas


TREES = [
    "{column: a}",
    "{index: 1 + a / (2 + b)}",
    "{bands: {a: 2, b: 0.5}}",
    "{lookup: {column: k, table: {x: 1, y: 4, z: 0.1}}}",
    "{product: [{index: 0.5 + a}, {bands: {a: 1, b: 3}}, {lookup: {column: k, table: {x: 1, y: 4, z: 2}}}]}",
    "{blend: [{share: 85%, of: {index: 1 + a}}, {share: 15%, of: {index: b + 0.25}}]}",
    """
  product:
  - {index: 1 + a}
  - blend:
    - {share: 60%, of: {index: 1 + b}}
    - share: 40%
      of: {product: [{index: 2 + b}, {blend: [{share: 1, of: {index: 'greatest(a, 1)'}}]}]}
  - {blend: [{share: 30%, of: {index: 3 + a}}, {share: 70%, of: {index: '1'}}]}
""",
]
FIGURE = st.floats(0, 1e4).map(lambda value: round(value, 6))
ROWS = st.lists(st.tuples(FIGURE, FIGURE, st.sampled_from("xyz"), st.integers(1, 4)), min_size=1, max_size=6)


def by_areas(tree: str, frame: pl.DataFrame, population: np.ndarray) -> Need | None:
    """What the route over areas makes of it; None where all need is nought."""
    names = Names(Table(frame, "t"), frame.height)
    names.know(population=np.ones(frame.height))
    try:
        return measure(book(tree).need, names, population)
    except allocate.ExpressionError as error:
        if "nought everywhere" not in str(error):
            raise
        return None


def check_agreement(tree: str, persons: pl.DataFrame, areas: pl.DataFrame, population: np.ndarray) -> None:
    expected = by_areas(tree, areas, population)
    if expected is None:
        assert any("nought everywhere" in line for line in problems_of(weigh, tree, frame=persons, by="area"))
        return
    found = weigh(tree, frame=persons, by="area")
    assert found["population"].to_list() == population.tolist()
    assert found["weighted_population"].to_list() == pytest.approx(expected.weighted_population, rel=1e-12)
    columns = found.columns[4:]
    assert len(columns) == len(expected.indices)
    for column, index in zip(columns, expected.indices, strict=True):
        assert found[column].to_list() == pytest.approx(index.values, rel=1e-12, abs=1e-12)


@settings(max_examples=60)
@given(st.sampled_from(TREES), ROWS)
def test_one_person_an_area_gives_what_the_areas_give(tree: str, rows: list[tuple[Any, ...]]) -> None:
    a, b, k, _ = zip(*rows, strict=True)
    areas = pl.DataFrame({"area": [f"P{i}" for i in range(len(rows))], "a": a, "b": b, "k": k})
    check_agreement(tree, areas.sample(fraction=1, shuffle=True, seed=1), areas, np.ones(len(rows)))


@settings(max_examples=60)
@given(
    st.sampled_from([tree for tree in TREES if "column: a" not in tree and not tree.startswith("{bands")]),
    ROWS,
)
def test_persons_alike_within_areas_give_what_the_areas_give(tree: str, rows: list[tuple[Any, ...]]) -> None:
    # Bands count people, of whom an area has as many times more as it has persons.
    a, b, k, people = zip(*rows, strict=True)
    areas = pl.DataFrame({"area": [f"P{i}" for i in range(len(rows))], "a": a, "b": b, "k": k})
    persons = areas.select(pl.all().repeat_by(pl.Series(people)).explode())
    population = np.array(people, dtype=float)
    if "bands" in tree:
        tree = tree.replace("{bands: {a: 1, b: 3}}", "{index: a + 3 * b}")
    check_agreement(tree, persons, areas, population)


# --- the same digits always, and the right ones


@pytest.mark.parametrize("persons_bits", range(1, 33))
def test_every_sum_of_both_halves_fits_a_float(persons_bits: int) -> None:
    grid = Grid(persons_bits)
    most = 2**persons_bits
    assert most * Fraction(2) ** (LARGEST + grid.coarse) <= 2**DIGITS
    assert most * Fraction(2) ** (grid.fine - grid.coarse - 1) <= 2**DIGITS


@pytest.mark.parametrize("most_persons", [0, 1, 2, 3, 4, 7, 8, 2**20, 2**20 + 1])
def test_a_grid_made_to_measure_has_room_for_every_person_of_the_largest_weight(most_persons: int) -> None:
    grid = Grid.made_to_measure({"w": 3e-9, "v": 7e12}, most_persons)
    assert most_persons <= 2**grid.persons_bits
    for weight, largest in {"w": 3e-9, "v": 7e12}.items():
        assert 2 ** (LARGEST - 1) <= largest * grid.scale(weight) < 2**LARGEST


@pytest.mark.parametrize("scale", [1, 1e9, 1e-9])
def test_rows_in_any_order_and_chunks_of_any_size_give_the_same_digits(tmp_path: Path, scale: float) -> None:
    random = np.random.default_rng(7)
    size = 60_000
    persons = pl.DataFrame(
        {
            "area": [f"A{code}" for code in random.integers(0, 30, size)],
            "a": random.lognormal(0, 2, size) * scale,
            "b": random.random(size),
            "k": pl.Series(list("xyz")).gather(random.integers(0, 3, size)),
        }
    )
    path = tmp_path / "persons.parquet"
    persons.write_parquet(path, row_group_size=7_001)
    expected = weigh(TREES[-1], frame=path, by="area")
    for seed, rows in enumerate((500, 20_011, size)):
        shuffled = persons.sample(fraction=1, shuffle=True, seed=seed)
        shuffled.write_parquet(path, row_group_size=rows)
        assert weigh(TREES[-1], frame=path, by="area").equals(expected)
    with pl.Config() as config:
        config.set_streaming_chunk_size(1_013)
        assert weigh(TREES[-1], frame=path, by="area").equals(expected)
    # Plain sums of the same floats do depend on the order: the test can fail.
    plain = {persons.sample(fraction=1, shuffle=True, seed=seed)["a"].sum() for seed in range(5)}
    assert len(plain) > 1


WEIGHTS = st.floats(0, 1e300, allow_subnormal=False)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(WEIGHTS, st.floats(0, 5), st.sampled_from([1e-30, 2.0**20, 1e6, 1e-7, 0.1])),
        min_size=2,
        max_size=20,
    )
)
def test_sums_are_exact_fractions_to_the_last_digits(weights: list[float]) -> None:
    whole = sum(map(Fraction, weights))
    frame = pl.DataFrame({"area": [f"A{i % 2}" for i, _ in enumerate(weights)], "w": weights})
    if whole < Fraction(1e-290):
        return
    found = weigh("{column: w}", frame=frame, by="area")["weighted_population"]
    for area in (0, 1):
        exact = sum(map(Fraction, weights[area::2])) * len(weights) / whole
        assert found[area] == pytest.approx(float(exact), rel=1e-14, abs=1e-13)


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e-3, 1, 1e6, 1e200])
def test_the_scale_of_a_weight_does_not_matter(scale: float) -> None:
    frame = PERSONS.with_columns(pl.col("acg") * scale)
    assert weighted("{column: acg}", frame=frame) == [2, 3]
    twice = f"{{product: [{{column: acg}}, {{index: '{scale:.0e}'}}]}}"
    assert scale > 1e9 or scale < 1e-9 or weighted(twice, frame=frame) == [2, 3]


def test_areas_of_more_than_a_million_persons_have_a_grid_of_their_own() -> None:
    size = 1_100_000
    frame = pl.DataFrame({"area": "A", "w": 0.1, "row": pl.arange(size, eager=True)})
    last = pl.DataFrame({"area": "B", "w": 0.2, "row": 0})
    found = weigh("{column: w}", frame=pl.concat([frame, last.cast(frame.schema)]), by="area")
    # The sums are 110,000.0000…(0.1 as a float is not quite a tenth, and 0.2 is exactly twice it).
    assert found["weighted_population"].to_list() == pytest.approx(
        [size * (size + 1) / (size + 2), 2 * (size + 1) / (size + 2)], rel=1e-14
    )


# --- what stops it


NEVER = "looks at all persons together, and need of persons is weighed one by one"
GAP = "gives no finite number for 2 persons, the first in row 3; give the figures, use coalesce(..., 0)"


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        ("{column: gap}", f"f:2:16: 'gap' {GAP}"),
        ("{index: gap * 2}", f"f:2:15: 'gap * 2' {GAP}"),
        ("{index: 'greatest(gap, 1)'}", f"f:2:16: 'greatest(gap, 1)' {GAP}"),
        ("{bands: {acg: 1, gap: 2}}", f"f:2:24: 'gap' {GAP}"),
        (
            "{index: 1 / (age - 80)}",
            "f:2:15: '1 / (age - 80)' gives no finite number for 2 persons, the first in row 3;",
        ),
        (
            "{column: below}",
            "f:2:16: need 'below' is negative for 2 persons, the first in row 3: 'below'; need",
        ),
        (
            "{name: n, index: age - 20}",
            "f:2:14: need 'n' is negative for the person in row 4: 'age - 20'; need cannot",
        ),
        (
            "{bands: {huge: 10}}",
            "f:2:16: need 'workload by band' is too large for 2 persons, the first in row 2;",
        ),
        (
            "{product: [{column: huge}, {index: huge}]}",
            "f:2:27: need 'product' is too large for 2 persons, the first",
        ),
        (
            "{lookup: {column: sex, table: {F: 1}}}",
            "f:2:25: need 'by sex' has no index for 3 persons, the first in row 3: column 'sex' has M;",
        ),
        (
            "{lookup: {column: gap, table: {1: 1, 3: 1, 5: 1}}}",
            "f:2:25: need 'by gap' has nothing to look up for 2 persons, the first in row 3: 'gap'",
        ),
        (
            "{lookup: {column: sex, table: {F: -1, M: 1}}}",
            "f:2:25: need 'by sex' is negative for 2 persons, the first in row 2: 'sex'; need",
        ),
        ("{lookup: {column: sx, table: {F: 1}}}", "f:2:25: unknown name 'sx'; did you mean 'sex'?"),
        (
            "{lookup: {column: age, table: {x: 1}}}",
            "f:2:25: need 'by age' looks up numbers, and 'x' is not a number",
        ),
        ("{index: acg * 4e307}", "f:2:15: need 'acg * 4e307' is too large to add up; check its columns and"),
        ("{column: zeros}", "f:2:16: need 'zeros' is nought everywhere; check its columns"),
        ("{column: acgs}", "f:2:16: unknown name 'acgs'; did you mean 'acg'?"),
        ("{index: acg / avg(acg)}", f"f:2:21: 'avg' {NEVER}; leave it out"),
        ("{index: sum(acg) over (partition by sex)}", f"f:2:15: 'sum' {NEVER}"),
        ("{index: total}", f"f:1:1: 'sum' {NEVER}"),
        ("{index: sex}", "f:2:15: 'sex' gives text or yes/no where a number is needed"),
        ("{index: sex * 2}", "f:2:15: 'sex * 2' computes with text: sex is not numbers;"),
        (
            "{index: baseline}",
            "f:2:15: 'baseline' cannot be used here; need of persons uses their own columns",
        ),
        ("{index: year}", "f:2:15: 'year' cannot be used here; give a date"),
        (
            "{blend: [{share: 75%, of: {index: acg}}, {share: 35%, of: {column: acg}}]}",
            "f:2:24: need 'blend' has shares 0.75 + 0.35 = 1.1;",
        ),
        ("{blend: [{share: acg, of: {index: acg}}]}", "f:2:24: unknown name 'acg'"),
    ],
)
def test_what_stops_need_is_told_once_with_its_place_and_a_row(tree: str, problem: str) -> None:
    lines = problems_of(weigh, tree, columns={"total": "sum(acg)"})
    assert len(lines) in (1, 2)
    assert lines[0].removeprefix("f:1:1: ").startswith(problem.removeprefix("f:1:1: "))


def test_all_problems_of_all_nodes_are_told_at_once() -> None:
    lines = problems_of(
        weigh, "{product: [{column: gap}, {column: below}, {lookup: {column: sex, table: {X: 1}}}]}"
    )
    assert [line.split(" ")[0] for line in lines] == ["f:2:27:", "f:2:42:", "f:2:68:"]
    lines = problems_of(weigh, "{product: [{column: gp}, {index: belw}]}")
    assert [line.split(" ")[0] for line in lines] == ["f:2:27:", "f:2:40:"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"by": "practise"},
            "persons: has no column 'practise' (the area of each person); did you mean 'practice'?",
        ),
        (
            {"by": "code"},
            "persons: column 'code' is empty for 2 persons, the first in row 3; give it, or leave them",
        ),
        (
            {"by": "population"},
            "persons: cannot be by 'population': the result has a column of that name; rename",
        ),
        (
            {"where": "gap > 0"},
            "where: 'gap > 0' is neither true nor false for 2 persons, the first in row 3;",
        ),
        ({"where": "age"}, "'age' is not a condition; compare with"),
        ({"where": "agee > 1"}, "unknown name 'agee'; did you mean 'age'?"),
        ({"where": "age > max(age)"}, f"'max' {NEVER}"),
        (
            {"where": "lists is not null"},
            "column 'lists' holds List(Int64), which is neither numbers nor text",
        ),
        (
            {"by": "lists"},
            "column 'lists' holds List(Int64), which is neither numbers nor text; turn it into",
        ),
        ({"where": "age >"}, "where: a value is missing after '>'; write it"),
        ({"where": "age > 1000"}, "persons: has nobody to weigh; widen 'where'"),
        ({"frame": PERSONS.head(0)}, "persons: has nobody to weigh; is it the right file?"),
        ({"frame": "nowhere.parquet"}, "nowhere.parquet: cannot be read (No such file or directory)"),
        ({"frame": __file__}, "test_weigh.py: is no table of persons; give a .parquet or .csv file"),
        ({"frame": 7}, "persons: is not a table"),
        ({"parameters": {"x": 1}}, "there is no parameter 'x'"),
        (
            {"parameters_of_book": {"s": {"dated": {"2023-04-01": 1}}}},
            "'s' depends on the date; give one, as --date 2023-04-01",
        ),
        ({"date": "soon"}, "date: 'soon' is not a date; write it as 2023-04-01"),
        (
            {"parameters_of_book": {"acg": 1}},
            "'acg' is a parameter here and a column of the table too; give one",
        ),
    ],
)
def test_options_and_tables_that_cannot_be_used(options: dict[str, Any], problem: str) -> None:
    codes = pl.Series("code", ["B", None, "A", " ", "A"])
    frame = PERSONS.with_columns(codes, population=1, lists=[1])
    lines = problems_of(weigh, "{column: acg}", **{"frame": frame} | options)
    assert len(lines) == 1
    assert problem in lines[0]


def test_names_with_two_meanings_are_told_in_the_order_of_the_table() -> None:
    twice = dict.fromkeys(("zeros", "below", "visits", "huge", "age", "acg"), 1)
    lines = problems_of(weigh, f"{{index: {' + '.join(twice)}}}", parameters_of_book=twice)
    assert [line.split("'")[1] for line in lines] == [name for name in PERSONS.columns if name in twice]


def test_rules_that_are_no_rules() -> None:
    (line,) = problems_of(allocate.weigh, PERSONS, 5, by="practice")
    assert line.startswith("rules: cannot be of type int; give a name")


def test_a_tree_that_multiplies_out_without_end_is_refused() -> None:
    blend = "{blend: [{share: 50%, of: {column: acg}}, {share: 50%, of: {index: '1'}}]}"
    lines = problems_of(weigh, f"{{product: [{', '.join([blend] * 7)}]}}")
    assert lines == [
        "f:2:35: need 'product' multiplies out to more than 100 products; "
        "compute one of its blends beforehand, as a column"
    ]
    assert weigh(f"{{product: [{', '.join([blend] * 3)}]}}").height == 2
    half = f"{{share: 50%, of: {{product: [{', '.join([blend] * 6)}]}}}}"
    (line,) = problems_of(weigh, f"{{blend: [{half}, {half}]}}")
    assert "need 'blend' multiplies out to more than 100 products" in line


# --- the command line


BOOK = """
title: Case mix (invented)
parameters: {share: 50%}
need:
  blend:
  - {share: share, of: {name: case mix, column: acg}}
  - {share: 1 - share, of: {lookup: {column: sex, table: {F: 2, M: 1}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a rule book and the five persons, as Parquet and as CSV."""
    (tmp_path / "book.yaml").write_text(BOOK)
    PERSONS.write_parquet(tmp_path / "persons.parquet")
    PERSONS.with_columns(practice=pl.col("practice").replace_strict({"A": "01", "B": "2"})).write_csv(
        tmp_path / "persons.csv"
    )
    return tmp_path


def test_the_command_weighs_a_file(folder: Path) -> None:
    options = ("--rules", "book.yaml", "--by", "practice")
    done = run("weigh", "persons.parquet", *options, "--out", "areas.parquet", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    # A: 2 and 20/7, B: 3 and 15/7; half of each.
    assert done.stdout == (
        "Case mix (invented)\n\n"
        "  Persons     5 in 2 areas by 'practice'\n"
        f"  Need        {17 / 7 / 3:.3f} of the average per head in A to {18 / 7 / 2:.3f} in B\n"
        "  Left out    nobody\n\n"
        "Written: areas.parquet\n"
    )
    areas = pl.read_parquet(folder / "areas.parquet")
    assert areas.columns[4:] == ["blend", "case mix", "by sex"]
    assert areas["weighted_population"].to_list() == pytest.approx([17 / 7, 18 / 7], rel=1e-14)
    options += ("--set", "share=100%", "--where", "age < 80", "--date", "2024-04-01")
    done = run("weigh", "persons.csv", *options, "--out", "new/areas.csv", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 in 2 areas" in done.stdout
    assert "Left out    2 by 'where'" in done.stdout
    areas = pl.read_csv(folder / "new" / "areas.csv", schema_overrides={"practice": pl.String})
    assert areas["practice"].to_list() == ["01", "2"]
    assert areas["need_index"].to_list() == pytest.approx([0.9, 1.2], rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            (),
            "f:2:16: need 'below' is negative for 2 persons, the first in row 3: 'below'; need",
        ),
        (("--out", "persons.parquet"), "persons.parquet: is the table that is read; write to another file"),
        (("--out", "areas.xlsx"), "areas.xlsx: is neither .parquet nor .csv; name the file so"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    folder: Path, arguments: tuple[str, ...], problem: str
) -> None:
    (folder / "f").write_text("title: t\nneed: {column: below}")
    before = sorted(folder.iterdir())
    done = run("weigh", "persons.parquet", "--by", "practice", "--rules", "f", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {problem}")
    assert done.stderr.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    broken, late, empty = (tmp_path / name for name in ("broken.parquet", "late.csv", "empty.csv"))
    broken.write_bytes(b"PAR1 and no more")
    late.write_text("\n".join(["practice,acg", *["A,1"] * 10_001, "A,many"]))
    empty.write_text("")
    for path in (broken, late, empty):
        (line,) = problems_of(weigh, "{column: acg}", frame=path)
        assert line.startswith(f"{path.name}: is not a table: ")
    late.write_text("practice,acg\nA,1\nA,*")
    (line,) = problems_of(weigh, "{column: acg}", frame=late)
    assert line.startswith("f:2:16: 'acg' gives no finite number for the person in row 3; give the figures")


def test_any_number_of_threads_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(BOOK)
    random = np.random.default_rng(3)
    size = 400_000
    pl.DataFrame(
        {
            "practice": [f"P{code}" for code in random.integers(0, 50, size)],
            "acg": random.lognormal(0, 1.5, size),
            "sex": pl.Series(["F", "M"]).gather(random.integers(0, 2, size)),
        }
    ).write_parquet(tmp_path / "persons.parquet", row_group_size=20_000)
    made = set()
    for threads in ("1", "2", "3"):
        done = run(
            "weigh",
            *("persons.parquet", "--rules", "book.yaml", "--by", "practice", "--out", "areas.csv"),
            folder=tmp_path,
            POLARS_MAX_THREADS=threads,
        )
        assert done.returncode == 0, done.stderr
        made.add((tmp_path / "areas.csv").read_bytes())
    assert len(made) == 1


def test_an_index_that_the_book_leaves_out_is_left_out_of_persons_too() -> None:
    tree = "{product: [{column: acg}, {column: frailty, name: frailty, if_missing: leave_out}]}"
    assert weigh(tree).columns[-1] == "acg"
    assert (
        weigh(tree)["weighted_population"].to_list()
        == weigh("{column: acg}")["weighted_population"].to_list()
    )


def test_the_command_says_what_is_left_out(tmp_path: Path) -> None:
    PERSONS.select("practice", "acg").write_parquet(tmp_path / "persons.parquet")
    rules = "title: t\nneed: {product: [{column: acg}, {column: frailty, if_missing: leave_out}]}\n"
    (tmp_path / "book.yaml").write_text(rules)
    done = run("weigh", "persons.parquet", "--rules", "book.yaml", "--by", "practice", folder=tmp_path)
    assert (
        "Need is measured without 'frailty': left out, as the table has no column 'frailty'." in done.stdout
    )

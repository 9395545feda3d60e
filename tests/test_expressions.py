"""The rule language: what it computes, what it refuses and where, and what it never passes over."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import problems_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allocate.errors import ExpressionError
from allocate.files.sheet import Table
from allocate.language.expressions import MOST_CHARACTERS, MOST_TOKENS, as_name, parse
from allocate.language.grammar import FUNCTIONS, KEYWORDS, Misread
from allocate.language.names import Names
from allocate.language.order import DEEPEST
from allocate.language.places import Place, Written

TABLE = pl.DataFrame(
    {
        "id": ["A", "B", "C"],
        "n": ["10", "20", "30"],
        "gap": ["1", "*", "3"],
        "sign": ["-1", "0", "1"],
        "place": ["X", "Y", "X"],
        "code": ["012", "04C", "04C"],
        "my column": ["1", "2", "3"],
        'say "hi"': ["1", "2", "3"],
        "order": ["1", "2", "3"],
        "select": ["1", "2", "3"],
        "open": [True, False, True],
    }
)
CONSTANTS = {"rate": 0.05, "below": -5.0, "digits": 2.0, "who": "O'Brien", "text": 'it\'s "X"', "start": "X%"}


def names() -> Names:
    known = Names(Table(TABLE, "t.csv", id_column="id"), 3)
    known.know(population=np.array([1.0, 2.0, 4.0]), distance=np.array([0.1, np.nan, -0.1]))
    known.know_constants(CONSTANTS)
    known.later = {"target": "it is known once need is measured"}
    return known


def numbers(expression: str, **options: Any) -> list[float]:
    return names().numbers(expression, **options).tolist()


def matches(predicate: str) -> list[bool]:
    return names().matches(predicate).tolist()


def refusal(expression: str) -> tuple[str, int]:
    """Why an expression cannot be read, and at which character."""
    with pytest.raises(Misread) as caught:
        parse(expression)
    return str(caught.value), caught.value.offset


# --- what it computes, for n = 10, 20, 30


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("1_000", [1000, 1000, 1000]),
        ("n * 5%", [0.5, 1, 1.5]),
        ("n * -5%", [-0.5, -1, -1.5]),
        ("5%+n", [10.05, 20.05, 30.05]),
        ("1.5e-2 * 2_0", [0.3, 0.3, 0.3]),
        (".5 * n + 5.", [10, 15, 20]),
        ("n % 7", [3, 6, 2]),
        ("n%7", [3, 6, 2]),
        ("100 % n", [0, 0, 10]),
        ("mod(n, 7)", [3, 6, 2]),
        ("7 / 2", [3.5, 3.5, 3.5]),
        ("case when n > 10 then 10% else 5% end", [0.05, 0.1, 0.1]),
        ("case place when 'X' then 1 else 2 end", [1, 2, 1]),
        ("if(n > 10, 1, 2)", [2, 1, 1]),
        ("greatest(n, 20)", [20, 20, 30]),
        ("least(n, 25, 12)", [10, 12, 12]),
        ("round(n / 7, 2)", [1.43, 2.86, 4.29]),
        ("round(n / 7, digits)", [1.43, 2.86, 4.29]),
        ("floor(n / 7) + ceil(n / 7)", [3, 5, 9]),
        ("cast('5' as double) + n", [15, 25, 35]),
        ("coalesce(gap, 0)", [1, 0, 3]),
        ("case when gap is null then 7 else gap end", [1, 7, 3]),
        ('"my column" + "say ""hi""" + "order" + "select"', [4, 8, 12]),
        ("n\u00a0+ 1", [11, 21, 31]),
        ("sum(n)", [60, 60, 60]),
        ("n / sum(n) over (partition by place)", [0.25, 1, 0.75]),
        ("avg(n) + min(n) + max(n) + count(*) + median(n)", [83, 83, 83]),
        ("sum(case when place = 'X' then n end)", [40, 40, 40]),
        ("sum(coalesce(gap, 0))", [4, 4, 4]),
        ("coalesce(n / sign, 0)", [-10, 0, 30]),
        ("sum(case when sign <> 0 then n / sign end)", [20, 20, 20]),
        ("n / -sum(n) over (partition by place) * 4", [-1, -4, -3]),
        ("60 / case when n > 10 then n else 5 end / (1 + 1)", [6, 1.5, 1]),
        ("60 / abs(sign - 2) / 2", [10, 15, 30]),
        ("rate * n - below", [5.5, 6, 6.5]),
        ("population", [1, 2, 4]),
    ],
)
def test_numbers(expression: str, values: list[float]) -> None:
    assert numbers(expression) == pytest.approx(values, rel=1e-15)


@pytest.mark.parametrize(
    ("predicate", "areas"),
    [
        ("n in (10, 30)", "AC"),
        ("n not in (10)", "BC"),
        ("n between 10 and 20", "AB"),
        ("n > 5% and not n >= 30", "AB"),
        ("n = 10 or n <> 20 and n != 30 or n == 30", "AC"),
        ("place like 'X%'", "AC"),
        ("place not ilike 'x'", "B"),
        ("place like start", "AC"),
        ("gap is null", "B"),
        ("gap is not null and gap > 1", "C"),
        ("gap > 1 or n > 0", "ABC"),
        ("sign <> 0 and n / sign > 0", "C"),
        ("open", "AC"),
        ("not open", "B"),
        ("code = '012' or code in ('04C')", "ABC"),
        ("starts_with(code, '04') and length(code) = 3", "BC"),
        ("sum(n) > 3", "ABC"),
    ],
)
def test_conditions(predicate: str, areas: str) -> None:
    assert "".join(area for area, met in zip("ABC", matches(predicate), strict=True) if met) == areas


@pytest.mark.parametrize("expression", ["1.5 / 7", "0.05 / 7", "5% / 7", "rate / 7", "1.1 * 1.1 * 1.1 * 1.1"])
def test_decimals_are_computed_to_the_last_digit(expression: str) -> None:
    """Polars would take 1.5 for a decimal, and 1.5 / 7 for 0.2142857."""
    python = expression.replace("5%", "0.05").replace("rate", "0.05")
    assert numbers(expression) == [eval(python)] * 3


@pytest.mark.parametrize("value", ["O'Brien", 'it\'s "X"', "'; drop", "", "a\\b", "%", "' or '1'='1"])
def test_a_text_parameter_is_that_text_and_nothing_else(value: str) -> None:
    known = names()
    known.know_constants({"text": value})
    same = "'" + value.replace("'", "''") + "'"
    assert known.matches(f"text = {same}").all()
    assert not known.matches("place = text").any()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_parameter_is_its_very_number(value: float) -> None:
    known = names()
    known.know_constants({"rate": value})
    assert known.numbers("rate")[0] == value
    assert known.numbers("0 - rate")[0] == -value


@given(st.text(min_size=1, max_size=20))
@example("select")
@example("order")
@example("double")
def test_any_column_can_be_named_in_quotes(column: str) -> None:
    frame = pl.DataFrame({"id": ["A"], column: [7.0]}) if column != "id" else pl.DataFrame({"id": [7.0]})
    assert Names(Table(frame, "t"), 1).numbers(as_name(column)).tolist() == [7.0]


# --- what it refuses, and where


@pytest.mark.parametrize(
    ("expression", "at", "reason"),
    [
        ("", 0, "the expression is empty; write an amount in £ or a condition"),
        ("  ", 0, "the expression is empty"),
        ("1 + (select 1)", 5, "subqueries are not part of the rule language; use a named column"),
        ("n in (select max(n) from self)", 6, "subqueries are not"),
        ("exists (select 1)", 0, "subqueries are not"),
        ("n + now()", 4, "there is no function 'now'; did you mean"),
        ("sume(n)", 0, "there is no function 'sume'; did you mean 'sum'?"),
        ("random()", 0, "there is no function 'random'; there are: abs, avg, "),
        ("n place", 2, "two values stand side by side; put an operator between them"),
        ("n 'X'", 2, "two values stand side by side"),
        ("(n) (place)", 4, "two values stand side by side"),
        ('"sum" (n)', 6, "two values stand side by side"),
        ("interval '1 day'", 9, "two values stand side by side"),
        ("n as place", 2, "'as' belongs in cast(... as double): values get no names here; remove it"),
        ("(n as double)", 3, "'as' belongs in cast"),
        ("n -- note", 2, "comments do not belong in an expression; put them after a # in the document"),
        ("n /* note */", 2, "comments do not belong"),
        ("n; drop", 1, "';' does not belong in an expression; remove it"),
        ("n ^ 2", 2, "'^' does not belong in an expression; write pow(x, y)"),
        ("t.n", 1, "'.' does not belong in an expression; write a name that has a dot"),
        ("n::integer", 1, "':' does not belong"),
        ("n − 1", 2, "'−' does not belong in an expression; write a plain -"),
        ("place = ‘X’", 8, "'‘' does not belong in an expression; write a straight '"),
        ("place = 'X", 8, "''' does not belong in an expression; end the text with another '"),
        ('"my column', 0, "'\"' does not belong in an expression; end the name with another \""),
        ("n + ٣", 4, "'٣' does not belong"),
        ("(n + 1", 0, "this bracket is never closed; add ')'"),
        ("cast(n as text)", 10, "there is no type 'text'; there are: double, float, integer, varchar"),
        ("n + 1)", 5, "this bracket closes nothing; remove it"),
        ("greatest()", 8, "nothing stands in these brackets; give a value"),
        ("n +", 2, "a value is missing after '+'; write it"),
        ("n > 1 and", 6, "a value is missing after 'and'; write it"),
        ("* n", 0, "a value is missing before '*'; write it"),
        ("sum(*)", 4, "a value is missing before '*'; write it"),
        ("n ** 2", 3, "a value is missing before '*'; write it"),
        ("greatest(n, )", 12, "a value is missing before ')'; write it"),
        ("open and n not", 11, "a value is missing after 'not'; write it"),
        ("n not 1", 2, "'not' here wants 'in', 'like' or 'between' after it; write one"),
        ("10% n", 4, "'10%' is a share and a value follows it; write '10% * …', or 'mod(10, …)'"),
        ("10%(n)", 3, "'10%' is a share and a value follows it"),
        ("order + 1", 0, "'order' is a word of the rule language and stands where a value should; "),
        ("n + end", 4, "'end' is a word of the rule language"),
    ],
)
def test_it_refuses_at_the_very_character(expression: str, at: int, reason: str) -> None:
    what, offset = refusal(expression)
    assert what.startswith(reason)
    assert offset == at


def test_a_word_of_the_language_says_how_to_name_a_column_so() -> None:
    assert '"order", in double quotes' in refusal("order + 1")[0]


def test_it_refuses_what_is_too_long_or_too_deep() -> None:
    longest = "n" + "+n" * ((MOST_TOKENS - 1) // 2)
    assert numbers(longest) == [1_250, 2_500, 3_750]
    what = "the expression has more than 250 words, numbers and signs; name its parts"
    assert refusal(f"{longest} + n") == (what, len(longest) + 3)
    assert refusal("n" * (MOST_CHARACTERS + 1))[0].startswith(
        "the expression is longer than 2,000 characters"
    )
    assert numbers("(" * DEEPEST + "n" + ")" * DEEPEST) == [10, 20, 30]
    deep = "(" * (DEEPEST + 1) + "n" + ")" * (DEEPEST + 1)
    assert refusal(deep) == ("brackets are nested more than 40 deep; name its parts", DEEPEST)


@pytest.mark.parametrize(
    "expression",
    [
        "abs(n, 1)",
        "round(n, n)",
        "n, place",
        "n in 5",
        "n is 5",
        "case when n > 1 end",
        "n end",
        "1 / case when n > 1 then 2",
    ],
)
def test_what_only_polars_can_refuse_is_an_error_of_ours(expression: str) -> None:
    (line,) = problems_of(numbers, expression)
    assert line.startswith(f"'{expression}'")


def test_unknown_names_are_told_all_at_once_with_their_place_and_the_nearest_known() -> None:
    written = Written("nn + plac", Place("book.yaml", 3, 10, "'nn + plac'", "nn + plac"))
    assert problems_of(numbers, written) == [
        "book.yaml:3:11: unknown name 'nn'; did you mean 'n'?",
        "book.yaml:3:16: unknown name 'plac'; did you mean 'place'?",
    ]


def test_a_name_used_too_early_says_when_it_is_known() -> None:
    assert problems_of(numbers, "n + target") == [
        "'target' cannot be used here; it is known once need is measured"
    ]


# --- no value passes for a number


@pytest.mark.parametrize(
    ("expression", "areas"),
    [
        ("gap", "B (row 3)"),
        ("gap + 1", "B (row 3)"),
        ("n / sign", "B (row 3)"),
        ("sqrt(sign)", "A (row 2)"),
        ("ln(sign)", "A (row 2), B (row 3)"),
        ("distance", "B (row 3)"),
        ("case when n > 20 then 1 end", "A (row 2), B (row 3)"),
        ("nullif(n, 10)", "A (row 2)"),
        ("1e400", "A (row 2), B (row 3), C (row 4)"),
    ],
)
def test_no_finite_number_names_the_areas(expression: str, areas: str) -> None:
    (line,) = problems_of(numbers, expression)
    assert line.startswith(f"'{expression}' gives no finite number for {areas}; give the missing values, ")


def test_only_the_areas_asked_for_must_have_a_number() -> None:
    assert numbers("gap", among=np.array([True, False, True])) == [1, 0, 3]


def test_many_areas_without_a_value_are_counted() -> None:
    frame = pl.DataFrame({"id": [f"P{i}" for i in range(50)], "n": ["1"] * 10 + ["*"] * 40})
    (line,) = problems_of(Names(Table(frame, "t", id_column="id"), 50).numbers, "n")
    assert "for P10 (row 12), P11 (row 13), P12 (row 14), P13 (row 15), P14 (row 16) and 35 more;" in line


@pytest.mark.parametrize(
    "predicate",
    [
        "gap > 1",
        "gap = null",
        "n in (gap, 10)",
        "distance > 0",
        "sign / sign > 0",
        "n / sign > 0",
        "n % sign < 9",
        "n / 0 > 1",
    ],
)
def test_neither_true_nor_false_names_the_area(predicate: str) -> None:
    (line,) = problems_of(matches, predicate)
    assert "is neither true nor false for " in line
    assert "B (row 3)" in line


def test_areas_that_take_no_part_meet_no_condition() -> None:
    known = names()
    known.live = np.array([True, False, True])
    assert known.matches("gap > 0").tolist() == [True, False, True]
    assert known.matches("n > 0").tolist() == [True, False, True]


@pytest.mark.parametrize(
    "expression",
    [
        "sum(gap)",
        "avg(gap * 2)",
        "count(gap)",
        "corr(n, gap)",
        "sum(n) over (partition by gap)",
        "max(greatest(n, gap))",
        "sum(case when gap > 1 then gap end)",
        "greatest(gap, 0)",
        "least(n, gap)",
        "sum(n / distance)",
        "sum(n / sign)",
        "sum(case when n > 10 then n / sign end)",
        "greatest(n / sign, 0)",
    ],
)
def test_nothing_passes_over_missing_values_in_silence(expression: str) -> None:
    (line,) = problems_of(numbers, expression)
    assert line.startswith(f"'{expression}' passes over '")
    assert "which has no value for B (row 3)" in line


def test_greatest_looks_only_at_the_areas_it_is_for() -> None:
    assert numbers("greatest(gap, 2)", among=np.array([True, False, True])) == [2, 0, 3]
    problems_of(numbers, "sum(gap)", among=np.array([True, False, True]))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("place * 2", "computes with text: place is not numbers"),
        ("place * code", "computes with text: place, code are not numbers"),
        ("place + code", "gives text or yes/no where a number is needed"),
        ("n + '5'", "mixes numbers and text in quotes; write numbers without quotes"),
        ("case when n = '10' then 1 else 0 end", "mixes numbers and text in quotes"),
        ("case when code = 12 then 1 else 0 end", "computes with text: code is not numbers"),
        ("place", "gives text or yes/no where a number is needed"),
        ("n > 1", "gives text or yes/no where a number is needed"),
        ("n and 1", "takes a number for a condition"),
    ],
)
def test_text_used_as_a_number_says_so(expression: str, reason: str) -> None:
    (line,) = problems_of(numbers, expression)
    assert line.startswith(f"'{expression}' {reason}")


def test_a_number_is_no_condition() -> None:
    assert problems_of(matches, "n") == ["'n' is not a condition; compare with =, <, >, in or like"]


def test_one_number_for_all_areas_is_no_number_an_area() -> None:
    assert names().number("sum(n) * rate") == 3
    assert names().number("rate") == 0.05
    assert problems_of(names().number, "n") == [
        "'n' does not give one number; use an aggregate such as sum(...)"
    ]


def test_what_is_measured_comes_before_constants_and_those_before_columns() -> None:
    known = names()
    known.define({"twice": Written("n * 2")})
    known.know_constants({"population": 0.0, "n": 1.0, "twice": 5.0})
    assert known.numbers("population").tolist() == [1, 2, 4]
    assert known.numbers("n + twice").tolist() == [6, 6, 6]


# --- named columns


def test_named_columns_use_one_another() -> None:
    known = names()
    known.define({"double": Written("n * 2"), "triple": Written("double + n")})
    assert known.numbers("triple").tolist() == [30, 60, 90]


def test_a_named_column_that_defines_itself_is_refused() -> None:
    known = names()
    known.define({"a": Written("b + 1"), "b": Written("a")})
    assert problems_of(known.numbers, "a") == ["'a' defines itself: a → b → a; break the circle"]


# --- whatever is written

PIECES = [*FUNCTIONS, *KEYWORDS, *TABLE.columns, *CONSTANTS, "population", "distance", "target", "select"]
PIECES += ["1", "0", "2.5", "5%", "'X'", "'", '"my column"', '"', "1e400", "999999999999999999999", ".", ";"]
PIECES += [*"()()()()+-*/%<>=,,", "<=", "<>", "||", "--", " "]


def survives(expression: str) -> None:
    """It is read and computed, or refused by an error of ours."""
    try:
        parse(expression)
    except Misread as error:
        assert 0 <= error.offset <= len(expression)  # noqa: PT017
    for compute in (numbers, matches, names().number):
        try:
            compute(expression)
        except ExpressionError as error:
            assert str(error)  # noqa: PT017


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    survives(text)


@settings(max_examples=1_000)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_words_are_computed_or_refused(pieces: list[str]) -> None:
    survives(" ".join(pieces))


ATOMS = st.sampled_from(
    ["n", "gap", "sign", "place", "open", "rate", "who", "1", "5%", "'X'", "null", "distance"]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "=", "<", "and", "or", "||", "in", "like", "is"])


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, OPERATORS, inner),
        st.builds("({})".format, inner),
        st.builds("not {}".format, inner),
        st.builds("-{}".format, inner),
        st.builds(
            lambda name, given: f"{name}({', '.join(given)})",
            st.sampled_from(sorted(FUNCTIONS)),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds("case when {} then {} else {} end".format, inner, inner, inner),
        st.builds("cast({} as {})".format, inner, st.sampled_from(["double", "integer", "varchar"])),
        st.builds("sum({}) over (partition by {})".format, inner, inner),
    )


@settings(max_examples=1_000)
@given(st.recursive(ATOMS, deeper, max_leaves=6))
def test_any_expression_is_computed_or_refused(expression: str) -> None:
    survives(expression)

"""Documents: YAML of which nothing is guessed, and every problem told with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from helpers import problems_of
from hypothesis import given
from hypothesis import strategies as st

from allocate.documents.rulebook import Parameter, Rulebook
from allocate.documents.scenario import Scenario
from allocate.documents.strict_yaml import DEEPEST, MOST_BYTES, parse_document, read_document
from allocate.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

    from allocate.documents.document import Document


def parse(text: str) -> Document:
    return parse_document(text, "f.yaml")


def book(text: str) -> Rulebook:
    return parse("title: t\n" + text).read_as(Rulebook)


def problems_of_book(text: str) -> list[str]:
    """What is wrong with a book; its title is line 1."""
    return problems_of(book, text)


# --- nothing is guessed


@pytest.mark.parametrize(
    "text", ["no", "012", "1e3", "2022-04-01", "~", "null", "1:30", "0x1F", ".inf", "<<"]
)
def test_a_value_is_the_text_that_stands_there(text: str) -> None:
    assert parse(f"a: {text}").data == {"a": text}


def test_quotes_and_comments_are_not_part_of_a_value() -> None:
    assert parse("a: 'it''s'  # really\nb: \"x\\ty\"\nc: ''").data == {"a": "it's", "b": "x\ty", "c": ""}


def test_the_models_read_the_text() -> None:
    text = "title: no\nareas: 012\nrules: [1e3]\ndate: 2022-04-01\nleave_unspent: no\nbudget: 1e3\n"
    scenario = parse(text).read_as(Scenario)
    assert (scenario.title, scenario.areas, scenario.rules) == ("no", "012", ("1e3",))
    assert (scenario.date.isoformat(), scenario.leave_unspent) == ("2022-04-01", False)
    assert scenario.budget.total == 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2_850_000", 2_850_000),
        ("'2,850,000'", 2_850_000),
        ("£2.85m", 2_850_000),
        ("3.5%", 0.035),
        ("1e3", 1000),
        ("012", "012"),
        ("04C", "04C"),
        ("GMS", "GMS"),
        ("no", "no"),
    ],
)
def test_a_parameter_is_a_number_if_it_is_written_as_one(text: str, value: float | str) -> None:
    assert book(f"parameters: {{p: {text}}}").parameters["p"] == Parameter(value=value)


def test_a_date_is_written_in_one_way() -> None:
    for text in ("20230401", "2023-W13-6", "1/4/2023", "2023-13-01"):
        (line,) = problems_of_book(f"parameters: {{p: {{dated: {{{text}: 1}}}}}}")
        assert line.endswith(f"'{text}' is not a date; write it as 2023-04-01")


# --- what is refused


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1\nb: *x", "f.yaml:1:4: anchors and aliases are not used here; write it out"),
        ("a: !!str 1", "f.yaml:1:4: tags such as '!!str' are not used here; remove it, or quote the text"),
        ("a: !python/object:os.system x", "f.yaml:1:4: tags such as '!!str' are not used here"),
        ("a:\n\tb: 1", "f.yaml:2:1: is not YAML: .*; indent with spaces, not tabs"),
        ("a: [1, 2\n", "f.yaml:1:4: is not YAML: while parsing a flow sequence, .*close what is open"),
        ("a: 'x\nb: 1\n", "f.yaml:1:4: is not YAML: .*close what is open"),
        ("a: b: c", "f.yaml:1:5: is not YAML: mapping values are not allowed.*in quotes"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: is not YAML: expected a single document"),
        ("a: b\x07", r"f.yaml:1:5: has the character U\+0007, which nobody can see; remove it"),
        ("a: 1\nb: '\x85'", r"f.yaml:2:5: has the character U\+0085"),
        ("a: base\u200bline", r"f.yaml:1:8: has the character U\+200B"),
        ("a: \ud800", r"f.yaml:1:4: has the character U\+D800"),
    ],
)
def test_what_would_mislead_is_refused_with_its_place(text: str, problem: str) -> None:
    assert re.match(problem, problems_of(parse, text)[0])


def test_all_anchors_and_tags_are_told_at_once() -> None:
    assert [line.split(": ")[0] for line in problems_of(parse, "a: &x 1\nb: *x\nc: !t 1")] == [
        "f.yaml:1:4",
        "f.yaml:2:4",
        "f.yaml:3:4",
    ]


@pytest.mark.parametrize("depth", [DEEPEST + 1, 5_000])
def test_nesting_has_an_end(depth: int) -> None:
    (problem,) = problems_of(parse, "[" * depth + "]" * depth)
    assert re.fullmatch(rf"f\.yaml:1:\d+: is nested more than {DEEPEST} deep; simplify it", problem)
    parse("[" * DEEPEST + "x" + "]" * DEEPEST)


def test_a_key_is_written_once() -> None:
    assert problems_of_book("about: a\nabout: b\nparameters: {p: 1, p: 2}") == [
        "f.yaml:3:1: 'about' is written twice; keep one (first: line 2)",
        "f.yaml:4:20: 'p' is written twice; keep one (first: line 4)",
    ]


def test_a_key_is_text() -> None:
    assert problems_of_book("? [a, b]\n: 1") == ["f.yaml:2:3: a key must be text; write it as 'key: value'"]


def test_an_empty_value_is_no_value() -> None:
    assert problems_of_book("about:\nrules:\n-\n- {name: x, floor: }\n") == [
        "f.yaml:2:1: 'about' is empty; give it a value or remove the key",
        "f.yaml:4:2: item 1 is empty; give it a value or remove it",
        "f.yaml:5:3: item 2 needs exactly one of floor, cap, set but has none of them; keep one",
        "f.yaml:5:13: 'floor' is empty; give it a value or remove the key",
    ]


def test_a_number_with_commas_in_a_mapping_is_explained() -> None:
    text = "title: t\nareas: a.csv\nrules: [r]\nbudget: {new_money: 2,850,000}"
    assert problems_of(parse(text).read_as, Scenario) == [
        "f.yaml:4:23: '850' is empty; write a number with commas as 2_850_000, or in quotes",
        "f.yaml:4:27: '000' is empty; write a number with commas as 2_850_000, or in quotes",
    ]


# --- files


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert problems_of(read_document, tmp_path / "no.yaml", "no.yaml") == [
        "no.yaml: cannot be read (No such file or directory)"
    ]


def test_a_file_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("#" * (MOST_BYTES + 1))
    assert problems_of(read_document, path, "f") == [
        "f: is longer than 1,000,000 bytes; is it the right file?"
    ]


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("title: t\nabout: £5".encode("cp1252"))
    assert problems_of(read_document, path, "f") == ["f:2:1: is not UTF-8 text; save it as UTF-8"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_an_empty_file_lacks_what_is_needed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(text)
    assert problems_of(read_document(path, "f").read_as, Rulebook) == ["f:1:1: 'title' is missing; add it"]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbftitle: t\r\ncolumns:\r\n  c: baseline ; 2\r\n")
    assert problems_of(read_document(path, "f").read_as, Rulebook) == [
        "f:3:15: ';' does not belong in an expression; remove it"
    ]


@pytest.mark.parametrize("text", ["- a", "text", "42"])
def test_a_document_is_a_mapping(text: str) -> None:
    assert problems_of(parse(text).read_as, Rulebook) == [
        "f.yaml:1:1: the document must be a mapping; write it as 'key: value' lines"
    ]


# --- every problem at once, sorted, with its place


def test_every_problem_is_told_at_once_in_order() -> None:
    text = """rules:
- {name: a, flor: 1}
- {name: b, floor: 1, cap: 2}
- floor: 1
- hello
- {name: [x], floor: "1 +"}
- {name: c, cap: 1, of: profit}
share_out:
- {name: t, floor: 3, level_up: x}
need: {columns: a}
colums: {a: 1}
parameters: {p: [1], q: {source: s}}
"""
    assert problems_of_book(text) == [
        "f.yaml:3:13: unknown key 'flor'; did you mean 'floor'?",
        "f.yaml:4:3: item 2 needs exactly one of floor, cap, set but has floor and cap; keep one",
        "f.yaml:5:3: 'name' is missing; add it",
        "f.yaml:6:3: item 4 must be a mapping; write it as 'key: value' lines",
        "f.yaml:7:4: 'name' must be text; write it on the same line as its key",
        "f.yaml:7:25: a value is missing after '+'; write it",
        "f.yaml:8:25: 'of' must be 'allocation' or 'growth'",
        "f.yaml:10:13: unknown key 'floor';"
        " known here: about, amount, least_shortfall, level_up, name, pro_rata, source, to",
        "f.yaml:11:8: unknown key 'columns'; did you mean 'column'?",
        "f.yaml:12:1: unknown key 'colums'; did you mean 'columns'?",
        "f.yaml:13:14: 'p' must be a number or text; write it on the same line as its key",
        "f.yaml:13:22: 'q' needs either a value or dated ones; write 'value: 10%' or '2023-04-01: 10%'",
    ]


def test_a_list_whose_items_are_all_wrong_is_not_called_empty() -> None:
    assert problems_of_book("share_out: [x]") == [
        "f.yaml:2:13: item 1 must be a mapping; write it as 'key: value' lines"
    ]
    assert problems_of_book("share_out: []") == [
        "f.yaml:2:1: 'share_out' is empty; give at least one item, or leave the key out"
    ]


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("{split: A, into: {A: 60%, B: x}}", "f.yaml:6:32: 'x' is not a number"),
        ("{merge: [A, B], into: [A]}", "f.yaml:6:19: 'into' must be text"),
        ("{close: A, patients_to: {B: {people: x}}}", "f.yaml:6:40: 'x' is not a number"),
        ("{close: A, patients_to: [B, {C: 1}]}", "f.yaml:6:31: item 2 must be text"),
        ("{split: A, into: {A: 60%, B: 10%}}", "f.yaml:6:14: 'into' adds up to 0.7 of the people"),
    ],
)
def test_what_is_wrong_with_an_event_is_shown_where_it_is(event: str, problem: str) -> None:
    dated = event.removesuffix("}") + ", date: 2024/25}"
    text = f"title: t\nareas: a.csv\nrules: [a]\nyears: [{{year: 2024/25}}]\nevents:\n- {dated}\n"
    (told,) = problems_of(parse(text).read_as, Scenario)
    assert told.startswith(problem)


def test_a_wrong_rate_of_a_table_is_shown_where_it_is() -> None:
    years = "{from: 2023/24, to: 2024/25, population: {by: place, growth: {X: 1%, Y: x}}}"
    text = f"title: t\nareas: a.csv\nrules: [level-up]\nyears: {years}\n"
    (problem,) = problems_of(parse(text).read_as, Scenario)
    assert problem.startswith("f.yaml:4:80: 'x' is no rate")


def test_what_is_wrong_with_a_date_is_shown_at_the_date() -> None:
    assert problems_of_book("parameters:\n  p: {2023-04-01: 1, 2024-13-01: 2}")[0].startswith("f.yaml:3:22: ")


# --- the place of a character


@pytest.mark.parametrize(
    "written",
    [
        "baseline ; 2",
        "'baseline ; 2'",
        '"baseline ; 2"',
        "'place = ''X'' ; 2'",
        '"place = \\"a\\" ; 2"',
        '"place = \\x27X\\u0027 ; 2"',
        '"\\tbaseline\\n ; 2"',
        "\"'\\\\n' ; 2\"",
        "baseline\n     + 1\n     ; 2",
        "'baseline\n\n     + ''x'' ; 2'",
        '"baseline \\\n     ; 2"',
        ">-\n    baseline\n    + 1 ; 2",
        "|\n\n    baseline\n    ; 2",
        ">  # folded\n    place = ''\n    ; 2",
    ],
)
def test_the_place_of_a_character_is_where_it_stands(written: str) -> None:
    text = f"title: t\ncolumns:\n  c: {written}\n"
    at = text.rindex(";")
    line, column = text.count("\n", 0, at) + 1, at - text.rindex("\n", 0, at)
    (problem,) = problems_of(parse(text).read_as, Rulebook)
    assert problem.startswith(f"f.yaml:{line}:{column}: ';' does not belong")


def places_of_problems(text: str) -> list[str]:
    try:
        parse(text).read_as(Rulebook)
    except DocumentError as error:
        return [problem.where for problem in error.problems]
    return []


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    for where in places_of_problems(text):
        assert re.fullmatch(r"f\.yaml:[1-9]\d*:[1-9]\d*", where)


LEAVES = st.sampled_from(["x", "1", "'a b'", "[1, 2]", "{a: 1}", "", "2023-04-01", "sum(", "rest"])
KEYS = st.sampled_from([*Rulebook.model_fields, "name", "floor", "by", "blend", "share", "of", "zzz"])


@given(
    st.lists(st.tuples(KEYS, st.one_of(LEAVES, st.lists(st.tuples(KEYS, LEAVES), max_size=3))), max_size=6)
)
def test_any_shape_is_read_or_refused_with_a_place(items: list[tuple[str, Any]]) -> None:
    text = "".join(
        f"{key}: {value}\n"
        if isinstance(value, str)
        else f"{key}:\n" + "".join(f"- {{{inner}: {leaf}}}\n" for inner, leaf in value)
        for key, value in items
    )
    places = [tuple(map(int, where.split(":")[1:])) for where in places_of_problems(text)]
    assert places == sorted(places)
    assert all(line <= text.count("\n") + 1 for line, _ in places)

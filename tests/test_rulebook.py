"""Rule books: parameters, merging, names, and all problems of all books at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import yaml
from helpers import TABLE, make_scenario, problems_of

import allocate
from allocate.documents.bundled import RULES, SCENARIOS, rulebook_names
from allocate.documents.document import keys_of
from allocate.documents.fields import DATE
from allocate.documents.need_node import NEED_KINDS
from allocate.documents.policy import Policy, load_policy
from allocate.documents.rulebook import Parameter, Rulebook
from allocate.documents.scenario import Scenario
from allocate.documents.strict_yaml import parse_document
from allocate.errors import AllocateError, DocumentError, InputError
from allocate.language.expressions import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def policy(tmp_path: Path) -> Callable[..., Policy]:
    """Load books, each the text of a file without its title: 0.yaml, 1.yaml, ..."""

    def load(*books: str) -> Policy:
        for number, book in enumerate(books):
            (tmp_path / f"{number}.yaml").write_text(f"title: book {number}\n{book}")
        return load_policy([f"{number}.yaml" for number in range(len(books))], tmp_path)

    return load


def run(folder: Path, book: str, **keys: Any) -> allocate.Allocation:
    return allocate.run(make_scenario(folder, TABLE, f"title: t\n{book}", **keys))


def problems_of_run(folder: Path, book: str, **keys: Any) -> list[str]:
    return problems_of(run, folder, book, **keys)


# --- parameters

DATED = "parameters: {ceiling: {2023-04-01: 10%, 2024-04-01: 8%, source: s}}"


def test_a_parameter_may_be_written_in_four_ways(policy: Callable[..., Policy]) -> None:
    long = policy("parameters: {p: {value: 5%, unit: share, source: s, about: a}}")
    assert policy("parameters: {p: 5%}").settings({}, None) == long.settings({}, None) == {"p": 0.05}
    keyed, nested = policy(DATED), policy(DATED.replace("2023", "dated: {2023").replace("8%", "8%}"))
    assert keyed.merged.parameters == nested.merged.parameters


@pytest.mark.parametrize(
    ("on", "value"),
    [("2023-04-01", 0.10), ("2024-03-31", 0.10), ("2024-04-01", 0.08), ("2030-01-01", 0.08)],
)
def test_a_dated_parameter_holds_from_its_date_on(
    policy: Callable[..., Policy], on: str, value: float
) -> None:
    assert policy(DATED).settings({}, date.fromisoformat(on)) == {"ceiling": value}


def test_a_dated_parameter_has_no_value_before_its_first_date(policy: Callable[..., Policy]) -> None:
    assert problems_of(policy(DATED).settings, {}, date(2023, 3, 31)) == [
        "0.yaml:2:14: 'ceiling' has no value on 2023-03-31; its first is from 2023-04-01"
    ]


def test_a_dated_parameter_needs_a_date(tmp_path: Path) -> None:
    assert problems_of_run(tmp_path, DATED) == [
        "book.yaml:2:14: 'ceiling' depends on the date and the scenario has none; "
        "add 'date: 2023-04-01' to the scenario"
    ]


def test_a_parameter_has_either_a_value_or_dates(policy: Callable[..., Policy]) -> None:
    for given in ("{source: s}", "{value: 1, 2023-04-01: 2}"):
        (line,) = problems_of(policy, f"parameters: {{p: {given}}}")
        assert line.startswith("0.yaml:2:14: 'p' needs either a value or dated ones; write ")


def test_a_scenario_overrides_parameters(policy: Callable[..., Policy]) -> None:
    known = policy("parameters: {p: 1, q: 2}")
    assert known.settings({"p": "5%"}, None) == {"p": 0.05, "q": 2}
    dated = Parameter.model_validate({"2020-01-01": "X"})
    assert known.settings({"p": dated}, date(2021, 1, 1)) == {"p": "X", "q": 2}


def test_an_override_of_nothing_is_refused_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    book = "parameters: {ceiling: 1, floor_share: 2}"
    path = make_scenario(tmp_path, TABLE, f"title: t\n{book}", parameters={"celing": 3, "zzz": 4})
    assert problems_of(allocate.run, path) == [
        f"{path}:8:3: there is no parameter 'celing'; did you mean 'ceiling'?",
        f"{path}:9:3: there is no parameter 'zzz'; known here: ceiling, floor_share",
    ]
    assert problems_of_run(tmp_path, "about: none", parameters={"p": 1})[0].endswith(
        "there is no parameter 'p'; no rule book of this scenario has any"
    )


def test_a_code_is_text_though_its_digits_are_a_number(tmp_path: Path) -> None:
    table = "id,population,baseline,icb\nA,100,1000,012\nB,100,1000,04C\n"
    book = "title: t\nparameters: {which: 012}\nrules: [{name: r, cap: baseline, where: icb = which}]\n"
    assert allocate.run(make_scenario(tmp_path, table, book)).gains.tolist() == [0, 30_000]


# --- several books


def test_later_books_add_to_and_override_earlier_ones_by_name(policy: Callable[..., Policy]) -> None:
    merged = policy(
        "source: S0\nparameters: {p: 1, q: 2}\ncolumns: {c: population}\nneed: {index: '1'}\n"
        "rules: [{name: a, floor: 1}, {name: b, cap: 2, source: own}]\nshare_out: [{name: x, level_up: c}]",
        "source: S1\nparameters: {q: 3}\ncolumns: {d: c}\nrules: [{name: c, cap: 9}, {name: a, floor: 5}]",
    ).merged
    assert merged.title == "book 0 + book 1"
    assert {name: each.value for name, each in merged.parameters.items()} == {"p": 1, "q": 3}
    assert list(merged.columns) == ["c", "d"]
    assert [(rule.name, rule.amount, rule.source) for rule in merged.rules] == [
        ("a", "5", "S1"),
        ("b", "2", "own"),
        ("c", "9", "S1"),
    ]
    assert merged.need.index == "1"
    assert [tranche.name for tranche in merged.share_out] == ["x"]


def test_the_last_need_and_share_out_hold_as_a_whole(policy: Callable[..., Policy]) -> None:
    known = policy(
        "need: {index: '1'}\nshare_out: [{name: x, level_up: population}, {name: y, pro_rata: population}]",
        "need: {column: w}\nshare_out: [{name: z, pro_rata: baseline}]",
    )
    assert (known.merged.need.index, known.merged.need.column) == (None, "w")
    assert [tranche.name for tranche in known.tranches] == ["z"]


def test_without_a_share_out_there_is_one_levelling_up(policy: Callable[..., Policy]) -> None:
    (tranche,) = policy("about: nothing").tranches
    assert (tranche.level_up, tranche.amount) == ("weighted_population", "rest")


def test_the_problems_of_all_books_are_told_at_once(tmp_path: Path) -> None:
    texts = ["title: t\nrules: [{name: a, flor: 1}]", "titl: t", "a: [", "title: fine"]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    lines = problems_of(load_policy, ["0.yaml", "nope", "1.yaml", "2.yaml", "levelup", "3.yaml"], tmp_path)
    assert [line.split(";")[0] for line in lines] == [
        "0.yaml:2:19: unknown key 'flor'",
        "there is no rule book 'nope'",
        "1.yaml:1:1: 'title' is missing",
        "1.yaml:1:1: unknown key 'titl'",
        "2.yaml:1:5: is not YAML: while parsing a flow node, did not find expected node content",
        "there is no rule book 'levelup'",
    ]
    assert lines[-1].endswith("did you mean 'level-up'?")


# --- what a book may say


def test_a_rule_has_exactly_one_limit(policy: Callable[..., Policy]) -> None:
    for limits, had in (
        ("source: s", "has none of them"),
        ("floor: 1, cap: 2, set: 3", "has floor and cap and set"),
    ):
        assert problems_of(policy, f"rules: [{{name: r, {limits}}}]") == [
            f"0.yaml:2:9: item 1 needs exactly one of floor, cap, set but {had}; keep one"
        ]


def test_a_need_node_is_of_exactly_one_kind(policy: Callable[..., Policy]) -> None:
    kinds = ", ".join(NEED_KINDS)
    assert problems_of(policy, "need: {blend: [{share: 100%, of: {name: n}}]}") == [
        f"0.yaml:2:30: 'of' needs exactly one of {kinds} but has none of them; keep one"
    ]
    assert problems_of(policy, "need: {index: '1', column: c}") == [
        f"0.yaml:2:1: 'need' needs exactly one of {kinds} but has column and index; keep one"
    ]


def test_a_tranche_has_exactly_one_method(policy: Callable[..., Policy]) -> None:
    (line,) = problems_of(policy, "share_out: [{name: t}]")
    assert line.startswith("0.yaml:2:13: item 1 needs exactly one of level_up, pro_rata")
    assert "but has none of them; keep one" in line
    (line,) = problems_of(policy, "share_out: [{name: t, level_up: population, pro_rata: population}]")
    assert "but has level_up and pro_rata; keep one" in line


def test_to_goes_with_level_up(policy: Callable[..., Policy]) -> None:
    assert problems_of(policy, "share_out: [{name: t, pro_rata: population, to: target}]") == [
        "0.yaml:2:13: 'to' goes with level_up; remove it, or use a cap rule"
    ]


@pytest.mark.parametrize(
    "book",
    [
        "rules:\n- {name: '1', floor: 1}\n- {name: 1, cap: 2}",
        "share_out:\n- {name: '1', level_up: c}\n- {name: 1, pro_rata: c}",
    ],
)
def test_a_name_is_given_once_in_a_book(policy: Callable[..., Policy], book: str) -> None:
    assert problems_of(policy, book) == [
        "0.yaml:4:10: '1' is the name of another part too; give each its own"
    ]


@pytest.mark.parametrize("name", BUILT_IN)
def test_names_of_the_engine_are_reserved(policy: Callable[..., Policy], name: str) -> None:
    for kind, called in (("parameters", "parameter"), ("columns", "named column")):
        (line,) = problems_of(policy, f"{kind}: {{{name}: 1}}")
        assert line.startswith(f"0.yaml:2:{len(kind) + 4}: a {called} cannot be called '{name}': it means ")
        assert line.endswith("; choose another name")


def test_a_name_is_a_parameter_or_a_named_column(policy: Callable[..., Policy]) -> None:
    assert problems_of(policy, "parameters: {p: 1}", "columns: {p: population}") == [
        "1.yaml:2:11: 'p' is both a parameter and a named column; rename one"
    ]


# --- names in expressions


def test_unknown_names_are_told_at_once_in_order_with_the_nearest(tmp_path: Path) -> None:
    book = """need: {index: nead}
columns: {c: baselin * 2}
rules:
- {name: a, floor: c + popultion}
- {name: b, cap: '1', where: plase = 'X'}
target: targt
share_out:
- {name: t, level_up: weighted_populatio, to: fair_shar, amount: new_mony}
"""
    lines = problems_of_run(tmp_path, book)
    assert [line.split(": ")[0] for line in lines] == [
        f"book.yaml:{place}" for place in ("2:15", "3:14", "5:24", "6:30", "7:9", "9:23", "9:47", "9:66")
    ]
    assert lines[2] == "book.yaml:5:24: unknown name 'popultion'; did you mean 'population'?"


MEASURED = ("weighted_population", "need_index", "target", "distance")
FUNDED = ("fair_share", "budget", "new_money", "growth")


@pytest.mark.parametrize("name", [*MEASURED, *FUNDED, "money_left", "year"])
def test_need_uses_only_what_is_known_before_it(tmp_path: Path, name: str) -> None:
    (line,) = problems_of_run(tmp_path, f"need: {{index: 1 + {name}}}")
    assert line.startswith(f"book.yaml:2:19: '{name}' cannot be used here; ")


@pytest.mark.parametrize("name", [*FUNDED, "money_left", "year"])
def test_rules_use_the_budget_only_if_there_is_one(tmp_path: Path, name: str) -> None:
    book = f"rules: [{{name: r, floor: 0 * {name}}}]"
    (line,) = problems_of_run(tmp_path, book, budget=None)
    assert line.startswith(f"book.yaml:2:30: '{name}' cannot be used here; ")
    if name in FUNDED:
        run(tmp_path, book)


def test_names_that_lack_a_budget_or_a_date_are_told_with_everything_else(tmp_path: Path) -> None:
    book = "need: {index: nead}\nrules: [{name: r, floor: new_money + year}]"
    assert [line.split(": ")[0] for line in problems_of_run(tmp_path, book, budget=None)] == [
        "book.yaml:2:15",
        "book.yaml:3:26",
        "book.yaml:3:38",
    ]


def test_what_cannot_be_used_is_not_suggested(tmp_path: Path) -> None:
    (line,) = problems_of_run(tmp_path, "need: {index: targt}")
    assert line == "book.yaml:2:15: unknown name 'targt'; known here: baseline, id, place, population"


def test_targets_do_not_depend_on_the_budget_or_themselves(tmp_path: Path) -> None:
    lines = problems_of_run(tmp_path, "target: target + fair_share")
    assert lines == [
        "book.yaml:2:9: 'target' cannot be used here; it is what this defines",
        "book.yaml:2:18: 'fair_share' cannot be used here; targets do not depend on the budget",
    ]


def test_a_tranche_may_use_everything(tmp_path: Path) -> None:
    book = (
        "share_out:\n- {name: u, pro_rata: baseline * distance * 0 + need_index * growth}\n"
        "- {name: t, amount: money_left / 2 + year, level_up: weighted_population, to: fair_share}"
    )
    assert run(tmp_path, book, date="2024-04-01").amounts.sum() == 380_000


def test_a_named_column_used_too_early_says_so(tmp_path: Path) -> None:
    book = "need: {index: c}\ncolumns: {c: weighted_population}"
    assert problems_of_run(tmp_path, book) == [
        "book.yaml:3:14: 'weighted_population' cannot be used here; it is known once need is measured"
    ]


def test_a_name_under_columns_that_nothing_uses_is_refused(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE, None, columns={"populaton": "population"})
    (line,) = problems_of(allocate.run, path)
    assert line == (
        f"{path}:8:3: nothing uses 'populaton' (the column 'population'); did you mean 'population'?"
    )


def test_problems_of_the_table_and_of_the_rules_are_told_together(tmp_path: Path) -> None:
    path = make_scenario(tmp_path, TABLE.replace("200", "x"), "title: t\nneed: {index: nead}")
    assert [line.split(": ")[0] for line in problems_of(allocate.run, path)] == [
        "book.yaml:2:15",
        "areas.csv row 3, column 'population' (B)",
    ]


# --- the schema that editors use


def plainly(text: str) -> Any:
    """A document as an editor's YAML reads it: dates as keys are text."""

    def keyed(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): keyed(each) for key, each in value.items()}
        return [keyed(each) for each in value] if isinstance(value, list) else value

    return keyed(yaml.safe_load(text))


SHORT_FORMS = "title: t\nparameters: {a: 5%, b: 3, c: {2023-04-01: 1, 2024-04-01: X, source: s}}\n"
BOOKS = [(name, (RULES / f"{name}.yaml").read_text(encoding="utf-8")) for name in rulebook_names()]
BOOKS += [
    ("my-rules", (SCENARIOS / "starter" / "my-rules.yaml").read_text(encoding="utf-8")),
    ("short", SHORT_FORMS),
]


@pytest.mark.parametrize("text", [text for _, text in BOOKS], ids=[name for name, _ in BOOKS])
def test_the_schema_accepts_what_the_models_accept(text: str) -> None:
    schemas = pytest.importorskip("jsonschema")
    parse_document(text, "f").read_as(Rulebook)
    schemas.validate(plainly(text), Rulebook.model_json_schema())


@pytest.mark.parametrize(
    "part",
    ["rules: [{name: r, flor: 1}]", "parameters: {p: {valu: 1}}", "need: {blend: [{shar: 1}]}", "colums: {}"],
)
def test_the_schema_refuses_keys_that_the_models_refuse(part: str) -> None:
    schemas = pytest.importorskip("jsonschema")
    with pytest.raises(DocumentError):
        parse_document(f"title: t\n{part}", "f").read_as(Rulebook)
    with pytest.raises(schemas.ValidationError):
        schemas.validate(plainly(f"title: t\n{part}"), Rulebook.model_json_schema())


@pytest.mark.parametrize("budget", ["97_170_000", "{new_money: 2_850_000}", "{growth: 3.09%}"])
def test_the_schema_of_a_scenario_knows_every_way_to_write_a_budget(budget: str) -> None:
    schemas = pytest.importorskip("jsonschema")
    text = f"title: t\nareas: a.csv\nrules: [level-up]\nbudget: {budget}\n"
    parse_document(text, "f").read_as(Scenario)
    schemas.validate(plainly(text), Scenario.model_json_schema())


def keys_in(value: Any, *, named: bool = False) -> set[str]:
    """The keys of a document, but not dates or the names it gives (`named`: the keys here are names)."""
    if isinstance(value, list):
        return {key for each in value for key in keys_in(each)}
    if not isinstance(value, dict):
        return set()
    inner = {key for name, each in value.items() for key in keys_in(each, named=name in GIVE_NAMES)}
    return inner if named else inner | {key for key in value if not DATE.fullmatch(str(key))}


GIVE_NAMES = ("parameters", "columns", "bands", "table")
"""Keys under which a document gives names of its own."""


def test_the_schema_names_every_key() -> None:
    everywhere = keys_of(Rulebook).union(
        *(keys_of(Rulebook, at) for at in [("rules", 0), ("share_out", 0), ("parameters", "p"), ("need",)]),
        *(keys_of(Rulebook, ("need", *at)) for at in [("lookup",), ("blend", 0), ("product", 0)]),
    )
    for _, text in BOOKS[:-1]:
        assert keys_in(plainly(text)) <= everywhere
    promised = "title about source parameters need columns rules target closing_target share_out"
    promised += " value unit name floor cap set where of amount level_up to pro_rata share lookup table"
    assert everywhere >= {*promised.split(), *NEED_KINDS}
    assert "floor" not in keys_of(Rulebook, ("share_out", 0))


@pytest.mark.parametrize("name", rulebook_names())
def test_every_bundled_book_has_a_title_an_about_and_sources(name: str, tmp_path: Path) -> None:
    ((_, book),) = load_policy([name], tmp_path).books
    assert book.title
    assert book.about
    assert book.source
    assert all(parameter.source for parameter in book.parameters.values())


def test_a_rule_book_is_frozen_and_may_be_given_by_a_program() -> None:
    book = Rulebook.model_validate(
        {"title": "t", "parameters": {"p": 0.05}, "rules": [{"name": "r", "cap": 1}]}
    )
    with pytest.raises(ValueError, match="frozen"):
        book.title = "u"  # type: ignore[misc]
    assert (book.parameters["p"].value, book.rules[0].amount) == (0.05, "1")
    with pytest.raises(AllocateError, match="unknown key 'flor'; did you mean 'floor'"):
        allocate.solve({"id": ["A"]}, {"title": "t", "rules": [{"name": "r", "flor": 1}]})


@pytest.mark.parametrize("kind", ["parameters", "columns"])
def test_a_name_that_the_table_uses_too_is_refused(kind: str) -> None:
    table = pl.DataFrame({"id": ["A"], "population": [1], "baseline": [100], "uplift": [5]})
    book = {
        "title": "Twice",
        kind: {"uplift": "0.1"},
        "rules": [{"name": "up", "floor": "baseline * uplift"}],
    }
    with pytest.raises(InputError, match=r"'uplift' is a .* here and a column of the table too"):
        allocate.solve(table, book, budget=200)

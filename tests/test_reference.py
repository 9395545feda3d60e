"""The reference is complete and true: what the pages name exists, and what exists is in them."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import click
import polars as pl
import pytest
import yaml
from sitebuilder import books, commands, errors, filled, links, models

import allocate
from allocate.areas import ROLES
from allocate.cli import main
from allocate.documents.bundled import rulebook_names
from allocate.documents.rulebook import Rule, Rulebook, Tranche
from allocate.documents.scenario import Scenario
from allocate.language import grammar
from allocate.language.expressions import BUILT_IN
from tests.pages import PAGES, ROOT, blocks
from tests.test_docs import name_of

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {context.command_path: context.command for context in commands.commands()}
REFERENCE = ROOT / "docs" / "reference"


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def options_of(command: click.Command) -> set[str]:
    return {name for each in command.params for name in each.opts if name.startswith("-")} | {"--help"}


def inline_code(text: str) -> list[str]:
    without_blocks = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", without_blocks)]


def command_lines(page: Path) -> list[str]:
    """Everything in a page that calls allocate: lines to type, and code in sentences."""
    scripts = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    outputs = re.findall(r"<!-- output: (allocate .+?) -->", text_of(page))
    lines = [line.split("#")[0].strip() for line in [*scripts.splitlines(), *outputs]]
    said = [code for code in inline_code(text_of(page)) if "..." not in code and "COMMAND" not in code]
    return [line for line in [*lines, *said] if re.match(r"allocate (--\w+ \S+ )*[a-z]", line)]


class TestCommands:
    @pytest.mark.parametrize("page", [page for page in PAGES if command_lines(page)], ids=name_of)
    def test_what_pages_tell_to_type_exists(self, page: Path) -> None:
        for line in command_lines(page):
            words = shlex.split(re.split(r" (?:2>&1|\|\||>) ?", line)[0])
            while words[1].startswith("--"):
                assert words[1] in options_of(main), line
                del words[1:3]
            path = " ".join(words[:3]) if " ".join(words[:3]) in COMMANDS else " ".join(words[:2])
            if path not in COMMANDS:
                assert any(each.startswith(path + " ") for each in COMMANDS), f"no command: {line}"
                continue
            asked = {word.split("=")[0] for word in words if word.startswith("--")}
            assert asked <= options_of(COMMANDS[path]), line

    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_options_that_pages_speak_of_exist(self, page: Path) -> None:
        known = set().union(*map(options_of, [main, *COMMANDS.values()]))
        spoken = {
            code.split()[0].split("=")[0] for code in inline_code(text_of(page)) if code.startswith("--")
        }
        assert spoken <= known

    def test_the_reference_has_every_command_with_every_option(self) -> None:
        made = commands.reference()
        before = made.partition("\n## `")[0]
        assert set(re.findall(r"^`(--[a-z-]+)", before, re.MULTILINE)) == options_of(main) - {
            "--help",
            "-h",
            "--version",
        }
        for path, command in COMMANDS.items():
            (section,) = re.findall(rf"^## `{path}`\n(.*?)(?=^\(|\Z)", made, re.DOTALL | re.MULTILINE)
            shown = set(re.findall(r"^`(--[a-z-]+)", section, re.MULTILINE))
            assert shown == options_of(command) - {"--help", "-h"}
            assert [each for each in command.params if isinstance(each, click.Option) and not each.help] == []
        assert set(re.findall(r"\[`(allocate [a-z ]+)`\]", commands.overview())) == set(COMMANDS)

    def test_a_renamed_option_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        option = next(each for each in COMMANDS["allocate run"].params if each.name == "out")
        monkeypatch.setattr(option, "opts", ["--output"])
        with pytest.raises(AssertionError, match="--out"):
            self.test_what_pages_tell_to_type_exists(ROOT / "docs" / "start.md")

    def test_commands_are_where_the_program_has_them(self) -> None:
        assert {path.split()[1] for path in COMMANDS} == set(main.list_commands(click.Context(main)))


class TestPython:
    def test_the_reference_has_every_public_name_once(self) -> None:
        named = [
            name for what, words in filled.places(REFERENCE / "python.md") if what == "api" for name in words
        ]
        assert sorted(named) == sorted(allocate.__all__)

    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_what_pages_call_exists(self, page: Path) -> None:
        import allocate.nhs

        code = "\n".join([*blocks(page, "python"), *inline_code(text_of(page))])
        for path in re.findall(r"\ballocate((?:\.[A-Za-z_]+)+)\b(?!\.(?:py|md))", code):
            thing = allocate
            for name in path.split(".")[1:]:
                assert hasattr(thing, name), f"allocate{path}"
                thing = getattr(thing, name)
                if not isinstance(thing, type(allocate)):
                    break

    def test_the_tree_of_exceptions_is_whole(self) -> None:
        shown = set(re.findall(r"`(\w+)` \|", errors.table()))
        public = {name for name in allocate.__all__ if name in vars(sys.modules["allocate.errors"])}
        assert shown == public == {kind.__name__ for _, kind in errors.tree()}


class TestDocuments:
    def test_every_part_has_its_keys_in_the_reference_once(self) -> None:
        pages = [REFERENCE / "rule-books.md", REFERENCE / "scenarios.md"]
        shown = [words[0] for page in pages for what, words in filled.places(page) if what == "keys"]
        assert sorted(shown) == sorted(models.MODELS)

    @pytest.mark.parametrize("model", models.MODELS)
    def test_every_key_says_what_it_is_and_how_it_is_written(self, model: str) -> None:
        rows = [row.split(" | ") for row in models.keys(model).splitlines()[2:]]
        assert len(rows) == len(models.MODELS[model].model_fields)
        assert all(len(row) == 4 and row[1].strip() and row[2].strip() for row in rows)

    def test_no_part_of_the_documents_is_left_out(self) -> None:
        schemas = [Rulebook.model_json_schema(), Scenario.model_json_schema()]
        parts = {name for schema in schemas for name in schema.get("$defs", {})}
        assert parts <= set(models.MODELS)

    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_rules_in_sentences_are_rules(self, page: Path) -> None:
        for code in inline_code(text_of(page)):
            if code.startswith("{name: "):
                given = yaml.safe_load(code)
                (Rule if {"floor", "cap", "set"} & set(given) else Tranche).model_validate(given)

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("names", set(BUILT_IN)),
            ("functions", grammar.FUNCTIONS | grammar.KEYWORDS | grammar.TYPES),
        ],
    )
    def test_the_page_has_every_word_of_the_language_and_no_other(self, place: str, words: set[str]) -> None:
        page = text_of(REFERENCE / "expressions.md")
        (told,) = re.findall(rf"<!-- from the code: {place} -->(.*?)<!-- end -->", page, re.DOTALL)
        assert sorted(re.findall(r"`(\w+)`", told)) == sorted(words)
        assert set(re.findall(r"`(\w+)`", filled.made(place, []))) == words

    def test_every_bundled_book_is_in_the_catalogue_with_a_formula(self) -> None:
        told = books.rows()
        assert set(told) == set(rulebook_names())
        assert [name for name, row in told.items() if not row.formula.startswith("$")] == []
        made = books.catalogue()
        assert [name for name in rulebook_names() if f"({name})=\n### " not in made] == []

    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_links_into_the_catalogue_lead_to_books(self, page: Path) -> None:
        assert set(re.findall(r"catalogue\.md#([\w-]+)", text_of(page))) <= set(rulebook_names())


def described(page: Path, heading: str) -> list[str]:
    """The names in the first column of the table under a heading."""
    section = re.split(
        r"^#{2,3} ", text_of(page).partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE
    )[0]
    return [
        name
        for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every command has written its files."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "persons.csv").write_text("person,practice\n1,A\n2,A\n3,B\n", encoding="utf-8")
    (folder / "heads.yaml").write_text("title: Heads\nneed: {name: heads, index: 1}\n", encoding="utf-8")
    for line in (
        "run llr --out run",
        "years llr-five-years --planned --out years",
        "compare llr run --by place --out compared",
        "audit llr --out audited",
        "sweep llr --vary new_money=2m:3m:2 --areas --out points.csv --workers 1",
        "cost llr --to 95% --out cost.csv",
        "uncertainty llr --need-error 5% --draws 5 --out uncertainty.csv",
        "weigh persons.csv --rules heads.yaml --by practice --out weighed.csv",
    ):
        command = [sys.executable, "-m", "allocate", *line.split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


class TestFiles:
    @pytest.mark.parametrize(
        ("file", "heading", "besides"),
        [
            ("run/allocations.csv", "`allocations.csv`", set()),
            ("years/money.csv", "`money.csv`", set()),
            ("years/planned.csv", "`planned.csv`", set()),
            ("audited/audit.csv", "`audit.csv`", set()),
            ("audited/curves.csv", "`curves.csv`", set()),
            ("points-areas.csv", "`points-areas.csv`", set()),
            ("uncertainty.csv", "`uncertainty.csv`", set()),
            ("weighed.csv", "`weighed.csv`", {"practice", "heads"}),
        ],
    )
    def test_the_columns_of_a_file(self, written: Path, file: str, heading: str, besides: set[str]) -> None:
        shown = set(described(REFERENCE / "files.md", heading)) - {"--by"}
        assert set(pl.read_csv(written / file).columns) - besides == shown

    def test_the_columns_of_years(self, written: Path) -> None:
        run = described(REFERENCE / "files.md", "`allocations.csv`")
        assert set(pl.read_csv(written / "years/years.csv").columns) == {"year", *run, "allocation_real"}

    def test_the_columns_of_a_comparison(self, written: Path) -> None:
        shown = set(described(REFERENCE / "files.md", "`comparison.csv`")) - {"--by"}
        columns = pl.read_csv(written / "compared/comparison.csv").columns
        assert {re.sub(":.*", ":", name) for name in columns} - {"place"} == shown

    def test_the_columns_of_points_and_of_the_cost_curve(self, written: Path) -> None:
        shown = set(described(ROOT / "docs/developers/sweeps.md", "What comes out"))
        fixed = {name for name in shown if name == name.lower() and name not in ("(varied)", "0.15")}
        columns = {
            name for name in pl.read_csv(written / "points.csv").columns if not name.startswith("held by")
        }
        assert columns <= fixed
        curve = set(described(ROOT / "docs/strategy/what-it-would-take.md", "The curve"))
        assert set(pl.read_csv(written / "cost.csv").columns) | {"new_money_with_rules"} == curve

    def test_the_files_and_keys_of_a_run(self, written: Path) -> None:
        keys = set(json.loads((written / "years/run.json").read_text(encoding="utf-8"))) | {"areas"}
        assert keys == set(described(REFERENCE / "files.md", "`run.json`"))
        told = text_of(REFERENCE / "files.md")
        for folder in ("run", "years", "compared", "audited"):
            assert [path.name for path in (written / folder).iterdir() if f"`{path.name}`" not in told] == []

    def test_the_extras(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for_us = {"test", "bench", "check", "docs", "fuzz"}
        shown = {
            name for name in described(ROOT / "docs" / "start.md", "1. Install") if not name.startswith(".")
        }
        assert shown == set(project["optional-dependencies"]) - for_us

    def test_roles_of_columns(self) -> None:
        assert described(REFERENCE / "files.md", "Tables that are read") == list(ROLES)


WORD = r"[a-z]+(?:_[a-z0-9]+)+"
"""A word that only a program can mean."""


@pytest.fixture(scope="module")
def words(written: Path) -> set[str]:
    """Every such word that means something: keys, names, columns, parameters, measures."""
    known = {
        field.alias or name for kind in models.MODELS.values() for name, field in kind.model_fields.items()
    }
    known |= set(BUILT_IN) | grammar.FUNCTIONS
    for name in allocate.__all__:
        public = getattr(allocate, name)
        known |= {name, *dir(public)}
        known |= set(inspect.signature(public).parameters) if inspect.isfunction(public) else set()
    for page in PAGES:
        known |= set(re.findall(WORD, "\n".join([*blocks(page, "yaml"), *blocks(page, "csv")])))
    files = [path for path in written.rglob("*") if path.suffix in (".csv", ".json")]
    files += [*(ROOT / "rules").glob("*.yaml"), ROOT / "scenarios" / "llr" / "areas.csv"]
    files += [*(ROOT / "allocate" / "nhs").glob("*.py"), *(ROOT / "allocate" / "equity").glob("*.py")]
    return known.union(*(re.findall(WORD, path.read_text(encoding="utf-8")) for path in files))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_word_of_the_program_that_a_page_uses_means_something(page: Path, words: set[str]) -> None:
    used = (re.fullmatch(rf"({WORD}):?(?: .*)?", code) for code in inline_code(text_of(page)))
    assert {found[1] for found in used if found} <= words


class TestTheSite:
    def test_dead_links_and_what_is_loaded_from_elsewhere_are_found(self, tmp_path: Path) -> None:
        (tmp_path / "a.html").write_text(
            '<link rel="stylesheet" href="https://example.org/x.css"><img src="gone.png">'
            '<a href="b.html#here">1</a><a href="b.html#there">2</a><a href="https://example.org">3</a>',
            encoding="utf-8",
        )
        (tmp_path / "b.html").write_text('<h1 id="here">b</h1><a href="c.html">c</a>', encoding="utf-8")
        (tmp_path / "s.css").write_text("@font-face {src: url(https://example.org/f.woff)}", encoding="utf-8")
        assert sorted(links.problems_of(tmp_path)) == [
            "a.html: 'b.html#there' leads to a page that has no such place",
            "a.html: 'gone.png' leads nowhere",
            "a.html: 'https://example.org/x.css' is loaded from elsewhere",
            "b.html: 'c.html' leads nowhere",
            "s.css: loads from elsewhere",
        ]

    def test_every_place_can_be_filled(self) -> None:
        asked = {what for page in PAGES for what, _ in filled.places(page)}
        assert asked == set(filled.MAKERS)


class TestFigures:
    def test_the_example_by_hand(self) -> None:
        page = ROOT / "docs" / "how" / "index.md"
        frame = pl.read_csv(blocks(page, "csv")[0].encode())
        columns = {"id": "code", "population": "people", "baseline": "today"}
        need = {"title": "Need", "need": {"index": "need"}}
        areas = allocate.solve(frame, need, budget=400_000, columns=columns).areas
        rows = re.findall(r"^\| ([ABCD]) \| (.+) \|$", text_of(page), re.MULTILINE)
        before, after = dict(rows[:4]), dict(rows[4:])
        for row in areas.to_dicts():
            weighted, today, each, target, distance, fair = before[row["id"]].split(" | ")
            assert number(weighted) == row["weighted_population"]
            assert [number(today), number(target), number(fair)] == [
                float(row[name]) for name in ("baseline", "target", "fair_share")
            ]
            assert number(each) == round(float(row["baseline"]) / row["weighted_population"], 2)
            assert number(distance) == round(row["opening_distance"] * 100, 1)
            assert number(after[row["id"]].rpartition("| ")[2]) == float(row["allocation"])

    def test_leicester_by_need_alone_and_with_health_inequalities(self, data: Path) -> None:
        """The figures of `docs/strategy/need.md`."""
        practices = pl.read_csv(data / "llr_practices_2022_23.csv", infer_schema_length=None)
        city = practices.filter(pl.col("lad_name") == "Leicester")
        for year in ("2022_23", "2025_26"):
            later = "" if year == "2022_23" else f"_{year}"
            need, final = (
                city[f"nhse_wp_primary_medical_{what}{later}"].sum() / city[f"nhse_pop_{year}"].sum()
                for what in ("need", "final")
            )
            shown = f"| {year.replace('_', '/')} | {need:.3f} | {final:.3f} |"
            assert shown in text_of(ROOT / "docs" / "strategy" / "need.md")


def number(text: str) -> float:
    return float(text.strip("* ").replace(",", "").replace("−", "-").replace("%", ""))

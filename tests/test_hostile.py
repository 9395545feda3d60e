"""Hostile input: no traceback, no hang, no file outside the output folder, nothing that becomes code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from contextlib import nullcontext, redirect_stdout, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import yaml
from attacks import SHEET, STRINGS, ask, edited, errors, files_in, renamed, workbook
from click.testing import CliRunner
from helpers import TABLE, make_scenario, problems_of
from hostile import HOSTILE, hostile_allocation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import allocate
from allocate import engine
from allocate.cli import HOMES, TRACEBACK, main
from allocate.documents.policy import MOST_COLUMNS, MOST_PRIORITIES, MOST_RULES, MOST_TRANCHES
from allocate.files import parquet_pages, tables, unpacking
from allocate.files.csv_files import from_csv, to_csv
from allocate.impact import save_impact
from allocate.language.expressions import MOST_TOKENS
from allocate.language.names import DEEPEST as DEEPEST_NAMES
from allocate.unseen import MOST_SHOWN, in_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

BASIC = "title: T\nareas: areas.csv\nrules: [level-up]\nbudget: {new_money: 300}\n"


def written(folder: Path, text: str | bytes, table: str | bytes = TABLE, name: str = "areas.csv") -> Path:
    """A scenario as it stands, with its table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(table if isinstance(table, bytes) else table.encode())
    (folder / "scenario.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def with_book(folder: Path, **book: Any) -> Path:
    """A scenario with a rule book."""
    return make_scenario(folder, TABLE, yaml.safe_dump({"title": "b", **book}))


class TestDocuments:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "anchors and aliases are not used here"),
            (BASIC + "<<: {title: x}\n", "unknown key '<<'"),
            (BASIC + "about: " + "[" * 200_000, "is nested more than 30 deep"),
            (BASIC + "about: " + "{a: " * 50_000, "is nested more than 30 deep"),
            (BASIC + "\n".join(" " * at + "a:" for at in range(300)), "is nested more than 30 deep"),
            (BASIC + "x: !!python/object/apply:os.system [ls]\n", "tags such as '!!str' are not used here"),
            (BASIC + "about: " + "x" * 1_000_001, "is longer than 1,000,000 bytes"),
            (BASIC.replace("T", "\0"), "has the character U+0000, which nobody can see"),
            (BASIC.replace("title: T", r'title: "a\x1b[31m"'), "has the character U+001B"),
            (BASIC.replace("title: T", r'title: "a\0"'), "has the character U+0000"),
            (BASIC.replace("title: T", 'title: "a\u202ea"'), "has the character U+202E"),
            (BASIC.replace("title: T", r'title: "a\u2066a"'), "has the character U+2066"),
            (BASIC.replace("title", r'"ti\0tle"'), "has the character U+0000"),
            (BASIC.replace("areas.csv", r'"a\0.csv"'), "has the character U+0000"),
            (BASIC.replace("300", "1e400"), "is too large a number"),
            (BASIC.replace("300", "9" * 5_000), "is too large a number"),
            (BASIC.replace("300", "1e-400"), "has a fraction of a penny"),
            (BASIC.replace("300", ".inf"), "is not a number"),
            (BASIC.replace("new_money: 300", "growth: 1e300%"), "the pot of"),
            (BASIC + "round_to: 1e999999999\n", "is too large a number"),
            (BASIC + "date: 99999-01-01\n", "is not a date"),
            (BASIC.encode("utf-16"), "is not UTF-8 text"),
            (b"\xff\xfe\x00", "is not UTF-8 text"),
            ("", "'title' is missing"),
            ("---\n---\n", "is not YAML"),
        ],
    )
    def test_are_refused_in_a_line(self, tmp_path: Path, text: str | bytes, said: str) -> None:
        lines = errors("run", written(tmp_path, text))
        assert any(said in line for line in lines), lines
        assert max(map(len, lines)) < 3 * MOST_SHOWN

    def test_of_thousands_of_problems_some_are_printed(self, tmp_path: Path) -> None:
        many = "".join(f"key{at}: 1\n" for at in range(5_000))
        lines = errors("run", written(tmp_path, BASIC + many))
        assert len(lines) == 201
        assert lines[-1] == "... and 801 more."  # a thousand are told by the document, and the rest counted

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=200))
    def test_any_bytes(self, tmp_path: Path, content: bytes) -> None:
        ask("check", written(tmp_path, content))

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, len(BASIC)), st.integers(0, 8), st.text(max_size=8))
    def test_any_change(self, tmp_path: Path, at: int, cut: int, put: str) -> None:
        changed = BASIC[:at] + put + BASIC[at + cut :]
        ask("run", written(tmp_path, changed.encode("utf-8", "surrogatepass")))


class TestPaths:
    """A scenario reads its table and its rule books and nothing else, and what it reads is never shown."""

    @pytest.mark.parametrize(
        "areas",
        [
            "/etc/passwd",
            "../../../../../../etc/passwd",
            "https://x.example/a",
            "file:///etc/passwd",
            "/dev/zero",
        ],
    )
    def test_a_table_is_a_csv_parquet_or_xlsx_file(self, tmp_path: Path, areas: str) -> None:
        (line,) = errors("run", written(tmp_path, BASIC.replace("areas.csv", areas)))
        assert line == f"{areas}: is no table that can be read; give a .csv, .parquet or .xlsx file"

    @pytest.mark.parametrize(
        "areas", ["https://x.example/a.csv", "s3://x/a.parquet", "~/a.csv", "'*.csv'", "$HOME/a.csv"]
    )
    def test_nothing_is_fetched_or_expanded(self, tmp_path: Path, areas: str) -> None:
        (line,) = errors("run", written(tmp_path, BASIC.replace("areas.csv", areas)))
        assert line == f"{areas.strip(chr(39))}: cannot be read (No such file or directory)"

    def test_devices_and_pipes_are_no_tables(self, tmp_path: Path) -> None:
        folder = written(tmp_path, BASIC)
        (folder / "areas.csv").unlink()
        (folder / "areas.csv").symlink_to("/dev/zero")
        assert errors("run", folder) == ["areas.csv: cannot be read (it is no ordinary file)"]
        (folder / "areas.csv").unlink()
        os.mkfifo(folder / "areas.csv")
        assert errors("run", folder) == ["areas.csv: cannot be read (it is no ordinary file)"]
        weigh = ("weigh", folder / "areas.csv", "--by", "id", "--rules", "level-up")
        assert errors(*weigh) == ["areas.csv: cannot be read (it is no ordinary file)"]

    def test_of_another_file_taken_for_a_rule_book_nothing_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("password hunter2\ntoken abcdef\n")
        folder = written(tmp_path / "in", BASIC.replace("level-up", "../secret"))
        assert errors("run", folder) == [
            "../secret:1:1: the document must be a mapping; write it as 'key: value' lines"
        ]

    def test_within_a_folder(self, tmp_path: Path) -> None:
        written(tmp_path, BASIC)
        folder = written(tmp_path / "in", BASIC.replace("areas.csv", "../areas.csv"))
        assert ask("run", folder).exit_code == 0
        (line,) = errors("--within", folder, "run", folder)
        assert line.endswith(f"is outside {folder}, where alone files may be read; put the file there")

    def test_names_in_the_table_are_no_paths(self, tmp_path: Path) -> None:
        table = "id,name,place,population,baseline\n../../x,/etc/y,../z,100,1000\nB,C:\\x,a/b,100,900\n"
        written(tmp_path / "in", BASIC.replace("T", "../../title"), table)
        (tmp_path / "out").mkdir()
        out = tmp_path / "out" / "results"
        for command in (
            ("run", "--out", out),
            ("run", "--out", out / "a.xlsx"),
            ("report", "--out", out / "a.html"),
            ("impact", "--out", out / "a.md"),
            ("impact", "--out", out / "a.docx"),
            ("audit", "--by", "place", "--out", out / "audit"),
            ("compare", "llr", "--out", out / "compared"),
            ("sweep", "--vary", "new_money=1:2:2", "--areas", "--out", out / "points.csv"),
        ):
            name, *options = command
            assert ask(name, tmp_path / "in", *options).exit_code == 0
        assert {name.split("/")[0] for name in files_in(tmp_path)} == {"in", "out"}
        assert {name.split("/")[1] for name in files_in(tmp_path / "out")} <= {
            *("allocations.csv", "certificate.json", "inputs.json", "run.json", "table.parquet"),
            *("a.xlsx", "a.html", "a.md", "a.docx"),
            *("audit", "compared", "points.csv", "points-areas.csv", "points.json"),
        }


EXPRESSIONS = {
    "a tower of powers": "pow(10, pow(10, pow(10, 10)))",
    "too many powers": "10**10**10",
    "too large": "1e400",
    "many digits": "9" * 1_900,
    "brackets": "(" * 900 + "1" + ")" * 900,
    "brackets that are allowed": "(" * 40 + "baseline" + ")" * 40,
    "signs": "-" * 1_900 + "baseline",
    "nots": "case when " + "not " * 400 + "true then 1 else 2 end",
    "cases": "case when true then " * 80 + "1" + " else 1 end" * 80,
    "sums": "baseline" + "+1" * 900,
    "divisions": "baseline" + "/2" * 900,
    "a file": "read_csv('/etc/passwd')",
    "a query": "(select 1)",
    "a table": "1 from read_parquet('x')",
    "sums that are allowed": "baseline" + "+1" * 124,
    "a pattern": "case when id like '%" + "a%" * 900 + "' then 1 else 2 end",
    "rounding": "round(baseline, 999999999999)",
    "text": "length(substr(id, -9999999999999, 99999999999))",
    "too long": "baseline + " * 300 + "1",
    "a comment": "1 -- x",
    "a statement": "1; drop table x",
    "Python": "__import__('os').system('ls')",
    "an attribute": "baseline.__class__",
}


class TestExpressions:
    @pytest.mark.parametrize("name", EXPRESSIONS)
    def test_wherever_they_stand(self, tmp_path: Path, name: str) -> None:
        expression = EXPRESSIONS[name]
        for at, book in enumerate(
            (
                {"rules": [{"name": "r", "floor": expression}]},
                {"rules": [{"name": "r", "by": "place", "floor": expression}]},
                {"need": {"index": expression}},
                {"share_out": [{"name": "s", "pro_rata": expression}]},
            )
        ):
            ask("run", with_book(tmp_path / str(at), **book))
        ask("run", make_scenario(tmp_path / "where", TABLE, None, where=expression))

    @pytest.mark.parametrize(
        "name", ["a file", "a query", "a table", "too many powers", "Python", "an attribute"]
    )
    def test_nothing_but_the_language(self, tmp_path: Path, name: str) -> None:
        done = ask("run", with_book(tmp_path, rules=[{"name": "r", "floor": EXPRESSIONS[name]}]))
        assert done.exit_code == 2
        assert "book.yaml:" in done.stderr

    def test_a_book_full_of_the_longest_expressions(self, tmp_path: Path) -> None:
        longest = "c0 * 0" + " + 1" * (MOST_TOKENS // 2 - 2)
        book = {
            "columns": {
                f"c{at}": longest.replace("c0", f"c{at - 1}" if at % 40 else "baseline")
                for at in range(MOST_COLUMNS)
            },
            "rules": [
                {"name": f"r{at}", "floor": longest.replace("c0", f"c{at}")} for at in range(MOST_RULES)
            ],
        }
        assert ask("run", with_book(tmp_path, **book)).exit_code == 0

    @settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.sampled_from("()+-*/%<>=,'\"._ 0123456789eabcx"), max_size=60), st.booleans())
    def test_any_text(self, tmp_path: Path, expression: str, grouped: bool) -> None:
        rule = {"name": "r", "floor": expression, **({"by": "place"} if grouped else {})}
        ask("run", with_book(tmp_path, rules=[rule]))

    @pytest.mark.parametrize("name", ["*", "^.*$", "^$"])
    def test_names_that_polars_takes_for_several_columns(self, tmp_path: Path, name: str) -> None:
        book = {"columns": {name: "baseline"}, "rules": [{"name": "r", "floor": f'"{name}" + population'}]}
        (line,) = errors("run", with_book(tmp_path, **book))
        assert line.endswith(f"'{name}' would be taken for several columns; give the column another name")

    def test_a_named_column_of_several_words(self, tmp_path: Path) -> None:
        book = {"columns": {"my own": "baseline"}, "rules": [{"name": "r", "floor": '"my own" * 1.01'}]}
        assert ask("run", with_book(tmp_path, **book)).exit_code == 0

    def test_texts_that_double_and_double(self, tmp_path: Path) -> None:
        doubling = {f"c{at}": f"concat(c{at - 1}, c{at - 1})" if at else "id" for at in range(40)}
        (line,) = errors(
            "run", with_book(tmp_path, columns=doubling, rules=[{"name": "r", "floor": "length(c39)"}])
        )
        assert "bytes of text, more than 500,000,000" in line

    def test_columns_that_build_on_one_another(self, tmp_path: Path) -> None:
        def chain(length: int) -> dict[str, Any]:
            columns = {f"c{at}": f"c{at - 1} + 1" if at else "baseline * 0" for at in range(length)}
            return {"columns": columns, "rules": [{"name": "r", "floor": f"c{length - 1}"}]}

        assert ask("run", with_book(tmp_path / "a", **chain(DEEPEST_NAMES))).exit_code == 0
        (line,) = errors("run", with_book(tmp_path / "b", **chain(DEEPEST_NAMES + 1)))
        assert line.endswith(
            "more than 50 named columns build on one another, down to 'c0'; put some together"
        )

    def test_books_of_many_parts(self, tmp_path: Path) -> None:
        rules = [{"name": f"r{at}", "floor": "1", "priority": at + 1} for at in range(5_000)]
        share_out = [{"name": f"t{at}", "level_up": "population"} for at in range(5_000)]
        columns = {f"c{at}": "1" for at in range(5_000)}
        assert errors("run", with_book(tmp_path, rules=rules, share_out=share_out, columns=columns)) == [
            f"the rules have 5,000 rules, more than {MOST_RULES}; put some together",
            f"the rules have 5,000 tranches, more than {MOST_TRANCHES}; put some together",
            f"the rules have 5,000 named columns, more than {MOST_COLUMNS}; put some together",
            f"the rules have 5,000 different priorities, more than {MOST_PRIORITIES}; put some together",
        ]


class TestCsv:
    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ("id,population,baseline\nA\0,1,2\n", "it is not text, or it is UTF-16"),
            ("id,population,baseline," + "x," * 20_000, "it has 20,004 columns, more than 16,384"),
            ('id,population,baseline\n"A,1,2\n', "its quotation marks do not match"),
            ("id,population,baseline\nA,1e400,5\n", "'1e400' is not a number"),
            ("id,population,baseline\nA," + "9" * 5_000 + ",5\n", "is not a number"),
            ("id,population,baseline\nA,1,1e300\n", "is too large"),
            ("id,id,population,baseline\nA,B,1,2\n", "two of its columns are called 'id'"),
            ("", "it is empty"),
            (b"\xff\xd8\xff\xe0" * 100, ""),
        ],
    )
    def test_is_refused_in_a_line(self, tmp_path: Path, table: str | bytes, said: str) -> None:
        lines = errors("run", written(tmp_path, BASIC, table))
        assert any(said in line for line in lines), lines

    def test_columns_that_differ_in_case_or_in_how_an_accent_is_written_are_different(
        self, tmp_path: Path
    ) -> None:
        composed = unicodedata.normalize("NFC", "cafe\u0301")
        split = unicodedata.normalize("NFD", composed)
        table = f"id,ID,Id,{composed},{split},population,baseline\nA,B,C,1,2,100,1000\nB,B,C,3,4,100,900\n"
        folder = written(tmp_path, BASIC, table)
        out = tmp_path / "out"
        assert ask("run", folder, "--out", out).exit_code == 0
        assert pl.read_parquet(out / "table.parquet")[composed].to_list() == ["1", "3"]
        assert ask("run", folder, "--out", tmp_path / "a.xlsx").exit_code == 0

    def test_columns_named_like_built_ins_are_told_apart(self, tmp_path: Path) -> None:
        table = (
            "id,population,baseline,target,budget,year,sum,select\nA,100,1000,900,1,2,3,4\nB,1,1,1,1,1,1,1\n"
        )
        done = ask("run", written(tmp_path, BASIC, table))
        assert "In expressions 'budget' is the whole pot, £, not the column 'budget'" in done.stdout

    @pytest.mark.parametrize("name", ["^$", "^.*$", "^id$"])
    def test_columns_that_polars_takes_for_patterns(self, tmp_path: Path, name: str) -> None:
        table = f"id,{name},population,baseline\nA,1,100,1000\nB,1,100,900\n"
        what = f"its column '{name}' would be taken for a pattern of several columns; rename it"
        assert errors("run", written(tmp_path, BASIC, table)) == [f"areas.csv: is not a table: {what}"]
        assert errors("check", written(tmp_path, BASIC, f"{name}\n"))
        frame = pl.read_csv(tmp_path / "areas.csv")
        with pytest.raises(allocate.TableError, match="taken for a pattern"):
            allocate.solve(frame)
        book = {"title": "t", "need": {"index": "population"}}
        with pytest.raises(allocate.TableError, match="taken for a pattern"):
            allocate.weigh(pl.DataFrame({name: ["A"], "population": [1.0]}), rules=book, by=name)

    def test_a_line_of_ten_million_characters(self, tmp_path: Path) -> None:
        ask("run", written(tmp_path, BASIC, "id,population,baseline\nA,100,1000\nB," + "1" * 10**7 + ",3\n"))
        ask("check", tmp_path)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.binary(max_size=120) | st.text(st.sampled_from('idA,01"\n\r;\t. ='), max_size=60).map(str.encode)
    )
    def test_any_bytes(self, tmp_path: Path, content: bytes) -> None:
        ask("check", written(tmp_path, BASIC, b"id,population,baseline\n" + content))
        ask("run", written(tmp_path, BASIC, content))


ROWS = [["id", "population", "baseline"], ["A", 100, 1000], ["B", 200, 1500]]


class TestWorkbooks:
    def of(self, folder: Path, raw: bytes) -> Path:
        return written(folder, BASIC.replace("areas.csv", "a.xlsx"), raw, "a.xlsx")

    def test_one_cell_in_the_last_row_and_column(self, tmp_path: Path) -> None:
        far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        raw = edited(workbook(ROWS), SHEET, lambda part: part.replace(b"</sheetData>", far))
        assert len(raw) < 10_000
        (line,) = errors("run", self.of(tmp_path, raw))
        assert "one of its sheets reaches over 17,179,869,184 cells, more than 20,000,000" in line

    @pytest.mark.parametrize("far", ["XFD1048576", "zzzz9", "A99999999999999999999", "ZZZZZZZZZZZZZZ1"])
    def test_however_it_is_written(self, far: str) -> None:
        cell = f"<row><x:c  r = '{far}' ><v>1</v></x:c></row></sheetData>".encode()
        raw = edited(workbook(ROWS * 50), SHEET, lambda part: part.replace(b"</sheetData>", cell))
        with pytest.raises(ValueError, match="reaches over"):
            unpacking.check_unpacked(raw)

    @pytest.mark.parametrize("name", ["xl/other/s.xml", "xl/worksheets", "xl/media/image1.png"])
    def test_whatever_the_part_is_called(self, tmp_path: Path, name: str) -> None:
        far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        raw = edited(workbook(ROWS), SHEET, lambda part: part.replace(b"</sheetData>", far))
        there = f'"/{name}"'.encode()
        raw = edited(
            raw, "xl/_rels/workbook.xml.rels", lambda part: part.replace(b'"worksheets/sheet1.xml"', there)
        )
        (line,) = errors("run", self.of(tmp_path, renamed(raw, SHEET, name)))
        assert "one of its sheets reaches over" in line

    def test_a_zip_bomb(self, tmp_path: Path) -> None:
        blank = b" " * 50_000_000
        raw = edited(
            workbook(ROWS), SHEET, lambda part: part.replace(b"</sheetData>", blank + b"</sheetData>")
        )
        assert len(raw) < 200_000
        with pytest.raises(ValueError, match=r"it unpacks to 50,0.*more than 40,000,000; save it as CSV"):
            unpacking.check_unpacked(raw, 40_000_000)
        assert ask("run", self.of(tmp_path, raw)).exit_code == 0

    def test_a_zip_that_lies_about_its_size(self) -> None:
        raw = bytearray(edited(workbook(ROWS), SHEET, lambda part: part + b" " * 1_000_000))
        with zipfile.ZipFile(io.BytesIO(bytes(raw))) as book:
            size = book.getinfo(SHEET).file_size.to_bytes(4, "little")
        assert raw.count(size) >= 2
        lying = bytes(raw).replace(size, (100).to_bytes(4, "little"))
        with pytest.raises(ValueError, match=r"it is no \.xlsx workbook"):
            unpacking.check_unpacked(lying)

    @pytest.mark.parametrize(
        "entity", ['<!ENTITY a "aaaaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY % a "b">']
    )
    @pytest.mark.parametrize("part", [SHEET, STRINGS])
    def test_entities(self, tmp_path: Path, part: str, entity: str) -> None:
        doctype = f"<!DOCTYPE x [{entity}]>\n".encode()
        raw = edited(workbook(ROWS), part, lambda xml: xml.replace(b"?>\n", b"?>\n" + doctype, 1))
        (line,) = errors("run", self.of(tmp_path, raw))
        assert "its parts define entities, which no workbook needs; do not trust it" in line

    @pytest.mark.parametrize("what", ["<!DOCTYPE x>", '<c r="XFD1048576"/>'])
    def test_wherever_a_piece_ends(self, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
        raw = edited(workbook(ROWS), SHEET, lambda part: part + what.encode())
        for piece in range(20, 60):
            monkeypatch.setattr(unpacking, "PIECE", piece)
            with pytest.raises(ValueError, match=r"entities|reaches over"):
                unpacking.check_unpacked(raw)

    def test_thousands_of_parts(self) -> None:
        made = io.BytesIO(workbook(ROWS))
        with zipfile.ZipFile(made, "a") as book:
            for at in range(unpacking.MOST_PARTS):
                book.writestr(f"xl/{at}.xml", "")
        with pytest.raises(ValueError, match=r"it has 10,0\d\d parts inside; save its first sheet alone"):
            unpacking.check_unpacked(made.getvalue())

    def test_many_cells_that_share_a_long_text(self) -> None:
        raw = edited(
            workbook([["x"] * 200] * 500),
            STRINGS,
            lambda part: part.replace(b">x<", b">" + b"x" * 50_000 + b"<"),
        )
        with pytest.raises(ValueError, match="share a text so long that it could fill the memory"):
            unpacking.check_unpacked(raw)

    def test_text_that_is_not_utf_8(self) -> None:
        raw = edited(workbook(ROWS), SHEET, lambda part: part.decode().encode("utf-16"))
        with pytest.raises(ValueError, match="not UTF-8"):
            unpacking.check_unpacked(raw)

    def test_workbooks_of_ours_and_of_everybody_are_read(self, tmp_path: Path) -> None:
        allocate.run("llr").save_workbook(tmp_path / "ours.xlsx")
        unpacking.check_unpacked((tmp_path / "ours.xlsx").read_bytes())
        unpacking.check_unpacked(workbook([[str(at)] * 50 for at in range(2_000)]))

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6))
    def test_any_damage(self, tmp_path: Path, damage: list[tuple[int, int]]) -> None:
        raw = bytearray(workbook(ROWS))
        for at, byte in damage:
            raw[at % len(raw)] = byte
        ask("check", self.of(tmp_path, bytes(raw)))


class TestParquet:
    def of(self, folder: Path, raw: bytes) -> Path:
        return written(folder, BASIC.replace("areas.csv", "a.parquet"), raw, "a.parquet")

    @staticmethod
    def parquet(frame: pl.DataFrame) -> bytes:
        made = io.BytesIO()
        frame.write_parquet(made)
        return made.getvalue()

    def test_a_few_kilobytes_that_claim_millions_of_rows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tables, "MOST_ROWS", 1_000_000)
        monkeypatch.setattr(pl, "read_parquet", None)  # for nothing is unpacked
        raw = self.parquet(pl.select(id=pl.repeat("x", 2_000_000), population=1.0, baseline=1.0))
        assert len(raw) < 100_000
        assert errors("run", self.of(tmp_path, raw)) == [
            "a.parquet: has 2,000,000 rows, more than the 1,000,000 that are allowed; leave rows out"
        ]

    def test_more_columns_than_excel_has(self, tmp_path: Path) -> None:
        raw = self.parquet(pl.DataFrame({f"c{at}": [1] for at in range(16_385)}))
        (line,) = errors("run", self.of(tmp_path, raw))
        assert "it has 16,385 columns, more than 16,384; keep those that are used" in line

    def test_damage_anywhere_is_told_in_a_line_and_nothing_else(self, tmp_path: Path) -> None:
        """polars panics on some files, and says so itself beside the exception; others end the process."""
        code = """
import sys
from pathlib import Path
from allocate.errors import TableError
from allocate.text.quiet import process_is_ours
from allocate.files.tables import read_table
process_is_ours()
path = Path(sys.argv[1])
raw = path.read_bytes()
for at in range(4, len(raw)):
    path.write_bytes(raw[:at] + bytes([raw[at] ^ (1 if at % 7 else 0xFF)]) + raw[at + 1:])
    try:
        read_table(path)
    except TableError as error:
        print(error, file=sys.stderr)
"""
        rows = pl.DataFrame({"id": ["A", None], "population": [1.0, 2.0]})
        path = tmp_path / "a.parquet"
        path.write_bytes(self.parquet(rows))
        run = [sys.executable, "-c", code, str(path)]
        done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120)
        lines = done.stderr.splitlines()
        assert done.returncode == 0, lines[-5:]
        assert len(lines) > 200
        assert all(line.startswith("a.parquet: ") for line in lines), lines

    def test_what_would_end_the_process_is_told_of_persons_too(self, tmp_path: Path) -> None:
        raw = self.parquet(pl.DataFrame({"practice": ["A", None, "B"] * 9, "need": [1.0, None, 2.0] * 9}))
        path, found = tmp_path / "persons.parquet", set()
        for at in range(4, len(raw) - 4):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
            with suppress(ValueError):
                parquet_pages.check_pages(path.read_bytes())
                continue
            found |= set(problems_of(allocate.weigh, path, rules="level-up", by="practice"))
        assert "persons.parquet: is not a table: it is damaged; save it again" in found
        assert all(line.startswith("persons.parquet: is not a table: it ") for line in found)

    @pytest.mark.parametrize(("size", "holds"), [("0e", True), ("0d", False)], ids=["7", "-7"])
    def test_a_page_that_ends_where_it_began(self, size: str, holds: bool) -> None:
        """Bytes in Thrift's compact protocol: a page of 10 bytes, `size` in the file; a column of one."""
        page = bytes.fromhex(f"1500 1514 15{size} 00")
        column = bytes.fromhex("49 1c 19 1c 3c 5614 260e 2608 00 00 00 00")
        raw = b"PAR1" + page + column + len(column).to_bytes(4, "little") + b"PAR1"
        with nullcontext() if holds else pytest.raises(ValueError, match="it is damaged"):
            parquet_pages.check_pages(raw)

    def test_pages_that_claim_to_be_large(self) -> None:
        raw = self.parquet(pl.select(id=pl.repeat("x" * 100, 10_000)))
        assert len(raw) < 5_000
        with pytest.raises(ValueError, match=r"it unpacks to [\d,]+ bytes, more than 100; leave rows out"):
            parquet_pages.check_pages(raw, 100)

    @pytest.mark.parametrize("options", [{}, {"compression": "uncompressed"}, {"row_group_size": 7}])
    def test_whole_files_are_read(self, tmp_path: Path, options: dict[str, Any]) -> None:
        frame = pl.DataFrame(
            {
                "id": [f"A{at}" for at in range(99)],
                "population": [1.5, None, 2.5] * 33,
                "flag": [True, None, False] * 33,
                "kind": pl.Series(["x", "y", None] * 33, dtype=pl.Categorical),
                "list": [[1], [], None] * 33,
                "struct": [{"a": 1, "b": None}] * 99,
            }
        )
        frame.write_parquet(tmp_path / "a.parquet", **options)
        assert tables.read_table(tmp_path / "a.parquet").frame.equals(frame)

    @settings(max_examples=300)
    @given(st.binary(max_size=40), st.integers(0, 60))
    def test_any_end_is_read_or_refused(self, end: bytes, length: int) -> None:
        with suppress(ValueError):
            parquet_pages.check_pages(b"PAR1" + end + length.to_bytes(4, "little") + b"PAR1")


class TestSavedRuns:
    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_a_record_that_somebody_changed(self, tmp_path: Path, data: st.DataObject) -> None:
        folder = tmp_path / "run"
        if not folder.exists():
            allocate.run("llr").save(tmp_path / "good")
            allocate.run("llr").save(folder)
        record: Any = json.loads((tmp_path / "good" / "run.json").read_bytes())
        at, steps = record, data.draw(st.integers(1, 5))
        for _ in range(steps):
            keys = list(at) if isinstance(at, dict) else range(len(at))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(at[key], (dict, list)) or not at[key]:
                break
            held, at = at, at[key]
        else:
            at = held
        at[key] = data.draw(st.sampled_from([None, 1e308, -1, "x", [], {}, True, "\u202e"]))
        (folder / "run.json").write_text(json.dumps(record))
        ask("audit", folder)
        ask("compare", folder, "llr")

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("summary", {"new_money": "x"}),
            ("groups", 5),
            ("rules", None),
            ("parameters", []),
            ("versions", 1),
        ],
    )
    def test_a_part_of_another_form(self, tmp_path: Path, part: str, value: Any) -> None:
        allocate.run("llr").save(tmp_path / "run")
        record = json.loads((tmp_path / "run" / "run.json").read_text())
        record[part] = record[part] | value if isinstance(value, dict) else value
        (tmp_path / "run" / "run.json").write_text(json.dumps(record))
        (line,) = errors("report", tmp_path / "run", "--out", tmp_path / "a.html")
        assert "run.json" in line
        assert not (tmp_path / "a.html").exists()

    @pytest.mark.parametrize(
        "text", ["[" * 100_000, '{"summary": ' + "9" * 5_000 + "}", "{}", "null", "\0", ""]
    )
    @pytest.mark.parametrize("command", [("audit",), ("compare", "llr"), ("report", "--out", "x.html")])
    def test_no_record_at_all(self, tmp_path: Path, text: str, command: tuple[str, ...]) -> None:
        allocate.run("llr").save(tmp_path)
        (tmp_path / "run.json").write_text(text)
        (line,) = errors(command[0], tmp_path, *command[1:])
        assert "run.json: is not what a run writes (" in line


FORMULAS = [
    *("=1+1", "+A1", "-A1", "@SUM(A1)", '=HYPERLINK("http://x.example")', " =1", "\t=1", "\tx", "\rx", "\nx"),
    *("＝1", "'=1", "''+x", "-5+1", "+2%1"),
]
"""Text that a spreadsheet would compute, or that could not be told from it."""

PLAIN = ["-5", "+2.5%", "-1,234.50", "O'Brien", "'tis", "a=b", "", None]


class TestWhatIsShown:
    """Names from tables stay names: in a terminal, in CSV, Excel, HTML, Word and Markdown."""

    def test_names_cannot_move_the_cursor_or_turn_text_around(self, tmp_path: Path) -> None:
        name = "\u202eevil\x1b[2J\x9b1A\x07\x08"
        table = f"id,name,population,baseline\nA{name},{name},100,1000\nB,x,100,900\n"
        folder = written(tmp_path, BASIC, table)
        for command in (
            ("run", folder),
            ("run", folder, "--json"),
            ("explain", folder, f"A{name}"),
            ("check", folder),
        ):
            shown = ask(*command).stdout
            assert not [each for each in shown if each != "\n" and unicodedata.category(each) in ("Cc", "Cf")]
        found = json.loads(ask("run", folder, "--json").stdout)
        assert found["areas"][0]["name"] == name

    def test_a_name_can_be_bold_or_coloured_but_neither_hidden_nor_moved(self) -> None:
        ours = "".join(f"\x1b[{style}m" for style in (0, 1, 4, 31, 32, 33))
        assert in_a_terminal(ours) == ours
        for style in ("\x1b[8m", "\x1b[30m", "\x1b[7m", "\x1b[1;8m", "\x1b[1A", "\x1b]0;x\x07", "\x1bc"):
            assert in_a_terminal(style) == style.replace("\x1b", r"\u001b").replace("\x07", r"\u0007")

    def test_wherever_it_is_printed(self) -> None:
        with redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit):
            main(["rules", "list"])
        assert "level-up" in printed.getvalue()

    def test_what_click_says_is_seen_too(self) -> None:
        assert r"unexpected extra argument (\u202ex)" in ask("run", "llr", "\u202ex").stderr

    def test_messages_are_lines_whatever_is_in_them(self, tmp_path: Path) -> None:
        table = 'id,population,baseline\n"A\n\u202e\x1b[31m","\u2028x",1000\nB,100,900\n'
        (line,) = errors("run", written(tmp_path, BASIC, table))
        assert r"\u202e\u001b[31m" in line
        assert len(errors("explain", "llr", "x" * 100_000)[0]) < 2 * MOST_SHOWN

    def test_names_of_ten_thousand_characters(self, tmp_path: Path) -> None:
        name = "N" * 10_000
        table = f"id,name,place,population,baseline\nA{name},{name},{name},100,1000\nB,x,y,100,900\n"
        book = {"rules": [{"name": name, "by": "place", "floor": "sum(baseline)"}]}
        make_scenario(tmp_path, table, yaml.safe_dump({"title": name, **book}), title=name)
        for command in (
            ("run",),
            ("run", "--out", tmp_path / "o"),
            ("run", "--out", tmp_path / "o.xlsx"),
            ("report", "--out", tmp_path / "o.html"),
            ("impact", "--out", tmp_path / "o.docx"),
            ("audit", "--by", "place"),
            ("compare", "llr"),
        ):
            assert ask(command[0], tmp_path, *command[1:]).exit_code == 0

    @pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum])
    def test_text_in_csv_cannot_become_a_formula_and_reads_back(self, kind: Any) -> None:
        names = [*FORMULAS, *PLAIN]
        kept = pl.Enum([each for each in names if each is not None]) if kind is pl.Enum else kind
        content = to_csv(pl.DataFrame({"=id": pl.Series(names, dtype=kept), "-n": range(len(names))}))
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        assert rows[0] == ["'=id", "'-n"]
        cells = [row[0] for row in rows[1:]]
        assert cells == [f"'{each}" for each in FORMULAS] + [each or "" for each in PLAIN]
        read = from_csv(content, {"=id": pl.String, "-n": pl.Int64})
        assert read.to_dict(as_series=False) == {"=id": names, "-n": list(range(len(names)))}

    def test_numbers_in_csv_stay_numbers(self) -> None:
        frame = pl.DataFrame({"gain": [Decimal("-5.25")], "distance": [-1.5e-7], "count": [-3]})
        assert to_csv(frame) == frame.write_csv(None).encode()

    @given(st.lists(st.text(st.sampled_from("'=+-@ \t\r\n1a%.,\""), max_size=6), min_size=1, max_size=5))
    def test_any_text_reads_back(self, cells: list[str]) -> None:
        frame = pl.DataFrame({"x": cells, "n": range(len(cells))})
        assert from_csv(to_csv(frame), {"x": pl.String})["x"].to_list() == cells

    def test_every_csv_that_is_written(self, tmp_path: Path) -> None:
        table = "id,name,place,population,baseline\n=1+1,=cmd|x,=A1,100,1000\n@B,+x,-y,100,900\n"
        make_scenario(
            tmp_path,
            table,
            yaml.safe_dump(
                {"title": "=T", "rules": [{"name": "=R", "by": "place", "floor": "sum(baseline)"}]}
            ),
            title="=T",
        )
        out = tmp_path / "out"
        for command in (
            ("run", "--out", out / "run"),
            ("compare", "llr", "--by", "place", "--out", out / "compared"),
            ("audit", "--by", "place", "--out", out / "audit"),
            ("sweep", "--vary", "new_money=1:2:2", "--areas", "--out", out / "points.csv"),
            ("uncertainty", "--need-error", "5%", "--draws", "10", "--out", out / "sure.csv"),
            ("cost", "--to", "95%", "--out", out / "cost.csv"),
        ):
            ask(command[0], tmp_path, *command[1:])
        written_files = list(out.rglob("*.csv"))
        assert len(written_files) >= 8
        for path in written_files:
            for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
                for cell in row:
                    assert not cell.lstrip().startswith(("=", "@")), (path, cell)
                    if cell.startswith(("+", "-")):
                        float(cell.rstrip("%"))
        assert ask("verify", out / "run").exit_code == 0
        assert allocate.load_run(out / "run").areas["id"].to_list() == ["=1+1", "@B"]
        assert allocate.load_comparison(out / "compared").areas["id"][:2].to_list() == ["=1+1", "@B"]

    def test_our_own_csv_is_a_table_again(self, tmp_path: Path) -> None:
        table = pl.DataFrame({"id": ["=A", "'B", "'=C"], "population": 1, "baseline": 1, "=place": "@x"})
        written(tmp_path, BASIC, to_csv(table))
        run = allocate.run(tmp_path)
        assert run.areas["id"].to_list() == table["id"].to_list()
        assert run.prepared.areas.table.frame["=place"].to_list() == ["@x"] * 3

    def test_text_in_a_workbook_cannot_become_a_formula(self, tmp_path: Path) -> None:
        frame = pl.DataFrame({"id": [f"{each}{at}" for at, each in enumerate(FORMULAS)], "name": FORMULAS})
        frame = frame.with_columns(place="name", population=1, baseline=1)
        run = allocate.solve(frame, {"title": "=T", "source": "=S", "rules": [{"name": "=R", "floor": "1"}]})
        run.save_workbook(tmp_path / "run.xlsx")
        with zipfile.ZipFile(tmp_path / "run.xlsx") as parts:
            sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
        formulas = {each for part in sheets for each in re.findall(r"<f>(.*?)</f>", part)}
        foreign = ("1+1", "A1", "SUM(A1)", "HYPERLINK", "T", "S", "R")
        assert formulas
        assert not [each for each in formulas if each in foreign or "HYPERLINK" in each]

    def test_markup_stays_text_in_word_markdown_and_notebooks(self, tmp_path: Path) -> None:
        allocation = hostile_allocation()
        save_impact(allocation, tmp_path / "a.md", ["place"])
        save_impact(allocation, tmp_path / "a.docx", ["place"])
        shown = [(tmp_path / "a.md").read_text(encoding="utf-8"), allocation._repr_html_()]
        for text in shown:
            assert "<script" not in text
            assert "<img" not in text
        with zipfile.ZipFile(tmp_path / "a.docx") as parts:
            document = parts.read("word/document.xml").decode()
        assert "&lt;script&gt;" in document
        assert "<script" not in document
        assert len(HOSTILE) == 6


WORDS = """
    --budget --set --route --json --all --out --by --to --draws --seed --vary --need-error --growth --within
    --sample --workers --planned --compare --on llr llr-five-years level-up P014 nosuch - -- -1 1e400 nan 5%
    x=1 = new_money=1:2:2 ceiling=8% \u202e /dev/null /nonexistent/x.csv place imd_quintile:fifths list show
    scenario rules build allocations
"""
OPTIONS = st.lists(
    st.sampled_from([*WORDS.split(), "", " ", "\0", "9" * 400, "linear programme"]), max_size=6
)
COMMANDS = [*HOMES, "nosuch"]


class TestCommandLine:
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sampled_from(COMMANDS), OPTIONS)
    def test_any_arguments(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: list[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ask("--seconds", "8", command, *options)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("run", "llr", "--budget", "1e400"),
            ("run", "llr", "--budget", "9" * 5_000),
            ("run", "llr", "--set", "ceiling=1e400"),
            ("run", "x" * 100_000),
            ("run", "/dev/zero"),
            ("run", "/proc/self/environ"),
            ("run", "llr", "--out", "/dev/null"),
            ("run", "llr", "--out", "/proc/1/x"),
            ("run", "llr", "--out", "\0"),
            ("report", "llr", "--out", "\0.html"),
            *(
                (name, "\0")
                for name in ("new", "run", "verify", "rerun", "audit", "compare", "explain", "check")
            ),
            ("new", "/proc/x"),
            ("rules", "show", "/etc/passwd"),
            ("weigh", "/dev/zero", "--by", "x", "--rules", "level-up"),
            ("sweep", "llr", "--vary", "new_money=0:1m:1000000000"),
            ("sweep", "llr", "--vary", "new_money=0:1m", "--sample", "1000000000"),
            ("sweep", "llr", "--vary", ",".join(["new_money=1"] * 10_000)),
            ("uncertainty", "llr", "--need-error", "5%", "--draws", "1000000000"),
            ("uncertainty", "llr", "--need-error", "5%", "--seed", "9" * 5_000),
            ("cost", "llr", "--to", "95%", "--growth", "1e-300%"),
            ("nhs", "allocations", "/dev/zero", "--out", "x.csv"),
            ("audit", "llr", "--by", ",".join(["x"] * 10_000)),
        ],
        ids=lambda arguments: " ".join(arguments)[:40],
    )
    def test_arguments_that_are_too_much(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ask(*arguments)
        assert files_in(tmp_path) == set()

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        command = [sys.executable.encode(), b"-m", b"allocate"]
        for arguments in (
            [b"run", b"\xff\xfe"],
            [b"run", b"llr", b"--set", b"x=\xff"],
            [b"explain", b"llr", b"\xff"],
        ):
            done = subprocess.run([*command, *arguments], capture_output=True, check=False, cwd=tmp_path)
            assert done.returncode == 2
            assert done.stderr.startswith(b"error: ")
            assert b"Traceback" not in done.stderr

    def test_a_defect_is_told_in_a_line_or_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("float division by zero")

        monkeypatch.setattr(engine, "run", broken)
        done = CliRunner().invoke(main, ["run", "llr"])
        what = "ZeroDivisionError: float division by zero (a defect in allocate)"
        fix = f"please report it, with what {TRACEBACK}=1 prints"
        assert (done.exit_code, done.stderr) == (2, f"error: {what}; {fix}\n")
        monkeypatch.setattr(engine, "run", lambda *_, **__: bytearray(2**62))
        fix = "there is not enough memory for this; leave rows or columns out"
        assert CliRunner().invoke(main, ["run", "llr"]).stderr == f"error: {fix}\n"
        monkeypatch.setattr(engine, "run", broken)
        shown = CliRunner(env={TRACEBACK: "1"})
        assert isinstance(shown.invoke(main, ["run", "llr"]).exception, ZeroDivisionError)
        assert shown.invoke(main, ["run", "nosuch"]).exit_code == 2

"""What ships: the wheel, and the documents that are bundled in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import allocate
from allocate.documents.bundled import (
    RULES,
    SCENARIO_FILE,
    SCENARIOS,
    rulebook_names,
    scenario_names,
    title_of,
)
from allocate.documents.policy import load_policy

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*RULES.glob("*.yaml"), *SCENARIOS.glob(f"*/{SCENARIO_FILE}")]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, timeout=300)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def contents(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as files:
        return set(files.namelist())


class TestWheel:
    def test_it_has_every_module_and_says_that_it_is_typed(self, contents: set[str]) -> None:
        package = ROOT / "allocate"
        modules = {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}
        assert {path for path in contents if path.endswith(".py") and "/bundled/" not in path} == modules
        assert "allocate/py.typed" in contents

    @pytest.mark.parametrize("folder", ["rules", "scenarios"])
    def test_it_has_every_document(self, contents: set[str], folder: str) -> None:
        documents = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.*")}
        shipped = {f"allocate/bundled/{path}" for path in documents if "__pycache__" not in path}
        assert len(shipped) > 3
        assert {path for path in contents if path.startswith(f"allocate/bundled/{folder}/")} == shipped

    def test_it_has_the_page_of_the_report(self, contents: set[str]) -> None:
        assert {f"allocate/report/page.{kind}" for kind in ("html", "css", "js")} <= contents

    def test_it_claims_no_name_but_its_own(self, contents: set[str]) -> None:
        version = allocate.__version__
        assert {path.split("/")[0] for path in contents} == {"allocate", f"allocate-{version}.dist-info"}

    def test_it_runs_from_any_folder(self, wheel: Path, tmp_path: Path) -> None:
        installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
        elsewhere.mkdir()
        with zipfile.ZipFile(wheel) as files:
            files.extractall(installed)
        environment = {**os.environ, "PYTHONPATH": str(installed)}

        def run(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, check=True)
            return done.stdout.decode()

        assert run("-c", "import allocate; print(allocate.__file__)").startswith(str(installed))
        assert "LLR 2022/23" in run("-m", "allocate", "run", "--out", "out")
        assert "level-up" in run("-m", "allocate", "rules", "list")
        assert list(elsewhere.joinpath("out").iterdir())


class TestBundled:
    @pytest.mark.parametrize(
        "document", DOCUMENTS, ids=lambda path: path.relative_to(RULES.parent).as_posix()
    )
    def test_the_light_reading_of_a_title_is_the_title(self, document: Path) -> None:
        assert title_of(document) == yaml.safe_load(document.read_text(encoding="utf-8"))["title"]

    @pytest.mark.parametrize("name", rulebook_names())
    def test_a_rule_book_says_what_it_is_and_where_it_comes_from(self, name: str) -> None:
        book = load_policy([name], Path()).merged
        assert book.title
        assert book.about
        assert book.source
        assert all(parameter.source for parameter in book.parameters.values())
        assert all(rule.source for rule in book.rules)

    def test_the_rule_books_that_were_promised(self) -> None:
        promised = {"level-up", "universal-then-level-up", "fair-share-growth", "close-the-gap"}
        assert promised <= set(rulebook_names())

    @pytest.mark.parametrize("name", scenario_names())
    def test_a_scenario_runs_and_loses_nobody_anything(self, name: str) -> None:
        result = allocate.run(name)
        assert result.summary.invented
        assert result.amounts.sum() == result.budget - result.rounding
        assert (result.gains >= 0).all()
        assert result.summary.gaining

# Everything a fresh machine needs: 'make run' sets up and runs, 'make test' sets up and tests, 'make docs' makes the site.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test check docs bench bench-small clean

run: $(VENV)/.made
	$(BIN)/allocate run

test: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.docs
	PYTHONPATH=docs $(BIN)/python -m sphinx --builder html -W --keep-going --quiet docs docs/_build/html
	PYTHONPATH=docs $(BIN)/python -m sitebuilder.links docs/_build/html

bench: $(VENV)/.bench
	$(BIN)/python -m bench

bench-small: $(VENV)/.tests
	$(BIN)/python -m bench --small

$(VENV)/.made: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'allocate needs Python 3.11 or later: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.tests: $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/.bench: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

$(VENV)/.docs: $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

$(VENV)/.checks: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[check]'
	touch $@

clean:
	rm -rf .venv* .hypothesis .mypy_cache .ruff_cache dist build out docs/_build

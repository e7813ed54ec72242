# Every target makes the environment first, in .venv, from pyproject.toml and constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: serve test check lint format bench soak clean

serve: $(READY)
	$(BIN)/mock-server serve

test: $(READY)
	$(BIN)/python -m pytest -m "not soak" -rs

check: lint test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m bench.run

soak: $(READY)
	$(BIN)/python -m pytest -m soak -rs

clean:
	rm -rf .venv

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[contracts,test,check]'
	@touch $(READY)

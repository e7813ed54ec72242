# Each target first creates what it needs in .venv: `serve` only the packages that serve, the others all of them.
PYTHON ?= python3
# How many processes run the tests: `make test WORKERS=4`; 0 runs them in one process.
WORKERS ?= auto
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SERVE := .venv/.serve
READY := .venv/.ready

.PHONY: serve test check lint format bench soak trace defects matrix black-box alarms mutants conformance clean

serve: $(SERVE)
	$(BIN)/mock-server serve

test: $(READY)
	$(BIN)/python -m pytest -m "not soak" -rs -n $(WORKERS) --dist worksteal

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
	$(BIN)/python -m pytest -m soak -rs -n $(WORKERS) --dist worksteal

# The catalogue's lists of contracts and defects, from the marks and the registry.
trace: $(READY)
	$(BIN)/python -m tests.traceability.fill_catalogue

# Each defect against the contracts of the rules that it names, with two seeds: half an hour at most.
defects: $(READY)
	$(BIN)/python -m tests.defects.run_defects --json docs/measured/defects.json

# Every contract on every defect: two hours of two cores. A part of it anew: the same with `--only NAME`, a defect or a file
# of them, beside what stands.
matrix: $(READY)
	$(BIN)/python -m tests.defects.run_defects --matrix --seed 1 --json docs/measured/matrix.json
	$(BIN)/python -m tests.defects.run_defects --schemathesis --seed 1 --json docs/measured/schemathesis.json

# A sample of the defects without the control API, as a real deployment is met.
black-box: $(READY)
	$(BIN)/python -m tests.defects.run_defects --black-box --sample 40 --seed 1 --json docs/measured/blackbox.json

# The suite on the mock as it is, for 20 seeds of the standard profile and 3 of the thorough one.
alarms: $(READY)
	$(BIN)/python -m tests.defects.false_alarms --json docs/measured/alarms.json

# 200 random mutants of the mock against the suite: most of an hour on two cores; a run that was stopped goes on.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mutants]'
	$(BIN)/python -m tests.mutants.run_mutants

conformance: trace
	$(BIN)/python -m tests.traceability.conformance_page

clean:
	rm -rf .venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv

$(SERVE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

# It contains what serving needs, so `make serve` installs nothing after it.
$(READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[contracts,test,check]'
	@touch $(SERVE) $@

# Every target makes the environment first, in .venv, from pyproject.toml and constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: serve test check lint format bench soak trace defects matrix black-box alarms mutants conformance clean

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

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[contracts,test,check]'
	@touch $(READY)

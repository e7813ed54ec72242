# Each target first creates what it needs in .venv: `serve` only the packages that serve, the others all of them.
PYTHON ?= python3
# How many processes run the tests: `make test WORKERS=4`; 0 runs them in one process.
WORKERS ?= auto
# Where the servers of `growth`, `fuzz` and `fuzz-api` keep their state: memory, sqlite or postgresql.
STORE ?= memory
# Keep compiled modules even if the environment says otherwise: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SERVE := .venv/.serve
INSTALL := .venv/.install
READY := .venv/.ready

.PHONY: serve install test check lint format bench growth load soak fuzz fuzz-api ranges trace defects matrix black-box variants
.PHONY: alarms mutants conformance console screenshots docs clean

serve: $(SERVE)
	$(BIN)/mock-server serve

# Install the mock and the contract suite in .venv, without what only Wavetank's own tests need.
install: $(INSTALL)

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

# Measure how calls grow with the data, and write bench/GROWTH.md (with a database, GROWTH-sqlite.md and the like). Takes up to half an hour.
growth: $(READY)
	$(BIN)/python -m bench.growth --store $(STORE)

# Run the contracts against each store, and load three servers on PostgreSQL behind nginx for ten minutes. Takes up to
# half an hour; both programs must be installed.
load: $(READY)
	$(BIN)/python -m tests.storage.run_contracts
	$(BIN)/python -m bench.load
	$(BIN)/python -m tests.docs.reliability_page

soak: $(READY)
	$(BIN)/python -m pytest -m soak -rs -n $(WORKERS) --dist worksteal

# Send 20,000 requests that schemathesis derives from both documents, and record the counts. Takes half an hour.
fuzz-api: $(READY)
	$(BIN)/python -m tests.attack.api_fuzz --cases 20000 --store $(STORE)

# Install the built wheel in two environments, with the lowest and with the newest versions that its ranges allow, and
# check the mock and the suite in each. Takes up to ten minutes.
ranges: $(READY)
	$(BIN)/python -m tests.dependencies.run_ranges

# Send 100,000 inputs, most of them broken, to the server's sockets, and record the counts. Takes up to half an hour.
fuzz: $(READY)
	$(BIN)/python -m tests.http.socket_fuzz --store $(STORE) --json docs/measured/attack.jsonl

# Write contracts/spec/trace.json: the contracts, the defects and the home of each rule.
trace: $(READY)
	$(BIN)/python -m tests.traceability.write_trace

# Run each defect against the contracts of the rules that it names, with two seeds. Takes up to half an hour. Defects
# whose results are in the file are skipped, here and in `matrix`: to run all of them again, add `--again`.
defects: $(READY)
	$(BIN)/python -m tests.defects.run_defects --json docs/measured/defects.jsonl

# Run every contract against every defect. Takes two hours on two cores. To run a part of it, add `--only NAME` with a
# defect, or a module of defects: the results are merged into the file.
matrix: $(READY)
	$(BIN)/python -m tests.defects.run_defects --matrix --seed 1 --json docs/measured/defects.jsonl
	$(BIN)/python -m tests.defects.run_defects --schemathesis --seed 1 --json docs/measured/defects.jsonl

# Run the properties against every defect without the control API, as on a real deployment. An interrupted run resumes;
# to repeat the runs that are in the file, add `--again`. Takes up to three hours on two cores.
black-box: $(READY)
	$(BIN)/python -m tests.defects.run_black_box

# Run the suite on each variant of the mock that differs only in what is assumed. An interrupted run resumes; to repeat
# the runs that are in the file, add `--again`. Takes up to an hour on two cores.
variants: $(READY)
	$(BIN)/python -m tests.variants.run_variants --json docs/measured/variants.jsonl

# Run the suite on the mock without a defect, with both documentations: ten seeds of the standard profile, three of
# smoke, two of thorough. Takes one to two hours.
alarms: $(READY)
	$(BIN)/python -m tests.defects.false_alarms --json docs/measured/alarms.jsonl

# Run the suite against 200 random mutants of the mock. Takes up to an hour on two cores. An interrupted run resumes.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mutants]'
	$(BIN)/python -m tests.mutants.run_mutants

# Write docs/conformance.md and the pages in docs/conformance.
conformance: trace
	$(BIN)/python -m tests.traceability.conformance_page

# Build the documentation into build/site, which works offline: open build/site/index.html. Takes half a minute.
docs: $(READY)
	$(PIP) -e '.[docs]'
	$(BIN)/python -m sphinx -q -W --keep-going -b html -c docs/site -d build/doctrees . build/site

# Build the console from mock_server/console/app into mock_server/console/dist. It needs Node 20 and npm.
console: $(READY)
	npm ci --prefix mock_server/console/app --silent
	$(BIN)/python -m tests.control.document_copy
	$(BIN)/python -m tests.console.operations
	$(BIN)/python -m tests.console.rules
	npm ci --prefix clients/typescript --silent
	npm run --prefix clients/typescript --silent generate
	npm run --prefix mock_server/console/app --silent check
	npm run --prefix mock_server/console/app --silent build

# Draw the pictures of docs/console.md. It needs Chromium.
screenshots: $(READY)
	$(PIP) -e '.[browser]'
	$(BIN)/python -m tests.console.screenshots

clean:
	rm -rf .venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv

$(SERVE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(INSTALL): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[contracts]'
	@touch $(SERVE) $@

# It contains what the targets above need, so they install nothing after it.
$(READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[contracts,test,check]'
	@touch $(SERVE) $(INSTALL) $@

# Everything a developer runs. Each target sets up first what it needs, so a fresh clone needs nothing before it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-rows demo-job pictures test test-slow compat lint bench bench-explore bench-files bench-job compile wheel drill drill-job drill-yarn drill-hosts drill-airflow drill-soak clean constraints

BIN := .venv/bin
# Which tests `make test` runs, as a pytest marker expression; MARKERS= (empty) runs all.
MARKERS ?= not slow and (smoke or not scheduler)
# How many bad rows the demos generate; each has its own number when empty.
DEMO_ROWS ?=
TYPED_TESTS := tests/conftest.py tests/conformance tests/demo tests/generator tests/benchmarks tests/drills tests/localaws tests/soak tests/support .ci/compiled.py
SHELL_SCRIPTS := .ci/setup .ci/compiler .ci/compat .ci/run $(wildcard job/event_recovery/bundle/files/*.sh)

# Flink starts its Python workers by the name `python`, and Airflow writes to its home on import.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export AIRFLOW_HOME ?= $(CURDIR)/.cache/airflow

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv and fetch the connector jars; quick when nothing changed
	@.ci/setup

demo: setup ## watch Airflow recover generated bad rows, without AWS; KEEP=1 leaves its UI up
	@PYTHONPATH=tests $(BIN)/python -m demo --output demo-output $(if $(DEMO_ROWS),--rows $(DEMO_ROWS)) $(if $(KEEP),--keep)

demo-rows: setup ## leave generated bad rows and their schemas in demo-output, to try the commands on
	@rm -rf demo-output
	@PYTHONPATH=tests $(BIN)/python -m generator --rows $(or $(DEMO_ROWS),300) --size 6000 --out demo-output/input --seed 7 --nested
	@PYTHONPATH=tests $(BIN)/python -m demo.iglu demo-output

demo-job: setup ## recover generated bad rows with the job alone, on a local Flink
	@rm -rf demo-output
	@PYTHONPATH=tests $(BIN)/python -m generator --rows $(or $(DEMO_ROWS),5000) --out demo-output/input --seed 7
	@PYTHONPATH=tests $(BIN)/python -m generator.configs demo > demo-output/config.json
	@$(BIN)/event-recovery flink --config demo-output/config.json --input demo-output/input \
		--output demo-output/recovered --failed demo-output/failed --unrecoverable demo-output/unrecoverable \
		--summary demo-output/summary.json
	@$(BIN)/event-recovery diff --changed --type schema_violations demo-output/config.json demo-output/input

pictures: setup ## run the demo and renew the pictures of the README; needs Chromium
	@PYTHONPATH=tests $(BIN)/python -m demo.screenshots

test: lint compile ## lint, then every test but the slow ones, and one run of a real scheduler (MARKERS=unit picks others)
	$(BIN)/pytest -n 2 --dist loadfile -m '$(MARKERS)'

test-slow: setup ## the tests that need minutes of real Flink, YARN or Airflow; fetches Hadoop at first
	$(BIN)/pytest -m 'slow and not hosts'

OLDEST := .cache/oldest-airflow
# The provider's Pythons beside 3.11, where everything else is tested; by version, or by path: PYTHONS="/opt/py/bin/python3".
# CONSTRAINTS=FOLDER has Airflow's own constraints-3.12.txt and so on; without, the newest packages are taken.
PYTHONS ?= 3.12 3.13 3.14
compat: setup ## run the DAGs on Airflow 3.0.6 with the oldest of all else, then the provider's tests on newer Pythons
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(OLDEST)
	@$(BIN)/uv pip sync --quiet --python $(OLDEST)/bin/python .ci/oldest.txt
	@$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python --no-deps --build-constraint .ci/constraints.txt --editable .
	$(BIN)/pytest -m slow -k oldest tests/integration/provider/test_dags.py
	@.ci/compat $(PYTHONS)

lint: setup ## ruff, the layers of the rooms, mypy strict and shellcheck
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYTHONPATH=tests $(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	MYPYPATH=tests $(BIN)/mypy $(TYPED_TESTS)
	$(BIN)/shellcheck $(SHELL_SCRIPTS)

bench: compile ## measure what recovery costs a row and verification an event, as plain Python and compiled
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/bench_engine.py
	@PYTHONPATH=.cache/compiled/$(shell uname -m):tests $(BIN)/python tests/benchmarks/bench_engine.py
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/bench_verify.py
	@PYTHONPATH=.cache/compiled/$(shell uname -m):tests $(BIN)/python tests/benchmarks/bench_verify.py

# EXPLORE="--rows 100000" says how many rows.
bench-explore: compile ## measure what grouping rows costs beside unpacking and parsing them, and its memory
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/bench_explore.py $(EXPLORE)
	@PYTHONPATH=.cache/compiled/$(shell uname -m):tests $(BIN)/python tests/benchmarks/bench_explore.py $(EXPLORE)

# FILES="--files 200000 --started" says how many, and that the job is ended once it runs.
bench-files: setup ## measure what very many small files cost before the first row
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/bench_files.py $(FILES)

# JOB="plain compiled,--checkpoint-interval=10 --rounds 2" says which variants; --help says what there is.
bench-job: compile ## run variants of the whole job by turns, and compare what they take of the processor
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.job $(JOB)

# Beside the sources and not among them, where a compiled module would hide what its source has become since.
compile: setup ## compile the engine for this machine, into .cache/compiled; quick when nothing changed
	@.ci/compiler
	@$(BIN)/python .ci/compiled.py engine .cache/compiled

wheel: setup ## build dist/*.whl, its engine compiled for Linux on x86_64 and aarch64
	@.ci/compiler
	@$(BIN)/python .ci/compiled.py wheel dist

drill: drill-job drill-yarn drill-hosts drill-airflow drill-soak ## let every kind of bad day happen, to the job, its cluster and its runs in Airflow; five hours

# DRILL="load" or any names pick some, and options pass, e.g. DRILL="--rows 5000 stream-down".
drill-job: setup ## break the job on purpose on local S3 and Kinesis, then load it with 200,000 rows
	PYTHONPATH=job:tests $(BIN)/python -m drills $(DRILL)

# KILL="client" picks some, as pytest's -k does.
drill-yarn: setup ## kill parts of the job on a real YARN of one host; fetches Hadoop and another Flink at first
	$(BIN)/pytest -v -s tests/integration/yarn/test_drills.py $(if $(KILL),-k '$(KILL)')

# LOSE="core" picks some. Hosts are namespaces, so that only root can have them; for others the drills are skipped.
drill-hosts: setup ## lose, cut off and take hosts of a real YARN while the job runs
	$(BIN)/pytest -v -s tests/integration/yarn/test_hosts.py $(if $(LOSE),-k '$(LOSE)')

# DAY="cleared and worker" picks some, as pytest's -k does.
drill-airflow: setup ## let EMR, users and Airflow itself go wrong under a real scheduler
	$(BIN)/pytest -v -m scheduler tests/scheduler $(if $(DAY),-k '$(DAY)')

# SOAK="--windows 12 --seed 7" says how many hours of a minute, and repeats the draws of another soak.
drill-soak: setup ## let two days of the schedule pass, an hour a minute, while faults strike at random; over an hour
	PYTHONPATH=tests $(BIN)/python -m soak $(SOAK)

# Resolved for Debian 12's 3.11.2, the oldest Python that set-up meets; what is pinned already stays unless it no longer fits.
constraints: setup ## pin in .ci/*.txt what pyproject.toml newly asks for
	$(BIN)/uv pip compile --quiet pyproject.toml --extra flink --extra chart --extra compile --extra dev --python-version 3.11.2 \
		--no-annotate --custom-compile-command 'make constraints' --output-file .ci/constraints.txt >/dev/null
	$(BIN)/uv pip compile --quiet pyproject.toml --constraint .ci/oldest.in --resolution lowest-direct \
		--python-version 3.11.2 --no-annotate --custom-compile-command 'make constraints' \
		--output-file .ci/oldest.txt >/dev/null

clean: ## remove outputs and caches; .venv and the jars stay
	rm -rf demo-output dist build .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# Each target does its own set-up: pinned Python packages in .venv, pinned Node tools in
# node_modules, compiled contracts. What is done is not done again; `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Processes that pytest uses.
JOBS ?= 2
# Where `make demo` plays: empty for the in-process chain, `anvil` for a node.
CHAIN ?=

VENV := .venv/bin
SOLC_VERSION := $(shell sed -n 's/.*"solc": "\([0-9.]*\)".*/\1/p' package.json)
CONTRACTS := $(shell find contracts tests -name '*.sol' 2>/dev/null)
PYTHON_DIRS := $(wildcard src scripts tests tools)

# solc, anvil, forge and cast; ape looks for its compiler where SOLCX_BINARY_PATH says.
export PATH := $(CURDIR)/build/bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/build/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call quietly,what,command): say what is being done; show the command's output only if it fails.
define quietly
@echo '- $(1)'; \
output=$$({ $(2); } 2>&1) || { printf '%s\n' "$$output" 'failed: $(1)' >&2; exit 1; }
endef

# ------------------------------------------------------------------------------------- play

.PHONY: demo devnet
demo: .venv/.package $(if $(filter anvil,$(CHAIN)),build/bin/.done) ## play the demonstration; CHAIN=anvil for a real node
	@$(VENV)/boomerang demo $(if $(CHAIN),--chain $(CHAIN))

devnet: .venv/.package build/bin/.done ## a local node with everything deployed
	@$(VENV)/boomerang devnet

.PHONY: experiments bench-play notebook
experiments: .venv/.experiments .venv/.package build/bin/.done ## play small versions of all experiments; results in build/experiments
	@$(VENV)/boomerang experiment all --preset small --out build/experiments

bench-play: .venv/.dev .venv/.package build/bin/.done ## matches and environment steps per second, beside anvil and PettingZoo's own
	@$(VENV)/python tools/bench_play.py

notebook: .venv/.dev .venv/.package ## run docs/notebooks again, and keep what they show
	@$(VENV)/python tools/run_notebook.py

# ------------------------------------------------------------------------------------- build

.PHONY: compile format lock clean
compile: build/artifacts/.done ## compile the contracts, rewrite src/boomerang/artifacts

format: .venv/.dev build/bin/.done ## format Python and Solidity
	@$(VENV)/ruff check --quiet --fix-only $(PYTHON_DIRS)
	@$(VENV)/ruff format --quiet $(PYTHON_DIRS)
	@forge fmt contracts tests

lock: .venv/.dev ## regenerate requirements/*.lock and package-lock.json
	@tools/lock.sh

clean: ## remove everything that make builds, environments too
	rm -rf .venv .venv-halmos .venv-slither node_modules build

# ------------------------------------------------------------------------------------- verify

.PHONY: test lint artifacts pytest pytest-all symbolic symbolic-long slither coverage gas
.PHONY: loops-five stateful-campaign intents-campaign keeper-campaign bench-solver
test: ## everything CI runs: lint, artifacts, symbolic, slither, coverage, then pytest
	@$(MAKE) lint
	@$(MAKE) artifacts
	@$(MAKE) symbolic
	@$(MAKE) --jobs=2 --output-sync=target slither coverage
	@$(MAKE) pytest-all

lint: .venv/.dev .venv/.package build/bin/.done ## ruff, mypy, forge fmt, solhint
	@$(VENV)/pip check --quiet
	@$(VENV)/ruff check --quiet $(PYTHON_DIRS)
	@$(VENV)/ruff format --quiet --check $(PYTHON_DIRS)
	@$(VENV)/mypy $(filter-out tests,$(PYTHON_DIRS))
	@forge fmt --check contracts tests
	@node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol'

artifacts: .venv/.dev build/bin/.done ## are the committed artifacts what the sources give?
	@$(VENV)/python tools/build_artifacts.py --check

pytest: .venv/.dev .venv/.package build/artifacts/.done ## the Python tests, ARGS="..." passed on
	@$(VENV)/pytest -n $(JOBS) $(ARGS)

# In two parts: the campaigns' time would double if coverage were measured in them. Sequences of the
# registry's stateful machine that CI plays; make stateful-campaign plays eight times as many.
pytest-all: export STATEFUL_SEQUENCES ?= 1280
pytest-all: .venv/.dev .venv/.package build/artifacts/.done
	@$(VENV)/pytest -n $(JOBS) -m campaign
	@$(VENV)/pytest -n $(JOBS) -m 'not campaign' --cov --cov-report=term:skip-covered --cov-fail-under=90

symbolic: build/bin/.done .venv-halmos/.done ## prove tests/symbolic with halmos
	@tools/symbolic.sh

symbolic-long: build/bin/.done .venv-halmos/.done ## the proofs that take minutes
	@tools/symbolic.sh long

slither: build/bin/.done .venv-slither/.done ## static analysis
	@tools/slither.sh

coverage: .venv/.dev build/bin/.done ## Solidity lines, branches and functions that tests/forge reaches: all of them
	@$(VENV)/python tools/solidity_coverage.py

loops-five: .venv/.dev .venv/.package ## search every history of five commitments for loops (minutes)
	@$(VENV)/pytest -q --durations=0 tests/loops/search_five.py

stateful-campaign: .venv/.dev .venv/.package build/artifacts/.done ## 10,240 random sequences, contracts against model (minutes)
	@STATEFUL_SEQUENCES=10240 $(VENV)/pytest -n $(JOBS) tests/stateful

intents-campaign: .venv/.dev .venv/.package build/artifacts/.done ## all mutants of the settlement, 2,200 auctions against brute force (minutes)
	@$(VENV)/pytest -n $(JOBS) -m long tests/intents/stateful
	@$(VENV)/pytest -n $(JOBS) -m campaign tests/intents/solver/test_brute_force.py

keeper-campaign: .venv/.dev .venv/.package build/bin/.done ## 200 runs of keepers that are killed, on chains that misbehave (minutes)
	@cd tests && ../$(VENV)/python -m keeper.campaign --runs 200 --workers 8 --arenas 2

bench-solver: .venv/.dev .venv/.package ## the solver's speed, beside the gaps it proves
	@$(VENV)/python tools/bench_solver.py

gas: .venv/.dev .venv/.package build/artifacts/.done ## measure gas again, rewrite the committed numbers
	@$(VENV)/pytest -q tests/gas --update-gas

# ------------------------------------------------------------------------------------- set-up

.venv/bin/python:
	$(call quietly,creating .venv,tools/venv.sh .venv)

# --no-deps: the locks are complete (`pip check` in lint says so), and resolving them again takes
# minutes.
.venv/.runtime: requirements/runtime.lock | .venv/bin/python
	$(call quietly,installing the Python packages (about a minute),$(VENV)/pip install -q --no-deps -r $<)
	@touch $@

.venv/.experiments: requirements/experiments.lock | .venv/bin/python
	$(call quietly,installing the Python packages for experiments (about a minute),$(VENV)/pip install -q --no-deps -r $<)
	@touch $@; [ -e .venv/.runtime ] || touch .venv/.runtime

.venv/.dev: requirements/dev.lock | .venv/bin/python
	$(call quietly,installing the Python packages for development (about a minute),$(VENV)/pip install -q --no-deps -r $<)
	@touch $@; for made in .venv/.runtime .venv/.experiments; do [ -e $$made ] || touch $$made; done

.venv/.package: pyproject.toml .venv/.runtime
	$(call quietly,installing boomerang itself,$(VENV)/pip install -q --no-deps --no-build-isolation -e .)
	@touch $@

.venv-%/.done: requirements/%.lock
	$(call quietly,installing $* in its own environment,tools/venv.sh .venv-$* && .venv-$*/bin/pip install -q --no-deps -r $<)
	@touch $@

node_modules/.done: package-lock.json package.json
	$(call quietly,installing the Node tools,tools/npm-ci.sh)
	@touch $@

build/bin/.done: node_modules/.done tools/link.sh
	@tools/link.sh build/bin
	@touch $@

build/artifacts/.done: $(CONTRACTS) foundry.toml ape-config.yaml tools/build_artifacts.py tools/solc.mjs build/bin/.done | .venv/.dev
	@$(VENV)/python tools/build_artifacts.py --all
	@touch $@

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

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
FORGE := node_modules/.bin/forge

# ape finds the compiler here.
export SOLCX_BINARY_PATH := $(CURDIR)/build/solc
export PATH := $(CURDIR)/build/solc:$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call quietly,what,command): say what is being done; show the command's output only if it fails.
define quietly
@mkdir -p build; printf '%s\n' '- $(1)'; \
if ! { $(2); } >build/setup.log 2>&1; then cat build/setup.log >&2; echo 'failed: $(1)' >&2; exit 1; fi
endef

# ------------------------------------------------------------------------------------- play

.PHONY: demo devnet
demo: .venv/.package $(if $(filter anvil,$(CHAIN)),node_modules/.done) ## play the demonstration; CHAIN=anvil for a real node
	@$(VENV)/boomerang demo $(if $(CHAIN),--chain $(CHAIN))

devnet: .venv/.package node_modules/.done ## a local node with everything deployed
	@$(VENV)/boomerang devnet

# ------------------------------------------------------------------------------------- build

.PHONY: compile format lock clean
compile: build/.artifacts ## compile the contracts, rewrite src/boomerang/artifacts

format: .venv/.dev node_modules/.done ## format Python and Solidity
	@$(VENV)/ruff check --quiet --fix-only $(PYTHON_DIRS)
	@$(VENV)/ruff format --quiet $(PYTHON_DIRS)
	@$(FORGE) fmt

lock: .venv/.dev ## regenerate requirements/*.lock and package-lock.json
	@tools/lock.sh

clean: ## remove everything that make builds, environments too
	rm -rf .venv .venv-halmos .venv-slither node_modules build

# ------------------------------------------------------------------------------------- verify

.PHONY: test lint artifacts pytest symbolic slither coverage gas
test: ## everything CI runs: lint, artifacts, symbolic, slither, coverage, then pytest
	@$(MAKE) lint
	@$(MAKE) artifacts
	@$(MAKE) symbolic
	@$(MAKE) slither
	@$(MAKE) coverage
	@$(MAKE) pytest

lint: .venv/.dev .venv/.package node_modules/.done ## ruff, mypy, forge fmt, solhint
	@$(VENV)/ruff check --quiet $(PYTHON_DIRS)
	@$(VENV)/ruff format --quiet --check $(PYTHON_DIRS)
	@$(VENV)/mypy
	@$(FORGE) fmt --check
	@node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol'

artifacts: .venv/.dev node_modules/.done ## are the committed artifacts what the sources give?
	@$(VENV)/python tools/build_artifacts.py --check

pytest: .venv/.dev .venv/.package build/.artifacts ## the Python tests, ARGS="..." passed on
	@$(VENV)/pytest -n $(JOBS) $(ARGS)

symbolic: node_modules/.done .venv-halmos/.done build/.solc ## prove tests/symbolic with halmos
	@tools/symbolic.sh

slither: node_modules/.done .venv-slither/.done build/.solc ## static analysis
	@tools/slither.sh

coverage: .venv/.dev .venv/.package build/.artifacts ## which Solidity lines and branches the tests reach
	@tools/coverage.sh

gas: .venv/.dev .venv/.package build/.artifacts ## measure gas again, rewrite the committed numbers
	@$(VENV)/pytest -q tests/gas --update-gas

# ------------------------------------------------------------------------------------- set-up

.venv/bin/python:
	$(call quietly,creating .venv,tools/venv.sh .venv)

.venv/.runtime: requirements/runtime.lock | .venv/bin/python
	$(call quietly,installing the Python packages (about a minute),$(VENV)/pip install -q -r $<)
	@touch $@

.venv/.dev: requirements/dev.lock | .venv/bin/python
	$(call quietly,installing the Python packages for development (about a minute),$(VENV)/pip install -q -r $<)
	@touch $@; [ -e .venv/.runtime ] || touch .venv/.runtime

.venv/.package: pyproject.toml .venv/.runtime
	$(call quietly,installing boomerang itself,$(VENV)/pip install -q --no-deps --no-build-isolation -e .)
	@touch $@

.venv-%/.done: requirements/%.lock
	$(call quietly,installing $* in its own environment,tools/venv.sh .venv-$* && .venv-$*/bin/pip install -q -r $<)
	@touch $@

node_modules/.done: package-lock.json package.json
	$(call quietly,installing the Node tools,tools/npm-ci.sh)
	@touch $@

# The compiler under the names that ape (solc-v…) and everybody else (solc) look for.
build/.solc: tools/solc.mjs package.json
	@mkdir -p build/solc
	@ln -sf ../../tools/solc.mjs build/solc/solc
	@ln -sf ../../tools/solc.mjs build/solc/solc-v$(SOLC_VERSION)
	@touch $@

build/.artifacts: $(CONTRACTS) foundry.toml ape-config.yaml tools/build_artifacts.py tools/solc.mjs .venv/.dev node_modules/.done build/.solc
	@$(VENV)/python tools/build_artifacts.py --all
	@touch $@

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

# The commands of daily work. Each makes .venv first where it is missing (scripts/setup), and says what it installs.

.DEFAULT_GOAL := help
.PHONY: help demo test soak planted bench check lint format-check types format setup clean
SHELL := bash
PY := scripts/python

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: ## deploy the example to a local AWS with real containers, fetch it, take it down
	@scripts/demo

test: ## every test, those with real containers included; ARGS="-k word" goes to pytest
	@scripts/test $(ARGS)

soak: ## all of what `make test` only samples: a kill after every request, more bad input; an hour or more
	@scripts/soak $(ARGS)

planted: ## plant defects in a copy, one at a time, and see that the tests catch each; ARGS="word" for some
	@$(PY) -m devtools.planted $(ARGS)

bench: ## how fast it is beside other ways, as a table; ARGS="--only cold" measures one row
	@$(PY) -m devtools.bench $(ARGS)

check: lint format-check types ## all that needs no test run

# Scripts without a suffix are shell; Python lies in scripts/devtools.
lint: setup ## ruff's rules
	$(PY) -m ruff check .

format-check: setup
	$(PY) -m ruff format --check .

types: setup ## mypy, strict
	$(PY) -m mypy
	MYPYPATH=scripts $(PY) -m mypy -p devtools
	$(PY) -m mypy -p benchmarks

format: setup ## lay the code out, and mend what ruff can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

setup: ## make or renew .venv
	@scripts/setup

clean: ## remove .venv, caches and built packages
	rm -rf .venv .bench dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

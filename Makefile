# Every target sets up what it needs: there is nothing to run first.
.DEFAULT_GOAL := help
.PHONY: help install lock lint check test demo
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install:  ## put the locked packages and this checkout into .venv
	@tools/setup

lock: install  ## resolve the dependencies anew and write requirements.lock
	@.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --upgrade \
	    --group build --group dev pyproject.toml --output-file requirements.lock
	@tools/setup

lint: install  ## style, types and the layers of the design
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

check: install  ## the fast tests: no browser, no PostgreSQL
	@$(PY) -m pytest -q -n 2 --dist loadgroup -m "not slow and not browser and not postgres"

test: install  ## everything: what the system lacks, lint, and every test
	@tools/browser
	@$(MAKE) lint
	@$(PY) -m pytest -q -n 2 --dist loadgroup

demo: install  ## a synthetic cohort, the scheduler and the dashboard, at one address
	@exec .venv/bin/pathway demo

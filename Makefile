# Every target sets up what it needs: there is nothing to run first. PYTHON=python3.13 chooses the Python of a new .venv.
.DEFAULT_GOAL := help
.PHONY: help install lock browser lint check test bench demo docs kills prove mutants
.NOTPARALLEL:
PY := .venv/bin/python
PYTEST := $(PY) -m pytest -n 2 --dist loadgroup

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install:  ## put the locked packages and this checkout into .venv
	@tools/setup

lock: install  ## resolve the dependencies anew and write requirements.lock
	@.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --upgrade \
	    --group build --group dev pyproject.toml --output-file requirements.lock
	@tools/setup

browser:  ## see to it that there is a Chromium for the tests
	@tools/browser

lint: install  ## style, types and the layers of the design
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

check: install  ## the fast tests, for before each commit
	@$(PYTEST) -q -m "not slow and not browser and not postgres"

test: lint browser  ## everything: set-up, Chromium, lint and every test
	@$(PYTEST)

bench: install  ## measure against the limits, and write build/bench.json
	@$(PY) -m bench

docs: install  ## make the reference pages anew
	@$(PY) -m tools.reference

kills: install  ## SIGKILL an import 100 times, and count what was lost
	@$(PY) -m tools.kill

prove: install  ## an hour of random histories, the product against a second reading of the contract
	@$(PY) -m tools.prove --minutes 60

mutants: install  ## change the core one sign at a time, and count what the boundary tests notice
	@$(PY) -m tools.mutants

demo: install  ## a made-up liver unit, the scheduler and the dashboard, at one address
	@exec .venv/bin/pathway demo

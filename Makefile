# Scarabée: `make run` starts a demonstration, `make test` runs every test, `make help` lists the rest.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
# Hundreds of processes start in a run of the tests: none may compile the product again.
unexport PYTHONDONTWRITEBYTECODE
# The folder of this file, spaces and all, wherever make was called from.
ROOT := $(shell f=$$(echo '$(MAKEFILE_LIST)' | sed 's/^ //'); cd "$$(dirname "$$f")" && pwd)
IN := cd "$(ROOT)" &&
COMPILE := .tools/venv/bin/uv pip compile --universal --python-version 3.12 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet

# Files go whole to one of the processes, so that what a file prepares is prepared once.
PYTEST := .venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder
# What each engine does in its own way: locks, bulk paths, constraints, sorting. `make test-postgresql` runs the rest too.
ENGINES := $(addprefix tests/,accounts/test_lock_out.py accounts/test_rights.py accounts/test_sign_in.py \
	backups/test_tables.py backups/test_writing.py dossiers/test_declaring.py dossiers/test_deletion.py \
	dossiers/test_identity.py dossiers/test_in_force.py dossiers/test_search.py dossiers/test_selectors.py \
	dossiers/test_writing_at_once.py filings/portal/test_fairness.py filings/portal/test_lease.py \
	filings/portal/test_sending.py filings/test_duplicates.py filings/test_moves.py filings/test_orders.py \
	filings/test_releases.py maintenance/test_journal.py returns/test_anomalies.py returns/test_rates_decisions.py \
	returns/test_rates_landing.py returns/test_treating.py transfers/test_completing.py transfers/test_execution.py \
	transfers/test_undo.py)

.PHONY: help setup run test test-engines test-sqlite test-postgresql test-long check check-static format lint types layers migrations templates fix e2e bench lock browser postgresql

help: ## list the targets
	@$(IN) sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' Makefile

setup: ## build .venv with everything Scarabée needs
	@$(IN) scripts/setup

run: setup ## start the demonstration: a fictional bureau, in a data folder of its own
	@$(IN) exec .venv/bin/scarabee demo

test: test-sqlite ## every test, real browser included, on SQLite

test-sqlite: setup browser ## every test, on SQLite
	@$(IN) $(PYTEST) $(ARGS)

test-engines: setup postgresql ## on PostgreSQL, what engines do in their own way
	@$(IN) scripts/with-postgres $(PYTEST) $(ENGINES)

test-postgresql: setup browser postgresql ## all that uses a database, on a PostgreSQL that is thrown away at the end
	@$(IN) scripts/with-postgres $(PYTEST) $(ARGS)

test-long: ## the same with the sizes and seeds that prove most: hours, see docs/dev/testing.md
	@$(IN) SCARABEE_LONG=1 $(MAKE) test

check: check-static test ## everything that continuous integration checks

check-static: format lint types layers migrations templates ## the checks that run no test

format: setup
	@$(IN) .venv/bin/ruff format --check --quiet .

lint: setup
	@$(IN) .venv/bin/ruff check --quiet .

types: setup
	@$(IN) .venv/bin/mypy

layers: setup
	@$(IN) .venv/bin/lint-imports --no-logo

migrations: setup
	@$(IN) .venv/bin/python -m django makemigrations --check --dry-run --settings scarabee.settings.test

templates: setup
	@$(IN) .venv/bin/djlint --lint --quiet src

fix: setup ## format the code and repair what can be repaired
	@$(IN) .venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

e2e: setup browser ## browser tests only
	@$(IN) .venv/bin/pytest -m e2e $(ARGS)

bench: setup ## speed against the bars of the design
	@$(IN) .venv/bin/python -m benchmarks $(ARGS)

browser:
	@$(IN) scripts/find-browser

postgresql:
	@$(IN) scripts/find-postgres >/dev/null

lock: setup ## compile requirements/*.in again; UPGRADE=--upgrade takes newer versions
	@$(IN) for name in tools run dev; do \
		$(COMPILE) $(UPGRADE) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

# Everything runs from a virtual environment in .venv, which any target makes when it is not there.
PYTHON ?= python3.11
BIN := .venv/bin
FIXTURES ?=
PROJECT ?=

.PHONY: demo test proof up down clean lint lock

demo: .venv/installed  ## install, start the demo's sources, run the whole asset graph, report
	@$(BIN)/omics demo $(if $(FIXTURES),--fixtures $(FIXTURES)) $(if $(PROJECT),redcap --project "$(PROJECT)")

test: .venv/installed  ## all tests, with real Postgres and real HTTP
	@$(BIN)/pytest -n 2 --dist loadscope -m "not proof" --durations=40 --durations-min=5

proof: .venv/installed  ## very many random cases, of which `make test` runs some, and the slowest ones
	@$(BIN)/pytest -n 2 -m proof

up: .venv/installed  ## serve the Dagster UI, with schedules and sensors on
	@$(BIN)/omics up $(if $(FIXTURES),--fixtures $(FIXTURES)) $(if $(PROJECT),--project "$(PROJECT)")

down: .venv/installed  ## stop what `demo` and `up` started
	@$(BIN)/omics down

clean: .venv/installed  ## stop everything and delete the demo's data
	@$(BIN)/omics clean

lint: .venv/installed  ## style, types, import rules, the dictionary
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/omics dictionary check

lock:  ## renew the pins of everything to the newest that work together
	@$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --all-extras -c requirements.lock $(LOCK) -o requirements-dev.lock

LOCK := --upgrade --quiet --python-version 3.11 --universal --generate-hashes --no-header

# uv comes first because pip cannot install a hashed lock in which an extra is asked for.
.venv/installed: requirements-dev.lock requirements-uv.lock pyproject.toml
	@echo "Installing into .venv (once; under a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# One file of tasks. `make help` lists them; each does its own set-up and is quick when repeated.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
DATA ?= demo-data
PORT ?= 8600
SEED ?= 1
MINUTES ?= 20
.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-peers bench-storm soak installers installer-test lock translations clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.python: installers/setup/check_python.sh
	@sh installers/setup/check_python.sh "$(PYTHON)"
	@test -x $(PY) || "$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml $(VENV)/.python
	@echo "Installing the locked libraries of requirements.lock into $(VENV) (about a minute the first time)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: tests/requirements.lock $(VENV)/.run installers/setup/debian_packages.sh
	@sh installers/setup/debian_packages.sh
	@echo "Installing the locked test tools of tests/requirements.lock into $(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@

demo: $(VENV)/.run ## a small county on loopback: city, county hall, township and two villages
	$(VENV)/bin/yimen demo --dir $(DATA) --port $(PORT)

test: $(VENV)/.dev ## every test that a change must pass
	$(PY) -m ruff check .
	$(PY) -m mypy
	PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -q -n 4 --dist loadgroup

check: $(VENV)/.dev ## lint and types only
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: $(VENV)/.dev ## measurements beside their baselines; prints tables
	$(PY) -m tests.benchmarks

bench-peers: $(VENV)/.dev ## our mail and four peers over the same bad lines (fetches the peers)
	$(PY) -m tests.benchmarks.peers

bench-storm: $(VENV)/.dev ## 500 stations call one hall on PostgreSQL at once
	$(PY) -m tests.benchmarks.storm

soak: $(VENV)/.dev ## long seeded campaigns (SEED=1 MINUTES=20)
	$(PY) -m tests.soak --seed $(SEED) --minutes $(MINUTES)

installers: $(VENV)/.run ## build the Debian package into dist/
	sh installers/deb/build.sh dist

installer-test: installers ## install the package in a bare Debian 12 root without network (root only)
	sh installers/deb/test_install.sh dist

translations: $(VENV)/.run ## find the messages, bring the English catalogue up to date, compile it
	$(PY) -m tests.tools.messages

lock: ## resolve the dependencies anew (needs uv)
	echo "setuptools>=77" | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock" pyproject.toml - -o requirements.lock
	echo "setuptools>=77" | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock" --extra dev pyproject.toml - -o tests/requirements.lock

clean: ## remove what the tasks made (never the demo's data)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

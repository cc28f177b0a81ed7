# What a person can do here. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
SEED ?= 1
SEEDS ?= 20
WORKERS ?= auto
TESTS ?= tests
PHONE := field_client/phone
PHONE_READY := $(PHONE)/node_modules/.ready
PHONE_BUILT := server/web/built/phone/index.html
PHONE_SOURCES := $(shell find $(PHONE)/src $(PHONE)/public -type f) $(wildcard $(PHONE)/*.ts $(PHONE)/*.json $(PHONE)/*.html sync/*.json)

CONSOLE := server/web/console
CONSOLE_READY := $(CONSOLE)/node_modules/.ready
CONSOLE_BUILT := server/web/built/console/console.js
CONSOLE_SOURCES := $(shell find $(CONSOLE)/src -type f) $(wildcard $(CONSOLE)/*.ts $(CONSOLE)/*.json)

.PHONY: help
help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: requirements.lock setup.cfg pyproject.toml .ci/environment
	@bash .ci/packages
	@bash .ci/environment

.PHONY: setup
setup: .venv/.ready ## Make the environment: .venv/bin/doorstep and .venv/bin/doorstep-field

$(PHONE_READY): .venv/.ready $(PHONE)/package.json $(PHONE)/package-lock.json $(PHONE)/.npmrc .ci/npm
	@bash .ci/npm $(PHONE) ci --silent
	@touch $@

$(PHONE_BUILT): $(PHONE_READY) $(PHONE_SOURCES)
	@bash .ci/npm $(PHONE) run --silent build -- --logLevel warn

.PHONY: phone
phone: $(PHONE_BUILT) ## Build the officers' phone app, which the service serves at /phone/

$(CONSOLE_READY): .venv/.ready $(CONSOLE)/package.json $(CONSOLE)/package-lock.json $(CONSOLE)/.npmrc .ci/npm
	@bash .ci/npm $(CONSOLE) ci --silent
	@touch $@

$(CONSOLE_BUILT): $(CONSOLE_READY) $(CONSOLE_SOURCES)
	@bash .ci/npm $(CONSOLE) run --silent build -- --logLevel warn

.PHONY: console
console: $(CONSOLE_BUILT) ## Build what the console's pages load, which the service serves at /console/

.PHONY: demo
demo: setup phone console ## The main job on a real area, then serve it (FRESH=yes starts over, SERVE=no ends, LAN=yes for phones)
	@FRESH="$(FRESH)" SERVE="$(SERVE)" LAN="$(LAN)" $(PY) -m demo

.PHONY: test
test: test-packages setup lint types imports phone-test phone console-test console ## Everything: lint, types, import rules, the phone app, and the tests on SQLite and PostGIS
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -q $(TESTS)

.PHONY: test-packages
test-packages:
	@bash .ci/packages tests

.PHONY: lint
lint: setup ## Ruff: mistakes and layout
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .

.PHONY: types
types: setup ## Mypy, strict
	@.venv/bin/mypy

.PHONY: imports
imports: setup ## Who may import whom
	@.venv/bin/lint-imports --no-logo 2>/dev/null || .venv/bin/lint-imports

.PHONY: phone-test
phone-test: $(PHONE_READY) ## The phone app's own: TypeScript, Biome, Vitest
	@bash .ci/npm $(PHONE) run --silent types
	@bash .ci/npm $(PHONE) run --silent lint
	@bash .ci/npm $(PHONE) run --silent test -- --silent --reporter=dot

.PHONY: console-test
console-test: $(CONSOLE_READY) ## The console's scripts: TypeScript, Biome
	@bash .ci/npm $(CONSOLE) run --silent types
	@bash .ci/npm $(CONSOLE) run --silent lint

.PHONY: simulate
simulate: setup ## The simulator (SEED=1 SEEDS=20, DATABASE=sqlite or postgis)
	@$(PY) -m tests.simulation --seed $(SEED) --seeds $(SEEDS) $(if $(DATABASE),--database $(DATABASE))

.PHONY: bench
bench: test-packages setup ## Benchmarks up to one force, on both databases
	@$(PY) -m benchmarks

.PHONY: bench-scale
bench-scale: test-packages setup ## Benchmarks at 4.1 million premises, on PostGIS
	@$(PY) -m benchmarks --scale

.PHONY: bench-maps
bench-maps: test-packages setup ## Map tiles and downloads at the size of a force, on both databases
	@$(PY) -m benchmarks.maps

.PHONY: bench-phone
bench-phone: test-packages setup phone ## Benchmarks of the phone app in Chromium, throttled and not
	@$(PY) -m benchmarks.phone

.PHONY: bench-console
bench-console: test-packages setup console ## Benchmarks of every console page at the size of a force, on both databases
	@$(PY) -m benchmarks.console

.PHONY: migration
migration: setup ## Make migration 0001 anew from the tables in code (while nothing is released)
	@$(PY) -m migrations.make_first

.PHONY: format
format: setup ## Lay the code out
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

.PHONY: lock
lock: setup ## Choose versions anew and write requirements.lock with their hashes
	@python3 -m venv .venv-lock
	@.venv-lock/bin/python -m pip --quiet install pip-tools
	@.venv-lock/bin/pip-compile --quiet --upgrade --extra test --extra build --extra phone --generate-hashes --allow-unsafe \
	    --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --output-file requirements.lock setup.cfg
	@rm -rf .venv-lock

.PHONY: clean
clean: ## Remove the environment, caches and the demonstration's instance
	@rm -rf .venv .venv-lock .doorstep .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info \
	    $(PHONE)/node_modules $(CONSOLE)/node_modules server/web/built

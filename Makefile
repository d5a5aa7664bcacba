# Every target says what it does: `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash -euo pipefail

# The machine's own tools come first; .venv may hold a Node.js (`make node`).
export PATH := $(PATH):$(CURDIR)/.venv/bin

PYTHON := .venv/bin/python
DELIGHT := .venv/bin/delight
PACKAGES := agents api cli consumers infra models producers schemas services tests benchmarks
INSTALLED := .venv/.installed
PREPARED := .venv/.prepared
BENCH_PREPARED := .venv-bench/.installed
# Processes that share the test files, each with servers of its own; 0 runs the tests one after the other.
WORKERS ?= 3

.PHONY: help setup demo up down test test-python test-web llm demo-llm test-llm check check-rules chaos outages bench bench-quick format lock schemas screenshots node web web-build web-types web-check web-e2e

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PREPARED) ## Make .venv with the delight command, and fetch Kafka; does nothing when that is done

$(INSTALLED): requirements/dev.txt pyproject.toml scripts/bootstrap
	@scripts/bootstrap
	@touch $@

$(PREPARED): $(INSTALLED) infra/local/kafka-jars.txt
	@$(PYTHON) -m infra.local.prepare
	@touch $@

demo: setup ## See it work: three people, from a goal to a completed mission
	@$(DELIGHT) demo

up: setup ## Start everything in the foreground, the web too where Node is; Ctrl-C stops it
	@if scripts/has-node; then $(MAKE) --no-print-directory web-build || echo "The web could not be built; all else starts."; fi
	@$(DELIGHT) up

down: setup ## Stop what `delight up --detach` started
	@$(DELIGHT) down

test: test-python test-web ## Run the tests, on a real Kafka, PostgreSQL and Valkey; the web's too, where Node and Chromium are

test-python: setup ## Only those of the platform: make test-python ARGS="tests/api -q"
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -m "not chaos and not llm" \
		-n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-web: setup ## Only those of the web, as far as this machine can run them
	@scripts/test-web

llm: setup ## Install a small language model that runs on this machine
	@scripts/bootstrap local-llm

demo-llm: llm ## The demo with that model: what it writes is often refused, and tried again
	@scripts/demo-llm

test-llm: llm ## Run the agents against that model
	@$(PYTHON) -m pytest -m llm --timeout 1800 $(ARGS)

check: setup ## Lint, format, types, import rules, event schemas
	@.venv/bin/ruff check $(PACKAGES)
	@.venv/bin/ruff format --check $(PACKAGES)
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(DELIGHT) schemas check

check-rules: ## Check and test the Prometheus rules, where promtool is installed (Debian: prometheus)
	@if command -v promtool >/dev/null; then \
		promtool check config infra/deploy/prometheus/prometheus.yml && \
		promtool test rules infra/deploy/prometheus/alerts_test.yml; \
	else \
		echo "promtool is not installed: the Prometheus rules were not tested."; \
	fi

chaos: setup ## Break servers and workers under load and count what is lost: make chaos MINUTES=10
	@$(PYTHON) -m tests.chaos.run --minutes $(or $(MINUTES),5) $(ARGS)

outages: setup ## Take each server away for a minute under load: make outages AWAY=60
	@$(PYTHON) -m tests.chaos.outages --seconds $(or $(AWAY),60) $(ARGS)

bench: $(BENCH_PREPARED) ## Measure throughput and latency beside other job queues: make bench ARGS="--only queues --jobs 2000"
	@$(PYTHON) -m benchmarks $(ARGS)

bench-quick: $(BENCH_PREPARED) ## Jobs per second against arq and the ceiling, in under a minute
	@$(PYTHON) -m benchmarks.quick $(ARGS)

$(BENCH_PREPARED): $(PREPARED) requirements/bench.txt benchmarks/restate/package-lock.json scripts/bootstrap-bench
	@scripts/bootstrap-bench
	@touch $@

format: setup ## Format the code and fix what ruff can
	@.venv/bin/ruff check --fix $(PACKAGES)
	@.venv/bin/ruff format $(PACKAGES)

lock: ## Lock the dependencies of pyproject.toml anew, with hashes
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml -o requirements/runtime.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml --group dev -o requirements/dev.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--group local-llm -o requirements/local-llm.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--group node -o requirements/node.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--override requirements/bench-overrides.txt --group bench -o requirements/bench.txt

screenshots: setup ## Draw what people and operators see into docs/images; the web's pages where Node and Chromium are
	@if scripts/has-node; then $(MAKE) --no-print-directory web-build; fi
	@PYTHONPATH=. $(PYTHON) scripts/screenshots.py

schemas: setup ## Export the JSON Schemas of the events
	@$(DELIGHT) schemas export

node: ## Install Node.js into .venv, where the machine has none
	@scripts/bootstrap node

web: frontend/node_modules/.package-lock.json ## Install what the web needs (Node 20.9 or newer)

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json
	@cd frontend && npm ci --no-progress && touch node_modules/.package-lock.json

web-build: web ## Build the web, when something of it changed since the last time
	@cd frontend && if [ ! -e .next/BUILD_ID ] || [ -n "$$(find src package-lock.json *.ts *.mjs -newer .next/BUILD_ID ! -name next-env.d.ts -type f -print -quit)" ]; then \
		npm run --silent build; \
	fi

web-types: setup web ## Generate the web's types from the API and its frames
	@cd frontend && npm run --silent types

web-check: setup web ## Check the web: types of the contract, lint, types, unit tests
	@cd frontend && npm run --silent check-types && npm run --silent typecheck && npm run --silent lint && npm test --silent

web-e2e: setup web-build ## Run the web's end-to-end tests in a browser, against a system of their own: make web-e2e ARGS=roles
	@cd frontend && npm run --silent e2e -- $(ARGS)

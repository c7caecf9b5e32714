# make demo: the main job on the embedded stack · make test: all tests · make help: the rest
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
# Where it is set, every start of the program would compile all of its libraries anew: seconds instead of tenths.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test unit lint lock schemas bench chaos crash fuzz clean
help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: apt install python3 python3-venv (or see python.org)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version): make PYTHON=python3.11"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv || { echo "the venv module is missing: apt install python3-venv"; exit 1; }
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || $(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@uv="$$(command -v uv || echo $(BIN)/uv)"; set -e; \
	  VIRTUAL_ENV=$(CURDIR)/.venv "$$uv" pip install -q --compile-bytecode --require-hashes -r requirements.lock; \
	  VIRTUAL_ENV=$(CURDIR)/.venv "$$uv" pip install -q --no-deps -e .
	@touch $@

install: .venv/.installed ## .venv/bin/chainmail, ready to use

demo: install ## a small company's mailbox through the whole embedded stack (about two minutes)
	@$(BIN)/chainmail demo

lint: install ## formatting, rules, types, import direction, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

schemas: install ## docs/schemas/*.json and docs/analysis.md, from the models
	$(BIN)/python -m schemas.describe

unit: install ## the fast tests: no network, no servers
	$(BIN)/pytest tests/unit -n auto

PURE := $(addprefix --cov=,producer.chains producer.completeness consumer.fence consumer.retry consumer.breaker consumer.letter_limit consumer.cancellation \
  $(addprefix consumer.analysis.,actions addressees answers asking attention calibration causes confidence evidence fitting folding free_text grounding house injection instructions \
    narrative newest people places pressing prompt reading readings record rules said signatures summary telling tokens topic traits value versions weights wire) \
  $(addprefix consumer.evaluation.,fitting items metrics scoring) chainmail.local.restarts)

test: lint ## everything: rules, unit tests with coverage of the pure parts, integration, acceptance
	$(BIN)/pytest tests/unit -n auto -q $(PURE) --cov-branch --cov-report=term --cov-fail-under=95
	$(BIN)/python -m tests.servers.ollama
	$(BIN)/pytest tests/integration tests/acceptance tests/fuzz -n 2 --dist worksteal -m "not alone" --durations=5
	$(BIN)/pytest tests/integration tests/acceptance -m alone -rP

bench: install ## the figures of tests/benchmarks: ingest (docs/ingest.md), reading, delivery (docs/delivery.md)
	$(BIN)/python tests/benchmarks/ingest.py
	$(BIN)/python tests/benchmarks/ingest_lock.py ../shared/corpora/spamassassin/easy_ham
	$(BIN)/python tests/benchmarks/readers.py ../shared/corpora/spamassassin/easy_ham
	$(BIN)/python tests/benchmarks/delivery.py

injection: install ## all attacks of tests/injection against a model that obeys them (docs/injection.md)
	$(BIN)/python -m tests.injection.report

SECONDS ?= 60
chaos: install ## a random mixture of faults against the running program: make chaos SECONDS=600 [SEED=n]
	CHAINMAIL_TEST_CHAOS_SECONDS=$(SECONDS) CHAINMAIL_TEST_CHAOS_SEED=$(SEED) $(BIN)/pytest tests/acceptance/chaos/test_mixture.py -q -s

KILLS ?= 200
crash: install ## kill -9 of an import at random points: make crash KILLS=1000 [SEED=n]
	CHAINMAIL_TEST_CRASH_KILLS=$(KILLS) CHAINMAIL_TEST_CRASH_SEED=$(SEED) $(BIN)/pytest tests/acceptance/crash/test_import.py -q -s

fuzz: install ## damaged mail against the parser: make fuzz SECONDS=600 [SEED=n]
	CHAINMAIL_TEST_FUZZ_SECONDS=$(SECONDS) CHAINMAIL_TEST_FUZZ_SEED=$(SEED) $(BIN)/pytest tests/fuzz -q -s

lock: install ## write requirements.lock anew from pyproject.toml
	VIRTUAL_ENV=$(CURDIR)/.venv $$(command -v uv || echo $(BIN)/uv) pip compile --quiet --universal --generate-hashes --all-extras --group dev --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: ## remove what was built here (caches outside the checkout stay)
	rm -rf .venv build dist .*_cache

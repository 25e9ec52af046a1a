# Bare `make` lists what there is. Needed: Python >= 3.11 (with venv and pip); for the page, Node >= 20.19.
# What is set on the command line reaches the program too: make run PORT=9000 DEBUG=on

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
INSTALLED := $(VENV)/.installed
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

# Empty without a Node that can build the page; then all but the page is there.
NODE := $(shell test -f frontend/package.json && command -v npm >/dev/null && node -p \
	'const [a, b] = process.versions.node.split(".").map(Number); \
	a > 20 || (a == 20 && b >= 19) ? "yes" : ""' 2>/dev/null)
PAGE_SOURCES := $(shell find frontend \( -name node_modules -o -name dist -o -name tests \) -prune \
	-o -type f -print 2>/dev/null)
WITHOUT_NODE := Node >= 20.19 with npm is not installed

.DEFAULT_GOAL := help
.PHONY: help run stack demo test check fmt contract bench bench-smoke faults reliability lock clean install page \
	test-side-by-side test-browser test-timed test-embedded test-production test-page \
	check-style check-types check-imports check-django check-contract check-page check-reliability

# Runs all steps, also after one has failed, and says at the end which ones did.
define steps
@failed=; for step in $(1); do \
	$(MAKE) --no-print-directory $$step || failed="$$failed $$step"; \
done; \
if test -n "$$failed"; then echo "make $@: FAILED:$$failed"; exit 1; fi; echo "make $@: all passed"
endef

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' Makefile

run: install page ## serve the chat on http://127.0.0.1:8000 (PORT=…)
	@$(MANAGE) migrate --verbosity 0
	@exec $(MANAGE) serve

stack: install page ## run PostgreSQL, Redis, workers and nginx, as docker-compose.yml does (PORT=…)
	@exec $(BIN)/python -m deploy.stack $(if $(PORT),--port $(PORT))

demo: install ## fill the database with a lively small world
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo

test: ## run the whole suite on SQLite, on PostgreSQL with Redis, and the page's (ARGS=… for pytest)
	$(call steps,test-embedded test-production test-page)

check: ## all that a change has to pass: tests, style, types, imports, migrations, contract, page
	$(call steps,check-style check-types check-imports check-django check-contract check-page \
		check-reliability $(if $(filter true,$(CI)),test-side-by-side test-browser test-timed, \
		test-embedded test-production))

fmt: install ## put the sources in their usual form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory frontend/node_modules/.installed
	@cd frontend && npm run --silent format
endif

contract: install ## write openapi/openapi.yaml and the page's types anew from the code
	@$(MANAGE) spectacular --file openapi/openapi.yaml --validate --fail-on-warn
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory frontend/node_modules/.installed
	@cd frontend && npm run --silent --if-present types
endif

bench: install ## measure Parley beside the usual design and a bare broadcast (ONLY=a,b ROUNDS=3)
	@ONLY=$(ONLY) ROUNDS=$(ROUNDS) SERVERS=$(SERVERS) PROFILE=$(PROFILE) WRITE=$(WRITE) \
		$(BIN)/python -m bench

bench-smoke: install ## does the bench work, and is no ratio below half of the published one?
	@$(BIN)/python -m bench.smoke

faults: install ## try the promises long, and record it (ROW=4 TRIALS=100 STACK=production)
	@for stack in $(or $(STACK),embedded production); do \
		RECORD=docs/reliability.jsonl $(BIN)/pytest --stack $$stack tests/faults -s $(ARGS) || failed=1; \
	done; $(MAKE) --no-print-directory reliability; test -z "$$failed"

reliability: install ## write the table of docs/reliability.md from the recorded runs
	@$(BIN)/python -m tests.faults.reliability

# Without --upgrade, uv keeps the versions of the present lock where it can.
lock: $(BIN)/pip ## write requirements.lock from pyproject.toml (UPGRADE=1 for newest versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -qq uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
		--quiet --output-file requirements.lock

clean: ## remove what was installed and built; var/ with its database stays
	@rm -rf $(VENV) frontend/dist frontend/node_modules tests/clients/node/node_modules \
		tests/browser/node/node_modules
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- installing ------------------------------------------------------------------------------

install: $(INSTALLED)

# No rule for the interpreter: a venv that broke off half-way has it already, but no pip.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Parley needs Python 3.11 or newer; name it: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# uv does in seconds what takes pip most of a minute, and pip does it where uv cannot (a package
# mirror that only pip's configuration knows). Both check the same hashes.
$(INSTALLED): requirements.lock | $(BIN)/pip
	@echo "Installing the Python packages …"
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install -qq --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock || \
		$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock
	@touch $@

ifeq ($(NODE),yes)
page: frontend/dist/index.html
else
page:
	@if test -f frontend/package.json; then echo "$(WITHOUT_NODE): serving without the page."; fi
endif

frontend/node_modules/.installed: frontend/package-lock.json
	@echo "Installing the page's packages …"
	@cd frontend && $(NPM_CI) >/dev/null
	@touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(PAGE_SOURCES)
	@cd frontend && npm run --silent build -- --logLevel warn
	@touch $@

# -- the steps of test and check -------------------------------------------------------------

# Most of a test run is waiting: three parts run at a time, the longest begin first. Each line of
# what they say begins with its part.
PARTS := rest-production rest-embedded faults-embedded realtime-production realtime-embedded \
	faults-production

test-side-by-side: install
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(PARTS:%=said-%)

said-rest-%: ARGS := $(foreach part,browser faults realtime,--ignore=tests/$(part))
said-realtime-%: ARGS := tests/realtime
said-faults-embedded: ARGS := tests/faults
said-faults-production: ARGS := tests/faults -m "not timed"
$(PARTS:%=said-%): said-%: install
	@bash -o pipefail -c \
		'$(BIN)/pytest --stack $(lastword $(subst -, ,$*)) $(ARGS) 2>&1 | sed -u "s/^/$*: /"'

# What measures time comes alone, afterwards: the page in its browser, and with several processes to
# break, the faults that are timed.
test-browser: install
	$(BIN)/pytest --stack embedded tests/browser

test-timed: install
	$(BIN)/pytest --stack production tests/faults -m timed

test-embedded: install
	$(BIN)/pytest --stack embedded $(ARGS)

test-production: install
	$(BIN)/pytest --stack production $(ARGS)

test-page:
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory frontend/node_modules/.installed
	cd frontend && npm test --silent
else
	@echo "The page's tests DO NOT RUN: $(WITHOUT_NODE)."; test "$$CI" != true
endif

check-style: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: install
	$(BIN)/mypy

check-imports: install
	$(BIN)/lint-imports

check-django: install
	$(MANAGE) check --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run

check-contract: install
	@fresh=$$(mktemp) && trap 'rm -f "$$fresh"' EXIT && \
	$(MANAGE) spectacular --file "$$fresh" --validate --fail-on-warn && \
	{ diff -u openapi/openapi.yaml "$$fresh" || \
		{ echo "openapi/openapi.yaml is stale: run make contract"; exit 1; }; }
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory frontend/node_modules/.installed
	@cd frontend && { npm run --silent --if-present types -- --check || \
		{ echo "The page's generated types are stale: run make contract"; exit 1; }; }
endif

check-reliability: install
	$(BIN)/python -m tests.faults.reliability --check

check-page:
ifeq ($(NODE),yes)
	@$(MAKE) --no-print-directory frontend/node_modules/.installed
	cd frontend && npm run --silent check
else
	@echo "The page IS NOT CHECKED: $(WITHOUT_NODE)."; test "$$CI" != true
endif

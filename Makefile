# Everything a developer runs. Needs Python 3.10 or later, pip and make; all else goes into the checkout.

PYTHON ?= python3
PYTEST_ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
MELTANO := .venv-meltano/bin/meltano
SYNC := $(UV) pip sync --quiet --require-hashes
LOCKS := uv dev meltano target-duckdb targets dbt audit
# Tests of what the wheel leaves out: the checkout's own files, and the campaign.
NOT_IN_WHEEL := --ignore=tests/project --ignore=tests/integration/test_chaos.py
# Environments that tests load and build warehouses with, and where the tests find them.
WAREHOUSES := .venv-dbt/dbt.stamp .venv-targets/targets.stamp

export DBT_PYTHON := $(CURDIR)/.venv-dbt/bin/python
export TARGETS_PYTHON := $(CURDIR)/.venv-targets/bin/python
export UV_NO_PROGRESS := 1
# What builds the editable install is locked, too.
export UV_BUILD_CONSTRAINT := $(CURDIR)/requirements/dev.txt
# Many processes start here, and none should compile the libraries again.
unexport PYTHONDONTWRITEBYTECODE
# Outside the checkout, pip and uv keep their caches and nobody keeps anything else.
export XDG_DATA_HOME := $(CURDIR)/.venv/share
export XDG_STATE_HOME := $(CURDIR)/.venv/state

.PHONY: help demo test lint format bench chaos docs lock build audit wheel-test oldest-test clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

demo: .venv/dev.stamp .venv-meltano/plugins.stamp ## Load a made-up organization into DuckDB and look at it
	@$(BIN)/python scripts/demo.py

test: .venv/dev.stamp $(WAREHOUSES) ## Run the whole test suite (PYTEST_ARGS adds options)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: .venv/dev.stamp ## Check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/dev.stamp ## Bring the code into form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/dev.stamp ## Run the benchmarks, results into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

chaos: .venv/dev.stamp .venv-targets/targets.stamp ## Kill and trouble runs, and compare what arrived with the truth
	@$(BIN)/python -m chaos

docs: .venv/dev.stamp ## Write docs/endpoints.md, .secrets.example and parts of README.md and meltano.yml
	@$(BIN)/python scripts/generate_docs.py

lock: .venv/dev.stamp ## Lock the dependencies anew (UPGRADE=1 moves them to the newest)
	@for group in $(LOCKS); do \
	  extra=; test $$group != dev || extra="pyproject.toml --extra sandbox"; \
	  $(LOCK) $$extra --group $$group --output-file requirements/$$group.txt || exit 1; \
	done
	@$(LOCK) pyproject.toml --constraints requirements/dev.txt --output-file requirements/tap.txt

LOCK = $(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

build: .venv/dev.stamp ## Build the wheel and the source distribution into dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build --directory dist

wheel-test: build $(WAREHOUSES) ## Run the test suite on the built wheel, away from the source
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-wheel
	@$(SYNC) --python .venv-wheel/bin/python requirements/dev.txt
	@$(UV) pip install --quiet --python .venv-wheel/bin/python --no-deps dist/*.whl
	@rm -rf output/wheel && mkdir -p output/wheel && cp -R tests pyproject.toml output/wheel
	@cd output/wheel && ../../.venv-wheel/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(NOT_IN_WHEEL) $(PYTEST_ARGS)

oldest-test: .venv/uv.stamp $(WAREHOUSES) ## Run the test suite on the oldest dependencies that pyproject.toml allows
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-oldest
	@$(UV) pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct \
	  --editable '.[sandbox]' --group dev
	@.venv-oldest/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

audit: .venv/uv.stamp ## Look the locked dependencies up in the vulnerability databases
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-audit
	@$(SYNC) --python .venv-audit/bin/python requirements/audit.txt
	@for lock in tap dev meltano; do \
	  .venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements/$$lock.txt || exit 1; \
	done

clean: ## Remove the environments and everything built
	@rm -rf .venv .venv-* .meltano .mypy_cache .pytest_cache .ruff_cache .hypothesis dist output

.venv/uv.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Python 3.10 or later is needed: make PYTHON=/path/to/python3.x")'
	@echo "Setting up .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.txt
	@touch $@

.venv/dev.stamp: .venv/uv.stamp requirements/dev.txt pyproject.toml
	@$(SYNC) --python $(BIN)/python requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-dbt/dbt.stamp: .venv/uv.stamp requirements/dbt.txt
	@echo "Setting up dbt …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-dbt
	@$(SYNC) --python .venv-dbt/bin/python requirements/dbt.txt
	@touch $@

.venv-targets/targets.stamp: .venv/uv.stamp requirements/targets.txt
	@echo "Setting up the targets …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-targets
	@$(SYNC) --python .venv-targets/bin/python requirements/targets.txt
	@touch $@

.venv-meltano/venv.stamp: .venv/uv.stamp requirements/meltano.txt
	@echo "Setting up Meltano …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-meltano
	@$(SYNC) --python .venv-meltano/bin/python requirements/meltano.txt
	@touch $@

.venv-meltano/plugins.stamp: .venv-meltano/venv.stamp meltano.yml pyproject.toml requirements/tap.txt requirements/target-duckdb.txt
	@echo "Installing the tap and target-duckdb as Meltano plugins …"
	@mkdir -p output
	@$(MELTANO) install --clean tap-genesys-journey target-duckdb > output/meltano-install.log 2>&1 \
	  || { cat output/meltano-install.log; exit 1; }
	@touch $@

# Every target sets up what it needs: .venv is made once, and again when the lock or pyproject.toml changes.
.DEFAULT_GOAL := help
.PHONY: demo test check bench torture ablate docs lock clean help
.DELETE_ON_ERROR:

BIN := .venv/bin

demo: .venv/.stamp ## run the engine on paper, on a simulated market (SECONDS=20 ends it)
	@$(BIN)/kedge demo $(if $(SECONDS),--seconds $(SECONDS))

test: check ## all checks, then all tests (ARGS=… goes to pytest)
	@$(BIN)/python -m pytest -q $(ARGS)

check: .venv/.stamp ## format, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet --output-format concise || { echo "To format: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$report"; exit 1; }
	@echo "Format, lint, types and imports are in order."

bench: .venv/.stamp ## benchmarks
	@$(BIN)/python -m bench $(ARGS)

torture: .venv/.stamp ## simulated bad days and long property tests
	@$(BIN)/python -m kedge.torture $(ARGS)
	@KEDGE_HYPOTHESIS_PROFILE=torture $(BIN)/python -m pytest -q -m torture --timeout 0

ablate: .venv/.stamp ## take each safeguard out in turn and see a test fail (ARGS=word for some)
	@$(BIN)/python scripts/ablate.py $(ARGS)

docs: .venv/.stamp ## build the documentation
	@$(BIN)/python scripts/build_docs.py

lock: ## write the lock files again (ARGS=--upgrade for newer releases)
	@PYTHON="$(PYTHON)" scripts/lock.sh $(ARGS)

clean: ## remove .venv, caches and build products
	@rm -rf .venv .lock-venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist site
	@find . -name node_modules -prune -o -type d -name __pycache__ -exec rm -rf {} +

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# PYTHON=… picks the interpreter; otherwise the first that fits.
.venv/.stamp: requirements-dev.lock pyproject.toml
	@echo "Setting up .venv (once; takes about half a minute) …"
	@python=$$(sh scripts/find_python.sh $(if $(PYTHON),"$(PYTHON)")) && "$$python" -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

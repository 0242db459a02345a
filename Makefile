# The whole day in a few words. `make help` lists them.

VENUE  := .venv/bin/venue
PYTHON := .venv/bin/python
AREA   ?=
JSON   ?=
SHARE  ?=
SEED   ?=
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak format docs shots clean set-up-demo set-up-test
.PHONY: check-format check-lint check-types check-imports check-docs

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: set-up-demo ## start a sample venue with kiosk, console and gate on this computer
	$(VENUE) demo $(ARGS)

test: set-up-test ## run all tests, two files at a time (ARGS="tests/tidy -x" for some)
	$(PYTHON) -m pytest $(if $(ARGS),$(ARGS),-n 2 --dist loadfile)

check: check-format check-lint check-types check-imports check-docs ## format, lint, types, imports, documents

check-format: set-up-test
	.venv/bin/ruff format --check --quiet .

check-lint: set-up-test
	.venv/bin/ruff check .

check-types: set-up-test
	.venv/bin/mypy

check-imports: set-up-test
	.venv/bin/lint-imports

check-docs: set-up-test
	$(PYTHON) -m tests.tidy.generate_docs --check

bench: set-up-test ## measure; AREA=name for one area, JSON=file to keep the numbers
	$(PYTHON) -m tests.benchmarks $(if $(AREA),--area $(AREA)) $(if $(JSON),--json $(JSON)) $(ARGS)

soak: set-up-test ## try for hours to lose something; SHARE=0.01 for a hundredth, SEED=7, JSON=file
	$(PYTHON) -m tests.faults.soak $(if $(SHARE),--share $(SHARE)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json $(JSON)) $(ARGS)

format: set-up-test ## put code into its usual form, mend what can be mended
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs: set-up-test ## write the generated parts of docs/ anew
	$(PYTHON) -m tests.tidy.generate_docs

shots: set-up-demo ## play the demo once by itself and keep its pictures in out/shots
	$(VENUE) demo --once --out out/shots $(ARGS)

clean: ## remove what was built, measured or shown; .venv and venue-data stay
	rm -rf build dist out venue-demo demo-story .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

set-up-demo:
	@packaging/setup.sh demo

set-up-test:
	@packaging/setup.sh test

# Every target that needs .venv makes it first; `make` alone lists the targets.

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup demo test model docs format lock clean

RUN := .venv/bin
SAY = @printf '\n== %s\n'

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## make .venv and install everything; a second run does nothing
	@PYTHON="$(PYTHON)" .ci/setup.sh

demo: setup ## three calls to a server on this machine, shown live
	@$(RUN)/voicebot demo

test: setup ## lint, types, import rules and all tests
	$(SAY) "ruff check"
	@$(RUN)/ruff check .
	$(SAY) "ruff format"
	@$(RUN)/ruff format --check .
	$(SAY) "mypy"
	@$(RUN)/mypy
	$(SAY) "import rules"
	@$(RUN)/lint-imports
	$(SAY) "pytest"
	@$(RUN)/pytest -n 4 --dist worksteal

model: setup ## train the bundled speech model anew; two to three hours
	@$(RUN)/python -m models.train

docs: setup ## write the pages that are made from the code
	@$(RUN)/python -m voicebot.cli.reference
	@$(RUN)/python -m tests.integration.calls.matrix

format: setup ## put the code into the house form
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

lock: setup ## write requirements.lock anew from pyproject.toml
	@.ci/lock.sh

clean: ## remove .venv and everything that tools left behind
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

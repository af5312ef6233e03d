# make lab   plays the seed and its three workarounds
# make test  passes the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: lab test check bench clean

lab: $(VENV)/run
	@$(BIN)/mta-lab run --all

test: $(VENV)/dev
	@$(BIN)/pytest

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev
	$(BIN)/pytest benchmarks --benchmark-group-by=group --benchmark-columns=mean,stddev,ops,rounds

clean:
	rm -rf $(VENV)

$(VENV)/run: pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

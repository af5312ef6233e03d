# make lab   plays the seed and its three workarounds
# make test  passes the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $$(test -x $(BIN)/pip && echo $(BIN)/pip || echo $(PYTHON) -m pip --python $(BIN)/python)
INSTALL = $(PIP) install --quiet --disable-pip-version-check --no-compile

# What a lab's many processes import is compiled once and kept, whatever the shell says of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lab test check bench fuzz clean

lab: $(VENV)/run
	@$(BIN)/mta-lab run labs/q196381*.yaml

test: $(VENV)/dev
	@$(BIN)/pytest

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev
	$(BIN)/pytest benchmarks --benchmark-group-by=group --benchmark-columns=mean,stddev,ops,rounds

FUZZ_SECONDS ?= 60
fuzz: $(VENV)/fuzz
	@$(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV)

# The base Python's pip serves the environment where there is one (pip 22.3 and later can), and
# nothing is compiled before it is used: a first `make lab` is done in half the time.
$(VENV)/bin/python:
	@if $(PYTHON) -m pip --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" --version \
		>/dev/null 2>&1; \
	then $(PYTHON) -m venv --without-pip $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

$(VENV)/run: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/fuzz: $(VENV)/dev
	@$(INSTALL) --editable '.[fuzz]'
	@touch $@

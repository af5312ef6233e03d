# make lab   plays the seed and its three workarounds
# make test  passes the tests
# make proof  passes those that take minutes: 2000 random rulesets against the kernel, and the like
# make captures  plays every lab that loopback can show, and bundles captures with a Wireshark profile
# make docs  builds the documentation as a site
# make man   makes the manual pages of all commands
# make dist  builds wheel and sdist, which have them; make release-check says whether they are a release
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKAROUNDS := transparency-off second-connector tunnel
PACKAGES := labkit mta_emu firewall_proxy mta_lab
PIP = $$(test -x $(BIN)/pip && echo $(BIN)/pip || echo $(PYTHON) -m pip --python $(BIN)/python)
INSTALL = $(PIP) install --quiet --disable-pip-version-check --no-compile

# What a lab's many processes import is compiled once and kept, whatever the shell says of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lab captures docs man dist release-check test proof check bench fuzz clean

lab: $(VENV)/run
	@$(BIN)/mta-lab run labs/q196381.yaml
	@$(BIN)/mta-lab run $(WORKAROUNDS:%=labs/q196381-%.yaml)

# A smaller bundle: make captures CAPTURED=labs/q196381.yaml
RUNS := runs
CAPTURED := --all
captures: $(VENV)/every
	@rm -rf $(RUNS)/captures
	@$(BIN)/mta-lab run $(CAPTURED) --quiet --capture $(RUNS)/captures
	@cp -r docs/wireshark $(RUNS)/captures
	@$(BIN)/python -m zipfile -c $(RUNS)/captures.zip $(RUNS)/captures
	@echo "$(RUNS)/captures.zip: begin with captures/wireshark/README.md in it"

# Pages can be read from the disk; to search in them takes a server.
docs: $(VENV)/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "site/index.html: or python3 -m http.server --bind 127.0.0.1 --directory site, to search, too"

MAN := build/share/man/man1
man: $(VENV)/run
	@rm -rf $(MAN)
	@$(BIN)/python -m labkit.manpages $(MAN) mta_lab mta_emu firewall_proxy

dist: man $(VENV)/dev
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist . >build/log.txt || { cat build/log.txt; exit 1; }
	@ls dist/*

release-check: dist
	@$(BIN)/twine check --strict dist/*
	@$(BIN)/python -m tests.release

test: $(VENV)/dev
	@$(BIN)/pytest $(TESTS)

proof: $(VENV)/dev
	@$(BIN)/pytest -m proof --timeout 0 -o faulthandler_timeout=0 $(TESTS)

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

# The base Python's pip serves the environment where there is one, and nothing of others is compiled
# before it is used: a first `make lab` is done in half the time.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import labkit'  # ends with what is needed when this Python is too old
	@if $(PYTHON) -c 'import pip' 2>/dev/null; then $(PYTHON) -m venv --without-pip $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

# What we need and what we are, side by side: to build the one takes as long as to find the other.
$(VENV)/run: pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*project["dependencies"], sep="\n")' >$(VENV)/dependencies.txt
	@$(INSTALL) --requirement $(VENV)/dependencies.txt & \
	$(INSTALL) --no-deps --editable . && $(BIN)/python -m compileall -q $(PACKAGES); \
	project=$$?; wait $$! && exit $$project
	@touch $@

$(VENV)/dev: $(VENV)/run
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/docs: $(VENV)/run
	@$(INSTALL) --editable '.[docs]'
	@touch $@

# What the programs of some labs need, too.
$(VENV)/every: $(VENV)/run
	@$(INSTALL) --editable '.[substation]'
	@touch $@

$(VENV)/fuzz: $(VENV)/dev
	@$(INSTALL) --editable '.[fuzz]'
	@touch $@

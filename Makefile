# Every target sets up what it needs: a virtual environment in .venv, again only when pyproject.toml changed.

PYTHON ?= python3
BANK   := fixtures/scenarios/bank

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready-to-run
DEV    := $(VENV)/.ready-to-develop
SITE   := $(VENV)/.ready-for-the-site
TOOLS  := $(VENV)/render-tools
SARIF  := $(VENV)/schemas/sarif-2.1.0.json
JUNIT  := $(VENV)/schemas/junit-10.xsd

.DEFAULT_GOAL := help
.PHONY: help demo test test-oracles test-oracles-long lint format bench site clean

help:             ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 26

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "netaudit needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(READY)

$(SITE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[site]'
	@touch $@

# helm and kubectl, which render for the tests; without them those tests say that they are skipped.
$(TOOLS)/helm: | $(DEV)
	-$(BIN)/python -m tests.render_tools $(TOOLS)

# The published schema of SARIF, for the test that holds our reports to it; it lies in a package of npm.
$(SARIF): | $(DEV)
	@mkdir -p $(@D)
	-cd $(@D) && npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0 && tar -xzf microsoft-jest-sarif-*.tgz && \
	mv package/lib/schemas/sarif-2.1.0-rtm.5.json $(@F) && rm -r package microsoft-jest-sarif-*.tgz

# The published schema of JUnit XML; it lies in the source package of pytest.
$(JUNIT): | $(DEV)
	@mkdir -p $(@D)
	-cd $(@D) && $(abspath $(BIN))/python -m pip download --quiet --no-deps --no-binary pytest pytest==8.4.2 && \
	tar -xzf pytest-8.4.2.tar.gz --strip-components=3 pytest-8.4.2/testing/example_scripts/junit-10.xsd && rm pytest-8.4.2.tar.gz

# The bank breaks one of its promises on purpose, so the right exit code of `check` is 1 and no other.
demo: $(READY)    ## check the bank's promises and draw its map into out/
	@mkdir -p out
	@status=0; $(BIN)/netaudit check $(BANK)/infra $(BANK)/k8s --rules $(BANK)/rules.yaml || status=$$?; \
	if [ $$status -ne 1 ]; then echo "make demo: the check ended with $$status; 1 was expected" >&2; exit 1; fi
	@$(BIN)/netaudit diagram map $(BANK)/infra $(BANK)/k8s --rules $(BANK)/rules.yaml --title "The bank" -o out/bank.svg -o out/bank.html
	@echo
	@echo "Exit code 1, as it should be: one promise is broken on purpose ($(BANK)/README.md tells how)."
	@echo "The map: out/bank.svg, and to click through: out/bank.html"

test: lint        ## check style, types and imports, then pass the tests
	$(BIN)/python -m pytest -m "not oracle" -n 2

test-oracles: $(DEV) $(TOOLS)/helm $(SARIF) $(JUNIT) ## compare with what nobody here wrote: terraform, helm, corpora, a browser
	$(BIN)/python -m pytest -m oracle -n 2

test-oracles-long: $(DEV) $(TOOLS)/helm $(SARIF) $(JUNIT) ## the same, and thousands of random examples for every law
	NETAUDIT_SIMULATE_ALL=1 $(BIN)/python -m pytest -m oracle -n 2
	$(BIN)/python -m pytest tests/laws -n 2 --hypothesis-profile=long

lint: $(DEV)      ## style, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)    ## put the code into its one format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(READY)   ## measure whole processes, and hold the solver to the judge at every size
	$(BIN)/python benchmarks/run.py --output benchmarks/results.json

site: $(SITE)     ## build the documentation into out/site, its pictures drawn anew
	$(BIN)/mkdocs build --quiet

clean:            ## remove everything that was made
	rm -rf $(VENV) out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

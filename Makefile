# make run    set up .venv if needed, then run the workflow of config.yaml
# make test   set up .venv if needed, then run the tests
# make images BUDGET=600   train the image studies for so many seconds, the most important first; again to go on
# make gpu    on a machine with a GPU: the tests that need one, its speed, and `make images` at the scale `reduced`
# Variables: PYTHON (which Python the .venv is made with), CORES (default all), SCALE (smoke, default, reduced, paper),
# ARGS (passed on: `make run ARGS=-n`, `make test ARGS="-m 'not slow'"`), STUDIES (of make images).

SHELL := /bin/sh
CORES ?= all
BUDGET ?= 600
STUDIES ?= tang2025.fig1 tang2025.matched tang2025.fig2 tang2025.fig9 tang2025.fig10 zou2023.fig1 \
	tang2025.precision
BIN := .venv/bin
READY := .venv/.ready
SNAKEMAKE = $(BIN)/snakemake $(if $(SCALE),--config scale=$(SCALE))
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup run smoke images gpu report test bench lint docs rulegraph reference clean

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(BIN)/python -c '' 2>/dev/null || { rm -rf .venv; python=$$($(FIND_PYTHON)) && "$$python" -m venv .venv; }
	$(BIN)/python -m pip install --quiet "pip>=23.2"
	@# By itself and by its exact version, so that pip takes a CPU build where one is at hand.
	$(BIN)/python -m pip install --quiet $$(grep '^torch==' constraints.txt)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test,dev]'
	@touch $@

# The first of these that is 3.11 to 3.13 and can make a virtual environment.
define FIND_PYTHON
for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	if "$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		>/dev/null 2>&1; then echo "$$python"; exit 0; fi; \
done; \
echo "make: no Python 3.11, 3.12 or 3.13 with venv found; install one (Debian: python3 python3-venv) \
or name it: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12" >&2; exit 1
endef

run: $(READY)
	$(SNAKEMAKE) --cores $(CORES) $(ARGS)

smoke: $(READY)
	$(BIN)/snakemake --config scale=smoke --cores $(CORES) $(ARGS)

images: $(READY)
	$(BIN)/python -m adamatlas run $(STUDIES) --budget $(BUDGET) --cores $(CORES) $(if $(SCALE),--scale $(SCALE)) $(ARGS)

gpu: $(READY)
	-$(BIN)/python -m pytest -m cuda
	-$(BIN)/python -m benchmarks --only images --json results/bench-gpu.json
	ADAMATLAS_DEVICE=cuda SNAKEMAKE_PROFILE=profiles/gpu $(MAKE) images SCALE=reduced

report: $(READY)
	@mkdir -p results
	$(SNAKEMAKE) --report results/report.zip $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# The generated parts of README.md, docs/ and workflow/schemas/, from results/reference and the config's models.
docs: $(READY)
	$(BIN)/python -m docs.generate

# Publish from a finished default run: the cubes that are published, the verdicts, a benchmark, and what cites them.
# Another cube is published once it has been copied to results/reference by hand.
REFERENCE := $(notdir $(basename $(wildcard results/reference/*.nc)))
reference: $(READY)
	@mkdir -p results/reference
	cp $(REFERENCE:%=results/default/cubes/%.nc) results/default/claims.json results/reference/
	-$(BIN)/python -m benchmarks --json results/reference/bench.json
	$(MAKE) docs

# Needs graphviz (`dot`).
rulegraph: $(READY)
	@mkdir -p docs/images
	$(BIN)/snakemake --rulegraph --quiet all > .venv/rulegraph.dot
	dot -Tsvg .venv/rulegraph.dot -o docs/images/rulegraph.svg

# Removes what runs have written; spares results/reference (published cubes) and .venv.
clean:
	@if [ -d results ]; then find results -mindepth 1 -maxdepth 1 ! -name reference -exec rm -rf {} +; fi
	rm -rf logs .snakemake .pytest_cache .ruff_cache .hypothesis build
	@find src tests benchmarks workflow -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true

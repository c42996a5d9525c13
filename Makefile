# `make demo` shows the system, `make check` runs everything CI runs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MINUTES ?= 5
SEED ?= 1
SEEDS ?= 10000
FROM ?= 0
INSTALLED := .venv/installed
PIP = $(BIN)/python -m pip install -q --disable-pip-version-check

.PHONY: help install demo test check simulate soak bench bench-peers lock

help:
	@echo "make install   .venv with everything in requirements.lock"
	@echo "make demo      a fleet of simulated devices, running on this machine"
	@echo "make test      the tests without the slow ones (make check has all); ARGS='-k name' narrows them"
	@echo "make check     what CI runs: format, lint, types, imports, tests"
	@echo "make soak      real faults on three brokers and three workers, mixed from a seed: MINUTES=5 SEED=1; ARGS=--help says more"
	@echo "make simulate  simulated histories on all cores: SEEDS=10000 FROM=0; ARGS=--help says more"
	@echo "make bench     the benchmarks; ARGS go to them"
	@echo "make bench-peers  what others do with the same work, and Mendline beside them; ARGS='--only faust --w 10 --runs 1'"
	@echo "make lock      requirements.lock, the image's and the peers' locks, and Kafka's jars anew"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 install")'
	@echo "installing requirements.lock into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "python3 cannot make a virtual environment: on Debian, apt-get install python3-venv" >&2; exit 1; }
	@awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > .venv/uv.lock
	@$(PIP) --require-hashes --no-deps -r .venv/uv.lock 2>.venv/uv.log \
		&& $(BIN)/uv pip sync -q --system-certs --python $(BIN)/python --require-hashes requirements.lock 2>.venv/uv.log \
		|| { echo "uv does not do it here (see .venv/uv.log): pip takes its place"; $(PIP) --require-hashes --no-deps -r requirements.lock; }
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

demo: install
	@$(BIN)/mendline demo $(ARGS)

test: install
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

check: install
	@echo "ruff format"; $(BIN)/ruff format --check --quiet . || { echo "run .venv/bin/ruff format ." >&2; exit 1; }
	@echo "ruff check"; $(BIN)/ruff check --quiet .
	@echo "mypy"; $(BIN)/mypy --no-error-summary
	@echo "lint-imports"; $(BIN)/lint-imports --no-cache > .venv/imports.log || { cat .venv/imports.log; exit 1; }
	@echo "pytest"; $(BIN)/python -m pytest -n 2 $(ARGS)

soak: install
	@$(BIN)/python -m tests.faults.cluster --minutes $(MINUTES) --seed $(SEED) $(ARGS)

simulate: install
	@$(BIN)/python -m tests.faults.simulation --seeds $(SEEDS) --from $(FROM) $(ARGS)

bench: install
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: install
	@$(BIN)/python -m benchmarks.peers $(ARGS)

lock: install
	@echo "resolving pyproject.toml into requirements.lock"
	@$(BIN)/uv pip compile -q pyproject.toml --extra tracing --group dev --universal --generate-hashes --no-header --upgrade -o requirements.lock
	@$(BIN)/python docker/lock.py
	@echo "resolving Kafka's jars"
	@$(BIN)/python -m mendline.embedded.resolve_jars
	@echo "resolving the peers"
	@$(BIN)/python -m benchmarks.peers.lock

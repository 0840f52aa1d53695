# python3, make and git are enough: uv and everything else is brought here.
SEED ?= 1
PEOPLE ?= 20000
# Of the tests. Three keep two cores busy: now and then each waits for a server.
WORKERS ?= 3

VENV := .venv
UV := .tools/bin/uv
READY := $(VENV)/.ready
EXTRAS := --extra demo --extra dev --extra object-storage
PYTHON := $(VENV)/bin/python

export UV_HTTP_TIMEOUT ?= 300
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Networks that inspect TLS have their own authority, and the system knows it.
export UV_SYSTEM_CERTS ?= 1
# Some images forbid bytecode; compiled once, everything starts in half the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo up test check format seal benchmarks
.DEFAULT_GOAL := demo

demo: $(READY)
	@$(PYTHON) -m simulator.demo --seed $(SEED) --people $(PEOPLE)

up: $(READY)
	@$(PYTHON) -m simulator.demo --seed $(SEED) --people $(PEOPLE) --up

test: $(READY)
	@tests/debian_servers.sh
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

benchmarks: $(READY)
	$(UV) sync --locked --inexact --extra benchmarks
	@$(PYTHON) -m benchmarks.connectors
	@$(PYTHON) -m benchmarks.validation

check: $(READY)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy -p hedui -p connectors -p simulator -p hedui_airflow
	@PYTHONPATH=plugins $(VENV)/bin/lint-imports
	@$(VENV)/bin/hedui check
	@$(PYTHON) -m pytest tests/dags
	@git ls-files -z -- ':!uv.lock' | xargs -0 $(VENV)/bin/detect-secrets-hook $(NO_SECRETS)

# Digits alone, as identity numbers are, have no more entropy than this; the lines are the sample of an old foreigner card and
# the characters of credit codes.
NO_SECRETS := --hex-limit 3.5 --exclude-lines 'ABC123456789[0-9]{3}|0123456789ABCDEFGHJ'

format: $(READY)
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

# The sender's side of sealed packages for agencies: one file that wants Python and `cryptography`, nothing else.
DIST ?= dist
seal:
	@rm -rf "$(DIST)/seal" && mkdir -p "$(DIST)/seal/hedui/model" "$(DIST)/seal/hedui/sealing"
	@cp hedui/__init__.py "$(DIST)/seal/hedui/" && cp hedui/sealing/*.py "$(DIST)/seal/hedui/sealing/"
	@cp hedui/model/__init__.py hedui/model/errors.py "$(DIST)/seal/hedui/model/"
	@python3 -m zipapp "$(DIST)/seal" -m hedui.sealing.command:main -p "/usr/bin/env python3" -o "$(DIST)/hedui-seal.pyz"
	@rm -r "$(DIST)/seal" && echo "$(DIST)/hedui-seal.pyz"

$(READY): uv.lock pyproject.toml $(UV)
	$(UV) sync --locked --inexact $(EXTRAS) --compile-bytecode
	@touch $@

$(UV):
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --timeout 300 --retries 5 "uv>=0.8,<1"

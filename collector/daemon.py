"""The daemon's life: with its ledger, and with a passing one for as long as that can't be had."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial
from pathlib import Path
from typing import NoReturn

import structlog

from collector.apart import in_a_process
from collector.app import App, Reread
from collector.ledger.errors import LedgerError, LedgerLocked
from collector.ledger.ledger import Ledger
from collector.passing import passing_ledger, take_home
from collector.verdicts import hourly
from config.load import Loaded, load
from probes.clock import SystemClock

log = structlog.get_logger()

QUICK_COPY_BYTES = 256_000_000
"""Of an older ledger so much is copied at the start; a larger one while it is already measured."""


def live(loaded: Loaded, path: Path | None, site: str | None) -> NoReturn:
    """Measure until told to stop, and end the process with exit code 0.

    `path` is where the configuration is read again from (None: it stays as it is). Raises LedgerLocked,
    since a second daemon would measure everything twice, and LedgerUnwritable where not even a passing
    ledger can be had.
    """
    home = Home(loaded)

    async def reread() -> Loaded:
        if path:
            home.loaded = await in_a_process(load, path, site=site)
        return home.loaded

    with asyncio.Runner() as runner:
        try:
            ledger: Ledger | None = home.open(QUICK_COPY_BYTES)
        except LedgerLocked:
            raise
        except LedgerError as error:
            log.error("ledger.unavailable", problem=str(error))
            ledger = _live_without(runner, home, reread)
        if ledger is not None:
            runner.run(App(home.loaded, ledger, SystemClock(), reread).run())
        _leave()


class Home:
    """The configured ledger, which may not be there yet; `loaded` is the configuration in force."""

    def __init__(self, loaded: Loaded) -> None:
        settings = loaded.settings.ledger
        self.loaded = loaded
        self.ledger: Ledger | None = None
        self.opener = partial(
            Ledger.open,
            clock=SystemClock(),
            keep_ms=settings.keep.ms,
            max_bytes=settings.max_bytes.bytes,
            verdicts=hourly(self._needs_witness),
        )
        self._path = settings.path

    def open(self, copy_at_most: int = 2**62) -> Ledger:
        """Open it; raises LedgerError."""
        ledger = self.ledger = self.opener(self._path, copy_at_most=copy_at_most)
        if ledger.set_aside:
            log.error("ledger.damaged", kept_as=str(ledger.set_aside), then="a new one was begun")
        if ledger.kept_as:
            log.info("ledger.upgraded", kept_as=str(ledger.kept_as))
        return ledger

    def missing(self) -> str:
        """Why it can't be opened, in a sentence; empty once it is open."""
        try:
            self.open()
        except LedgerError as error:
            return str(error)
        return ""

    def _needs_witness(self, site: str) -> bool:
        """Whether a site's failures count only beside an answered reference; one that we don't know: yes."""
        sites = self.loaded.settings.sites
        return site not in sites or sites[site].reference is not None


def _live_without(runner: asyncio.Runner, home: Home, reread: Reread) -> Ledger | None:
    """Measure into a passing ledger until the configured one can be had (given back) or told to stop."""
    with passing_ledger(home.opener) as passing:
        app = App(home.loaded, passing, SystemClock(), reread, home.missing)
        runner.run(app.run())
        if home.ledger is None:
            return None
        log.info("ledger.available", rounds_taken_home=take_home(passing.path, home.ledger))
        if app.ledger_is_back:
            return home.ledger
        home.ledger.close()  # told to stop in the very moment
        return None


def _leave() -> NoReturn:
    """End at once: all is committed and closed, but a thread may hang in a dead name server.

    An orderly end of the interpreter would wait for it, half a minute and more.
    """
    logging.shutdown()
    os._exit(0)

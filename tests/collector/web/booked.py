"""A served estate over a real ledger: January of two carriers, tickets and an issued month."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from collector.circuits import Status
from collector.ledger.ledger import Ledger
from collector.ledger.model import Outage
from collector.ledger.opening import editing
from collector.ledger.store import record_outage
from collector.settling import settle
from collector.web.sources import CircuitNow
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import START_MONO_NS, FakeClock
from tests.collector.claiming.estate import CIRCUITS, OVER_MS, january, written
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web.estate import Estate, FakeSources

CUT_MS = JANUARY_MS + 200 * 600_000
"""lon-acme's outage began."""


def made(folder: Path) -> Path:
    """The folder with the configuration and its ledger; January is issued for all circuits."""
    settings = written(folder)
    with Ledger.open(settings.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        january(settings, ledger)
    cut = Outage("lon", "acme", "lon-acme", CUT_MS, CUT_MS + 60 * 600_000, "timeout: no answer", False)
    with editing(settings.ledger.path) as connection:
        record_outage(connection, cut)
    settle(
        settings,
        settings.ledger.path,
        period="2026-01",
        circuits=[one[0] for one in CIRCUITS],
        now=Instant(OVER_MS * NS_PER_MS, 0),
        by="ann",
    )
    return folder


class Wall(FakeClock):
    """A clock that stands two days after January's end."""

    def __init__(self) -> None:
        super().__init__()
        self._now = Instant(OVER_MS * NS_PER_MS, START_MONO_NS)


@dataclass
class Booked:
    """A copy of that ledger and a server over it; `names` replaces settings by others."""

    folder: Path
    settings: Settings
    clock: FakeClock = field(default_factory=Wall)

    @asynccontextmanager
    async def served(self, config_file: Path | None = None, **web: Any) -> AsyncIterator[str]:  # noqa: ANN401
        """The URL of a running server that reads and writes the ledger."""
        with Ledger.open(
            self.settings.ledger.path, clock=self.clock, reserve_bytes=0, commit_every_ms=5
        ) as one:
            estate = Estate(self.clock, FakeSources(self.settings, shown=shown(self.settings)), one)
            async with estate.served(config_file, **web) as url:
                yield url


@dataclass
class Shared(Booked):
    """One that is served already, for tests that only read: each would start a server and a clerk anew."""

    url: str = ""

    @asynccontextmanager
    async def served(self, config_file: Path | None = None, **web: Any) -> AsyncIterator[str]:  # noqa: ANN401
        """Where it is."""
        assert not config_file
        assert not web
        yield self.url


@contextmanager
def beside(booked: Booked) -> Iterator[str]:
    """The URL of a server with an event loop and a thread of its own."""
    ready, done, found = Event(), Event(), list[str]()

    async def serve() -> None:
        async with booked.served() as url:
            found.append(url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(60)
        yield found[0]
    finally:
        done.set()
        thread.join()


def copied(template: Path, folder: Path, **settings: Any) -> Booked:  # noqa: ANN401
    """A copy of a made ledger; `settings` are laid over its configuration."""
    for file in template.glob("ledger.db*"):
        shutil.copy(file, folder)
    return Booked(folder, written(folder).model_copy(update=settings))


def shown(settings: Settings) -> tuple[CircuitNow, ...]:
    """lon-acme down, the others up."""
    states: Mapping[str, Status] = {"lon-acme": Status.DOWN}
    return tuple(
        CircuitNow(
            site=circuit.site,
            carrier=circuit.carrier.values[0] or "",
            circuit=name,
            status=states.get(name, Status.UP),
            since_ms=CUT_MS,
            cause="timeout: no answer" if name in states else "",
            outage_open=name in states,
            contract=circuit.contract.values[0] or "",
            rtt_probes=("pe",),
        )
        for name, circuit in settings.circuits.items()
    )

"""Keeps what devices say of their links as events, each with the circuit that it is about.

A trap is a hint and no measurement: it may be forged, late or lost, so it decides nothing. It stands
in the ledger beside the rounds that do, within a second.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from collector.ledger.ledger import Ledger
from collector.ledger.records import Event
from collector.ledger.store import put_event
from config.fields import listen_address
from config.settings import Settings, TrapSettings
from probes.clock import NS_PER_SECOND, Clock
from probes.model import NO_VIA, Resolver, Via
from probes.snmp.credentials import Credentials
from probes.snmp.options import SnmpOptions
from probes.snmp.probe import split_address

if TYPE_CHECKING:
    from probes.snmp.traps import LinkTrap, TrapListener

log = structlog.get_logger()

RETRY_NS = 10 * NS_PER_SECOND
LOOK_NS = 10 * NS_PER_SECOND
"""How old the addresses of agents that have a name may be."""

Indexes = Mapping[tuple[str, str], int]
"""The ifIndex that a circuit's probe saw last, by (circuit, probe)."""


@dataclass(frozen=True, slots=True)
class Port:
    """An interface that a circuit's probe reads."""

    circuit: str
    probe: str
    host: str
    interface: str | None
    via: Via = NO_VIA


def ports_of(settings: Settings) -> list[Port]:
    """Every interface that is read at this host's site. Pure."""
    return [
        Port(name, probe.name, split_address(probe.address)[0], probe.options.interface, circuit.via)
        for name, circuit in settings.here().items()
        for probe in circuit.probes.values()
        if isinstance(probe.options, SnmpOptions)
    ]


def meant(trap: LinkTrap, ports: Iterable[Port], indexes: Callable[[], Indexes]) -> Port | None:
    """The port that a trap is about, among those of its sender: by a name, else by its number. Pure."""
    here = list(ports)
    found = [port for port in here if port.interface in trap.names]
    if here and not found and trap.if_index is not None:
        known = indexes()
        found = [port for port in here if known.get((port.circuit, port.probe)) == trap.if_index]
    return found[0] if found else None


def asked(settings: Settings) -> tuple[TrapSettings, list[Credentials]] | None:
    """Where to listen, and to whom; None for nobody. Pure."""
    if settings.traps is None:
        return None
    return settings.traps, [settings.credentials[name] for name in settings.traps.credentials]


@dataclass
class Trapping:
    """The listener of one daemon, there while the configuration asks for one."""

    ledger: Ledger
    clock: Clock
    resolver: Resolver
    indexes: Callable[[], Indexes]
    trouble: Callable[[str], None]
    """Is told why nobody listens, and with an empty text that somebody does."""
    _asked: tuple[TrapSettings, list[Credentials]] | None = None
    _site: str = ""
    _listener: TrapListener | None = None
    _ports: list[Port] = field(default_factory=list)
    _by_address: Mapping[str, list[Port]] = field(default_factory=dict)
    _looked_ns: int | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def configure(self, settings: Settings) -> None:
        """Listen by these settings from now on."""
        before, self._asked = self._asked, asked(settings)
        self._site, self._ports, self._looked_ns = settings.site, ports_of(settings), None
        if before != self._asked:
            self._changed.set()

    async def run(self) -> None:
        """Listen until cancelled; where nothing can listen, try again and say so."""
        try:
            while True:
                self._changed.clear()
                await self._reopen()
                await self._until_changed_or_time_to_retry()
        finally:
            await self._close()

    def statistics(self) -> Mapping[str, int]:
        """What came in, by what became of it; empty without a listener."""
        return self._listener.statistics()._asdict() if self._listener else {}

    async def _reopen(self) -> None:
        await self._close()
        if self._asked is None:
            self.trouble("")
            return
        traps, credentials = self._asked
        module = await asyncio.to_thread(import_module, "probes.snmp.traps")  # it brings pysnmp along
        listener = module.TrapListener(self.clock, credentials, self.knows, self._heard)
        try:
            host, port = await listener.open(*listen_address(traps.listen))
        except OSError as error:
            self.trouble(f"nothing listens for SNMP traps: {traps.listen}: {error.strerror or error}")
            return
        self._listener = listener
        self.trouble("")
        log.info("traps.listening", address=host, port=port)

    async def _close(self) -> None:
        if self._listener is not None:
            await self._listener.aclose()
            self._listener = None

    async def _until_changed_or_time_to_retry(self) -> None:
        waits: list[asyncio.Task[object]] = [asyncio.create_task(self._changed.wait())]
        if self._listener is None and self._asked:
            waits.append(asyncio.create_task(self.clock.sleep_until(self.clock.now().mono_ns + RETRY_NS)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    def knows(self, source: str) -> bool:
        """Whether an address is one of an agent that is polled."""
        return source in self._addresses()

    def _addresses(self) -> Mapping[str, list[Port]]:
        now_ns = self.clock.now().mono_ns
        if self._looked_ns is None or now_ns - self._looked_ns > LOOK_NS:
            self._looked_ns = now_ns
            found = dict[str, list[Port]]()
            for port in self._ports:
                address = self.resolver.current(port.host, port.via)
                if isinstance(address, str):
                    found.setdefault(address, []).append(port)
            self._by_address = found
        return self._by_address

    def _heard(self, trap: LinkTrap) -> None:
        port = meant(trap, self._addresses().get(trap.source, ()), self.indexes)
        event = Event(
            at_ms=self.clock.now().wall_ms,
            site=self._site,
            circuit=port.circuit if port else "",
            probe=port.probe if port else "",
            kind=trap.kind,
            source=trap.source,
            body=json.dumps(
                {
                    "if_index": trap.if_index,
                    "names": trap.names,
                    "admin_status": trap.admin_status,
                    "oper_status": trap.oper_status,
                }
            ),
        )
        self.ledger.write(lambda connection: put_event(connection, event))
        log.info(f"trap.{trap.kind}", circuit=event.circuit, source=trap.source, interface=trap.names)

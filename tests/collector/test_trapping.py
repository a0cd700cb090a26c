"""What devices say of their links is kept with the circuit that it is about, and decides nothing."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.ledger.ledger import Ledger
from collector.ledger.records import Event
from collector.trapping import RETRY_NS, Port, Trapping, meant, ports_of
from config.load import load_text
from config.settings import Settings
from probes.model import NO_VIA, Failure, Reason, Via
from probes.snmp.traps import LinkTrap
from tests.clock import FakeClock
from tests.collector.ledgers import PATIENCE, ledger_at

GI1 = Port("lon-acme", "cpe", "192.0.2.1", "Gi0/1")
GI2 = Port("lon-bolt", "cpe", "192.0.2.1", "Gi0/2")
INDEX = {("lon-acme", "cpe"): 1, ("lon-bolt", "cpe"): 2}


def trap(index: int | None, *names: str, source: str = "192.0.2.1", kind: str = "link_down") -> LinkTrap:
    return LinkTrap(kind, source, index, names)


def indexes() -> dict[tuple[str, str], int]:
    return INDEX


@pytest.mark.parametrize(
    ("said", "port"),
    [
        (trap(None, "Gi0/1"), GI1),
        (trap(1), GI1),
        (trap(2, "GigabitEthernet0/2"), GI2),
        (trap(2, "Gi0/1"), GI1),  # a name was configured, a number may have moved
        (trap(3), None),
        (trap(None), None),
    ],
)
def test_a_trap_is_about_the_port_of_its_name_else_of_its_number(said: LinkTrap, port: Port | None) -> None:
    assert meant(said, [GI1, GI2], indexes) == port


CONFIG = """
site: lon
sites: {lon: {timezone: UTC, reference: none}}
carriers: {acme: {name: Acme}, bolt: {name: Bolt}}
credentials: {core: {version: 2c, community: {env: COMMUNITY}}}
traps: {listen: "127.0.0.1:PORT", credentials: [core]}
circuits:
  lon-acme: {carrier: acme, site: lon, probes: {cpe: {snmp: 127.0.0.1, credentials: core, interface: Gi0/1}}}
  lon-bolt:
    carrier: bolt
    site: lon
    probes:
      cpe: {snmp: router.example, credentials: core, interface: Gi0/2}
      pe: {icmp: 192.0.2.9}
"""
TRAPS = 'traps: {listen: "127.0.0.1:PORT", credentials: [core]}'


def configured(port: int = 0, text: str = CONFIG) -> Settings:
    return load_text(text.replace("PORT", str(port)), "test", environ={"COMMUNITY": "c0mmunity"}).settings


class Names:
    """Literals are themselves; of names only one is known."""

    def current(self, address: str, via: Via) -> str | Failure:
        return {"127.0.0.1": address, "router.example": "192.0.2.7"}.get(address) or Failure(
            Reason.RESOLVE, "?"
        )

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        return self.current(address, via)


class Kept:
    """A listener over a ledger, and what it says of itself."""

    def __init__(self, ledger: Ledger, clock: FakeClock) -> None:
        self.ledger, self.problems = ledger, list[str]()
        self.trapping = Trapping(ledger, clock, Names(), indexes, self.problems.append)

    def events(self) -> list[Event]:
        assert self.ledger.flush(PATIENCE)
        with self.ledger.reader() as reader:
            return list(reader.events())

    async def until_told(self, count: int) -> None:
        while len(self.problems) < count:
            await asyncio.sleep(0)


@pytest.fixture
def kept(tmp_path: Path, clock: FakeClock) -> Iterator[Kept]:
    with ledger_at(tmp_path / "ledger.db", clock) as ledger:
        yield Kept(ledger, clock)


def test_every_interface_that_is_read_here_is_a_port() -> None:
    assert ports_of(configured()) == [
        Port("lon-acme", "cpe", "127.0.0.1", "Gi0/1"),
        Port("lon-bolt", "cpe", "router.example", "Gi0/2"),
    ]


@pytest.mark.server("snmptrap")
async def test_a_trap_stands_in_the_ledger_with_its_circuit(kept: Kept, unused_udp_port: int) -> None:
    running = asyncio.create_task(kept.trapping.run())
    kept.trapping.configure(configured(unused_udp_port))
    await kept.until_told(1)
    oid = "1.3.6.1.2.1.2.2.1"
    words = ["-v", "2c", "-c", "c0mmunity", f"127.0.0.1:{unused_udp_port}", "1", "1.3.6.1.6.3.1.1.5.3"]
    process = await asyncio.create_subprocess_exec(
        "snmptrap", *words, f"{oid}.1.1", "i", "1", f"{oid}.8.1", "i", "2"
    )
    assert await process.wait() == 0
    while not kept.trapping.statistics()["taken"]:
        await asyncio.sleep(0)
    (event,) = kept.events()
    assert (event.circuit, event.probe, event.kind, event.source) == (
        "lon-acme",
        "cpe",
        "link_down",
        "127.0.0.1",
    )
    assert json.loads(event.body) == {"if_index": 1, "names": [], "admin_status": None, "oper_status": 2}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_address_that_is_taken_is_said_and_tried_again(kept: Kept, clock: FakeClock) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        running = asyncio.create_task(kept.trapping.run())
        kept.trapping.configure(configured(taken.getsockname()[1]))
        await kept.until_told(1)
        assert "nothing listens for SNMP traps: 127.0.0.1:" in kept.problems[-1]
        assert "Address already in use" in kept.problems[-1]
    await clock.advance(RETRY_NS / 1e9)
    await kept.until_told(2)
    assert kept.problems[-1] == ""
    assert kept.trapping.statistics() == {"taken": 0, "strange": 0, "too_many": 0, "refused": 0}
    kept.trapping.configure(configured(text=CONFIG.replace(TRAPS, "")))
    await kept.until_told(3)
    assert kept.trapping.statistics() == {}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_sender_is_known_by_its_address_or_by_what_its_name_resolves_to(kept: Kept) -> None:
    kept.trapping.configure(configured())
    known = [address for address in ("127.0.0.1", "192.0.2.7", "192.0.2.9") if kept.trapping.knows(address)]
    assert known == ["127.0.0.1", "192.0.2.7"]

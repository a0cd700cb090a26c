"""What an estate's circuits lead to: a web server, a name server and an SNMP agent on every address.

python -m tests.servers.far_side 198.18.0.1 198.18.0.2 ...     ports 80, 53 and 161, until it is ended

The interface `uplink` of each agent carries a steady hundredth of its line rate, so that what is polled
can be told from what is true.
"""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from probes.clock import NS_PER_SECOND, Clock, SystemClock
from probes.snmp.ber import Tag
from probes.snmp.interfaces import SYS_UPTIME
from tests.lab import Host
from tests.servers.snmp_agent import COMMUNITY as COMMUNITY_BYTES
from tests.servers.snmp_agent import Agent, answering, counter

ROOT = Path(__file__).parents[2]
HTTP, DNS, SNMP = 80, 53, 161
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
ADDRESS = bytes([192, 0, 2, 80])
COMMUNITY = COMMUNITY_BYTES.decode()
INTERFACE = "uplink"
SPEED_BITS = 100_000_000
UTILISATION = 0.01


def answer_to(query: bytes) -> bytes:
    """One A record for whatever is asked (RFC 1035 4)."""
    end = query.index(b"\0", 12) + 5
    head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
    return head + query[12:end] + struct.pack("!HHHIH", 0xC00C, 1, 1, 300, 4) + ADDRESS


async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One answer to one request; a connection without a request just ends."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
    writer.close()


class NameServer(asyncio.DatagramProtocol):
    """Answers whatever it is asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(answer_to(data), addr)


def agent(clock: Clock) -> Agent:
    """An SNMP agent whose counters move with the clock."""
    begun = clock.now()

    def seconds() -> float:
        return (clock.now() - begun) / NS_PER_SECOND

    def octets() -> bytes:
        return counter(int(seconds() * SPEED_BITS * UTILISATION / 8), Tag.COUNTER64)

    one = Agent()
    one.port_of(
        7, INTERFACE,
        ifHCInOctets=octets, ifHCOutOctets=octets, ifHighSpeed=SPEED_BITS // 10**6,
        ifInErrors=0, ifOutErrors=0, ifInDiscards=0, ifOutDiscards=0,
        ifOperStatus=1, ifAdminStatus=1, ifCounterDiscontinuityTime=0,
    )  # fmt: skip
    one.cells[SYS_UPTIME] = lambda: counter(int(seconds() * 100), Tag.TIMETICKS)
    return one


async def main(addresses: Sequence[str]) -> None:
    """Serve until cancelled."""
    loop, clock = asyncio.get_running_loop(), SystemClock()
    async with answering([agent(clock) for _ in addresses], addresses, SNMP):
        for address in addresses:
            await loop.create_datagram_endpoint(NameServer, (address, DNS))
        server = await asyncio.start_server(page, addresses, HTTP, backlog=4096)
        print("ready", flush=True)
        await server.serve_forever()


@contextmanager
def far_side(host: Host, addresses: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The far side on a host of the lab, once it is ready."""
    words = [sys.executable, "-m", "tests.servers.far_side", *addresses]
    process = host.popen(words, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

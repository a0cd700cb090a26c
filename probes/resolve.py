"""Name -> address, in the background. The policy:

- An IP literal is its own answer. `gateway` is this host's default gateway: the IPv4 route of the
  lowest metric, else the IPv6 one; where `via.interface` is set, only routes that leave by it.
- A name is looked up when it is first asked for, and again once a minute (a little sooner, by a hash
  of the name, so that a thousand names do not go at once) as long as someone asks for it. While it
  has no answer it is tried every ten seconds.
- IPv4 is preferred, unless `via.source` says which family is meant.
- An address that is still among the answers is kept: a round-robin name does not hop.
- When a look-up fails, the last good answer stands for an hour, then there is none. A gateway is
  re-read and believed at once, both ways.
- Nothing here blocks the event loop. Look-ups run in a few threads of their own; a name that hangs
  occupies one at most, and one whose last look-up failed waits in a slower lane, so that dead names
  delay neither a literal nor a living name that was known before.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from queue import SimpleQueue

from probes.clock import NS_PER_MS, Clock
from probes.failure import of_os_error
from probes.model import NO_VIA, Failure, Reason, Via
from probes.values import Duration

GATEWAY = "gateway"
REFRESH = Duration(60_000)
"""How old an answer grows before the name is looked up again."""
KEEP = Duration(3_600_000)
"""How long the last good answer stands while look-ups fail."""
Lookup = Callable[[str], Sequence[str]]
"""A name to IP literals, best first. Runs in a thread, may block, raises OSError or ValueError."""
Gateways = Callable[[str | None], Sequence[str]]
"""An interface (None: any) to the default gateways, one of a family at most. Raises OSError."""

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_ZONE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}")
"""An interface's name (IFNAMSIZ)."""
_RETRIES_A_REFRESH = 6
_RTF_UP_GATEWAY = 0x3
_RTF_REJECT = 0x200


def check_host(text: str) -> str:
    """A target as it is kept: a literal in its short form, `gateway`, or a name in lower case.

    Raises ValueError for what cannot be a host name (RFC 1123 section 2.1) or one host's address.
    """
    if is_literal(text):
        address = ip_address(text)
        zone = text.partition("%")[2]
        if address.is_unspecified or address.is_multicast or (zone and not _ZONE.fullmatch(zone)):
            raise ValueError(f"{text!r} is not the address of one host")
        return str(address)
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{text!r} is not a host name: {error}") from error
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise ValueError(f"{text!r} is not an IP address, a host name or `{GATEWAY}`")
    return name


@lru_cache(maxsize=65_536)
def is_literal(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address, perhaps with a zone (`fe80::1%eth0`)."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def system_lookup(name: str) -> list[str]:
    """Ask the system's resolver (getaddrinfo), families that this host has no address of left out."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def system_gateways(interface: str | None, proc_net: Path = Path("/proc/net")) -> list[str]:
    """Read the default gateways from the kernel's tables; IPv4 first."""
    found = ipv4_gateway((proc_net / "route").read_text("ascii"), interface)
    ipv6_table = proc_net / "ipv6_route"
    found_ipv6 = ipv6_gateway(ipv6_table.read_text("ascii"), interface) if ipv6_table.exists() else None
    return [one for one in (found, found_ipv6) if one]


def ipv4_gateway(table: str, interface: str | None = None) -> str | None:
    """The default gateway of the lowest metric in a `/proc/net/route`; lines that do not fit are skipped.

    Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask; addresses are the network order's
    32 bits read as a number of this machine.
    """
    routes = []
    for line in table.splitlines():
        with suppress(ValueError, OverflowError):
            device, destination, gateway, flags, _, _, metric, mask, *_ = line.split()
            if interface not in (None, device) or int(flags, 16) & _RTF_UP_GATEWAY != _RTF_UP_GATEWAY:
                continue
            if int(destination, 16) == int(mask, 16) == 0:
                packed = int(gateway, 16).to_bytes(4, sys.byteorder)
                routes.append((int(metric), socket.inet_ntop(socket.AF_INET, packed)))
    return min(routes, key=lambda route: route[0])[1] if routes else None


def ipv6_gateway(table: str, interface: str | None = None) -> str | None:
    """The same in a `/proc/net/ipv6_route`; a link-local gateway keeps its zone (`fe80::1%eth0`).

    Columns, all in hex: destination, its length, source, its length, next hop, metric, references,
    use, flags, device.
    """
    routes = []
    for line in table.splitlines():
        with suppress(ValueError, OverflowError):
            destination, length, _, _, gateway, metric, _, _, flags, device = line.split()
            usable = int(flags, 16) & (_RTF_UP_GATEWAY | _RTF_REJECT) == _RTF_UP_GATEWAY
            if interface in (None, device) and usable and int(destination, 16) == int(length, 16) == 0:
                address = IPv6Address(int(gateway, 16))
                zone = f"%{device}" if address.is_link_local else ""
                routes.append((int(metric, 16), f"{address}{zone}"))
    return min(routes, key=lambda route: route[0])[1] if routes else None


class SystemResolver:
    """The resolver of the daemon; the module's docstring is its policy."""

    def __init__(
        self,
        clock: Clock,
        *,
        refresh: Duration = REFRESH,
        keep: Duration = KEEP,
        lookup: Lookup = system_lookup,
        gateways: Gateways = system_gateways,
        threads: int = 16,
    ) -> None:
        self._clock = clock
        self._refresh_ns = refresh.ms * NS_PER_MS
        self._keep_ns = keep.ms * NS_PER_MS
        self._lookup = lookup
        self._gateways = gateways
        self._names: dict[tuple[str, str | None], _Name] = {}
        self._lane, self._slow_lane = _Lane("resolve", threads), _Lane("resolve-again", max(1, threads // 4))

    def current(self, address: str, via: Via = NO_VIA) -> str | Failure:
        """The literal last resolved, or why there is none; starts a look-up when one is due."""
        if is_literal(address):
            return address
        return self._choose(self._known(address, via), via)

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        """The same, but the first look-up of a name is waited for, as long as the caller likes."""
        if is_literal(address):
            return address
        name = self._known(address, via)
        await name.answered.wait()
        return self._choose(name, via)

    async def aclose(self) -> None:
        """Let the threads go; one that hangs in a look-up does not hold up the process's end."""
        self._lane.close()
        self._slow_lane.close()

    def _known(self, address: str, via: Via) -> _Name:
        """The name's state, a look-up started if one is due."""
        key = address, via.interface if address == GATEWAY else None
        name = self._names.get(key) or self._names.setdefault(key, _Name(address))
        now = self._clock.now().mono_ns
        if now - name.good_ns >= self._keep_ns:
            name.addresses = ()
        if not name.asking and now >= name.due_ns:
            name.asking, name.asked_ns = True, now
            if not name.addresses and not name.failure:
                name.answered.clear()
            job = partial(self._gateways, key[1]) if address == GATEWAY else partial(self._lookup, address)
            lane = self._slow_lane if name.failure else self._lane
            lane.submit(partial(_look_up, address, job), partial(self._done, name))
        return name

    def _done(self, name: _Name, result: Sequence[str] | Failure) -> None:
        now = self._clock.now().mono_ns
        name.asking = False
        if isinstance(result, Failure):
            name.failure = result
            if name.address == GATEWAY:
                name.addresses = ()
        else:
            name.failure, name.addresses, name.good_ns = None, tuple(result), now
        pause = self._refresh_ns if name.addresses else self._refresh_ns // _RETRIES_A_REFRESH
        name.due_ns = now + pause - pause * zlib.crc32(name.address.encode()) // 2**34
        name.answered.set()

    def _choose(self, name: _Name, via: Via) -> str | Failure:
        if name.addresses:
            return name.choose(via.source)
        if name.failure:
            return name.failure
        waited = (self._clock.now().mono_ns - name.asked_ns) // NS_PER_MS
        return Failure(Reason.RESOLVE, f"{name.address}: no answer from the resolver for {waited} ms so far")


@dataclass(slots=True)
class _Name:
    """What is known of one name."""

    address: str
    addresses: tuple[str, ...] = ()
    good_ns: int = 0
    """When the addresses were last confirmed."""
    failure: Failure | None = None
    """Why the last look-up gave none."""
    due_ns: int = -(2**63)
    asked_ns: int = 0
    asking: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    kept: dict[bool | None, str] = field(default_factory=dict)
    """What was chosen last, by the family asked for (True: IPv6, None: any)."""

    def choose(self, source: str | None) -> str | Failure:
        """One of the addresses, the one of the last time if it is still there."""
        wants_ipv6 = None if source is None else ":" in source
        kept = self.kept.get(wants_ipv6)
        if kept in self.addresses and kept is not None:
            return kept
        ipv4 = [one for one in self.addresses if ":" not in one]
        ipv6 = [one for one in self.addresses if ":" in one]
        usable = ipv4 + ipv6 if wants_ipv6 is None else ipv6 if wants_ipv6 else ipv4
        if not usable:
            family = "IPv6" if wants_ipv6 else "IPv4"
            return Failure(
                Reason.RESOLVE, f"{self.address} has no {family} address, which source {source} needs"
            )
        self.kept[wants_ipv6] = usable[0]
        return usable[0]


def _look_up(address: str, job: Callable[[], Sequence[str]]) -> Sequence[str] | Failure:
    """Run one look-up; in a thread."""
    try:
        found = job()
    except OSError as error:
        return Failure(Reason.RESOLVE, f"{address}: {of_os_error(error).detail}")
    except ValueError as error:
        return Failure(Reason.RESOLVE, f"{address}: {error}")
    if found:
        return found
    if address == GATEWAY:
        return Failure(Reason.LOCAL, "this host has no default gateway")
    return Failure(Reason.RESOLVE, f"{address}: no address")


class _Lane:
    """A few threads that are started when needed and never waited for.

    They are daemons, because an executor's threads are joined at exit, where a look-up in a dead DNS
    would hang for half a minute.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._threads = 0
        self._pending = 0
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(
        self,
        job: Callable[[], Sequence[str] | Failure],
        done: Callable[[Sequence[str] | Failure], None],
    ) -> None:
        """Run `job` in a thread, then `done` with its result on the running event loop."""
        loop = asyncio.get_running_loop()

        def finish(result: Sequence[str] | Failure) -> None:
            self._pending -= 1
            done(result)

        def run() -> None:
            result = job()
            with suppress(RuntimeError):  # the loop has closed: nobody asks any more
                loop.call_soon_threadsafe(finish, result)

        self._pending += 1
        if self._threads < min(self._pending, self._most):
            self._threads += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        self._jobs.put(run)

    def close(self) -> None:
        """Tell each thread to end after what it is doing."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while run := self._jobs.get():
            run()

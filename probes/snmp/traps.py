"""Takes SNMP traps and informs: v1, v2c and v3 (RFC 3416 4.2.6, RFC 3584 3, RFC 3414).

Anyone can send a datagram with anyone's address, so what comes is let through a sieve before it costs
anything: only from the agents that are polled, of a frame's size, and so many a second at most.
pysnmp's engine does the rest: it checks the community or the keys, brings v1 traps into the form of
v2c and answers informs.

A v3 sender is its own authority: its messages carry its engine's id, and a user's keys differ from
engine to engine. An engine is made known when it is first heard, from a user's master key.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from pysnmp.carrier.asyncio.dgram.udp import DOMAIN_NAME, UdpAsyncioTransport
from pysnmp.carrier.asyncio.dgram.udp6 import DOMAIN_NAME as DOMAIN_NAME_6
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.error import PySnmpError
from pysnmp.proto.rfc1902 import OctetString

from probes.clock import NS_PER_SECOND, Clock
from probes.snmp.ber import MalformedError, Oid, Reader, Tag
from probes.snmp.credentials import Credentials
from probes.snmp.message import VERSION_3
from probes.snmp.usm import AUTH_PROTOCOLS, PRIVACY_PROTOCOLS, derive

LINK_DOWN: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5, 3)
LINK_UP: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5, 4)
"""IF-MIB (RFC 2863): linkDown and linkUp."""
_KINDS = {LINK_DOWN: "link_down", LINK_UP: "link_up"}
_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_INDEX, _DESCR, _ADMIN, _OPER = 1, 2, 7, 8
_NAME, _ALIAS = 1, 18

A_SECOND, AT_ONCE = 50, 200
"""Datagrams that are looked at; a switch that restarts says something of each of its ports."""
LONGEST = 1_472
"""Bytes of a datagram that is looked at: what one Ethernet frame holds, several times a link's trap."""
_A_TOKEN = 300
"""Bytes that one token pays for: pysnmp takes 90 us a variable, before it knows whose message it is."""
MOST_ENGINES = 1_024
"""Users at engines that are kept: each costs memory, and a sender may claim any engine."""
_LONGEST_ENGINE_ID = 32
_LONGEST_NAME = 255
"""Of ifDescr, ifName and ifAlias (RFC 2863); what is kept of a trap is no longer than IF-MIB allows."""
_STUMBLES = (PySnmpError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What pysnmp raises over bytes that are no message: found by sending it some, changed at random."""
_USM, _AUTH_PRIV = 3, 3
"""Of RFC 3411's SnmpSecurityModel and SnmpSecurityLevel (noAuthNoPriv is 1)."""


@dataclass(frozen=True, slots=True)
class LinkTrap:
    """What a device said of a link; `names` are its ifDescr, ifName and ifAlias, those it gave."""

    kind: str
    """link_down or link_up."""
    source: str
    if_index: int | None
    names: tuple[str, ...] = ()
    admin_status: int | None = None
    oper_status: int | None = None


def read_link(source: str, varbinds: Sequence[tuple[Oid, int | str | Oid]]) -> LinkTrap | None:
    """The link that a trap is about; None for a trap of another kind. Pure."""
    kind = next(
        (_KINDS.get(value) for oid, value in varbinds if oid == _TRAP_OID and isinstance(value, tuple)), None
    )
    if kind is None:
        return None
    columns = {(oid[:-2], oid[-2]): (oid[-1], value) for oid, value in varbinds if len(oid) > 2}

    def number(column: int) -> int | None:
        value = columns.get((_IF_ENTRY, column), (0, None))[1]
        return value if isinstance(value, int) else None

    names = [
        columns.get(key, (0, None))[1]
        for key in ((_IF_ENTRY, _DESCR), (_IF_X_ENTRY, _NAME), (_IF_X_ENTRY, _ALIAS))
    ]
    instances = {row for (table, _), (row, _) in columns.items() if table in (_IF_ENTRY, _IF_X_ENTRY)}
    index = number(_INDEX)
    if index is None and len(instances) == 1:
        (index,) = instances
    texts = tuple(dict.fromkeys(name[:_LONGEST_NAME] for name in names if isinstance(name, str) and name))
    return LinkTrap(kind, source, index, texts, number(_ADMIN), number(_OPER))


class TrapStatistics(NamedTuple):
    """What came in since the listener was opened."""

    taken: int
    """Traps and informs that were read, whatever they said."""
    strange: int
    """From an address that is polled for nothing."""
    too_many: int
    """Over the rate that is looked at."""
    refused: int
    """Too long, undecodable, or of a community, user or key that is not ours."""


class TrapListener:
    """Takes datagrams on one address; `heard` is called with each trap about a link.

    `knows` says whether an address is one of an agent that is polled.
    """

    def __init__(
        self,
        clock: Clock,
        credentials: Sequence[Credentials],
        knows: Callable[[str], bool],
        heard: Callable[[LinkTrap], None],
    ) -> None:
        self._clock = clock
        self._credentials = credentials
        self._knows = knows
        self._heard = heard
        self._engine: SnmpEngine | None = None
        self._users: set[tuple[bytes, str]] = set()
        self._tokens, self._filled_ns = float(AT_ONCE), clock.now().mono_ns
        self._passed = self._taken = self._strange = self._too_many = 0

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen; gives the address and port that it has. Raises OSError."""
        sock = _bound(host, port)
        self._engine = engine = await asyncio.to_thread(self._made)
        for number, one in enumerate(self._credentials):
            if one.community is not None:
                config.add_v1_system(engine, f"community-{number}", one.community.reveal())
        NotificationReceiver(engine, self._receive)
        domain, kind = (
            (DOMAIN_NAME_6, Udp6AsyncioTransport)
            if ":" in sock.getsockname()[0]
            else (DOMAIN_NAME, UdpAsyncioTransport)
        )
        transport = _sieved(kind, self._lets_in)()
        config.add_transport(engine, (*domain, 1), transport.open_server_mode(sock=sock))
        bound: tuple[str, int] = sock.getsockname()[:2]
        return bound

    async def aclose(self) -> None:
        """Listen no more."""
        if self._engine is not None:
            self._engine.close_dispatcher()
            self._engine = None

    def statistics(self) -> TrapStatistics:
        """What came in."""
        return TrapStatistics(self._taken, self._strange, self._too_many, self._passed - self._taken)

    def _lets_in(self, data: bytes, source: str) -> bool:
        if not self._knows(source):
            self._strange += 1
            return False
        now_ns = self._clock.now().mono_ns
        self._tokens = min(AT_ONCE, self._tokens + (now_ns - self._filled_ns) * A_SECOND / NS_PER_SECOND)
        self._filled_ns = now_ns
        if self._tokens < 1:
            self._too_many += 1
            return False
        self._passed += 1
        if len(data) > LONGEST:
            return False
        self._tokens -= 1 + len(data) // _A_TOKEN
        self._learn(self._engine, *sender_of(data))
        return True

    def _made(self) -> SnmpEngine:
        """An engine that knows our users as its own: it reads its MIBs, a user's keys are slow: 100 ms."""
        engine = SnmpEngine()
        for one in self._credentials:
            if one.user is not None:
                self._learn(engine, bytes(engine.snmpEngineID), one.user)
        return engine

    def _learn(self, engine: SnmpEngine, engine_id: bytes, user: str) -> None:
        """Make a user of ours known at a sender's engine."""
        if not engine_id or (engine_id, user) in self._users or len(self._users) >= MOST_ENGINES:
            return
        for one in self._credentials:
            if one.user == user:
                self._users.add((engine_id, user))
                _add_user(engine, one, engine_id)

    def _receive(
        self,
        engine: SnmpEngine,
        reference: int,
        _engine_id: object,
        _context: object,
        varbinds: Iterable[tuple[Any, Any]],
        _: object,
    ) -> None:
        context = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        if not self._is_secure(
            int(context["securityModel"]), str(context["securityName"]), int(context["securityLevel"])
        ):
            return
        self._taken += 1
        _, address = engine.message_dispatcher.get_transport_info(reference)
        trap = read_link(_unmapped(address[0]), [(tuple(oid), _plain(value)) for oid, value in varbinds])
        if trap is not None:
            self._heard(trap)

    def _is_secure(self, model: int, user: str, level: int) -> bool:
        """Whether a message is as secure as its user's credentials ask: pysnmp takes a v3 trap with less."""
        needed = {
            one.user: 1 + (one.auth is not None) + (one.privacy is not None) for one in self._credentials
        }
        return model != _USM or level >= needed.get(user, _AUTH_PRIV)


def sender_of(data: bytes) -> tuple[bytes, str]:
    """Engine and user that a v3 message claims to come from (RFC 3414 2.4); empty for anything else. Pure."""
    try:
        reader = Reader(data).enter()
        if reader.integer() != VERSION_3:
            return b"", ""
        reader.enter()
        secured = reader.enter(Tag.OCTETS).enter()
        engine_id, _, _, user = secured.octets(), secured.integer(), secured.integer(), secured.octets()
    except MalformedError:
        return b"", ""
    return (engine_id, user.decode("utf-8", "replace")) if len(engine_id) <= _LONGEST_ENGINE_ID else (b"", "")


def _bound(host: str, port: int) -> socket.socket:
    """A UDP socket on one address, or with an empty host on every IPv4 one."""
    family, kind, number, _, address = socket.getaddrinfo(
        host or "0.0.0.0",  # noqa: S104 - `:162` asks for every address
        port,
        type=socket.SOCK_DGRAM,
        flags=socket.AI_NUMERICHOST,
    )[0]
    sock = socket.socket(family, kind | socket.SOCK_NONBLOCK, number)
    try:
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _sieved(kind: type[Any], lets_in: Callable[[bytes, str], bool]) -> type[Any]:
    """A transport of pysnmp's with a sieve before it."""

    class Sieved(kind):  # type: ignore[misc] # pysnmp ships no types
        def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
            if lets_in(data, _unmapped(address[0])):
                with suppress(*_STUMBLES):
                    self._callback_function(self, address, data)

    return Sieved


def _unmapped(address: str) -> str:
    """An IPv4 address as itself also where an IPv6 socket heard it (RFC 4291 2.5.5.2)."""
    return address.removeprefix("::ffff:")


def _add_user(engine: SnmpEngine, credentials: Credentials, engine_id: bytes) -> None:
    """Make a user known to our engine with the keys that it has at a sender's."""
    keys = derive(credentials, engine_id)
    auth, privacy = credentials.auth, credentials.privacy
    config.add_v3_user(
        engine,
        credentials.user,
        AUTH_PROTOCOLS[auth.algorithm] if auth else config.USM_AUTH_NONE,
        keys.auth or None,
        PRIVACY_PROTOCOLS[privacy.algorithm] if privacy else config.USM_PRIV_NONE,
        keys.privacy or None,
        securityEngineId=OctetString(engine_id),
        authKeyType=config.USM_KEY_TYPE_LOCALIZED,
        privKeyType=config.USM_KEY_TYPE_LOCALIZED,
    )


def _plain(value: Any) -> int | str | Oid:  # noqa: ANN401 - a type of pysnmp's, which ships none
    """A value without its ASN.1 type; v1's and v2c's types share no base but what they can do."""
    if hasattr(value, "asTuple"):
        return tuple(value.asTuple())
    if hasattr(value, "asOctets"):
        return bytes(value.asOctets()).decode("utf-8", "replace")
    return int(value) if hasattr(value, "__int__") else ""

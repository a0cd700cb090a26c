"""How long a TCP handshake takes, and what TLS says on top of it.

One attempt, to one address. The RTT is the kernel's own (TCP_INFO's `tcpi_rtt`: its first sample is
the handshake's, and it is read before any data is sent), so that a busy event loop can not make a
circuit look slow; the loop decides nothing but when to stop waiting. Each SYN is a packet: one that
had to be repeated was lost, and because nobody can say which of them was answered, such a round has
counts and no RTT. A refusal (RST, or an ICMP error from the target itself) is an answer.

TLS runs on the connection that was measured, in what is left of the time, and never changes the
round's counts; when it fails, the reason is `tls` and the connection stays an answer.

The connection ends in an orderly way (FIN; with TLS a close_notify first): a reset would spare this
host a socket in TIME_WAIT, and would fill the logs of the servers that are measured.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Self, cast

from pydantic import Field, field_validator, model_validator

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.failure import IcmpError, of_icmp, of_os_error
from probes.leave import leaving, open_socket, sockaddr
from probes.model import (
    RTT_UNIT_NS,
    Failure,
    Outcome,
    ProbeOptions,
    Reason,
    Resolver,
    Round,
    Sample,
    Slot,
    Target,
    Timing,
    Via,
)
from probes.resolve import GATEWAY, check_host
from probes.tls import NO_FACTS, TlsFacts, TrustStores, inspect
from probes.values import Duration

_ADDRESS = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_RTT_UNITS_PER_US = 1000 // RTT_UNIT_NS
_TCP_INFO = struct.Struct("=B67xI28xI")
"""struct tcp_info (linux/tcp.h): tcpi_state at 0, tcpi_rtt at 68, tcpi_total_retrans at 100."""
_SYN_SENT, _CLOSE = 2, 7
_ANCILLARY_BYTES = 512
_DRAIN_BYTES = 65_536


class TcpOptions(ProbeOptions):
    """What a `tcp` probe takes."""

    tls: bool = Field(False, description="shake hands in TLS too, and read the certificate")
    tls_verify: bool = Field(True, description="judge the certificate; without it only its days are read")
    tls_server_name: str | None = Field(None, description="the name to ask for; left out: the target's own")
    tls_ca_file: Path | None = Field(None, description="trust these authorities (PEM), not the system's")

    @field_validator("tls_server_name")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        return None if name is None else check_host(name)

    @model_validator(mode="after")
    def _tls_keys_need_tls(self) -> Self:
        given = sorted(key for key in self.model_fields_set if key.startswith("tls_"))
        if given and not self.tls:
            raise ValueError(f"{given[0]} needs `tls: true`")
        return self


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """What of the kernel's `struct tcp_info` is used."""

    state: int
    rtt_us: int
    """Smoothed RTT; after the handshake and before any data it is the handshake's. 0: no sample."""
    retransmits: int
    """SYNs (later: segments) that were sent again."""

    @classmethod
    def parse(cls, data: bytes) -> TcpInfo | None:
        """Read TCP_INFO's bytes; None when there are too few."""
        if len(data) < _TCP_INFO.size:
            return None
        return cls(*_TCP_INFO.unpack_from(data))

    @property
    def established(self) -> bool:
        """Whether the handshake came to its end, whatever happened then."""
        return self.state not in (_SYN_SENT, _CLOSE) or self.rtt_us > 0

    def rtt_of_handshake(self) -> int | None:
        """The RTT in units of 100 ns, where one SYN was sent and the kernel took its time."""
        return self.rtt_us * _RTT_UNITS_PER_US if self.rtt_us and not self.retransmits else None


NO_INFO = TcpInfo(_CLOSE, 0, 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt to connect ended, as the kernel tells it; `judge` says what it means."""

    error: OSError | None
    info: TcpInfo
    icmp: IcmpError | None
    target: str
    own: str
    waited_ns: int


@dataclass(frozen=True, slots=True)
class Handshake:
    """What an attempt to connect gave: the counts and RTT of a round, and why it is not good."""

    sent: int
    received: int
    rtts: tuple[int | None, ...] = ()
    failure: Failure | None = None


def judge(end: Ending, timeout: Duration) -> Handshake:
    """Count the packets of one attempt and say whose word its end was."""
    sent, rtt = 1 + end.info.retransmits, end.info.rtt_of_handshake()
    connected = end.error is None or end.info.established  # maybe seen only after the deadline: our delay
    if connected and (rtt is None or rtt * RTT_UNIT_NS <= timeout.ms * NS_PER_MS):
        return Handshake(sent, 1, () if rtt is None else (rtt,), _after_handshake(end.error))
    failure = _why_not(end, sent, timeout)
    if failure.reason is Reason.LOCAL:
        return Handshake(0, 0, (), failure)
    if failure.reason in (Reason.REFUSED, Reason.RESET):
        return Handshake(sent, 1, (), failure)
    return Handshake(sent, 0, (None,) * sent, failure)


def _after_handshake(error: OSError | None) -> Failure | None:
    return None if error is None or isinstance(error, TimeoutError) else of_os_error(error)


def _why_not(end: Ending, sent: int, timeout: Duration) -> Failure:
    if end.icmp is not None:
        return of_icmp(end.icmp, target=end.target, own=end.own)
    if end.error is not None and not isinstance(end.error, TimeoutError):
        return of_os_error(end.error)
    if end.waited_ns * 10 < timeout.ms * NS_PER_MS * 9:
        left = end.waited_ns // NS_PER_MS
        return Failure(
            Reason.LOCAL,
            f"only {left} ms of {timeout} were left for an answer: this host or its resolver was slow",
        )
    return Failure(Reason.TIMEOUT, f"no answer to {sent} SYN{'s' if sent > 1 else ''} in {timeout}")


@lru_cache(maxsize=65_536)
def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[v6]:port`; raises ValueError that says what is wrong."""
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise ValueError(f"{address!r} is not host:port, such as example.net:443 or [2001:db8::1]:443")
    port = int(match["port"])
    if not 0 < port < 65_536:
        raise ValueError(f"{port} is not a port: 1 to 65535")
    host = check_host(match["name"] if match["literal"] is None else match["literal"])
    if match["literal"] is not None and ":" not in host:
        raise ValueError(f"{address!r}: brackets are for IPv6 addresses")
    return host, port


class TcpProbe:
    """Connects once a round (probes.model.Probe)."""

    options: ClassVar[type[ProbeOptions]] = TcpOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self._clock = clock
        self._resolver = resolver
        self._trust = TrustStores(clock)

    @classmethod
    def check_address(cls, address: str) -> str:
        """`host:port`, `gateway:port` or `[v6]:port`, as it is kept; raises ValueError."""
        host, port = split_address(address)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Connect now, be done by `deadline`; raises only cancellation."""
        ready = await self._ready(target, deadline)
        if isinstance(ready, Failure):
            return _outcome(target, slot, Handshake(0, 0, (), ready))
        facts = NO_FACTS
        with ready.sock as sock:
            handshake = judge(await self._connect(ready, deadline), target.options.timeout)
            if ready.context and handshake.received and not handshake.failure:
                left = self._seconds_to(deadline)
                facts = await inspect(sock, ready.context, ready.server_name, self._clock, left)
            hang_up(sock)
        return _outcome(target, slot, handshake, facts)

    async def aclose(self) -> None:
        """Every socket is closed by its own round; what is left is a store being read."""
        await self._trust.aclose()

    async def _ready(self, target: Target, deadline: Instant) -> _Ready | Failure:
        """Everything before the first packet, or why it cannot leave."""
        options = cast(TcpOptions, target.options)
        host, port = split_address(target.address)
        address = await self._address(host, target.via, deadline)
        if isinstance(address, Failure):
            return address
        try:
            context = (
                await self._trust.context(options.tls_verify, options.tls_ca_file) if options.tls else None
            )
        except OSError as error:
            return Failure(Reason.LOCAL, f"tls_ca_file {options.tls_ca_file or 'left out'}: {error.strerror}")
        try:
            sock = open_socket(address, target.via)
        except OSError as error:
            return Failure(Reason.LOCAL, f"{leaving(target.via)}{of_os_error(error).detail}")
        name = options.tls_server_name or (address if host == GATEWAY else host)
        return _Ready(sock, address, port, context, name)

    async def _address(self, host: str, via: Via, deadline: Instant) -> str | Failure:
        try:
            async with asyncio.timeout(self._seconds_to(deadline)):
                return await self._resolver.resolve(host, via)
        except TimeoutError:
            return self._resolver.current(host, via)  # which says how long nothing has come

    async def _connect(self, ready: _Ready, deadline: Instant) -> Ending:
        sock, began, error = ready.sock, self._clock.now(), None
        try:
            async with asyncio.timeout(self._seconds_to(deadline)):
                await asyncio.get_running_loop().sock_connect(sock, sockaddr(ready.address, ready.port))
        except OSError as caught:  # a TimeoutError is one too
            error = caught
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        return Ending(
            error=error,
            info=TcpInfo.parse(info) or NO_INFO,
            icmp=_icmp_error(sock) if error else None,
            target=ready.address,
            own=sock.getsockname()[0],
            waited_ns=self._clock.now() - began,
        )

    def _seconds_to(self, deadline: Instant) -> float:
        return max(0, deadline - self._clock.now()) / NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a round needs to connect; the socket is the round's to close."""

    sock: socket.socket
    address: str
    port: int
    context: ssl.SSLContext | None
    server_name: str


def _icmp_error(sock: socket.socket) -> IcmpError | None:
    """What the socket's error queue holds, if an ICMP error ended the attempt (ip(7), IP_RECVERR)."""
    try:
        _, ancillary, _, _ = sock.recvmsg(0, _ANCILLARY_BYTES, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    return next(filter(None, (IcmpError.parse(data) for _, _, data in ancillary)), None)


def hang_up(sock: socket.socket) -> None:
    """Say goodbye without waiting; a greeting left unread would turn the close into a reset."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.recv(_DRAIN_BYTES)


def _outcome(target: Target, slot: Slot, handshake: Handshake, facts: TlsFacts = NO_FACTS) -> Outcome:
    failure = handshake.failure or facts.failure
    samples = {
        "tls_days_left": facts.days_left,
        "tls_verified": None if facts.verified is None else int(facts.verified),
    }
    return Outcome(
        Round(
            series=target.series,
            at_ms=slot.at_ms,
            every_ms=slot.every_ms,
            epoch=slot.epoch,
            sent=handshake.sent,
            received=handshake.received,
            rtts=handshake.rtts,
            reason=failure.reason if failure else Reason.NONE,
            detail=failure.detail if failure else "",
            timing=Timing.TCP_INFO,
        ),
        tuple(
            Sample(target.series, slot.at_ms, slot.epoch, name, value)
            for name, value in samples.items()
            if value is not None
        ),
    )

"""A measured TCP connection: opened the circuit's way, timed by the kernel, judged by how it ended.

One attempt, to one address. The RTT is the kernel's own (TCP_INFO's `tcpi_rtt`: its first sample is
the handshake's, and it is read before any data is sent), so that a busy event loop can not make a
circuit look slow; the loop decides nothing but when to stop waiting. Each SYN is a packet: one that
had to be repeated was lost, and because nobody can say which of them was answered, such a round has
counts and no RTT. A refusal (RST, or an ICMP error from the target itself) is an answer.

The connection ends in an orderly way (FIN; with TLS a close_notify first): a reset would spare this
host a socket in TIME_WAIT, and would fill the logs of the servers that are measured.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.failure import IcmpError, of_icmp, of_os_error
from probes.leave import leaving, open_socket, sockaddr
from probes.model import (
    RTT_UNIT_NS,
    Failure,
    Outcome,
    Reason,
    Resolver,
    Round,
    Sample,
    Slot,
    Target,
    Timing,
    Via,
)
from probes.values import Duration

_RTT_UNITS_PER_US = 1000 // RTT_UNIT_NS
_TCP_INFO = struct.Struct("=B67xI28xI")
"""struct tcp_info (linux/tcp.h): tcpi_state at 0, tcpi_rtt at 68, tcpi_total_retrans at 100."""
_SYN_SENT, _CLOSE = 2, 7
_ANCILLARY_BYTES = 512
_DRAIN_BYTES = 65_536


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
    took_ns: int = 0
    """How long it took to connect: the kernel's RTT, and by our own clock where that has none."""


NOT_TRIED = Handshake(0, 0)


def never(failure: Failure) -> Handshake:
    """An attempt whose first packet did not leave."""
    return Handshake(0, 0, (), failure)


def judge(end: Ending, timeout: Duration) -> Handshake:
    """Count the packets of one attempt and say whose word its end was."""
    sent, rtt = 1 + end.info.retransmits, end.info.rtt_of_handshake()
    connected = end.error is None or end.info.established  # maybe seen only after the deadline: our delay
    if connected and (rtt is None or rtt * RTT_UNIT_NS <= timeout.ms * NS_PER_MS):
        rtts, took_ns = ((), end.waited_ns) if rtt is None else ((rtt,), rtt * RTT_UNIT_NS)
        return Handshake(sent, 1, rtts, _after_handshake(end.error), took_ns)
    failure = _why_not(end, sent, timeout)
    if failure.reason is Reason.LOCAL:
        return never(failure)
    if failure.reason in (Reason.REFUSED, Reason.RESET):
        return Handshake(sent, 1, (), failure)
    return Handshake(sent, 0, (None,) * sent, failure)


def cut_short(waited_ns: int, timeout: Duration) -> Failure | None:
    """Our own fault, where the deadline came before the peer had nine tenths of its time."""
    if waited_ns * 10 >= timeout.ms * NS_PER_MS * 9:
        return None
    left = waited_ns // NS_PER_MS
    return Failure(
        Reason.LOCAL,
        f"only {left} ms of {timeout} were left for an answer: this host or its resolver was slow",
    )


def _after_handshake(error: OSError | None) -> Failure | None:
    return None if error is None or isinstance(error, TimeoutError) else of_os_error(error)


def _why_not(end: Ending, sent: int, timeout: Duration) -> Failure:
    if end.icmp is not None:
        return of_icmp(end.icmp, target=end.target, own=end.own)
    if end.error is not None and not isinstance(end.error, TimeoutError):
        return of_os_error(end.error)
    silence = Failure(Reason.TIMEOUT, f"no answer to {sent} SYN{'s' if sent > 1 else ''} in {timeout}")
    return cut_short(end.waited_ns, timeout) or silence


def seconds_to(deadline: Instant, clock: Clock) -> float:
    """How long there is until `deadline`; 0 when it has passed."""
    return max(0, deadline - clock.now()) / NS_PER_SECOND


async def find(host: str, via: Via, deadline: Instant, resolver: Resolver, clock: Clock) -> str | Failure:
    """The literal of `host`, waited for until `deadline` at most."""
    try:
        async with asyncio.timeout(seconds_to(deadline, clock)):
            return await resolver.resolve(host, via)
    except TimeoutError:
        return resolver.current(host, via)  # which says how long nothing has come


def open_to(address: str, via: Via, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket | Failure:
    """A socket for the literal that will leave by `via`; the caller's to close."""
    try:
        return open_socket(address, via, kind)
    except OSError as error:
        return not_leaving(error, via)


def not_leaving(error: OSError, via: Via) -> Failure:
    """Why nothing can leave this host by `via`."""
    return Failure(Reason.LOCAL, f"{leaving(via)}{of_os_error(error).detail}")


async def connect(
    sock: socket.socket, address: str, port: int, allowed: Duration, deadline: Instant, clock: Clock
) -> Handshake:
    """Shake hands until `deadline`, which leaves the `allowed` time if we are not late; raises nothing."""
    began, error = clock.now(), None
    try:
        async with asyncio.timeout(seconds_to(deadline, clock)):
            await asyncio.get_running_loop().sock_connect(sock, sockaddr(address, port))
    except OSError as caught:  # a TimeoutError is one too
        error = caught
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    end = Ending(
        error=error,
        info=TcpInfo.parse(info) or NO_INFO,
        icmp=_icmp_error(sock) if error else None,
        target=address,
        own=sock.getsockname()[0],
        waited_ns=clock.now() - began,
    )
    return judge(end, allowed)


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


def outcome(
    target: Target,
    slot: Slot,
    handshake: Handshake,
    failure: Failure | None,
    facts: Mapping[str, float | str | None],
    remark: str = "",
) -> Outcome:
    """The round of one handshake, with what else was found as samples (None: there was none).

    `failure` is what went wrong once it was done; `remark` is the detail of a good round.
    """
    failure = handshake.failure or failure
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
            detail=failure.detail if failure else remark,
            timing=Timing.TCP_INFO,
        ),
        tuple(
            Sample(target.series, slot.at_ms, slot.epoch, name, value)
            for name, value in facts.items()
            if value is not None
        ),
    )

"""One question to one DNS server, and how long its answer took.

A round is one query, with a new random id, from a new random port. Its RTT is the kernel's: from the
query's leaving to the answer's coming; for TCP to its last octet, without the handshake before (what dig
calls the query time). A SYN that TCP had to repeat is a packet lost beside the query. An answer that UDP
truncated has its RTT, and what it says is fetched again over TCP in what is left of the time.

Whatever the server answers, the circuit carried it: the round has its RTT, and is `mismatch` when the
answer is not as expected, `protocol` when it can't be read, or never came over a connection that stood.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, replace
from secrets import randbelow
from typing import ClassVar, NamedTuple, cast

from probes.clock import NS_PER_MS, Clock, Instant
from probes.connect import Handshake, connect, cut_short, find, hang_up, not_leaving, open_to, outcome
from probes.dns.exchange import Datagrams, Reply, Stream, ask
from probes.dns.options import PORT, DnsOptions, split_address
from probes.dns.wire import Answer, Query, WireError, build_query, is_truncated, read_answer
from probes.leave import sockaddr
from probes.model import (
    RTT_UNIT_NS,
    Failure,
    Outcome,
    ProbeOptions,
    Reason,
    Resolver,
    Slot,
    Target,
    Timing,
    Via,
)
from probes.stamped import StampedSocket, keep_stamping
from probes.values import Duration

_TRUNCATED = "truncated over UDP"


class _Peer(NamedTuple):
    """Where a query goes, and by when its answer must have come (`timeout` after it could have left)."""

    address: str
    port: int
    via: Via
    timeout: Duration
    deadline: Instant


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of a query: the counts and RTTs of a round, the answer, or why there is none."""

    sent: int
    received: int
    rtts: tuple[int | None, ...] = ()
    timing: Timing = Timing.KERNEL
    failure: Failure | None = None
    message: bytes = b""
    remark: str = ""


class DnsProbe:
    """Asks once a round (probes.model.Probe)."""

    options: ClassVar[type[ProbeOptions]] = DnsOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self._clock = clock
        self._resolver = resolver
        self._stamping = keep_stamping()

    @classmethod
    def check_address(cls, address: str) -> str:
        """`host`, `gateway`, `host:port` or `[v6]:port`, as it is kept (without `:53`); raises ValueError."""
        host, port = split_address(address)
        if port == PORT:
            return host
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Ask now, be done by `deadline`; raises only cancellation."""
        options = cast(DnsOptions, target.options)
        host, port = split_address(target.address)
        address = await find(host, target.via, deadline, self._resolver, self._clock)
        if isinstance(address, Failure):
            return _outcome(target, slot, _Result(0, 0, failure=address))
        query = build_query(
            options.question,
            randbelow(0x10000),
            recursion=options.recursion,
            payload=options.edns,
            dnssec=options.dnssec,
        )
        peer = _Peer(address, port, target.via, options.timeout, deadline)
        result = await (self._over_udp if options.transport == "udp" else self._over_tcp)(peer, query)
        if result.failure:
            return _outcome(target, slot, result)
        answer = await _read(result.message, query, values=bool(options.expect.answer))
        if isinstance(answer, Failure):
            return _outcome(target, slot, replace(result, failure=answer))
        judged = replace(result, failure=options.expect.judge(answer, options.question))
        return _outcome(target, slot, judged, answer)

    async def aclose(self) -> None:
        """Every other socket is closed by its own round."""
        self._stamping.close()

    async def _over_udp(self, peer: _Peer, query: Query) -> _Result:
        began = self._clock.now()
        sock = open_to(peer.address, peer.via, socket.SOCK_DGRAM)
        if isinstance(sock, Failure):
            return _Result(0, 0, failure=sock)
        with sock:
            try:
                sock.connect(sockaddr(peer.address, peer.port))
            except OSError as error:
                return _Result(0, 0, failure=not_leaving(error, peer.via))
            stamped = StampedSocket(sock)
            exchange = Datagrams(stamped, query, peer.address, self._clock)
            found = await ask(exchange, stamped, self._clock, peer.deadline)
        result = _of_udp(found, peer.timeout, self._clock.now() - began, exchange.strays)
        if result.failure is None and is_truncated(result.message):
            left = Duration(max(1, (peer.deadline - self._clock.now()) // NS_PER_MS))
            return _fetched_again(result, await self._over_tcp(peer._replace(timeout=left), query))
        return result

    async def _over_tcp(self, peer: _Peer, query: Query) -> _Result:
        sock = open_to(peer.address, peer.via)
        if isinstance(sock, Failure):
            return _Result(0, 0, failure=sock)
        with sock:
            shaken = await connect(sock, peer.address, peer.port, peer.timeout, peer.deadline, self._clock)
            if shaken.failure or not shaken.received:
                return _Result(shaken.sent, shaken.received, shaken.rtts, failure=shaken.failure)
            stamped = StampedSocket(sock)
            exchange = Stream(stamped, query, peer.address, self._clock)
            began = self._clock.now()
            found = await ask(exchange, stamped, self._clock, peer.deadline)
            waited_ns = shaken.took_ns + (self._clock.now() - began)
            hang_up(sock)
        return _of_tcp(found, shaken.sent - 1, peer.timeout, waited_ns, exchange.strays)


def _of_udp(found: Reply | Failure | None, timeout: Duration, waited_ns: int, strays: int) -> _Result:
    """Count one datagram and its answer; one that took longer than the time-out is none."""
    if isinstance(found, Reply) and found.measured.rtt * RTT_UNIT_NS <= timeout.ms * NS_PER_MS:
        return _Result(1, 1, (found.measured.rtt,), found.measured.timing, message=found.message)
    silence = Failure(Reason.TIMEOUT, f"no answer in {timeout}{_ignored(strays)}")
    failure = found if isinstance(found, Failure) else cut_short(waited_ns, timeout) or silence
    if failure.reason is Reason.LOCAL:
        return _Result(0, 0, failure=failure)
    if failure.reason in (Reason.REFUSED, Reason.RESET):
        return _Result(1, 1, failure=failure)
    return _Result(1, 0, (None,), failure=failure)


def _of_tcp(
    found: Reply | Failure | None, lost: int, timeout: Duration, waited_ns: int, strays: int
) -> _Result:
    """Count a query on a connection that stood after `lost` SYNs: whatever came of it, it was carried."""
    if isinstance(found, Reply):
        rtts = (*(None,) * lost, found.measured.rtt)
        return _Result(1 + lost, 1, rtts, found.measured.timing, message=found.message)
    silence = Failure(Reason.PROTOCOL, f"connected, but no answer in {timeout}{_ignored(strays)}")
    return _Result(1 + lost, 1, failure=found or cut_short(waited_ns, timeout) or silence)


def _fetched_again(udp: _Result, tcp: _Result) -> _Result:
    """A truncated answer's round, with what came of asking again: the circuit carried it either way."""
    if tcp.failure is None:
        return replace(udp, message=tcp.message, remark=f"{_TRUNCATED}, fetched again over TCP")
    silent = tcp.failure.reason in (Reason.TIMEOUT, Reason.UNREACHABLE)
    reason = Reason.PROTOCOL if silent else tcp.failure.reason
    return replace(udp, failure=Failure(reason, f"{_TRUNCATED}, and over TCP: {tcp.failure.detail}"))


def _ignored(strays: int) -> str:
    return f"; {strays} messages that were no answer to this query were ignored" if strays else ""


async def _read(message: bytes, query: Query, *, values: bool) -> Answer | Failure:
    """In a thread, since 64 kB that mean ill take more than a second of CPU."""
    try:
        return await asyncio.to_thread(read_answer, message, query.question, values=values)
    except WireError as error:
        return Failure(Reason.PROTOCOL, f"the answer can't be read: {error}")


def _outcome(target: Target, slot: Slot, result: _Result, answer: Answer | None = None) -> Outcome:
    counts = Handshake(result.sent, result.received, result.rtts, result.failure)
    facts: dict[str, float | str | None] = {}
    if answer is not None:
        facts = {"dns_rcode": answer.rcode, "dns_answers": answer.count, "dns_ttl_seconds": answer.ttl}
    made = outcome(target, slot, counts, None, facts, result.remark)
    return made if made.round is None else replace(made, round=replace(made.round, timing=result.timing))

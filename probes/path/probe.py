"""Traces the way to a target once a round: the coroutine around `Trace`, which decides.

All packets leave at least `SPACING_NS` apart. RTTs are taken from the kernel's stamps where it gives
them. `flow` comes from the series and the target: load balancers give all traces of one series the same way,
so that two traces differ only where the routes do.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import ClassVar, cast

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.connect import find, not_leaving
from probes.icmp import causes
from probes.icmp.route import find_route, is_own
from probes.icmp.socket import Departure, PingPermissionError
from probes.icmp.wire import V4, V6
from probes.model import (
    NO_VIA,
    Failure,
    Outcome,
    ProbeOptions,
    Reason,
    Resolver,
    Round,
    Slot,
    Target,
)
from probes.path.lines import EchoLine, Line
from probes.path.options import PathOptions
from probes.path.report import conclude
from probes.path.trace import Trace
from probes.path.udp import UdpLine
from probes.resolve import check_host

SPACING_NS = 5 * NS_PER_MS
_SEND_TRIES = 3
"""The kernel reports the ICMP errors of a socket to whatever call comes next."""


class PathProbe:
    """One trace a round (probes.model.Probe)."""

    options: ClassVar[type[ProbeOptions]] = PathOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self._clock = clock
        self._resolver = resolver

    @classmethod
    def check_address(cls, address: str) -> str:
        """A literal, a name or `gateway`, as it is kept; raises ValueError."""
        return check_host(address)

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Trace now, be done by `deadline`; raises only cancellation."""
        options = cast(PathOptions, target.options)
        address = await find(target.address, target.via, deadline, self._resolver, self._clock)
        line = address if isinstance(address, Failure) else _open(address, target)
        if isinstance(line, Failure):
            return _not_traced(target, slot, line)
        trace = Trace(line.target, options.plan)
        try:
            failure = await self._follow(trace, line, deadline)
        finally:
            line.close()
        if failure:
            return _not_traced(target, slot, failure)
        return conclude(trace, target, slot, options.protocol, raw=line.raw)

    async def aclose(self) -> None:
        """Every socket is closed by its own round."""

    async def _follow(self, trace: Trace, line: Line, deadline: Instant) -> Failure | None:
        """Ask and listen until the trace is done or time is up; why a packet couldn't be sent, if so."""
        loop, news, free_ns = asyncio.get_running_loop(), asyncio.Event(), 0
        for descriptor in line.filenos():
            loop.add_reader(descriptor, news.set)
        try:
            while not trace.done and (now_ns := self._clock.now().mono_ns) < deadline.mono_ns:
                ttl = trace.due_hop()
                if ttl and now_ns >= free_ns:
                    if failure := self._send(trace, line, ttl):
                        return failure
                    free_ns = now_ns + SPACING_NS
                    continue
                until_ns = min(filter(None, (deadline.mono_ns, trace.next_due(), free_ns if ttl else None)))
                await self._wait(news, until_ns)
                now_ns = self._clock.now().mono_ns  # before reading: what came by then is no loss
                self._read(trace, line)
                trace.expire(now_ns)
        finally:
            for descriptor in line.filenos():
                loop.remove_reader(descriptor)
        trace.cut()
        return None

    async def _wait(self, news: asyncio.Event, until_ns: int) -> None:
        try:
            async with asyncio.timeout(max(0, until_ns - self._clock.now().mono_ns) / NS_PER_SECOND):
                await news.wait()
        except TimeoutError:
            pass
        news.clear()

    def _send(self, trace: Trace, line: Line, ttl: int) -> Failure | None:
        error: OSError | None = None
        for _ in range(_SEND_TRIES):
            now = self._clock.now()
            try:
                stamp = line.send(trace.next_index, ttl)
            except OSError as caught:
                error = caught
                self._read(trace, line)
                line.realign()
                trace.forget_stamps()
            else:
                trace.sent(ttl, now, stamp)
                return None
        return causes.not_sent(error) if error else None

    def _read(self, trace: Trace, line: Line) -> None:
        notices = line.read()
        read = self._clock.now()
        for one in notices:
            if isinstance(one, Departure):
                trace.departed(one.number, one.left_ns)
            elif (
                one.error
                and not one.in_transit
                and one.source != trace.target
                and _says_this_host(one.source)
            ):
                trace.refuse(one)
            else:
                trace.answered(one, read)


def _open(address: str, target: Target) -> Line | Failure:
    """The sockets of a trace to the literal `address`, or why there are none."""
    options = cast(PathOptions, target.options)
    flow = zlib.crc32(f"{target.series} {target.address}".encode()) % 0xFFFF
    udp = options.protocol == "udp"
    route = find_route(address, NO_VIA if udp else target.via, options.dscp)
    if isinstance(route, Failure):
        return route
    try:
        if udp:
            return UdpLine(address, options.port, target.via, route.control, options.size, flow)
        return EchoLine(route, options.size, flow)
    except PingPermissionError as error:
        return Failure(Reason.LOCAL, str(error.strerror))
    except OSError as error:
        return not_leaving(error, target.via)


def _says_this_host(address: str) -> bool:
    return is_own(V6 if ":" in address else V4, address)


def _not_traced(target: Target, slot: Slot, failure: Failure) -> Outcome:
    """Nothing was sent that anybody could have answered."""
    return Outcome(
        Round(
            series=target.series,
            at_ms=slot.at_ms,
            every_ms=slot.every_ms,
            epoch=slot.epoch,
            sent=0,
            received=0,
            reason=failure.reason,
            detail=failure.detail,
        )
    )

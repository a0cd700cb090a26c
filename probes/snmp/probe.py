"""Polls an interface, and values of other kinds, of one SNMP agent.

The policy: one question a poll, sent once (client.py names the two exceptions). The RTT is that of its
datagrams, by the kernel's stamps where it gives them: what packing and unpacking take is no part of it.
An answer that can't be used is an answer: the round has its reason, and a count without an RTT.

An interface is remembered by its ifIndex, and every poll asks for its name again. When another name
stands there the table is read anew, once for all series of the agent, and the poll repeated. What
passed since the last poll is dropped then, and whenever counters.py says that it means nothing.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar, cast
from weakref import WeakValueDictionary

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.model import Failure, Outcome, Reason, Resolver, Round, Sample, Slot, Target, Timing
from probes.resolve import GATEWAY, check_host, is_literal
from probes.snmp.client import Agent, Answer, SnmpClient, UdpClient
from probes.snmp.counters import Reading, Track, follow
from probes.snmp.custom import read_custom
from probes.snmp.device import Device
from probes.snmp.interfaces import SYS_UPTIME, Place, Row, questions, read_row, uptime_ticks
from probes.snmp.options import SnmpOptions, parse_oid

DEFAULT_PORT = 161
_ADDRESS = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")
_IDLE_NS = 26 * 3600 * NS_PER_SECOND
"""A series that was not polled for so long (`every` is a day at most) is none any more."""
_ATTEMPTS = 2
"""A poll that finds another name at its ifIndex is repeated at the new one."""
_NOT_SENT = frozenset({Reason.LOCAL, Reason.RESOLVE})
_ANSWERS = frozenset({Reason.REFUSED, Reason.PROTOCOL, Reason.AUTH, Reason.MISMATCH})
"""Reasons that only an answer can give."""


class SnmpProbe:
    """Polls SNMP agents; see `probes.model.Probe`."""

    options: ClassVar[type[SnmpOptions]] = SnmpOptions

    def __init__(self, clock: Clock, resolver: Resolver, client: SnmpClient | None = None) -> None:
        self._clock = clock
        self._resolver = resolver
        self._client = client or UdpClient(clock)
        self._series: dict[int, _Series] = {}
        self._devices = WeakValueDictionary[Agent, Device]()
        self._swept = clock.now()

    @classmethod
    def check_address(cls, address: str) -> str:
        """The target as it is kept: HOST, HOST:PORT or [IPV6]:PORT; a port of 161 is left out."""
        host, port = split_address(address)
        host = host if host == GATEWAY else check_host(host)
        if port == DEFAULT_PORT:
            return host
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Poll now, be done by `deadline`; raises only cancellation."""
        options = cast(SnmpOptions, target.options)
        agent = await self._agent(target, options, deadline)
        if isinstance(agent, Failure):
            return _outcome(target, slot, _Poll(agent))
        series = self._known(target, agent)
        return _outcome(target, slot, await self._poll(series, options, deadline))

    async def aclose(self) -> None:
        """Let go of tables that are being read."""
        for device in list(self._devices.values()):
            await device.aclose()
        self._client.close()

    async def _agent(self, target: Target, options: SnmpOptions, deadline: Instant) -> Agent | Failure:
        host, port = split_address(target.address)
        try:
            async with asyncio.timeout(max(0, deadline - self._clock.now()) / NS_PER_SECOND):
                address = await self._resolver.resolve(host, target.via)
        except TimeoutError:
            address = self._resolver.current(host, target.via)  # which says how long nothing has come
        return (
            address if isinstance(address, Failure) else Agent(address, port, target.via, options.credentials)
        )

    def _known(self, target: Target, agent: Agent) -> _Series:
        """What is known of a series; nothing, if its target is another agent now."""
        now = self._clock.now()
        series = self._series.get(target.series)
        if series is None or series.device.agent != agent:
            self._sweep(now)
            device = self._devices.get(agent)
            if device is None:
                device = self._devices[agent] = Device(agent, self._client, self._clock)
            young = now.plus(-target.options.every.ms * NS_PER_MS)
            series = self._series[target.series] = _Series(device, young, now)
        series.polled = now
        return series

    def _sweep(self, now: Instant) -> None:
        """Forget what was not polled for long: a configuration that was reloaded left it behind."""
        if now - self._swept > _IDLE_NS:
            self._swept = now
            self._series = {key: one for key, one in self._series.items() if now - one.polled < _IDLE_NS}
            self._client.keep({one.device.agent for one in self._series.values()})

    async def _poll(self, series: _Series, options: SnmpOptions, deadline: Instant) -> _Poll:
        """Ask for everything once, and once more where the interface has moved."""
        others = [SYS_UPTIME, *(parse_oid(one.oid) for one in options.oids.values())]
        for _ in range(_ATTEMPTS):
            place = await self._place(series, options, deadline)
            if isinstance(place, Failure) and place.reason is not Reason.MISMATCH:
                return _Poll(place)
            row = questions(place) if isinstance(place, Place) else []
            answer = await self._client.get(series.device.agent, [*others, *row], deadline)
            if isinstance(answer, Failure):
                return _Poll(answer)
            if not isinstance(place, Place):
                return series.take(options, answer, None, place)
            found = read_row(place, dict(answer.varbinds))
            if found.name == options.interface:
                return series.take(options, answer, (place, found), None)
            series.leave()
        return _Poll(Failure(Reason.MISMATCH, "the agent's interfaces change while they are read"))

    async def _place(
        self, series: _Series, options: SnmpOptions, deadline: Instant
    ) -> Place | Failure | None:
        """Where the interface stands: where it stood, or what the table says; None without an interface."""
        if series.place is not None or options.interface is None:
            return series.place
        table = await series.device.table(series.since, deadline)
        if isinstance(table, Failure):
            return table
        found = table.find(options.interface)
        if isinstance(found, Failure):
            series.since = series.device.begun
        else:
            series.place = found
        return found


@dataclass(slots=True)
class _Poll:
    """What a poll gave; its RTT is in units of 100 ns, None where it got no answer that it could use."""

    failure: Failure | None = None
    rtt: int | None = None
    timing: Timing = Timing.MONOTONIC
    samples: dict[str, int | float | str] = field(default_factory=dict)
    detail: str = ""


@dataclass(slots=True)
class _Series:
    """What one series remembers from poll to poll."""

    device: Device
    since: Instant
    """A table of names has to be younger than this to be believed."""
    polled: Instant
    place: Place | None = None
    stood: Place | None = None
    """Where it stood when it was last seen."""
    row: Track | None = None
    gone: bool = False
    """Whether it was missing since `row` was read."""
    own: Track | None = None

    def leave(self) -> None:
        """Another name stands where this interface stood, or where the table said that it stands."""
        if self.stood != self.place:
            self.since = self.device.begun
        self.place, self.gone = None, True

    def take(
        self, options: SnmpOptions, answer: Answer, at: tuple[Place, Row] | None, failure: Failure | None
    ) -> _Poll:
        """What an answer adds: to the tracks, and as samples."""
        values = dict(answer.varbinds)
        poll = _Poll(failure, answer.rtt, answer.timing)
        ticks = uptime_ticks(values)
        if ticks is not None:
            poll.samples["sys_uptime_seconds"] = ticks / 100
        custom = read_custom(options.oids, values)
        poll.samples |= custom.samples
        poll.failure = poll.failure or custom.failure
        base = Reading(answer.sent.mono_ns, custom.counters, tuple(custom.narrow), ticks, answer.engine)
        if custom.counters:
            self.own = follow(self.own, base)
            poll.samples |= self.own.totals
        if at is not None:
            self._take_row(poll, options, base, *at)
            self.since = answer.sent
        elif failure is not None:
            self.gone = True
        return poll

    def _take_row(self, poll: _Poll, options: SnmpOptions, base: Reading, place: Place, row: Row) -> None:
        reading = replace(
            base,
            counters=row.counters,
            narrow=tuple(row.narrow),
            discontinuity=row.discontinuity,
            speed_bits_per_second=row.speed_bits_per_second,
        )
        broken = "the interface was gone meanwhile" if self.gone else ""
        if self.stood is not None and self.stood != place:
            broken = f"its ifIndex went from {self.stood.index} to {place.index}"
        self.row = follow(self.row, reading, broken)
        poll.samples |= _row_samples(options.interface or "", place.index, row, self.row)
        poll.detail = self.row.dropped
        self.stood, self.gone = place, False
        if row.wrong:
            poll.failure = poll.failure or Failure(Reason.PROTOCOL, f"against IF-MIB {', '.join(row.wrong)}")


def _row_samples(name: str, index: int, row: Row, track: Track) -> dict[str, int | float | str]:
    found: dict[str, int | float | str | None] = {
        "interface": name,
        "if_index": index,
        **{f"if_{counter}_total": total for counter, total in track.totals.items()},
        "if_receive_utilisation_ratio": track.utilisation("receive_bytes"),
        "if_transmit_utilisation_ratio": track.utilisation("transmit_bytes"),
        "if_speed_bytes_per_second": row.speed_bits_per_second // 8 or None,
        "if_oper_status": row.oper_status,
        "if_admin_status": row.admin_status,
    }
    return {key: value for key, value in found.items() if value is not None}


def _outcome(target: Target, slot: Slot, poll: _Poll) -> Outcome:
    reason = poll.failure.reason if poll.failure else Reason.NONE
    sent = int(reason not in _NOT_SENT)
    answered = poll.rtt is not None or reason in _ANSWERS
    rtts = () if answered and poll.rtt is None else (poll.rtt,) * sent
    return Outcome(
        Round(
            series=target.series,
            at_ms=slot.at_ms,
            every_ms=slot.every_ms,
            epoch=slot.epoch,
            sent=sent,
            received=int(answered),
            rtts=rtts,
            reason=reason,
            detail="; ".join(filter(None, (poll.failure.detail if poll.failure else "", poll.detail))),
            timing=poll.timing,
        ),
        tuple(
            Sample(target.series, slot.at_ms, slot.epoch, name, value) for name, value in poll.samples.items()
        ),
    )


@lru_cache(maxsize=65_536)
def split_address(address: str) -> tuple[str, int]:
    """Host and port of a target, 161 where it names none; raises ValueError that says what form is right."""
    if is_literal(address):
        return address, DEFAULT_PORT
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise ValueError(f"{address!r} is not HOST, HOST:PORT or [IPV6]:PORT")
    port = int(match["port"] or DEFAULT_PORT)
    if not 0 < port < 65536:
        raise ValueError(f"port {port} is not between 1 and 65535")
    return match["literal"] or match["name"], port

"""The `http` probe: a request a round, and those that redirects make of it (the package says what counts)."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from socket import socket
from typing import ClassVar, cast

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.connect import (
    NOT_TRIED,
    Handshake,
    connect,
    cut_short,
    find,
    hang_up,
    open_to,
    outcome,
    seconds_to,
)
from probes.http.exchange import Answer, Finder, PlainStream, Stream, exchange
from probes.http.expectations import keeps_body, needles, questions, unmet, wrong_status
from probes.http.options import HttpOptions
from probes.http.request import Request, first, location_of, redirected
from probes.http.searching import Searcher
from probes.http.url import Url
from probes.model import Failure, Outcome, ProbeOptions, Reason, Resolver, Slot, Target, Via
from probes.resolve import GATEWAY, is_literal
from probes.shown import clean, quoted
from probes.tls import NO_FACTS, TlsFacts, TlsStream, TrustStores
from probes.values import Duration

_LONGEST_LOCATION = 500


@dataclass(slots=True)
class Hop:
    """One request of a round: what was asked, how far it came, and how long each phase took."""

    request: Request
    answer: Answer
    handshake: Handshake = NOT_TRIED
    facts: TlsFacts = NO_FACTS
    failure: Failure | None = None
    dns_ns: int | None = None
    tls_ns: int | None = None

    @property
    def connect_ns(self) -> int | None:
        """How long the TCP handshake took."""
        return self.handshake.took_ns or None

    @property
    def first_byte_ns(self) -> int | None:
        """How long the answer's first byte took, from the request."""
        asked, came = self.answer.asked_at, self.answer.first_byte_at
        return None if asked is None or came is None else came - asked

    @property
    def location(self) -> str | None:
        """Where the answer leads, if it is a redirect."""
        return location_of(self.answer.status, self.answer.headers)


@dataclass(slots=True)
class _Run:
    """What every hop of one round needs to know."""

    options: HttpOptions
    url: Url
    via: Via
    deadline: Instant
    connecting_at: Instant | None = None
    """When the first packet of the round left."""

    def server_name(self, url: Url, host: str) -> str:
        """Whose certificate is asked for; the name that was configured is for its own origin alone."""
        own = self.options.tls_server_name if url.origin == self.url.origin else None
        return own or host


class HttpProbe:
    """Asks once a round (probes.model.Probe)."""

    options: ClassVar[type[ProbeOptions]] = HttpOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self._clock = clock
        self._resolver = resolver
        self._trust = TrustStores(clock, speaks=("http/1.1",))
        self._searcher = Searcher()

    @classmethod
    def check_address(cls, address: str) -> str:
        """The URL as it is kept; raises ValueError."""
        return str(Url.parse(address))

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Ask now, be done by `deadline`; raises only cancellation."""
        began, options = self._clock.now(), cast(HttpOptions, target.options)
        run = _Run(options, Url.parse(target.address), target.via, deadline)
        hops, failure = await self._hops(run)
        facts = samples(hops)
        if hops[-1].failure is None:
            facts["http_total_seconds"] = (self._clock.now() - began) / NS_PER_SECOND
            failure = failure or await self._judge(run, hops)
        return outcome(target, slot, hops[0].handshake, failure, facts, remark(hops[-1]))

    async def aclose(self) -> None:
        """Every socket is closed by its own round; what is left is a store being read, and the searcher."""
        self._searcher.close()
        await self._trust.aclose()

    async def _hops(self, run: _Run) -> tuple[list[Hop], Failure | None]:
        """The request and those that redirects made of it, and why it went no further if it should have."""
        asked, hops, follow = [first(run.options, run.url)], list[Hop](), run.options.follow
        while True:
            hop = await self._hop(run, asked[-1])
            hops.append(hop)
            if hop.failure is not None:
                return hops, _of_hop(hops)
            if hop.location is None or not follow:
                return hops, None
            following = redirected(asked, hop.answer.status or 0, hop.location, follow)
            if isinstance(following, Failure):
                return hops, following
            asked.append(following)

    async def _hop(self, run: _Run, request: Request) -> Hop:
        """One connection, and what is asked over it."""
        hop, url, began = Hop(request, _no_answer(run.options)), request.url, self._clock.now()
        address = await find(url.host, run.via, run.deadline, self._resolver, self._clock)
        if isinstance(address, Failure):
            hop.failure = address
            return hop
        hop.dns_ns = None if is_literal(url.host) else self._clock.now() - began
        left = seconds_to(run.deadline, self._clock)
        context = await self._trust.of(run.options, left) if url.tls else None
        if isinstance(context, Failure):
            hop.failure = context
            return hop
        sock = open_to(address, run.via)
        if isinstance(sock, Failure):
            hop.failure = sock
            return hop
        with sock:
            await self._over(sock, address, context, run, hop)
            hang_up(sock)
        return hop

    async def _over(
        self, sock: socket, address: str, context: ssl.SSLContext | None, run: _Run, hop: Hop
    ) -> None:
        """Connect, shake hands in TLS, ask: as far as it goes."""
        url, now = hop.request.url, self._clock.now()
        left = Duration(max(1, (run.deadline - now) // NS_PER_MS))
        allowed = left if run.connecting_at else run.options.timeout  # a redirect has what its hop left
        run.connecting_at = run.connecting_at or now
        hop.handshake = await connect(sock, address, url.port, allowed, run.deadline, self._clock)
        hop.failure = hop.handshake.failure
        if hop.failure or not hop.handshake.received:
            return
        host = address if url.host == GATEWAY else url.host
        if context is None:
            hop.failure = await self._ask(PlainStream(sock), url.authority(host), run, hop)
            return
        stream, began = TlsStream(sock, context, run.server_name(url, host)), self._clock.now()
        hop.facts = await stream.shake_hands(self._clock, seconds_to(run.deadline, self._clock))
        hop.failure = hop.facts.failure
        if hop.failure is None:
            hop.tls_ns = self._clock.now() - began
            hop.failure = await self._ask(stream, url.authority(host), run, hop)
        stream.say_goodbye()

    async def _ask(self, stream: Stream, host: str, run: _Run, hop: Hop) -> Failure | None:
        """Send the request and read its answer, until the deadline at most."""
        try:
            async with asyncio.timeout(seconds_to(run.deadline, self._clock)):
                return await exchange(stream, hop.request, host, hop.answer, self._clock)
        except TimeoutError:
            began = run.connecting_at or self._clock.now()
            return cut_short(self._clock.now() - began, run.options.timeout) or _late(hop, run.options)

    async def _judge(self, run: _Run, hops: Sequence[Hop]) -> Failure | None:
        """What the last answer lacks."""
        expect, answer = run.options.expect, hops[-1].answer
        if wrong := wrong_status(expect, answer):
            return wrong
        asked = questions(expect, answer)
        searched = await self._searcher.search(asked, seconds_to(run.deadline, self._clock)) if asked else {}
        if isinstance(searched, Failure):
            return searched
        return unmet(expect, answer, searched, _soonest(hops).days_left)


def _no_answer(options: HttpOptions) -> Answer:
    body = bytearray() if keeps_body(options.expect) else None
    return Answer(options.body_limit.bytes, Finder(needles(options.expect)), body)


def _late(hop: Hop, options: HttpOptions) -> Failure:
    connected = f"connected in {(hop.connect_ns or 0) / NS_PER_MS:.3g} ms"
    progress = hop.answer.progress(hop.request.method)
    # The circuit carried the handshake; what doesn't come is HTTP, as it would be TLS before.
    return Failure(Reason.PROTOCOL, f"{connected}, {progress} after {options.timeout}")


def _of_hop(hops: Sequence[Hop]) -> Failure | None:
    """The last hop's failure; of a redirect's goal it is said where that was."""
    last = hops[-1]
    if last.failure is None or len(hops) == 1:
        return last.failure
    where = quoted(str(last.request.url))
    return Failure(last.failure.reason, f"redirected to {where}: {last.failure.detail}")


def _soonest(hops: Sequence[Hop]) -> TlsFacts:
    """Of the certificates on the way, the one that ends first."""
    facts = [hop.facts for hop in hops if hop.facts != NO_FACTS]
    return min(facts, key=lambda one: math.inf if one.days_left is None else one.days_left, default=NO_FACTS)


def samples(hops: Sequence[Hop]) -> dict[str, float | str | None]:
    """What was found beside the round, by the names of the samples; None where there is nothing."""
    answer = hops[-1].answer
    location = next((hop.location for hop in reversed(hops) if hop.location is not None), None)
    answered = answer.status is not None
    return {
        "http_dns_seconds": _seconds(hop.dns_ns for hop in hops),
        "http_connect_seconds": _seconds(hop.connect_ns for hop in hops),
        "http_tls_seconds": _seconds(hop.tls_ns for hop in hops),
        "http_first_byte_seconds": _seconds(hop.first_byte_ns for hop in hops),
        "http_status": answer.status,
        "http_body_bytes": answer.body_bytes if answered else None,
        "http_redirects": len(hops) - 1 if answered else None,
        "http_location": None if location is None else clean(location, _LONGEST_LOCATION),
        **_soonest(hops).samples(),
    }


def _seconds(phases: Iterable[int | None]) -> float | None:
    """The sum of the phases that happened; None where none did."""
    happened = [ns for ns in phases if ns is not None]
    return sum(happened) / NS_PER_SECOND if happened else None


def remark(hop: Hop) -> str:
    """What is to be said of an answer that is good."""
    if hop.location is not None:
        return f"{hop.answer.status} to {quoted(hop.location)}, not followed"
    if hop.answer.cut:
        return f"the body goes on after {hop.answer.body_bytes} bytes: {hop.answer.why_cut}"
    return ""

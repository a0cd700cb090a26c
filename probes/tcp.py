"""How long a TCP handshake takes (probes/connect.py says how that is measured), and TLS on top of it.

TLS runs on the connection that was measured, in what is left of the time, and never changes the
round's counts; when it fails, the reason is `tls` and the connection stays an answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar, Self, cast

from pydantic import Field, model_validator

from probes.clock import Clock, Instant
from probes.connect import connect, find, hang_up, never, open_to, outcome, seconds_to
from probes.model import Failure, Outcome, ProbeOptions, Resolver, Slot, Target
from probes.resolve import GATEWAY, check_host
from probes.tls import NO_FACTS, TlsOptions, TrustStores, inspect

_ADDRESS = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^:\[\]]*)):(?P<port>[0-9]{1,5})")


class TcpOptions(TlsOptions):
    """What a `tcp` probe takes."""

    tls: bool = Field(False, description="shake hands in TLS too, and read the certificate")

    @model_validator(mode="after")
    def _tls_keys_need_tls(self) -> Self:
        given = sorted(key for key in self.model_fields_set if key.startswith("tls_"))
        if given and not self.tls:
            raise ValueError(f"{given[0]} needs `tls: true`")
        return self


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
        options, (host, port) = cast(TcpOptions, target.options), split_address(target.address)
        address = await find(host, target.via, deadline, self._resolver, self._clock)
        if isinstance(address, Failure):
            return outcome(target, slot, never(address), None, {})
        left = seconds_to(deadline, self._clock)
        context = await self._trust.of(options, left) if options.tls else None
        if isinstance(context, Failure):
            return outcome(target, slot, never(context), None, {})
        sock = open_to(address, target.via)
        if isinstance(sock, Failure):
            return outcome(target, slot, never(sock), None, {})
        facts = NO_FACTS
        with sock:
            handshake = await connect(sock, address, port, options.timeout, deadline, self._clock)
            if context and handshake.received and not handshake.failure:
                name = options.tls_server_name or (address if host == GATEWAY else host)
                left = seconds_to(deadline, self._clock)
                facts = await inspect(sock, context, name, self._clock, left)
            hang_up(sock)
        return outcome(target, slot, handshake, facts.failure, facts.samples())

    async def aclose(self) -> None:
        """Every socket is closed by its own round; what is left is a store being read."""
        await self._trust.aclose()

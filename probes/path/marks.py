"""Which packet of a trace an answer is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from probes.failure import IcmpError
from probes.icmp.wire import V4, Refusal, Reply, Version


class Mark(NamedTuple):
    """What tells one packet of a trace from the others.

    `label` is what a short quote holds: id << 16 | sequence of an echo request, the checksum of a UDP
    datagram. `secret` is how the payload begins.
    """

    label: int
    secret: bytes


class MplsLabel(NamedTuple):
    """An entry of the label stack that a packet carried when its TTL ended (RFC 3032 2.1)."""

    label: int
    traffic_class: int
    ttl: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back about the `index`-th packet, and who says so.

    Without an `error` the target itself answered. `came_ns` is the kernel's receive stamp, if it gave one.
    """

    index: int
    source: str
    error: IcmpError | None = None
    mtu: int = 0
    labels: tuple[MplsLabel, ...] = ()
    came_ns: int | None = None

    @property
    def in_transit(self) -> bool:
        """Whether it is a router on the way: the TTL ended there."""
        return self.error is not None and (self.error.version, self.error.type, self.error.code) in (
            (4, 11, 0),
            (6, 3, 0),
        )


class Marks:
    """Which packet of the trace it is that somebody speaks of."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._by_label: dict[int, int] = {}
        self._by_secret: dict[bytes, int] = {}

    def add(self, mark: Mark, index: int) -> None:
        self._by_label[mark.label] = self._by_secret[mark.secret] = index

    def find(self, label: int, secret: bytes) -> int | None:
        """A quote that is long enough is known by its secret alone: a NAT may have left the label wrong."""
        return self._by_secret.get(secret) if secret else self._by_label.get(label)

    def answered(self, reply: Reply, source: str, came_ns: int | None) -> Answer | None:
        """The target's own answer."""
        index = self._by_secret.get(reply.secret)
        if source != self._host or index is None or self._by_label.get(reply.label) != index:
            return None
        return Answer(index, source, came_ns=came_ns)

    def refused(
        self,
        version: Version,
        refusal: Refusal,
        source: str,
        came_ns: int | None,
        labels: tuple[MplsLabel, ...] = (),
    ) -> Answer | None:
        """An ICMP error, if it is about a packet of this trace."""
        index = self.find(refusal.label, refusal.secret)
        if index is None or (refusal.destination and refusal.destination != self._host):
            return None
        error = IcmpError(4 if version is V4 else 6, refusal.type, refusal.code, source)
        return Answer(index, source, error, refusal.mtu, labels, came_ns)

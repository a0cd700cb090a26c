"""What the ledger keeps beside rounds, as values. Times are UTC in whole milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch in which wall and monotonic clock agree."""

    id: int
    wall_ns: int
    mono_ns: int
    boot_id: str
    synchronised: bool
    why: str
    """start, step or suspend."""


@dataclass(frozen=True, slots=True)
class CircuitNow:
    """A circuit's status at this moment."""

    circuit: str
    site: str
    status: str
    since_ms: int
    cause: str
    provisional: bool
    """Newer than the watermark: it may still change."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Transition:
    """A circuit's stored status changed; it holds until the circuit's next transition."""

    site: str
    circuit: str
    at_ms: int
    status: str
    cause: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The newest SLA figures of a circuit, as JSON."""

    circuit: str
    computed_ms: int
    json: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """That the daemon lives, and how it is."""

    at_ms: int
    pid: int
    version: str
    config: str
    """The digest of the configuration that it runs."""
    state: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person knew; appended, never edited. `withdraws` is another note's number."""

    id: int
    at_ms: int
    author: str
    kind: str
    body: str
    """JSON."""
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a device said of itself, such as a trap's linkDown; it decides nothing alone."""

    at_ms: int
    site: str
    circuit: str
    """Empty where none of ours is meant."""
    probe: str
    kind: str
    """link_down or link_up."""
    source: str
    """The address that said so."""
    body: str
    """JSON."""

"""What a view is given, and what it gives back. Values alone: they travel between two processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collector.ledger.model import LedgerStatistics
from collector.web.sources import CircuitNow


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands at the top of every page."""

    site: str
    """Where this host stands."""
    down: int = 0
    unknown: int = 0
    up: int = 0
    reasons: tuple[str, ...] = ()
    """Why the daemon is not ready; empty when it is."""
    made_up: bool = False
    """All of it is a demo's."""


@dataclass(frozen=True, slots=True)
class OutputNow:
    """How an output is, since the daemon started; the meaning of each stands in `OutputStatistics`."""

    name: str
    state: str
    lag_rounds: int
    sent_total: int
    rejected_total: int
    gap_rounds_total: int
    last_success_ms: int | None
    failure: str


@dataclass(frozen=True, slots=True)
class HostNow:
    """What only the daemon knows of its own health."""

    since_ms: int
    """When it started, UTC."""
    synchronised: bool | None
    """Whether the system's clock is; None where the kernel doesn't say."""
    lateness_buckets: tuple[int, ...]
    """Packets by how late they were handed over: the bounds are LATENESS_BOUNDS_SECONDS."""
    late_seconds: float
    skipped: int
    """Slots that could not run."""
    ledger: LedgerStatistics
    outputs: tuple[OutputNow, ...]
    reload_problem: str
    listen: str
    """Where it is reached: a URL."""


@dataclass(frozen=True, slots=True)
class ReportsNow:
    """Which reports can be had, and what became of those that are sent (collector/reporting.py)."""

    offered: tuple[Any, ...] = ()
    """Periods: label, from_ms, to_ms, closed."""
    deliveries: tuple[Any, ...] = ()
    """Scheduled reports: name, every, formats, to, period, state, at_ms, next_ms, failures, why."""
    pdf: bool = False
    """Whether this installation can make PDFs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as a view needs to know it."""

    path: str
    """The path without the query, for links back to this very view."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """The variable parts of the path, such as `circuit`."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Unchecked: a view reads its own parameters, and raises BadRequest with what would be right."""
    author: str = ""
    """Whose name a note would bear; empty: this person may only read."""
    banner: Banner = field(default_factory=lambda: Banner(""))
    now: tuple[CircuitNow, ...] = ()
    """The circuits that the path names, as they are now; empty where none of them is measured here."""
    problem: str = ""
    """Why the form that stands here was refused; it is shown above the form."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What had been typed into it; several values of a field are joined by line feeds."""
    host: HostNow | None = None
    """For /host alone; None in a demo, where nothing is measured."""
    reports: ReportsNow | None = None
    """For /reports alone."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer."""

    body: bytes
    content_type: str = "text/html"
    etag: str = ""
    """Of what will never change, such as a closed period's statement; empty: it may."""
    file_name: str = ""
    """It is to be kept as a file of this name; empty: it is to be looked at."""


class BadRequest(ValueError):  # noqa: N818 - the name of the answer (RFC 9110 15.5.1)
    """A parameter that can't be understood; the text says which, and what would be right."""


class NotFound(LookupError):  # noqa: N818 - the name of the answer (RFC 9110 15.5.5)
    """There is no such thing; the text says what there is."""

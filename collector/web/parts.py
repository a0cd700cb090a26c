"""What the web server is made of: whom it asks, and what it may set off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from collector.clerk import Clerk, Desk
from collector.web.exposition import Exposition
from collector.web.health import Health
from collector.web.metrics import ProbeMetrics
from collector.web.sources import Sources
from collector.web.views.view import HostNow, ReportsNow
from probes.clock import Clock
from probes.model import Round

T = TypeVar("T")


class Write(Protocol):
    """Runs a job in the ledger's next commit; `Ledger.write` is one."""

    def __call__(self, job: Callable[[Any], T]) -> Future[T]:
        """The job is given the ledger's connection; the future is set once its commit is durable."""


class Rendered(Protocol):
    """A report as a file."""

    @property
    def body(self) -> bytes:
        """Its bytes."""

    @property
    def content_type(self) -> str:
        """What they are."""

    @property
    def file_name(self) -> str:
        """Under which name it would be kept."""

    @property
    def etag(self) -> str:
        """Empty while its period runs."""


class Report(Protocol):
    """Makes a report, however long it takes."""

    def __call__(self, period: str, form: str, carrier: str | None, site: str | None) -> Awaitable[Rendered]:
        """A report of the form html, pdf, csv or json.

        Raises ValueError for a period that can't be read, LookupError for a carrier or site that there
        isn't, RuntimeError where the form needs an extra that isn't installed (the text names it),
        LedgerError.
        """


class Review(Protocol):
    """Makes a review's pack, however long it takes."""

    def __call__(self, period: str, form: str, carrier: str | None) -> Awaitable[Rendered]:
        """A pack of the form html, pdf or json, for ourselves or as a carrier may see it; raises likewise."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server shows, and what it may set off.

    `reload` reads the configuration again and gives a sentence for every problem: none, it is in force.
    """

    sources: Sources
    probes: ProbeMetrics
    exposition: Exposition
    health: Health
    reload: Callable[[], Awaitable[Sequence[str]]]
    clerk: Clerk
    """Draws what needs the ledger."""
    write: Write
    clock: Clock
    """What time the pages say it is; in a demo it stands."""
    report: Report | None = None
    review: Review | None = None
    host: Callable[[], HostNow] | None = None
    """Without the page's address, which the server knows; None where nothing is measured."""
    reports: Callable[[Desk], ReportsNow] | None = None
    """What the page of reports is given as `asked.reports`; asked at the clerk's, so it must pickle."""
    latest: Callable[[], Mapping[tuple[str, str], Round]] | None = None
    """The last rounds by (circuit, probe); without it those of `probes`."""

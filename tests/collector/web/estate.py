"""A small estate to show: settings, sources and a served web server, made up for these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from collector.analysis.state import AnalysisNow, AnomalyNow
from collector.circuits import Status
from collector.claims_open import ClaimLine
from collector.clerk import Clerk
from collector.ledger.errors import LedgerClosed
from collector.ledger.ledger import Ledger
from collector.ledger.model import LedgerStatistics, SeriesKey
from collector.performance.cycle.noticed import ManagedNow, NoticeNow
from collector.web.exposition import Exposition
from collector.web.health import Health
from collector.web.metrics import ProbeMetrics, SchedulerMetrics
from collector.web.parts import Parts
from collector.web.server import WebServer
from collector.web.sources import (
    AheadNow,
    BudgetEndNow,
    CircuitNow,
    CreditNow,
    CrossingNow,
    DeadlineNow,
    FigureNow,
    KpiValueNow,
    OutputStatistics,
    ReportNow,
    TicketLossNow,
)
from config.settings import Carrier, Circuit, ProbeSettings, Settings, Site, WebSettings
from probes.model import Outcome, ProbeOptions, Reason, Round
from tests.clock import START_WALL_NS, FakeClock

T = TypeVar("T")
NOW_MS = START_WALL_NS // 1_000_000
EVERY_MS = 10_000

KPIS = (
    KpiValueNow("availability", "lon-01", "", "", 0.9998, "good"),
    KpiValueNow("availability", "lon-01", "acme", "lon-acme", 0.9962, "critical"),
    KpiValueNow("mttr", "lon-01", "acme", "lon-acme", None, "unknown"),
)
MANAGED = ManagedNow((NoticeNow("lon-01", "acme", "lon-acme", 1_790_000_000.0),), 2)
AHEAD = AheadNow(
    (BudgetEndNow("lon-01", "acme", "lon-acme", "acme-mpls", "availability", NOW_MS / 1000 + 864_000, 0.63),),
    (CrossingNow("lon-01", "acme", "lon-acme", "commit", NOW_MS / 1000 + 8_640_000),),
)
ANALYSED = AnalysisNow(
    enabled=True,
    last_success_ms=NOW_MS - 3_600_000,
    seconds=41.5,
    open=(AnomalyNow("lon-01", "acme", "lon-acme", "rtt"),),
)
LEDGER = LedgerStatistics(
    queued=3,
    queued_peak=9,
    dropped=0,
    committed=1200,
    commits=40,
    last_seq=1200,
    last_commit_seconds=0.004,
    failure="",
    bytes=4096 * 12,
)


def circuit(carrier: str = "acme", **more: Any) -> Circuit:  # noqa: ANN401
    """A circuit with one icmp probe `pe`."""
    probe = ProbeSettings(name="pe", kind="icmp", address="192.0.2.1", options=ProbeOptions())
    return Circuit(carrier=carrier, site="lon-01", probes={"pe": probe}, **more)


def settings(circuits: Mapping[str, Circuit]) -> Settings:
    """A configuration of one site in London."""
    return Settings(
        site="lon-01",
        host="edge-lon-01",
        sites={"lon-01": Site(timezone="Europe/London", country="GB")},
        carriers={"acme": Carrier(name="Acme Telecom"), "bolt": Carrier(name="Bolt & Sons")},
        circuits=circuits,
    )


CIRCUITS = {
    "lon-acme": circuit(carrier_id="IZXX/123456/LON", service="dia", contract="acme-dia-gold"),
    "lon-bolt": circuit("bolt", service="broadband"),
    "lon-wave": circuit(),
}


def now(name: str, status: Status, minutes: int = 5, **more: Any) -> CircuitNow:  # noqa: ANN401
    """A circuit's status since so many minutes before `NOW_MS`."""
    cause = more.pop("cause", "" if status is Status.UP else "timeout: no answer in 2s")
    standing = CIRCUITS.get(name, CIRCUITS["lon-acme"]).on(date(2026, 1, 1))
    more = {"contract": standing.contract or "", "rtt_probes": standing.judges().rtt or (), **more}
    return CircuitNow("lon-01", standing.carrier, name, status, NOW_MS - minutes * 60_000, cause, **more)


AVAILABILITY = FigureNow(
    site="lon-01",
    carrier="acme",
    circuit="lon-acme",
    contract="acme-dia-gold",
    objective="availability",
    metric="availability_ratio",
    measured=0.999375,
    target=0.9995,
    violated=True,
    budget_remaining_seconds=-324.0,
    budget_seconds=2592.0,
)
ROUND_TRIP = replace(
    AVAILABILITY,
    objective="rtt",
    metric="rtt_seconds",
    measured=0.0123,
    target=0.04,
    violated=False,
    budget_remaining_seconds=None,
    budget_seconds=None,
)
OF = ("lon-01", "acme", "lon-acme", "acme-dia-gold")
CREDIT = CreditNow(*OF, "USD", 60.0)
DEADLINES = (
    DeadlineNow(*OF, "2025-12", "submit", 1_769_817_600.0),
    DeadlineNow(*OF, "2026-01", "ticket", 1_767_484_800.0),
)
EARLY = replace(ROUND_TRIP, objective="jitter", metric="jitter_seconds", measured=None, violated=None)


@dataclass
class FakeSources:
    """What the daemon would tell."""

    configuration: Settings = field(default_factory=lambda: settings(CIRCUITS))
    shown: Sequence[CircuitNow] = (
        now("lon-acme", Status.UP, 3000),
        now("lon-bolt", Status.DOWN, 7, outage_open=True, outage_ticketed=False, provisional=True),
        now("lon-wave", Status.UNKNOWN, 2, cause="no reference of ours answered"),
    )
    judged: Sequence[FigureNow] = (AVAILABILITY, ROUND_TRIP, EARLY)
    paid: Sequence[CreditNow] = (CREDIT,)
    due: Sequence[DeadlineNow] = DEADLINES
    stores: Sequence[OutputStatistics] = (
        SimpleNamespace(
            name="central",
            lag_rounds=12,
            sent_total=900,
            rejected_total=1,
            gap_rounds_total=0,
            state="sending",
            last_success_ms=NOW_MS - 5_000,
            failure="",
        ),
        SimpleNamespace(
            name="desk",
            lag_rounds=2,
            sent_total=0,
            rejected_total=0,
            gap_rounds_total=0,
            state="held",
            last_success_ms=None,
            failure="535 no; check its `username` and `password`",
        ),
    )
    held: LedgerStatistics = LEDGER
    events: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: {"icmp": {"late": 2, "strays": 0, "outstanding": 7}}
    )
    bad_reload: str = ""
    lost: Sequence[TicketLossNow] = ()
    free_bytes: int | None = 5_000_000_000
    in_time: bool = True
    open_claims: Sequence[ClaimLine] = ()
    analysed: AnalysisNow = ANALYSED
    sent: Sequence[ReportNow] = (ReportNow("noc", NOW_MS - 60_000, 2), ReportNow("new", None, 0))

    def settings(self) -> Settings:
        return self.configuration

    def circuits(self) -> Sequence[CircuitNow]:
        return self.shown

    def figures(self) -> Sequence[FigureNow]:
        return self.judged

    def credits(self) -> Sequence[CreditNow]:
        return self.paid

    def deadlines(self) -> Sequence[DeadlineNow]:
        return self.due

    def ticket_losses(self) -> Sequence[TicketLossNow]:
        return self.lost

    def ledger_free_bytes(self) -> int | None:
        return self.free_bytes

    def clock_synchronised(self) -> bool:
        return self.in_time

    def claims(self) -> Sequence[ClaimLine]:
        return self.open_claims

    def outputs(self) -> Sequence[OutputStatistics]:
        return self.stores

    def reports(self) -> Sequence[ReportNow]:
        return self.sent

    def ledger(self) -> LedgerStatistics:
        return self.held

    def engines(self) -> Mapping[str, Mapping[str, int]]:
        return self.events

    def kpis(self) -> tuple[KpiValueNow, ...]:
        return KPIS

    def managed(self) -> ManagedNow:
        return MANAGED

    def ahead(self) -> AheadNow:
        return AHEAD

    def analysis(self) -> AnalysisNow:
        return self.analysed

    def reload_problem(self) -> str:
        return self.bad_reload


def key(name: str = "lon-acme", probe: str = "pe", **more: Any) -> SeriesKey:  # noqa: ANN401
    """A series of a circuit's probe."""
    facts = {"host": "edge-lon-01", "site": "lon-01", "carrier": "acme", "kind": "icmp", "every_ms": EVERY_MS}
    return SeriesKey(**{**facts, "circuit": name, "probe": probe, "options": "0", **more})


def outcome(
    series: int, rtts: Sequence[int | None], *, at_ms: int = NOW_MS, reason: Reason = Reason.NONE
) -> Outcome:
    """A finished round with these RTTs in units of 100 ns."""
    received = len(rtts) - list(rtts).count(None)
    return Outcome(Round(series, at_ms, EVERY_MS, 0, len(rtts), received, tuple(rtts), reason))


class Estate:
    """All that a web server needs, with two targets declared: series 1 (lon-acme) and 2 (lon-bolt)."""

    def __init__(
        self, clock: FakeClock, sources: FakeSources | None = None, ledger: Ledger | None = None
    ) -> None:
        self.clock = clock
        self.sources = sources or FakeSources()
        self.ledger = ledger
        self.probes = ProbeMetrics(clock)
        self.scheduler = SchedulerMetrics()
        self.exposition = Exposition(self.probes, self.scheduler, self.sources)
        self.health = Health(clock, {"scheduler": 10_000, "ledger writer": 10_000})
        self.reloads = 0
        self.reload_problems: tuple[str, ...] = ()
        self.probes.declare(1, key(), 2_000)
        self.probes.declare(2, key("lon-bolt", carrier="bolt"), 2_000)

    async def reload(self) -> Sequence[str]:
        self.reloads += 1
        return self.reload_problems

    def text(self, accept: str = "") -> str:
        """What a scrape gives."""
        return b"".join(self.exposition.scrape(accept).pieces).decode()

    def write(self, job: Callable[[Any], T]) -> Future[T]:
        """As a ledger does; without one as a closed one does."""
        if self.ledger is not None:
            written = self.ledger.write(job)
            assert self.ledger.flush(60)
            return written
        refused: Future[T] = Future()
        refused.set_exception(LedgerClosed("there is no ledger"))
        return refused

    def parts(self) -> Parts:
        """What a server is made of."""
        path = self.ledger.path if self.ledger else Path("/nonexistent/ledger.db")
        return Parts(
            sources=self.sources,
            probes=self.probes,
            exposition=self.exposition,
            health=self.health,
            reload=self.reload,
            clerk=Clerk(self.sources.settings, path, self.clock),
            write=self.write,
            clock=self.clock,
        )

    def server(self, parts: Parts | None = None, **web: Any) -> WebServer:  # noqa: ANN401
        """A server on a free port of loopback."""
        parts = parts or self.parts()
        return WebServer(WebSettings(**{"listen": "127.0.0.1:0", **web}), parts, self.clock)

    @asynccontextmanager
    async def served(self, config_file: Path | None = None, **web: Any) -> AsyncIterator[str]:  # noqa: ANN401
        """The URL of a running server."""
        parts = self.parts()
        server = self.server(parts, config_file=config_file, **web)
        await server.start()
        try:
            yield server.url
        finally:
            await server.stop()
            await parts.clerk.close()

"""The `Sources` of the page where nothing is measured: a ledger that is there, and a sweep over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collector.analysis.state import AnalysisNow
from collector.circuits import Status
from collector.claims_open import ClaimLine
from collector.clocks import clock_of
from collector.ledger import store
from collector.ledger.model import HOUR_MS, LedgerStatistics
from collector.ledger.opening import connect_reader, reading
from collector.ledger.reader import SqliteReader
from collector.performance.cycle.noticed import ManagedNow
from collector.performance.nightly.watch import state
from collector.sla.calendar import local_day
from collector.sla.evidence import Ticket
from collector.sla_watch import Seen
from collector.web.sources import (
    AheadNow,
    CircuitNow,
    CreditNow,
    DeadlineNow,
    FigureNow,
    KpiValueNow,
    OutputStatistics,
    ReportNow,
    TicketLossNow,
)
from config.settings import Settings
from probes.model import Round

if TYPE_CHECKING:
    from sqlite3 import Connection


HOURS_BACK = 2
"""A round that is older than that is not said to be the last."""


@dataclass
class Shown:
    """Hands over what was read; computes nothing that takes time."""

    now_settings: Settings
    ledger_path: Path
    now: Sequence[CircuitNow] = ()
    bytes: int = 0
    analysed: AnalysisNow = field(default_factory=AnalysisNow)
    seen: Seen | None = None
    """The newest sweep's; None before the first."""
    tickets: Mapping[str, Sequence[Ticket]] = field(default_factory=dict)
    rounds: Mapping[tuple[str, str], Round] = field(default_factory=dict)
    """The last round by (circuit, probe) of the probes whose RTTs count."""

    def look(self, seen: Seen | None = None) -> None:
        """Read the status of all circuits again, and take what a sweep saw; raises LedgerError."""
        if seen is not None:
            self.seen, self.tickets = seen, seen.swept.tickets
        with reading(self.ledger_path), closing(connect_reader(self.ledger_path)) as connection:
            self.now = list(self._circuits(connection))
            self.rounds = dict(_last_rounds(self.now, SqliteReader.over(connection)))
            self.bytes = store.bytes_in_use(connection)
        self.analysed = state(self.now_settings, self.ledger_path, clock_of(self.now_settings).now().wall_ms)

    def latest(self) -> Mapping[tuple[str, str], Round]:
        """The last round by (circuit, probe)."""
        return self.rounds

    def settings(self) -> Settings:
        """The configuration."""
        return self.now_settings

    def circuits(self) -> Sequence[CircuitNow]:
        """Every circuit, as the ledger has it."""
        return self.now

    def figures(self) -> Sequence[FigureNow]:
        """The objectives of the running period."""
        return [row for rows in self.seen.shown.values() for row in rows] if self.seen else ()

    def credits(self) -> Sequence[CreditNow]:
        """What the running period's credits are so far."""
        return [row for rows in self.seen.credits.values() for row in rows] if self.seen else ()

    def deadlines(self) -> Sequence[DeadlineNow]:
        """The deadlines of open claims."""
        return (self.seen.deadlines or ()) if self.seen else ()

    def ticket_losses(self) -> Sequence[TicketLossNow]:
        """What open outages without a ticket have cost for it."""
        waiting = {one.circuit for one in self.now if one.outage_open and not one.outage_ticketed}
        losses = self.seen.losses.values() if self.seen else ()
        return [row for rows in losses for row in rows if row.circuit in waiting]

    def claims(self) -> Sequence[ClaimLine]:
        """Open claims."""
        return (self.seen.swept.claims or ()) if self.seen else ()

    def outputs(self) -> Sequence[OutputStatistics]:
        """Nothing is pushed."""
        return ()

    def reports(self) -> Sequence[ReportNow]:
        """Nothing is sent."""
        return ()

    def managed(self) -> ManagedNow:
        """Notices that are to be given, and actions whose day is over."""
        return self.seen.managed if self.seen else ManagedNow()

    def ahead(self) -> AheadNow:
        """When budgets end and lines fill up at the present pace."""
        return self.seen.ahead if self.seen else AheadNow()

    def kpis(self) -> Sequence[KpiValueNow]:
        """Of a demo the page tells them."""
        return ()

    def analysis(self) -> AnalysisNow:
        """How far the ledger is analysed: nothing is analysed here again."""
        return self.analysed

    def ledger(self) -> LedgerStatistics:
        """How the ledger is: nothing comes into it but notes."""
        return LedgerStatistics(
            queued=0,
            queued_peak=0,
            dropped=0,
            committed=0,
            commits=0,
            last_seq=0,
            last_commit_seconds=0,
            failure="",
            bytes=self.bytes,
        )

    def ledger_free_bytes(self) -> int | None:
        """What is left of the ledger's disk."""
        try:
            return shutil.disk_usage(self.ledger_path.parent).free
        except OSError:
            return None

    def clock_synchronised(self) -> bool:
        """Nothing goes by the clock."""
        return True

    def engines(self) -> Mapping[str, Mapping[str, int]]:
        """Nothing measures."""
        return {}

    def reload_problem(self) -> str:
        """Nothing is reloaded."""
        return ""

    def _circuits(self, connection: Connection) -> Sequence[CircuitNow]:
        known = {one.circuit: one for one in store.circuit_now(connection)}
        found = []
        for name, circuit in self.now_settings.here().items():
            if (one := known.get(name)) is None:
                continue
            zone = self.now_settings.sites[circuit.site].timezone
            standing, down = circuit.on(local_day(one.at_ms, zone)), one.status == Status.DOWN
            outages = store.outages(connection, name, one.since_ms, one.at_ms + 1) if down else []
            found.append(
                CircuitNow(
                    site=circuit.site,
                    carrier=standing.carrier,
                    circuit=name,
                    status=Status(one.status),
                    since_ms=one.since_ms,
                    cause=one.cause,
                    provisional=one.provisional,
                    outage_open=down,
                    outage_ticketed=self._ticketed(name, one.since_ms) if down else None,
                    common_cause=any(outage.common_cause for outage in outages),
                    contract=standing.contract or "",
                    rtt_probes=standing.judges().rtt or (),
                )
            )
        return found

    def _ticketed(self, name: str, since_ms: int) -> bool | None:
        if self.seen is None:
            return None
        return any(
            max(one.outage_ms or 0, one.opened_ms, (one.closed_ms or 0) - 1) >= since_ms
            for one in self.tickets.get(name, ())
        )


def _last_rounds(
    circuits: Sequence[CircuitNow], reader: SqliteReader
) -> Iterator[tuple[tuple[str, str], Round]]:
    """The newest round that the ledger has of each probe whose RTTs count, within its last hours."""
    wanted = {(one.circuit, probe) for one in circuits for probe in one.rtt_probes}
    series = {one.id: (one.key.circuit, one.key.probe) for one in reader.series()}
    series = {number: named for number, named in series.items() if named in wanted}
    hours = reader.hours()
    if not hours or not series:
        return
    newest: dict[tuple[str, str], Round] = {}
    since_ms = (hours[-1] - HOURS_BACK + 1) * HOUR_MS
    for number, rounds in reader.rounds(list(series), since_ms, (hours[-1] + 1) * HOUR_MS).items():
        if len(rounds):
            last, named = rounds.row(number, len(rounds) - 1), series[number]
            newest[named] = max(last, newest.get(named, last), key=lambda one: one.at_ms)
    yield from newest.items()

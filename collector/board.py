"""What the page and /metrics are told: the `Sources` of collector/web, from the daemon's parts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.analysis.state import AnalysisNow
from collector.circuits import Change, Status
from collector.claims_open import ClaimLine
from collector.feeding import Feeding
from collector.ledger.model import LedgerStatistics
from collector.measuring import Measuring
from collector.outputs.worker import OutputStatistics
from collector.performance.cycle.noticed import ManagedNow
from collector.sla.evidence import Ticket
from collector.sla.figures import Figures
from collector.timekeeping import synchronised
from collector.web.sources import (
    AheadNow,
    CircuitNow,
    CreditNow,
    DeadlineNow,
    FigureNow,
    KpiValueNow,
    ReportNow,
    TicketLossNow,
)
from config.settings import Settings, Standing


@dataclass
class Board:
    """Hands over what the parts keep; computes nothing that takes time."""

    measuring: Measuring
    feeding: Feeding
    newest_figures: Sequence[FigureNow] = ()
    reload_failed: str = ""
    judged: Sequence[Figures] | None = None
    """The same figures as they are computed, those of several circuits once; None before all are."""
    newest_credits: Sequence[CreditNow] = ()
    newest_deadlines: Sequence[DeadlineNow] = ()
    newest_ticket_losses: Sequence[TicketLossNow] = ()
    open_claims: Sequence[ClaimLine] = ()
    """As the newest sweep found them."""
    tickets: Mapping[str, Sequence[Ticket]] | None = None
    """Newest tickets by circuit; None before the first sweep."""
    notified: Callable[[], Sequence[OutputStatistics]] = tuple
    """How those are who are told of outages and breaches."""
    reported: Callable[[], Sequence[ReportNow]] = tuple
    """How the sending of reports goes."""
    newest_ahead: AheadNow = field(default_factory=AheadNow)
    newest_managed: ManagedNow = field(default_factory=ManagedNow)
    """As the newest sweeps saw it."""
    rated: Callable[[], Sequence[KpiValueNow]] = tuple
    """Key figures, as last computed."""
    analysed: Callable[[], AnalysisNow] = AnalysisNow
    """How the nightly analysis goes."""
    traps: Callable[[], Mapping[str, int]] = dict
    """What came in of SNMP traps; empty while nothing listens for them."""
    _known_standing: Mapping[str, Standing] = field(default_factory=dict, repr=False)
    _known: dict[str, CircuitNow] = field(default_factory=dict, repr=False)

    def settings(self) -> Settings:
        """The configuration in force."""
        return self.measuring.settings

    def circuits(self) -> Sequence[CircuitNow]:
        """Every circuit of this site by its newest rounds.

        One of which nothing has changed is the very same value as the last time: of ten thousand circuits
        a few change within a second, and making all of them anew takes longer than the loop may be held.
        """
        standing, done_ms = self.measuring.standing, self.measuring.judge.done_ms
        if self._known_standing is not standing:
            self._known_standing, self._known = standing, {}
        known, found = self._known, []
        for name, change in self.measuring.live.statuses().items():
            one = known.get(name)
            if (
                one is None
                or one.status is Status.DOWN  # a ticket may have come
                or one.common_cause
                or one.since_ms != change.at_ms
                or one.status is not change.status
                or one.cause != change.cause
                or one.provisional is not (change.at_ms >= done_ms)
            ):
                if name not in standing:
                    continue
                made = self._circuit(name, change)
                one = known[name] = one if one == made else made
            found.append(one)
        return found

    def _circuit(self, name: str, change: Change) -> CircuitNow:
        standing, judge = self.measuring.standing[name], self.measuring.judge
        outages, down = judge.open_outages(), change.status is Status.DOWN
        return CircuitNow(
            site=self.measuring.settings.site,
            carrier=standing.carrier,
            circuit=name,
            status=change.status,
            since_ms=change.at_ms,
            cause=change.cause,
            provisional=change.at_ms >= judge.done_ms,
            outage_open=down,
            outage_ticketed=self._ticketed(name, change.at_ms) if down else None,
            common_cause=name in outages and outages[name].common_cause,
            contract=standing.contract or "",
            rtt_probes=standing.judges().rtt or (),
        )

    def figures(self) -> Sequence[FigureNow]:
        """The objectives of this period so far, as last computed."""
        return self.newest_figures

    def credits(self) -> Sequence[CreditNow]:
        """What this period's credits are so far, as last computed."""
        return self.newest_credits

    def deadlines(self) -> Sequence[DeadlineNow]:
        """The deadlines of open claims, as last computed."""
        return self.newest_deadlines

    def ticket_losses(self) -> Sequence[TicketLossNow]:
        """What outages that are open and have no ticket have cost for it, as last computed."""
        if not self.newest_ticket_losses:
            return ()
        waiting = {one.circuit for one in self.circuits() if one.outage_open and not one.outage_ticketed}
        return [one for one in self.newest_ticket_losses if one.circuit in waiting]

    def claims(self) -> Sequence[ClaimLine]:
        """Open claims, as the newest sweep found them."""
        return self.open_claims

    def outputs(self) -> Sequence[OutputStatistics]:
        """Every configured output."""
        return [*self.feeding.statistics(), *self.notified()]

    def reports(self) -> Sequence[ReportNow]:
        """Every configured report."""
        return self.reported()

    def managed(self) -> ManagedNow:
        """Notices that are to be given, and actions whose day is over."""
        return self.newest_managed

    def ahead(self) -> AheadNow:
        """When budgets end and lines fill up at the present pace."""
        return self.newest_ahead

    def kpis(self) -> Sequence[KpiValueNow]:
        """Key figures, as last computed."""
        return self.rated()

    def analysis(self) -> AnalysisNow:
        """How the nightly analysis goes."""
        return self.analysed()

    def ledger(self) -> LedgerStatistics:
        """How the ledger is."""
        return self.measuring.ledger.statistics()

    def ledger_free_bytes(self) -> int | None:
        """What is left of the ledger's disk."""
        try:
            return shutil.disk_usage(self.measuring.ledger.path.parent).free
        except OSError:
            return None

    def clock_synchronised(self) -> bool:
        """Whether the kernel believes that its clock is disciplined."""
        return synchronised()

    def engines(self) -> Mapping[str, Mapping[str, int]]:
        """Counters of each engine's own health."""
        found = {name: engine.statistics() for name, engine in self.measuring.runner.engines().items()}
        return {**found, **({"traps": traps} if (traps := self.traps()) else {})}

    def reload_problem(self) -> str:
        """Why the last reload kept the old configuration."""
        return self.reload_failed

    def _ticketed(self, name: str, since_ms: int) -> bool | None:
        """Whether a ticket names the outage that is open since then, overlaps it, or followed its start.

        Of one that isn't closed only the moment counts in which it was opened.
        """
        if self.tickets is None:
            return None
        return any(
            max(one.outage_ms or 0, one.opened_ms, (one.closed_ms or 0) - 1) >= since_ms
            for one in self.tickets.get(name, ())
        )

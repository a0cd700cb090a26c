"""What the page and /metrics are told, as values, and who tells it.

The daemon's composition root implements `Sources`. Everything here is asked on the event loop while
a request is answered, so a source hands over what it keeps and computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from collector.analysis.state import AnalysisNow
from collector.circuits import Status
from collector.claims_open import ClaimLine
from collector.ledger.model import LedgerStatistics
from collector.performance.cycle.noticed import ManagedNow
from config.settings import Settings

Metric = Literal[
    "availability_ratio",
    "rtt_seconds",
    "loss_ratio",
    "jitter_seconds",
    "mos",
    "repair_seconds",
    "utilisation_ratio",
]
METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True, slots=True)
class CircuitNow:
    """A circuit's status by the newest rounds."""

    site: str
    carrier: str
    circuit: str
    status: Status
    since_ms: int
    """Since when the status holds, UTC."""
    cause: str
    """Why, for a person; may be empty while the circuit is up."""
    provisional: bool = False
    """The stored history has not come this far yet."""
    outage_open: bool = False
    outage_ticketed: bool | None = None
    """Whether the open outage has a ticket; None without one, or before anybody looked."""
    common_cause: bool = False
    """Every circuit of the site failed together while our own references answered."""
    contract: str = ""
    """The contract in force; empty without one."""
    rtt_probes: Sequence[str] = ()
    """The probes whose RTTs count today, best first."""


@dataclass(frozen=True, slots=True)
class FigureNow:
    """One objective of a circuit's contract in this period so far; None where it can't be said yet.

    Ratios are 0 to 1, times are seconds.
    """

    site: str
    carrier: str
    circuit: str
    contract: str
    objective: str
    metric: Metric
    measured: float | None
    target: float | None
    violated: bool | None
    budget_remaining_seconds: float | None = None
    """How long the circuit may still be down in this period; negative once it was down too long."""
    budget_seconds: float | None = None
    """How long it may be down in the whole period."""


@dataclass(frozen=True, slots=True)
class CreditNow:
    """What a contract pays for this period so far; one of several circuits together stands at one of them."""

    site: str
    carrier: str
    circuit: str
    contract: str
    currency: str
    amount: float


@dataclass(frozen=True, slots=True)
class BudgetEndNow:
    """When a budget of downtime ends at the present pace."""

    site: str
    carrier: str
    circuit: str
    contract: str
    objective: str
    at_seconds: float | None
    """Unix time at which the likely day begins; None: most likely it lasts the period."""
    chance: float | None
    """That it ends before the period, 0 to 1; None: it is spent, which is no forecast."""


@dataclass(frozen=True, slots=True)
class CrossingNow:
    """When a line's utilisation reaches a threshold at the present pace."""

    site: str
    carrier: str
    circuit: str
    threshold: str
    """commit | line rate."""
    at_seconds: float
    """Unix time at which the likely day begins."""


@dataclass(frozen=True, slots=True)
class AheadNow:
    """What is to come, as last computed."""

    budget_ends: tuple[BudgetEndNow, ...] = ()
    crossings: tuple[CrossingNow, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlineNow:
    """A deadline of an open claim that is ahead: ticket, submit or notice."""

    site: str
    carrier: str
    circuit: str
    contract: str
    period: str
    deadline: str
    at_seconds: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class TicketLossNow:
    """What the lack of a ticket has cost of an open outage, where the contract counts from the ticket.

    As of the newest look at the contract: what the engine makes of a ticket that is opened then, beside
    one that had been opened at once.
    """

    site: str
    carrier: str
    circuit: str
    contract: str
    seconds: float
    """Outage time that no longer counts."""
    currency: str | None = None
    amount: float | None = None
    """The credit that went with it; None where the contract pays nothing that can be said yet."""


@dataclass(frozen=True, slots=True)
class ReportNow:
    """A configured report, and how its sending goes."""

    report: str
    last_success_ms: int | None
    """When one of its name was last sent to all; None before that."""
    failures_total: int
    """Tries that came to nothing, since the daemon started."""


@dataclass(frozen=True, slots=True)
class KpiValueNow:
    """A key figure's value of a circuit, or over all of its circuits here, as last computed."""

    kpi: str
    site: str
    carrier: str
    """Empty over all circuits."""
    circuit: str
    """Empty over all circuits."""
    value: float | None
    """Seconds, ratios or bytes a second; None: unknown."""
    rating: str
    """good, off target, warning, critical or unknown."""


class OutputStatistics(Protocol):
    """How an output is, since the daemon started."""

    @property
    def name(self) -> str:
        """As configured."""

    @property
    def lag_rounds(self) -> int:
        """Committed rows (rounds, ended outages, SLA figures), or notices, that it has not taken yet."""

    @property
    def sent_total(self) -> int:
        """Lines that the store acknowledged, of whatever measurement."""

    @property
    def rejected_total(self) -> int:
        """Lines that the store refused for what they are."""

    @property
    def gap_rounds_total(self) -> int:
        """Rows or notices that retention dropped before they were taken."""

    @property
    def state(self) -> str:
        """How it is, in a word."""

    @property
    def last_success_ms(self) -> int | None:
        """When something was last acknowledged; None before that."""

    @property
    def failure(self) -> str:
        """Why it doesn't go on; empty when it does."""


class Sources(Protocol):
    """Who tells how things are now."""

    def settings(self) -> Settings:
        """The configuration in force."""

    def circuits(self) -> Sequence[CircuitNow]:
        """Every circuit that this host measures."""

    def figures(self) -> Sequence[FigureNow]:
        """Every objective that is evaluated, of every circuit with a contract."""

    def credits(self) -> Sequence[CreditNow]:
        """What this period's credits are so far."""

    def deadlines(self) -> Sequence[DeadlineNow]:
        """The deadlines of open claims."""

    def ticket_losses(self) -> Sequence[TicketLossNow]:
        """What open outages without a ticket have cost, where the contract's clock waits for one."""

    def claims(self) -> Sequence[ClaimLine]:
        """Open claims, as the newest sweep found them."""

    def outputs(self) -> Sequence[OutputStatistics]:
        """Every configured output."""

    def reports(self) -> Sequence[ReportNow]:
        """Every configured report."""

    def managed(self) -> ManagedNow:
        """Notices that are to be given, and actions whose day is over."""

    def ahead(self) -> AheadNow:
        """When budgets end and lines fill up at the present pace."""

    def kpis(self) -> Sequence[KpiValueNow]:
        """Key figures, as last computed."""

    def analysis(self) -> AnalysisNow:
        """How the nightly analysis goes, and what it found that goes on."""

    def ledger(self) -> LedgerStatistics:
        """How the ledger is."""

    def ledger_free_bytes(self) -> int | None:
        """What is left of the disk that holds the ledger; None where the system doesn't say."""

    def clock_synchronised(self) -> bool:
        """Whether the kernel believes that its clock is disciplined."""

    def engines(self) -> Mapping[str, Mapping[str, int]]:
        """Counters of each engine's own health by probe kind and name (`late`, `duplicate` ...)."""

    def reload_problem(self) -> str:
        """Why the last reload kept the old configuration; empty when it took the new one."""

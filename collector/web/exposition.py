"""/metrics: every name of the documented set whose subject exists.

A scrape is a snapshot, then a stream. What was measured is copied in one go (about a millisecond at
10,000 targets), so each target's numbers belong together; the text is then made in pieces of at
most 128 rows, a millisecond of CPU each, and the event loop runs between them. A thread would have
been no kinder: it takes the interpreter's lock for 5 ms at a time. And the whole text, 30 MB at
10,000 targets, never stands in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain

from prometheus_client.exposition import choose_encoder

from collector.circuits import Status
from collector.notices.briefing import ruled_out
from collector.times import rfc3339
from collector.web.ahead import families_ahead
from collector.web.facts import FAMILIES
from collector.web.kpi_families import families_kpis
from collector.web.managed import families_managed
from collector.web.metrics import (
    BUCKETS,
    LAST_AT_MS,
    LOST,
    OK,
    RECEIVED,
    RTT_BOUNDS_SECONDS,
    RTT_SUM,
    SENT,
    UNITS_PER_SECOND,
    UNKNOWN,
    ProbeMetrics,
    SchedulerMetrics,
    TargetNow,
)
from collector.web.own import registry
from collector.web.sources import (
    METRICS,
    CircuitNow,
    CreditNow,
    DeadlineNow,
    FigureNow,
    Metric,
    Sources,
    TicketLossNow,
)
from collector.web.textformat import EOF, Family, family, labels, sample
from config.settings import Settings

PACKETS_SENT = Family("linkledger_probe_packets_sent_total", "counter", "Packets sent.")
PACKETS_RECEIVED = Family(
    "linkledger_probe_packets_received_total",
    "counter",
    "Packets answered; a lost one is sent and not received.",
)
RTT = Family("linkledger_probe_rtt_seconds", "histogram", "Round-trip time of every answered packet.")
ROUNDS = Family("linkledger_probe_rounds_total", "counter", "Rounds by what they say of the circuit.")
LAST_ROUND = Family(
    "linkledger_probe_last_round_timestamp_seconds", "gauge", "When the newest finished round began."
)
UP = Family("linkledger_circuit_up", "gauge", "1 up, 0 down, absent while unknown.")
STATUS = Family("linkledger_circuit_status", "gauge", "1 for the status that holds, 0 for the others.")
INFO = Family("linkledger_circuit_info", "gauge", "What is known of the circuit beside its measurements.")
OUTAGE = Family("linkledger_outage_open", "gauge", "1 while an outage of the circuit is open.")
TICKETED = Family(
    "linkledger_outage_ticketed",
    "gauge",
    "1 when the open outage has a ticket, 0 while it has none, absent without an open outage.",
)
OUTAGE_START = Family(
    "linkledger_outage_start_timestamp_seconds",
    "gauge",
    "When the open outage began; absent without an open outage.",
)
OUTAGE_INFO = Family(
    "linkledger_outage_info",
    "gauge",
    "Since when and why the circuit counts as down, and what is ruled out; absent without an open outage.",
)
TICKET_LOST = Family(
    "linkledger_outage_ticket_lost_seconds",
    "gauge",
    "Time of the open outage that no longer counts for want of a ticket; absent where no ticket is needed.",
)
TICKET_LOST_AMOUNT = Family(
    "linkledger_outage_ticket_lost_amount", "gauge", "The credit that is lost with that time."
)
VIOLATION = Family(
    "linkledger_sla_violation",
    "gauge",
    "1 breached this period, 0 not, absent while there is not enough data.",
)
BUDGET = Family(
    "linkledger_sla_budget_remaining_seconds", "gauge", "How long the circuit may still be down this period."
)
BUDGET_WHOLE = Family(
    "linkledger_sla_budget_seconds", "gauge", "How long the circuit may be down in the whole period."
)
CREDIT = Family(
    "linkledger_sla_credit_amount",
    "gauge",
    "What the contract pays for this period so far; circuits judged as one have it once, at the first.",
)
DEADLINE = Family(
    "linkledger_claim_deadline_timestamp_seconds",
    "gauge",
    "Until when something is to be done for an open claim: ticket, submit or notice.",
)
LONGEST_CAUSE = 120
"""A cause holds what somebody else's machine said: a label takes a line of it."""
_OF_PERIOD = {
    "availability_ratio": "availability",
    "rtt_seconds": "round-trip time",
    "loss_ratio": "packet loss",
    "jitter_seconds": "packet delay variation",
    "mos": "mean opinion score",
    "repair_seconds": "time to repair",
    "utilisation_ratio": "utilisation",
}

_RTT_LINES = (
    "".join(f'{RTT.name}_bucket{{\0,le="{bound}"}} %d\n' for bound in (*map(str, RTT_BOUNDS_SECONDS), "+Inf"))
    + f"{RTT.name}_sum{{\0}} %r\n{RTT.name}_count{{\0}} %d\n"
)
_ROUND_LINES = "".join(f'{ROUNDS.name}{{\0,result="{result}"}} %d\n' for result in ("ok", "lost", "unknown"))


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer: its Content-Type, and its text in pieces."""

    content_type: str
    pieces: Iterator[bytes]


class Exposition:
    """Renders what there is in the format that the scraper asks for."""

    def __init__(self, probes: ProbeMetrics, scheduler: SchedulerMetrics, sources: Sources) -> None:
        self._probes = probes
        self._sources = sources
        self._own = registry(sources, scheduler)

    def scrape(self, accept: str = "") -> Scrape:
        """Text format 0.0.4, or OpenMetrics where `accept` (the request's header) prefers it."""
        encoder, content_type = choose_encoder(accept)
        openmetrics = content_type.startswith("application/openmetrics-text")
        own = encoder(self._own).removesuffix(EOF)
        end = [EOF] if openmetrics else []
        return Scrape(content_type, chain([own], self._families(openmetrics), end))

    def _families(self, openmetrics: bool) -> Iterator[bytes]:
        targets, settings = self._probes.snapshot(), self._sources.settings()
        circuits, figures = tuple(self._sources.circuits()), tuple(self._sources.figures())
        for head, of_target in _TARGET_FAMILIES:
            yield from family(head, openmetrics, targets, of_target)
        facts = targets.facts()
        for head, of_facts in FAMILIES:
            yield from family(head, openmetrics, facts, of_facts)
        for head, of_circuit in _CIRCUIT_FAMILIES:
            yield from family(head, openmetrics, circuits, of_circuit)
        yield from family(INFO, openmetrics, circuits, lambda now: _info(now, settings))
        yield from family(OUTAGE_INFO, openmetrics, circuits, lambda now: _outage_info(now, settings))
        for head, of_figure in _FIGURE_FAMILIES:
            yield from family(head, openmetrics, figures, of_figure)
        losses = tuple(self._sources.ticket_losses())
        yield from family(TICKET_LOST, openmetrics, losses, _ticket_lost)
        yield from family(TICKET_LOST_AMOUNT, openmetrics, losses, _ticket_lost_amount)
        yield from family(CREDIT, openmetrics, tuple(self._sources.credits()), _credit)
        yield from family(DEADLINE, openmetrics, tuple(self._sources.deadlines()), _deadline)
        yield from families_ahead(self._sources.ahead(), openmetrics)
        yield from families_kpis(self._sources.kpis(), openmetrics)
        site = self._sources.settings().site
        yield from families_managed(self._sources.managed(), openmetrics, site)


def _counter(name: str, cell: int) -> Callable[[TargetNow], str]:
    return lambda target: f"{name}{{{target.labels}}} {target.cells[cell]}\n"


def _rtt(target: TargetNow) -> str:
    """Bucket, sum and count lines; the labels go in last, so that nothing in them is read as a format."""
    up_to = tuple(accumulate(target.cells[:BUCKETS]))
    values = (*up_to, target.cells[RTT_SUM] / UNITS_PER_SECOND, up_to[-1])
    return (_RTT_LINES % values).replace("\0", target.labels)


def _rounds(target: TargetNow) -> str:
    cells = target.cells
    return (_ROUND_LINES % (cells[OK], cells[LOST], cells[UNKNOWN])).replace("\0", target.labels)


def _last_round(target: TargetNow) -> str:
    """It says how old the newest round is, so it stays where other gauges go absent."""
    at_ms = target.cells[LAST_AT_MS]
    return sample(LAST_ROUND.name, target.labels, at_ms / 1000 if at_ms else None)


_TARGET_FAMILIES: tuple[tuple[Family, Callable[[TargetNow], str]], ...] = (
    (PACKETS_SENT, _counter(PACKETS_SENT.name, SENT)),
    (PACKETS_RECEIVED, _counter(PACKETS_RECEIVED.name, RECEIVED)),
    (RTT, _rtt),
    (ROUNDS, _rounds),
    (LAST_ROUND, _last_round),
)


def _of_circuit(now: CircuitNow) -> str:
    return labels(site=now.site, carrier=now.carrier, circuit=now.circuit)


def _up(now: CircuitNow) -> str:
    up = None if now.status is Status.UNKNOWN else int(now.status is Status.UP)
    return sample(UP.name, _of_circuit(now), up)


def _status(now: CircuitNow) -> str:
    begin = f"{STATUS.name}{{{_of_circuit(now)},status="
    return "".join(f'{begin}"{status}"}} {int(now.status is status)}\n' for status in Status)


def _outage(now: CircuitNow) -> str:
    return sample(OUTAGE.name, _of_circuit(now), int(now.outage_open))


def _ticketed(now: CircuitNow) -> str:
    ticketed = int(now.outage_ticketed) if now.outage_open and now.outage_ticketed is not None else None
    return sample(TICKETED.name, _of_circuit(now), ticketed)


def _outage_start(now: CircuitNow) -> str:
    return sample(OUTAGE_START.name, _of_circuit(now), now.since_ms / 1000 if now.outage_open else None)


def _outage_info(now: CircuitNow, settings: Settings) -> str:
    """One series a circuit at a time, and only while it is down: what its labels may hold is bounded."""
    if not now.outage_open:
        return ""
    cause = " ".join("".join(char if char.isprintable() else " " for char in now.cause).split())
    known = labels(
        since=rfc3339(now.since_ms),
        reason=cause.partition(":")[0],
        cause=cause[:LONGEST_CAUSE],
        common_cause="true" if now.common_cause else "false",
        ruled_out=ruled_out(settings, now.circuit) if now.circuit in settings.circuits else "",
    )
    return sample(OUTAGE_INFO.name, f"{_of_circuit(now)},{known}", 1)


def _info(now: CircuitNow, settings: Settings) -> str:
    circuit, site = settings.circuits.get(now.circuit), settings.sites.get(now.site)
    known = labels(
        carrier_id=(circuit and circuit.carrier_id) or "",
        service=(circuit and circuit.service) or "",
        country=(site and site.country) or "",
        contract=now.contract,
    )
    return sample(INFO.name, f"{_of_circuit(now)},{known}", 1)


_CIRCUIT_FAMILIES: tuple[tuple[Family, Callable[[CircuitNow], str]], ...] = (
    (UP, _up),
    (STATUS, _status),
    (OUTAGE, _outage),
    (TICKETED, _ticketed),
    (OUTAGE_START, _outage_start),
)


def _of_figure(now: FigureNow) -> str:
    return labels(
        site=now.site,
        carrier=now.carrier,
        circuit=now.circuit,
        contract=now.contract,
        objective=now.objective,
    )


def _of_loss(now: TicketLossNow) -> str:
    return labels(site=now.site, carrier=now.carrier, circuit=now.circuit, contract=now.contract)


def _ticket_lost(now: TicketLossNow) -> str:
    return sample(TICKET_LOST.name, _of_loss(now), now.seconds)


def _ticket_lost_amount(now: TicketLossNow) -> str:
    of = f"{_of_loss(now)},{labels(currency=now.currency or '')}"
    return sample(TICKET_LOST_AMOUNT.name, of, now.amount)


def _credit(now: CreditNow) -> str:
    of = labels(
        site=now.site,
        carrier=now.carrier,
        circuit=now.circuit,
        contract=now.contract,
        currency=now.currency,
    )
    return sample(CREDIT.name, of, now.amount)


def _deadline(now: DeadlineNow) -> str:
    of = labels(
        site=now.site,
        carrier=now.carrier,
        circuit=now.circuit,
        contract=now.contract,
        period=now.period,
        deadline=now.deadline,
    )
    return sample(DEADLINE.name, of, now.at_seconds)


def _figure(
    head: Family, value: Callable[[FigureNow], float | None], metric: Metric | None = None
) -> tuple[Family, Callable[[FigureNow], str]]:
    def line(now: FigureNow) -> str:
        return sample(head.name, _of_figure(now), value(now)) if metric in (None, now.metric) else ""

    return head, line


def _figure_families() -> Iterator[tuple[Family, Callable[[FigureNow], str]]]:
    for metric in METRICS:
        what = _OF_PERIOD[metric]
        measured = Family(f"linkledger_sla_{metric}", "gauge", f"This period's {what} so far.")
        target = Family(f"linkledger_sla_target_{metric}", "gauge", f"The {what} that the contract promises.")
        yield _figure(measured, lambda now: now.measured, metric)
        yield _figure(target, lambda now: now.target, metric)
    yield _figure(VIOLATION, lambda now: None if now.violated is None else int(now.violated))
    yield _figure(BUDGET, lambda now: now.budget_remaining_seconds)
    yield _figure(BUDGET_WHOLE, lambda now: now.budget_seconds)


_FIGURE_FAMILIES = tuple(_figure_families())
